"""Work that no cell waits for: it is done in short-lived threads, and readers wait for those."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress

from nbmlops.interrupts import start_thread

__all__ = ["later", "wait"]

EXIT_SECONDS = 5.0

_pending: set[threading.Thread] = set()


def later(work: Callable[[], object], name: str) -> threading.Thread:
    """Do this in a thread of its own, which is returned; what it raises stays with us."""

    def run() -> None:
        with suppress(Exception):  # nothing of ours may print into the user's notebook
            work()

    thread = start_thread(name, run)
    _pending.difference_update([each for each in _pending if not each.is_alive()])
    _pending.add(thread)
    return thread


def wait(seconds: float = EXIT_SECONDS) -> None:
    """Return when nothing is being done any more, or after `seconds` for each part.

    `surroundings` has it called at exit.
    """
    for thread in list(_pending):
        if thread is not threading.current_thread():
            thread.join(seconds)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pending.clear)
