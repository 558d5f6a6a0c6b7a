"""What is shown of a monitor, decided once for HTML, text and terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbmlops.drift.monitor_report import MonitorColumn, MonitorReport
from nbmlops.drift.sequential.budget import parse_budget
from nbmlops.records import Monitor
from nbmlops.views import quantities
from nbmlops.views.escaping import visible

__all__ = [
    "EvidenceLine",
    "MonitorLines",
    "monitor_lines",
    "monitor_says",
    "monitor_verdict",
    "promise_of",
]

NAMED = 3
SHOWN = 60  # lines in all
OPEN, OPEN_BESIDE = 8, 3  # those without alarm that are not folded, alone and beside others
MOST_DECADES = 12
DRAWN = 160  # looks of a strip; of neighbors the highest is drawn beyond that


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A column, or the loss, over the looks: evidence as parts of what an alarm needs."""

    state: str
    name: str
    kind: str
    heights: tuple[float, ...]  # 1 is the threshold
    alarm_place: int | None
    change: str
    evidence: str


@dataclass(frozen=True, slots=True)
class MonitorLines:
    """The report: a verdict, facts, a line for each column, and the rest."""

    verdict: str
    is_alarm: bool
    facts: tuple[str, ...]
    promise: str
    needed: str  # of evidence, for an alarm of one column alone
    first: str
    last: str
    lines: tuple[EvidenceLine, ...]
    calm: tuple[EvidenceLine, ...]  # without alarm, and folded
    more: int
    losses: EvidenceLine | None
    untested: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def monitor_verdict(report: MonitorReport) -> str:
    """The report in a sentence or two."""
    name = f"Monitor {visible(report.monitor.name, 60)}"
    if not report.monitor.look_count:
        return f"{name} has not looked yet."
    said = monitor_says(report)
    is_calm = not report.drifted
    return f"{name}: {said[0].lower() + said[1:] if is_calm else said}"


def monitor_says(report: MonitorReport) -> str:
    """The verdict without the name of the monitor."""
    monitor = report.monitor
    drifted = [one for one in report.columns if one.state == "drifted"]
    looks = _counted(monitor.look_count, "look")
    if not monitor.look_count:
        return "It has not looked yet."
    if drifted:
        said = f"{_names(drifted)} drifted, {_since(report, drifted)}."
    else:
        calm = "No column drifted" if report.is_harmful else "No alarm"
        said = f"{calm} in {looks} at {_counted(monitor.row_count, 'row')}."
    tiny = [one for one in report.columns if one.state == "tiny"]
    if tiny:
        verb = "differs" if len(tiny) == 1 else "differ"
        said += f" {_names(tiny)} {verb} for certain, but by too little to matter."
    if report.losses is None:
        return said
    losses = report.losses
    if losses.alarm is not None:
        when = _label(report, losses.alarm)
        limit = quantities.number(losses.limit, 3)
        return f"{said} The model does worse: its {losses.metric} is above {limit}, since {when}."
    if not losses.row_count:
        return f"{said} No labels have come yet, so that the loss is not known."
    return f"{said} The model does no worse, as far as {losses.row_count:,} labels tell."


def _names(columns: Sequence[MonitorColumn]) -> str:
    names = [visible(one.name, 40) for one in columns[:NAMED]]
    if len(columns) > NAMED:
        return f"{', '.join(names)} and {len(columns) - NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _since(report: MonitorReport, drifted: Sequence[MonitorColumn]) -> str:
    first = min(one.alarm or 1 for one in drifted)
    return (
        f"first found in {_label(report, first)} (look {first:,} of {report.monitor.look_count:,})"
    )


def _label(report: MonitorReport, number: int) -> str:
    found = [visible(look.label, 40) for look in report.looks if look.number == number]
    return found[0] if found else f"look {number:,}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def promise_of(monitor: Monitor) -> str:
    """What the budget says, as a sentence: of each such stretch since the monitor began."""
    budget = parse_budget(monitor.budget)
    share = f"{budget.alpha * 100:g} %"
    halves = " (one half of it for the loss)" if monitor.target is not None else ""
    return (
        f"Without drift, the chance of any false alarm in {_length(budget.text)} is at most "
        f"{share}, over all columns and looks{halves}."
    )


def _length(text: str) -> str:
    words = text.lower().partition(" at ")[0].partition(" with ")[0].split()
    for place, word in enumerate(words):
        if word in ("in", "a", "an", "per", "every"):
            rest = " ".join(words[place + 1 :])
            return f"each {rest}" if rest[:1].isdigit() else f"each 1 {rest}"
    return text


def monitor_lines(report: MonitorReport, *, is_page: bool = False) -> MonitorLines:
    """Everything that is shown of it."""
    monitor = report.monitor
    most = 10_000 if is_page else SHOWN
    alone, of_loss = report.thresholds
    facts = [
        f"reference {visible(monitor.reference, 60)}",
        f"source {visible(_short_source(monitor.source), 60)}",
    ]
    if monitor.time is not None:
        facts.append(f"by {visible(monitor.time, 40)}, each {monitor.every}")
    if monitor.by is not None:
        facts.append(f"each {visible(monitor.by, 40)} for itself")
    facts.append(f"{_counted(monitor.look_count, 'look')}, {_counted(monitor.row_count, 'row')}")
    if new := report.new_looks:
        rows = sum(one.row_count for one in new)
        facts.append(f"new: {_counted(len(new), 'look')}, {_counted(rows, 'row')}")
    notes = [*report.notes]
    if labels := labels_of(report):
        if report.losses is not None and report.losses.left_out_count:
            notes.append(f"{labels[0].upper()}{labels[1:]}.")
        else:
            facts.append(labels)
    if report.run_id is not None:
        facts.append(f"run {quantities.short_id(report.run_id)}")
    losses = None
    if report.losses is not None:
        found = report.losses
        known = [each for each in found.losses if each is not None]
        now = quantities.number(known[-1], 3) if known else "–"
        before = quantities.number(found.reference, 3)
        losses = EvidenceLine(
            "drifted" if found.alarm is not None else "none",
            found.metric,
            "loss",
            *_heights(found.evidence, of_loss, _place(report, found.alarm)),
            f"{before} → {now} (alarm above {quantities.number(found.limit, 3)})",
            _evidence(found.evidence),
        )
    looks = report.looks
    moved = sum(one.state != "none" for one in report.columns)
    is_open = moved + OPEN_BESIDE if moved else OPEN  # the columns come with the alarms first
    lines = tuple(_line(report, one, alone) for one in report.columns[:most])
    return MonitorLines(
        monitor_verdict(report),
        report.drifted or report.is_harmful,
        tuple(facts),
        promise_of(monitor),
        f"{10**alone:,.0f}",
        visible(looks[0].label, 28) if looks else "",
        visible(looks[-1].label, 28) if looks else "",
        lines[:is_open],
        lines[is_open:],
        max(len(report.columns) - most, 0),
        losses,
        tuple((visible(name, 60), visible(why, 160)) for name, why in report.untested.items()),
        tuple(visible(note, 300) for note in notes),
    )


def labels_of(report: MonitorReport) -> str:
    """Which labels the loss speaks of, and which rows it leaves out."""
    losses = report.losses
    if losses is None or not (losses.late_count or losses.waiting_count or losses.left_out_count):
        return ""
    said = f"the loss speaks of {_counted(losses.row_count, 'row')} with a label"
    if losses.late_count:
        said += f", of which {losses.late_count:,} got it later"
    if losses.waiting_count:
        said += f"; {_counted(losses.waiting_count, 'row')} may still get theirs"
    if losses.left_out_count:
        said += f"; {_counted(losses.left_out_count, 'row')} without one are left out"
        if not losses.is_keyed:
            said += " (a monitor with --key, the column that names a row, waits for labels)"
    return said


def _short_source(source: str) -> str:
    parts = source.replace("\\", "/").rsplit("/", 2)
    return "/".join(parts[-2:]) if "://" not in source else source


def _line(report: MonitorReport, one: MonitorColumn, threshold: float) -> EvidenceLine:
    effect = one.effects[-1] if one.effects else 0.0
    change = visible(one.reason, 80)
    if not change and one.effects:
        change = f"effect {effect:.3f}"
        if one.alarm is not None and (place := _place(report, one.alarm)) is not None:
            change = f"since {_label(report, one.alarm)}: effect {one.effects[place]:.3f}"
            if place != len(one.effects) - 1:
                change += f", now {effect:.3f}"
    return EvidenceLine(
        one.state,
        visible(one.name, 40),
        one.kind if one.role == "feature" else f"{one.role} · {one.kind}",
        *_heights(one.evidence, threshold, _place(report, one.alarm)),
        change,
        _evidence(one.evidence),
    )


def _place(report: MonitorReport, alarm: int | None) -> int | None:
    if alarm is None or not report.looks:
        return None
    place = alarm - report.looks[0].number
    return place if 0 <= place < len(report.looks) else None


def _heights(
    evidence: Sequence[float], threshold: float, alarm: int | None
) -> tuple[tuple[float, ...], int | None]:
    heights = [min(max(each, 0.0) / threshold, 1.5) for each in evidence]
    if len(heights) <= DRAWN:
        return tuple(heights), alarm
    edges = [round(place * len(heights) / DRAWN) for place in range(DRAWN + 1)]
    drawn = tuple(max(heights[start:end]) for start, end in pairwise(edges))
    return drawn, None if alarm is None else min(alarm * DRAWN // len(heights), DRAWN - 1)


def _evidence(logs: Sequence[float]) -> str:
    """The e-value as people read it: one against how many."""
    if not logs:
        return ""
    last = logs[-1]
    if last > MOST_DECADES:
        return f"> 1e{MOST_DECADES}"
    if last >= 4:
        return f"1e{last:.0f}"
    return f"{10**last:,.2g}" if last < 1 else f"{10**last:,.0f}"
