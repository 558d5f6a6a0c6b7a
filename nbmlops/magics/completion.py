"""Completion of what may follow a magic: experiments, runs, options, columns to sort by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbmlops.errors import NbmlopsError
from nbmlops.magics.compare import complete_compare
from nbmlops.magics.drift import complete_drift
from nbmlops.magics.monitors import complete_monitor
from nbmlops.magics.pipelines import complete_pipeline
from nbmlops.magics.runs import RUNS_OPTIONS
from nbmlops.magics.terminal import complete_nbmlops
from nbmlops.magics.track_options import TRACK_OPTIONS
from nbmlops.workspace import current_workspace

__all__ = ["forget_completers", "register_completers"]

FILTER_WORDS = ("status", "name", "experiment", "started_at", "duration_seconds")


def register_completers(shell: Any) -> None:
    """Tell IPython's completer what may follow our magics."""
    for key, completer in _completers().items():
        shell.set_hook("complete_command", completer, str_key=key)


def forget_completers(shell: Any) -> None:
    """Undo `register_completers`; IPython has no verb for that."""
    dispatch = shell.strdispatchers.get("complete_command")
    for key in _completers():
        if dispatch is not None:
            dispatch.strs.pop(key, None)


def _completers() -> dict[str, Callable[[Any, Any], list[str]]]:
    return {
        "%track": complete_track,
        "%%track": complete_track,
        "%runs": complete_runs,
        "%compare": complete_compare,
        "%drift": complete_drift,
        "%monitor": complete_monitor,
        "%monitors": complete_monitor,
        "%pipeline": complete_pipeline,
        "%pipelines": complete_pipeline,
        "%nbmlops": complete_nbmlops,
    }


def complete_track(shell: Any, event: Any) -> list[str]:
    """Options, and the experiments there are for the first word."""
    words = [option.name for option in TRACK_OPTIONS]
    if event.symbol.startswith("-"):
        return words
    if len(event.line.split()) <= 2 and not event.line.rstrip().endswith("--name"):
        return [
            *_names(lambda: [each.name for each in current_workspace().runs.experiments()]),
            *(["on", "off"] if not event.line.lstrip().startswith("%%") else []),
        ]
    return words


def complete_runs(shell: Any, event: Any) -> list[str]:
    """Experiments, attributes of the filter language, and the names of metrics and parameters."""
    if event.symbol.startswith("-"):
        return [option.name for option in RUNS_OPTIONS]

    def found() -> list[str]:
        runs = current_workspace().runs
        recent = runs.find(limit=20)
        columns = {f"metrics.{name}" for run in recent for name in run.metrics}
        columns |= {f"params.{name}" for run in recent for name in run.params}
        columns |= {f"tags.{name}" for run in recent for name in run.tags}
        return [*(each.name for each in runs.experiments()), *sorted(columns)]

    return [*_names(found), *FILTER_WORDS]


def _names(find: Callable[[], list[str]]) -> list[str]:
    try:
        return find()
    except NbmlopsError:
        return []
