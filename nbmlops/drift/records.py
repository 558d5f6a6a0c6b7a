"""What a drift check found: plain frozen values, which display themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.drift.harm import Harm, harm_from_dict
from nbmlops.drift.multivariate import Multivariate, multivariate_from_dict
from nbmlops.drift.segments import Segments, segments_from_dict
from nbmlops.drift.strips import OverTime, over_time_from_dict
from nbmlops.records import to_dict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "STATES",
    "VANISHED",
    "ColumnDrift",
    "ColumnSide",
    "DriftReport",
    "DriftResult",
    "DriftSide",
    "Shape",
    "report_from_dict",
]

VANISHED = "vanished"  # the measure of a column that the current data do not have
STATES = ("drifted", "tiny", "none", "untested")  # the worst first


@dataclass(frozen=True, slots=True)
class DriftResult:
    """One test of one column. `detectable` is the smallest effect that would have been found in
    four of five cases, in the unit of `effect_unit` or, for numbers, in standard deviations.
    """

    column: str
    kind: str
    measure: str
    statistic: float | None
    p_value: float | None
    p_adjusted: float | None
    effect: float | None
    state: str
    reason: str
    effect_unit: str = ""
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnSide:
    """One side of a column in figures."""

    dtype: str
    row_count: int
    missing_count: int
    distinct_count: int | None = None
    mean: float | None = None
    deviation: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] = ()  # at 5, 25, 50, 75 and 95 %
    heaviest: float | None = None  # the value that both sides together have most, where it is many
    heaviest_share: float | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Both distributions as they are drawn: shares in cells of one width from `low` to `high`, or
    shares of the named `levels` (the last of them may be all others).
    """

    reference: tuple[float, ...]
    current: tuple[float, ...]
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """Everything about one column: its tests, and the measures that are shown and decide nothing.

    `role` is "feature", "prediction" or "target".
    """

    name: str
    kind: str
    state: str
    reason: str
    results: tuple[DriftResult, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    reference: ColumnSide | None = None
    current: ColumnSide | None = None
    shape: Shape | None = None
    role: str = "feature"
    notes: tuple[str, ...] = ()

    @property
    def is_vanished(self) -> bool:
        """True where the current data do not have it."""
        return any(one.measure == VANISHED for one in self.results)

    @property
    def leading(self) -> DriftResult | None:
        """The test that speaks for the column: the worst state, then the smallest p-value."""
        tested = [one for one in self.results if one.statistic is not None]
        if not tested:
            return None
        return min(tested, key=lambda one: (STATES.index(one.state), one.p_adjusted or 0.0))


@dataclass(frozen=True, slots=True)
class DriftSide:
    """One of the two data sets."""

    name: str
    row_count: int
    column_count: int
    kind: str = ""


@dataclass(frozen=True)
class DriftReport:
    """What drifted between two data sets, column by column, worst first."""

    reference: DriftSide
    current: DriftSide
    columns: tuple[ColumnDrift, ...]
    method: str = "default"
    correction: str = "bh"
    level: float = 0.05
    floors: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    run_id: str | None = None
    dataset_drifted: bool | None = None  # the verdict of a method that has one of its own
    multivariate: Multivariate | None = None  # of all columns together, when asked for
    harm: Harm | None = None  # what it does to the model, where one or its predictions were given
    segments: Segments | None = None  # the slices where drift concentrates, when asked for
    over_time: OverTime | None = None  # chunk by chunk or group by group, when asked for

    @property
    def drifted(self) -> bool:
        """True where any column drifted after correction and above the effect floor, vanished or
        changed its type, or where a side has no rows; where it was asked, also where all columns
        together did, some slice of the rows, or any column in any chunk.
        """
        if self.empty_side:
            return True
        if self.dataset_drifted is not None:
            return self.dataset_drifted
        if self.multivariate is not None and self.multivariate.state == "drifted":
            return True
        if self.segments is not None and self.segments.found:
            return True
        if self.over_time is not None and self.over_time.drifted:
            return True
        return any(column.state == "drifted" for column in self.columns)

    @property
    def empty_side(self) -> str:
        """The side without rows, where the other has some: nothing is known then; else nothing."""
        rows = {"current": self.current.row_count, "reference": self.reference.row_count}
        empty = [side for side, count in rows.items() if not count]
        return empty[0] if len(empty) == 1 else ""

    @property
    def drifted_columns(self) -> tuple[str, ...]:
        """The names of the columns that drifted."""
        return tuple(column.name for column in self.columns if column.state == "drifted")

    @property
    def results(self) -> tuple[DriftResult, ...]:
        """Every test of every column."""
        return tuple(result for column in self.columns for result in column.results)

    def __getitem__(self, name: str) -> ColumnDrift:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def verdict(self) -> str:
        """The report in a sentence."""
        return str(_views().drift_verdict(self))

    def to_dict(self) -> dict[str, Any]:
        """The report with nothing left out, JSON-safe; `report_from_dict` reads it again."""
        said = to_dict(self)
        assert isinstance(said, dict)
        return {**said, "drifted": self.drifted, "verdict": self.verdict}

    def to_pandas(self) -> pd.DataFrame:
        """A row for each test: column, kind, measure, statistic, p_value, p_adjusted, effect,
        state, reason, and what its effect is counted in and would have been found from.
        """
        import pandas as pd

        names = [each.name for each in fields(DriftResult)]
        rows = [[getattr(result, name) for name in names] for result in self.results]
        frame = pd.DataFrame(rows, columns=names)
        for name in ("statistic", "p_value", "p_adjusted", "effect", "detectable"):
            frame[name] = frame[name].astype("float64")
        return frame

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """A page of its own, which needs nothing else; written to `path` where one is given."""
        page = str(_views().drift_page(self))
        if path is not None:
            Path(path).write_text(page, "utf-8", newline="")
        return page

    def to_text(self, width: int = 100) -> str:
        """The report as plain text."""
        return str(_views().drift_text(self, width))

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = _views().drift_bundle(self)
        return bundle


def report_from_dict(said: Mapping[str, Any]) -> DriftReport:
    """The report that `to_dict` told; what a newer version added is left out."""
    columns = tuple(
        _made(
            ColumnDrift,
            {
                **column,
                "results": tuple(_made(DriftResult, each) for each in column["results"]),
                "reference": _side(column.get("reference")),
                "current": _side(column.get("current")),
                "shape": _shape(column.get("shape")),
                "notes": tuple(column.get("notes", ())),
            },
        )
        for column in said["columns"]
    )
    report: DriftReport = _made(
        DriftReport,
        {
            **said,
            "reference": _made(DriftSide, said["reference"]),
            "current": _made(DriftSide, said["current"]),
            "columns": columns,
            "notes": tuple(said.get("notes", ())),
            "harm": harm_from_dict(said.get("harm")),
            "multivariate": multivariate_from_dict(said.get("multivariate")),
            "segments": segments_from_dict(said.get("segments")),
            "over_time": over_time_from_dict(said.get("over_time")),
        },
    )
    return report


def _side(said: Mapping[str, Any] | None) -> ColumnSide | None:
    if said is None:
        return None
    side: ColumnSide = _made(ColumnSide, {**said, "quantiles": _numbers(said.get("quantiles", ()))})
    return side


def _shape(said: Mapping[str, Any] | None) -> Shape | None:
    if said is None:
        return None
    sides = {side: _numbers(said[side]) for side in ("reference", "current")}
    shape: Shape = _made(Shape, {**said, **sides, "levels": tuple(said.get("levels", ()))})
    return shape


def _numbers(said: Any) -> tuple[float, ...]:
    return tuple(float(each) for each in said)


_NUMBERS = {"statistic", "p_value", "p_adjusted", "effect", "detectable", "mean", "deviation",
            "minimum", "maximum", "low", "high", "heaviest",
            "heaviest_share"}  # fmt: skip


def _made(kind: Any, said: Mapping[str, Any]) -> Any:
    known = {each.name for each in fields(kind)}
    return kind(
        **{
            # What JSON cannot hold comes as text: "NaN", "Infinity".
            name: float(value) if name in _NUMBERS and isinstance(value, str) else value
            for name, value in said.items()
            if name in known
        }
    )


def _views() -> Any:
    return import_module("nbmlops.views.drift")
