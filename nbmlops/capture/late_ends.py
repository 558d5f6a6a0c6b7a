"""The ends of runs that the journal did not take: they are said when it takes records again, and
before this process reads.

Without this a run that ended on a full disk would be shown as running until its process dies, and
as lost after that; and one that was never more than begun would not be known at all.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from typing import Any

from nbmlops.store.journal import Writer

__all__ = ["owe_end", "say_all_ends", "say_ends"]

_Said = tuple[str, Mapping[str, Any]]  # a kind and its data

_owed: list[tuple[Writer, int, str, list[_Said]]] = []


def owe_end(
    writer: Writer, run: str, end: Mapping[str, Any], *, start: Mapping[str, Any] | None = None
) -> None:
    """Remember the end of a run that `writer` did not take, and its start if it took none."""
    said: list[_Said] = [("run_started", start)] if start is not None else []
    _owed.append((writer, os.getpid(), run, [*said, ("run_ended", end)]))


def say_ends(writer: Writer) -> None:
    """Say the ends that `writer` owes, now that it has taken a record."""
    while owed := next((each for each in _owed if each[0] is writer), None):
        try:
            _owed.remove(owed)
        except ValueError:  # another thread says it
            continue
        _, pid, run, said = owed
        if pid != os.getpid():
            continue  # a forked child leaves it to its parent
        try:
            while said:
                kind, data = said[0]
                writer.append(kind, data, run=run)
                del said[0]
        except OSError:
            return
        finally:
            if said:  # whatever it was, an interrupt too: it is said the next time
                _owed.append(owed)


def say_all_ends() -> None:
    """Say the ends that are owed to any journal that takes records again."""
    for writer in {each[0] for each in _owed}:
        say_ends(writer)


atexit.register(say_all_ends)
