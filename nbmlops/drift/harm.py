"""What drift does to a model, as plain frozen values: its performance, and what moves its mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

__all__ = [
    "HARM_FLOORS",
    "ColumnEffect",
    "ColumnImportance",
    "Harm",
    "Performance",
    "harm_from_dict",
]

# The smallest loss that matters: of the metric itself, or as a share of it.
HARM_FLOORS: Mapping[str, float] = {"auc": 0.01, "accuracy": 0.01, "mean_absolute_error": 0.05}


@dataclass(frozen=True, slots=True)
class Performance:
    """One metric on both sides. Intervals hold in 95 of 100 cases.

    `how` is "realised" where both sides have labels, else "estimated", by the `method` "cbpe",
    "weighted_cbpe" or "dle". `state` is "worse" or "better" where the interval of the change
    excludes 0 and the change is at least the `floor`, else "same". Of two estimates of one metric
    the first `decides`. The `effective_count` is what the weighted rows of the reference are worth.
    """

    metric: str
    reference: float
    current: float
    low: float
    high: float
    change: float
    change_low: float
    change_high: float
    state: str
    how: str
    method: str
    reference_count: int
    current_count: int
    floor: float
    decides: bool = True
    effective_count: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnEffect:
    """By how much the drift of one column moves the mean prediction, and the estimated `metric`
    where there is one: as the data are, less what it were with the column's distribution swapped
    back to the reference.
    """

    column: str
    effect: float
    low: float
    high: float
    row_count: int
    metric: str = ""
    performance_effect: float | None = None
    performance_low: float | None = None
    performance_high: float | None = None

    @property
    def size(self) -> tuple[float, float]:
        """What it is ranked by: the effect on the performance, then that on the mean."""
        return abs(self.performance_effect or 0.0), abs(self.effect)

    @property
    def is_certain(self) -> bool:
        """True where the interval excludes 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class ColumnImportance:
    """How much the predictions hang on a column (the share of their variance that a second model
    of them loses without it), its drift, and the product, where the model cannot be asked.
    """

    column: str
    importance: float
    drift: float
    size: float


@dataclass(frozen=True, slots=True)
class Harm:
    """What the drift does to the model: the leading metric first, the largest effect first.

    `task` is "binary", "multiclass" or "regression". `output` says what the mean prediction is of.
    """

    task: str
    performance: tuple[Performance, ...] = ()
    effects: tuple[ColumnEffect, ...] = ()
    output: str = "prediction"
    reference_mean: float | None = None
    current_mean: float | None = None
    limits: tuple[str, ...] = ()
    reason: str = ""  # why there is no performance
    importances: tuple[ColumnImportance, ...] = ()

    @property
    def found(self) -> bool:
        """True where the performance is worse for certain, by more than the floor."""
        return any(one.state == "worse" and one.decides for one in self.performance)

    @property
    def effect(self) -> Mapping[str, ColumnEffect]:
        """The effects by column."""
        return {one.column: one for one in self.effects}


def harm_from_dict(said: Mapping[str, Any] | None) -> Harm | None:
    """The value that its dictionary told; what a newer version added is left out."""
    if said is None:
        return None
    known = {each.name for each in fields(Harm)}
    return Harm(
        **{
            **{name: value for name, value in said.items() if name in known},
            "performance": tuple(_made(Performance, one) for one in said.get("performance", ())),
            "effects": tuple(_made(ColumnEffect, one) for one in said.get("effects", ())),
            "importances": tuple(
                _made(ColumnImportance, one) for one in said.get("importances", ())
            ),
            "limits": tuple(said.get("limits", ())),
        }
    )


def _made(kind: Any, said: Mapping[str, Any]) -> Any:
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in said.items() if name in known})
