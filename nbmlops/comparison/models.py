"""Fitted models against the first run's: class, parameters, features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbmlops.comparison.records import ModelChange, ModelRow
from nbmlops.comparison.values import changes
from nbmlops.records import FittedModel, Run

__all__ = ["compare_models"]


def compare_models(runs: Sequence[Run]) -> tuple[ModelRow, ...]:
    """A row for each model, matched by name, then by class; where each run has one, they match."""
    rows: list[dict[str, FittedModel]] = []
    for run in runs:
        left = dict(run.models)
        for row in rows:
            name = next(iter(row.values())).name
            if name in left:
                row[run.id] = left.pop(name)
        for row in rows:
            if run.id in row:
                continue
            wanted = next(iter(row.values())).class_name
            fitting = [name for name, model in left.items() if model.class_name == wanted]
            if len(fitting) == 1:
                row[run.id] = left.pop(fitting[0])
        if len(rows) == 1 and len(left) == 1 and run.id not in rows[0]:
            rows[0][run.id] = left.popitem()[1]
        rows += [{run.id: model} for model in left.values()]
    return tuple(_row(found, runs) for found in rows)


def _row(found: Mapping[str, FittedModel], runs: Sequence[Run]) -> ModelRow:
    first = found.get(runs[0].id)
    return ModelRow(
        next(iter(found.values())).name,
        {key: model.class_name for key, model in found.items()},
        {run.id: _change(first, found.get(run.id)) for run in runs[1:]},
        {key: model.size_bytes for key, model in found.items() if model.size_bytes is not None},
    )


def _change(first: FittedModel | None, other: FittedModel | None) -> ModelChange:
    if first is None and other is None:
        return ModelChange("same")
    if first is None or other is None:
        return ModelChange(
            "missing",
            first.class_name if first else "",
            other.class_name if other else "",
        )
    old, new = first.feature_names, other.feature_names
    # Other classes have other parameters; what they have in common says little.
    params = changes(first.params, other.params) if first.class_name == other.class_name else ()
    known = bool(old and new)
    made = ModelChange(
        "same",
        first.class_name,
        other.class_name,
        params,
        tuple(name for name in new if name not in set(old)) if known else (),
        tuple(name for name in old if name not in set(new)) if known else (),
        known and old != new and sorted(old) == sorted(new),
    )
    differs = (
        first.class_name != other.class_name
        or made.params
        or made.features_added
        or made.features_removed
        or made.is_other_order
    )
    if not differs:
        return made
    return ModelChange(
        "differs",
        made.class_before,
        made.class_after,
        made.params,
        made.features_added,
        made.features_removed,
        made.is_other_order,
    )
