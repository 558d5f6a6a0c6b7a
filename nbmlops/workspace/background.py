"""A thread that drains what this process records, so that readers find little left to do.

It starts seconds after the first record of a script (short ones never pay for it), soon after
`%load_ext` in a notebook, and it knows the history that a card compares its run with.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial, reduce
from importlib import import_module
from typing import TYPE_CHECKING

from nbmlops.capture.late_ends import say_all_ends
from nbmlops.events import experiment_key
from nbmlops.interrupts import Wake, start_thread
from nbmlops.records import History, Run, Status
from nbmlops.workspace.history import updated

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["Background"]

EVERY_SECONDS = 1.0
QUIET_SECONDS = 0.3  # since a run began or ended: a drain takes turns with a cell's own code
LONGEST_SECONDS = 5.0  # that a drain waits for it
SCRIPT_DELAY_SECONDS = 5.0
EXIT_SECONDS = 5.0
RENEW_SECONDS = 60.0
FRESH_SECONDS = 10.0  # other kernels may have added runs since


class Background:
    """The drainer of one workspace in this process."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._thread: threading.Thread | None = None
        self._wake = Wake()
        self._wanted: dict[str, Run] = {}  # these by the key of the experiment
        self._known: dict[str, History] = {}
        self._read_at: dict[str, float] = {}
        self._ended: deque[Run] = deque(maxlen=20)
        self._waiting: dict[str, list[tuple[Run, Callable[[History], None]]]] = {}
        self._changed = threading.Condition()
        self._position: tuple[str, int] = ("", -1)
        self._drained_at = self._moved_at = 0.0
        self._stopped = False
        self._failing = False  # the tables cannot be read now; nobody waits for them
        self._cards = False
        self._pid = os.getpid()
        if not workspace.settings.is_folder:
            atexit.register(self._drain_at_exit)

    def start(self, delay: float = SCRIPT_DELAY_SECONDS, *, cards: bool = False) -> None:
        """Begin to drain, `delay` seconds from now; with `cards`, also load what draws them."""
        self._cards = self._cards or cards
        if self._thread is not None and self._pid == os.getpid():
            if delay == 0:
                self._wake.set()
            return
        if self._pid != os.getpid():
            self._pid, self._wake = os.getpid(), Wake()
        self._thread = start_thread("nbmlops-drain", self._run, delay)

    def stop(self) -> None:
        """End the thread; it is not waited for."""
        self._stopped = True
        self._wake.set()

    def want(self, run: Run) -> None:
        """Ask for what a run that has just begun will be compared with when it ends."""
        self._moved_at = time.monotonic()
        key = experiment_key(run.experiment)
        age = time.monotonic() - self._read_at.get(key, -FRESH_SECONDS)
        if age >= FRESH_SECONDS:
            self._wanted.setdefault(key, run)  # what follows it is taken in
            self.start(0)
            self._wake.set()

    def history(self, experiment: str, *, seconds: float) -> History | None:
        """The history of an experiment, waiting for it at most `seconds`."""
        key = experiment_key(experiment)
        with self._changed:
            if key not in self._known and seconds > 0:
                self._changed.wait_for(lambda: key in self._known or self._failing, timeout=seconds)
            return self._known.get(key)

    def tell(self, run: Run, what: Callable[[History], None]) -> None:
        """Call `what` in the background's thread when the history of a run is known at last."""
        key = experiment_key(run.experiment)
        with self._changed:
            self._waiting.setdefault(key, []).append((run, what))
        if key in self._known:  # it has just become known
            self._wanted[key] = run
            self._wake.set()

    def ended(self, run: Run) -> None:
        """Take a run of this process into the history without asking the database."""
        self._moved_at = time.monotonic()
        if run.status is Status.SUCCEEDED:
            key = experiment_key(run.experiment)
            with self._changed:
                self._ended.append(run)
                if (known := self._known.get(key)) is not None:
                    self._known[key] = updated(known, run)

    def _run(self, delay: float) -> None:
        if delay:
            self._wake.wait(delay)
        if self._cards:
            # What cannot be loaded now is told when a card is drawn, never in a cell's output.
            with contextlib.suppress(Exception):
                import_module("nbmlops.views.runs").warm_up()
        while not self._stopped:
            self._once()
            self._wake.wait(EVERY_SECONDS)

    def _once(self, *, at_exit: bool = False) -> None:
        store = self._workspace.store
        try:
            say_all_ends()
            position = store.writer.position()
            # A silent kernel drains as well now and then: that is what renews its lease, where
            # others share the database.
            now = time.monotonic()
            silent = now - self._drained_at > RENEW_SECONDS
            is_news = position != self._position
            # What cells that follow each other record is drained in one go.
            is_quiet = now - self._moved_at >= QUIET_SECONDS or at_exit
            is_due = is_quiet or now - self._drained_at >= LONGEST_SECONDS
            if is_due and (is_news or (silent and not self._workspace.settings.is_folder)):
                if not store.drain(unless_busy=True).is_busy:
                    self._position, self._drained_at = position, time.monotonic()
            for key, run in list(self._wanted.items()):
                self._read(key, run)
                self._wanted.pop(key, None)
            self._failing = False
        except Exception:  # noqa: BLE001 - a daemon thread must not print into a notebook
            # The database is away or damaged: readers are told, recording goes on.
            with self._changed:
                self._failing = True
                self._changed.notify_all()
            self._wake.wait(EVERY_SECONDS * 4)

    def _read(self, key: str, run: Run) -> None:
        """Read the history of an experiment as of the start of `run`.

        Runs of this process that ended since then may be in the tables or not yet; they are taken
        in here, so that neither a run meets itself nor the one before it is missing.
        """
        before = self._workspace.runs.read_history(run.experiment, before=run)
        with self._changed:
            since = [
                ended
                for ended in self._ended
                if experiment_key(ended.experiment) == key and ended.started_at >= run.started_at
            ]
            self._known[key] = reduce(updated, since, before)
            self._read_at[key] = time.monotonic()
            waiting = self._waiting.pop(key, [])
            self._changed.notify_all()
        for mine, tell in waiting:
            earlier = [ended for ended in since if ended.started_at < mine.started_at]
            with contextlib.suppress(Exception):
                tell(reduce(updated, earlier, before))

    def _drain_at_exit(self) -> None:
        if self._pid != os.getpid() or self._workspace.store.writer.position()[1] <= 0:
            return
        start_thread("nbmlops-exit", partial(self._once, at_exit=True)).join(EXIT_SECONDS)
