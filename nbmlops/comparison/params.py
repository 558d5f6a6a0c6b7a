"""The union of the runs' parameters, and which of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbmlops.comparison.records import ParamRow
from nbmlops.comparison.values import flat, same
from nbmlops.records import Run

__all__ = ["compare_params"]


def compare_params(runs: Sequence[Run]) -> tuple[ParamRow, ...]:
    """A row for each parameter that any run has, in the order in which they were met."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for run in runs:
        for path, value in flat(run.params).items():
            found.setdefault(path, {})[run.id] = value
    return tuple(
        ParamRow(".".join(path), values, not _equal(list(values.values()), len(runs)))
        for path, values in found.items()
    )


def _equal(values: list[Any], count: int) -> bool:
    return len(values) == count and all(same(values[0], value) for value in values[1:])
