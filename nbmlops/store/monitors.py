"""Monitors: rows that are moved in a transaction, each with an event that says the same.

Who moves a row says which revision it was; where somebody else was faster, nothing changes. The
state stands under its digest, so that one transaction moves it together with all else.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from nbmlops.details import monitor_of
from nbmlops.errors import (
    AlreadyExistsError,
    ArtifactNotFoundError,
    MonitorMovedError,
    MonitorNotFoundError,
)
from nbmlops.records import Monitor, to_dict
from nbmlops.store.facts import NO_RUN
from nbmlops.store.settle import move_monitor

if TYPE_CHECKING:
    from nbmlops.store import Store
    from nbmlops.store.database import Session

__all__ = ["Monitors"]

COLUMNS = "name, revision, body, state_digest, reference_digest, removed_at"


class Monitors:
    """The monitors of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self) -> list[Monitor]:
        """All monitors, by name."""
        self._store.refresh()
        with self._store.database.read() as session:
            rows = session.rows(
                f"SELECT {COLUMNS} FROM monitors WHERE removed_at IS NULL ORDER BY name"
            )
        return [_monitor(row) for row in rows]

    def get(self, name: str) -> Monitor:
        """One monitor. Raises MonitorNotFoundError."""
        self._store.refresh()
        with self._store.database.read() as session:
            found = _row(session, name)
        if found is None or found[5] is not None:
            raise MonitorNotFoundError(name, known=[one.name for one in self.find()])
        return _monitor(found)

    def add(self, monitor: Monitor, reference: bytes, state: bytes, *, who: str) -> Monitor:
        """The monitor as it was added. Raises AlreadyExistsError."""
        self._store.refresh()
        monitor = replace(
            monitor, state_digest=self._keep(state), reference_digest=self._keep(reference)
        )

        def add(session: Session) -> Monitor | None:
            found = _row(session, monitor.name)
            if found is not None and found[5] is None:
                return None
            added = replace(monitor, revision=1 if found is None else int(found[1]) + 1)
            move_monitor(session, added.name, _columns(added, None))
            return added

        with self._store.changing():
            added = self._store.database.transact(add)
        if added is None:
            self._forget(monitor)
            hint = "Choose another name, or remove that one first."
            raise AlreadyExistsError("Monitor", monitor.name, hint=hint)
        self._tell(added, "added", who=who)
        return added

    def move(self, before: Monitor, after: Monitor, state: bytes, *, who: str) -> Monitor:
        """The monitor after a look, with its new state; all of it moves, or nothing.

        Raises MonitorMovedError where it is no longer as it was before.
        """
        moved = replace(after, state_digest=self._keep(state), revision=before.revision + 1)

        def move(session: Session) -> bool:
            found = _row(session, before.name)
            if found is None or found[5] is not None or int(found[1]) != before.revision:
                # An attempt that is repeated after a broken connection may have moved it already.
                return found is not None and _monitor(found).run_id == moved.run_id
            return move_monitor(session, moved.name, _columns(moved, None))

        with self._store.changing():
            done = self._store.database.transact(move)
        if not done:
            self._forget(moved)
            raise MonitorMovedError(before.name)
        self._tell(moved, "looked", who=who)
        self._forget(before)
        return moved

    def remove(self, monitor: Monitor, *, who: str, why: str) -> None:
        """Remove a monitor; its runs stay. Raises MonitorMovedError."""
        gone = replace(monitor, revision=monitor.revision + 1)
        now = time.time_ns()

        def remove(session: Session) -> bool:
            found = _row(session, monitor.name)
            if found is None or int(found[1]) != monitor.revision:
                return found is not None and found[5] == now
            return move_monitor(session, gone.name, _columns(gone, now))

        with self._store.changing():
            done = self._store.database.transact(remove)
        if not done:
            raise MonitorMovedError(monitor.name)
        self._tell(gone, "removed", who=who, why=why, removed_at=now)
        self._forget(gone)

    def content(self, monitor: Monitor) -> bytes:
        """The bytes of its state, verified. Raises MonitorMovedError where they have moved on."""
        try:
            return self._store.artifacts.get(monitor.state_digest)
        except ArtifactNotFoundError:
            if self.get(monitor.name).revision != monitor.revision:
                raise MonitorMovedError(monitor.name) from None
            raise

    def reference(self, monitor: Monitor) -> bytes:
        """The bytes of the profile of its reference, verified."""
        return self._store.artifacts.get(monitor.reference_digest)

    def _keep(self, data: bytes) -> str:
        digest, _ = self._store.artifacts.put(data)
        if "://" in self._store.settings.artifacts:  # others have to find it where the row says
            self._store.artifacts.upload()
        return digest

    def _forget(self, monitor: Monitor) -> None:
        """Remove bytes that nothing speaks of any more; what fails here is only left over."""
        with contextlib.suppress(Exception):
            for digest in (monitor.state_digest, monitor.reference_digest):
                with self._store.database.read() as session:
                    is_used = session.value(
                        "SELECT 1 FROM monitors WHERE removed_at IS NULL "
                        "AND ? IN (state_digest, reference_digest) "
                        "UNION ALL SELECT 1 FROM artifacts WHERE digest = ?",
                        (digest, digest),
                    )
                if not is_used:
                    self._store.artifacts.delete(digest)

    def _tell(
        self, monitor: Monitor, act: str, *, who: str, why: str = "", removed_at: int | None = None
    ) -> None:
        """The event of what has moved; the row stands already."""
        data = {
            "name": monitor.name,
            "revision": monitor.revision,
            "act": act,
            "body": to_dict(monitor),
            "state_digest": monitor.state_digest,
            "reference_digest": monitor.reference_digest,
            "removed_at": removed_at,
            "moved_at": time.time_ns(),
            "who": who,
            "why": why,
        }
        self._store.decide("monitor", data, run=NO_RUN)


def _row(session: Session, name: str) -> Any:
    rows = session.rows(f"SELECT {COLUMNS} FROM monitors WHERE name = ?", (_clean(name),))
    return rows[0] if rows else None


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _columns(monitor: Monitor, removed_at: int | None) -> tuple[Any, ...]:
    return (
        monitor.revision,
        orjson.dumps(to_dict(monitor)).decode(),
        monitor.state_digest,
        monitor.reference_digest,
        removed_at,
        time.time_ns(),
    )


def _monitor(row: Any) -> Monitor:
    found = monitor_of(orjson.loads(row[2]))
    return replace(
        found,
        name=row[0],
        revision=int(row[1]),
        state_digest=row[3] or "",
        reference_digest=row[4] or "",
    )
