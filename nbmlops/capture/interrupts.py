"""Ctrl-C while we write: kept back, and delivered right after to whom it was meant for."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["interrupt_again", "interrupts_held"]

LATER_SECONDS = 0.01
# What `signal` is made of, without the enumerations around it, which take most of its time.
_signals: Any = sys.modules.get("_signal", signal)
_NOBODY = (signal.SIG_IGN, signal.SIG_DFL, None)


class interrupts_held:  # noqa: N801 - reads as a statement: `with interrupts_held():`
    """Hold back Ctrl-C while records are written, and deliver it right after.

    IPython would swallow an interrupt that strikes inside of one of its hooks and run the cell all
    the same; there it is sent again a moment `later`, when the user's own code runs.
    """

    def __init__(self, *, later: bool = False) -> None:
        self._later = later
        self._held = False
        self._before: Any = None  # the handler that is given back; None where none was taken

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        before = _signals.getsignal(signal.SIGINT)
        if before in _NOBODY:
            return  # nothing is raised, or not by Python
        _signals.signal(signal.SIGINT, self._hold)
        self._before = before

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is None:
            return
        _signals.signal(signal.SIGINT, self._before)
        if self._held and self._later:
            interrupt_again()
        elif self._held:
            signal.raise_signal(signal.SIGINT)

    def _hold(self, number: int, frame: FrameType | None) -> None:
        self._held = True


def interrupt_again() -> None:
    """Send an interrupt that struck us once more, to strike where the user's own code runs."""
    try:
        again = threading.Timer(LATER_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
        again.daemon = True
        again.start()
    except RuntimeError:  # no more threads: then at once
        signal.raise_signal(signal.SIGINT)
