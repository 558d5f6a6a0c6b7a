"""What was seen of a tree of processes over the time of a run, look by look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.capture.gpus import Gpus
from nbmlops.capture.processes import ProcessTree, Use
from nbmlops.capture.readings import network_bytes
from nbmlops.capture.series import Series

__all__ = ["FIRST_SECONDS", "Looks"]

FIRST_SECONDS = 2.0  # what is shorter costs nothing more
EARLY = 0.9  # of a pause; nobody wakes up exactly on time
SHORTEST = 0.5  # of a pause: over less, a rate says little, because CPU time is counted in ticks


@dataclass(frozen=True, slots=True)
class _Look:
    age: float
    use: Use
    own_cpu: float  # of the process and its ended children
    network: tuple[int, int] | None


class Looks:
    """Turns looks into a series of rates and levels, and knows the CPU time of the whole tree."""

    def __init__(self, began_at: float) -> None:
        self.series = Series()
        self._began_at = began_at
        self._before = 0.0  # CPU time until the first look
        self._first: _Look | None = None
        self._last: _Look | None = None

    def is_due(self, age: float) -> bool:
        """True where it is time for a look; `age` is that of the run, in seconds."""
        if self._last is None:
            return age >= FIRST_SECONDS
        return age - self._last.age >= EARLY * self.series.pause_seconds

    @property
    def has_begun(self) -> bool:
        """True from the first look on."""
        return self._first is not None

    def take(
        self, age: float, own_cpu: float, tree: ProcessTree, use: Use, gpus: Gpus | None
    ) -> None:
        """Take in a look; `own_cpu` is what the run's process has used by itself."""
        now, before = _Look(age, use, own_cpu, network_bytes()), self._last
        if before is None:
            self._before = own_cpu + tree.young_cpu_seconds(self._began_at)
            self._first = now
        elif age - before.age >= SHORTEST * self.series.pause_seconds:
            self.series.add(age, _rates(before, now) | (gpus.read() if gpus is not None else {}))
        self._last = now

    def cpu_seconds(self, own_cpu: float) -> float:
        """CPU time of the tree so far, that of living children included as it was last seen."""
        if self._first is None or self._last is None:
            return own_cpu
        seen = self._before + self._last.use.cpu_seconds - self._first.use.cpu_seconds
        return max(own_cpu, seen + max(own_cpu - self._last.own_cpu, 0.0))

    def data(self) -> dict[str, Any]:
        """What a `resources` record says of it; {} while there is too little to see a course."""
        return {"series": self.series.data()} if len(self.series) > 1 else {}


def _rates(before: _Look, now: _Look) -> dict[str, float]:
    """What was used between two looks, for each second; and the memory now."""
    span = now.age - before.age
    cpu = max(now.use.cpu_seconds - before.use.cpu_seconds, 0.0)
    found: dict[str, float] = {
        "cpu_percent": 100 * cpu / span,
        "memory_bytes": now.use.memory_bytes,
    }
    counters: tuple[tuple[str, int | None, int | None], ...] = (
        ("disk_read", before.use.disk_read_bytes, now.use.disk_read_bytes),
        ("disk_write", before.use.disk_write_bytes, now.use.disk_write_bytes),
    )
    if before.network is not None and now.network is not None:
        counters += (
            ("network_in", before.network[0], now.network[0]),
            ("network_out", before.network[1], now.network[1]),
        )
    for name, then, later in counters:
        if then is not None and later is not None:
            found[f"{name}_bytes_per_second"] = max(later - then, 0) / span
    return found
