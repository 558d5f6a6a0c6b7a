"""A reader waits for what its own process has logged, and for a while for what others do."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import orjson
import pytest

import nbmlops.store
from nbmlops.records import Status
from nbmlops.store import open_store, turns
from nbmlops.store.journal import frame, new_ulid

POINTS = 30_000
PROGRAM = """
    import os, signal, sys, time
    from pathlib import Path
    from nbmlops.settings import Settings
    from nbmlops.store import drain, open_store, turns
    from nbmlops.store.journal import new_ulid
    root = Path(sys.argv[1])
    store = open_store(Settings(root, sys.argv[2], str(root / "artifacts")))
    def record(name, *, end=True):
        run = new_ulid()
        data = {"name": name, "experiment": "e", "kind": "cell", "started_at": time.time_ns()}
        store.writer.append("run_started", data, run=run)
        if end: store.writer.append("run_ended", {"status": "succeeded"}, run=run)
        return run
"""


def program(source: str, settings, *arguments: object) -> subprocess.Popen:
    source = textwrap.dedent(PROGRAM) + textwrap.dedent(source)
    words = [str(settings.root), settings.database, *map(str, arguments)]
    return subprocess.Popen(
        [sys.executable, "-c", source, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen) -> str:
    out, problem = process.communicate(timeout=300)
    assert (process.returncode, problem) == (0, "")
    return out.strip()


def line(*record: object) -> bytes:
    return frame(orjson.dumps(record[0] if len(record) == 1 else record))


def journal_of(settings, points: int) -> str:
    """A journal that a process on another machine has written: one run with so many points."""
    run, writer = new_ulid(), new_ulid()
    head = {"writer": writer, "pid": 1, "host": "elsewhere"}
    start = {"name": "n", "experiment": "e", "kind": "cell", "started_at": 10**18}
    data = [
        line({"s": 0, "t": 10**18, "k": "head", "d": head}),
        line({"s": 1, "t": 10**18, "k": "run_started", "r": run, "d": start}),
        *(line(at, 10**18 + at, run, at, {"m": 0.5}) for at in range(2, points + 2)),
        line({"s": points + 2, "t": 10**18, "k": "run_ended", "r": run, "d": {"status": "failed"}}),
    ]
    settings.journal_dir.mkdir(parents=True, exist_ok=True)
    (settings.journal_dir / f"{writer}.nbj").write_bytes(b"".join(data))
    return run


def count(store) -> int:
    with store.database.read() as session:
        return int(session.value("SELECT count(*) FROM points"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader for whom the first batch takes too long."""
    monkeypatch.setattr(nbmlops.store, "PATIENCE_SECONDS", 1e-9)
    monkeypatch.setattr(turns, "LEAST_BYTES", 1)


@pytest.mark.usefixtures("impatient")
def test_a_reader_finds_its_own_and_is_told_of_what_waits(store, record) -> None:
    small = journal_of(store.settings, 10)
    large = [journal_of(store.settings, POINTS) for _ in range(2)]
    run = record(store, metrics={"m": 1})

    found = {each.id: each.status for each in store.runs.find().runs}

    assert found[run] is Status.SUCCEEDED
    assert found[small] is Status.FAILED  # nobody's few lines wait behind somebody's millions
    assert 0 < count(store) < 2 * POINTS
    assert "MB that processes at work have logged are not in the tables yet" in store.problem

    again = record(store, metrics={"m": 2})
    assert store.runs.get(again).metrics == {"m": 2}

    report = store.drain()
    assert report.waiting_bytes == 0
    assert count(store) == 2 * POINTS + 10 + 2
    assert {store.runs.get(each).status for each in large} == {Status.FAILED}
    assert store.problem == ""


@pytest.mark.usefixtures("impatient")
def test_a_series_is_whole_however_long_it_takes(store) -> None:
    runs = [journal_of(store.settings, POINTS) for _ in range(2)]
    found = [run for run in store.runs.find().runs if run.id in runs]
    assert store.problem
    assert 0 < count(store) < 2 * POINTS

    assert len(found[0].series("m")) == POINTS
    assert {len(store.runs.series(run, "m")) for run in runs} == {POINTS}
    assert store.problem == ""


@pytest.mark.usefixtures("impatient")
def test_who_waits_in_vain_comes_to_the_end_all_the_same(store) -> None:
    runs = [journal_of(store.settings, POINTS) for _ in range(2)]
    reads = 0
    while not reads or store.problem:
        found = store.runs.find("status = 'failed'").runs
        store._impatient_until = 0
        reads += 1

    assert {run.id for run in found} == set(runs)
    assert 1 < reads < 50


def test_readers_come_to_their_end_before_all_is_in_that_writers_have_logged(
    folder_settings, tmp_path
) -> None:
    """Writers are faster than anybody can bring it into tables, and stop when readers are done."""
    stop = tmp_path / "stop"
    writers = [
        program(
            """
            from nbmlops.store.framing import frame
            import orjson
            run, at = record("endless", end=False), 0
            descriptor, next_sequence = store.writer.segment.hot
            while not os.path.exists(sys.argv[3]):
                if at >= 300_000: time.sleep(0.01); continue
                lines = [frame(orjson.dumps((next_sequence(), time.time_ns(), run, at + n, {"m": 0.5})))
                         for n in range(1000)]
                os.write(descriptor, b"".join(lines)); at += 1000
                if at == 100_000: print("go", flush=True)
            print(at)
            """,
            folder_settings,
            stop,
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "go\n"
    readers = [
        program(
            """
            import nbmlops.store
            nbmlops.store.PATIENCE_SECONDS, turns.LEAST_BYTES = 0.1, 1 << 16
            for _ in range(3):
                run = record("mine")
                assert run in {each.id for each in store.runs.find().runs}
            """,
            folder_settings,
        )
        for _ in range(2)
    ]
    for reader in readers:
        said(reader)
    stop.touch()
    written = sum(int(said(writer)) for writer in writers)
    store = open_store(folder_settings)

    assert count(store) < written / 2
    store.close()


def test_what_one_brings_in_the_others_do_not_read_again(folder_settings) -> None:
    for _ in range(3):
        journal_of(folder_settings, POINTS)
    size = sum(path.stat().st_size for path in folder_settings.journal_dir.glob("*.nbj"))
    store = open_store(folder_settings)
    store.database.engine()
    gate = folder_settings.root / "gate"
    drainers = [
        program(
            """
            read, total = drain.read_stretch, 0
            def counted(*given, **more):
                global total
                stretch = read(*given, **more)
                total += stretch.end - stretch.start
                return stretch
            drain.read_stretch = counted
            store.database.engine()
            print("ready", flush=True)
            while not Path(sys.argv[3]).exists(): time.sleep(0.001)
            store.drain()
            print(total)
            """,
            folder_settings,
            gate,
        )
        for _ in range(3)
    ]
    for drainer in drainers:
        drainer.stdout.readline()
    gate.touch()
    read = [int(said(drainer)) for drainer in drainers]

    assert count(store) == 3 * POINTS
    assert sum(read) < 1.5 * size, read
    store.close()


def test_who_has_the_turn_and_is_stopped_keeps_nobody(
    store, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "STUCK_SECONDS", 0.2)
    run = record(store, metrics={"m": 1})
    holder = program(
        """

        turn = turns.Turns(store.settings.journal_dir).turn(seconds=0)
        assert turn.__enter__()
        print("held", flush=True)
        signal.pause()
        """,
        store.settings,
    )
    assert holder.stdout.readline() == "held\n"

    assert store.drain(unless_busy=True).is_busy
    assert store.runs.get(run).metrics == {"m": 1}

    holder.kill()
    holder.communicate()
    assert not store.drain(unless_busy=True).is_busy


def test_a_child_that_is_forked_during_a_turn_does_not_hold_it(store, record) -> None:
    record(store)
    turn = turns.Turns(store.settings.journal_dir)
    read, write = os.pipe()
    with turn.turn(seconds=0):
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
    os.close(read)
    other = program(
        "with turns.Turns(store.settings.journal_dir).turn(seconds=0) as mine: print(mine)",
        store.settings,
    )

    assert said(other) == "True"
    os.close(write)
    os.waitpid(child, 0)


def test_a_link_in_the_place_of_the_turns_is_not_followed(store, record, tmp_path: Path) -> None:
    run = record(store, metrics={"m": 1})
    (store.settings.journal_dir / "drain.lock").symlink_to(tmp_path / "elsewhere")

    assert store.runs.get(run).metrics == {"m": 1}
    assert not (tmp_path / "elsewhere").exists()
