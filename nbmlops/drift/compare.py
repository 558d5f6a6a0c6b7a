"""The recipe of a drift report: judge each column, test it, correct for all tests, decide.

A column drifted where its corrected p-value is below the level AND its effect is above the floor:
the one says that it is no accident, the other that it is worth a look. Everything else that is
measured is shown and decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nbmlops.data.profile import ColumnProfile, Profile
from nbmlops.drift.corrections import CORRECTIONS, adjusted
from nbmlops.drift.detectable import smallest
from nbmlops.drift.kinds import Judged, check_kinds, judge
from nbmlops.drift.measures import Measured, find_measures, get_measure
from nbmlops.drift.pairs import LevelPair, NumericPair, RowPair
from nbmlops.drift.records import (
    STATES,
    VANISHED,
    ColumnDrift,
    DriftReport,
    DriftResult,
    DriftSide,
)
from nbmlops.drift.shapes import shape_of, side_of
from nbmlops.errors import InvalidDataError, InvalidOptionError

__all__ = [
    "DECIDING",
    "FLOORS",
    "Question",
    "compare",
    "judged_columns",
    "tests_of",
    "with_tests",
]

FLOORS: Mapping[str, float] = {
    "cramer_von_mises": 0.02,  # largest gap between the distribution functions: 0.05 sd
    "chi_squared": 0.03,  # Cramér's V at equal sizes
    "missing_rate": 0.02,  # two points
    "new_levels": 0.005,
    "content": 0.02,  # an AUC of 0.52
}
UNITS = {
    "cramer_von_mises": "largest gap",
    "chi_squared": "Cramér's V at equal sizes",
    "missing_rate": "change of the share",
    "new_levels": "share of rows",
    "content": "AUC above one half",
}
ROLES = ("prediction", "target", "feature")  # as they are shown
DECIDING = {"numbers": ("cramer_von_mises",), "levels": ("chi_squared", "new_levels")}


@dataclass(frozen=True, slots=True)
class Question:
    """How a comparison is made. `columns` gives the columns to look at, each with the kind that it
    is to be taken as, or None; without it, all are looked at. `families` is the number of families
    of tests among which the level is divided: that of the columns, and that of the chunks where
    those are asked for.
    """

    columns: Mapping[str, str | None] | None = None
    target: str | None = None
    prediction: str | None = None
    correction: str = "bh"
    level: float = 0.05
    floors: Mapping[str, float] = field(default_factory=dict)
    method: str = "default"
    families: int = 1


def compare(reference: Profile, current: Profile, question: Question | None = None) -> DriftReport:
    """What drifted from the reference to the current data.

    Raises InvalidOptionError for an option, InvalidDataError for data that cannot be compared.

    >>> from nbmlops.data.profile import profile_of
    >>> numbers = [float(number) for number in range(500)]
    >>> report = compare(profile_of({"x": numbers}), profile_of({"x": [n + 90 for n in numbers]}))
    >>> report.drifted, report["x"].leading.measure
    (True, 'cramer_von_mises')
    """
    question = question or Question()
    floors = _checked(question)
    names = _names(reference, current, question)
    first = {column.name: column for column in reference.columns}
    second = {column.name: column for column in current.columns}
    notes: list[str] = []
    found = []
    for name in names:
        wanted = (question.columns or {}).get(name)
        one = _column(name, first.get(name), second.get(name), wanted, notes)
        # Labels that are still to come are no surprise.
        found.append(_vanished(one) if name not in second and name != question.target else one)
    columns = _decided(found, question, floors)
    columns = [replace(column, role=_role(column.name, question)) for column in columns]
    return DriftReport(
        DriftSide(reference.source, reference.row_count, len(first)),
        DriftSide(current.source, current.row_count, len(second)),
        tuple(sorted(columns, key=_order)),
        method=question.method,
        correction=question.correction,
        level=question.level,
        floors=floors,
        notes=tuple(dict.fromkeys(notes)),
    )


def with_tests(
    report: DriftReport,
    results: Mapping[str, DriftResult],
    kinds: Mapping[str, str],
    question: Question,
) -> DriftReport:
    """The report with one more test of these columns, and all tests decided together again."""
    columns = [
        replace(one, kind=kinds[one.name], reason="", results=(results[one.name], *one.results))
        if one.name in results
        else one
        for one in report.columns
    ]
    decided = [_told(one) for one in _decided(columns, question, report.floors)]
    # What was in an order for a better reason stays in it among its like.
    decided.sort(key=lambda one: (ROLES.index(one.role), STATES.index(one.state)))
    return replace(report, columns=tuple(decided))


def _told(column: ColumnDrift) -> ColumnDrift:
    """The column, of whose contents only what is certain is said to have moved."""
    results = tuple(
        replace(one, reason="") if one.measure == "content" and one.state == "none" else one
        for one in column.results
    )
    return replace(column, results=results, reason="" if column.state == "none" else column.reason)


def judged_columns(
    reference: Profile,
    current: Profile,
    question: Question,
    results: Callable[[str, ColumnProfile, ColumnProfile], Sequence[DriftResult]],
) -> DriftReport:
    """The report whose results are decided by another rule than ours."""
    _checked(question)
    names = _names(reference, current, question)
    first = {column.name: column for column in reference.columns}
    second = {column.name: column for column in current.columns}
    columns = []
    for name in names:
        told = _column(name, first.get(name), second.get(name), None, [])
        if name in first and name in second:
            found = tuple(results(name, first[name], second[name]))
            state = found[0].state if found else "untested"
            reason = "" if found else told.reason or f"{question.method} does not test it"
            told = replace(told, results=found, state=state, reason=reason)
        columns.append(replace(told, role=_role(name, question)))
    return DriftReport(
        DriftSide(reference.source, reference.row_count, len(first)),
        DriftSide(current.source, current.row_count, len(second)),
        tuple(sorted(columns, key=_order)),
        method=question.method,
    )


def _checked(question: Question) -> dict[str, float]:
    if question.correction not in CORRECTIONS:
        problem = "there is no such correction"
        raise InvalidOptionError(question.correction, problem, known=list(CORRECTIONS))
    if not _is_number(question.level):
        problem = f"it takes a number, and was given {question.level!r:.40}"
        raise InvalidOptionError("level", problem)
    if not 0 < question.level < 1:
        raise InvalidOptionError("level", f"{question.level} is not between 0 and 1")
    check_kinds(question.columns or {})
    for name, floor in question.floors.items():
        if name not in FLOORS:
            raise InvalidOptionError("floors", f"{name!r} decides nothing", known=list(FLOORS))
        if not _is_number(floor) or not 0 <= floor <= 1:
            raise InvalidOptionError("floors", f"{name} = {floor} is not between 0 and 1")
    return {**FLOORS, **question.floors}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _names(reference: Profile, current: Profile, question: Question) -> list[str]:
    known = list(dict.fromkeys(column.name for column in (*reference.columns, *current.columns)))
    wanted = [*(question.columns or ())]
    for option in (question.target, question.prediction):
        wanted += [option] if option is not None else []
    for name in wanted:
        if name not in known:
            raise InvalidOptionError(name, "neither side has a column of this name", known=known)
    if not known:
        raise InvalidDataError(reference.source or "reference", "it has no columns")
    for side, word in ((reference, "reference"), (current, "current")):
        if not side.columns and not side.row_count:
            raise InvalidDataError(side.source or word, "it has no rows and no columns")
    if question.columns is not None:
        return [name for name in known if name in wanted]
    shared = {column.name for column in reference.columns} & {
        column.name for column in current.columns
    }
    if not shared:
        names = [repr(each.columns[0].name) for each in (reference, current) if each.columns]
        problem = f"no column of one side is in the other (they begin with {' and '.join(names)})"
        raise InvalidDataError(current.source or "current", problem, hint="Rename the columns.")
    return known


def _role(name: str, question: Question) -> str:
    if name == question.prediction:
        return "prediction"
    return "target" if name == question.target else "feature"


def _order(column: ColumnDrift) -> tuple[int, int, float]:
    """Scores and labels first, then the worst state, what vanished, the largest effect."""
    leading = column.leading
    effect = leading.effect if leading is not None and leading.effect is not None else 0.0
    effect = math.inf if column.is_vanished else effect
    return ROLES.index(column.role), STATES.index(column.state), -effect


# ── one column ───────────────────────────────────────────────────────────────────────────────


def _column(
    name: str,
    first: ColumnProfile | None,
    second: ColumnProfile | None,
    wanted: str | None,
    notes: list[str],
) -> ColumnDrift:
    """A column with its tests, which are not yet decided."""
    if first is None or second is None:
        there = first or second
        assert there is not None
        which = "current data do not have it" if second is None else "reference does not have it"
        return ColumnDrift(name, _form_kind(there), "untested", f"the {which}")
    judged = judge(first, second, wanted)
    results = tests_of(name, first, second, judged)
    pair = judged.pair
    sides = side_of(first, pair, 0), side_of(second, pair, 1)
    if judged.said:
        what_breaks = "what reads it by its type, such as a model, may fail"
        notes.append(f"The column {name!r:.60} is of another {judged.said}: {what_breaks}.")
    if judged.is_changed:
        changed = DriftResult(
            name, judged.kind, "type", None, None, None, None, "drifted", judged.reason
        )
        return ColumnDrift(
            name, judged.kind, "drifted", judged.reason, (changed, *results), {}, *sides
        )
    return ColumnDrift(
        name,
        judged.kind,
        "untested" if not results else "none",
        judged.reason,
        tuple(results),
        _shown(pair, notes) if pair is not None else {},
        *sides,
        shape=shape_of(pair) if pair is not None else None,
        notes=tuple(_remarks(pair, judged)),
    )


def _vanished(column: ColumnDrift) -> ColumnDrift:
    """The column, which is a change as that of a type is: what reads it fails or guesses."""
    gone = DriftResult(
        column.name, column.kind, VANISHED, None, None, None, None, "drifted", column.reason
    )
    return replace(column, state="drifted", results=(gone,))


def _form_kind(side: ColumnProfile) -> str:
    forms = {
        "label": "categorical",
        "boolean": "boolean",
        "time": "datetime",
        "unreadable": "other",
    }
    return forms.get(side.form, "numeric")


def tests_of(
    name: str, first: ColumnProfile, second: ColumnProfile, judged: Judged
) -> list[DriftResult]:
    """The deciding tests of a column, before any correction."""
    kind, pair = judged.kind, judged.pair
    results = []
    if pair is not None:
        for measure in DECIDING["numbers" if isinstance(pair, NumericPair) else "levels"]:
            found = get_measure(measure).measure(pair)
            if found is None or found.p_value != 1.0 or not _is_constant(pair):
                results.append(_tested(name, kind, measure, found, pair))
    rows = RowPair(first.row_count, second.row_count, first.missing_count, second.missing_count)
    missing = get_measure("missing_rate").measure(rows)
    if missing is not None and first.form != "unreadable" and second.form != "unreadable":
        results.append(_tested(name, kind, "missing_rate", missing, rows))
    return [result for result in results if result is not None]


def _is_constant(pair: NumericPair | LevelPair) -> bool:
    """True where every row of both sides is the same, so that nothing can be tested."""
    if isinstance(pair, NumericPair):
        return pair.distinct_count < 2
    return int(np.count_nonzero(pair.reference + pair.current)) < 2


def _tested(
    name: str,
    kind: str,
    measure: str,
    found: Measured | None,
    pair: NumericPair | LevelPair | RowPair,
) -> DriftResult | None:
    unit = UNITS[measure]
    if found is None:
        assert not isinstance(pair, RowPair)
        if measure != DECIDING["levels"][0] and measure != DECIDING["numbers"][0]:
            return None
        reason = _why_untested(pair)
        state = "none" if reason.startswith("it is") else "untested"
        return DriftResult(name, kind, measure, None, None, None, None, state, reason, unit)
    reason = ""
    if measure == "new_levels":
        assert isinstance(pair, LevelPair)
        reason = _new_levels(pair)
    return DriftResult(
        name,
        kind,
        measure,
        found.statistic,
        found.p_value,
        None,
        found.effect,
        "none",
        reason,
        unit,
    )


def _why_untested(pair: NumericPair | LevelPair) -> str:
    if isinstance(pair, NumericPair):
        if pair.distinct_count == 1:
            return f"it is {pair.steps.values[0]:g} in every row"
        return "one side has no values"
    there = (pair.reference + pair.current) > 0
    if there.sum() == 1:
        return f"it is {pair.levels[int(there.argmax())]!r:.60} in every row"
    n, m = pair.sizes
    return f"{n:,} and {m:,} rows are too few for its {int(there.sum()):,} labels"


def _new_levels(pair: LevelPair) -> str:
    new = [
        level
        for level, before, now in zip(pair.levels, pair.reference, pair.current, strict=True)
        if not before and now
    ]
    if not new:
        return ""
    named = ", ".join(repr(level[:40]) for level in new[:3])
    return f"new: {named}" + (f" and {len(new) - 3:,} more" if len(new) > 3 else "")


def _shown(pair: NumericPair | LevelPair, notes: list[str]) -> dict[str, float]:
    """The other measures, which decide nothing."""
    wanted = "numbers" if isinstance(pair, NumericPair) else "levels"
    shown = {}
    for name, measure in find_measures().items():
        if wanted not in measure.takes or name in DECIDING[wanted]:
            continue
        try:
            found = measure.measure(pair)
        except Exception as problem:  # noqa: BLE001 - a third party's measure decides nothing
            notes.append(f"The measure {name!r} failed: {type(problem).__name__}.")
            continue
        if found is not None:
            shown[name] = found.statistic
    return shown


def _remarks(pair: NumericPair | LevelPair | None, judged: Judged) -> list[str]:
    remarks = [judged.note] if judged.note else []
    if isinstance(pair, LevelPair):
        gone = [
            level
            for level, before, now in zip(pair.levels, pair.reference, pair.current, strict=True)
            if before and not now
        ]
        if gone:
            named = ", ".join(repr(level[:40]) for level in gone[:3])
            more = f" and {len(gone) - 3:,} more" if len(gone) > 3 else ""
            remarks.append(f"vanished: {named}{more}")
    elif isinstance(pair, NumericPair) and all(pair.sizes):
        if doubt := pair.reference.doubt + pair.current.doubt:
            remarks.append(f"counted row by row: {doubt:.2%} of each gap is taken off as doubt")
        low, high = pair.quantiles((0.0,)), pair.quantiles((1.0,))
        if low[0][0] == high[0][0] and low[1][0] != high[1][0]:
            remarks.append(f"was {low[0][0]:g} in every row")
        elif low[1][0] == high[1][0] and low[0][0] != high[0][0]:
            remarks.append(f"is {low[1][0]:g} in every row now")
    return remarks


# ── decision ─────────────────────────────────────────────────────────────────────────────────


def _decided(
    columns: Sequence[ColumnDrift], question: Question, floors: Mapping[str, float]
) -> list[ColumnDrift]:
    tested = [one for column in columns for one in column.results if one.p_value is not None]
    p_values = adjusted(
        [one.p_value or 0.0 for one in tested], question.correction, question.families
    )
    left = iter(p_values)
    count = max(len(tested), 1) * question.families
    share = question.level / count if question.correction != "none" else question.level
    found = []
    for column in columns:
        results = tuple(
            one
            if one.p_value is None
            else _judged(one, next(left), column, question.level, share, floors[one.measure])
            for one in column.results
        )
        found.append(_summed(replace(column, results=results)))
    return found


def _judged(
    one: DriftResult,
    p_adjusted: float,
    column: ColumnDrift,
    level: float,
    share: float,
    floor: float,
) -> DriftResult:
    effect = one.effect or 0.0
    state = "none"
    if p_adjusted <= level:
        state = "drifted" if effect >= floor else "tiny"
    detectable = smallest(one, column, share) if state == "none" else None
    return replace(one, p_adjusted=p_adjusted, state=state, detectable=detectable)


def _summed(column: ColumnDrift) -> ColumnDrift:
    """The column in the worst state of its tests."""
    if not column.results:
        return column
    # A column whose distribution could not be tested is not the same as one without drift.
    state = min((one.state for one in column.results), key=STATES.index)
    if state == "none" and any(one.state == "untested" for one in column.results):
        state = "untested"
    if state == "none" and column.reason:
        state = "untested"
    reasons = [one.reason for one in column.results if one.reason and one.state == state]
    return replace(column, state=state, reason=column.reason or "; ".join(dict.fromkeys(reasons)))
