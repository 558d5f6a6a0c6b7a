"""Journals written by hand, and processes that write them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import orjson

from nbmlops.store.journal import frame, new_ulid


def line(seq: int, kind: str, data: dict, run: str | None = None, **more) -> bytes:
    record = {"s": seq, "t": 10**18 + seq, "k": kind, "d": data, **more}
    if run:
        record["r"] = run
    return frame(orjson.dumps(record))


def head(writer: str, seq: int = 0) -> bytes:
    return line(seq, "head", {"writer": writer, "pid": 1, "host": "elsewhere"})


def start(seq: int, run: str) -> bytes:
    data = {"name": "n", "experiment": "e", "kind": "cell", "started_at": 10**18}
    return line(seq, "run_started", data, run)


def put_journal(settings, data: bytes, writer: str | None = None) -> Path:
    path = settings.journal_dir / f"{writer or new_ulid()}.nbj"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def one(store, sql: str, *values):
    with store.database.read() as session:
        return session.value(sql, values)


def python(source: str, *arguments: object, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


SETTINGS = """
    import os, sys, time
    from pathlib import Path
    from nbmlops.settings import Settings
    from nbmlops.store import open_store
    from nbmlops.store.journal import new_ulid
    def settings(root, database):
        return Settings(root=Path(root), database=database, artifacts=str(Path(root) / "artifacts"))
    store = open_store(settings(sys.argv[1], sys.argv[2]))
    def begin(run):
        store.writer.append("run_started", {"name": "n", "experiment": "e", "kind": "cell",
                                            "started_at": time.time_ns()}, run=run)
"""
