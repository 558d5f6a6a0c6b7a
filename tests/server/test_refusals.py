"""Who may not ask, and what may not be asked: every route and method, over a real server."""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

import pytest
from server_tools import Server, record

from nbmlops.server.openapi import document
from nbmlops.server.routes import PREFIX, ROUTES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
PATHS = sorted({route.path for route in ROUTES})


def filled(path: str) -> str:
    return path.replace("{run}", "01ARZ3NDEKTSV4RRFFQ69G5FAV").replace("{name}", "a.txt")


@pytest.mark.parametrize(("path", "method"), [*itertools.product(PATHS, METHODS)])
def test_nobody_without_the_token_gets_an_answer(server: Server, path: str, method: str) -> None:
    for headers in ({}, {"Authorization": "token wrong"}, {"Cookie": "username-127=forged"}):
        body = b"{}" if method in ("POST", "PUT", "PATCH") else None
        reply = server.ask(method, filled(path), headers=headers, data=body)
        assert reply.status in (401, 403), (headers, reply.status)


@pytest.mark.parametrize(("path", "method"), [*itertools.product(PATHS, METHODS)])
def test_methods_that_a_path_has_not_are_not_allowed(
    server: Server, path: str, method: str
) -> None:
    allowed = {route.method for route in ROUTES if route.path == path}
    reply = server.ask(method, filled(path), data=b"{}") if method not in allowed else None

    if reply is not None:
        assert reply.status == 405
        assert set(reply.headers["allow"].split(", ")) == allowed


def test_another_host_and_another_origin_are_refused(server: Server) -> None:
    token = {"Authorization": f"token {server.token}"}
    assert server.ask("GET", "/runs", headers={**token, "Host": "evil.example"}).status == 403
    cookie = log_in(server)
    for method, path in (("POST", "/runs/delete"), ("PATCH", "/runs/x"), ("POST", "/compare")):
        headers = {**cookie, "Origin": "http://evil.example"}
        reply = server.ask(method, path, {"runs": ["x"]}, headers=headers)
        assert reply.status in (403, 404), (method, path)
    # With the cookie alone, a page of another site could send this; the XSRF token is missing.
    assert server.ask("POST", "/runs/delete", {"runs": ["x"]}, headers=cookie).status == 403
    assert server.ask("GET", "/experiments", headers=cookie).status == 200


def log_in(server: Server) -> dict[str, str]:
    reply = server.ask("GET", f"/lab?token={server.token}", headers={}, prefix="")
    cookies = reply.headers.get("set-cookie", "")
    if not cookies:
        reply = server.ask("GET", f"/api/status?token={server.token}", headers={}, prefix="")
        cookies = reply.headers.get("set-cookie", "")
    assert cookies, reply
    pairs = [part.strip().split(";")[0] for part in cookies.split(", ") if "username" in part]
    return {"Cookie": "; ".join(pairs)}


def test_errors_have_one_shape(server: Server) -> None:
    missing = server.ask("GET", "/runs/nobody")
    assert missing.status == 404
    assert (missing.error["type"], missing.error["kind"]) == ("RunNotFoundError", "NotFoundError")
    bad = server.ask("GET", "/runs", filter="metrics.auc >> 3")
    assert (bad.status, bad.error["type"]) == (422, "InvalidFilterError")
    assert bad.error["details"]["position"] == 13
    assert set(bad.error) == {"type", "kind", "message", "hint", "details"}
    nothing = server.ask("GET", "/nothing")
    assert nothing.status == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"experimnet": "x"}, "experimnet"),
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "10**9"}, "limit"),
        ({"limit": "1" * 400}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"deleted": "perhaps"}, "deleted"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"columns": "metric.auc"}, "metric.auc"),
        ({"columns": "__class__"}, "__class__"),
        ({"cursor": "forged"}, "cursor"),
        ({"filter": "(" * 2000}, "deep"),
        ({"sort": "name; drop table runs"}, "name"),
        ({"workspace": "file:///etc"}, "file:///etc"),
        ({"workspace": "http://169.254.169.254/"}, "169.254"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(
    server: Server, query: dict[str, Any], named: str
) -> None:
    record(server.workspace, "queries", "one")
    reply = server.ask("GET", "/runs", **query)

    assert reply.status in (404, 422)
    assert named in reply.error["message"] + reply.error["hint"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"3", 422),
        (b'"x"', 422),
        (b"null", 422),
        (b"{", 422),
        (b'{"runs": "x"}', 422),
        (b'{"runs": []}', 422),
        (b'{"runs": [1]}', 422),
        (b'{"runs": ["x"], "why": 3}', 422),
        (b'{"runs": ["x"], "runs": ["y"]}', 422),
        (b'{"runs": ["x"], "extra": 1}', 422),
        (b'{"why": "x"}', 422),
        (b"\xff\xfe{\x00}\x00", 422),
        (b'\xef\xbb\xbf{"runs": ["x"]}', 422),
        (b'{"runs": ["\xff"]}', 422),
        (b'{"runs": ' + b"[" * 100_000, 422),
        (b'{"runs": ["x"], "why": ' + b"9" * 5000 + b"}", 422),
        (json.dumps({"runs": ["x"] * 1001}).encode(), 422),
        (b'{"runs": ["x"], "why": "' + b"y" * (1 << 20) + b'"}', 413),
    ],
)
def test_a_body_that_does_not_fit_is_refused(server: Server, data: bytes, status: int) -> None:
    reply = server.ask("POST", "/runs/delete", data=data)

    assert reply.status == status
    assert reply.error["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(server: Server, kind: str) -> None:
    headers = {"Authorization": f"token {server.token}", "Content-Type": kind}
    reply = server.ask("POST", "/runs/delete", headers=headers, data=b'{"runs": ["x"]}')

    assert reply.status == 415


def test_an_endless_or_lying_body_costs_no_memory(server: Server) -> None:
    import psutil

    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    head = (
        f"POST {server.base}{PREFIX}/runs/delete HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: token {server.token}\r\nContent-Type: application/json\r\n"
    ).encode()
    answers = []
    for rest in (b"Content-Length: 1073741824\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
            line.sendall(head + rest)
            try:
                for _ in range(400):  # 100 MB if nobody stops us
                    line.sendall(b"40000\r\n" + b"x" * 0x40000 + b"\r\n")
            except OSError:
                pass
            try:
                answers.append(line.recv(100))
            except OSError:
                answers.append(b"")

    assert all(b"413" in answer or answer == b"" for answer in answers), answers
    assert process.memory_info().rss - before < 64 * 1024**2
    assert server.ask("GET", "/experiments").status == 200


def test_reading_changes_nothing_by_get(server: Server) -> None:
    run = record(server.workspace, "still", "still")
    before = server.get(f"/runs/{run}")
    for path in PATHS:
        if path != "/events":
            server.ask("GET", path.replace("{run}", run).replace("{name}", "a"))

    assert server.get(f"/runs/{run}") == before


def test_the_openapi_document_tells_every_route(server: Server) -> None:
    told = server.get("/openapi.json")

    assert told == document()
    assert {
        (method.upper(), path.removeprefix(f"/{PREFIX}"))
        for path, methods in told["paths"].items()
        for method in methods
    } == {(route.method, route.path) for route in ROUTES}


def test_answers_are_objects_that_no_script_tag_reads(server: Server) -> None:
    cookie = log_in(server)
    for path in ("/runs", "/experiments", "/workspaces", "/fields"):
        reply = server.ask("GET", path, headers={**cookie, "Origin": "http://evil.example"})
        assert reply.status in (403, 404)
        reply = server.ask("GET", path, headers=cookie)
        assert isinstance(reply.json, dict)
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-type"].startswith("application/json")
        assert "access-control-allow-origin" not in reply.headers
