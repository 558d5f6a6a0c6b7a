"""What a run cost: wall and CPU time, and peak memory.

The peak of a process is one number for its whole life. Where it rose during the run it is the
run's peak, exactly; where it did not, a sampler that looks every few hundredths of a second gives
the highest value it saw, and the record says that it is not exact.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import Any

try:
    import resource as _resource
except ImportError:  # not on Windows
    resource: Any = None
else:
    resource = _resource

__all__ = ["Meter"]

SAMPLE_SECONDS = 0.05


class Meter:
    """Measures from its making until `stop`."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = _cpu_seconds()
        self._highest = _lifetime_peak_bytes()
        self.seen_bytes = _resident_bytes()
        _sampler.watch(self)

    def stop(self) -> dict[str, Any]:
        """The data of a `resources` record."""
        _sampler.forget(self)
        peak = _lifetime_peak_bytes()
        exact = peak is not None and self._highest is not None and peak > self._highest
        now = _resident_bytes()
        seen = max((size for size in (self.seen_bytes, now) if size is not None), default=None)
        return {
            "wall_seconds": max(time.perf_counter() - self._wall, 0.0),
            "cpu_seconds": max(_cpu_seconds() - self._cpu, 0.0),
            "peak_memory_bytes": peak if exact else seen,
            "memory_exact": exact,
        }


class _Sampler:
    """One thread for all meters, which rests while there are none."""

    def __init__(self) -> None:
        self._meters: set[Meter] = set()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, meter: Meter) -> None:
        self._meters.add(meter)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="nbmlops-memory", daemon=True)
            self._thread.start()
        self._wake.set()

    def forget(self, meter: Meter) -> None:
        self._meters.discard(meter)

    def _run(self) -> None:
        pause = SAMPLE_SECONDS
        while True:
            if not self._meters:
                self._wake.clear()
                if not self._meters:
                    self._wake.wait()
                pause = SAMPLE_SECONDS
            time.sleep(pause)
            pause = min(pause * 1.02, 1.0)  # long runs are looked at less often
            size = _resident_bytes()
            if size is not None:
                for meter in list(self._meters):
                    meter.seen_bytes = max(meter.seen_bytes or 0, size)


_sampler = _Sampler()


def _new_sampler() -> None:
    global _sampler
    _sampler = _Sampler()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_sampler)


def _cpu_seconds() -> float:
    if resource is None:
        return time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + float(children.ru_utime) + float(children.ru_stime)


def _lifetime_peak_bytes() -> int | None:
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def _resident_bytes() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm", "rb") as f:
        return int(f.read().split()[1]) * _PAGE
    with contextlib.suppress(ImportError, OSError):
        import psutil

        return int(psutil.Process().memory_info().rss)
    return None
