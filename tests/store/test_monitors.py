"""Pointers of monitors: moved once, told in the journal, and what is told later never moves back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nbmlops.errors import AlreadyExistsError, MonitorMovedError, MonitorNotFoundError
from nbmlops.records import Monitor, to_dict
from nbmlops.store import open_store


def monitor(name: str = "live") -> Monitor:
    return Monitor(
        name=name,
        reference="train",
        source="/logs/*",
        time=None,
        every="1d",
        by=None,
        budget="1 in 5 years",
        columns=("age",),
        target=None,
        prediction=None,
        experiment=None,
        user="me",
        added_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_a_row_moves_from_the_revision_that_was_seen_and_from_no_other(store) -> None:
    added = store.monitors.add(monitor(), b"reference", b"state 0", who="me")
    moved = store.monitors.move(added, replace(added, look_count=1), b"state 1", who="me")

    assert (added.revision, moved.revision, moved.look_count) == (1, 2, 1)
    assert store.monitors.get("live") == moved
    assert store.monitors.content(moved) == b"state 1"
    assert store.monitors.reference(moved) == b"reference"
    with pytest.raises(MonitorMovedError):
        store.monitors.move(added, replace(added, look_count=9, run_id="X"), b"state 9", who="me")
    with pytest.raises(MonitorMovedError):
        store.monitors.remove(added, who="me", why="")
    with pytest.raises(MonitorMovedError):
        store.monitors.content(added)  # whose state is gone
    with pytest.raises(AlreadyExistsError):
        store.monitors.add(monitor(), b"reference", b"other", who="me")
    assert store.monitors.get("live") == moved


def test_a_drain_of_what_was_told_moves_nothing_back(store) -> None:
    added = store.monitors.add(monitor(), b"reference", b"state 0", who="me")
    moved = store.monitors.move(added, replace(added, look_count=1), b"state 1", who="me")
    other = store.monitors.add(monitor("other"), b"reference", b"its state", who="me")
    store.monitors.remove(other, who="me", why="over")

    store.drain()  # in which the events of all of it come into the tables once more

    assert store.monitors.find() == [moved]
    with pytest.raises(MonitorNotFoundError):
        store.monitors.get("other")


def test_a_journal_of_another_machine_brings_a_monitor_that_is_not_there(store) -> None:
    told = monitor()
    data = {
        "name": "live",
        "revision": 3,
        "act": "looked",
        "body": to_dict(replace(told, revision=3, look_count=2)),
        "state_digest": "ab" * 32,
        "reference_digest": "cd" * 32,
        "removed_at": None,
        "moved_at": 5,
        "who": "me",
    }
    store.writer.append("monitor", data, run="-", sync=True)
    store.writer.append("monitor", {**data, "revision": 2, "removed_at": 4}, run="-", sync=True)
    store.drain()

    (found,) = store.monitors.find()
    assert (found.revision, found.look_count, found.state_digest) == (3, 2, "ab" * 32)


def test_what_a_newer_version_tells_of_a_monitor_is_left_out(folder_settings) -> None:
    store = open_store(folder_settings)
    added = store.monitors.add(monitor(), b"reference", b"state", who="me")
    with store.database.write() as session:
        session.run('UPDATE monitors SET body = replace(body, \'"name"\', \'"later":1,"name"\')')

    assert store.monitors.find() == [added]
    store.close()
