"""The one handler: who asks is checked, then what is asked, then the verb runs in a thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import iostream, web

from nbmlops.errors import InvalidError, InvalidValueError, NbmlopsError
from nbmlops.server import answers
from nbmlops.server.events import Changes
from nbmlops.server.places import Places
from nbmlops.server.routes import PREFIX, ROUTES, Route, pattern, read_body, read_query

__all__ = ["add_routes"]

BODY_BYTES = 1 << 20
ANSWER_SECONDS = 60.0
SILENCE_SECONDS = 15.0  # after which a listener is told that the line still stands
THREADS = 4
_SANDBOX = "sandbox; default-src 'none'"


class Shared:
    """What all requests of one server share."""

    def __init__(self, root: Path | None) -> None:
        self.places = Places(root)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nbmlops-server")
        self._changes: dict[str, Changes] = {}

    async def in_thread(self, verb: Callable[[], Any]) -> Any:
        """What a verb returns, without holding up the server."""
        running = asyncio.get_running_loop().run_in_executor(self.threads, verb)
        return await asyncio.wait_for(running, ANSWER_SECONDS)

    def changes(self, place: Any) -> Changes:
        """The changes of a workspace."""
        found = self._changes.get(place.key)
        if found is None:
            found = self._changes[place.key] = Changes(place.workspace, self.in_thread)
        return found


Ask = Callable[["Handler", dict[str, str]], Awaitable[None]]
who_may_read: Callable[[Ask], Ask] = authorized(action="read")
who_may_write: Callable[[Ask], Ask] = authorized(action="write")


@web.stream_request_body
class Handler(APIHandler):
    """Every route and method comes here; `routes` are those of its path, by method."""

    auth_resource = "nbmlops"
    _track_activity = False  # a panel that is open keeps no idle server alive

    def initialize(self, routes: dict[str, Route], shared: Shared) -> None:
        """Take what the table says of this path."""
        self.routes, self.shared = routes, shared
        self._chunks: list[bytes] = []
        self._size = 0

    async def prepare(self, **options: Any) -> None:
        """Refuse a body that is too large before it is read."""
        await super().prepare(**options)
        length = self.request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES:
            raise web.HTTPError(413, log_message="The body is too large.")

    def data_received(self, chunk: bytes) -> None:
        """Take a part of the body."""
        self._size += len(chunk)
        if self._size > BODY_BYTES:
            raise web.HTTPError(413, log_message="The body is too large.")
        self._chunks.append(chunk)

    @web.authenticated
    async def get(self, **path: str) -> None:
        """Read."""
        await self._ask(path)

    @web.authenticated
    async def post(self, **path: str) -> None:
        """Do."""
        await self._ask(path)

    @web.authenticated
    async def patch(self, **path: str) -> None:
        """Change."""
        await self._ask(path)

    @web.authenticated
    async def put(self, **path: str) -> None:
        """Nothing is put as a whole."""
        await self._ask(path)

    @web.authenticated
    async def delete(self, **path: str) -> None:
        """Runs are deleted by POST, with a reason."""
        await self._ask(path)

    @web.authenticated
    async def head(self, **path: str) -> None:
        """Nothing answers without a body."""
        await self._ask(path)

    async def _ask(self, path: dict[str, str]) -> None:
        # By what is done and not by the method alone: a list of runs is too long for an address,
        # and who may only read may compare.
        route = self.routes.get(str(self.request.method))
        if self.request.method in ("GET", "HEAD") or (route and route.is_reading):
            await self._read(path)
        else:
            await self._write(path)

    @who_may_read
    async def _read(self, path: dict[str, str]) -> None:
        await self._answer(path)

    @who_may_write
    async def _write(self, path: dict[str, str]) -> None:
        await self._answer(path)

    async def _answer(self, path: dict[str, str]) -> None:
        route = self.routes.get(str(self.request.method))
        if route is None:
            raise web.HTTPError(405)
        try:
            asked = answers.Asked(
                self.shared.places, path, read_query(route, self._query()), self._body(route)
            )
            if route.verb == "events":
                place = await self.shared.in_thread(lambda: asked.place)
                await self._push(self.shared.changes(place))
                return
            verb = getattr(answers, route.verb)
            found = await self.shared.in_thread(lambda: verb(asked))
            await self._send(found)
        except NbmlopsError as exc:
            self._refuse(exc)
        except TimeoutError:
            raise web.HTTPError(503, log_message="The workspace did not answer in time.") from None

    def _query(self) -> dict[str, list[str]]:
        found = {}
        for name, values in self.request.query_arguments.items():
            if name == "token":  # the server's own, which it has looked at
                continue
            try:
                found[name] = [value.decode("utf-8") for value in values]
            except UnicodeDecodeError:
                raise InvalidValueError("Field", name[:80], "it is not UTF-8") from None
        return found

    def _body(self, route: Route) -> dict[str, Any]:
        data = b"".join(self._chunks)
        if not route.body:
            if data:
                raise InvalidValueError("Body", "JSON", "this route takes none")
            return {}
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise web.HTTPError(415, log_message="The body has to be application/json.")
        try:
            return read_body(route, json.loads(data.decode("utf-8"), object_pairs_hook=_unique))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
            raise InvalidValueError("Body", "JSON", f"it does not parse ({exc})") from None
        except ValueError as exc:
            if isinstance(exc, InvalidError):
                raise
            raise InvalidValueError("Body", "JSON", str(exc)[:200]) from None

    async def _send(self, found: dict[str, Any] | answers.Download) -> None:
        if isinstance(found, dict):
            await self.finish(orjson.dumps(found))
            return
        name = found.artifact.name.rsplit("/", 1)[-1]
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", _SANDBOX)
        self.set_header("ETag", f'"{found.artifact.digest}"')
        await self.finish(found.data, set_content_type="application/octet-stream")

    def _refuse(self, error: NbmlopsError) -> None:
        self.set_status(error.status)
        self.finish(orjson.dumps(answers.refusal(error)))

    def write_error(self, status_code: int, **rest: Any) -> None:
        """Errors of the server itself, in the same shape."""
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.routes))
        error = (rest.get("exc_info") or (None, None))[1]
        told = getattr(error, "log_message", None) if isinstance(error, web.HTTPError) else None
        message = told or HTTPStatus(status_code).phrase
        said: dict[str, Any] = {
            "type": "HTTPError",
            "kind": "",
            "message": message,
            "hint": "",
            "details": {},
        }
        self.finish(orjson.dumps({"error": said}))

    async def _push(self, changes: Changes) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # what stands between must not collect them
        states = changes.listen(SILENCE_SECONDS)
        try:
            async for state in states:
                if state is None:
                    self.write(": still here\n\n")
                else:
                    data: dict[str, Any] = {"sequence": state.sequence, "running": state.running}
                    if state.problem:
                        data["problem"] = state.problem
                    self.write(b"event: changed\ndata: " + orjson.dumps(data) + b"\n\n")
                await self.flush()
        except iostream.StreamClosedError:
            return
        finally:
            await states.aclose()


def add_routes(web_app: Any) -> None:
    """Add all routes to the server's application."""
    contents = web_app.settings.get("contents_manager")
    root = getattr(contents, "root_dir", None)
    shared = Shared(Path(root) if root else None)
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    base = url_path_join(web_app.settings["base_url"], PREFIX)
    # Paths with a name in them come last, so that /runs/delete is no run called "delete".
    paths = sorted(by_path, key=lambda path: path.count("{"))
    handlers = [
        (base + pattern(path), Handler, {"routes": by_path[path], "shared": shared})
        for path in paths
    ]
    web_app.add_handlers(".*$", handlers)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found
