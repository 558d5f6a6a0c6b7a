"""A process that is killed at any statement of a drain, or right after its commit, leaves every row
to be written exactly once.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import orjson

from nbmlops.records import Status
from nbmlops.store import open_store
from nbmlops.store.journal import frame, new_ulid

POINTS = 40

# For each number that it is given, a child that dies right before its statement or commit of this
# number, or when a connection goes back into the pool, which is right after its commit.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from sqlalchemy import Engine, event
    from sqlalchemy.pool import Pool
    from nbmlops.settings import Settings
    from nbmlops.store import applying, drain, open_store, runs

    def drained(left):
        root = Path(sys.argv[1])
        store = open_store(Settings(root, sys.argv[2], str(root / "artifacts")))
        store.database.engine()

        @event.listens_for(Engine, "before_cursor_execute")
        @event.listens_for(Engine, "commit")
        @event.listens_for(Pool, "checkin")
        def count(*_):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        store.drain()
        left = 10**6

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                drained(int(line))
                os._exit(0)
            except BaseException as problem:
                print(repr(problem), file=sys.stderr, flush=True)
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def add_journal(settings, run: str) -> None:
    """A journal of a run with points, tags, a parameter and an ending."""
    begun = {"name": "n", "experiment": "e", "kind": "cell", "started_at": 10**18}
    said = [("head", {"writer": "w", "pid": 1, "host": "elsewhere"}), ("run_started", begun)]
    said += [("metric", {"m": at}) for at in range(POINTS)]
    said += [("tags", {"set": {"a": "1"}}), ("params", {"values": {"p": 1}, "source": "explicit"})]
    said += [("warning", {"code": "c", "message": "m"}), ("run_ended", {"status": "succeeded"})]
    said += [("end", {"reason": "closed", "count": len(said) + 1})]
    lines = (
        {"s": at, "t": 10**18 + at, "k": kind, "d": data}
        | ({"r": run} if kind not in ("head", "end") else {})
        for at, (kind, data) in enumerate(said)
    )
    place = settings.journal_dir / f"{new_ulid()}.nbj"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"".join(frame(orjson.dumps(record)) for record in lines))


def test_a_drainer_that_is_killed_anywhere_leaves_every_row_once(store) -> None:
    store.drain()
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(store.settings.root)]
    runs: list[str] = []
    with subprocess.Popen(
        [*command, store.settings.database],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as parent:
        ended = "-9"
        while ended == "-9":
            runs.append(f"R{len(runs)}")
            add_journal(store.settings, runs[-1])
            parent.stdin.write(f"{len(runs) - 1}\n")
            ended = parent.stdout.readline().strip()
            store.drain()  # by another process, which takes up what the dead one had begun
        assert ended == "0"
        parent.stdin.close()

    assert len(runs) > 15
    again = open_store(store.settings)
    again.drain()
    with again.database.read() as session:
        for table, each in (("points", POINTS), ("metrics", 1), ("params", 1), ("warnings", 1)):
            rows = session.value(f"SELECT count(*) FROM {table}")
            assert rows == each * len(runs), table
        assert session.value("SELECT sum(bad_count + quarantined_count) FROM writers") == 0
    found = again.runs.find(limit=1000).runs
    assert {run.id for run in found} == set(runs)
    assert {run.status for run in found} == {Status.SUCCEEDED}
    for run in runs:
        assert [point.value for point in again.runs.series(run, "m")] == list(range(POINTS))
    again.close()
