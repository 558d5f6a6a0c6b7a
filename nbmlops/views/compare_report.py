"""What a comparison of runs shows, decided once; HTML, text and the terminal only draw it.

What differs comes first, what is equal is folded into a line. Up to four runs stand side by side
as columns, more of them below each other as rows. All texts are visible text (`escaping.visible`),
not HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from nbmlops.comparison.records import ComparedRun, Comparison, Curve, Explanation
from nbmlops.events import experiment_key
from nbmlops.records import Status
from nbmlops.views import quantities
from nbmlops.views.compare_folded import Folded, folded_of
from nbmlops.views.compare_lines import Entry, Line, lines_of
from nbmlops.views.escaping import block, visible

__all__ = ["INLINE", "PAGE", "Because", "Diff", "Grid", "Head", "Report", "Room", "Row", "report"]

SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class Room:
    """How much is shown of each part."""

    lines: int
    columns: int
    reasons: int
    charts: int
    diff: int


INLINE = Room(lines=20, columns=14, reasons=4, charts=6, diff=6_000)
PAGE = Room(lines=1000, columns=60, reasons=50, charts=24, diff=60_000)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a column or before a row: a run, or what is compared."""

    text: str
    letter: str = ""
    status: Status | None = None
    facts: str = ""
    group: str = ""
    title: str = ""
    is_numeric: bool = False

    @property
    def word(self) -> str:
        """The word for a status other than the usual one."""
        return "" if self.status in (None, Status.SUCCEEDED) else str(self.status)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the grid."""

    head: Head
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Runs and what differs between them, either way round; `more` says what did not fit."""

    columns: tuple[Head, ...]
    rows: tuple[Row, ...]
    more: str = ""
    is_wide: bool = False  # runs are rows

    @property
    def is_telling(self) -> bool:
        """False where nothing differs."""
        return bool(self.rows and self.columns)


@dataclass(frozen=True, slots=True)
class Because:
    """Why one run differs from the first: (kind, words, "certain" or "possible") and the sum."""

    run: Head
    verdict: str
    lines: tuple[tuple[str, str, str], ...]
    gaps: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """The code of some runs against the first run's; a minor one differs in nothing that acts."""

    title: str
    text: str
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown."""

    caption: tuple[str, ...]
    runs: tuple[Head, ...]
    notes: tuple[str, ...]
    why: tuple[Because, ...]
    grid: Grid
    charts: tuple[Curve, ...] = ()
    more_charts: int = 0
    diffs: tuple[Diff, ...] = ()
    folded: tuple[Folded, ...] = ()
    ids: tuple[str, ...] = ()
    best: dict[str, str] = field(default_factory=dict)  # curve → the run with the best value


def letter(index: int) -> str:
    """A, B, … Z, AA, AB, …

    >>> letter(0), letter(25), letter(26), letter(49)
    ('A', 'Z', 'AA', 'AX')
    """
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)


def report(comparison: Comparison, room: Room = INLINE) -> Report:
    """The report of a comparison, with as much of it as there is room for."""
    names = [run.name for run in comparison.runs]
    is_wide = len(names) > SIDE_BY_SIDE
    runs = tuple(
        _head(run, at, has_id=is_wide and names.count(run.name) > 1)
        for at, run in enumerate(comparison.runs)
    )
    letters = {run.id: head.letter for run, head in zip(comparison.runs, runs, strict=True)}
    lines = lines_of(comparison)
    gaps = _gaps_of_all(comparison)
    return Report(
        caption=_caption(comparison),
        runs=runs,
        notes=tuple(_notes(comparison, runs)),
        why=tuple(
            _because(explanation, run, gaps)
            for explanation, run in zip(comparison.why, runs[1:], strict=True)
        ),
        grid=_wide(runs, lines, room) if is_wide else _tall(runs, lines, room),
        charts=comparison.curves[: room.charts],
        more_charts=max(len(comparison.curves) - room.charts, 0) + comparison.more_curves,
        diffs=tuple(_diffs(comparison, letters, room)),
        folded=tuple(folded_of(comparison, letters)),
        ids=tuple(run.id for run in comparison.runs),
        best={row.name: row.best[0] for row in comparison.metrics if row.best},
    )


def _head(run: ComparedRun, at: int, *, has_id: bool) -> Head:
    name = visible(run.name, 40) or "unnamed"
    facts = [
        visible(quantities.short_id(run.id)),
        quantities.duration(run.duration_seconds),
        quantities.size(run.peak_memory_bytes),
    ]
    title = f"{visible(run.id)}, started {quantities.instant(run.started_at)}"
    return Head(
        f"{name} {visible(quantities.short_id(run.id))}" if has_id else name,
        letter(at),
        run.status,
        " · ".join(fact for fact in facts if fact),
        "run",
        title,
    )


def _caption(comparison: Comparison) -> tuple[str, ...]:
    experiments = {experiment_key(run.experiment) for run in comparison.runs}
    where = f" in {visible(comparison.runs[0].experiment, 60)}" if len(experiments) == 1 else ""
    first = visible(comparison.runs[0].name, 40) or "unnamed"
    return (f"{len(comparison.runs)} runs compared{where}", f"against A {first}")


def _notes(comparison: Comparison, heads: Sequence[Head]) -> Iterable[str]:
    if gaps := _gaps_of_all(comparison):
        yield f"Not recorded and therefore not compared: {', '.join(gaps)}."
    yield from (visible(note, 400) for note in comparison.notes)
    for run, head in zip(comparison.runs, heads, strict=True):
        said = [*run.notes, *([run.error] if run.error else [])]
        if said:
            yield f"{head.letter} {head.text}: {visible('; '.join(said), 300)}"


def _gaps_of_all(comparison: Comparison) -> list[str]:
    """What was recorded of no run that is explained; it is said once."""
    first = comparison.why[0].gaps if comparison.why else ()
    return [gap for gap in first if all(gap in one.gaps for one in comparison.why)]


def _because(explanation: Explanation, run: Head, known: Sequence[str]) -> Because:
    gaps = [gap for gap in explanation.gaps if gap not in known]
    return Because(
        run,
        visible(explanation.verdict, 400),
        tuple(
            (reason.kind, visible(reason.says, 400), reason.sure)
            for reason in explanation.reasons
            if reason.says not in explanation.verdict  # which said it already
        ),
        f"not recorded: {', '.join(gaps)}" if gaps else "",
    )


def _tall(runs: Sequence[Head], lines: Sequence[Line], room: Room) -> Grid:
    """What differs as rows, the runs as columns."""
    shown, more = _roomy(lines, room.lines)
    rows = tuple(Row(_named(line), line.entries) for line in shown)
    return Grid(tuple(runs), rows, more)


def _wide(runs: Sequence[Head], lines: Sequence[Line], room: Room) -> Grid:
    """The runs as rows, what differs as columns."""
    shown, more = _roomy(lines, room.columns // 2)
    shown, rest = shown[: room.columns], shown[room.columns :]
    more = ", ".join(filter(None, (more, f"+{len(rest)} more columns" if rest else "")))
    rows = tuple(
        # Among many rows the size of a step to the first one says less than the number itself.
        Row(run, tuple(replace(line.entries[at], aside="", is_other=False) for line in shown))
        for at, run in enumerate(runs)
    )
    return Grid(tuple(map(_named, shown)), rows, more, is_wide=True)


def _named(line: Line) -> Head:
    told = f"{line.better} is better" if line.better else ""
    return Head(line.name, group=line.group, title=told, is_numeric=line.is_numeric)


def _roomy(lines: Sequence[Line], most: int) -> tuple[list[Line], str]:
    """At most so many lines of each group, and what is said of the others."""
    counts: dict[str, int] = {}
    shown = []
    for line in lines:
        counts[line.group] = counts.get(line.group, 0) + 1
        if counts[line.group] <= most:
            shown.append(line)
    more = [f"+{count - most} more {group}" for group, count in counts.items() if count > most]
    return shown, ", ".join(more)


def _diffs(comparison: Comparison, letters: dict[str, str], room: Room) -> Iterable[Diff]:
    told = {
        "differs": "differs",
        "parameters": "differs in values of parameters only",
        "formatting": "differs in comments and layout only",
    }
    for variant in comparison.code:
        if variant.state in told and variant.diff:
            named = ", ".join(letters[run] for run in variant.run_ids)
            count = (
                f" (+{variant.added} −{variant.removed})" if variant.added + variant.removed else ""
            )
            yield Diff(
                f"Code of {named} {told[variant.state]}{count}",
                block(variant.diff, room.diff),
                variant.state != "differs",
            )
