"""How busy the NVIDIA GPUs are that this process may use, asked of the driver's own library.

The library comes with the driver, so that nothing has to be installed and no program is started;
where there is no driver, nothing is loaded.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from typing import Any

__all__ = ["Gpus", "find_gpus"]

DEVICES = ("/dev/nvidiactl", "/dev/dxg")  # on Linux, and in Windows' Linux
LIBRARY = "libnvidia-ml.so.1"
VISIBLE = "CUDA_VISIBLE_DEVICES"
MOST = 64
UUID_BYTES = 96


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Memory(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


class Gpus:
    """The visible GPUs, by NVML's functions of `library`."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._handles: list[ctypes.c_void_p] = []
        count = ctypes.c_uint()
        if library.nvmlInit_v2() or library.nvmlDeviceGetCount_v2(ctypes.byref(count)):
            return
        wanted = _wanted(os.environ.get(VISIBLE))
        for index in range(min(count.value, MOST)):
            handle = ctypes.c_void_p()
            if library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle)):
                continue
            if wanted is None or any(name in wanted for name in self._names(index, handle)):
                self._handles.append(handle)

    def __len__(self) -> int:
        return len(self._handles)

    def read(self) -> dict[str, float]:
        """Use in percent, where 100 is one GPU, and used memory, whoever uses it."""
        found: dict[str, float] = {}
        for handle in self._handles:
            use, memory = _Utilization(), _Memory()
            if not self._library.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(use)):
                found["gpu_percent"] = found.get("gpu_percent", 0) + use.gpu
            if not self._library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)):
                found["gpu_memory_bytes"] = found.get("gpu_memory_bytes", 0) + memory.used
        return found

    def _names(self, index: int, handle: ctypes.c_void_p) -> Iterator[str]:
        yield str(index)
        uuid = ctypes.create_string_buffer(UUID_BYTES)
        if not self._library.nvmlDeviceGetUUID(handle, uuid, ctypes.c_uint(UUID_BYTES)):
            yield uuid.value.decode("ascii", "replace")


def find_gpus() -> Gpus | None:
    """The GPUs that this process may use; None where there are none."""
    if not any(os.path.exists(device) for device in DEVICES):
        return None
    try:
        found = Gpus(ctypes.CDLL(LIBRARY))
    except (OSError, AttributeError):  # no such library, or one that lacks these functions
        return None
    return found if len(found) else None


def _wanted(visible: str | None) -> frozenset[str] | None:
    """The indices and UUIDs that are visible; None for all of them.

    >>> _wanted(None), sorted(_wanted("0, GPU-5a")), sorted(_wanted("-1")), sorted(_wanted(""))
    (None, ['0', 'GPU-5a'], [], [])
    """
    if visible is None:
        return None
    names = []
    for name in visible.split(","):
        if name.strip() in ("", "-1", "none"):
            break  # those that follow are not visible either
        names.append(name.strip())
    return frozenset(names)
