"""What a process and everything that it started has used: CPU time, memory, disk.

Counters of processes that end do not go backwards: a parent that waits for its child takes over
what the child had used, and what the child had been counted for is not counted twice.
"""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from typing import Any

from nbmlops.capture.environment import OURS

__all__ = ["ProcessTree", "Use", "clock"]

TICK_SECONDS = 0.01  # starts of processes are told in these
SCAN_SHARE = 0.002  # of the time, at most, goes into looking for new processes

_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def clock() -> float:
    """The time that starts of processes are compared with."""
    return time.time() if _CLOCK is None else time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Use:
    """What a tree has used since it is looked at, and the resident memory that it has now.

    Memory is added up over the processes: pages that two of them share count twice. Disk is what
    really went to or came from a device; None where the system does not tell.
    """

    cpu_seconds: float
    memory_bytes: int
    disk_read_bytes: int | None = None
    disk_write_bytes: int | None = None


@dataclass(slots=True)
class _Counters:
    own: float = 0.0  # seconds of CPU
    ended: float = 0.0  # of children that have ended
    memory: int = 0
    read: int | None = None
    written: int | None = None


class ProcessTree:
    """A process and its descendants, looked at from time to time. Not safe for two threads."""

    def __init__(self, pid: int | None = None) -> None:
        psutil = _psutil()
        self._errors = (psutil.Error, OSError)
        # What the wall clock says of a start is off by up to a second: that of the boot is rounded.
        self._boot_time = psutil.boot_time() if _CLOCK is not None else 0.0
        self._root: Any = psutil.Process(pid)
        self._known: dict[Any, _Counters] = {}
        self._scan_at = 0.0
        self._cpu = 0.0
        self._read: int | None = 0
        self._written: int | None = 0
        self.use: Use | None = None  # as of the last look; None where the process is gone

    def look(self) -> None:
        """Find out what the processes that are known have used up to now."""
        now: dict[Any, _Counters] = {}
        for process in self._known:
            if (counters := self._counters(process)) is not None:
                now[process] = counters
        if self._root not in now:
            self.use = None
            return
        self._add(self._known, now)
        self._known = now
        memory = sum(counters.memory for counters in now.values())
        self.use = Use(self._cpu, memory, self._read, self._written)

    def young_cpu_seconds(self, since: float) -> float:
        """CPU time of the descendants that were started after this time of `clock`."""
        found = 0.0
        for process, counters in self._known.items():
            with contextlib.suppress(*self._errors):
                started = process.create_time() - self._boot_time
                if process is not self._root and started >= since - TICK_SECONDS:
                    found += counters.own + counters.ended
        return found

    def scan(self) -> None:
        """Find new processes, as often as its cost allows: all of the system are asked."""
        if time.monotonic() < self._scan_at:
            return
        began = time.thread_time()
        found: list[Any] = []
        with contextlib.suppress(*self._errors):
            found = self._root.children(recursive=True)
        first = not self._known
        for process in (self._root, *found):
            if process not in self._known:
                # What is new has used all of it since; what is there at first is where we begin.
                self._known[process] = (self._counters(process) if first else None) or _Counters()
        self._scan_at = time.monotonic() + (time.thread_time() - began) / SCAN_SHARE

    def _counters(self, process: Any) -> _Counters | None:
        try:
            with process.oneshot():
                times = process.cpu_times()
                memory = process.memory_info().rss
        except self._errors:
            return None
        own = times.user + times.system
        ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        counters = _Counters(own, ended, memory)
        with contextlib.suppress(AttributeError, *self._errors):  # not on every system
            disk = process.io_counters()
            counters.read, counters.written = disk.read_bytes, disk.write_bytes
        return counters

    def _add(self, before: dict[Any, _Counters], now: dict[Any, _Counters]) -> None:
        gone = [counters for process, counters in before.items() if process not in now]
        pairs = [(before[process], counters) for process, counters in now.items()]
        own = sum(max(new.own - old.own, 0.0) for old, new in pairs)
        ended = sum(max(new.ended - old.ended, 0.0) for old, new in pairs)
        self._cpu += own + max(ended - sum(old.own + old.ended for old in gone), 0.0)
        if now[self._root].read is None:
            self._read = self._written = None
        if self._read is not None and self._written is not None:
            read = sum((new.read or 0) - (old.read or 0) for old, new in pairs)
            written = sum((new.written or 0) - (old.written or 0) for old, new in pairs)
            self._read += max(read - sum(old.read or 0 for old in gone), 0)
            self._written += max(written - sum(old.written or 0 for old in gone), 0)


def _psutil() -> Any:
    if "psutil" not in sys.modules:
        OURS.add("psutil")
    import psutil

    return psutil
