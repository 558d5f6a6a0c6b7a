"""The union of the runs' parameters, and which of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbmlops.comparison.records import ParamRow
from nbmlops.comparison.values import flat, same
from nbmlops.records import ParamValue, Run

__all__ = ["compare_params", "completed"]


def compare_params(runs: Sequence[Run]) -> tuple[ParamRow, ...]:
    """A row for each parameter that any run has, in the order in which they were met."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for run in runs:
        for path, value in flat(completed(run, runs)).items():
            found.setdefault(path, {})[run.id] = value
    return tuple(
        ParamRow(".".join(path), values, not _equal(list(values.values()), len(runs)))
        for path, values in found.items()
    )


def completed(run: Run, others: Sequence[Run]) -> dict[str, ParamValue]:
    """The parameters of a run with those that fits of others changed and its own models left.

    What a model has by default is no parameter of its run: no cell says it. Beside a run in which
    it was changed it is known all the same.
    """
    params = dict(run.params)
    for other in others if run.models else ():
        for name, source in other.param_sources.items():
            if name in params or not source.endswith(".fit"):
                continue
            left = [model.params[name] for model in run.models.values() if name in model.params]
            if left and all(same(left[0], value) for value in left):
                params[name] = left[0]
    return params


def _equal(values: list[Any], count: int) -> bool:
    return len(values) == count and all(same(values[0], value) for value in values[1:])
