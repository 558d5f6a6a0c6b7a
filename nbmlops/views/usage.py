"""What a run used over its time, and what each cell of a notebook cost, as lines and bars.

The courses begin at zero, so that a core that is busy all the time is no mountain range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbmlops.records import CellCost, Resources, Status
from nbmlops.views import quantities, sparkline
from nbmlops.views.escaping import html, visible
from nbmlops.views.palette import BLUE, RED, STATUS_LOOKS, Look

__all__ = ["Bar", "Course", "bars", "bars_html", "courses", "courses_html"]

PICTURE_POINTS = sparkline.WIDTH
TEXT_POINTS = 24
BAR_BLOCKS = 10
BAR_PIXELS = 72
MOST_CELLS = 20
TICK_SECONDS = 0.01  # CPU time is counted in these
LEAST_BYTES = 10_000  # a second; less is the murmur of a machine

_NAMES = {
    "cpu_percent": "CPU",
    "memory_bytes": "memory",
    "disk_read_bytes_per_second": "disk read",
    "disk_write_bytes_per_second": "disk write",
    "network_in_bytes_per_second": "network in",
    "network_out_bytes_per_second": "network out",
    "gpu_percent": "GPU",
    "gpu_memory_bytes": "GPU memory",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"
_STATUSES = {"failed": Status.FAILED, "cancelled": Status.CANCELLED}


@dataclass(frozen=True, slots=True)
class Course:
    """One resource over time: what it is, what is said of it, and its values."""

    name: str
    told: str
    values: tuple[float, ...]

    @property
    def text(self) -> str:
        """The course as characters."""
        return sparkline.blocks(_thinned(self.values, TEXT_POINTS), TEXT_POINTS, floor=0.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """What one cell cost; `share` is its time against that of the longest."""

    number: str
    name: str
    share: float
    time: str
    cpu: str
    memory: str
    look: Look | None = None

    @property
    def text(self) -> str:
        """The share as a bar of characters."""
        eighths = round(self.share * BAR_BLOCKS * 8)
        return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).strip() or "▏"


def courses(resources: Resources | None) -> list[Course]:
    """The courses that have something to say; [] for a run that was too short to have any."""
    found = []
    for name, values in (resources.series if resources else {}).items():
        known = [math.nan if value is None else value for value in values]
        finite = [value for value in known if math.isfinite(value)]
        if name == "at_seconds" or len(finite) < 2 or max(finite) <= _least(name):
            continue
        shown = _NAMES.get(name, visible(name, 40))
        found.append(Course(shown, _told(name, finite), tuple(known)))
    return found


def bars(resources: Resources | None, most: int = MOST_CELLS) -> tuple[list[Bar], int]:
    """The cells in their order, the longest where there are many; and how many were left out."""
    cells = resources.cells if resources else ()
    longest = sorted(range(len(cells)), key=lambda at: -cells[at].duration_seconds)[:most]
    whole = max((cell.duration_seconds for cell in cells), default=0.0)
    shown = [_bar(cells[at], whole) for at in sorted(longest)]
    return shown, len(cells) - len(shown)


def courses_html(found: Sequence[Course]) -> list[tuple[str, str]]:
    """Name and HTML of each course: a small picture, and what is said of it."""
    rows = []
    for course in found:
        picture = sparkline.data_uri(_thinned(course.values, PICTURE_POINTS), floor=0.0)
        image = (
            f'<img src="{picture}" alt="{html(course.name)} over time: {html(course.told)}" '
            f'width="{sparkline.WIDTH}" height="{sparkline.HEIGHT}" '
            'style="vertical-align:-6px;margin:0 10px 0 0">'
        )
        rows.append((course.name, f"{image}{html(course.told)}"))
    return rows


def bars_html(found: Sequence[Bar], row: str, left: str, right: str) -> str:
    """The rows of a table of cells; the styles are those of the tables around it."""
    return "".join(_bar_html(bar, row, left, right) for bar in found)


def _bar_html(bar: Bar, row: str, left: str, right: str) -> str:
    mark = f'<span style="color:{bar.look.tone.mark}">{bar.look.mark}</span> ' if bar.look else ""
    color = RED.mark if bar.look else BLUE.mark
    width = max(round(bar.share * BAR_PIXELS), 1)
    drawn = (
        f'<div style="width:{BAR_PIXELS}px"><div style="width:{width}px;height:8px;'
        f'background:{color};opacity:.75;border-radius:2px"></div></div>'
    )
    return (
        f'{row}<td style="{right}">{html(bar.number)}</td>'
        f'<th scope="row" style="{left};padding-left:14px">{mark}{html(bar.name, 60)}</th>'
        f'<td style="{right}">{drawn}</td><td style="{right}">{html(bar.time)}</td>'
        f'<td style="{right}">{html(bar.cpu)}</td><td style="{right}">{html(bar.memory)}</td></tr>'
    )


def _bar(cell: CellCost, whole: float) -> Bar:
    status = _STATUSES.get(cell.status)
    seconds = cell.duration_seconds
    return Bar(
        number=str(cell.number),
        name=visible(cell.name, 60),
        share=min(max(seconds / whole, 0.0), 1.0) if whole > 0 else 0.0,
        time=quantities.duration(seconds),
        cpu=_cpu(cell.cpu_seconds),
        memory=quantities.size(cell.peak_memory_bytes),
        look=STATUS_LOOKS[status] if status else None,
    )


def _cpu(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return quantities.duration(seconds) if seconds >= TICK_SECONDS else "< 10 ms"


def _told(name: str, values: Sequence[float]) -> str:
    if name.endswith("_percent"):
        mean = sum(values) / len(values)
        what = "a GPU" if name.startswith("gpu") else "a core"
        return f"{mean:,.0f} % of {what} on average, up to {max(values):,.0f} %"
    if name.endswith("_bytes_per_second"):
        return f"up to {quantities.size(round(max(values)))}/s"
    if name.endswith("_bytes"):
        return f"up to {quantities.size(round(max(values)))}"
    return f"up to {quantities.number(max(values))}"


def _least(name: str) -> float:
    return LEAST_BYTES if name.endswith("_bytes_per_second") else 0.0


def _thinned(values: Sequence[float], most: int) -> list[float]:
    """At most so many values: of each stretch the highest."""
    if len(values) <= most:
        return list(values)
    edges = [at * len(values) // most for at in range(most + 1)]
    stretches = (values[begin:end] for begin, end in pairwise(edges))
    return [
        max((value for value in stretch if math.isfinite(value)), default=math.nan)
        for stretch in stretches
    ]
