"""What a drift report shows, decided once for HTML, text and terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from nbmlops.drift.corrections import CORRECTIONS
from nbmlops.drift.harm import ColumnEffect
from nbmlops.drift.measures import find_measures
from nbmlops.drift.multivariate import Multivariate
from nbmlops.drift.records import ColumnDrift, ColumnSide, DriftReport, DriftResult, Shape
from nbmlops.views import quantities
from nbmlops.views.amounts import p_is, p_text, percent, percents, two_numbers
from nbmlops.views.escaping import visible
from nbmlops.views.harm_lines import (
    HarmLines,
    effect_text,
    harm_lines,
    harm_sentence,
    performance_effect_text,
)
from nbmlops.views.looks import STATE_LOOKS
from nbmlops.views.segment_lines import SegmentLines, segment_lines, segment_sentence
from nbmlops.views.strip_lines import StripLines, strip_lines, strip_sentence

__all__ = [
    "Line",
    "Lines",
    "change_of",
    "columns_verdict_of",
    "facts_of",
    "lines_of",
    "together_of",
    "verdict_of",
]

NAMED = 3  # columns that the verdict names
# What stands in the row already, or says nearly what its neighbor says; a page has all.
REPEATING = ("kolmogorov_smirnov", "g_test", "l_infinity", "hellinger")
SHOWN = 60  # rows of a table; more are counted
CALM_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A column as one row."""

    state: str
    name: str
    kind: str
    role: str
    change: str
    effect: str
    unit: str
    p_value: str
    shape: Shape | None
    details: tuple[tuple[str, str], ...]  # what it says, and about what
    moves: str = ""  # what it does to the mean prediction
    harms: str = ""  # and to the estimated performance
    weighs: str = ""  # its drift times its importance, where the model cannot be asked


@dataclass(frozen=True, slots=True)
class Lines:
    """The report: a verdict, the sides, rows that moved, rows that did not, and the rest."""

    verdict: str
    facts: tuple[str, ...]
    reference: str
    current: str
    moved: tuple[Line, ...]
    more_moved: int
    calm: tuple[Line, ...]
    more_calm: int
    calm_title: str
    untested: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    state: str  # of the verdict, as of a column
    is_page: bool = False
    harm: HarmLines | None = None
    together: tuple[str, str] | None = None  # of all columns: the state, and a sentence
    segments: SegmentLines | None = None
    over_time: StripLines | None = None


def verdict_of(report: DriftReport) -> str:
    """The report in a sentence or two.

    >>> from nbmlops.drift.records import DriftSide
    >>> verdict_of(DriftReport(DriftSide("a", 0, 0), DriftSide("b", 0, 0), ()))
    'No column could be tested.'
    """
    said = columns_verdict_of(report)
    if (together := together_of(report.multivariate)) is not None:
        said += f" {together[1]}"
    if report.segments is not None:
        said += f" {segment_sentence(report.segments)}"
    if report.over_time is not None:
        said += f" {strip_sentence(report.over_time)}"
    return said if report.harm is None else f"{said} {harm_sentence(report.harm)}"


def columns_verdict_of(report: DriftReport) -> str:
    """What the report says of its columns one by one."""
    states = {state: [one for one in report.columns if one.state == state] for state in STATE_LOOKS}
    if report.empty_side:
        rows = "current data have" if report.empty_side == "current" else "reference has"
        return f"The {rows} no rows, so that nothing could be compared."
    gone = [one for one in states["drifted"] if one.is_vanished]
    drifted = [one for one in states["drifted"] if not one.is_vanished]
    tested = len(report.columns) - len(states["untested"]) - len(gone)
    said = f"{_missing(gone)} " if gone else ""
    if not tested:
        return f"{said}No {'other ' if gone else ''}column could be tested."
    return said + _tested_verdict(report, states, drifted, tested)


def _missing(columns: Sequence[ColumnDrift]) -> str:
    verb = "is" if len(columns) == 1 else "are"
    return f"{_names(columns)} {verb} missing from the current data."


def _tested_verdict(
    report: DriftReport,
    states: Mapping[str, Sequence[ColumnDrift]],
    drifted: Sequence[ColumnDrift],
    tested: int,
) -> str:
    tiny = states["tiny"]
    if not drifted:
        said = f"No drift found in {_counted(tested, 'column')}."
    else:
        count = f"{len(drifted)} of {_counted(tested, 'column')} drifted"
        if tested == 1:
            count = "The column drifted" if len(report.columns) == 1 else "The one tested drifted"
        said = f"{count}: {_names(drifted)}."
    if report.dataset_drifted is not None:
        half = "at least" if report.dataset_drifted else "less than"
        word = "has drifted" if report.dataset_drifted else "has not drifted"
        said += f" By the rule of {report.method} the data set {word}: {half} half of the columns."
    if tiny:
        verb = "differs" if len(tiny) == 1 else "differ"
        said += f" {len(tiny)} more {verb} for certain, but by too little to matter."
    elif not drifted and (found := _detectable(states["none"])):
        said += f" {found}"
    # Labels that are still to come are no surprise.
    absent = [
        one for one in states["untested"] if "do not have it" in one.reason and one.role != "target"
    ]
    if absent:
        said += f" {_missing(absent)}"
    return said


def together_of(found: Multivariate | None) -> tuple[str, str] | None:
    """What a classifier says of all columns together: the state, and a sentence."""
    if found is None:
        return None
    can = {
        "drifted": "All columns together drifted: a classifier tells the sides apart",
        "tiny": "A classifier tells the sides apart for certain, but hardly",
        "none": "By all columns together, a classifier cannot tell the sides apart",
    }[found.state]
    used = [visible(name, 40) for name, _ in found.columns]
    by = f", by {' and '.join(filter(None, (', '.join(used[:-1]), used[-1])))}" if used else ""
    told = f"AUC {found.auc:.3f}, p {p_is(found.p_value)}"
    return found.state, f"{can}{by} ({told})."


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _names(columns: Sequence[ColumnDrift]) -> str:
    names = [visible(column.name, 40) for column in columns[:NAMED]]
    if len(columns) > NAMED:
        return f"{', '.join(names)} and {len(columns) - NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _detectable(columns: Iterable[ColumnDrift]) -> str:
    """What would have been found, for numbers where there are any."""
    found = [
        one.detectable
        for column in columns
        for one in column.results
        if one.measure == "cramer_von_mises" and one.detectable is not None
    ]
    if not found:
        return ""
    shift = quantities.number(median(found), 2)
    typical = " in a typical column" if len(found) > 1 else ""
    return f"A shift of {shift} sd{typical} would have been found in 4 of 5 cases."


def lines_of(report: DriftReport, *, is_page: bool = False) -> Lines:
    """Everything that is shown of a report."""
    moved = [one for one in report.columns if one.state in ("drifted", "tiny")]
    calm = [one for one in report.columns if one.state == "none"]
    untested = [one for one in report.columns if one.state == "untested"]
    most = 10_000 if is_page else SHOWN
    facts = facts_of(report)
    facts += () if report.run_id is None else (f"run {quantities.short_id(report.run_id)}",)
    title = f"{_counted(len(calm), 'column')} without drift"
    if found := _detectable(calm):
        title += f" · {found.rstrip('.')[0].lower()}{found.rstrip('.')[1:]}"
    calm_most = 10_000 if is_page else max(0, min(CALM_SHOWN, most - len(moved)))
    effects = report.harm.effect if report.harm is not None else {}
    weighs = {one.column: f"{one.size:.3f} (importance {one.importance:.2f})"
              for one in (report.harm.importances if report.harm is not None else ())}  # fmt: skip
    return Lines(
        columns_verdict_of(report),
        facts,
        _side("reference", report.reference.name, report.reference.row_count),
        _side("current", report.current.name, report.current.row_count),
        tuple(
            replace(
                _line(one, effects.get(one.name), is_page=is_page),
                weighs=weighs.get(one.name, ""),
            )
            for one in moved[:most]
        ),
        max(len(moved) - most, 0),
        tuple(_line(one, None, is_page=is_page) for one in calm[:calm_most]),
        max(len(calm) - calm_most, 0),
        title,
        tuple((visible(one.name, 60), visible(one.reason, 240)) for one in untested[:most]),
        tuple(visible(note, 300) for note in report.notes),
        _state_of(report),
        is_page,
        harm_lines(report.harm),
        together_of(report.multivariate),
        segment_lines(report.segments),
        strip_lines(report.over_time, is_page=is_page),
    )


def _state_of(report: DriftReport) -> str:
    """The state of the whole: where nothing was tested, nobody can say that there is no drift."""
    if report.drifted:
        return "drifted"
    return "none" if any(one.state != "untested" for one in report.columns) else "untested"


def facts_of(report: DriftReport) -> tuple[str, ...]:
    """How the report came about, in few words."""
    if report.method != "default":
        return (f"method {report.method}",)
    correction = CORRECTIONS.get(report.correction, report.correction)
    tests = sum(one.p_value is not None for one in report.results)
    said = f"{_counted(tests, 'test')}, {correction} at {report.level:.3g}"
    if report.over_time is not None and report.correction != "none":
        parts = "chunks" if report.over_time.every else "groups"
        count = f"{report.over_time.test_count:,}"
        said += f", one half of it for these and one for the {count} of the {parts}"
    return (said,)


def change_of(column: ColumnDrift) -> str:
    """What changed of a column, in few words."""
    return _change(column, column.leading)


def _side(word: str, name: str, rows: int) -> str:
    shown = visible(name, 60)
    named = f"{word} {shown}" if shown and name != word else word
    return f"{named} · {_counted(rows, 'row')}"


def _line(column: ColumnDrift, moves: ColumnEffect | None, *, is_page: bool) -> Line:
    leading = column.leading
    change = _change(column, leading)
    return Line(
        column.state,
        visible(column.name, 48),
        column.kind,
        column.role,
        change,
        _number(leading.effect) if leading is not None else "",
        leading.effect_unit if leading is not None else "",
        p_text(leading.p_adjusted) if leading is not None else "",
        column.shape,
        tuple(_details(column, is_page=is_page)),
        effect_text(moves) if moves is not None else "",
        performance_effect_text(moves) if moves is not None else "",
    )


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"


# ── what changed ─────────────────────────────────────────────────────────────────────────────


def _change(column: ColumnDrift, leading: DriftResult | None) -> str:
    first, second = column.reference, column.current
    if leading is None or first is None or second is None:
        return visible(column.reason, 120)
    if leading.measure == "missing_rate":
        return f"missing {_rate(first)} → {_rate(second)}"
    if leading.measure == "content":
        return visible(leading.reason, 200) or f"AUC {leading.statistic or 0.5:.3f}"
    if leading.measure == "new_levels" and leading.reason:
        return f"{visible(leading.reason, 70)} ({percent(leading.effect or 0)} of the rows)"
    if column.shape is not None and column.shape.levels:
        is_scale = column.kind == "discrete" and len(column.shape.levels) > 6
        if is_scale and first.mean is not None and second.mean is not None:
            return f"mean {two_numbers(first.mean, second.mean, first.deviation or 0.0)}"
        return _largest(column.shape)
    return _moved(first, second, leading.effect or 0.0)


def _rate(side: ColumnSide) -> str:
    return percent(side.missing_count / side.row_count if side.row_count else 0.0)


def _largest(shape: Shape) -> str:
    gaps = [abs(q - p) for p, q in zip(shape.reference, shape.current, strict=True)]
    named = gaps[:-1] if shape.levels[-1].endswith(" others") and len(gaps) > 1 else gaps
    place = named.index(max(named))
    name = visible(shape.levels[place], 32)
    return f"{name}: {percents(shape.reference[place], shape.current[place])}"


def _moved(first: ColumnSide, second: ColumnSide, effect: float) -> str:
    """What of the distribution moved most: one heavy value, its middle, or its width."""
    before, now = first.heaviest_share, second.heaviest_share
    if before is not None and now is not None and abs(now - before) > 0.7 * effect:
        value = quantities.number(first.heaviest or 0.0, 4)
        return f"{value} in {percents(before, now)} of the rows"
    if len(first.quantiles) < 5 or len(second.quantiles) < 5:
        return ""
    width, width_now = (side.quantiles[3] - side.quantiles[1] for side in (first, second))
    middle, middle_now = first.quantiles[2], second.quantiles[2]
    if width > 0 and width_now > 0:
        shift = abs(middle_now - middle) / width
        if abs(math.log(width_now / width)) > 1.5 * shift:
            return f"middle half {two_numbers(width, width_now, width)} wide"
        return f"median {two_numbers(middle, middle_now, width)}"
    if first.mean is not None and second.mean is not None:
        return f"mean {two_numbers(first.mean, second.mean, first.deviation or 0.0)}"
    return f"median {two_numbers(middle, middle_now)}"


# ── details ──────────────────────────────────────────────────────────────────────────────────


def _details(column: ColumnDrift, *, is_page: bool) -> Iterable[tuple[str, str]]:
    first, second = column.reference, column.current
    measures = find_measures()
    for one in column.results:
        measure = measures.get(one.measure)
        title = measure.title if measure is not None else one.measure
        yield title, _tested(one, is_leading=one is column.leading)
    if column.state == "none" and not is_page:
        return
    if first is not None and second is not None:
        if first.quantiles and second.quantiles:
            places = ("5 %", "25 %", "median", "75 %", "95 %")
            yield (
                "quantiles",
                " · ".join(
                    f"{place} {two_numbers(before, now)}"
                    for place, before, now in zip(
                        places, first.quantiles, second.quantiles, strict=True
                    )
                ),
            )
            if first.minimum is not None and second.minimum is not None:
                low = two_numbers(first.minimum, second.minimum)
                high = two_numbers(first.maximum or 0.0, second.maximum or 0.0)
                yield "range", f"lowest {low} · highest {high}"
        if first.missing_count or second.missing_count:
            yield "missing", f"{first.missing_count:,} → {second.missing_count:,} rows"
        if first.dtype != second.dtype:
            yield "type", f"{visible(first.dtype, 40)} → {visible(second.dtype, 40)}"
    shape = column.shape
    if shape is not None and shape.levels:
        sides = zip(shape.levels, shape.reference, shape.current, strict=True)
        ordered = sorted(sides, key=lambda each: -abs(each[2] - each[1]))
        told = [f"{visible(level, 24)} {percents(p, q)}" for level, p, q in ordered[:5]]
        yield "shares", " · ".join(told)
    shown = [
        f"{measures[name].title} {quantities.number(value, 3)}"
        for name, value in column.measures.items()
        if name in measures and (is_page or name not in REPEATING)
    ]
    if shown:
        yield "also", " · ".join(shown)
    for note in column.notes:
        yield "note", visible(note, 160)


def _tested(one: DriftResult, *, is_leading: bool) -> str:
    if one.p_value is None or one.statistic is None:
        return visible(one.reason, 160)
    said = f"{quantities.number(one.statistic, 4)}, p {p_is(one.p_value)}"
    if p_text(one.p_adjusted) != p_text(one.p_value):
        said += f", corrected {p_text(one.p_adjusted)}"
    if one.effect is not None and not is_leading:
        said += f"; {one.effect_unit} {one.effect:.3f} → {STATE_LOOKS[one.state].word}"
    if one.detectable is not None:
        unit = " sd" if one.measure == "cramer_von_mises" else ""
        said += f" (would have found {quantities.number(one.detectable, 2)}{unit})"
    if one.reason:
        said += f"; {visible(one.reason, 100)}"
    return said
