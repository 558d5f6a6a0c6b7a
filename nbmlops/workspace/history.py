"""What a run is compared with: the run before it, and the best value of each metric so far."""

from __future__ import annotations

from dataclasses import replace

from nbmlops.capture.metrics import better
from nbmlops.capture.values import is_finite
from nbmlops.records import Best, History, Run
from nbmlops.views.attempts import same_cell

__all__ = ["for_run", "updated"]

RECENT_COUNT = 20


def updated(history: History, run: Run) -> History:
    """The history after one more succeeded run."""
    best = dict(history.best)
    for name, value in run.metrics.items():
        direction = better(name)
        if direction is None or not is_finite(value):
            continue
        known = best.get(name)
        if known is None or (value > known.value if direction == "higher" else value < known.value):
            best[name] = Best(value, run.id, run.name)
    recent = (run, *history.recent)[:RECENT_COUNT]
    return History(previous=run, best=best, count=history.count + 1, recent=recent)


def for_run(history: History, run: Run) -> History:
    """The history with the run that this one is best compared with as `previous`.

    That is the latest run of the same cell; where there is none, the latest that has a metric in
    common; where there is none either, the latest. Several cells of a notebook may share one
    experiment, and the change from one cell's run to another's says nothing.
    """
    others = [other for other in history.recent if other.id not in (run.id, run.parent_id)]
    for alike in (same_cell, _common_metric):
        for other in others:
            if alike(run, other):
                return replace(history, previous=other)
    if others:
        return replace(history, previous=others[0])
    return history


def _common_metric(run: Run, other: Run) -> bool:
    return not run.metrics.keys().isdisjoint(other.metrics)
