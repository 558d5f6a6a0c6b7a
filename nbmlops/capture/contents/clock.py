"""The time that looking at a cell's objects may take."""

from __future__ import annotations

from time import perf_counter, thread_time

__all__ = ["Clock", "OutOfTimeError"]

BYTES_PER_SECOND = 4_000_000_000  # what hashing is assumed to reach


class OutOfTimeError(Exception):
    """There is no time left to look at all of an object."""


class Clock:
    """Counts CPU time: on a busy machine, waiting for our turn is not our doing.

    The clock on the wall is cheaper to ask and never behind, so it is asked first.
    """

    def __init__(self, allowed_seconds: float) -> None:
        self._end = thread_time() + allowed_seconds
        self._wall_end = perf_counter() + allowed_seconds

    @property
    def left_seconds(self) -> float:
        """How much of it is left, at least."""
        now = perf_counter()
        if now >= self._wall_end:
            self._wall_end = now + self._end - thread_time()
        return self._wall_end - now

    def pause(self, seconds: float) -> None:
        """Leave out what was spent otherwise, as on loading ours, once in a process."""
        self._end += seconds
        self._wall_end += seconds

    def check(self, size_bytes: int = 0) -> None:
        """Raise OutOfTimeError where so many bytes cannot be hashed in what is left."""
        if self.left_seconds < size_bytes / BYTES_PER_SECOND:
            raise OutOfTimeError
