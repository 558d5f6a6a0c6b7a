"""What a notebook's kernel costs, as seen from outside, and each of its cells.

The kernel and all that it started are looked at by the one sampler of `capture.resources`, so that
it makes no difference whether a cell is tracked, fails, or takes its kernel with it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.resources import Meter

__all__ = ["Costs", "Usage", "name_of"]

MOST_CELLS = 1000
NAME_CHARACTERS = 60
MOST_CHARACTERS = 10_000

Tell = Callable[[dict[str, Any]], object]


@dataclass(slots=True)
class Usage:
    """What a kernel has cost so far, in the words of a `resources` record."""

    cpu_seconds: float = 0.0
    peak_memory_bytes: int | None = None
    memory_exact: bool = False
    series: dict[str, list[float | None]] = field(default_factory=dict)
    cells: list[dict[str, Any]] = field(default_factory=list)
    tell: Tell | None = None  # is told of it now and then, from another thread

    def add(self, cpu_seconds: float, peak_bytes: int | None, *, exact: bool) -> None:
        """Take in what was measured; a kernel that is going away says less than before."""
        self.cpu_seconds = max(self.cpu_seconds, cpu_seconds)
        if peak_bytes is not None and peak_bytes >= (self.peak_memory_bytes or 0):
            self.peak_memory_bytes, self.memory_exact = peak_bytes, exact

    def data(self, wall_seconds: float) -> dict[str, Any]:
        """The data of a `resources` record."""
        return {
            "wall_seconds": wall_seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_memory_bytes": self.peak_memory_bytes,
            "memory_exact": self.memory_exact,
            **({"series": self.series} if self.series else {}),
            **({"cells": self.cells} if self.cells else {}),
        }


class Costs:
    """Measures one kernel from its start to its end, cell by cell."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self._pid: int | None = None
        self._whole: Meter | None = None
        self._cell: Meter | None = None

    def begin(self, pid: int | None) -> None:
        """Begin with the process of a kernel that was just started; None where it is remote."""
        if pid is not None:
            self._pid, self._whole = pid, Meter(pid, tell=self._told)

    def begin_cell(self) -> None:
        """A cell begins."""
        self._cell = None
        if self._pid is not None:
            with contextlib.suppress(Exception):  # the cell runs whatever we can measure
                self._cell = Meter(self._pid)

    def end_cell(
        self, *, number: int, name: str, cell_id: str | None, status: str, seconds: float
    ) -> dict[str, Any]:
        """The cell has ended; what the process of its kernel used for it."""
        meter, self._cell = self._cell, None
        used: dict[str, Any] = {"cpu_seconds": None, "peak_memory_bytes": None}
        if meter is not None:
            measured = meter.stop()
            if meter.is_alive:
                used["cpu_seconds"] = round(measured["cpu_seconds"], 3)
            used["peak_memory_bytes"] = measured["peak_memory_bytes"]
        if len(self.usage.cells) < MOST_CELLS:
            said = {"number": number, "name": name, "status": status, "duration_seconds": seconds}
            self.usage.cells.append({**said, **used, "cell_id": cell_id})
        return used

    def end(self) -> None:
        """The kernel is about to be ended."""
        meter, self._whole = self._whole, None
        if meter is not None:
            with contextlib.suppress(Exception):
                self._take(meter.stop())

    def _told(self, measured: dict[str, Any]) -> None:
        self._take(measured)
        if self.usage.tell is not None:
            self.usage.tell(self.usage.data(measured["wall_seconds"]))

    def _take(self, measured: dict[str, Any]) -> None:
        peak, exact = measured["peak_memory_bytes"], measured["memory_exact"]
        self.usage.add(measured["cpu_seconds"], peak, exact=exact)
        self.usage.series = measured.get("series", self.usage.series)


def name_of(source: str, clean: Callable[[str], str] = str) -> str:
    """What a cell may be called: its first line, below the lines of cell magics.

    It is made `clean` of secrets before it is cut, because half a secret is not seen as one.

    >>> name_of("%%track tumors\\n\\nmodel.fit(X, y)"), name_of("# Parameters\\ndepth = 3")
    ('model.fit(X, y)', '# Parameters')
    """
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    below = [line for line in lines if not line.startswith("%%")]
    line = (below or lines or [""])[0]
    if len(line) > MOST_CHARACTERS:  # data, and not worth reading
        line = re.split("[\"']", line, maxsplit=1)[0][:MOST_CHARACTERS]
    name = clean(line)
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + "…"
