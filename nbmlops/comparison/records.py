"""What a comparison of runs says, as frozen values.

Everything is told against the first run. What belongs to one run is found under its id; a run that
has nothing of a kind is not among the keys.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.records import Artifact, Number, ParamValue, Status, to_dict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CodeVariant",
    "ColumnChange",
    "ComparedRun",
    "Comparison",
    "Curve",
    "DataChange",
    "DatasetRow",
    "EnvironmentRows",
    "Explanation",
    "FigureRow",
    "GitChange",
    "MetricChange",
    "MetricRow",
    "ModelChange",
    "ModelRow",
    "ParamRow",
    "Reason",
    "SeedChange",
    "State",
    "ValueChange",
    "VersionRow",
]

State = Literal["same", "differs", "unsure", "missing"]
Sure = Literal["certain", "possible"]
Kind = Literal["data", "parameter", "code", "library", "seed"]


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of the runs: what tells it from the others; `notes` say what to know before trusting."""

    id: str
    name: str
    experiment: str
    status: Status
    kind: str
    started_at: datetime
    duration_seconds: float | None = None
    peak_memory_bytes: int | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParamRow:
    """One parameter over the runs; a value inside of a nested one is named by its dotted path."""

    name: str
    values: Mapping[str, ParamValue]
    differs: bool


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric against the first run's; `difference` is None where it cannot be computed.

    `verdict` is "better", "worse", "same", "changed" where no direction is known, "rounding" where
    the numbers differ in their last digits only.
    """

    difference: Number | None
    verdict: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric over the runs; `best` are the runs that have its best value."""

    name: str
    values: Mapping[str, Number]
    differs: bool
    better: str | None = None
    best: tuple[str, ...] = ()
    changes: Mapping[str, MetricChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Curve:
    """The course of one metric: (step, value) points, thinned so that every extreme stays.

    `point_counts` says how many points were recorded. Without steps the order of recording counts.
    """

    name: str
    lines: Mapping[str, tuple[tuple[float, float], ...]]
    point_counts: Mapping[str, int]
    has_steps: bool = True
    better: str | None = None


@dataclass(frozen=True, slots=True)
class CodeVariant:
    """The runs that ran the same code, and how it differs from the first run's.

    `state` is "same", "differs", "parameters" (only in values that are parameters), "formatting"
    (only in comments and layout) or "missing". `diff` is a unified diff, without track lines.
    """

    run_ids: tuple[str, ...]
    state: str
    added: int = 0
    removed: int = 0
    diff: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One column against the first run's; `change` is "values", "added", "removed" or "type"."""

    name: str
    change: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class DataChange:
    """A dataset against the first run's; `says` tells it in words, the most telling first.

    `state` is "unsure" where only a part of the data was looked at, which was equal.
    """

    state: State
    says: tuple[str, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    row_count_before: int | None = None
    row_count_after: int | None = None
    is_other_order: bool = False


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """One dataset over the runs: what it was in each, as words, and how it differs."""

    name: str
    role: str
    sizes: Mapping[str, str]
    changes: Mapping[str, DataChange]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that is not what it was; `state` is "changed", "added" or "removed"."""

    name: str
    before: ParamValue
    after: ParamValue
    state: str = "changed"


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A fitted model against the first run's."""

    state: State
    class_before: str = ""
    class_after: str = ""
    params: tuple[ValueChange, ...] = ()
    features_added: tuple[str, ...] = ()
    features_removed: tuple[str, ...] = ()
    is_other_order: bool = False


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One fitted model over the runs: its class and size in each, and how it differs.

    A size that is another is no difference by itself: it follows from the parameters and the data.
    """

    name: str
    classes: Mapping[str, str]
    changes: Mapping[str, ModelChange]
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One picture over the runs that have it by this name; `differs` says whether its bytes do."""

    name: str
    figures: Mapping[str, Artifact]
    differs: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version over the runs that is not the same in all; `kind` is "interpreter", "package" or
    "variable". A package that a run did not import, or a variable that was not set, is absent.
    """

    name: str
    kind: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EnvironmentRows:
    """What of the environments differs, how many versions are the same, and whose is not known."""

    rows: tuple[VersionRow, ...] = ()
    same_count: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GitChange:
    """A repository against the first run's; `files` are those whose uncommitted changes differ."""

    state: State
    commit_before: str | None = None
    commit_after: str | None = None
    branch_before: str | None = None
    branch_after: str | None = None
    is_dirty_before: bool = False
    is_dirty_after: bool = False
    is_other_diff: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedChange:
    """The seeds against the first run's, and what says that random numbers had none."""

    state: State
    seeds: tuple[ValueChange, ...] = ()
    unseeded: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()  # generators that stood elsewhere when the run began to draw


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that may be why two runs differ; `sure` says whether it certainly differs."""

    kind: Kind
    says: str
    evidence: tuple[str, ...] = ()
    sure: Sure = "certain"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a run differs from the first one: reasons in the order data, parameter, code, library,
    seed, what they amount to, and what was not recorded and might matter.
    """

    run_id: str
    verdict: str
    reasons: tuple[Reason, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two to fifty runs side by side, and why they differ. It displays itself."""

    runs: tuple[ComparedRun, ...]
    why: tuple[Explanation, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    params: tuple[ParamRow, ...] = ()
    curves: tuple[Curve, ...] = ()
    data: tuple[DatasetRow, ...] = ()
    models: tuple[ModelRow, ...] = ()
    code: tuple[CodeVariant, ...] = ()
    environment: EnvironmentRows = field(default_factory=EnvironmentRows)
    git: Mapping[str, GitChange] = field(default_factory=dict)
    seeds: Mapping[str, SeedChange] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    more_curves: int = 0
    figures: tuple[FigureRow, ...] = ()
    _load_bytes: Callable[[str], bytes] | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe data under the same names."""
        made: dict[str, Any] = to_dict(self)
        return made

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """A page of its own that needs nothing else; written to `path` where one is given."""
        return _written(_views().comparison_page(self), path)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """One row for each thing that was compared, one column for each run, safe to open in a
        spreadsheet; written to `path` where one is given.
        """
        return _written(_views().comparison_csv(self), path)

    def to_pandas(self) -> pd.DataFrame:
        """Parameters and metrics as rows (`params.max_depth`, `metrics.auc`), runs as columns."""
        import pandas as pd

        rows: dict[str, Mapping[str, Any]] = {
            **{f"metrics.{row.name}": row.values for row in self.metrics},
            **{f"params.{row.name}": row.values for row in self.params},
        }
        ids = [run.id for run in self.runs]
        made = {name: [values.get(key) for key in ids] for name, values in rows.items()}
        return pd.DataFrame(made, index=ids, dtype=object).T

    def __repr__(self) -> str:
        names = ", ".join(repr(run.name) for run in self.runs[:4])
        more = f", and {len(self.runs) - 4} more" if len(self.runs) > 4 else ""
        return f"<comparison of {names}{more}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # The views stand above the records; they are fetched by name when a notebook asks.
        bundle: dict[str, Any] = _views().comparison_bundle(self)
        return bundle


def _views() -> Any:
    return import_module("nbmlops.views.compare")


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        Path(path).write_text(text, "utf-8", newline="")
    return text
