"""One real Jupyter server with our extension for all tests of a file, and a way to ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from nbmlops.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass(frozen=True)
class Server:
    port: int
    token: str
    folder: Path
    workspace: Workspace
    base: str = "/team/"
    process: Any = field(default=None, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        prefix: str = "nbmlops/api",
        data: bytes | None = None,
        **query: Any,
    ) -> Reply:
        """What the server answers; with its token unless `headers` say otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"token {self.token}"} if headers is None else dict(headers)
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None and "Content-Type" not in sent:
            sent["Content-Type"] = "application/json"
        target = f"{self.base}{prefix}{path}".replace("//", "/")
        if query:
            target += "?" + urlencode(query, doseq=True)
        with contextlib.suppress(BrokenPipeError):  # what is refused early is answered all the same
            connection.request(method, target, body=data, headers=sent)
        answer = connection.getresponse()
        received: dict[str, str] = {}
        for name, value in answer.getheaders():  # a header that comes twice is one list
            name = name.lower()
            received[name] = f"{received[name]}, {value}" if name in received else value
        reply = Reply(answer.status, received, answer.read())
        connection.close()
        return reply

    def get(self, path: str, **query: Any) -> Any:
        reply = self.ask("GET", path, **query)
        assert reply.status == 200, reply.data
        return reply.json

    def listen(self, **query: Any) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        target = f"{self.base}nbmlops/api/events?{urlencode(query)}"
        connection.request("GET", target, headers={"Authorization": f"token {self.token}"})
        return connection.getresponse()


def next_event(stream: http.client.HTTPResponse) -> dict[str, Any]:
    """The data of the next event, past the lines that only keep the connection open."""
    while True:
        line = stream.readline()
        assert line, "the stream has ended"
        if line.startswith(b"data: "):
            return json.loads(line[6:])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@contextlib.contextmanager
def running_server(place: Path, config: str = "") -> Iterator[Server]:
    """A server with folders of its own in `place`, and `config` as its configuration in Python."""
    (place / "config").mkdir()
    (place / "config" / "jupyter_server_config.py").write_text(config, "utf-8")
    folder, workspace = place / "notebooks", place / "workspace"
    folder.mkdir()
    port, token = free_port(), secrets.token_hex(16)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NBMLOPS_")},
        "JUPYTER_CONFIG_DIR": str(place / "config"),
        "XDG_DATA_HOME": str(place / "data"),
        "XDG_STATE_HOME": str(place / "state"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "NBMLOPS_WORKSPACE": str(workspace),
    }
    log = open(place / "server.log", "wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1"),
            *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
            "--ServerApp.base_url=/team/",
        ],
        cwd=folder,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    running = Server(port, token, folder, open_workspace(workspace), process=process)
    deadline = time.monotonic() + 60
    while True:
        try:
            if running.ask("GET", "/api/status", prefix="").status == 200:
                break
        except OSError:
            pass
        if time.monotonic() > deadline or process.poll() is not None:
            pytest.fail((place / "server.log").read_text("utf-8", "replace"))
        time.sleep(0.1)
    yield running
    process.terminate()
    process.wait(30)
    log.close()
    running.workspace.close()


def record(workspace: Workspace, experiment: str, name: str, **metrics: float) -> str:
    """A run that has ended, with these metrics."""
    with workspace.runs.track(
        experiment, name=name, tags={"team": "risk"}, params={"depth": 3}
    ) as run:
        run.log(metrics)
    workspace.runs.flush()
    return run.id


__all__ = ["Reply", "Server", "next_event", "quote", "record"]
