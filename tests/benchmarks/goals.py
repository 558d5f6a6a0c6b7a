"""What the figures are held against: goals as data, judged by medians of one and the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from environments import OURS, TITLES

Results = Mapping[str, Mapping[str, Mapping[str, Any]]]  # workload → tool → figure → values

PEER_NAMES = ("mlflow", "wandb", "aim", "trackio", "exptrack")


@dataclass(frozen=True)
class Goal:
    """A figure of ours beside a tool's figure, or beside a plain number.

    `against` is a tool, "fastest" for the fastest peer, or "" for the number `limit` itself.
    `bound` says which side of `limit` is good: "at most" or "at least".
    """

    what: str
    workload: str
    figure: str
    bound: str
    limit: float
    unit: str = "ms"
    against: str = ""
    their_figure: str = ""
    # "ratio": ours / theirs; "times": theirs / ours; "": the figure itself
    measure: str = ""

    def said(self) -> str:
        """The goal in words."""
        shown = f"{self.limit:,g}"
        if self.measure == "ratio":
            name = "the fastest peer" if self.against == "fastest" else TITLES[self.against]
            if self.limit == 1:
                return f"{self.bound} {name}"
            if self.limit < 1:
                return f"{self.bound} 1/{1 / self.limit:g} of {name}"
            return f"{self.bound} {shown} times {name}"
        if self.measure == "times":
            return f"{self.bound} {shown} times faster than {TITLES[self.against]}"
        return f"{self.bound} {shown} {self.unit}".rstrip()


GOALS = (
    Goal(
        "`import nbmlops`, over bare Python", "import", "over_bare_ms", "at most", 1 / 20,
        against="mlflow", measure="ratio",
    ),
    Goal("`import nbmlops`, over bare Python", "import", "over_bare_ms", "at most", 60),
    Goal(
        "`%load_ext nbmlops` in bare IPython, over `import mlflow`", "load_ext", "load_ext_ms",
        "at most", 1 / 10, against="mlflow", their_figure="import_ms", measure="ratio",
    ),
    Goal(
        "`log()` of a scalar, median of batches", "log_scalar", "batch_us", "at most", 3, "µs",
        "floor_write", measure="ratio",
    ),
    Goal(
        "`log()` of a scalar, median of single calls", "log_scalar", "call_us", "at most", 3, "µs",
        "floor_write", measure="ratio",
    ),
    Goal(
        "`log()` of a scalar, median of batches", "log_scalar", "batch_us", "at least", 2, "µs",
        "trackio", measure="times",
    ),
    Goal(
        "`log()` of a scalar, median of batches", "log_scalar", "batch_us", "at least", 1000, "µs",
        "mlflow", measure="times",
    ),
    Goal(
        "points lost to kill -9, at full speed", "kill", "full_speed_lost", "at most", 0, "points"
    ),
    Goal("points lost to kill -9, at 150/s", "kill", "at_150_lost", "at most", 0, "points"),
    Goal(
        "empty tracked cell over an untracked one, kernel", "cell", "kernel_overhead_ms",
        "at most", 5,
    ),
    Goal(
        "empty tracked cell over an untracked one, `run_cell`", "cell", "shell_overhead_ms",
        "at most", 5,
    ),
    Goal(
        "empty run (5 parameters, 1 metric)", "empty_run", "run_ms", "at most", 1 / 5,
        against="mlflow", measure="ratio",
    ),
    Goal(
        "script with one run on a new store, start to exit", "fresh_start", "new_store_ms",
        "at most", 1, against="fastest", measure="ratio",
    ),
    Goal(
        "8 writers at once", "writers", "points_per_second", "at least", 10_000, "points/s"
    ),
    Goal("8 writers at once: processes that failed", "writers", "errors", "at most", 0, ""),
    Goal("8 writers at once: points missing", "writers", "missing", "at most", 0, ""),
    Goal(
        "8 first users of a store that does not exist: processes that failed", "herd", "errors",
        "at most", 0, "",
    ),
    Goal("… runs missing", "herd", "runs_missing", "at most", 0, ""),
    Goal(
        "drain, SQLite", "drain", "sqlite_rows_per_second", "at least", 10_000, "rows/s"
    ),
    Goal(
        "drain, PostgreSQL", "drain", "postgresql_rows_per_second", "at least", 10_000, "rows/s"
    ),
    Goal(
        "drain of 100,000 runs, SQLite", "search", "drain_100000_rows_per_second", "at least",
        10_000, "rows/s",
    ),
    Goal(
        "fingerprint of numeric columns, 160 MB", "fingerprint", "numeric_gb_per_second",
        "at least", 1 / 3, "GB/s", "floor_memory", measure="ratio",
    ),
    Goal(
        "fingerprint of numeric columns, 160 MB", "fingerprint", "numeric_gb_per_second",
        "at least", 3, "GB/s",
    ),
    Goal(
        "fingerprint of mixed columns, 189 MB", "fingerprint", "mixed_gb_per_second",
        "at least", 10, "GB/s", "pandas", measure="ratio",
    ),
    Goal(
        "fingerprint of 1,000 rows and 20 columns", "fingerprint", "numeric_1000_rows_ms",
        "at most", 1.5,
    ),
    Goal(
        "filter, sort, first 100 of 100,000 runs (MLflow: of 2,000)", "search", "100000_runs_ms",
        "at most", 1 / 10, against="mlflow", their_figure="2000_runs_ms", measure="ratio",
    ),
    Goal(
        "capture in a cell under `%track on`, median of a mix", "mix", "capture_median_ms",
        "at most", 2,
    ),
    Goal("… 99th percentile", "mix", "capture_p99_ms", "at most", 20),
    Goal(
        "capture in a cell with `%%track`, median of a mix", "mix", "cell_capture_median_ms",
        "at most", 2,
    ),
    Goal("… 99th percentile", "mix", "cell_capture_p99_ms", "at most", 20),
    Goal(
        "cell under `%track on`, over an untracked one, median of a mix", "mix",
        "overhead_median_ms", "at most", 1 / 10, against="ipyflow", measure="ratio",
    ),
    Goal(
        "notebook that trains: processor time that `%track on` adds", "training",
        "overhead_percent", "at most", 3, "%",
    ),
    Goal("… and once in a kernel", "training", "once_s", "at most", 0.6, "s"),
    Goal(
        "cells that fit and score: what tracking adds (MLflow without models)", "autolog",
        "overhead_s", "at most", 1 / 10, "s", "mlflow", their_figure="light_overhead_s",
        measure="ratio",
    ),
    Goal(
        "… fits, scores, metrics and validations that were not found", "autolog",
        "calls_missing", "at most", 0, "",
    ),
    Goal("… fits that were found and are none", "autolog", "fits_invented", "at most", 0, ""),
)  # fmt: skip


@dataclass(frozen=True)
class Judgment:
    """A goal and what was measured; `met` is None where something was not measured."""

    goal: Goal
    ours: float | None
    theirs: float | None
    their_name: str
    ratio: float | None
    met: bool | None


def middle(results: Results, workload: str, tool: str, figure: str) -> float | None:
    """The median of a figure's rounds, or the worst of them where any is one too many."""
    values = results.get(workload, {}).get(tool, {}).get(figure)
    if not values:
        return None
    if any(word in figure for word in ("lost", "errors", "missing")):
        return float(max(values))
    return float(median(values))


def judge(goal: Goal, results: Results) -> Judgment:
    """The goal held against what was measured."""
    ours = middle(results, goal.workload, OURS, goal.figure)
    figure = goal.their_figure or goal.figure
    candidates = PEER_NAMES if goal.against == "fastest" else (goal.against,)
    found = {name: middle(results, goal.workload, name, figure) for name in candidates if name}
    measured = {name: value for name, value in found.items() if value is not None}
    name = min(measured, key=lambda peer: measured[peer], default="")
    theirs = measured.get(name)
    value = ours
    if goal.measure:
        value = None
        if ours and theirs:
            value = ours / theirs if goal.measure == "ratio" else theirs / ours
    met = None
    if value is not None:
        met = value <= goal.limit if goal.bound == "at most" else value >= goal.limit
    return Judgment(goal, ours, theirs, name, value if goal.measure else None, met)
