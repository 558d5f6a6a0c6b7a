"""The nouns: what nbmlops records, as frozen values. Nothing here reads, writes or decides.

Times are aware datetimes in UTC, durations seconds, sizes bytes, digests lower-case SHA-256 hex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any

from nbmlops.errors import ArtifactNotFoundError

__all__ = [
    "Artifact",
    "Best",
    "Cell",
    "CellCost",
    "Column",
    "Course",
    "Dataset",
    "Environment",
    "Failure",
    "FittedModel",
    "Git",
    "History",
    "Metric",
    "Monitor",
    "Observed",
    "Output",
    "Param",
    "Resources",
    "Run",
    "RunWarning",
    "Seed",
    "Status",
    "to_dict",
]

ParamValue = str | int | float | bool | None | list[Any] | dict[str, Any]
Number = int | float


class Status(StrEnum):
    """The state of anything that runs; there is one enumeration for all of them."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REUSED = "reused"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """True where nothing more will happen."""
        return self not in (Status.PENDING, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Cell:
    """The code that ran, as executed (secrets redacted)."""

    source: str
    digest: str
    cell_id: str | None = None
    notebook_path: str | None = None
    notebook_name: str | None = None
    execution_count: int | None = None
    kernel_id: str | None = None  # as the Jupyter server knows it that had the cell executed


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed, the call that takes it, and the earlier cell it stands in (`source`)."""

    given_to: str
    value: ParamValue
    source: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a cell did to its notebook, by names.

    It bound, changed in place (`mutated`) and read the values of names; `unsure` are those of which
    nobody could see whether they were changed, `used` the functions, classes and modules of earlier
    cells. `settings` tells in words what else stands otherwise, `random_states` where each
    generator stood from which it drew without seeding it itself: the same state gives the same
    numbers. `read_from` tells by name in which run that was bound what this one read: the rest came
    from cells that were not recorded, and None says that nobody knows. `partial` is True where not
    everything was looked at, to stay within the time allowed.
    """

    bound: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    made_files: tuple[str, ...] = ()
    seeds: tuple[Seed, ...] = ()
    random_states: Mapping[str, str] | None = None
    read_from: Mapping[str, str] | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """An input value and where it was found: explicit, literal, papermill, and so on."""

    name: str
    value: ParamValue
    source: str = "explicit"


@dataclass(frozen=True, slots=True)
class Metric:
    """A number at a step, with the time it was recorded."""

    step: int | None
    value: Number
    at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """A metric as it is drawn, by (step, value) points; `point_count` points were recorded.

    Where points have no step, all of them have their place in the order of recording instead.
    """

    points: tuple[tuple[int, float], ...]
    point_count: int
    has_steps: bool = True


@dataclass(frozen=True, slots=True)
class Artifact:
    """Bytes with a name; the digest says which bytes."""

    name: str
    digest: str
    size_bytes: int
    media_type: str
    kind: str = "file"


@dataclass(frozen=True, slots=True)
class Environment:
    """The interpreter and the imported packages, kept once per distinct content."""

    digest: str
    python: str
    platform: str
    packages: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Git:
    """The state of the repository that the notebook stands in."""

    commit: str | None
    branch: str | None
    remote: str | None
    dirty: bool
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a dataset: its type, how many values are missing, and its fingerprint."""

    name: str
    dtype: str
    digest: str
    missing_count: int | None = None


MADE = ("made", "changed")  # roles of data that is what it is because of the run


@dataclass(frozen=True, slots=True)
class Dataset:
    """What data a run used or made, told by fingerprints and without any of its values.

    `role` is "train", "test", "read", "made", "changed" (in place) or what the user called it;
    `kind` the type of the object, as "pandas.DataFrame"; `digest` names the whole content, the
    columns' digests what of it differs. `partial` is True where a part stood for the whole, to stay
    within the time allowed.
    """

    name: str
    role: str
    kind: str
    digest: str
    row_count: int | None = None
    columns: tuple[Column, ...] = ()
    shape: tuple[int, ...] = ()
    size_bytes: int | None = None
    source: str | None = None
    partial: bool = False

    @property
    def is_made(self) -> bool:
        """True where the run made or changed it, so that it is what it is because of the run."""
        return self.role in MADE


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model that a run fitted: its class, what it was made with and what it learned from.

    `changed` names the parameters that differ from the defaults of the class. `artifact` names its
    bytes where they were kept, and `size_bytes` is their number; else it is an estimate. Where it
    was fitted several times, as in a loop, this is the last of the `fit_count` fits. `fit_seconds`
    is what it took, None where its library does not tell of the end of a fit.
    """

    name: str
    class_name: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    train_dataset: str | None = None
    fit_seconds: float | None = None
    size_bytes: int | None = None
    artifact: str | None = None
    fit_count: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """The exception that ended a run."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Head and tail of what was printed to one stream; `size_bytes` counts all of it."""

    head: str
    tail: str
    size_bytes: int

    @property
    def left_out_bytes(self) -> int:
        """How much was printed between head and tail."""
        kept = len((self.head + self.tail).encode(errors="surrogatepass"))
        return max(self.size_bytes - kept, 0) if self.tail else 0

    @property
    def text(self) -> str:
        """Head and tail with a line between that says how much is left out."""
        if not self.tail:
            return self.head
        return f"{self.head}\n[… {self.left_out_bytes} bytes left out …]\n{self.tail}"


@dataclass(frozen=True, slots=True)
class CellCost:
    """What one executed cell of a notebook cost, as its runner saw it; None where it could not.

    `number` counts the code cells as their author does, `name` is the first line of the code.
    """

    number: int
    name: str
    status: str
    duration_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    cell_id: str | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """What the run cost: wall and CPU time of the process, and its peak resident memory.

    `series` has the course of longer runs: `at_seconds` since the start, and as many values of
    `cpu_percent` (100 is one core), `memory_bytes`, `disk_read_bytes_per_second` and so on, of the
    process and all that it started; of the network, those of the machine. `cells` are those of a
    notebook.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int | None = None
    memory_exact: bool = False
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    cells: tuple[CellCost, ...] = ()


@dataclass(frozen=True, slots=True)
class RunWarning:
    """Something worth knowing about a run, e.g. what was kept only in part."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of anything: a cell, a notebook, a step, a script, a check."""

    id: str
    name: str
    experiment: str
    status: Status
    kind: str
    started_at: datetime
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    parent_id: str | None = None
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    param_sources: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Number] = field(default_factory=dict)
    metric_sources: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    models: Mapping[str, FittedModel] = field(default_factory=dict)
    cell: Cell | None = None
    observed: Observed | None = None
    environment: Environment | None = None
    git: Git | None = None
    error: Failure | None = None
    reason: str | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    resources: Resources | None = None
    warnings: tuple[RunWarning, ...] = ()
    user: str | None = None
    host: str | None = None
    deleted_at: datetime | None = None
    _load_series: Callable[[str, str], list[Metric]] | None = field(
        default=None, repr=False, compare=False
    )
    _load_bytes: Callable[[str], bytes] | None = field(default=None, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        # One line of plain ASCII: tracebacks, logs and lists of runs show it. Which metrics speak
        # for a run is decided where its card is; it is fetched by name as below.
        from importlib import import_module

        ranked: list[str] = import_module("nbmlops.views.runs").headline_names(self)
        told = [f"{_ascii(name)}={_briefly(self.metrics[name])}" for name in ranked[:3]]
        if len(ranked) > 3:
            told.append(f"+{len(ranked) - 3} more")
        name, experiment = _ascii(self.name), _ascii(self.experiment)
        parts = [f"Run {self.id[-8:]} '{name}' in '{experiment}'", self.status.value, *told]
        return f"<{', '.join(parts)}>"

    def series(self, name: str) -> list[Metric]:
        """Every recorded point of one metric, in the order of recording; [] if there is none."""
        return self._load_series(self.id, name) if self._load_series else []

    def artifact(self, name: str) -> bytes:
        """The bytes of one artifact, with their digest verified.

        Raises ArtifactNotFoundError and ArtifactCorruptError.
        """
        if name not in self.artifacts:
            raise ArtifactNotFoundError(name, known=self.artifacts)
        if self._load_bytes is None:  # a run that no store has given
            raise ArtifactNotFoundError(name)
        return self._load_bytes(self.artifacts[name].digest)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # The view stands above the records; it is fetched by name when a notebook asks.
        from importlib import import_module

        bundle: dict[str, Any] = import_module("nbmlops.views.runs").run_bundle(self)
        return bundle


def _ascii(name: str, limit: int = 40) -> str:
    shown = ascii(name)[1:-1]
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _briefly(number: Number) -> str:
    try:
        return f"{number:.4g}" if isinstance(number, float) else str(number)
    except (OverflowError, ValueError):  # Python refuses to write very long integers
        return "..."


@dataclass(frozen=True, slots=True)
class Best:
    """The best value of one metric so far, and the run that has it."""

    value: Number
    run_id: str
    run_name: str


@dataclass(frozen=True, slots=True)
class History:
    """What a run is compared with: the run before it and the best of its experiment."""

    previous: Run | None = None
    best: Mapping[str, Best] = field(default_factory=dict)
    count: int = 0
    recent: tuple[Run, ...] = ()  # the latest ones, newest first


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched, against what, and how far that has come.

    `drifted` are the columns that raised an alarm, which stays. `every` is what one look stands for
    of the budget's time. `revision` counts how often it was moved.
    """

    name: str
    reference: str
    source: str
    time: str | None
    every: str
    by: str | None
    budget: str
    columns: tuple[str, ...]
    target: str | None
    prediction: str | None
    experiment: str | None
    user: str
    added_at: datetime
    database: str | None = None  # of a source that is a query
    key: str | None = None  # the column that names a row, for labels that come later
    looked_at: datetime | None = None
    look_count: int = 0
    row_count: int = 0
    drifted: tuple[str, ...] = ()
    is_harmful: bool = False
    run_id: str | None = None
    revision: int = 1
    state_digest: str = ""
    reference_digest: str = ""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self._repr_mimebundle_()["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from importlib import import_module

        bundle: dict[str, Any] = import_module("nbmlops.views.monitors").monitors_bundle([self])
        return bundle


def to_dict(record: Any) -> Any:
    """A record as JSON-safe data under the same names.

    Times become ISO 8601 with their zone, non-finite numbers the strings 'NaN', 'Infinity' and
    '-Infinity', integers beyond 2**53 strings, because JavaScript would round them.

    >>> start = datetime.fromisoformat("1970-01-01T00:00Z")
    >>> to_dict(Metric(step=None, value=float("nan"), at=start))
    {'step': None, 'value': 'NaN', 'at': '1970-01-01T00:00:00+00:00'}
    """
    kind = type(record)
    if record is None or kind is str or (kind is float and isfinite(record)):
        return record  # most of all that is told
    if kind is int and -(2**53) <= record <= 2**53:
        return record
    if kind is list or kind is tuple:
        return [to_dict(item) for item in record]
    if is_dataclass(record):
        names = (item.name for item in fields(record))
        return {name: to_dict(getattr(record, name)) for name in names if name[0] != "_"}
    if isinstance(record, Mapping):
        return {str(name): to_dict(value) for name, value in record.items()}
    if isinstance(record, (list, tuple)):
        return [to_dict(item) for item in record]
    if isinstance(record, datetime):
        return record.isoformat()
    if isinstance(record, float) and not isfinite(record):
        return "NaN" if record != record else "Infinity" if record > 0 else "-Infinity"
    if isinstance(record, int) and not isinstance(record, bool) and abs(record) > 2**53:
        # Python refuses to write very long integers in decimal.
        return hex(record) if record.bit_length() > 14_000 else str(record)
    return record
