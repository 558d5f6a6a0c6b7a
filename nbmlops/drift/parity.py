"""The verdicts of other tools by their own formulas, for people who come from them.

"evidently": `DataDriftPreset` of Evidently 0.7. "nannyml": `UnivariateDriftCalculator` of NannyML
0.13, Jensen–Shannon with ten chunks. "psi": the industry's rule on the deciles of the reference.
All of them are worse at telling drift from chance than the default; what each does is done here as
it is, and no correction is applied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from nbmlops.data.columns import Columns
from nbmlops.data.profile import ColumnProfile, column_profile, profile_of
from nbmlops.drift.compare import Question, judged_columns
from nbmlops.drift.measures.jensen_shannon import shannon_distance
from nbmlops.drift.measures.population_stability import stability_index
from nbmlops.drift.null_laws import chi_squared_tail, normal_tail
from nbmlops.drift.pairs import LevelPair, NumericPair, exact_pair, level_pair
from nbmlops.drift.records import DriftReport, DriftResult

__all__ = ["METHODS", "compare_as"]

METHODS = ("default", "evidently", "nannyml", "psi")
SMALL = 1000  # rows of the reference, up to which Evidently takes tests
SHARE = 0.5  # of the columns, from which Evidently calls a data set drifted
CHUNKS = 10
Array = np.ndarray[Any, Any]
Found = tuple[str, float, float | None, bool, str]  # measure, score, p-value, drifted, reason


def compare_as(reference: Columns, current: Columns, question: Question) -> DriftReport:
    """The report of two data sets by the formulas of `question.method`."""
    rules: dict[str, Callable[..., Found | None]] = {
        "evidently": _evidently,
        "nannyml": _nannyml,
        "psi": _psi,
    }
    decide = rules[question.method]
    profiles = profile_of(reference), profile_of(current)

    def results(name: str, first: ColumnProfile, second: ColumnProfile) -> list[DriftResult]:
        found = decide(name, first, second, reference, current)
        if found is None:
            return []
        measure, score, p_value, is_drifted, reason = found
        state = "drifted" if is_drifted else "none"
        kind = "categorical" if first.is_labels else "numeric"
        shown = None if math.isnan(score) else score
        return [
            DriftResult(name, kind, measure, score, p_value, p_value, shown, state, reason, measure)
        ]

    drifted = None
    report = judged_columns(profiles[0], profiles[1], question, results)
    if question.method == "evidently":
        tested = [column for column in report.columns if column.results]
        count = sum(column.state == "drifted" for column in tested)
        drifted = bool(tested) and count / len(tested) >= SHARE
    return DriftReport(
        report.reference,
        report.current,
        report.columns,
        method=question.method,
        correction="none",
        level=question.level,
        notes=report.notes,
        dataset_drifted=drifted,
    )


def _finite(side: ColumnProfile) -> Array:
    assert side.numbers is not None
    assert side.numbers.raw is not None
    raw = side.numbers.raw
    return np.asarray(raw[np.isfinite(raw)])


def _levels(first: ColumnProfile, second: ColumnProfile) -> LevelPair | None:
    if first.counts is None or second.counts is None:
        return None
    return level_pair(
        dict(zip(first.levels, first.counts.tolist(), strict=True)),
        dict(zip(second.levels, second.counts.tolist(), strict=True)),
    )


# ── Evidently ────────────────────────────────────────────────────────────────────────────────


def _evidently(name: str, first: ColumnProfile, second: ColumnProfile, *_: Columns) -> Found | None:
    if first.form == "time" or first.is_labels != second.is_labels:
        return None
    pair: LevelPair | None
    if first.numbers is not None:
        sides = _finite(first), _finite(second)
        if not len(sides[0]) or not len(sides[1]):
            return None
        numbers = exact_pair(*sides)
        if numbers.distinct_count > 5:
            return _evidently_numbers(numbers, *sides)
        pair = numbers.as_levels(repr)
    else:
        pair = _levels(first, second)
    if pair is None or not all(pair.sizes):
        return None
    n = pair.sizes[0]
    if n > SMALL:
        distance = shannon_distance(*pair.shares, base=math.e)
        return "jensen_shannon", distance, None, distance >= 0.1, "drifted from 0.1"
    if len(pair.levels) <= 2:
        p_value = _proportions(pair)
        return "z", p_value, p_value, p_value < 0.05, "drifted below p = 0.05"
    p_value = _goodness_of_fit(pair)
    return "chisquare", p_value, p_value, p_value < 0.05, "drifted below p = 0.05"


def _evidently_numbers(pair: NumericPair, first: Array, second: Array) -> Found:
    if len(first) <= SMALL:
        from scipy.stats import ks_2samp

        p_value = float(ks_2samp(first, second).pvalue)
        return "ks", p_value, p_value, p_value <= 0.05, "drifted from p = 0.05 down"
    from nbmlops.drift.measures.wasserstein import distance

    score = distance(pair) / max(float(np.std(first)), 0.001)
    return "wasserstein", score, None, score >= 0.1, "drifted from 0.1"


def _proportions(pair: LevelPair) -> float:
    (n, m), rate = pair.sizes, (pair.reference[0] + pair.current[0]) / sum(pair.sizes)
    spread = math.sqrt(rate * (1 - rate) * (1 / n + 1 / m))
    gap = pair.reference[0] / n - pair.current[0] / m
    return normal_tail(float(gap) / spread) if spread > 0 else 1.0


def _goodness_of_fit(pair: LevelPair) -> float:
    """Chi-squared of the current counts as if the reference were the truth."""
    expected = pair.reference * (pair.sizes[1] / pair.sizes[0])
    if np.any((expected == 0) & (pair.current > 0)):
        return 0.0
    there = expected > 0
    gaps = (pair.current[there] - expected[there]) ** 2 / expected[there]
    return chi_squared_tail(float(gaps.sum()), len(pair.levels) - 1)


# ── NannyML ──────────────────────────────────────────────────────────────────────────────────


def _nannyml(
    name: str,
    first: ColumnProfile,
    second: ColumnProfile,
    reference: Columns,
    current: Columns,
) -> Found | None:
    if first.form == "time" or first.is_labels != second.is_labels:
        return None
    if first.row_count < CHUNKS or second.row_count < CHUNKS:
        return None
    measure = _nannyml_measure(first)
    if measure is None:
        return None
    parts = [[measure(part) for part in _chunks(side, name)] for side in (reference, current)]
    calm, seen = (np.array([value for value in part if value is not None]) for part in parts)
    if not len(calm) or not len(seen):
        return None
    limit = float(calm.mean() + 3 * calm.std())
    alerts = int((seen > limit).sum())
    reason = f"{alerts} of {len(seen)} chunks above {limit:.4f}"
    return "jensen_shannon", float(seen.max()), None, alerts > 0, reason


def _nannyml_measure(first: ColumnProfile) -> Callable[[ColumnProfile], float | None] | None:
    if first.numbers is not None:
        whole = _finite(first)
        if not len(whole):
            return None
        edges = np.histogram_bin_edges(whole, "doane")
        shares = np.histogram(whole, edges)[0] / len(whole)

        def of_numbers(part: ColumnProfile) -> float | None:
            values = _finite(part)
            if not len(values):
                return None
            inside = np.histogram(values, edges)[0] / len(values)
            return _beside(shares, inside)

        return of_numbers
    counts = (
        dict(zip(first.levels, first.counts.tolist(), strict=True))
        if first.counts is not None
        else {}
    )
    if not counts:
        return None
    known = np.array(list(counts.values())) / sum(counts.values())

    def of_labels(part: ColumnProfile) -> float | None:
        found = (
            dict(zip(part.levels, part.counts.tolist(), strict=True))
            if part.counts is not None
            else {}
        )
        total = sum(found.values())
        if not total:
            return None
        return _beside(known, np.array([found.get(level, 0) for level in counts]) / total)

    return of_labels


def _beside(shares: Array, inside: Array) -> float:
    """Jensen–Shannon, where what lies outside of the reference's cells is a cell of its own."""
    outside = 1 - float(inside.sum())
    if outside > 1e-12:
        shares, inside = np.append(shares, 0.0), np.append(inside, outside)
    return shannon_distance(shares, inside)


def _chunks(side: Columns, name: str) -> list[ColumnProfile]:
    """Ten parts of a column in the order of its rows; the last one takes what is left over."""
    place, size = side.names.index(name), side.row_count // CHUNKS
    ends = [*(size * chunk for chunk in range(CHUNKS)), side.row_count]
    parts = [side.part(start, stop) for start, stop in pairwise(ends)]
    return [column_profile(name, part.read(place)) for part in parts]


# ── PSI ──────────────────────────────────────────────────────────────────────────────────────


def _psi(name: str, first: ColumnProfile, second: ColumnProfile, *_: Columns) -> Found | None:
    if first.form == "time" or first.is_labels != second.is_labels:
        return None
    if first.numbers is not None and second.numbers is not None:
        numbers = NumericPair(first.numbers, second.numbers)
        if not all(numbers.sizes):
            return None
        index = stability_index(*numbers.decile_shares)
    else:
        pair = _levels(first, second)
        if pair is None or not all(pair.sizes):
            return None
        index = stability_index(*pair.shares)
    word = "act" if index >= 0.2 else "watch" if index >= 0.1 else "stable"
    return (
        "population_stability",
        index,
        None,
        index >= 0.2,
        f"{word}: watch from 0.1, act from 0.2",
    )
