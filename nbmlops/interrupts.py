"""Ctrl-C while we write: kept back, and delivered right after to whom it was meant for.

Python raises an interrupt in the main thread between any two of its instructions. What is written
in Python can be left half done by it: the events and conditions of `threading` would keep their
locks for ever, and whoever touches them next would wait for ever. So what the main thread shares
with our threads is either made in C, as `Wake` is, or touched under `interrupts_held`.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Wake", "interrupt_again", "interrupts_held", "start_thread"]

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


class Wake:
    """An event that wakes one thread, and that no interrupt can break.

    Setting it is one call of C, where `threading.Event` takes a lock in Python first.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Let `wait` return, now or when it is called next."""
        if self._calls.empty():
            self._calls.put(None)

    def wait(self, seconds: float | None = None) -> None:
        """Return once it has been set, which is used up by that, or after `seconds`."""
        with suppress(queue.Empty):
            self._calls.get(timeout=seconds)


def start_thread(name: str, target: Callable[..., object], *args: Any) -> threading.Thread:
    """A thread that has begun, and that the end of the process does not wait for.

    Raises RuntimeError where there can be no more threads.
    """
    thread = threading.Thread(target=target, name=name, args=args, daemon=True)
    with interrupts_held():  # it waits for the thread's first sign by an event of `threading`
        thread.start()
    return thread
