"""Rows told again as journal records: what an export carries.

The records are not those that were written, but they say the same: the latest word on everything
and every point of every metric, in the order in which `Run.series` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from nbmlops.events import INT64, encode_value
from nbmlops.store.database import Session
from nbmlops.store.numbers import from_columns, from_param

__all__ = ["retell"]


def retell(
    session: Session, keys: Sequence[int]
) -> tuple[list[dict[str, Any]], list[str], dict[str, int]]:
    """Records, ids of the runs, and digest → size of their artifacts."""
    told = _Telling()
    for start in range(0, len(keys), 500):
        told.tell(session, list(keys[start : start + 500]))
    return told.records, told.runs, told.digests


class _Telling:
    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.runs: list[str] = []
        self.digests: dict[str, int] = {}
        self.environments: set[str] = set()

    def say(
        self,
        run: str,
        kind: str,
        at: int,
        data: Any,
        *,
        step: int | None = None,
        origin: str | None = None,
    ) -> None:
        record: dict[str, Any] = {"s": len(self.records), "t": at, "k": kind, "r": run}
        if step is not None:
            record["x"] = step
        if origin is not None and origin != "log":
            record["o"] = origin
        record["d"] = data
        self.records.append(record)

    def tell(self, session: Session, keys: list[int]) -> None:
        runs: dict[int, str] = {}
        endings: list[tuple[str, int, dict[str, Any]]] = []
        order = {key: at for at, key in enumerate(keys)}
        columns = (
            "id, run, name, name_stamp, experiment, kind, parent, started_at, start_stamp, "
            "user_name, host, status, ended_at, end_duration, reason"
        )
        found = session.within(f"SELECT {columns} FROM runs WHERE id IN (*)", keys)
        for row in sorted(found, key=lambda row: order[row[0]]):
            run = runs[row[0]] = row[1]
            self.runs.append(run)
            self.say(
                run,
                "run_started",
                _time_of(row[8], row[7]),
                {
                    "name": row[2],
                    "experiment": row[4],
                    "kind": row[5],
                    "parent": row[6],
                    "started_at": row[7],
                    "user": row[9],
                    "host": row[10],
                },
            )
            if row[3] is not None:
                self.say(run, "renamed", _time_of(row[3], row[7]), {"name": row[2]})
            if row[12] is not None:
                ended = {"status": row[11], "duration_seconds": row[13], "reason": row[14]}
                endings.append((run, row[12], ended))
        self._tell_details(session, runs)
        self._tell_named(session, runs)
        self._tell_points(session, runs)
        for run, at, ended in endings:
            self.say(run, "run_ended", at, ended)

    def _tell_details(self, session: Session, runs: dict[int, str]) -> None:
        keys = list(runs)
        for key, subject, body, at in session.within(
            "SELECT run_id, subject, body, at FROM details WHERE run_id IN (*)", keys
        ):
            if subject == "environment":
                data: dict[str, Any] = {"digest": body}
                if body not in self.environments:
                    self.environments.add(body)
                    query = "SELECT body FROM environments WHERE digest = ?"
                    if (text := session.value(query, (body,))) is not None:
                        data["body"] = orjson.loads(text)
                self.say(runs[key], "environment", at, data)
            elif subject == "note":
                self.say(runs[key], "note", at, {"text": orjson.loads(body)})
            else:
                self.say(runs[key], subject.partition(":")[0], at, orjson.loads(body))
        warnings = session.within(
            "SELECT t.run_id, t.at, w.writer, t.seq, t.code, t.message FROM warnings t "
            "JOIN writers w ON w.id = t.writer_id WHERE t.run_id IN (*)",
            keys,
        )
        for key, at, _, _, code, message in sorted(warnings, key=lambda row: tuple(row[1:4])):
            self.say(runs[key], "warning", at, {"code": code, "message": message})

    def _tell_named(self, session: Session, runs: dict[int, str]) -> None:
        named = "FROM {0} t JOIN names n ON n.id = t.name_id WHERE t.run_id IN (*)"
        keys = list(runs)
        query = "SELECT t.run_id, n.name, t.text, t.exact, t.source, t.at "
        for key, name, text, exact, source, at in session.within(
            query + named.format("params"), keys
        ):
            value = encode_value(from_param(text, exact))
            self.say(runs[key], "params", at, {"values": {name: value}, "source": source})
        query = "SELECT t.run_id, n.name, t.text, t.exact, t.at "
        for key, name, text, exact, at in session.within(query + named.format("tags"), keys):
            if text is not None:
                self.say(runs[key], "tags", at, {"set": {name: from_param(text, exact)}})
        query = "SELECT t.run_id, n.name, t.digest, t.size_bytes, t.media_type, t.kind, t.at "
        for key, name, digest, size, media_type, kind, at in session.within(
            query + named.format("artifacts"), keys
        ):
            data = {"name": name, "digest": digest, "size_bytes": size}
            self.digests[digest] = size
            self.say(runs[key], "artifact", at, {**data, "media_type": media_type, "kind": kind})

    def _tell_points(self, session: Session, runs: dict[int, str]) -> None:
        """Every point; the latest value of each metric comes last at its time."""
        keys = list(runs)
        origins: dict[tuple[int, int], tuple[str, str, int]] = {}
        for key, name_id, origin, writer, seq in session.within(
            "SELECT m.run_id, m.name_id, m.origin, w.writer, m.seq FROM metrics m "
            "JOIN writers w ON w.id = m.writer_id WHERE m.run_id IN (*)",
            keys,
        ):
            origins[key, name_id] = (origin, writer, seq)
        latest: dict[tuple[int, str], int] = {}
        points = []
        for key, name_id, name, writer, seq, at, step, value, form in session.within(
            "SELECT p.run_id, p.name_id, n.name, w.writer, p.seq, p.at, p.step, p.value, p.form "
            "FROM points p JOIN names n ON n.id = p.name_id JOIN writers w ON w.id = p.writer_id "
            "WHERE p.run_id IN (*) ORDER BY p.run_id, w.writer, p.seq, n.name",
            keys,
        ):
            place = latest[key, writer] = max(at, latest.get((key, writer), at))
            origin = origins.get((key, name_id), ("log", "", 0))[0]
            number = encode_value(from_columns(value, form))
            points.append((key, place, writer, seq, name, at, step, number, origin))
        points.sort(key=lambda point: point[:5])
        for key, _, _, _, name, at, step, number, origin in points:
            self.say(runs[key], "metric", at, {name: number}, step=step, origin=origin)


def _time_of(stamp: str | None, otherwise: int) -> int:
    """The time in a stamp of `facts.stamp`."""
    return int(stamp.partition(":")[0]) - INT64 if stamp else otherwise
