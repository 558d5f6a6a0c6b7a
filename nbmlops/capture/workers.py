"""Whose child a run is that a worker process opens, as those of joblib and multiprocessing do.

A forked process inherits the active run. One that is spawned gets what multiprocessing hands on to
the processes it starts; the environment stays the user's. A worker that is kept for later calls
stays the child of the run in which it was started. Where multiprocessing is not loaded when a run
begins, its workers' runs have no parent.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.capture.run import ActiveRun

__all__ = ["run_of_parent", "tell_workers"]

KEY = "nbmlops_run"


def tell_workers(run: ActiveRun | None) -> None:
    """Let processes that are spawned from now on know that they are inside of `run`."""
    try:
        handed_on = _handed_on()
        if run is not None and run.is_recorded:
            handed_on[KEY] = (run.id, run.experiment)
        else:
            handed_on.pop(KEY, None)
    except Exception:  # noqa: BLE001 - then their runs have no parent
        return


def run_of_parent() -> tuple[str, str] | None:
    """Id and experiment of the run in which this process was started; None where there is none."""
    try:
        run_id, experiment = _handed_on()[KEY]
    except Exception:  # noqa: BLE001 - none was handed on
        return None
    return str(run_id), str(experiment)


def _handed_on() -> dict[str, Any]:
    process: Any = sys.modules.get("multiprocessing.process")
    found: dict[str, Any] = process.current_process()._config if process is not None else {}
    return found
