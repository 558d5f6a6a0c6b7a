"""What a run cost: wall and CPU time, peak memory, and for long runs a light series.

The peak of a process is one number for its whole life. Where it rose during the run it is the
run's peak, exactly; where it did not, a sampler that looks every few hundredths of a second gives
the highest value it saw, and the record says that it is not exact.

From two seconds on the sampler also looks at the tree of processes, once a second and less often
the longer the run is, so that there are at most 240 points. What was seen so far is told now and
then, so that a run whose process is killed has lost at most the last tenth of it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nbmlops.capture.gpus import Gpus, find_gpus
from nbmlops.capture.looks import Looks
from nbmlops.capture.processes import ProcessTree, clock
from nbmlops.capture.readings import cpu_seconds, lifetime_peak_bytes, resident_bytes
from nbmlops.interrupts import Wake, interrupts_held, start_thread

__all__ = ["Meter"]

SAMPLE_SECONDS = 0.05
SLOWEST_SECONDS = 1.0
LOOK_SHARE = 0.002  # of the time, at most, goes into looks at the tree
TELL_SECONDS = 10.0  # until something is told
TELL_SHARE = 0.1
LOCK_SECONDS = 1.0

Tell = Callable[[dict[str, Any]], object]


class Meter:
    """Measures from its making until `stop`: this process, or the one with a `pid`.

    `tell` is called from another thread with the data of a `resources` record as it is by then.
    """

    def __init__(self, pid: int | None = None, *, tell: Tell | None = None) -> None:
        self.pid = pid
        self._wall = time.perf_counter()
        self._cpu = cpu_seconds(pid)
        self._highest = lifetime_peak_bytes(pid)
        self.seen_bytes = resident_bytes(pid)
        self.tell = tell
        self._told_at = 0.0
        self._looks = Looks(clock())
        self._stopped = False
        self._lock = threading.Lock()  # so that nothing is told after the last word
        _sampler.watch(self)

    def stop(self) -> dict[str, Any]:
        """The data of a `resources` record."""
        if self._looks.has_begun and not self._stopped:
            with contextlib.suppress(Exception):  # the rest is told in any case
                _sampler.look([self])
        _sampler.forget(self)
        with _held(self._lock):
            self._stopped, self.tell = True, None
            return self.data()

    def data(self) -> dict[str, Any]:
        """The data of a `resources` record as of now."""
        peak = lifetime_peak_bytes(self.pid)
        exact = peak is not None and self._highest is not None and peak > self._highest
        now = resident_bytes(self.pid)
        seen = max((size for size in (self.seen_bytes, now) if size is not None), default=None)
        return {
            "wall_seconds": self._age(),
            "cpu_seconds": self._looks.cpu_seconds(self._own_cpu()),
            "peak_memory_bytes": peak if exact else seen,
            "memory_exact": exact,
            **self._looks.data(),
        }

    def _age(self) -> float:
        return max(time.perf_counter() - self._wall, 0.0)

    def _own_cpu(self) -> float:
        return max(cpu_seconds(self.pid) - self._cpu, 0.0)

    @property
    def is_alive(self) -> bool:
        """True while the process is there, so that the numbers are all of it."""
        return bool(resident_bytes(self.pid))

    # ── for the sampler ──────────────────────────────────────────────────────────────────────

    def saw(self, size: int) -> None:
        """Take in the resident memory."""
        self.seen_bytes = max(self.seen_bytes or 0, size)

    def is_due(self) -> bool:
        """True where it is time to look at the tree."""
        return self._looks.is_due(self._age())

    def take(self, tree: ProcessTree, gpus: Gpus | None) -> None:
        """Take in what a tree says now."""
        if (use := tree.use) is not None:
            self._looks.take(self._age(), self._own_cpu(), tree, use, gpus)

    def tell_if_due(self) -> None:
        """Tell what is known so far, the longer the run is the less often."""
        age = self._age()
        if self.tell is None or age - self._told_at < max(TELL_SECONDS, TELL_SHARE * age):
            return
        with _held(self._lock):
            if not self._stopped:
                self._told_at = age
                self.tell(self.data())


class _Sampler:
    """One thread for all meters, which rests while there are none."""

    def __init__(self) -> None:
        self._meters: set[Meter] = set()
        self._wake = Wake()
        self._thread: threading.Thread | None = None
        self._pause = SAMPLE_SECONDS
        self._trees: dict[int | None, ProcessTree] = {}
        self._gpus: Gpus | None = None
        self._has_asked_for_gpus = False
        self._lock = threading.Lock()  # over the trees
        self._look_at = 0.0

    def watch(self, meter: Meter) -> None:
        self._meters.add(meter)
        self._pause = SAMPLE_SECONDS  # what has just begun is looked at often
        if self._thread is None or not self._thread.is_alive():
            self._thread = start_thread("nbmlops-resources", self._run)
        self._wake.set()

    def forget(self, meter: Meter) -> None:
        self._meters.discard(meter)

    def look(self, meters: Sequence[Meter]) -> None:
        """Look at the trees of these meters."""
        spent = 0.0
        with _held(self._lock):
            for pid in {meter.pid for meter in meters}:
                with contextlib.suppress(Exception):  # it has gone away
                    tree = self._tree(pid)
                    began = time.thread_time()  # finding new processes has a share of its own
                    tree.look()
                    for meter in meters:
                        if meter.pid == pid:
                            meter.take(tree, self._gpus)
                    spent += time.thread_time() - began
            self._look_at = time.monotonic() + spent / LOOK_SHARE

    def _tree(self, pid: int | None) -> ProcessTree:
        """The tree of a process, with what is new in it."""
        tree = self._trees.get(pid)
        if tree is None:
            tree = self._trees[pid] = ProcessTree(pid)
        tree.scan()
        return tree

    def _run(self) -> None:
        while True:
            if not self._meters:
                self._trees.clear()
                self._wake.wait()
            time.sleep(self._pause)
            self._pause = min(self._pause * 1.02, SLOWEST_SECONDS)  # long runs: less often
            with contextlib.suppress(Exception):  # whatever a process does, the next is looked at
                self._sample()

    def _sample(self) -> None:
        meters = list(self._meters)
        for pid in {meter.pid for meter in meters}:
            if (size := resident_bytes(pid)) is not None:
                for meter in meters:
                    if meter.pid == pid:
                        meter.saw(size)
        due = [meter for meter in meters if meter.is_due()]
        if due and time.monotonic() >= self._look_at:
            if not self._has_asked_for_gpus:
                self._has_asked_for_gpus, self._gpus = True, find_gpus()
            self.look(due)
            with _held(self._lock):
                for pid in self._trees.keys() - {meter.pid for meter in self._meters.copy()}:
                    del self._trees[pid]  # of kernels that are gone
        for meter in meters:
            meter.tell_if_due()


@contextlib.contextmanager
def _held(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock; a forked child, in which nobody will let go of it, goes on without."""
    with interrupts_held():
        locked = lock.acquire(timeout=LOCK_SECONDS)
        try:
            yield
        finally:
            if locked:
                lock.release()


_sampler = _Sampler()


def _new_sampler() -> None:
    global _sampler
    _sampler = _Sampler()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_sampler)
