"""Every store test runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from nbmlops.settings import Settings
from nbmlops.store import Store, open_store
from nbmlops.store.journal import new_ulid


@pytest.fixture(params=["sqlite", "postgres"])
def workspace_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a workspace that does not exist yet, on either database."""
    root = tmp_path / "workspace"
    if request.param == "sqlite":
        database = f"sqlite:///{root / 'workspace.db'}"
    else:
        database = request.getfixturevalue("postgres_url")
    return Settings(root=root, database=database, artifacts=str(root / "artifacts"))


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    """The settings of a folder workspace that does not exist yet."""
    root = tmp_path / "workspace"
    return Settings(
        root=root,
        database=f"sqlite:///{root / 'workspace.db'}",
        artifacts=str(root / "artifacts"),
    )


@pytest.fixture
def store(workspace_settings: Settings) -> Iterator[Store]:
    """A store on either database, closed after the test."""
    opened = open_store(workspace_settings)
    yield opened
    opened.close()


def _record(
    store: Store,
    *,
    end: str | None = "succeeded",
    experiment: str = "churn",
    name: str = "run",
    metrics: dict | None = None,
    params: dict | None = None,
    tags: dict | None = None,
    kind: str = "cell",
    parent: str | None = None,
) -> str:
    """Write one run to the journal; its id."""
    from nbmlops.events import encode_value

    run, writer = new_ulid(), store.writer
    writer.append(
        "run_started",
        {
            "name": name,
            "experiment": experiment,
            "kind": kind,
            "parent": parent,
            "started_at": time.time_ns(),
        },
        run=run,
    )
    if params:
        writer.append("params", {"values": encode_value(params), "source": "explicit"}, run=run)
    for metric, value in (metrics or {}).items():
        writer.append("metric", {metric: encode_value(value)}, run=run)
    if tags:
        writer.append("tags", {"set": tags}, run=run)
    if end:
        writer.append("run_ended", {"status": end}, run=run)
    return run


@pytest.fixture
def record():
    """A function that writes one run to a store's journal and gives its id."""
    return _record
