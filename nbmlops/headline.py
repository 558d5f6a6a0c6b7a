"""Which metric speaks for a run, and for several: cards, tables, `best` and the demo ask here."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nbmlops.records import Number, Run, Status

__all__ = [
    "ENDED",
    "LOGGED",
    "Better",
    "MetricUse",
    "best_of",
    "headline_names",
    "is_cost",
    "ranked",
]

Better = Callable[[str], str | None]

ENDED = (Status.SUCCEEDED, Status.REUSED)  # what stopped early is not compared with the rest
LOGGED = ("log", "explicit")
_COST = re.compile(
    r"(?i)(?:^|[^a-z])(?:time|seconds?|secs?|ms|millis|minutes?|duration|latency|elapsed|throughput"
    r"|memory|rss|speed)(?:$|[^a-z])"
)
_HELD_OUT = re.compile(
    r"(?i)(?:^|[^a-z])(?:val|valid|validation|test|holdout|held.?out|oof|cv|eval|dev)(?:$|[^a-z])"
)
_LEARNED = re.compile(r"(?i)(?:^|[^a-z])(?:train|training)(?:$|[^a-z])")
_ACCURACY = re.compile(r"(?i)(?:^|[^a-z])acc(?:uracy)?(?:$|[^a-z])")


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric of some runs: how many that came to their end have it, and whether it was logged."""

    name: str
    run_count: int = 1
    is_logged: bool = True


def ranked(uses: Iterable[MetricUse], better: Better) -> list[str]:
    """The names, those that speak for the runs first.

    A metric with a known direction comes before one without, then in this order: a result before
    what it cost, one that most of the runs have, one measured on data that were held out, a score
    before a loss, one that was logged, and accuracy last, which hangs on one threshold.

    >>> direction = {"auc": "higher", "accuracy": "higher", "loss": "lower"}.get
    >>> ranked(map(MetricUse, ("n_rows", "loss", "accuracy", "auc")), direction)
    ['auc', 'accuracy', 'loss', 'n_rows']
    """
    given = list(uses)
    results = [use for use in given if better(use.name) and not is_cost(use.name)]
    most = max((use.run_count for use in results), default=0)

    def rank(use: MetricUse) -> tuple[object, ...]:
        words = re.sub(r"([a-z])([A-Z])", r"\1_\2", use.name)
        direction = better(use.name)
        held_out = 0 if _HELD_OUT.search(words) else 2 if _LEARNED.search(words) else 1
        return (
            direction is None,
            is_cost(use.name),
            2 * use.run_count <= most,
            held_out,
            direction == "lower",
            not use.is_logged,
            bool(_ACCURACY.search(words)),
            -use.run_count,
            use.name,
        )

    return [use.name for use in sorted(given, key=rank)]


def headline_names(runs: Iterable[Run], better: Better) -> list[str]:
    """The names of all metrics of these runs, those that speak for them first."""
    counts: dict[str, int] = {}
    logged: set[str] = set()
    for run in runs:
        for name in run.metrics:
            counts[name] = counts.get(name, 0) + (run.status in ENDED)
            if (run.metric_sources.get(name) or "log") in LOGGED:
                logged.add(name)
    uses = (MetricUse(name, count, name in logged) for name, count in counts.items())
    return ranked(uses, better)


def best_of(runs: Sequence[Run], better: Better) -> tuple[str, Run] | None:
    """The metric by which these runs are judged, and the best of them; None where nothing is."""
    for name in headline_names(runs, better):
        direction = better(name)
        if direction is None:
            return None
        judged = [run for run in runs if run.status in ENDED and _is_finite(run.metrics.get(name))]
        if judged:
            choose = max if direction == "higher" else min
            return name, choose(judged, key=lambda run: run.metrics[name])
    return None


def is_cost(name: str) -> bool:
    """True for what is measured with a clock or a scale and never comes out twice the same.

    >>> is_cost("fit_seconds"), is_cost("train/time"), is_cost("auc"), is_cost("bytes_read")
    (True, True, False, False)
    """
    return _COST.search(name) is not None


def _is_finite(value: Number | None) -> bool:
    # Integers beyond a float's range cannot be compared with what tables hold.
    return value is not None and abs(value) <= sys.float_info.max
