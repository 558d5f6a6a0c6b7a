"""What was said of one run so far, for its card: no database is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbmlops.events import INT64, Event, decode_value, fold
from nbmlops.records import Run

__all__ = ["Said", "gap"]


def gap(count: int) -> dict[str, str]:
    """The warning that so many records of a run could not be written."""
    message = f"{count} records could not be written to the journal and are missing."
    return {"code": "gap", "message": message}


class Said:
    """The records of one run but for its metrics, in the order that a journal's reader finds."""

    def __init__(self, run: str, start: Mapping[str, Any], started_ns: int) -> None:
        self._run = run
        # The start belongs to it also where the journal did not take it yet: it is said again.
        self._start = Event("", 0, started_ns, "run_started", run, start)
        self._events: list[Event] = []
        self._latest_ns = -INT64  # the latest time that was told
        self._folded: tuple[int, int, Run | None] | None = None  # of so many events, and missing

    def add(
        self, kind: str, data: Mapping[str, Any], at_ns: int, *, step: int | None, writer: str
    ) -> None:
        """Take a record in."""
        if kind == "params":
            data = {**data, "values": decode_value(dict(data["values"]))}
        self._events.append(self._event(kind, data, at_ns, step, writer))
        self._latest_ns = max(at_ns, self._latest_ns)

    def count(self, kind: str) -> int:
        """How many records of this kind there are."""
        return sum(event.kind == kind for event in self._events)

    def fold(self, *, missing_count: int = 0) -> Run | None:
        """The run that they describe, with a warning of the records that are missing."""
        count = len(self._events)
        if self._folded is not None and self._folded[:2] == (count, missing_count):
            return self._folded[2]
        events = [self._start, *self._events[:count]]
        if missing_count:
            events.append(self._event("warning", gap(missing_count), self._latest_ns, None, ""))
        found = fold(self._run, events)
        self._folded = (count, missing_count, found)
        return found

    def _event(
        self, kind: str, data: Mapping[str, Any], at_ns: int, step: int | None, writer: str
    ) -> Event:
        # A later word stays the later one where the clock was set back, as for a journal's reader.
        sequence, floor = len(self._events) + 1, self._latest_ns
        return Event(writer, sequence, at_ns, kind, self._run, data, step, floor_ns=floor)
