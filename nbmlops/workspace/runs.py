"""Verbs on runs: record, find, change and remove them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from nbmlops.capture import later
from nbmlops.capture.late_ends import say_all_ends
from nbmlops.capture.metrics import better
from nbmlops.capture.naming import given_name
from nbmlops.capture.run import NOTE_BYTES, ActiveRun
from nbmlops.capture.values import to_tag, to_text
from nbmlops.errors import (
    ArtifactNotFoundError,
    InvalidValueError,
    NotDeletedError,
    RunEndedError,
    RunNotFoundError,
    UnavailableError,
)
from nbmlops.records import History, Metric, Run, to_dict
from nbmlops.workspace.absence import Search
from nbmlops.workspace.background import Background
from nbmlops.workspace.history import for_run
from nbmlops.workspace.tracking import open_block, open_here, or_unrecorded

if TYPE_CHECKING:
    import pandas as pd

    from nbmlops.comparison import Comparison
    from nbmlops.store.groups import RunGroup
    from nbmlops.store.lineage_records import Lineage
    from nbmlops.store.transfer import Imported
    from nbmlops.workspace import Workspace
    from nbmlops.workspace.cells import CellRun

__all__ = ["CurvePoints", "RunRows", "RunTable", "Runs"]

AnyRun = str | Run | ActiveRun  # what names a run: a text, or the run


class RunTable(Sequence[Run]):
    """Runs that were found: iterates over them, displays itself, and becomes a data frame."""

    def __init__(
        self,
        runs: Sequence[Run],
        *,
        total: int | Callable[[], int],
        cursor: str | None,
        sort: str | None,
        searched: bool = False,
        behind: str = "",
        notes: Callable[[], Sequence[str]] = tuple,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        self.asked = asked  # the experiment, filter and order by which they were found
        self.behind = behind  # why it may be older than what was recorded
        self.searched = searched  # for something in particular
        self._notes: Callable[[], Sequence[str]] | Sequence[str] = notes
        self._runs = list(runs)
        self._total = total
        self.cursor = cursor
        self.sort = sort

    @property
    def total(self) -> int:
        """How many runs fit in all; counted when it is first asked for, which many never do."""
        if not isinstance(self._total, int):
            self._total = self._total()
        return self._total

    @property
    def notes(self) -> Sequence[str]:
        """What to know about the answer: how old it is, names of the search that no run has."""
        if callable(self._notes):
            told = [self.behind] if self.behind else []
            with suppress(UnavailableError):  # the table is shown all the same
                told += self._notes()
            self._notes = tuple(told)
        return self._notes

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        return self._runs[index]

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __repr__(self) -> str:
        return f"<{len(self)} of {self.total} runs>"

    def __str__(self) -> str:
        return str(self._repr_mimebundle_()["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from nbmlops.views.runs import table_bundle

        return table_bundle(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The runs as JSON-safe dictionaries, named as in `Run`."""
        return [to_dict(run) for run in self._runs]

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """The runs as CSV, one row each; cells that a spreadsheet would run are neutralized."""
        from nbmlops.views.csv import runs_csv

        text = runs_csv(self._runs)
        if path is not None:
            Path(path).write_text(text, "utf-8", newline="")
        return text

    def to_pandas(self) -> pd.DataFrame:
        """A frame with run_id, experiment, name, status, started_at, duration_seconds, then
        params.*, metrics.* and tags.* in alphabetical order; what a run lacks is missing.
        """
        import pandas as pd

        rows = []
        for run in self._runs:
            row: dict[str, Any] = {
                "run_id": run.id,
                "experiment": run.experiment,
                "name": run.name,
                "status": str(run.status),
                "started_at": run.started_at,
                "duration_seconds": run.duration_seconds,
            }
            for group, values in (
                ("params", run.params),
                ("metrics", run.metrics),
                ("tags", run.tags),
            ):
                row.update({f"{group}.{name}": value for name, value in values.items()})
            rows.append(row)
        fixed = ["run_id", "experiment", "name", "status", "started_at", "duration_seconds"]
        found = {name for row in rows for name in row} - set(fixed)
        order = [
            name
            for group in ("params.", "metrics.", "tags.")
            for name in sorted(found)
            if name.startswith(group)
        ]
        frame = pd.DataFrame(rows, columns=[*fixed, *order])
        frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
        frame["duration_seconds"] = frame["duration_seconds"].astype("float64")
        return frame


@dataclass(frozen=True, slots=True)
class CurvePoints:
    """A metric as it is drawn: columns of equal length, times in milliseconds since 1970.

    Where not all points have a step, `places` tells which of all that were recorded each is.
    """

    steps: list[int | None]
    values: list[float]
    times: list[int]
    places: list[int] | None
    point_count: int  # that were recorded there


@dataclass(frozen=True, slots=True)
class RunRows:
    """Columns of runs: their ids, a row for each, how many there are in all, what to know."""

    ids: list[str]
    rows: list[list[Any]]
    total: int
    cursor: str | None
    notes: list[str]


class Runs:
    """`ws.runs`: every verb takes RUN as an id, a unique part of one, a name, `last` or `best`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.background = Background(workspace)

    # ── record ───────────────────────────────────────────────────────────────────────────────

    def track(
        self,
        experiment: str | None = None,
        *,
        name: str | None = None,
        kind: str | None = None,
        parent_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        strict: bool = False,
        place: Path | None = None,
    ) -> ActiveRun:
        """A run that has begun; as a context manager it ends with its block.

        Its start is on disk when this returns. With `strict`, what cannot be recorded raises;
        without, it becomes a warning of the run, and where not even a run can be opened, of the
        block, which goes on. Raises InvalidNameError for an experiment or a name that cannot be
        one.
        """

        def opened() -> ActiveRun:
            return open_block(
                self._workspace,
                experiment,
                name=name,
                kind=kind,
                parent_id=parent_id,
                tags=tags,
                params=params,
                strict=strict,
                place=place,
            )

        # Who executes a notebook, and not its code, has to know that it would not be recorded.
        is_strict = strict or kind == "notebook"
        try:
            self.background.start()
        except Exception:  # noqa: BLE001 - no more threads: readers and the exit drain as well
            return or_unrecorded(opened, strict=is_strict)
        return or_unrecorded(opened, strict=is_strict)

    def flush(self) -> None:
        """Return when everything recorded so far is on disk and in the tables."""
        _finish()
        self._workspace.store.writer.sync()
        self._workspace.store.drain()

    @property
    def behind(self) -> str:
        """Why what was read last may be older than what was recorded; "" where it is not."""
        return self._workspace.store.behind

    # ── find ─────────────────────────────────────────────────────────────────────────────────

    def get(self, run: AnyRun) -> Run:
        """One run, as it is now: by id, part of one, name, `last` or `best`, or a run itself.

        Raises RunNotFoundError and AmbiguousRunError.
        """
        _finish(2.0)
        store = self._workspace.store
        return store.runs.get(self._id(run))

    def find(
        self,
        filter: str = "",  # noqa: A002 - the word of the field
        *,
        experiment: str | None = None,
        sort: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        offset: int = 0,
        deleted: bool = False,
    ) -> RunTable:
        """The runs that fit, newest first unless sorted: `find("metrics.auc > 0.8")`.

        `sort` is like 'metrics.auc desc'; missing values and NaN come last. `cursor` of a table
        gives its next page, `offset` passes over so many. Experiments are the same in any case.
        Raises InvalidFilterError, which names the position, also for an order by a name that no run
        has; a filter on such a name finds nothing, and the table's `notes` say why.
        """
        _finish(2.0)
        search = Search(self._workspace.store, filter, experiment, sort, deleted)
        with search.explained():
            page = self._workspace.store.runs.find(
                filter,
                experiment=experiment,
                sort=sort,
                limit=limit,
                cursor=cursor,
                offset=offset,
                deleted=deleted,
            )
        first = page.runs[0] if page.runs else None
        if first is not None and sort and cursor is None:
            search.check_order(first)
        return RunTable(
            page.runs,
            total=lambda: page.total,
            cursor=page.cursor,
            sort=sort,
            searched=bool(filter or experiment),
            behind=self.behind,
            notes=lambda: search.notes(first) if cursor is None else (),
            asked=None
            if deleted or cursor or offset
            else {"filter": filter, "experiment": experiment or "", "sort": sort or ""},
        )

    def rows(
        self,
        columns: Sequence[str],
        filter: str = "",  # noqa: A002 - the word of the field
        *,
        experiment: str | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        deleted: bool = False,
        **page: int,
    ) -> RunRows:
        """The runs that `find` finds, of which only some columns are read: what a table shows.

        Columns are named as in filters; `limit` and `offset` are those of `find`.
        """
        _finish(2.0)
        search = Search(self._workspace.store, filter, experiment, sort, deleted)
        asked = {"filter": filter, "experiment": experiment, "sort": sort, "deleted": deleted}
        with search.explained():
            found = self._workspace.store.runs.rows(columns, cursor=cursor, **asked, **page)
        if found.first is not None and sort and cursor is None:
            search.check_order(found.first)
        notes = [self.behind] if self.behind else []
        if cursor is None:
            with suppress(UnavailableError):  # the table is shown all the same
                notes += search.notes(found.first)
        return RunRows(found.ids, found.rows, found.count(), found.cursor, notes)

    def series(self, run: AnyRun, name: str) -> list[Metric]:
        """Every point of one metric, in the order of recording."""
        return list(self._workspace.store.runs.series(self._id(run), name))

    def curves(
        self,
        run: AnyRun,
        names: Sequence[str] = (),
        *,
        points: int = 2000,
        first: int | None = None,
        last: int | None = None,
    ) -> dict[str, CurvePoints]:
        """Metrics as they are drawn, by name; without `names` all that have several points.

        Of each at most about `points` come back, between the steps `first` and `last` where they
        are given: of each span the first, lowest, highest and last one.
        """
        store, run_id = self._workspace.store.runs, self._id(run)
        found = {}
        for name in names or store.course_names([run_id]):
            drawn = store.drawn(run_id, name, points, first, last)
            if drawn.values:
                found[name] = CurvePoints(
                    drawn.steps,
                    drawn.values,
                    [at // 1_000_000 for at in drawn.times],
                    None if drawn.places is None else list(drawn.places),
                    drawn.point_count,
                )
        return found

    def compare(self, *runs: AnyRun | Iterable[Run]) -> Comparison:
        """Two to fifty runs side by side, and why they differ from the first one.

        A run is named as everywhere, or is a `Run` itself; `compare(ws.runs.find("…"))` compares
        what was found. Raises InvalidComparisonError for one run alone or too many,
        RunNotFoundError and AmbiguousRunError.
        """
        from nbmlops.comparison import check_count, compare, curve_names, points_of_each
        from nbmlops.comparison.notebooks import with_cells, with_courses

        given = _ids(runs)
        check_count(given)
        _finish(2.0)
        store = self._workspace.store.runs
        ids = [self._id(run) for run in given]
        chosen = store.several(ids)
        cells = {run.id: store.children(run.id) for run in chosen if run.kind == "notebook"}
        chosen = [with_cells(run, cells.get(run.id, ())) for run in chosen]
        recorded = [*ids, *(cell.id for each in cells.values() for cell in each)]
        names, more = curve_names(store.course_names(recorded), better)
        courses = with_courses(store.courses(recorded, names, points_of_each(len(ids))), cells)
        notes = [self.behind] if self.behind else []
        return compare(chosen, courses, better=better, more_curves=more, notes=notes)

    def children(self, run: AnyRun) -> list[Run]:
        """The runs that were recorded inside of this one."""
        return list(self._workspace.store.runs.children(self._id(run)))

    def lineage(self, run: AnyRun) -> Lineage:
        """What the run was made of, and what was made of it, one step each way."""
        return self._workspace.store.runs.lineage(self._id(run))

    def cells(self, notebook: str | os.PathLike[str]) -> list[CellRun]:
        """The latest run of each cell of a notebook, and how it stands in its experiment."""
        from nbmlops.workspace.cells import LOOK_BACK, latest_of_cells

        name = Path(notebook).name.replace("'", "''")
        runs = list(self.find(f"notebook like '%{name}' and kind = 'cell'", limit=LOOK_BACK))
        return latest_of_cells(runs, str(Path(notebook)), self.read_history)

    def experiments(self) -> list[Any]:
        """The experiments, latest first, each with its number of runs.

        Spellings that differ by case are one experiment, named as its first run spells it.
        """
        return list(self._workspace.store.runs.experiments())

    def groups(
        self,
        by: str,
        filter: str = "",  # noqa: A002 - the word of the field
        *,
        experiment: str | None = None,
        deleted: bool = False,
        limit: int = 1000,
    ) -> tuple[list[RunGroup], int, int]:
        """The runs that fit, counted by `experiment`, `notebook` or `parent_id`, the latest first.

        With the groups come how many of them there are in all, and of how many runs.
        """
        _finish(2.0)
        found = self._workspace.store.runs
        return found.groups(by, filter, experiment=experiment, deleted=deleted, limit=limit)

    def names(self, group: str, experiment: str | None = None) -> list[str]:
        """The names that runs have in a group: "metric", "param" or "tag".

        Of all experiments, those that the latest runs have come first.
        """
        return self._workspace.store.runs.names(group, experiment, nearest=experiment is None)

    def state(self) -> tuple[int, ...]:
        """What differs whenever anything has changed; its last number is how many are running."""
        return self._workspace.store.runs.state()

    def read_words(self, first: str, rest: str, whole: str) -> tuple[str | None, str]:
        """The experiment and the filter that a person's words mean. See `search_words`."""
        from nbmlops.workspace.search_words import read_words

        return read_words(first, rest, whole, self._workspace.store.runs.has_experiment)

    def artifact(self, run: AnyRun, name: str) -> bytes:
        """The bytes of an artifact, with their digest verified.

        Raises ArtifactNotFoundError and ArtifactCorruptError.
        """
        found = self.get(run)
        if name not in found.artifacts:
            raise ArtifactNotFoundError(name, known=found.artifacts)
        return bytes(self._workspace.store.artifacts.get(found.artifacts[name].digest))

    def read_history(self, experiment: str, before: Run | None = None) -> History:
        """What a run of this experiment is compared with, read from the tables."""
        return self._workspace.store.runs.history(experiment, before=before, better=better)

    def history_of(self, run: Run) -> History:
        """What this run is compared with: the run before it that is most like it, the best ones."""
        return for_run(self.read_history(run.experiment, before=run), run)

    # ── change ───────────────────────────────────────────────────────────────────────────────

    def rename(self, run: AnyRun, name: str) -> Run:
        """The run under another name. Raises RunEndedError where it was deleted, as tags do."""
        return self._say(run, "renamed", {"name": given_name("a run", name)})

    def set_tags(
        self, run: AnyRun, tags: Mapping[str, Any] | None = None, *, remove: Sequence[str] = ()
    ) -> Run:
        """The run with these tags set and those removed."""
        flaws: dict[str, set[str]] = {}
        kept = {}
        for given, value in (tags or {}).items():
            name = given_name("a tag", given)
            kept[name] = to_tag(name, value, flaws.setdefault(f"Tag {name!r}", set()))
        there = self.get(run).tags if remove else {}
        gone = [name if name in there else given_name("a tag", name) for name in remove]
        return self._say(run, "tags", {"set": kept, "remove": gone}, flaws)

    def set_note(self, run: AnyRun, text: str) -> Run:
        """The run with this note, in Markdown."""
        flaws: set[str] = set()
        note = to_text(str(text), NOTE_BYTES, flaws)
        return self._say(run, "note", {"text": note}, {"Note": flaws})

    def delete(self, run: AnyRun, *, why: str = "") -> Run:
        """The run, out of sight; `restore` brings it back, `purge` removes its bytes.

        A run that this process records ends with that; one that another process records goes on
        out of sight.
        """
        deleted = self._say(run, "deleted", {"who": getpass.getuser(), "why": to_text(str(why))})
        if (recorded := open_here(deleted.id)) is None:
            return deleted
        recorded.end_deleted()
        return self._workspace.store.runs.get(deleted.id)

    def restore(self, run: AnyRun, *, why: str = "") -> Run:
        """The run, in sight again."""
        return self._say(run, "restored", {"who": getpass.getuser(), "why": to_text(str(why))})

    def purge(self, run: AnyRun, *, why: str) -> list[str]:
        """Remove a deleted run's bytes for good; the digests that were removed.

        What stays is an event that says which digests, who and why. Raises InvalidValueError
        without a reason, NotDeletedError for a run that was not deleted first.
        """
        found = self._workspace.store.runs.get(self._id(run))
        if not why.strip():
            raise InvalidValueError(
                "Purge", found.name, "it needs a reason", hint="Say why, with --why or why=…."
            )
        if found.deleted_at is None:
            raise NotDeletedError(found.name)
        said = to_text(str(why))
        return list(self._workspace.store.purge(found.id, who=getpass.getuser(), why=said))

    # ── carry ────────────────────────────────────────────────────────────────────────────────

    def export(self, experiment: str, path: str | os.PathLike[str]) -> Path:
        """One file with all runs of an experiment, their artifacts and the digests of both.

        Monitors whose looks are recorded there come along, with all that they have seen.

        Raises AlreadyExistsError for a file that is there, PathNotFoundError for a folder that is
        not, ExperimentNotFoundError (a RunNotFoundError) for an experiment that has no run.
        """
        _finish()
        with self._dated():
            return Path(self._workspace.store.export(experiment, Path(path)))

    def import_(self, path: str | os.PathLike[str]) -> Imported:
        """The ids of the runs that an exported file added; those that were there stay as they are
        and are the list's `already`. Monitors that came along are its `monitors`; where one of that
        name is here, it stays as it is (`monitors_already`, or `monitors_left_out` of another one).

        Raises PathNotFoundError where there is no such file, InvalidArchiveError before anything
        is written, if the file is not whole.
        """
        from nbmlops.workspace.monitor_state import check_monitor

        return self._workspace.store.import_(Path(path), check_monitor)

    def _id(self, run: AnyRun) -> str:
        name = run if isinstance(run, str) else getattr(run, "id", run)
        with self._dated():
            return str(self._workspace.store.runs.resolve(str(name), better=better))

    @contextmanager
    def _dated(self) -> Iterator[None]:
        """Let who is told that there is no such run know how old this word is."""
        try:
            yield
        except RunNotFoundError as error:
            error.hint = f"{error.hint} {self.behind}".strip()
            raise

    def _say(
        self,
        run: AnyRun,
        kind: str,
        data: Mapping[str, Any],
        flaws: Mapping[str, Iterable[str]] | None = None,
    ) -> Run:
        """The run after one more record; `flaws` by subject become warnings of it."""
        store = self._workspace.store
        run_id = self._id(run)
        if kind in ("renamed", "tags", "note") and store.runs.get(run_id).deleted_at is not None:
            raise RunEndedError(run_id, is_deleted=True)
        store.decide(kind, data, run=run_id)
        for subject, found in (flaws or {}).items():
            for flaw in found:
                warning = {"code": "replaced", "message": f"{subject}: {flaw}."}
                with suppress(UnavailableError):  # what was decided is decided
                    store.decide("warning", warning, run=run_id)
        return store.runs.get(run_id)


def _finish(seconds: float = later.EXIT_SECONDS) -> None:
    """Let what is still being found out, or could not be said, come in before somebody reads."""
    later.wait(seconds)
    say_all_ends()


def _ids(runs: Iterable[AnyRun | Iterable[Run]]) -> list[str]:
    """What names each run; a group of runs stands for its members."""
    found: list[str] = []
    for run in runs:
        if isinstance(run, str):
            found.append(run)
        elif isinstance(run, Run | ActiveRun):
            found.append(run.id)
        else:
            found += _ids(run)
    return found
