"""Runs, found and read. Every verb drains first: a process finds what it has just logged."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import index
from typing import TYPE_CHECKING, Any, TypeVar

from nbmlops.errors import (
    AmbiguousRunError,
    BestNotFoundError,
    InvalidFilterError,
    RunNotFoundError,
)
from nbmlops.events import INT64, utc
from nbmlops.headline import ENDED, LOGGED, Better, MetricUse, ranked
from nbmlops.records import Best, History, Metric, Number, Run
from nbmlops.store.courses import Courses, Drawn, course_names, load_courses, load_drawn
from nbmlops.store.facts import key_of
from nbmlops.store.filters import parse, parse_sort
from nbmlops.store.groups import RunGroup, find_groups
from nbmlops.store.lineage import find_lineage
from nbmlops.store.lineage_records import Lineage
from nbmlops.store.names import latest_names, load_names
from nbmlops.store.numbers import from_columns
from nbmlops.store.pages import (
    Page,
    Query,
    RowPage,
    count_all,
    decode_cursor,
    encode_cursor,
    find_keys,
)
from nbmlops.store.reading import RunReader, load_runs
from nbmlops.store.rows import load_rows
from nbmlops.wording import SHOWN_RUNS, RunLabel

if TYPE_CHECKING:
    from nbmlops.store.database import Database, Session

__all__ = ["ExperimentSummary", "Headline", "Page", "Runs"]

T = TypeVar("T")

MAX_LIMIT = 10_000
MOST_COUNTS = 64  # of queries whose number of runs is remembered
SEARCH_SECONDS = 5.0
RECENT_COUNT = 20  # runs among which the one to compare with is chosen
SHOWN = "experiment IS NOT NULL AND purged_at IS NULL AND deleted_at IS NULL"
CAME_TO_AN_END = f"status IN ({', '.join(repr(status.value) for status in ENDED)})"
FINITE = sys.float_info.max

FIRST_SPELLING = (
    f"SELECT experiment FROM runs WHERE experiment_key = e.experiment_key AND {SHOWN} "
    "ORDER BY started_at, id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The metric that an experiment is judged by, and its best value so far."""

    name: str
    value: Number
    run_id: str
    run_name: str


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """An experiment: how many runs it has, when the last began, and its best."""

    name: str
    run_count: int
    last_started_at: datetime
    headline: Headline | None = None


class Runs:
    """The runs of a workspace.

    `better` says which way a metric improves, by its name; without it there is no `best`.
    """

    def __init__(
        self,
        database: Database,
        refresh: Callable[..., object],
        better: Better | None = None,
        content: Callable[[str], bytes] | None = None,
    ) -> None:
        self._database = database
        self._refresh = refresh
        self._reader = RunReader(database, refresh, content)
        self.better = better
        self._counts: dict[str, tuple[tuple[int, ...], int]] = {}

    def get(self, run_id: str) -> Run:
        """The run of this id, deleted or not."""
        self._refresh()
        with self._database.read() as session:
            key = session.value("SELECT id FROM runs WHERE run = ?", (_clean(run_id),))
            found = load_runs(session, [key], self._reader) if key is not None else []
        if not found:
            raise RunNotFoundError(run_id)
        return found[0]

    def several(self, run_ids: Sequence[str]) -> list[Run]:
        """The runs of these ids in this order, deleted or not, without those that are not there."""
        self._refresh()
        with self._database.read() as session:
            wanted = [_clean(run_id) for run_id in run_ids]
            keys = dict(session.within("SELECT run, id FROM runs WHERE run IN (*)", wanted))
            return load_runs(session, [keys[run] for run in wanted if run in keys], self._reader)

    def find(
        self,
        filter: str = "",  # noqa: A002
        *,
        experiment: str | None = None,
        sort: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        offset: int = 0,
        deleted: bool = False,
        kinds: Sequence[str] | None = None,
    ) -> Page:
        """A page of the runs that a filter finds; with `deleted`, of the deleted ones instead.

        Raises InvalidFilterError for a filter, sort, limit or cursor that does not fit.
        """

        def load(session: Session, keys: list[int]) -> list[Run]:
            return load_runs(session, keys, self._reader)

        return Page(
            *self._find(
                load,
                filter=filter,
                experiment=experiment,
                sort=sort,
                limit=limit,
                cursor=cursor,
                offset=offset,
                deleted=deleted,
                kinds=kinds,
            )
        )

    def rows(self, columns: Sequence[str], **asked: Any) -> RowPage:
        """The page that `find` finds, of which only these columns are read. See `load_rows`."""

        def load(session: Session, keys: list[int]) -> tuple[list[str], list[list[Any]], list[Run]]:
            return *load_rows(session, keys, columns), load_runs(session, keys[:1], self._reader)

        (ids, rows, first), following, count = self._find(load, **asked)
        return RowPage(ids, rows, first[0] if first else None, following, count)

    def _find(
        self,
        load: Callable[[Session, list[int]], T],
        *,
        filter: str = "",  # noqa: A002
        experiment: str | None = None,
        sort: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        offset: int = 0,
        deleted: bool = False,
        kinds: Sequence[str] | None = None,
    ) -> tuple[T, str | None, Callable[[], int]]:
        """What `load` makes of the keys of a page, the cursor of the next one, and the count."""
        most = _limit(limit)
        opened, now_ns = None, time.time_ns()
        database = self._database
        if cursor:
            database.engine()
            opened = decode_cursor(cursor, database.workspace_id)
            now_ns = opened.now_ns
        query = Query(
            parse(filter, now_ns=now_ns),
            parse_sort(sort),
            None if experiment is None else key_of(_clean(experiment)),
            None if kinds is None else tuple(kinds),
            deleted,
        )
        after = opened.checked(query, str(cursor)) if opened else None
        self._refresh()
        with database.read(seconds=SEARCH_SECONDS) as session:
            found = find_keys(session, query, most, after, offset)
            loaded = load(session, found.keys)
        following = (
            encode_cursor(found.place, query, now_ns, database.workspace_id)
            if found.place
            else None
        )

        def count() -> int:
            if found.total is not None:
                return found.total
            if cursor is None and following is None and not offset:
                return len(found.keys)
            with database.read(seconds=SEARCH_SECONDS) as session:
                return self._count(session, query)

        return loaded, following, count

    def groups(
        self,
        by: str,
        filter: str = "",  # noqa: A002
        *,
        experiment: str | None = None,
        deleted: bool = False,
        limit: int = 1000,
    ) -> tuple[list[RunGroup], int, int]:
        """The runs that a filter finds, counted by `by`: groups, their number, and that of runs.

        Raises InvalidFilterError, and InvalidValueError for what runs are not grouped by.
        """
        key = None if experiment is None else key_of(_clean(experiment))
        query = Query(parse(filter, now_ns=time.time_ns()), parse_sort(None), key, None, deleted)
        self._refresh()
        with self._database.read(seconds=SEARCH_SECONDS) as session:
            return find_groups(session, query, by, limit)

    def _count(self, session: Session, query: Query) -> int:
        """How many runs a query finds, counted again only when something was drained since."""
        asked = repr((query.node, query.experiment, query.kinds, query.deleted))
        now = _drained(session)
        known = self._counts.get(asked)
        if known is None or known[0] != now:
            if len(self._counts) >= MOST_COUNTS:
                self._counts.clear()
            known = self._counts[asked] = (now, count_all(session, query))
        return known[1]

    def children(self, run_id: str) -> list[Run]:
        """The runs whose parent this is, in the order of their start."""
        self._refresh()
        with self._database.read() as session:
            keys = session.rows(
                f"SELECT id FROM runs WHERE parent = ? AND {SHOWN} ORDER BY started_at, run",
                (_clean(run_id),),
            )
            return load_runs(session, [row[0] for row in keys], self._reader)

    def lineage(self, run_id: str) -> Lineage:
        """What the run was made of, and what was made of it. Raises RunNotFoundError."""
        self._refresh()
        with self._database.read(seconds=SEARCH_SECONDS) as session:
            key = session.value(
                "SELECT id FROM runs WHERE run = ? AND experiment IS NOT NULL "
                "AND purged_at IS NULL",
                (_clean(run_id),),
            )
            if key is None:
                raise RunNotFoundError(run_id)
            return find_lineage(session, key, self._reader)

    def series(self, run_id: str, name: str) -> list[Metric]:
        """Every point of a metric in the order of recording; [] if there is none."""
        return self._reader.series(_clean(run_id), _clean(name))

    def drawn(
        self, run_id: str, name: str, most: int, first: int | None = None, last: int | None = None
    ) -> Drawn:
        """About `most` points of a metric, in the order of recording, between two steps."""
        with self._database.read() as session:
            return load_drawn(session, _clean(run_id), _clean(name), most, first, last)

    def state(self) -> tuple[int, ...]:
        """What differs whenever something was drained, and how many runs are running (last)."""
        self._refresh()
        with self._database.read() as session:
            running = session.value(
                f"SELECT count(*) FROM runs WHERE status = 'running' AND {SHOWN}"
            )
            return *_drained(session), int(running)

    def course_names(self, run_ids: Sequence[str]) -> list[str]:
        """The metrics of which any of these runs has several points."""
        self._refresh()
        with self._database.read() as session:
            return course_names(session, run_ids)

    def courses(self, run_ids: Sequence[str], names: Sequence[str], most: int) -> Courses:
        """Run → metric → its course, of which about `most` points are read."""
        with self._database.read() as session:
            return load_courses(session, run_ids, names, most)

    def names(
        self,
        group: str,
        experiment: str | None = None,
        *,
        deleted: bool = False,
        among: Sequence[str] | None = None,
        nearest: bool = False,
    ) -> list[str]:
        """The names of the metrics, parameters or tags that runs have; only those `among` a few.

        `group` is "metric", "param" or "tag". With `nearest`, those of the latest runs come first.
        """
        self._refresh()
        key = None if experiment is None else key_of(_clean(experiment))
        with self._database.read(seconds=SEARCH_SECONDS) as session:
            known = load_names(session, group, experiment=key, deleted=deleted, among=among)
            if nearest and known:
                first = latest_names(session, group)
                known.sort(key=lambda name: name not in first)
            return known

    def resolve(
        self, text: str, experiment: str | None = None, *, better: Better | None = None
    ) -> str:
        """The id that is meant by an id, a unique part of one, a name, `last` or `best`.

        `best` is the best by the headline metric of the experiment, or of that of the latest run.

        Raises RunNotFoundError, AmbiguousRunError where a part or name fits several runs, or
        BestNotFoundError, which says why there is no best.
        """
        self._refresh()
        wanted = _clean(str(text).strip())
        scope, values = _scope(experiment)
        with self._database.read() as session:
            if run := session.value(
                "SELECT run FROM runs WHERE run = ? AND experiment IS NOT NULL "
                "AND purged_at IS NULL",
                (wanted.upper() if len(wanted) == 26 else wanted,),
            ):
                return str(run)
            if wanted == "last":
                last = session.value(
                    f"SELECT run FROM runs WHERE {scope} "
                    "ORDER BY started_at DESC, run DESC LIMIT 1",
                    values,
                )
                if last is not None:
                    return str(last)
            elif wanted == "best":
                # Runs of different experiments do not compare: that of the latest run is meant.
                experiment = experiment or session.value(
                    f"SELECT experiment FROM runs WHERE {scope} "
                    "ORDER BY started_at DESC, run DESC LIMIT 1",
                    values,
                )
                if experiment is not None and (direction := better or self.better) is not None:
                    return self._headline(session, experiment, direction).run_id
            elif wanted:
                hidden = scope.replace("deleted_at IS NULL", "deleted_at IS NOT NULL")
                for place in (scope, hidden):
                    if found := _fitting(session, wanted, place, values):
                        return found
            known, count = _labels(session, scope, values), _count(session, scope, values)
        raise RunNotFoundError(str(text)[:200], known=known, count=count)

    def experiments(self, *, better: Better | None = None) -> list[ExperimentSummary]:
        """The experiments, the one that was used last first.

        Spellings that differ by case are one, which goes by the name of its first run.
        """
        self._refresh()
        direction = better or self.better

        def headline(session: Session, experiment: str) -> Headline | None:
            try:
                return self._headline(session, experiment, direction) if direction else None
            except BestNotFoundError:
                return None

        with self._database.read() as session:
            return [
                ExperimentSummary(name, count, utc(last), headline(session, name))
                for name, count, last in session.rows(
                    f"SELECT ({FIRST_SPELLING}), count(*), max(started_at) FROM runs e "
                    f"WHERE {SHOWN} "
                    "GROUP BY experiment_key ORDER BY max(started_at) DESC, experiment_key"
                )
            ]

    def has_experiment(self, name: str) -> bool:
        """True where a run belongs to an experiment of this name, in any case; deleted ones too."""
        self._refresh()
        with self._database.read() as session:
            return bool(
                session.value(
                    "SELECT 1 FROM runs WHERE experiment_key = ? AND purged_at IS NULL LIMIT 1",
                    (key_of(_clean(name)),),
                )
            )

    def _headline(self, session: Session, experiment: str, better: Better) -> Headline:
        """The metric that speaks for the runs of an experiment, and the best of them by it."""
        scope, values = _scope(experiment)
        scope += f" AND {CAME_TO_AN_END}"
        logged = ", ".join(map(repr, LOGGED))
        found = session.rows(
            "SELECT n.name, m.name_id, count(*), "
            f"max(CASE WHEN m.origin IN ({logged}) THEN 1 ELSE 0 END) "
            "FROM metrics m JOIN names n ON n.id = m.name_id "
            f"WHERE m.run_id IN (SELECT id FROM runs WHERE {scope}) GROUP BY m.name_id, n.name",
            values,
        )
        keys = {name: key for name, key, _, _ in found}
        uses = (MetricUse(name, count, bool(is_logged)) for name, _, count, is_logged in found)
        names = ranked(uses, better)
        directed = {name: way for name in names if (way := better(name)) is not None}
        for name, direction in directed.items():
            best = _best(session, keys[name], direction, scope, values)
            if best is not None:
                return Headline(name, best.value, best.run_id, best.run_name)
        raise BestNotFoundError(experiment, list(directed or names), is_directed=bool(directed))

    def history(
        self,
        experiment: str,
        *,
        before: Run | None = None,
        better: Better | None = None,
    ) -> History:
        """What a run is compared with: the run before it and the best so far of each metric.

        Compared are succeeded runs of the experiment that began before `before`; the runs of whole
        notebooks, which repeat the metrics of their cells, only with their like.
        """
        self._refresh()
        direction = better or self.better
        scope = f"{SHOWN} AND r.experiment_key = ? AND {CAME_TO_AN_END}"
        values: list[object] = [key_of(_clean(experiment))]
        if before is not None:
            alike = "=" if before.kind == "notebook" else "<>"
            scope += f" AND r.run <> ? AND r.started_at <= ? AND r.kind {alike} 'notebook'"
            values += [before.id, min(_ns(before.started_at) + 999, INT64 - 1)]
        best: dict[str, Best] = {}
        with self._database.read() as session:
            latest = session.rows(
                f"SELECT r.id FROM runs r WHERE {scope} ORDER BY r.started_at DESC, r.id DESC "
                f"LIMIT {RECENT_COUNT}",
                values,
            )
            recent = tuple(load_runs(session, [row[0] for row in latest], self._reader))
            count = int(session.value(f"SELECT count(*) FROM runs r WHERE {scope}", values))
            for name_id, name, lowest, highest in session.rows(
                "SELECT m.name_id, n.name, min(m.value), max(m.value) FROM metrics m "
                "JOIN runs r ON r.id = m.run_id JOIN names n ON n.id = m.name_id "
                f"WHERE {scope} AND m.value BETWEEN ? AND ? GROUP BY m.name_id, n.name",
                (*values, -FINITE, FINITE),
            ):
                way = direction(name) if direction is not None else None
                if way is None:
                    continue
                run, run_name, value, form = session.rows(
                    "SELECT r.run, r.name, m.value, m.form FROM metrics m "
                    "JOIN runs r ON r.id = m.run_id WHERE m.name_id = ? AND m.value = ? "
                    f"AND {scope} ORDER BY r.started_at, r.id LIMIT 1",
                    (name_id, highest if way == "higher" else lowest, *values),
                )[0]
                best[name] = Best(from_columns(value, form), run, run_name)
        return History(recent[0] if recent else None, best, count, recent)


def _drained(session: Session) -> tuple[int, ...]:
    """What is another one after each transaction that brought something into the tables."""
    counted = session.rows(
        "SELECT count(*), sum(file_offset), sum(CASE WHEN state = 'open' THEN 1 ELSE 0 END) "
        "FROM writers"
    )
    return tuple(int(each or 0) for each in counted[0])


def _limit(given: Any) -> int:
    """How many runs a page may have; whole numbers of any library are such."""
    try:
        limit = 0 if isinstance(given, bool) else index(given)
    except TypeError:
        limit = 0
    if limit < 1:
        problem = "it has to be a whole number from 1 on"
        raise InvalidFilterError(repr(given)[:80], 0, problem, part="Limit")
    return min(limit, MAX_LIMIT)


def _best(
    session: Session, name_id: int, direction: str, scope: str, values: Sequence[object]
) -> Best | None:
    """The best finite value among the runs of a scope, and the run that had it first."""
    rows = "FROM metrics m JOIN runs r ON r.id = m.run_id WHERE m.name_id = ? AND m.value {} AND "
    best = session.value(
        f"SELECT {'max' if direction == 'higher' else 'min'}(m.value) "
        f"{rows.format('BETWEEN ? AND ?')}{scope}",
        (name_id, -FINITE, FINITE, *values),
    )
    if best is None:
        return None
    value, form, run, name = session.rows(
        f"SELECT m.value, m.form, r.run, r.name {rows.format('= ?')}{scope} "
        "ORDER BY r.started_at, r.id LIMIT 1",
        (name_id, best, *values),
    )[0]
    return Best(from_columns(value, form), run, name)


def _fitting(session: Session, wanted: str, scope: str, values: Sequence[object]) -> str | None:
    terms = [("name = ?", wanted)]
    if len(wanted) >= 3 and wanted.isalnum():
        terms.append(("run LIKE ?", f"%{wanted.upper()}%"))
    for term, value in terms:
        where, given = f"{term} AND {scope}", (value, *values)
        found = _labels(session, where, given, limit=SHOWN_RUNS)
        if len(found) > 1:
            raise AmbiguousRunError(wanted, found, count=_count(session, where, given))
        if found:
            return found[0].id
    return None


def _labels(
    session: Session, where: str, values: Sequence[object], *, limit: int = 200
) -> list[RunLabel]:
    """What tells the latest of these runs apart."""
    rows = session.rows(
        f"SELECT run, name, experiment, started_at FROM runs WHERE {where} "
        f"ORDER BY started_at DESC, run DESC LIMIT {limit}",
        values,
    )
    return [RunLabel(run, name, experiment, utc(at)) for run, name, experiment, at in rows]


def _count(session: Session, where: str, values: Sequence[object]) -> int:
    return int(session.value(f"SELECT count(*) FROM runs WHERE {where}", values))


def _scope(experiment: str | None) -> tuple[str, tuple[object, ...]]:
    if experiment is None:
        return SHOWN, ()
    return f"{SHOWN} AND experiment_key = ?", (key_of(_clean(experiment)),)


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _ns(moment: datetime) -> int:
    since = moment - utc(0)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
