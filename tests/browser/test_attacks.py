"""Pages of others, in a browser that is logged in: what they can make our routes do, which is nothing.

The other site is served from this machine under the same name, so that the browser sends it our
cookies with everything that it lets such a page ask: no attacker is better off.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from running_lab import FLAGS, find_chromium

from nbmlops.server.routes import PREFIX, ROUTES
from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
# Addresses that a server must never ask for somebody: metadata of clouds, itself by other names,
# chains of file systems, other schemes. {port} is where somebody listens and counts.
FORBIDDEN = (
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:{port}/", "http://localhost:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://0x7f.1:{port}/", "http://2130706433:{port}/",
    "http://0:{port}/", "http://127.1:{port}/", "https://127.0.0.1:{port}/", "//127.0.0.1:{port}/",
    "reference::http://127.0.0.1:{port}/", "simplecache::http://127.0.0.1:{port}/",
    "zip://x::http://127.0.0.1:{port}/a.zip", "ftp://127.0.0.1:{port}/", "sftp://127.0.0.1:{port}/",
    "s3://bucket/?endpoint_url=http://127.0.0.1:{port}", "gs://bucket", "abfs://box@a/b",
    "github://a:b@/", "git://127.0.0.1:{port}/", "dask://127.0.0.1:{port}/", "jar://x!/y",
    "file:///etc/passwd", "postgresql://u:p@127.0.0.1:{port}/x", "sqlite:////etc/passwd",
    "smb://127.0.0.1/x", "../../../etc/passwd", "\\\\127.0.0.1\\x",
)  # fmt: skip
# Requests as a script of a page makes them, all at once; a page that may not read an answer says so.
TRY = """asked => Promise.all(asked.map(async ([address, method, options]) => {
    try {
        const told = await fetch(address, {method, credentials: 'include', ...options});
        return {status: told.status, type: told.type,
                text: told.type === 'opaque' ? '' : (await told.text()).slice(0, 3000)};
    } catch (error) {
        return {status: 0, type: 'error', text: String(error)};
    }
}))"""
FORM = """([address, kind, fields]) => {
    const frame = Object.assign(document.createElement('iframe'), {name: 'target'});
    const form = Object.assign(document.createElement('form'),
        {action: address, method: 'POST', enctype: kind, target: 'target'});
    for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement('input'), {name, value}));
    }
    document.body.append(frame, form);
    form.submit();
    frame.name = form.target = 'used';
}"""
SCRIPT = """address => new Promise(done => {
    const before = Object.keys(window).length;
    const script = Object.assign(document.createElement('script'), {src: address});
    script.onload = () => done(['ran', Object.keys(window).length - before]);
    script.onerror = () => done(['refused', Object.keys(window).length - before]);
    document.body.append(script);
})"""


@dataclass
class Site:
    """Somebody else's web server; it remembers what it was asked for."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            other.asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>other</title>")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    other = Site(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield other
    server.shutdown()


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    with closing(open_workspace(lab.workspace)) as opened:
        with opened.runs.track("attacked", name="target", tags={"team": "risk"}) as run:
            run.log_artifact(b"<script>fetch('/')</script>", name="page.html")
        opened.runs.flush()
        yield opened


@pytest.fixture(scope="module")
def target(workspace: Workspace) -> str:
    (found,) = workspace.runs.find(experiment="attacked")
    return str(found.id)


@pytest.fixture
def page(lab: Any, browser: Any, workspace: Workspace) -> Iterator[Any]:
    """A page in a browser that has logged in to this JupyterLab."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    context.request.get(f"{lab.url}/lab?token={lab.token}")
    assert {each["name"] for each in context.cookies()} & {"_xsrf"}
    yield context.new_page()
    context.close()


def at_home(page: Any, lab: Any) -> str:
    """Let the page be one of JupyterLab's own origin; its XSRF token."""
    page.goto(f"{lab.url}/static/favicons/favicon.ico")
    return str(page.evaluate("/_xsrf=([^;]*)/.exec(document.cookie)[1]"))


def api(lab: Any, path: str) -> str:
    return f"{lab.url}/{PREFIX}{path}"


def filled(path: str, run: str) -> str:
    return path.replace("{run}", run).replace("{name}", "page.html")


Asked = tuple[str, str, dict[str, Any]]  # address, method, options


def try_all(page: Any, asked: list[Asked]) -> list[tuple[Asked, dict[str, Any]]]:
    return list(zip(asked, page.evaluate(TRY, asked), strict=True))


def tried(page: Any, address: str, method: str = "GET", **options: Any) -> dict[str, Any]:
    ((_, told),) = try_all(page, [(address, method, options)])
    return told


def send_form(page: Any, lab: Any, kind: str, fields: dict[str, str]) -> None:
    """Have a form of the page sent, and return when it was refused."""
    address = api(lab, "/runs/delete")
    with page.expect_response(address) as answer:
        page.evaluate(FORM, [address, kind, fields])
    assert answer.value.status in (403, 404, 415), kind


def json_body(body: object, **headers: str) -> dict[str, Any]:
    return {
        "body": body if isinstance(body, str) else json.dumps(body),
        "headers": {"Content-Type": "application/json", **headers},
    }


def test_nobody_gets_an_answer_without_having_logged_in(
    lab: Any, browser: Any, page: Any, target: str
) -> None:
    """T13, B78: each route and method, from a browser without a cookie, and with a false one."""
    stranger = browser.new_context()
    try:
        false = {"name": "username-127-0-0-1", "value": "forged", "url": lab.url}
        expired = {"Authorization": f"token {'0' * 32}"}
        tokens: tuple[dict[str, str], ...] = ({}, expired, {"Authorization": "Bearer x"})
        strange = stranger.new_page()
        strange.goto(f"{lab.url}/static/favicons/favicon.ico")
        asked: list[Asked] = [
            (api(lab, filled(path, target)), method, {"headers": headers})
            for path in sorted({route.path for route in ROUTES})
            for method in METHODS
            for headers in tokens
        ]
        for cookies in ([], [false]):
            stranger.add_cookies(cookies)
            for which, told in try_all(strange, asked):
                assert told["status"] in (401, 403), (which, told)
                assert "target" not in told["text"]
    finally:
        stranger.close()
    at_home(page, lab)
    assert tried(page, api(lab, f"/runs/{target}"))["status"] == 200


def test_a_page_of_another_site_changes_nothing_and_reads_nothing(
    lab: Any, page: Any, site: Site, workspace: Workspace, target: str
) -> None:
    """T14, T16, B78: forms, plain-text posts, every method, scripts, with the cookies of a login."""
    before = workspace.runs.get(target)
    page.goto(site.url)
    # The cookies do come along: that is what makes it an attack.
    assert "_xsrf" in page.evaluate("document.cookie")
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        fields = {'{"runs": ["' + target + '"], "why': '": "x"}', "_xsrf": "x"}
        send_form(page, lab, kind, fields)
    stolen = page.evaluate("/_xsrf=([^;]*)/.exec(document.cookie)[1]")
    fields = {"runs": target, "_xsrf": stolen}
    send_form(page, lab, "application/x-www-form-urlencoded", fields)
    taking = json_body({"runs": [target], "name": "taken"}, **{"X-XSRFToken": stolen})
    blind = {"mode": "no-cors", "body": json.dumps({"runs": [target]})}
    asked: list[Asked] = []
    for route in ROUTES:
        if route.verb != "events":
            address, method = api(lab, filled(route.path, target)), route.method
            asked.append((address, method, {} if method == "GET" else taking))
            if method in ("GET", "POST"):  # what a page may send without asking first
                asked.append((address, method, {"mode": "no-cors"} if method == "GET" else blind))
    for which, told in try_all(page, asked):
        assert told["type"] in ("opaque", "error"), (which, told)
        assert told["type"] == "error" or told["text"] == ""
    for path in ("/runs", f"/runs/{target}", "/experiments", f"/runs/{target}/artifacts/page.html"):
        assert page.evaluate(SCRIPT, api(lab, path)) == ["refused", 0], path

    assert workspace.runs.get(target) == before


def test_reading_by_the_own_page_changes_nothing_and_writing_needs_the_xsrf_token(
    lab: Any, page: Any, workspace: Workspace, target: str
) -> None:
    """T14, B78."""
    xsrf = at_home(page, lab)
    before = workspace.runs.get(target)
    for path in sorted({route.path for route in ROUTES} - {"/events"}):
        tried(page, api(lab, filled(path, target)))
        tried(page, api(lab, filled(path, target)) + "?_method=DELETE&name=taken")
    for method, path in (("PATCH", f"/runs/{target}"), ("POST", "/runs/delete")):
        body = {"name": "taken"} if method == "PATCH" else {"runs": [target]}
        assert tried(page, api(lab, path), method, **json_body(body))["status"] == 403
        false = json_body(body, **{"X-XSRFToken": "false"})
        assert tried(page, api(lab, path), method, **false)["status"] == 403
    for method in ("DELETE", "PUT", "PATCH"):
        told = tried(
            page, api(lab, "/runs/delete"), method, **json_body({}, **{"X-XSRFToken": xsrf})
        )
        assert told["status"] == 405

    assert workspace.runs.get(target) == before


def test_bodies_that_do_not_fit_are_refused_with_the_place(
    lab: Any, page: Any, workspace: Workspace, target: str
) -> None:
    """B48 to B51, sent by a page that may write."""
    xsrf = at_home(page, lab)
    told = page.evaluate(
        """async ([address, xsrf, target]) => {
            const send = async (body, type = 'application/json') => {
                const headers = {'X-XSRFToken': xsrf, ...(type ? {'Content-Type': type} : {})};
                const told = await fetch(address, {method: 'POST', headers, body});
                return [told.status, (await told.json()).error.message];
            };
            const text = JSON.stringify({runs: [target]});
            const bytes = (...parts) => new Blob(parts.map(each => new Uint8Array(each)));
            const plain = new TextEncoder().encode(text);
            const wide = new Uint8Array(new Uint16Array([...text].map(c => c.charCodeAt(0))).buffer);
            return {
                'not UTF-8': await send(bytes([123, 255, 254, 125])),
                'a mark of order': await send(bytes([0xef, 0xbb, 0xbf], plain)),
                'UTF-16': await send(bytes([0xff, 0xfe], wide)),
                'an array': await send('[]'),
                'a number': await send('3'),
                'nothing': await send(''),
                'null': await send('null'),
                'an unknown field': await send(JSON.stringify({runs: [target], extra: 1})),
                'a wrong type': await send(JSON.stringify({runs: target})),
                'a null': await send(JSON.stringify({runs: null})),
                'a wrong member': await send(JSON.stringify({runs: [null]})),
                'plain text': await send(text, 'text/plain'),
                'a form': await send(text, 'application/x-www-form-urlencoded'),
                'too much': await send(JSON.stringify({runs: [target], why: 'x'.repeat(3 << 20)})),
            };
        }""",
        [api(lab, "/runs/delete"), xsrf, target],
    )
    statuses = {name: status for name, (status, _) in told.items()}
    assert statuses == {
        name: {"plain text": 415, "a form": 415, "too much": 413}.get(name, 422) for name in told
    }
    for name, part in (
        ("an unknown field", "extra"),
        ("a wrong type", "runs"),
        ("a null", "runs"),
        ("a wrong member", "runs"),
    ):
        assert part in told[name][1], told[name]
    assert workspace.runs.get(target).deleted_at is None


def test_no_name_of_another_host_reaches_the_server_and_all_listens_on_loopback(
    lab: Any, page: Any, workspace: Workspace, target: str
) -> None:
    """T15: an attacker's name that points to this machine, with the token known and all."""
    at_home(page, lab)
    port = lab.url.rpartition(":")[2]
    rebound = page.context.browser.browser_type.launch(
        executable_path=find_chromium(),
        args=[*FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"],
    )
    try:
        strange = rebound.new_page()
        for path in (f"/{PREFIX}/runs", f"/{PREFIX}/runs/{target}", "/lab", "/api/status"):
            answer = strange.goto(f"http://evil.example:{port}{path}?token={lab.token}")
            assert answer.status == 403, path
            assert "target" not in answer.text()
    finally:
        rebound.close()
    server = psutil.Process(lab.server.pid)
    listening = {
        each.laddr.ip
        for process in (server, *server.children(recursive=True))
        for each in process.net_connections(kind="tcp")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def test_no_link_leads_elsewhere(lab: Any, watch: Any, workspace: Workspace) -> None:
    """T17: what stands in a deep link is a run or nothing, and never an address."""
    page = watch.page
    for named in ("//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"):
        page.goto(
            f"{lab.url}/lab/workspaces/links?reset&token={lab.token}&nbmlops={named}"
            f"&next=//evil.example&workspace={named}"
        )
        page.locator(".nbm-run, .nbm-empty, .nbm-error").first.wait_for()
        assert page.url.startswith(lab.url)
        links = page.locator(".nbm-root a").evaluate_all("all => all.map(each => each.host)")
        assert set(links) <= {"", lab.url.partition("//")[2]}
    assert watch.dialogs == []
    assert [
        each for each in watch.requests if "evil" in each and not each.startswith(lab.url)
    ] == []


def test_no_address_that_a_client_names_is_asked_for(
    lab: Any, page: Any, site: Site, workspace: Workspace, target: str
) -> None:
    """T18: a client names a workspace by a key and a notebook by a path, and never where to look."""
    at_home(page, lab)
    site.asked.clear()
    asked: list[Asked] = []
    for address in FORBIDDEN:
        named = quote(address.format(port=site.port), safe="")
        asked += [
            (api(lab, f"/runs?{field}={named}"), "GET", {})
            for field in ("workspace", "notebook", "store")
        ]
        asked.append((api(lab, f"/runs/{target}/artifacts/{named}"), "GET", {}))
    for which, told in try_all(page, asked):
        # A notebook's path may lead to a file that is not there, whose folder has our workspace.
        allowed = (200, 404, 422) if "notebook=" in which[0] else (404, 422)
        assert told["status"] in allowed, (which, told)
        assert "root:" not in told["text"]

    assert site.asked == []


def test_what_a_notebook_left_is_downloaded_and_never_shown_as_a_page(
    lab: Any, page: Any, workspace: Workspace, target: str
) -> None:
    """T8: an executed notebook or a page with scripts, opened by its own address."""
    at_home(page, lab)
    with page.expect_download() as offered:
        page.evaluate(
            "address => { location.href = address }",
            api(lab, f"/runs/{target}/artifacts/page.html"),
        )
    assert offered.value.suggested_filename == "page.html"
    # In a frame it stays a download as well, and a script of it would run nowhere.
    told = page.evaluate(
        """async address => {
            const told = await fetch(address);
            return Object.fromEntries(told.headers);
        }""",
        api(lab, f"/runs/{target}/artifacts/page.html"),
    )
    assert told["content-security-policy"] == "sandbox; default-src 'none'"
    assert told["content-disposition"].startswith("attachment")
    assert told["x-content-type-options"] == "nosniff"
