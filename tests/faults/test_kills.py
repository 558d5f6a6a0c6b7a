"""kill -9 at random times, hundreds of times: nothing that was acknowledged is lost."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from programs import answered, program

from nbmlops.store import journal
from nbmlops.store.archives import CLOSED, journals_in
from nbmlops.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

# One process forks those that are killed, so that each costs a few milliseconds. It says what each
# of them had been told is kept.
KILLED = """
    import nbmlops.capture.cell, nbmlops.verbs, nbmlops.workspace.tracking
    chosen, filler, count = random.Random(%d), "x" * %d, %d

    def record(out):
        with nbmlops.track("kills") as run:
            os.write(out, run.id.encode() + b"\\n")
            writer = current_workspace().store.writer
            for at in range(10**9):
                run.log(m=at, step=at)
                if filler:
                    writer.append("note", {"text": filler}, run=run.id)
                os.write(out, b"%%d\\n" %% at)

    told = {}
    for _ in range(count):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                record(theirs)
            finally:
                os._exit(1)
        os.close(theirs)
        with open(ours, "rb") as said:
            run = said.readline().decode().strip()
            time.sleep(chosen.uniform(0, 0.02))  # the moment of the kill
            os.kill(child, signal.SIGKILL)
            told[run] = [int(line) for line in said.read().split()]
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    print(json.dumps(told))
"""


@pytest.mark.parametrize(("size", "count"), [(0, 200), (900_000, 50)], ids=["small", "large"])
def test_whatever_is_killed_loses_nothing_that_was_acknowledged(
    size: int, count: int, workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    told = answered(program(KILLED % (seed, size, count), tmp_path))
    torn = [path for path in journals_in(workspace_folder / "journal") if torn_bytes_of(path)]
    torn_bytes = sum(torn_bytes_of(path) for path in torn)

    assert len(told) == count
    workspace.store.drain()  # to the end, however long it takes; who only reads has little patience
    found = workspace.runs.find(limit=1000)
    assert {run.id for run in found} == set(told)
    for run in found:
        assert run.status == "lost"
        assert "ended without finishing" in str(run.reason)
        kept = [point.value for point in run.series("m")]
        assert kept[: len(told[run.id])] == told[run.id]
        assert len(kept) - len(told[run.id]) <= 1
    with workspace.store.database.read() as session:
        counted = session.value("SELECT sum(torn_bytes + bad_bytes) FROM writers")
        # Nothing is there twice, and nothing was taken for damage that is none.
        assert session.value("SELECT sum(quarantined_count) FROM writers") == 0
    assert counted == torn_bytes

    with workspace.runs.track("kills", name="after") as run:
        run.log(m=1.0)
    assert workspace.runs.get(run.id).metrics == {"m": 1.0}
    assert not [path for path in journals_in(workspace_folder / "journal" / CLOSED) if path in torn]


def torn_bytes_of(path: Path) -> int:
    """The bytes at the end of a journal that are no whole record."""
    return sum(
        part.end - part.start for part in journal.scan(path.read_bytes()) if part.kind != "ok"
    )
