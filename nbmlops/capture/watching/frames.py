"""Whose code a frame runs: the user's own, or a library's."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from types import FrameType

__all__ = ["in_library", "is_users", "name_in", "outermost"]

_DEPTH = 40


def _roots() -> tuple[str, ...]:
    paths = {
        sysconfig.get_paths().get(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return (*(os.path.join(path, "") for path in paths if path), os.path.join(ours, "nbmlops", ""))


_LIBRARIES = _roots()


@lru_cache(maxsize=4096)
def in_library(file: str) -> bool:
    """True for a file of Python's own library, of an installed package, or of ours."""
    return file.startswith(_LIBRARIES) or "site-packages" in file or "dist-packages" in file


def is_users(frame: FrameType | None) -> bool:
    """True for code that stands in a cell, a script or a module of the user's."""
    if frame is None:
        return False
    file = frame.f_code.co_filename
    if file.startswith("<") and not file.startswith("<ipython-input"):
        # What `%%time`, `%timeit` and exec() compile runs among the names of the notebook.
        return frame.f_globals.get("__name__") == "__main__"
    return not in_library(file)


def outermost(frame: FrameType) -> FrameType | None:
    """The library function that the user's code called, which led to this frame; None without."""
    for _ in range(_DEPTH):
        above = frame.f_back
        if above is None:
            return None
        if is_users(above):
            return frame
        frame = above
    return None


def name_in(frame: FrameType | None, value: object) -> str:
    """What the code of a frame calls an object: its own name for it, else a global one, else ""."""
    if frame is None or value is None:
        return ""
    found = _named(frame.f_locals, value)
    if not found and frame.f_locals is not frame.f_globals:
        found = _named(frame.f_globals, value)
    return found


def _named(names: dict[str, object], value: object) -> str:
    for name, bound in list(names.items()):
        if bound is value and not name.startswith("_"):
            return sys.intern(name)
    return ""
