"""Metrics over the runs: how far they are from the first one's, and which are better."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nbmlops.comparison.records import MetricChange, MetricRow
from nbmlops.comparison.values import is_rounding, same
from nbmlops.events import experiment_key
from nbmlops.headline import ENDED, Better, headline_names
from nbmlops.records import Number, Run

__all__ = ["compare_metrics"]


def compare_metrics(runs: Sequence[Run], better: Better) -> tuple[MetricRow, ...]:
    """A row for each metric that any run has; those that speak for the runs come first."""
    return tuple(_row(name, runs, better(name)) for name in headline_names(runs, better))


def _row(name: str, runs: Sequence[Run], direction: str | None) -> MetricRow:
    values = {run.id: run.metrics[name] for run in runs if name in run.metrics}
    numbers = list(values.values())
    differs = len(values) < len(runs) or any(not same(numbers[0], other) for other in numbers)
    first = values.get(runs[0].id)
    changes = (
        {}
        if first is None
        else {
            key: _change(first, value, direction)
            for key, value in values.items()
            if key != runs[0].id
        }
    )
    return MetricRow(name, values, differs, direction, _best(values, runs, direction), changes)


def _change(first: Number, value: Number, direction: str | None) -> MetricChange:
    if same(first, value):
        return MetricChange(0, "same")
    if not (_is_finite(first) and _is_finite(value)):
        return MetricChange(None, "changed")
    difference = value - first
    if is_rounding(first, value):
        return MetricChange(difference, "rounding")
    if direction is None:
        return MetricChange(difference, "changed")
    return MetricChange(
        difference, "better" if (value > first) is (direction == "higher") else "worse"
    )


def _best(values: dict[str, Number], runs: Sequence[Run], direction: str | None) -> tuple[str, ...]:
    """The best of several experiments, or of runs that did not come to their end, means nothing."""
    if direction is None or len({experiment_key(run.experiment) for run in runs}) > 1:
        return ()
    ended = {run.id for run in runs if run.status in ENDED}
    finite = {key: one for key, one in values.items() if key in ended and _is_finite(one)}
    if len(finite) < 2 or min(finite.values()) == max(finite.values()):
        return ()
    best = max(finite.values()) if direction == "higher" else min(finite.values())
    return tuple(key for key, one in finite.items() if one == best)


def _is_finite(given: Number) -> bool:
    # Integers beyond a float's range cannot be compared with floats by subtraction.
    return abs(given) < 10**300 if isinstance(given, int) else math.isfinite(given)
