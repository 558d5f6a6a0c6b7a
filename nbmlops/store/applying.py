"""Stretches into tables and offsets into `writers`, in one transaction: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exc

from nbmlops.events import Event
from nbmlops.store.database import Session
from nbmlops.store.facts import NO_RUN, Facts, add
from nbmlops.store.settle import settle
from nbmlops.store.stretches import Stretch

__all__ = ["Applied", "apply"]


@dataclass(slots=True)
class Applied:
    """What one transaction did."""

    offsets: dict[str, int] = field(default_factory=dict)
    record_count: int = 0
    row_count: int = 0
    bad_count: int = 0
    future_count: int = 0
    quarantined_count: int = 0
    runs: set[str] = field(default_factory=set)


def apply(session: Session, stretches: list[Stretch]) -> Applied:
    """Write these stretches, each only where its journal's offset is still where it begins."""
    done = Applied()
    wanted = [stretch.writer for stretch in stretches]
    session.many(
        "INSERT INTO writers (writer) VALUES (?) ON CONFLICT (writer) DO NOTHING",
        [(writer,) for writer in wanted],
    )
    query = "SELECT writer, id, file_offset FROM writers WHERE writer IN (*)"
    known = {row[0]: (row[1], row[2]) for row in session.within(query, wanted)}
    now = session.clock()
    events: list[tuple[int, int, Event, bytes]] = []
    poison: list[tuple[int, int, str, bytes]] = []
    for stretch in stretches:
        writer_id, offset = known[stretch.writer]
        if offset != stretch.start:  # somebody else was faster
            continue
        done.offsets[stretch.writer] = stretch.end
        events += [(writer_id, at, event, payload) for at, event, payload in stretch.events]
        poison += [(writer_id, *found) for found in stretch.poison]
        done.bad_count += stretch.bad_count
        done.future_count += stretch.future_count
    done.row_count = _settle(session, events, poison) if events else 0
    quarantined = {(writer_id, offset) for writer_id, offset, _, _ in poison}
    done.quarantined_count = len(poison)
    done.record_count = len(events)
    for writer_id, offset, event, _ in events:
        if event.run not in (None, NO_RUN) and (writer_id, offset) not in quarantined:
            done.runs.add(str(event.run))
    session.many(
        "INSERT INTO quarantine (writer_id, file_offset, problem, payload) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (writer_id, file_offset) DO NOTHING",
        [
            (writer_id, offset, problem.replace("\0", "\ufffd"), _text(payload))
            for writer_id, offset, problem, payload in poison
        ],
    )
    for stretch in stretches:
        if stretch.writer in done.offsets:
            _advance(session, known[stretch.writer][0], stretch, now)
    return done


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _advance(session: Session, writer_id: int, stretch: Stretch, now: int) -> None:
    sequences = [event.seq for _, event, _ in stretch.events]
    times = [event.order[0] for _, event, _ in stretch.events]
    session.run(
        "UPDATE writers SET file_offset = ?, seen_at = ?, record_count = record_count + ?, "
        "last_seq = CASE WHEN last_seq < ? THEN ? ELSE last_seq END, "
        "last_at = coalesce(?, last_at), "
        "bad_count = bad_count + ?, bad_bytes = bad_bytes + ?, future_count = future_count + ?, "
        "quarantined_count = quarantined_count + ?, torn_bytes = torn_bytes + ?, "
        "state = CASE WHEN ? = 1 THEN 'closed' ELSE 'open' END WHERE id = ?",
        (
            stretch.end,
            now,
            len(stretch.events),
            max(sequences, default=-1),
            max(sequences, default=-1),
            times[-1] if times else None,
            stretch.bad_count,
            stretch.bad_bytes,
            stretch.future_count,
            len(stretch.poison),
            stretch.torn_bytes,
            int(stretch.closed),
            writer_id,
        ),
    )
    if stretch.head is not None:
        head = stretch.head
        session.run(
            "UPDATE writers SET host = ?, boot = ?, pid = ?, process_started = ?, user_name = ?, "
            "version = ?, parent = ? WHERE id = ?",
            (
                _word(head.get("host")),
                _word(head.get("boot")),
                head["pid"] if isinstance(head.get("pid"), int) and head["pid"] < 2**62 else None,
                _word(head.get("started")),
                _word(head.get("user")),
                _word(head.get("version")),
                _word(head.get("parent")),
                writer_id,
            ),
        )


def _word(value: Any) -> str | None:
    return None if value is None else str(value).replace("\0", "\ufffd")[:500]


def _settle(
    session: Session,
    events: list[tuple[int, int, Event, bytes]],
    poison: list[tuple[int, int, str, bytes]],
) -> int:
    """Settle events; one that the database refuses is found by halving and quarantined."""
    facts = Facts()
    for writer_id, _, event, _ in events:
        add(facts, event, writer_id)
    try:
        with session.connection.begin_nested():
            return settle(session, facts)
    except (exc.DataError, exc.IntegrityError, exc.ProgrammingError, exc.StatementError) as bad:
        if isinstance(bad, exc.OperationalError | exc.InternalError) or (
            isinstance(bad, exc.DBAPIError) and bad.connection_invalidated
        ):
            raise
        if len(events) == 1:
            writer_id, offset, _, payload = events[0]
            problem = getattr(bad, "orig", None) or bad
            poison.append(
                (writer_id, offset, f"{type(problem).__name__}: {problem}"[:500], payload)
            )
            return 0
    middle = len(events) // 2
    return _settle(session, events[:middle], poison) + _settle(session, events[middle:], poison)
