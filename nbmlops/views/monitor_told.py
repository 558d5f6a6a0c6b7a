"""A monitor in words for a live view, which draws its evidence itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from nbmlops.drift.monitor_report import MonitorReport
from nbmlops.records import Monitor
from nbmlops.views.escaping import visible
from nbmlops.views.monitor_lines import EvidenceLine, labels_of, monitor_lines, monitor_says

__all__ = ["MonitorTold", "monitor_told", "unreadable_monitor"]

NAMED = 8  # alarms that are told one by one
LOSS = "the loss"


@dataclass(frozen=True, slots=True)
class MonitorTold:
    """A monitor: its state in words, its alarms, and the columns that are nearest to one.

    A line's evidence is told look by look as a part of what an alarm of that line alone needs.
    """

    name: str
    state: str  # drifted, tiny, none, or untested
    says: str
    reference: str
    source: str
    promise: str
    needed: str  # of evidence, for an alarm of one column alone
    looked_at: datetime | None
    look_count: int
    run: str | None  # of the latest look
    first: str  # label of the first look that is drawn
    last: str
    alarms: tuple[EvidenceLine, ...]
    more_alarms: int
    calm: EvidenceLine | None  # without an alarm, the one with the most evidence


def monitor_told(report: MonitorReport) -> MonitorTold:
    """The words of what a monitor has found."""
    monitor, lines = report.monitor, monitor_lines(report, is_page=True)
    every = [*lines.lines, *lines.calm]
    if lines.losses is not None:
        every.insert(0, replace(lines.losses, name=f"{LOSS} ({lines.losses.name})"))
    alarms = [one for one in every if one.state == "drifted"]
    calm = [one for one in every if one.state != "drifted" and one.heights]
    nearest = max(calm, key=lambda one: one.heights[-1], default=None)
    states = [one.state for one in every]
    state = next((each for each in ("drifted", "tiny") if each in states), "none")
    return MonitorTold(
        visible(monitor.name, 120),
        state if monitor.look_count else "untested",
        " ".join(filter(None, (monitor_says(report), _sentence(labels_of(report))))),
        visible(monitor.reference, 120),
        visible(monitor.source, 300),
        lines.promise,
        lines.needed,
        monitor.looked_at,
        monitor.look_count,
        monitor.run_id,
        lines.first,
        lines.last,
        tuple(map(_rounded, alarms[:NAMED])),
        max(len(alarms) - NAMED, 0),
        None if nearest is None else _rounded(nearest),
    )


def unreadable_monitor(monitor: Monitor, problem: str) -> MonitorTold:
    """A monitor whose state is not to be had."""
    name, reference = visible(monitor.name, 120), visible(monitor.reference, 120)
    return MonitorTold(
        name, "untested", visible(problem, 300), reference, visible(monitor.source, 300), "", "",
        monitor.looked_at, monitor.look_count, monitor.run_id, "", "", (), 0, None,
    )  # fmt: skip


def _rounded(line: EvidenceLine) -> EvidenceLine:
    return replace(line, heights=tuple(round(each, 3) for each in line.heights))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
