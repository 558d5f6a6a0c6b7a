"""All monitors in words, for views that ask again whenever something changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from nbmlops.errors import NbmlopsError
from nbmlops.records import Monitor
from nbmlops.views.monitor_told import MonitorTold, monitor_told, unreadable_monitor

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["monitors_told"]

MOST_KEPT = 500  # monitors whose words a process remembers, until they move

_kept: OrderedDict[Monitor, MonitorTold] = OrderedDict()
_lock = threading.Lock()


def monitors_told(workspace: Workspace, run: str | None = None) -> list[MonitorTold]:
    """All of them, alarms first; with a `run` those that recorded it or watch its reference.

    Raises RunNotFoundError.
    """
    monitors = workspace.store.monitors.find()
    if run is not None:
        found = workspace.runs.get(run)
        name, reference = found.tags.get("monitor"), found.params.get("reference")
        monitors = [one for one in monitors if one.name == name or one.reference == reference]
    order = ("drifted", "tiny", "untested", "none")
    told = [_told(workspace, monitor) for monitor in monitors]
    return sorted(told, key=lambda one: (order.index(one.state), one.name))


def _told(workspace: Workspace, monitor: Monitor) -> MonitorTold:
    with _lock:
        kept = _kept.get(monitor)
    if kept is not None:
        return kept
    try:
        report = workspace.monitors.show(monitor.name)
    except NbmlopsError as problem:  # one that is broken hides none of the others
        return unreadable_monitor(monitor, problem.message)
    told = monitor_told(report)
    with _lock:
        _kept[report.monitor] = told
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return told
