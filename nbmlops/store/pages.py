"""A page of runs: those that a filter finds, in an order, after a cursor.

Three ways to the same answer. Where the first stretch of the sort key's index fills the page, that
is it. Else, where the experiment or one term of the filter leaves few runs, they are all looked at
and sorted. Otherwise the database walks the index of the sort key and stops when the page is full.
Runs that lack the sort key, or have NaN there, come last in all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import ColumnElement

from nbmlops.errors import InvalidFilterError
from nbmlops.records import Run
from nbmlops.store import tables
from nbmlops.store.conditions import TABLES, condition, keys_of, on_row
from nbmlops.store.database import Session
from nbmlops.store.filters import ATTRIBUTES, Both, Key, Node, Sort, Term

__all__ = ["Page", "Query", "RowPage", "condition_of", "find_keys"]

NARROW = 6000  # up to so many candidates are all sorted
NEAR = 8  # times a page: the rows of the sort key that are looked at before anything is counted
INDEXED = ("id", "run_id", "name", "experiment", "parent_id", "status")
RUNS = tables.runs


@dataclass(frozen=True, slots=True)
class Page:
    """Runs, the cursor of the next page (None after the last one), and how many there are."""

    runs: list[Run]
    cursor: str | None
    _count: Callable[[], int] = field(repr=False, compare=False, default=lambda: 0)

    @property
    def total(self) -> int:
        """How many runs the filter finds in all; counted when asked for."""
        return self._count()


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of which only some columns were read: ids, a row for each, and the first run whole."""

    ids: list[str]
    rows: list[list[Any]]
    first: Run | None
    cursor: str | None
    count: Callable[[], int] = field(repr=False, compare=False, default=lambda: 0)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    node: Node | None
    sort: Sort
    experiment: str | None = None  # its key
    kinds: tuple[str, ...] | None = None
    deleted: bool = False

    @property
    def digest(self) -> str:
        """What tells this query from others, for cursors."""
        said = repr((self.node, self.sort, self.experiment, self.kinds, self.deleted))
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


Place = tuple[int, Any, int]  # phase, value of the sort key, key of the run


@dataclass(slots=True)
class Found:
    """Keys in order, where the next page begins, and the count where it is known."""

    keys: list[int]
    place: Place | None
    total: int | None


class _Search:
    def __init__(self, session: Session, query: Query) -> None:
        self.session = session
        self.query = query
        wanted = keys_of(query.node) | {query.sort.key}
        named = sorted({key.name for key in wanted if key.group != "attribute"})
        rows = session.within("SELECT name, id FROM names WHERE name IN (*)", named)
        self.names: Mapping[str, int] = dict(map(tuple, rows))

    @cached_property
    def condition(self) -> ColumnElement[bool]:
        """All that a run has to be."""
        return self._condition()

    def _condition(self, beside: Sequence[Node] = ()) -> ColumnElement[bool]:
        """What a run has to be; without the parts of the filter that are asked for `beside`."""
        query = self.query
        parts: list[ColumnElement[bool]] = [RUNS.c.experiment.is_not(None)]
        parts.append(
            RUNS.c.deleted_at.is_not(None) if query.deleted else RUNS.c.deleted_at.is_(None)
        )
        parts.append(RUNS.c.purged_at.is_(None))
        if query.experiment is not None:
            parts.append(RUNS.c.experiment_key == query.experiment)
        if query.kinds is not None:
            parts.append(RUNS.c.kind.in_(query.kinds))
        parts += (
            condition(node, self.names, is_sqlite=self.session.is_sqlite)
            for node in self.conjuncts
            if node not in beside
        )
        return sa.and_(*parts)

    @property
    def conjuncts(self) -> Sequence[Node]:
        """The parts of the filter that all have to hold."""
        node = self.query.node
        if node is None:
            return ()
        return node.parts if isinstance(node, Both) else (node,)

    def candidates(self) -> sa.Select[Any] | None:
        """What gives the keys of all runs that can match, where an index shows they are few."""
        for probe in self._probes():
            few = probe.limit(NARROW + 1).subquery()
            count = self.session.connection.execute(sa.select(sa.func.count()).select_from(few))
            if count.scalar_one() <= NARROW:
                return probe
        return None

    def _probes(self) -> list[sa.Select[Any]]:
        """Selects of keys along an index, one for each condition that every match satisfies."""
        probes: list[sa.Select[Any]] = []
        if self.query.experiment is not None:
            probes.append(
                sa.select(RUNS.c.id).where(RUNS.c.experiment_key == self.query.experiment)
            )
        for term in self.conjuncts:
            if not isinstance(term, Term) or term.operator in ("null", "!=", "ilike"):
                continue
            if term.key == self.query.sort.key and term.key.group != "attribute":
                continue  # the walk along the sort key's index looks at no more than these
            if term.key.group == "attribute":
                if term.key.name in INDEXED:
                    said = condition(term, {}, is_sqlite=self.session.is_sqlite)
                    probes.append(sa.select(RUNS.c.id).where(said))
            elif (name_id := self.names.get(term.key.name)) is not None:
                table = TABLES[term.key.group]
                probes.append(
                    sa.select(table.c.run_id).where(
                        table.c.name_id == name_id,
                        on_row(term, table, is_sqlite=self.session.is_sqlite),
                    )
                )
        return probes

    # -- few candidates --------------------------------------------------------------------------

    def narrow(
        self, candidates: sa.Select[Any], limit: int, after: Place | None, offset: int
    ) -> list[tuple[Place, int]]:
        """The next `limit` matches among few candidates, which are all sorted."""
        columns = [column.label(f"v{at}") for at, column in enumerate(self._sort_columns())]
        found = sa.select(RUNS.c.id, *columns).where(RUNS.c.id.in_(candidates), self.condition)
        inner = found.subquery()
        values = [inner.c[f"v{at}"] for at in range(len(columns))]
        down = self.query.sort.descending
        statement = sa.select(inner)
        if after is not None:
            statement = statement.where(self._after(values, inner.c.id, after))
        order: list[Any] = []
        for value in values:
            order += [value.is_(None), value.desc() if down else value]
        order.append(inner.c.id.desc() if down else inner.c.id)
        statement = statement.order_by(*order).limit(limit).offset(offset)
        rows = self.session.connection.execute(statement)
        return [(_place(key, row), key) for key, *row in rows.fetchall()]

    def _after(self, values: list[Any], run_id: Any, after: Place) -> ColumnElement[bool]:
        phase, value, key = after
        down = self.query.sort.descending
        later = run_id < key if down else run_id > key
        earlier = [column.is_(None) for column in values[:phase]]
        if phase >= len(values):
            return sa.and_(*earlier, later)
        column = values[phase]
        past = column < value if down else column > value
        here = sa.or_(column.is_(None), past, sa.and_(column == value, later))
        return sa.and_(*earlier, here)

    def _sort_columns(self) -> list[Any]:
        """The values to sort by; the first that is not NULL decides."""
        key = self.query.sort.key
        if key.group == "attribute":
            return [RUNS.c[ATTRIBUTES[key.name][0]]]
        name_id = self.names.get(key.name)
        if name_id is None:
            return []
        table = TABLES[key.group]
        return [
            sa.select(column)
            .where(table.c.run_id == RUNS.c.id, table.c.name_id == name_id)
            .scalar_subquery()
            for column in _sorted_by(key.group, table)
        ]

    # -- many candidates -------------------------------------------------------------------------

    def near(self, limit: int, after: Place | None) -> list[tuple[Place, int]]:
        """The next `limit` matches, if the first stretch of the sort key's index holds them all.

        Most searches are answered by it, without counting candidates first; [] where it is too
        short, or the sort is by an attribute of runs.
        """
        key, down = self.query.sort.key, self.query.sort.descending
        if key.group == "attribute" or key.name not in self.names or (after and after[0] > 0):
            return []
        table = TABLES[key.group].alias("sorted_by")
        column = _sorted_by(key.group, table)[0]
        rows_of_key = sa.and_(*self._on_sort_key(table, column))
        walk = self._walk(table, column)
        if after is not None:
            beyond = self._beyond(column, table.c.run_id, after)
            rows_of_key, walk = sa.and_(rows_of_key, beyond), walk.where(beyond)
        order = [
            column.desc() if down else column,
            table.c.run_id.desc() if down else table.c.run_id,
        ]
        last = sa.select(column).where(rows_of_key).order_by(*order).limit(1).offset(limit * NEAR)
        end = self.session.connection.execute(last).scalar()
        if end is not None:
            walk = walk.where(column >= end if down else column <= end)
        rows = self.session.connection.execute(walk.order_by(*order).limit(limit)).fetchall()
        return [((0, value, run), run) for run, value in rows] if len(rows) == limit else []

    def _on_sort_key(self, table: Any, column: Any) -> list[ColumnElement[bool]]:
        """What rows of the sort key's table have to satisfy by themselves."""
        key = self.query.sort.key
        said = (on_row(t, table, is_sqlite=self.session.is_sqlite) for t in self._own_terms(key))
        return [table.c.name_id == self.names[key.name], column.is_not(None), *said]

    def _own_terms(self, key: Key | None = None) -> list[Term]:
        """The parts of the filter that a row of one table answers; those on `key` where given."""
        return [
            term
            for term in self.conjuncts
            if isinstance(term, Term)
            and term.key.group != "attribute"
            and (key is None or (term.key == key and term.operator != "null"))
        ]

    def _walk(self, table: Any, column: Any) -> sa.Select[Any]:
        """The matches that have the sort key, from its table: the run and the value.

        What other tables can answer is asked before the row of the run is looked at, which is the
        widest of all and says no most rarely.
        """
        on_key, own = self._own_terms(self.query.sort.key), self._own_terms()
        elsewhere = (
            condition(term, self.names, is_sqlite=self.session.is_sqlite, run_id=table.c.run_id)
            for term in own
            if term not in on_key
        )
        run = sa.exists().where(RUNS.c.id == table.c.run_id, self._condition(beside=own))
        return sa.select(table.c.run_id, column).where(
            *self._on_sort_key(table, column), *elsewhere, run
        )

    def wide(self, limit: int, after: Place | None, offset: int) -> list[tuple[Place, int]]:
        """The next `limit` matches, found along the index of the sort key."""
        execute = self.session.connection.execute
        found: list[tuple[Place, int]] = []
        for phase, (statement, column, run_id) in enumerate(self._phases()):
            if after is not None and phase < after[0]:
                continue
            if after is not None and phase == after[0]:
                statement = statement.where(self._beyond(column, run_id, after))
            order = [column, run_id] if column is not None else [run_id]
            if self.query.sort.descending:
                order = [part.desc() for part in order]
            few = statement.order_by(*order).limit(limit - len(found)).offset(offset)
            for key, *rest in execute(few).fetchall():
                found.append(((phase, rest[0] if rest else None, key), key))
            if len(found) >= limit:
                break
            if found:
                offset = 0
            elif offset:
                passed = sa.select(sa.func.count()).select_from(statement.subquery())
                offset = max(0, offset - execute(passed).scalar_one())
        return found

    def _phases(self) -> Iterator[tuple[Any, Any, Any]]:
        """A statement for each kind of sort value, and one for the runs that have none."""
        key = self.query.sort.key
        if key.group == "attribute":
            column = RUNS.c[ATTRIBUTES[key.name][0]]
            have = sa.select(RUNS.c.id, column).where(column.is_not(None), self.condition)
            lack = sa.select(RUNS.c.id).where(column.is_(None), self.condition)
            yield have, column, RUNS.c.id
            yield lack, None, RUNS.c.id
            return
        name_id = self.names.get(key.name)
        if name_id is None:
            yield sa.select(RUNS.c.id).where(self.condition), None, RUNS.c.id
            return
        table = TABLES[key.group].alias("sorted_by")
        earlier: list[ColumnElement[bool]] = []
        for column in _sorted_by(key.group, table):
            yield self._walk(table, column).where(*earlier), column, table.c.run_id
            earlier.append(column.is_(None))
        lacking = sa.not_(
            sa.exists().where(
                table.c.run_id == RUNS.c.id,
                table.c.name_id == name_id,
                sa.or_(*(column.is_not(None) for column in _sorted_by(key.group, table))),
            )
        )
        yield sa.select(RUNS.c.id).where(self.condition, lacking), None, RUNS.c.id

    def _beyond(self, column: Any, run_id: Any, after: Place) -> ColumnElement[bool]:
        _, value, key = after
        down = self.query.sort.descending
        later = run_id < key if down else run_id > key
        if column is None:
            return later  # type: ignore[no-any-return]
        past = column < value if down else column > value
        bound = column <= value if down else column >= value
        return sa.and_(bound, sa.or_(past, later))

    def count(self) -> int:
        """How many runs match."""
        statement = sa.select(sa.func.count()).select_from(RUNS).where(self.condition)
        for probe in self._probes()[-1:]:
            statement = statement.where(RUNS.c.id.in_(probe))
        return int(self.session.connection.execute(statement).scalar_one())


def _place(key: int, values: Sequence[Any]) -> Place:
    phase = next((at for at, value in enumerate(values) if value is not None), len(values))
    return (phase, values[phase] if phase < len(values) else None, key)


def _sorted_by(group: str, table: Any) -> list[Any]:
    if group == "metric":
        return [table.c.value]
    return [table.c.number, table.c.text] if group == "param" else [table.c.text]


def find_keys(
    session: Session, query: Query, limit: int, after: Place | None, offset: int = 0
) -> Found:
    """The keys of one page; `offset` of those that come first are passed over."""
    search = _Search(session, query)
    rows = search.near(limit + 1, after) if not offset else []
    if not rows:
        candidates = search.candidates()
        if candidates is None:
            rows = search.wide(limit + 1, after, offset)
        else:
            rows = search.narrow(candidates, limit + 1, after, offset)
    more = len(rows) > limit
    rows = rows[:limit]
    total = len(rows) if not more and after is None and not offset else None
    return Found([key for _, key in rows], rows[-1][0] if more and rows else None, total)


def condition_of(session: Session, query: Query) -> ColumnElement[bool]:
    """All that a run has to be for a query to find it."""
    return _Search(session, query).condition


def count_all(session: Session, query: Query) -> int:
    """How many runs a query finds."""
    return _Search(session, query).count()


# -- cursors -------------------------------------------------------------------------------------


def encode_cursor(place: Place, query: Query, now_ns: int, secret: str) -> str:
    """A place as text that only this workspace can have made, for this query alone."""
    phase, value, key = place
    if isinstance(value, float):
        value = {"f": value.hex()}
    body = orjson.dumps([phase, value, key, query.digest, now_ns])
    return base64.urlsafe_b64encode(_sign(body, secret) + body).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Cursor:
    """An opened cursor: the place, its query, and what was `now` on the first page."""

    place: Place
    digest: str
    now_ns: int

    def checked(self, query: Query, text: str) -> Place:
        """The place, if the cursor belongs to this query; else InvalidFilterError."""
        if self.digest != query.digest:
            raise InvalidFilterError(text[:60], 0, "this cursor belongs to another search")
        return self.place


def decode_cursor(text: str, secret: str) -> Cursor:
    """What `encode_cursor` was given; InvalidFilterError for anything else."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, AttributeError):
        raise InvalidFilterError(str(text)[:60], 0, "this is not a cursor") from None
    signature, body = raw[:12], raw[12:]
    if not hmac.compare_digest(signature, _sign(body, secret)):
        raise InvalidFilterError(text[:60], 0, "this cursor was not made by this workspace")
    phase, value, key, digest, now_ns = orjson.loads(body)
    if isinstance(value, dict):
        value = float.fromhex(value["f"])
    return Cursor((phase, value, key), digest, now_ns)


def _sign(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, "sha256").digest()[:12]
