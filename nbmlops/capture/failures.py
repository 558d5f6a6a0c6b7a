"""What is recorded of the exception that ended a run: the user's part of the story."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from nbmlops.capture.outputs import shown_text
from nbmlops.capture.redaction import redact_tail
from nbmlops.records import Failure

if TYPE_CHECKING:
    from traceback import TracebackException

__all__ = ["failure_of"]

FRAMES = 40
CHARACTERS = 32_768
OURS = str(Path(__file__).parents[1]) + os.sep


def failure_of(error: BaseException, trace: TracebackType | None = None) -> Failure:
    """The record of an exception: its type, message and (bounded) traceback without our frames,
    as a terminal would show them at the end.

    `trace` is where the traceback begins, when not at the exception's own beginning.
    """
    kind = type(error)
    name = (
        kind.__qualname__
        if kind.__module__ in ("builtins", "__main__")
        else (f"{kind.__module__}.{kind.__qualname__}")
    )
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ of the user's own exception
        message = "(its message cannot be shown)"
    lines: list[str] = []
    with contextlib.suppress(Exception):  # what the user's exception shows is the user's code
        from traceback import TracebackException

        told = TracebackException(
            kind, error, trace or error.__traceback__, limit=-FRAMES, compact=True
        )
        _leave_ours_out(told)
        lines = list(told.format())
    traceback = shown_text("".join(lines))
    if len(traceback) > CHARACTERS:
        traceback = redact_tail(traceback, CHARACTERS)
    return Failure(name, shown_text(message), traceback)


def _leave_ours_out(told: TracebackException) -> None:
    """Take the frames of this package out, unless there are no others: then the fault is ours."""
    chain = [told]
    while chain:
        part = chain.pop()
        frames = [frame for frame in part.stack if not frame.filename.startswith(OURS)]
        if frames:
            part.stack[:] = frames
        others = (part.__cause__, part.__context__, *(part.exceptions or ()))
        chain += [other for other in others if other is not None]
