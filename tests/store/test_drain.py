"""Journals become tables exactly once, whatever is cut, flipped or ended."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import orjson
import pytest
from journals import SETTINGS, head, line, one, put_journal, python, start

from nbmlops.records import Status
from nbmlops.store import open_store
from nbmlops.store.journal import frame, new_ulid

# -- whole journals ----------------------------------------------------------------------------


def test_a_record_is_drained_once_however_often_it_is_drained(store, record):
    run = record(store, metrics={"m": 1})
    store.drain()
    for _ in range(3):
        other = open_store(store.settings)
        other.drain()
        assert len(other.runs.series(run, "m")) == 1
        other.close()


def test_a_journal_cut_at_every_byte_gives_exactly_its_whole_records(folder_settings):
    from nbmlops.store.stretches import decode

    run, writer = "R", "0" * 26
    lines = [
        head(writer),
        start(1, run),
        *(line(at, "metric", {"m": at}, run) for at in range(2, 9)),
    ]
    data = b"".join(lines)
    ends = [sum(map(len, lines[: at + 1])) for at in range(len(lines))]
    for size in range(len(data)):
        stretch = decode(Path(f"{writer}.nbj"), data[:size], 0, whole=True)
        assert len(stretch.events) == sum(end <= size for end in ends), size
        assert not stretch.bad_count
        rest = decode(Path(f"{writer}.nbj"), data[stretch.end :], stretch.end, whole=True)
        assert len(stretch.events) + len(rest.events) == len(lines)


def test_no_flipped_bit_alters_a_record_and_each_is_counted():
    from nbmlops.store.stretches import decode

    data = b"".join(
        [start(0, "R"), *(line(at, "metric", {"m": at / 3}, "R") for at in range(1, 5))]
    )
    payloads = {payload for _, _, payload in decode(Path("w.nbj"), data, 0, whole=True).events}
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            found = decode(Path("w.nbj"), bytes(flipped), 0, whole=True)
            assert {payload for _, _, payload in found.events} <= payloads
            lost = len(payloads) - len(found.events)
            assert lost <= 2
            assert not lost or found.bad_count + found.tail_bytes + found.future_count


@pytest.mark.parametrize("damage", ["zeros", "garbage", "hole", "long"])
def test_damage_is_passed_over_and_counted(store, damage):
    rng = random.Random(7)
    records = [start(1, "R"), *(line(at, "metric", {"m": at}, "R") for at in range(2, 400))]
    data = bytearray(head("w") + b"".join(records))
    middle = len(data) // 2
    if damage == "hole":
        data[middle : middle + 4096] = b"\0" * 4096
    else:
        junk = {"zeros": b"\0" * 5000, "garbage": rng.randbytes(5000), "long": b"x" * (5 << 20)}
        cut = data.find(b"\n\n", middle) + 1
        data[cut:cut] = junk[damage] + b"\n"
    put_journal(store.settings, bytes(data))
    report = store.drain()
    found = one(store, "SELECT count(*) FROM points")
    assert report.bad_count >= 1
    assert found >= 398 - (4096 // 60 + 2 if damage == "hole" else 0)
    missing = one(store, "SELECT last_seq + 1 - record_count FROM writers")
    assert missing == 398 - found


def test_poison_is_quarantined_with_its_payload_and_the_drain_goes_on(store):
    poison = [
        frame(b"not json"),
        frame(b"[]"),
        frame(b"null"),
        frame(b'{"s":1}'),
        frame(orjson.dumps({"s": 2, "t": 2**63, "k": "note", "r": "R", "d": {"text": ""}})),
        line(3, "nonsense", {}, "R"),
        line(4, "metric", {"m": "x"}, "R"),
        line(
            5, "run_started", {"name": "n", "experiment": "e", "kind": "k", "started_at": "x"}, "R"
        ),
        line(6, "run_ended", {"status": "finished"}, "R"),
        line(7, "artifact", {"name": "a", "digest": "d", "size_bytes": -1, "media_type": "m"}, "R"),
        line(8, "metric", {"m" * 2000: 1}, "R"),
        line(9, "note", {"text": "x"}, "R\0"),
        line(10, "params", {"values": [], "source": "x"}, "R"),
        line(11, "environment", {"digest": "d", "body": 3}, "R"),
        line(12, "environment", {"digest": "d", "body": {"packages": {"numpy": 2}}}, "R"),
        line(13, "cell", {"source": "x", "digest": "d", "cell_id": [1]}, "R"),
        line(14, "git", {"commit": {"a": 1}}, "R"),
        line(15, "resources", {"wall_seconds": 1, "cpu_seconds": "NaN"}, "R"),
        line(
            16,
            "resources",
            {"wall_seconds": 1, "cpu_seconds": 1, "peak_memory_bytes": "1"},
            "R",
        ),
        line(17, "run_ended", {"status": "failed", "duration_seconds": "nan"}, "R"),
        line(18, "run_ended", {"status": "failed", "reason": ["x"]}, "R"),
        line(
            19,
            "monitor",
            {"name": "m", "revision": 1, "act": "added", "body": {}, "moved_at": 1},
            "-",
        ),
        line(
            20,
            "monitor",
            {"name": "m", "revision": [], "act": "added", "body": {}, "moved_at": 1},
            "-",
        ),
    ]
    data = head("w", 21) + start(22, "R") + b"".join(poison) + line(23, "metric", {"m": 5}, "R")
    put_journal(store.settings, data)
    report = store.drain()
    assert report.quarantined_count == len(poison)
    assert one(store, "SELECT count(*) FROM quarantine") == len(poison)
    assert store.runs.get("R").metrics == {"m": 5}


def test_names_with_nul_are_kept_readable_on_both_databases(store):
    put_journal(
        store.settings,
        head("w")
        + start(1, "R")
        + line(2, "metric", {"a\0b": 1}, "R")
        + line(3, "tags", {"set": {"t\0": "v\0"}}, "R")
        + line(4, "params", {"values": {"p": "x\0y"}, "source": "s"}, "R"),
    )
    run = store.runs.get("R")
    assert run.metrics == {"a\ufffdb": 1}
    assert run.params == {"p": "x\0y"}
    assert run.tags == {"t\ufffd": "v\0"}


def test_a_record_of_the_prototype_is_read(store):
    old = [
        {
            "seq": 0,
            "ts": 1.7e9,
            "kind": "run_started",
            "run": "R",
            "data": {"name": "n", "experiment": "e", "kind": "cell", "started_at": 10**18},
        },
        {"seq": 1, "ts": 1700000001, "kind": "metric", "run": "R", "step": 3, "data": {"m": 1.5}},
    ]
    data = b""
    from zlib import crc32

    for record in old:
        payload = orjson.dumps(record)
        size = b"%08x" % len(payload)
        data += b"0 %b %08x %b\n" % (size, crc32(payload, crc32(b"0" + size)), payload)
    put_journal(store.settings, data)
    assert store.runs.get("R").metrics == {"m": 1.5}
    assert store.runs.series("R", "m")[0].step == 3


@pytest.mark.parametrize("cut", [1, 20, -14, -1])
def test_a_record_behind_a_torn_one_is_whole(store, cut: int) -> None:
    torn = line(1, "params", {"values": {"s": {"s": 1}}, "source": "x"}, "R")[:cut]
    quick = frame(orjson.dumps([3, 10**18 + 3, "R", 4, {"m": 0.5}]))
    data = head("w") + torn + start(2, "R") + torn + quick
    put_journal(store.settings, data)
    report = store.drain()

    assert store.runs.get("R").metrics == {"m": 0.5}
    assert [point.step for point in store.runs.series("R", "m")] == [4]
    assert report.bad_count == 2


def test_a_record_of_the_future_is_counted_and_kept(store):
    payload = b'2{"any":"thing"}'
    new = frame(payload)
    path = put_journal(store.settings, head("w") + new + start(1, "R"))
    report = store.drain()
    assert report.future_count == 1
    assert report.quarantined_count == report.bad_count == 0
    assert store.runs.get("R")
    assert payload in path.read_bytes()


def test_only_files_named_like_journals_are_read_and_links_are_not_followed(store, tmp_path):
    outside = tmp_path / "outside.nbj"
    outside.write_bytes(head("w") + start(1, "R"))
    store.settings.journal_dir.mkdir(parents=True)
    (store.settings.journal_dir / f"{new_ulid()}.nbj").symlink_to(outside)
    (store.settings.journal_dir / "x.nbj").write_bytes(outside.read_bytes())
    assert store.drain().record_count == 0


# -- the end of a writer ---------------------------------------------------------------------------


def test_a_journal_that_another_process_takes_away_meanwhile_is_its_business(store, monkeypatch):
    writer = new_ulid()
    path = put_journal(store.settings, head(writer) + start(1, "R"), writer)

    def is_dead(journal: Path, *known, **here) -> bool:
        journal.rename(journal.with_suffix(".taken"))
        return True

    with monkeypatch.context() as patch:
        patch.setattr("nbmlops.store.drain.is_dead", is_dead)
        report = store.drain()

    assert (report.problem, path.exists()) == ("", False)
    assert store.runs.get("R").status == "running"


def test_a_closed_journal_moves_away_and_later_into_an_archive(store, record):
    run = record(store, metrics={"m": 1})
    store.writer.close()
    assert store.drain().moved_count == 1
    directory = store.settings.journal_dir
    assert not list(directory.glob("*.nbj"))
    assert len(list((directory / "closed").glob("*.nbj"))) == 1
    assert store._drain.pack() == []
    assert len(store._drain.pack(keep_seconds=0)) == 1
    assert not list((directory / "closed").glob("*.nbj"))
    assert store.runs.get(run).metrics == {"m": 1}


def test_closed_journals_are_compared_again_after_the_machine_restarted(store, record):
    runs = [record(store, metrics={"m": 1}) for _ in range(3)]
    store.writer.close()
    store.drain()
    with store.database.write() as session:  # what a power cut does to the last commits
        session.run("DELETE FROM runs")
        session.run("DELETE FROM points")
        session.run("DELETE FROM writers")
        session.run("UPDATE meta SET value = 'an earlier start' WHERE key LIKE 'closed_checked%'")
    fresh = open_store(store.settings)
    assert {run.id for run in fresh.runs.find().runs} == set(runs)
    fresh.close()


def test_the_run_of_a_killed_process_is_lost_with_a_reason(workspace_settings):
    process = python(
        SETTINGS
        + """
    run = new_ulid(); begin(run)
    store.writer.append("metric", {"m": 1}, run=run)
    os.write(store.writer.segment.hot[0], b"\\n1 000000ff 00000000 {torn")
    print(run, flush=True)
    time.sleep(60)
    """,
        workspace_settings.root,
        workspace_settings.database,
    )
    run = process.stdout.readline().strip()
    store = open_store(workspace_settings)
    assert store.runs.get(run).status is Status.RUNNING
    process.kill()
    process.wait()
    found = store.runs.get(run)
    assert found.status is Status.LOST
    assert f"The process (pid {process.pid} on" in found.reason
    assert "ended without finishing this run; its last record is from" in found.reason
    assert found.ended_at is not None
    assert found.duration_seconds >= 0
    assert one(store, "SELECT torn_bytes FROM writers WHERE pid = ?", process.pid) == 25
    assert [path.read_bytes() for path in (store.settings.journal_dir / "damaged").iterdir()] == [
        b"1 000000ff 00000000 {torn"
    ]
    assert not list(store.settings.journal_dir.glob("*.nbj"))
    # A real ending that arrives late holds.
    store.writer.append("run_ended", {"status": "succeeded", "duration_seconds": 2.5}, run=run)
    assert store.runs.get(run).status is Status.SUCCEEDED
    assert store.runs.get(run).duration_seconds == 2.5
    store.writer.append("run_ended", {"status": "failed"}, run=run)
    assert store.runs.get(run).status is Status.SUCCEEDED
    store.close()


def test_a_run_from_before_a_restart_of_the_machine_is_lost_and_says_so(store):
    import socket

    data = {"writer": "w", "pid": os.getpid(), "host": socket.gethostname(), "boot": "earlier"}
    put_journal(store.settings, line(0, "head", data) + start(1, "R"))
    run = store.runs.get("R")
    assert run.status is Status.LOST
    assert "was restarted before" in run.reason


def test_a_writer_on_another_machine_has_a_lease_by_the_databases_clock(store):
    path = put_journal(store.settings, head("w") + start(1, "R"))
    assert store.runs.get("R").status is Status.RUNNING
    with store.database.write() as session:
        session.run("UPDATE writers SET seen_at = seen_at - 1000")
    store._drain._next_upkeep = 0
    assert store.runs.get("R").status is Status.LOST
    with path.open("ab") as file:  # it was only stopped for a while
        file.write(line(2, "metric", {"m": 1}, "R"))
    late = store.runs.get("R")
    assert late.metrics == {"m": 1}
    assert late.status is Status.LOST
    with path.open("ab") as file:
        file.write(line(3, "run_ended", {"status": "succeeded"}, "R"))
    assert store.runs.get("R").status is Status.SUCCEEDED


def test_warnings_stand_in_the_order_of_their_writer_whatever_its_clock_did(store, record):
    run = record(store, end=None)
    times = iter([3 * 10**18, 2 * 10**18])
    store.writer._clock = lambda: next(times, 3 * 10**18)
    for code in ("first", "second"):
        store.writer.append("warning", {"code": code, "message": ""}, run=run)
    assert [warning.code for warning in store.runs.get(run).warnings] == ["first", "second"]


def test_a_clock_that_jumps_changes_neither_order_nor_sign(store, record):
    times = itertools.chain(
        [10**18, 10**18 + 10**14, 10**18 - 10**14, -(10**18), 10**18 - 5, 10**18 - 4],
        itertools.repeat(10**18),
    )
    run = new_ulid()
    store.writer.append("note", {"text": ""}, run=run)
    store.writer._clock = lambda: next(times)
    store.writer.append(
        "run_started",
        {"name": "n", "experiment": "e", "kind": "cell", "started_at": 10**18},
        run=run,
    )
    for value in range(4):
        store.writer.append("metric", {"m": value}, run=run)
    store.writer.append("run_ended", {"status": "succeeded"}, run=run)
    found = store.runs.get(run)
    assert [point.value for point in found.series("m")] == [0, 1, 2, 3]
    assert found.duration_seconds == 0
