"""What the operating system says of one process, read as cheaply as it can be."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Any

try:
    import resource as _resource
except ImportError:  # not on Windows
    resource: Any = None
else:
    resource = _resource

__all__ = ["cpu_seconds", "lifetime_peak_bytes", "network_bytes", "resident_bytes"]

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_LOOPBACK = ("lo", "lo0", "Loopback Pseudo-Interface 1")


def cpu_seconds(pid: int | None = None) -> float:
    """CPU time of a process (this one) and of its children that have ended."""
    if pid is not None:
        with contextlib.suppress(Exception):  # it is gone, or nobody may ask
            times = _process(pid).cpu_times()
            ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
            return float(times.user + times.system + ended)
        return 0.0
    if resource is None:
        return time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + float(children.ru_utime) + float(children.ru_stime)


def lifetime_peak_bytes(pid: int | None = None) -> int | None:
    """The highest resident memory that a process (this one) ever had; None where nobody counts."""
    if pid is not None:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
        return None
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


def resident_bytes(pid: int | None = None) -> int | None:
    """The resident memory of a process (this one) now; None where it is gone."""
    place = f"/proc/{pid or 'self'}/statm"
    with contextlib.suppress(OSError, ValueError, IndexError), open(place, "rb") as file:
        return int(file.read().split()[1]) * _PAGE
    with contextlib.suppress(Exception):
        return int(_process(pid).memory_info().rss)
    return None


def network_bytes() -> tuple[int, int] | None:
    """What came in and went out over the network so far, of all that shares it with this process.

    What a machine says to itself is left out: a kernel talks to its front end that way.
    """
    with contextlib.suppress(Exception):  # not on every system
        import psutil

        counters = psutil.net_io_counters(pernic=True)
        found = [each for name, each in counters.items() if name not in _LOOPBACK]
        return sum(each.bytes_recv for each in found), sum(each.bytes_sent for each in found)
    return None


def _process(pid: int | None) -> Any:
    import psutil

    return psutil.Process(pid)
