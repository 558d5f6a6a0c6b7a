"""Changes of a workspace, pushed to whoever listens.

One task looks at each workspace that somebody listens to, and at no other. It brings the journals
of this machine into the tables on the way, so that a kernel that died is seen to be lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from nbmlops.errors import NbmlopsError
from nbmlops.workspace import Workspace

__all__ = ["Changes", "State"]

EVERY_SECONDS = 0.5
AWAY_SECONDS = 4.0  # between looks at a database that does not answer


@dataclass(frozen=True, slots=True)
class State:
    """The present of a workspace: `sequence` grows with each change that was seen.

    It begins with the milliseconds since 1970, so that who heard a server before knows that this is
    another one.
    """

    sequence: int
    running: int
    problem: str | None = None


class Changes:
    """What happens in one workspace, for all who listen."""

    def __init__(
        self,
        workspace: Workspace,
        in_thread: Callable[[Callable[[], tuple[int, ...]]], Awaitable[tuple[int, ...]]],
    ) -> None:
        self._workspace = workspace
        self._in_thread = in_thread
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._seen: tuple[int, ...] | None = None
        self._state: State | None = None
        self._changed = asyncio.Condition()

    async def listen(self, patience: float) -> AsyncGenerator[State | None]:
        """The present state, then each that follows; None after `patience` seconds of silence."""
        self._listeners += 1
        told: State | None = None
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._look())
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience), self._changed:
                        while self._state in (None, told):
                            await self._changed.wait()
                if self._state == told:
                    yield None
                else:
                    told = self._state
                    yield told
        finally:
            self._listeners -= 1

    async def _look(self) -> None:
        # Without listeners the task ends; the next one to come starts another.
        while self._listeners:
            pause, problem = EVERY_SECONDS, None
            seen = self._seen
            try:
                seen = await self._in_thread(self._workspace.runs.state)
            except NbmlopsError as exc:
                pause, problem = AWAY_SECONDS, str(exc)
            before = self._state
            if before is None or seen != self._seen or problem != before.problem:
                sequence = time.time_ns() // 1_000_000 if before is None else before.sequence + 1
                running = seen[-1] if seen is not None else 0
                async with self._changed:
                    self._seen, self._state = seen, State(sequence, running, problem)
                    self._changed.notify_all()
            await asyncio.sleep(pause)
