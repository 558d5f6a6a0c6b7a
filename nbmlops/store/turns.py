"""Who drains just now, and how long a reader waits for it.

Without turns everybody who looks at the same time reads and decodes the same stretches of the
same journals, and all of them but one in vain. A turn lasts for one batch: what one process brings
in, the others find done. It is no more than an optimisation, because the offsets decide what is
written: where there is no lock, or whoever holds it is stopped, one drains without it.

A reader waits for all that its own process has logged. What others log faster than anybody can
bring it into tables is waited for with patience, which comes to an end, and the reader is told.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import fcntl as _fcntl
except ImportError:  # not on Windows, where everybody drains at once
    fcntl: Any = None
else:
    fcntl = _fcntl

__all__ = ["PATIENCE_SECONDS", "Patience", "Turns"]

PATIENCE_SECONDS = 5.0
LEAST_BYTES = 4 << 20  # which are waited for in any case: a slow machine is no busy one
STUCK_SECONDS = 5.0  # in which whoever has the turn brought nothing in
LOOK_SECONDS = 0.05
TRY_SECONDS = 0.004


class Turns:
    """The turns at draining one folder of journals, on this machine."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "drain.lock"

    @contextlib.contextmanager
    def turn(self, *, seconds: float) -> Iterator[bool]:
        """True where the turn was had within `seconds`, or where there are no turns.

        A lock of the whole file belongs to the process: a child that is forked meanwhile does not
        hold on to it.
        """
        try:
            if fcntl is None:
                raise OSError
            flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
        except OSError:
            yield True
            return
        try:
            yield _take(descriptor, time.monotonic() + seconds)
        finally:
            os.close(descriptor)

    def give_way(self) -> None:
        """Let those have the turn who wait for it, before one takes the next."""
        time.sleep(2 * TRY_SECONDS)


def _take(descriptor: int, end: float) -> bool:
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() >= end:
                return False
            time.sleep(TRY_SECONDS)
        except OSError:  # a file system without locks
            return True
        else:
            return True


class Patience:
    """How long one drain goes on with what other processes have logged; None for until the end.

    `unless_busy` says that it ends where somebody else drains.
    """

    def __init__(self, seconds: float | None, *, unless_busy: bool = False) -> None:
        self.seconds = seconds
        self.unless_busy = unless_busy
        self.done_bytes = 0  # of what it waits for, whoever brought it in
        self._began = self._moved = time.monotonic()

    def advance(self, size: int, *, is_own: bool) -> None:
        """Take note of bytes that came in."""
        if size:
            self._moved = time.monotonic()
            self.done_bytes += 0 if is_own else size

    @property
    def is_stuck(self) -> bool:
        """True where nobody brings anything in any more, so that one has to do it oneself."""
        return time.monotonic() - self._moved >= STUCK_SECONDS

    @property
    def is_over(self) -> bool:
        """True where the rest is left to later drains."""
        if self.seconds is None or (self.seconds > 0 and self.done_bytes < LEAST_BYTES):
            return False
        return time.monotonic() - self._began >= self.seconds
