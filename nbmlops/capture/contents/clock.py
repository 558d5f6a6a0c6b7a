"""The time that looking at a cell's objects may take."""

from __future__ import annotations

from time import thread_time

__all__ = ["Clock", "OutOfTimeError"]

BYTES_PER_SECOND = 4_000_000_000  # what hashing is assumed to reach


class OutOfTimeError(Exception):
    """There is no time left to look at all of an object."""


class Clock:
    """Counts CPU time: on a busy machine, waiting for our turn is not our doing."""

    def __init__(self, allowed_seconds: float) -> None:
        self._end = thread_time() + allowed_seconds

    @property
    def left_seconds(self) -> float:
        """How much of it is left."""
        return self._end - thread_time()

    def check(self, size_bytes: int = 0) -> None:
        """Raise OutOfTimeError where so many bytes cannot be hashed in what is left."""
        if self.left_seconds < size_bytes / BYTES_PER_SECOND:
            raise OutOfTimeError
