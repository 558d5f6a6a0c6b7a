"""The runs that made what one run used, and those that used what it made: the ways of `lineage`."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import orjson

from nbmlops.details import dataset_of, model_of, observed_of
from nbmlops.events import INT64
from nbmlops.records import Dataset, FittedModel, Observed, Run
from nbmlops.store.database import Session
from nbmlops.store.facts import IMPORTED, file_name
from nbmlops.store.lineage_names import Near, only_names, read_by
from nbmlops.store.lineage_records import Thing, ToldBy
from nbmlops.store.numbers import bounded

__all__ = ["KNOWN", "SHOWN", "Search", "Way"]

MOST_NEAR = 200  # cells of the same process, before and after, of which the names are read
MOST_ALIKE = 200  # runs that used or made the same, of which the nearest is the link
MOST_FILES = 20  # files of the same name that are looked at
MOST_LINKS = 5  # runs told for one thing that was made
FEW_VALUES = 100  # so few values or bytes may be equal by chance
FEW_OF_A_NAME = 20  # and so few where both runs call them the same
KNOWN = "r.experiment IS NOT NULL AND r.purged_at IS NULL"
SHOWN = f"{KNOWN} AND r.deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Way:
    """A link before its run was read."""

    key: int
    name: str
    told_by: ToldBy
    run_count: int = 1


class Search:
    """What one run used and made, with the ways to other runs; `inside` are no others.

    Where the time is over (`until`, of `time.monotonic`), things have no ways any more and
    `is_cut` is True. Names are followed in the process that recorded the run, if at all.
    """

    def __init__(
        self,
        session: Session,
        key: int,
        run: Run,
        inside: Collection[int],
        *,
        until: float,
        by_names: bool = True,
    ) -> None:
        self._session = session
        self._key = key
        self._run = run
        self._inside = inside
        self._until = until
        self.is_cut = False
        started_at, ended_at, owner, host = session.rows(
            "SELECT r.started_at, r.ended_at, r.owner, w.host FROM runs r "
            "LEFT JOIN writers w ON w.id = r.owner WHERE r.id = ?",
            (key,),
        )[0]
        self._started_at: int = started_at or 0
        self._ended_at: int = INT64 - 1 if ended_at is None else ended_at
        self._owner: int | None = owner if by_names and run.cell is not None else None
        # What was imported has one owner, whatever processes it was recorded by.
        self._is_imported = host == IMPORTED
        self._names = run.observed or Observed()
        source = run.cell.source if run.cell is not None else ""
        self._taken = read_by(self._names, source)
        self._own = only_names(self._names.bound) - self._taken

    def inputs(self) -> list[tuple[Thing, list[Way]]]:
        """What the run used, with the run that made each."""
        found = []
        binders = self._binders()
        for data in self._run.datasets.values():
            if data.role == "made" or self._is_own(data):
                continue
            way = self._maker(data) if self._has_time() else None
            by_name = binders.pop(data.name, None)
            if by_name is not None:
                known = by_name.digests.get(data.name)
                is_same = known == data.digest and data.role != "changed"
                if is_same and _is_telling(data, data.name):
                    way = Way(by_name.key, data.name, "content", way.run_count if way else 1)
                elif way is None and (is_same or known is None or data.role == "changed"):
                    way = Way(by_name.key, data.name, "name")
            found.append((_data(data), [way] if way is not None else []))
        models = self._models_of({near.key for near in binders.values()})
        grouped: dict[int, list[str]] = {}
        for name, near in binders.items():
            model = models.get((near.key, name))
            if model is not None:
                found.append((_model(model), [Way(near.key, name, "name")]))
            else:
                grouped.setdefault(near.key, []).append(name)
        for key, names in grouped.items():
            text = ", ".join(sorted(names))
            found.append((Thing(text, "values", "read"), [Way(key, text, "name")]))
        return found

    def outputs(self) -> list[tuple[Thing, list[Way]]]:
        """What the run made, with the runs that used it."""
        found = []
        readers = self._readers()
        told = set()
        for data in self._run.datasets.values():
            is_own = data.is_made or self._is_own(data)
            if not (is_own or (data.name in self._names.bound and data.name in readers)):
                continue
            told.add(data.name)
            ways = self._users(data) if data.is_made and self._has_time() else []
            known = {way.key for way in ways}
            for near in readers.get(data.name, ()):
                digest = near.digests.get(data.name)
                if near.key not in known and digest in (None, data.digest):
                    is_sure = digest is not None and _is_telling(data, data.name)
                    ways.append(Way(near.key, data.name, "content" if is_sure else "name"))
            thing = _data(data) if is_own else replace(_data(data), role="")
            found.append((thing, _first(ways)))
        for model in self._run.models.values():
            told.add(model.name)
            ways = [Way(near.key, model.name, "name") for near in readers.get(model.name, ())]
            found.append((_model(model), _first(ways)))
        grouped: dict[int, list[str]] = {}
        for name, users in readers.items():
            for near in users if name not in told else ():
                grouped.setdefault(near.key, []).append(name)
        for key, names in list(grouped.items())[:MOST_LINKS]:
            text = ", ".join(sorted(names))
            found.append((Thing(text, "values", "made"), [Way(key, text, "name")]))
        return found

    def _is_own(self, data: Dataset) -> bool:
        """True for data that the cell made itself before it trained or scored with it."""
        return not data.source and data.name in self._own

    def _has_time(self) -> bool:
        self.is_cut = self.is_cut or monotonic() > self._until
        return not self.is_cut

    def _maker(self, data: Dataset) -> Way | None:
        """The latest run before this one that made the same content, or else the same file."""
        if data.role != "changed":
            alike, count = self._alike(data, data.digest, made=True)
            certain = [each for each in alike if _is_telling(data, each[1])]
            others = count if len(certain) == len(alike) else len(certain)
            for key, name in certain[:MOST_LINKS]:
                other = self._dataset(key, name)
                if other is not None and other.digest == data.digest:  # it may have said anew since
                    return Way(key, name, "content", others)
        if data.source:
            for key, name in self._alike(data, _file_key(data.source), made=True)[0][:MOST_FILES]:
                other = self._dataset(key, name)
                if other is not None and self._is_same_file(data, key, other):
                    return Way(key, file_name(str(other.source)), "file")
        return None

    def _users(self, data: Dataset) -> list[Way]:
        """The runs after this one that used what it made, until another run made it anew."""
        alike, count = self._alike(data, data.digest, made=False)
        certain = [each for each in alike if _is_telling(data, each[1])]
        count = count if len(certain) == len(alike) else len(certain)
        found = [Way(key, name, "content", count) for key, name in certain]
        known = {way.key for way in found}
        if data.kind == "file" and data.source:
            for key, name in self._alike(data, _file_key(data.source), made=False)[0][:MOST_FILES]:
                other = self._dataset(key, name) if key not in known else None
                if other is not None and self._is_same_file(data, key, other):
                    known.add(key)
                    found.append(Way(key, other.name, "file"))
        return found

    def _alike(self, data: Dataset, key: str, *, made: bool) -> tuple[list[tuple[int, str]], int]:
        """Runs with this key, the nearest in time first, and how many there are in all.

        They are those that began before this run and made it before this run was over, or those
        that were not over when this run made it and began before the next maker. With each comes
        what it calls the data.
        """
        if not key:
            return [], 0
        key = bounded(key)
        tables = "FROM seen_data s JOIN runs r ON r.id = s.run_id"
        if made:
            order = "DESC"
            where = (
                f"{tables} JOIN details d ON d.run_id = s.run_id AND d.subject = s.subject "
                f"WHERE s.key = ? AND s.made = 1 AND r.started_at < ? AND d.at <= ? AND {KNOWN}"
            )
            asked: tuple[Any, ...] = (key, self._started_at, self._ended_at)
        else:
            order = "ASC"
            made_at = self._session.value(
                "SELECT at FROM details WHERE run_id = ? AND subject = ?",
                (self._key, f"dataset:{data.name}"),
            )
            newer = self._session.value(
                f"SELECT min(r.started_at) {tables} "
                f"WHERE s.key = ? AND s.made = 1 AND r.started_at > ? AND r.id <> ? AND {KNOWN}",
                (key, self._started_at, self._key),
            )
            where = (
                f"{tables} WHERE s.key = ? AND s.made = 0 AND r.started_at >= ? "
                "AND r.started_at <= ? AND (r.ended_at IS NULL OR r.ended_at >= ?) "
                f"AND {SHOWN}"
            )
            until = INT64 - 1 if newer is None else newer
            asked = (key, self._started_at, until, made_at or 0)
        rows = self._session.rows(
            f"SELECT r.id, s.subject {where} "
            f"ORDER BY r.started_at {order}, r.id {order} LIMIT {MOST_ALIKE}",
            asked,
        )
        found: dict[int, str] = {}
        for run, subject in rows:
            if run not in self._inside:
                found.setdefault(run, subject.removeprefix("dataset:"))
            elif made and run != self._key and not found:
                return [], 0  # the nearest maker is one of those that are looked at together
        count = len(found)
        if len(rows) == MOST_ALIKE:
            count = self._session.value(f"SELECT count(DISTINCT r.id) {where}", asked)
        return list(found.items()), int(count)

    def _dataset(self, key: int, name: str) -> Dataset | None:
        body = self._session.value(
            "SELECT body FROM details WHERE run_id = ? AND subject = ?", (key, f"dataset:{name}")
        )
        return None if body is None else dataset_of(orjson.loads(body))

    def _is_same_file(self, data: Dataset, key: int, other: Dataset) -> bool:
        """True where both name one file of one machine, also from the folders of two notebooks."""
        if "://" in str(data.source):
            return data.source == other.source
        notebook, host, owner = self._session.rows(
            "SELECT notebook, host, owner FROM runs WHERE id = ?", (key,)
        )[0]
        if host != self._run.host:
            return False
        cell = self._run.cell
        here = _whole(data.source, cell.notebook_path if cell is not None else None)
        there = _whole(other.source, notebook)
        if here is None or there is None:  # from a folder that nobody knows, unless it is the same
            is_one = owner == self._owner and not self._is_imported
            return is_one and data.source == other.source
        return here == there

    def _near(self, *, before: bool) -> list[Near]:
        """The cells of this process around this run, the nearest first."""
        if self._owner is None or not self._has_time():
            return []
        if before and self._is_imported:
            return []
        way, order = ("<", "DESC") if before else (">", "ASC")
        rows = self._session.rows(
            "SELECT r.id, d.body, c.body FROM runs r "
            "JOIN details d ON d.run_id = r.id AND d.subject = 'observed' "
            "JOIN details c ON c.run_id = r.id AND c.subject = 'cell' "
            f"WHERE r.owner = ? AND r.started_at {way} ? AND {KNOWN if before else SHOWN} "
            f"ORDER BY r.started_at {order}, r.id {order} LIMIT {MOST_NEAR}",
            (self._owner, self._started_at),
        )
        found = []
        for key, body, cell in rows:
            said = orjson.loads(cell)
            observed = observed_of(orjson.loads(body))
            if key != self._key and (observed.read_from is not None or not self._is_imported):
                found.append(Near(key, observed, str(said.get("source") or "")))
        return found

    def _binders(self) -> dict[str, Near]:
        """Name that this run read → the latest cell before it that bound or changed it."""
        if self._owner is None:
            return {}
        if self._names.read_from is not None:
            return self._givers(self._names.read_from)
        wanted = set(self._taken)
        found: dict[str, Near] = {}
        for near in self._near(before=True) if wanted else ():
            for name in sorted(wanted & near.bound):
                found[name] = near
                wanted.discard(name)
            if not wanted:
                break
        self._learn_digests(found.values(), made=True)
        return {name: near for name, near in found.items() if near.key not in self._inside}

    def _givers(self, read_from: Mapping[str, str]) -> dict[str, Near]:
        """Name that this run read → the cell that bound it, as the observer saw it."""
        runs = sorted(set(read_from.values()))
        rows = self._session.within(
            "SELECT run, id FROM runs WHERE purged_at IS NULL AND experiment IS NOT NULL "
            "AND run IN (*)",
            runs,
        )
        near = {run: Near(key, Observed(), "") for run, key in rows}
        self._learn_digests(near.values(), made=True)
        return {
            name: near[run]
            for name, run in read_from.items()
            if run in near and name in self._taken and near[run].key not in self._inside
        }

    def _readers(self) -> dict[str, list[Near]]:
        """Name that this run bound → the cells that read it, until another one bound it anew."""
        models = self._run.models
        wanted = only_names(self._names.bound, self._names.mutated, models)
        found: dict[str, list[Near]] = {}
        still = set(wanted)  # what no other cell has bound anew
        for near in self._near(before=False) if wanted else ():
            asked = still if near.observed.read_from is None else wanted
            for name in sorted(near.reads(asked, self._run.id)) if asked else ():
                if near.key not in self._inside:
                    found.setdefault(name, []).append(near)
            still -= near.bound
        self._learn_digests([near for each in found.values() for near in each], made=False)
        return found

    def _learn_digests(self, cells: Iterable[Near], *, made: bool) -> None:
        """What content the data of these cells had, by name."""
        by_key = {near.key: near for near in cells}
        rows = self._session.within(
            "SELECT run_id, subject, key FROM seen_data WHERE made = ? AND run_id IN (*)",
            list(by_key),
            (int(made),),
        )
        if made:  # what a cell read from a file and bound is its to give, too
            rows += self._session.within(
                "SELECT run_id, subject, key FROM seen_data WHERE made = 0 AND run_id IN (*)",
                list(by_key),
            )
        for run, subject, key in rows:
            if not key.startswith("file:"):
                by_key[run].digests.setdefault(subject.removeprefix("dataset:"), key)

    def _models_of(self, keys: Collection[int]) -> dict[tuple[int, str], FittedModel]:
        rows = self._session.within(
            "SELECT run_id, body FROM details WHERE subject >= 'model:' AND subject < 'model;' "
            "AND run_id IN (*)",
            sorted(keys),
        )
        models = [(run, model_of(orjson.loads(body))) for run, body in rows]
        return {(run, model.name): model for run, model in models}


def _data(data: Dataset) -> Thing:
    return Thing(
        name=data.name,
        kind="file" if data.kind == "file" else "data",
        role=data.role,
        type_name=data.kind,
        shape=data.shape,
        digest=data.digest,
        source=data.source,
    )


def _model(model: FittedModel) -> Thing:
    return Thing(
        model.name, "model", "", type_name=model.class_name, trained_on=model.train_dataset
    )


def _is_telling(data: Dataset, other_name: str) -> bool:
    """False for content that two runs may have in common by chance, as ten zeros.

    A fingerprint that stands for a part says nothing of the rest.
    """
    if data.partial:
        return False
    size = math.prod(data.shape or (data.row_count or 0,))
    if data.kind == "file":
        size = data.size_bytes or 0
    return size >= (FEW_OF_A_NAME if data.name == other_name else FEW_VALUES)


def _first(ways: list[Way]) -> list[Way]:
    """The first few of many, each with how many there are."""
    if len(ways) <= MOST_LINKS:
        return [replace(way, run_count=1) for way in ways]
    count = max(len(ways), *(way.run_count for way in ways))
    return [replace(way, run_count=count) for way in ways[:MOST_LINKS]]


def _file_key(source: str) -> str:
    return bounded(f"file:{file_name(source)}")


def _whole(source: str | None, notebook: str | None) -> str | None:
    """A path from the root, where it is said from the folder of a notebook."""
    if not source or "://" in source:
        return source
    if os.path.isabs(source):
        return os.path.normpath(source)
    return os.path.normpath(os.path.join(os.path.dirname(notebook), source)) if notebook else None
