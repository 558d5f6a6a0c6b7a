"""VS Code's side of a notebook, around a real kernel: its window, its webview, its outputs.

VS Code itself is no web page. Its notebooks show outputs in a webview, in which its own widget
manager stands; that manager is run here as it is published, in a page with the same walls. What VS
Code's extension host does is done here: cells go to the kernel with the metadata that it sends,
messages go between kernel and webview as they are, and displays become outputs.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from front_end import CHECKS, install_checks, run_in_checks
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.jsonutil import json_default
from jupyter_core.paths import jupyter_path
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    serialize_binary_message,
)
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, StaticFileHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nbmlops.testing import Kernel

WEBVIEW = CHECKS / "webview"
PACKAGES = CHECKS / "node_modules"
# VS Code lets a notebook's webview load what it wants, unless notebook.experimental.enableCsp is
# set; that allows what stands here without "blob:", by which every anywidget is loaded.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' https://*.vscode-cdn.net 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' https://*.vscode-cdn.net 'unsafe-inline'",
    "img-src": "'self' https://*.vscode-cdn.net https: http: data: blob:",
    "font-src": "'self' https://*.vscode-cdn.net https: data:",
    "connect-src": "https:",
    "child-src": "https: data:",
}


def built_webview(folder: Path) -> Path:
    """A folder with what the webview loads from VS Code's extension."""
    install_checks()
    script = folder / "webview.js"
    options = ["--bundle", "--format=esm", "--target=es2022", "--external:./ipywidgets.js"]
    done = run_in_checks("esbuild", "webview/webview.ts", *options, f"--outfile={script}")
    assert done.returncode == 0, done.stdout + done.stderr
    for source in (
        WEBVIEW / "webview.html",
        PACKAGES / "@vscode" / "jupyter-ipywidgets8" / "dist" / "ipywidgets.js",
        PACKAGES / "requirejs" / "require.js",
    ):
        (folder / source.name).write_bytes(source.read_bytes())
    return folder


def widget_scripts() -> dict[str, str]:
    """Where modules of widgets lie, by name, as VS Code reads it out of their extension.js."""
    found = {}
    for folder in reversed(jupyter_path("nbextensions")):
        for file in Path(folder).glob("*/extension.js"):
            text = file.read_text("utf-8")
            if "requirejs?.config(" in text or "require.config(" in text:
                for name, path in re.findall(
                    r"[\"']?([@\w/-]+)[\"']?: [\"'](nbextensions/[^\"']+)", text
                ):
                    found[name] = path
    return found


class Window:
    """One notebook in VS Code."""

    def __init__(self, kernel: Kernel, files: Path, notebook: Path) -> None:
        self.kernel, self.notebook = kernel, notebook
        self.outputs: dict[int, dict[str, dict[str, Any]]] = {}
        self._files, self._key = files, secrets.token_hex(8)
        self._cells: dict[str, int] = {}  # by the request that executes it
        self._places: dict[str, tuple[int, str]] = {}  # of outputs, by display id
        self._cleared_next: set[int] = set()
        self._socket: WebSocketHandler | None = None
        self._is_ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._window_port = self._webview_port = 0
        self._thread = threading.Thread(target=self._serve, name="vscode", daemon=True)
        self._thread.start()
        assert self._is_ready.wait(60)

    def address(self, theme: str) -> str:
        webview = f"http://127.0.0.1:{self._webview_port}"
        return (
            f"http://127.0.0.1:{self._window_port}/window.html"
            f"?key={self._key}&webview={quote(webview)}&theme={quote(theme)}"
        )

    def run(self, number: int, code: str) -> None:
        """Execute a cell; whether it has ended stands in the page as its state."""
        self._loop.call_soon_threadsafe(self._run, number, code)

    def interrupt(self) -> None:
        """What the button beside a cell that runs does."""
        self.kernel.manager.interrupt_kernel()

    def choose_theme(self, name: str) -> None:
        self._loop.call_soon_threadsafe(self._tell, {"type": "theme", "name": name})

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(30)

    # ── in the thread ────────────────────────────────────────────────────────────────────────

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        client = self._client = AsyncKernelClient()
        client.load_connection_info(self.kernel.manager.get_connection_info(session=False))
        client.start_channels()
        self._execute(f"__vsc_ipynb_file__ = {str(self.notebook)!r}", {}, is_silent=True)
        host = [(f"/host/{self._key}", _Host, {"window": self})]
        servers = []
        for routes, folder, headers in (
            (host, WEBVIEW, {}),
            ([], self._files, {"Content-Security-Policy": _policy()}),
        ):
            extensions = (r"/nbextensions/(.*)", _Extensions, {"path": "/"})
            static = (r"/(.*)", _Files, {"path": str(folder), "headers": headers})
            server = HTTPServer(Application([*routes, extensions, static]))
            sockets = bind_sockets(0, "127.0.0.1")
            server.add_sockets(sockets)
            servers.append((server, sockets[0].getsockname()[1]))
        (_, self._window_port), (_, self._webview_port) = servers
        self._is_ready.set()
        hearing = [
            asyncio.create_task(self._hear("iopub", client.iopub_channel)),
            asyncio.create_task(self._hear("shell", client.shell_channel)),
        ]
        await self._stopped.wait()
        for task in hearing:
            task.cancel()
        for server, _ in servers:
            server.stop()
        if self._socket is not None:
            self._socket.close()
        client.stop_channels()

    async def _hear(self, channel: str, source: Any) -> None:
        while True:
            message = await source.get_msg(timeout=None)
            message["channel"] = channel
            if message["buffers"]:
                self._send(serialize_binary_message(message))
            else:
                text = json.dumps({**message, "buffers": []}, default=json_default)
                self._tell({"type": "said", "message": text})
            number = self._cells.get(message["parent_header"].get("msg_id", ""))
            if number is not None:
                self._take(number, message["header"]["msg_type"], message["content"])

    def _run(self, number: int, code: str) -> None:
        self.outputs[number] = {}
        self._tell({"type": "cleared", "cell": number})
        self._tell({"type": "state", "cell": number, "state": "busy"})
        # VS Code's own address of a cell; its id in the notebook's file is not sent.
        address = f"vscode-notebook-cell:{quote(str(self.notebook))}#W{number}sZmlsZQ%3D%3D"
        request = self._execute(code, {"cellId": address})
        self._cells[request["header"]["msg_id"]] = number
        self._tell({"type": "executes", "message": {**request, "channel": "shell"}})

    def _execute(self, code: str, metadata: dict[str, Any], *, is_silent: bool = False) -> Any:
        content = {
            "code": code,
            "silent": is_silent,
            "store_history": not is_silent,
            "user_expressions": {},
            "allow_stdin": not is_silent,
            "stop_on_error": False,
        }
        session = self._client.session
        request = session.msg("execute_request", content, metadata=metadata)
        session.send(self._client.shell_channel.socket, dict(request))
        return request

    def _take(self, number: int, kind: str, content: dict[str, Any]) -> None:
        if kind in ("display_data", "execute_result"):
            self._add(number, content)
        elif kind == "update_display_data":
            place = self._places.get(content["transient"]["display_id"])
            if place is not None:
                cell, output = place
                self.outputs[cell][output]["data"] = content["data"]
                self._show(cell, output)
        elif kind == "stream":
            self._add(number, {"data": {"text/plain": content["text"]}})
        elif kind == "error":
            lines = "\n".join(content["traceback"])
            self._add(number, {"data": {"text/plain": re.sub(r"\x1b\[[\d;]*m", "", lines)}})
        elif kind == "clear_output":
            self._cleared_next.add(number)
        elif kind == "execute_reply":
            self._tell({"type": "state", "cell": number, "state": content["status"]})

    def _add(self, number: int, content: dict[str, Any]) -> None:
        if number in self._cleared_next:
            self._cleared_next.discard(number)
            self.outputs[number] = {}
            self._tell({"type": "cleared", "cell": number})
        output = secrets.token_hex(4)
        self.outputs[number][output] = {"data": content["data"]}
        display = content.get("transient", {}).get("display_id")
        if display:
            self._places[display] = (number, output)
        self._show(number, output)

    def _show(self, number: int, output: str) -> None:
        data = self.outputs[number][output]["data"]
        self._tell({"type": "shown", "cell": number, "output": output, "data": data})

    def _tell(self, said: dict[str, Any]) -> None:
        self._send(json.dumps(said, default=json_default))

    def _send(self, data: str | bytes) -> None:
        if self._socket is not None:
            with suppress(WebSocketClosedError):  # a page may go while the kernel speaks
                self._socket.write_message(data, binary=isinstance(data, bytes))

    # ── what the webview says ────────────────────────────────────────────────────────────────

    def opened(self, socket: WebSocketHandler) -> None:
        self._socket = socket

    def heard(self, data: str | bytes) -> None:
        """A message for the kernel, or the word that the webview is there."""
        message = deserialize_binary_message(data) if isinstance(data, bytes) else json.loads(data)
        if message["channel"] == "ready":
            model = {"id": secrets.token_hex(8), "name": "python3"}
            session = self._client.session.session
            scripts = widget_scripts()
            self._tell({"type": "kernel", "clientId": session, "model": model, "scripts": scripts})
            return
        channel = getattr(self._client, f"{message['channel']}_channel")
        buffers = message.pop("buffers", None) or None
        self._client.session.send(channel.socket, message, buffers=buffers)


class _Host(WebSocketHandler):
    def initialize(self, window: Window) -> None:
        self.window = window

    def open(self, *_: str, **__: str) -> None:
        self.window.opened(self)

    def on_message(self, message: str | bytes) -> None:
        self.window.heard(message)


class _Files(StaticFileHandler):
    def initialize(self, path: str, headers: Any = None, **_: Any) -> None:
        super().initialize(path)
        self.more = headers or {}

    def set_extra_headers(self, path: str) -> None:
        for name, value in self.more.items():
            self.set_header(name, value)


class _Extensions(StaticFileHandler):
    """The folders of widgets' modules, of which VS Code keeps copies."""

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        folders = (Path(folder) / path for folder in jupyter_path("nbextensions"))
        return str(next((file for file in folders if file.is_file()), Path(root) / "none"))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        return super().validate_absolute_path("/", absolute_path)


def _policy() -> str:
    return "; ".join(f"{name} {sources}" for name, sources in POLICY.items())


@contextmanager
def vscode_window(folder: Path, files: Path, environment: dict[str, str]) -> Iterator[Window]:
    """A notebook in VS Code, with a kernel of its own."""
    notebook = folder / "notebook.ipynb"
    with Kernel(environment=environment, folder=folder) as kernel:
        window = Window(kernel, files, notebook)
        try:
            yield window
        finally:
            window.close()
