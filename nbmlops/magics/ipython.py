"""What IPython knows of the cell that it runs and does not tell its callbacks."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

__all__ = ["error_of", "execution_count", "is_same", "running_cell"]


def execution_count(shell: Any) -> int | None:
    """The number of the cell that is about to run, for a callback of `pre_run_cell`.

    IPython counts before that event or after it, depending on its version; only the result that
    it is filling in, a local variable of its own, is right in all of them.
    """
    told = running_cell()
    count: int | None = (
        getattr(told.get("result"), "execution_count", None) if told else shell.execution_count
    )
    return count


def running_cell() -> Mapping[str, Any]:
    """The local variables of IPython's function that runs a cell, called from one of its events."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(20):
        if frame is None:
            break
        if frame.f_code.co_name == "run_cell_async":
            return frame.f_locals
        frame = frame.f_back
    return {}


def is_same(info: Any, other: Any) -> bool:
    """True for what a cell's beginning and its end say of one cell."""
    # Where a cell fails in IPython itself, its end comes with a copy of what its beginning had.
    return info is other or bool(info.raw_cell == getattr(other, "raw_cell", None))


def error_of(result: Any) -> BaseException | None:
    """What a cell raised, before it ran or while it did."""
    if result is None:
        return None
    error = (
        result.error_before_exec if result.error_before_exec is not None else (result.error_in_exec)
    )
    return error if isinstance(error, BaseException) else None
