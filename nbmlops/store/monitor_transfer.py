"""Monitors in an exported file: the definition as a record of no run, the state and the profile of
its reference as artifacts by digest.

A monitor belongs to an experiment that its looks are recorded in. Where it is taken in, it begins
to count its revisions anew, so that it never moves a monitor that is there already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from nbmlops.details import monitor_of
from nbmlops.errors import ArtifactNotFoundError
from nbmlops.events import experiment_key
from nbmlops.records import Monitor, to_dict
from nbmlops.store.facts import NO_RUN

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["Carried", "CheckMonitor", "Here", "monitors_here", "read_monitors", "told"]

CheckMonitor = Callable[[Monitor, bytes, bytes], object]  # definition, state, reference; it raises


@dataclass(frozen=True, slots=True)
class Carried:
    """Monitors of an export with the bytes that they need, and those whose bytes are gone."""

    monitors: list[Monitor] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def read_monitors(store: Store) -> Carried:
    """All monitors of a workspace, each with the state that belongs to its row."""
    found = Carried()
    for monitor in store.monitors.find():
        for _ in range(5):  # a look may move it meanwhile
            try:
                state = store.artifacts.get(monitor.state_digest)
                reference = store.artifacts.get(monitor.reference_digest)
            except ArtifactNotFoundError:
                now = [one for one in store.monitors.find() if one.name == monitor.name]
                if not now or now[0].revision == monitor.revision:
                    found.missing.extend(one.name for one in now)
                    break
                monitor = now[0]
                continue
            found.monitors.append(monitor)
            found.contents[monitor.state_digest] = state
            found.contents[monitor.reference_digest] = reference
            break
    return found


def told(
    carried: Carried, experiment: str, runs: Iterable[str], first: int
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The records of the monitors of an experiment, counted from `first`, and what they need."""
    key, there = experiment_key(experiment), set(runs)
    records: list[dict[str, Any]] = []
    contents: dict[str, bytes] = {}
    for monitor in carried.monitors:
        is_named = monitor.experiment is not None and experiment_key(monitor.experiment) == key
        if not is_named and monitor.run_id not in there:
            continue
        if monitor.run_id not in there:  # its run was deleted
            monitor = replace(monitor, run_id=None)
        data = {
            "name": monitor.name,
            "revision": monitor.revision,
            "act": "exported",
            "body": to_dict(monitor),
            "state_digest": monitor.state_digest,
            "reference_digest": monitor.reference_digest,
            "removed_at": None,
            "moved_at": time.time_ns(),
            "who": monitor.user,
            "why": "",
        }
        at = first + len(records)
        records.append({"s": at, "t": time.time_ns(), "k": "monitor", "r": NO_RUN, "d": data})
        for digest in (monitor.state_digest, monitor.reference_digest):
            contents[digest] = carried.contents[digest]
    return records, contents


@dataclass(frozen=True, slots=True)
class Here:
    """Which monitors of a file are taken in, each with the revision that it gets here."""

    revisions: dict[str, int]
    already: list[str]  # the same monitors
    others: list[str]  # other monitors of the same names

    def taken(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the journal says of a monitor that comes."""
        revision = self.revisions[data["name"]]
        body = {**data["body"], "revision": revision}
        return {**data, "act": "imported", "revision": revision, "body": body}


def monitors_here(store: Store, monitors: Mapping[str, Monitor]) -> Here:
    """What is to be done with the monitors of a file: one that is here stays as it is.

    One that was removed here stays removed; another that had its name stands in nobody's way.
    """
    found = Here({}, [], [])
    with store.database.read() as session:
        rows = session.within(
            "SELECT name, revision, removed_at, body FROM monitors WHERE name IN (*)",
            sorted(monitors),
        )
    known = {row[0]: row for row in rows}
    for name, monitor in sorted(monitors.items()):
        if name not in known:
            found.revisions[name] = 1
            continue
        _, revision, removed_at, body = known[name]
        is_same = monitor_of(orjson.loads(body)).added_at == monitor.added_at
        if is_same:
            found.already.append(name)
        elif removed_at is None:
            found.others.append(name)
        else:
            found.revisions[name] = int(revision) + 1
    return found
