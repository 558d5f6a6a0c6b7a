"""Whose code a frame runs: the user's own, or a library's."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from itertools import islice
from types import FrameType

__all__ = [
    "Place",
    "Span",
    "calls_from",
    "in_library",
    "is_users",
    "name_in",
    "outermost",
    "place_of",
    "span_of",
]

Place = tuple[str, str, int, int]  # file, function, line and instruction that makes a call
Span = tuple[int, int, int, int]  # lines and columns of a call, as those of its syntax

_WATCHED = frozenset(
    {"sklearn", "xgboost", "lightgbm", "catboost", "keras", "lightning", "pytorch_lightning"}
)
_DEPTH = 40
_DEEP = 80  # a search over a pipeline, with joblib between


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
    name = str(frame.f_globals.get("__name__", ""))
    if file.startswith("<") and not file.startswith("<ipython-input"):
        # What `%%time`, `%timeit` and exec() compile runs among the names of the notebook.
        return name == "__main__"
    # What is watched may be installed elsewhere, as in a folder that PYTHONPATH names.
    return not in_library(file) and name.partition(".")[0] not in _WATCHED


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


def calls_from(frame: FrameType) -> tuple[list[FrameType], FrameType | None]:
    """The library's frames from this one outwards, and the user's that called the last of them.

    Where nobody of the user's stands above, as in a thread of the library's, the second is None.
    """
    inside = [frame]
    while len(inside) < _DEEP:
        above = inside[-1].f_back
        if above is None:
            break
        if is_users(above):
            return inside, above
        inside.append(above)
    return inside, None


def place_of(frame: FrameType) -> Place:
    """Which of its calls the code of a frame is making; each statement of a cell is code itself."""
    code = frame.f_code
    return code.co_filename, code.co_qualname, frame.f_lineno, frame.f_lasti


def span_of(frame: FrameType) -> Span | None:
    """Where the call that a cell is making stands in its source; None inside of a function."""
    if frame.f_code.co_name != "<module>":
        return None
    found = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), (None,))
    line, end_line, column, end_column = found if len(found) == 4 else (None,) * 4
    if line is None or end_line is None or column is None or end_column is None:
        return None  # Python was told to keep no positions
    return line, end_line, column, end_column


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
