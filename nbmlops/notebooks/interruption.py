"""Stopping an execution: signals reach its event loop, and afterwards the place they were for."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from nbmlops.errors import CancelledError

__all__ = ["Stop", "as_signal", "signals_to"]

_WORDS = {"SIGINT": "Ctrl-C", "SIGTERM": "SIGTERM", "SIGHUP": "the closing of its terminal"}


class Stop:
    """A wish to stop, from any thread or signal handler; said twice it means: at once."""

    def __init__(self) -> None:
        self.by = ""
        self.count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events = (asyncio.Event(), asyncio.Event())

    def attach(self) -> None:
        """Take the running loop as the one to wake."""
        self._loop = asyncio.get_running_loop()
        self._set()

    def ask(self, by: str) -> None:
        """Ask to stop; `by` is the name of a signal."""
        self.by = self.by or by
        self.count += 1
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._set)

    def is_asked(self) -> bool:
        """True once somebody has asked."""
        return self.count > 0

    def _set(self) -> None:
        for event in self._events[: self.count]:
            event.set()

    async def wait(self, times: int = 1) -> None:
        """Return when it was asked this many times (1 or 2)."""
        await self._events[times - 1].wait()

    def error(self, what: str) -> CancelledError:
        """The error that says who stopped `what`."""
        error = CancelledError(what, _WORDS.get(self.by, self.by))
        error.details["signal"] = self.by
        return error


def as_signal(error: CancelledError) -> BaseException:
    """The exception that the signal would have raised where it arrived.

    With it, Ctrl-C ends a loop over notebooks and not only the one that was running, and SIGTERM
    ends the process, with the exit code that shells know.
    """
    name = str(error.details.get("signal"))
    if name == "SIGINT":
        return KeyboardInterrupt(str(error))
    return SystemExit(128 + int(getattr(signal, name, signal.SIGTERM)))


@contextlib.contextmanager
def signals_to(ask: Callable[[str], None]) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP go to `ask` while this is entered; only in the main thread."""
    before: list[tuple[int, Any]] = []
    if threading.current_thread() is threading.main_thread():
        for name in _WORDS:
            number = getattr(signal, name, None)
            previous = None if number is None else signal.getsignal(number)
            # One that is ignored stays so (nohup); one that C code has set could not be set back.
            if number is None or previous is None or previous is signal.SIG_IGN:
                continue
            with contextlib.suppress(ValueError, OSError):
                signal.signal(number, lambda number, _: ask(signal.Signals(number).name))
                before.append((number, previous))
    try:
        yield
    finally:
        for number, previous in before:
            signal.signal(number, previous)
