"""A PostgreSQL server that is killed and started again under a process that records."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import Server, start_server

from nbmlops.errors import StoreUnavailableError
from nbmlops.settings import Settings
from nbmlops.store import open_store

pytestmark = pytest.mark.postgres


@pytest.fixture
def server(postgres_server: Server) -> Iterator[Path]:
    """The data folder of a server of this test alone; no other test meets its death."""
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-restarted-"))
    yield folder
    stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def stop(folder: Path) -> None:
    """The end of the server as by `pg_ctl stop -m immediate`: no checkpoint, no farewell."""
    with (folder / "postmaster.pid").open() as file:
        pid = int(file.readline())
    os.kill(pid, signal.SIGQUIT)
    while (folder / "postmaster.pid").exists() and is_there(pid):
        pass


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_server_that_is_restarted_at_once_costs_no_row(server, tmp_path, record) -> None:
    url = start_server(server)
    store = open_store(Settings(tmp_path / "w", url, str(tmp_path / "artifacts")))
    runs = [record(store, metrics={"m": 1})]
    store.drain()
    for attempt in (2, 3):
        stop(server)
        runs.append(record(store, metrics={"m": attempt}))  # nobody who records notices
        with pytest.raises(StoreUnavailableError):
            store.drain()
        assert start_server(server) == url
        runs.append(record(store, metrics={"m": attempt}))
        store.drain()  # over connections of the server that died

    found = {run.id: run.metrics["m"] for run in store.runs.find(limit=100).runs}
    assert found == dict(zip(runs, (1, 2, 2, 3, 3), strict=True))
    for run in runs:
        assert len(store.runs.series(run, "m")) == 1
    store.close()
