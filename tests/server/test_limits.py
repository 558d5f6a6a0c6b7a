"""A server whose administrator decides who may do what, and whose workspace does not answer in time."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_tools import Server, record, running_server

from nbmlops.server.routes import ROUTES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
PATHS = sorted({route.path for route in ROUTES})
# What is too long for an address is asked by a method that could change something.
READING = {("POST", "/compare"), ("POST", "/compare/export")}
# Everybody here has the token; what each may do, the header says that the test sends.
ADMINISTRATION = """
from jupyter_server.auth.authorizer import Authorizer
from nbmlops.server import handler

class ByRole(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        allowed = handler.request.headers.get("X-May", "read write execute").split()
        return resource != "nbmlops" or action in allowed

c.ServerApp.authorizer_class = ByRole
handler.ANSWER_SECONDS = 10.0
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("administered"), ADMINISTRATION) as running:
        yield running


def filled(path: str, run: str = "01ARZ3NDEKTSV4RRFFQ69G5FAV") -> str:
    return path.replace("{run}", run).replace("{name}", "a.txt")


def who_may(server: Server, may: str) -> dict[str, str]:
    return {"Authorization": f"token {server.token}", "X-May": may}


@pytest.mark.parametrize(("path", "method"), [*itertools.product(PATHS, METHODS)])
def test_nobody_without_permission_gets_an_answer(server: Server, path: str, method: str) -> None:
    """Logged in, and yet not allowed to do this: every route and method asks the authorizer."""
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    is_reading = method in ("GET", "HEAD") or (method, path) in READING
    may_not = "write execute" if is_reading else "read execute"
    for may in ("", may_not):
        reply = server.ask(method, filled(path), headers=who_may(server, may), data=body)
        assert reply.status == 403, may


def test_who_may_only_read_reads_and_changes_nothing(server: Server) -> None:
    run = record(server.workspace, "guarded", "kept", auc=0.5)
    other = record(server.workspace, "guarded", "other", auc=0.6)
    reader = who_may(server, "read")

    assert server.ask("GET", f"/runs/{run}", headers=reader).status == 200
    compared = server.ask("POST", "/compare", {"runs": [run, other]}, headers=reader)
    assert len(compared.json["comparison"]["runs"]) == 2
    exported = server.ask(
        "POST", "/compare/export", {"runs": [run, other], "form": "csv"}, headers=reader
    )
    assert "other" in exported.json["text"]
    for method, path, body in (
        ("PATCH", f"/runs/{run}", {"name": "taken"}),
        ("POST", "/runs/delete", {"runs": [run]}),
    ):
        assert server.ask(method, path, body, headers=reader).status == 403
    found = server.get(f"/runs/{run}")["run"]
    assert (found["name"], found["deleted_at"]) == ("kept", None)


@pytest.mark.parametrize("path", PATHS)
def test_asking_what_a_path_can_do_tells_nothing_and_does_nothing(
    server: Server, path: str
) -> None:
    for headers in ({}, {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}):
        reply = server.ask("OPTIONS", filled(path), headers=headers)
        assert reply.data == b""
        assert "access-control-allow-origin" not in reply.headers


def test_an_answer_that_does_not_come_in_time_is_an_error_and_the_server_goes_on(
    server: Server,
) -> None:
    """An artifact on a disk that hangs, as that of a file server that is gone."""
    with server.workspace.runs.track("hanging", name="hanging") as run:
        artifact = run.log_artifact(b"never read" * 100, "a.txt")
    server.workspace.runs.flush()
    (kept,) = Path(server.workspace.settings.root).rglob(f"*{artifact.digest[4:]}*")
    kept.unlink()
    os.mkfifo(kept)

    began = time.monotonic()
    reply = server.ask("GET", filled("/runs/{run}/artifacts/{name}", run.id))

    assert reply.status == 503
    assert "in time" in reply.error["message"]
    assert time.monotonic() - began < 55  # and not the minute that it takes as it is installed
    assert server.ask("GET", f"/runs/{run.id}").status == 200
    with kept.open("wb"):  # what waits is let go
        pass
