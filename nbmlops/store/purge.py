"""Removing a run for good: rows, artifacts that no other run has, and its lines in the journals.

What stays is the event that says which bytes went, who removed them and why.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import orjson

from nbmlops.errors import NotFoundError, RunNotFoundError
from nbmlops.events import spelled_out
from nbmlops.store import journal
from nbmlops.store.archives import scrub
from nbmlops.store.facts import NO_RUN

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["blank", "purge"]


def purge(store: Store, run_id: str, *, who: str, why: str) -> list[str]:
    """The digests of the artifacts that were removed with the run."""
    store.drain()
    with store.database.read() as session:
        key = session.value(
            "SELECT id FROM runs WHERE run = ? AND experiment IS NOT NULL AND purged_at IS NULL",
            (run_id,),
        )
        if key is None:
            raise RunNotFoundError(run_id)
        digests = [
            row[0]
            for row in session.rows(
                "SELECT DISTINCT a.digest FROM artifacts a WHERE a.run_id = ? AND NOT EXISTS "
                "(SELECT 1 FROM artifacts o WHERE o.digest = a.digest AND o.run_id <> ?) "
                "AND NOT EXISTS (SELECT 1 FROM monitors m WHERE m.removed_at IS NULL "
                "AND a.digest IN (m.reference_digest, m.state_digest)) "
                "ORDER BY a.digest",
                (key, key),
            )
        ]
    said = {"who": who, "why": why, "digests": digests}
    store.decide("purged", said, run=run_id)
    store.drain()
    for digest in digests:
        with contextlib.suppress(NotFoundError):
            store.artifacts.delete(digest)
    scrub(store.settings.journal_dir, lambda data: blank(data, {run_id}))
    return digests


def blank(data: bytes, runs: set[str]) -> bytes | None:
    """A journal's bytes without what it says of these runs, or None where it says nothing.

    A record gives way to one of the same length and sequence that says nothing, so that offsets
    and the count of gaps stay true.
    """
    wanted = [run.encode() for run in runs]
    if not any(run in data for run in wanted):
        return None
    new, changed = bytearray(data), False
    for part in journal.scan(data):
        if part.kind != "ok" or not any(run in part.payload for run in wanted):
            continue
        try:
            record = spelled_out(orjson.loads(part.payload))
        except ValueError:
            continue
        if record.get("r") not in runs or record.get("k") == "purged":
            continue
        plain = [record["s"], record["t"], NO_RUN, None, {}]
        payload = orjson.dumps(plain).ljust(len(part.payload))
        line = journal.frame(payload)
        if len(line) == part.end - part.start:
            new[part.start : part.end] = line
            changed = True
    return bytes(new) if changed else None
