"""Whether the process behind a journal still lives, and what becomes of its runs when not.

On this machine the lock that a writer holds on its journal tells, together with its process id. A
writer on another machine is given a lease by the database's clock, which new records and the
drains of its own machine renew.
"""

from __future__ import annotations

import time
from pathlib import Path

from nbmlops.events import utc
from nbmlops.store import journal
from nbmlops.store.database import Session
from nbmlops.store.facts import RunRow
from nbmlops.store.settle import ROW_COLUMNS, save_rows

__all__ = ["LEASE_SECONDS", "Head", "expired", "is_dead", "lose_runs"]

LEASE_SECONDS = 300
HEADLESS_SECONDS = 10.0


class Head:
    """Who writes a journal, as far as it is known."""

    __slots__ = ("boot", "host", "pid", "started")

    def __init__(
        self, host: str | None, boot: str | None, pid: int | None, started: str | None
    ) -> None:
        self.host, self.boot, self.pid, self.started = host, boot, pid, started


def is_dead(path: Path, head: Head, *, host: str, boot: str) -> bool:
    """True where it is certain that nothing more comes from this journal's writer."""
    if head.host is None:  # between the file's creation and its first record
        try:
            young = time.time() - path.stat().st_mtime < HEADLESS_SECONDS
        except OSError:
            return False
        return not young and not journal.is_alive(path)
    if head.host != host:
        return False
    if head.boot and boot and head.boot != boot:
        return True
    return not journal.is_alive(path) and not _process_lives(head)


def _process_lives(head: Head) -> bool:
    """True where the very process still exists, whatever happened to its lock."""
    if head.pid is None or not head.started:
        return False
    try:
        text = Path(f"/proc/{head.pid}/stat").read_text("ascii", "replace")
    except OSError:
        return False
    parts = text.rpartition(")")[2].split()
    return len(parts) > 19 and parts[19] == head.started and parts[0] not in ("Z", "X")


def lose_runs(session: Session, writer: str, *, boot: str) -> list[str]:
    """The ids of the runs that this dead writer left open, which are lost now."""
    columns = ",".join(f"r.{column}" for column in ROW_COLUMNS)
    found = session.rows(
        f"SELECT {columns}, w.pid, w.host, w.boot, w.state FROM runs r "
        "JOIN writers w ON w.id = r.owner WHERE w.writer = ? "
        "AND r.status IN ('running', 'pending')",
        (writer,),
    )
    rows = []
    for *values, pid, host, writer_boot, state in found:
        row = RunRow(*values)
        last = utc(row.last_at or 0).strftime("%Y-%m-%d %H:%M:%S UTC")
        process = f"The process (pid {pid} on {host})"
        if host == "import":
            what = "The run was not finished when it was exported"
        elif state == "closed":
            what = f"{process} closed its journal without finishing this run"
        elif writer_boot and boot and writer_boot != boot:
            what = (
                f"The machine {host} was restarted before the process (pid {pid}) finished this run"
            )
        else:
            what = f"{process} ended without finishing this run"
        row.lose(f"{what}; its last record is from {last}.", writer)
        rows.append(row)
    save_rows(session, rows)
    return [row.run for row in rows]


def expired(session: Session, host: str) -> list[tuple[str, list[str]]]:
    """Writers on other machines whose lease has run out, with the runs lost by that."""
    gone = session.rows(
        "SELECT writer, pid, host FROM writers WHERE state = 'open' AND host IS NOT NULL "
        "AND host <> ? AND seen_at < ?",
        (host, session.clock() - LEASE_SECONDS),
    )
    lost = []
    for writer, _, _ in gone:
        session.run("UPDATE writers SET state = 'dead' WHERE writer = ?", (writer,))
        lost.append((writer, lose_runs(session, writer, boot="")))
    return lost
