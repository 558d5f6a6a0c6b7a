"""Which run is recorded to here and now, and `log`, the one verb that stands inside of loops.

A `with track():` block is seen through a context variable, so that tasks, threads and nested blocks
each have their own. Threads that know nothing of it fall back to the innermost block that the main
flow of the program is in, then to the run of the cell that is executing, then to the one that a
`log` opened. What another thread or task has open is nobody else's.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from time import time_ns
from typing import TYPE_CHECKING, Any

import orjson
from xxhash import xxh3_64_digest

from nbmlops.capture.telling import tell
from nbmlops.capture.workers import tell_workers

if TYPE_CHECKING:
    from nbmlops.capture.run import ActiveRun

__all__ = [
    "active_run",
    "enter",
    "join_cell",
    "keep_here",
    "leave",
    "log",
    "open_quietly",
    "set_cell_joiner",
    "set_cell_opener",
    "set_cell_run",
    "set_main_task",
    "set_opener",
    "set_process_run",
]

_context: ContextVar[ActiveRun | None] = ContextVar("nbmlops_run", default=None)
_blocks: list[ActiveRun] = []
_cell_run: ActiveRun | None = None
_process_run: ActiveRun | None = None
_fallback: ActiveRun | None = None
_opener: Callable[[], ActiveRun] | None = None
_cell_opener: Callable[[], ActiveRun] | None = None
_cell_joiner: Callable[[], None] | None = None
_main_task: weakref.ref[Any] | None = None


def active_run() -> ActiveRun | None:
    """The run that `log` records to here, or None."""
    run = _context.get() or _fallback
    return run if run is not None and not run.ended else None


def enter(run: ActiveRun) -> Token[ActiveRun | None]:
    """Make `run` the active one of this context."""
    global _fallback
    token = _context.set(run)
    try:
        if _is_main_flow():
            _blocks.append(run)
            _fallback = run
            tell_workers(run)
    except Exception:  # noqa: BLE001 - it is the active one here all the same
        return token
    return token


def leave(run: ActiveRun, token: Token[ActiveRun | None] | None) -> None:
    """Undo `enter`, from whichever context this is, also where it was left by half."""
    global _fallback
    if run in _blocks:
        _blocks.remove(run)
    _fallback = _blocks[-1] if _blocks else _cell_run or _process_run
    tell_workers(_fallback)
    if token is None:
        if _context.get() is run:
            _context.set(None)
        return
    try:
        _context.reset(token)
    except ValueError:  # left in another context than entered
        if _context.get() is run:
            _context.set(None)


def _is_main_flow() -> bool:
    """True in the main thread, but for tasks that run beside each other there."""
    if threading.current_thread() is not threading.main_thread():
        return False
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return True
    task = asyncio.current_task()
    return task is None or (_main_task is not None and _main_task() is task)


def set_main_task() -> None:
    """The task that executes a cell is the main flow of its notebook."""
    global _main_task
    asyncio: Any = sys.modules.get("asyncio")
    running = asyncio is not None and asyncio._get_running_loop() is not None
    task = asyncio.current_task() if running else None
    _main_task = None if task is None else weakref.ref(task)


def set_cell_run(run: ActiveRun | None) -> None:
    """Make `run` the one of the executing cell (None when the cell has ended)."""
    global _cell_run, _fallback
    _cell_run = run
    _fallback = _blocks[-1] if _blocks else run or _process_run
    tell_workers(_fallback)


def set_process_run(run: ActiveRun) -> None:
    """Make `run` the one of this process, for all that has no run of its own."""
    global _process_run, _fallback
    _process_run = run
    _fallback = _blocks[-1] if _blocks else _cell_run or run


def keep_here(run: ActiveRun) -> None:
    """Make `run` the active one of this thread or task alone, for as long as it is open."""
    _context.set(run)


def set_opener(opener: Callable[[], ActiveRun]) -> None:
    """Name the function that opens a run for a `log` without one."""
    global _opener
    _opener = opener


def set_cell_opener(opener: Callable[[], ActiveRun] | None) -> None:
    """Name the function that does so in a notebook, where runs end with cells (None: no more)."""
    global _cell_opener
    _cell_opener = opener


def set_cell_joiner(joiner: Callable[[], None] | None) -> None:
    """Name the function that opens a cell's run before a block in it does (`%track on`)."""
    global _cell_joiner
    _cell_joiner = joiner


def join_cell() -> None:
    """Open the run of the executing cell, where it is one as soon as something is recorded."""
    if _cell_joiner is not None and active_run() is None:
        _cell_joiner()


def current_or_open() -> ActiveRun:
    """The active run; where there is none, a new one that ends with the cell or the process."""
    run = active_run()
    if run is None:
        opener = _cell_opener or _opener
        if opener is None:
            raise RuntimeError("no workspace is open")
        run = opener()
    return run


def open_quietly() -> ActiveRun | None:
    """As `current_or_open`; where even that fails, a warning."""
    try:
        return current_or_open()
    except Exception as exc:  # noqa: BLE001 - log never raises into a cell
        tell(f"nbmlops could not open a run: {exc}", RuntimeWarning)
        return None


def _make_log() -> Callable[..., None]:
    # Everything the loop needs is a local of this closure: a global or attribute lookup costs as
    # much as a tenth of the write.
    get, dumps, write, now = _context.get, orjson.dumps, os.write, time_ns
    text, checksum, most, least = b2a_base64, xxh3_64_digest, float("inf"), float("-inf")

    def log(
        values: Mapping[str, Any] | None = None,
        /,
        *more: Any,
        step: int | None = None,
        **metrics: Any,
    ) -> None:
        """Record numbers of the active run: `log(loss=0.3, step=1)` or `log({"val/auc": 0.9})`.

        When the call returns, the numbers survive the death of this process. Without an active
        run one is opened, which ends with the cell or the process. Inside of a tracked cell
        nothing is raised (unless the run is strict): what cannot be recorded becomes a warning.
        """
        run = get() or _fallback
        if values is None and run is not None:
            latest = run.quick
            for name in metrics:  # noqa: PLC0206 - items() costs a twentieth of the call
                value = metrics[name]
                if type(value) is not float or name not in latest or not least < value < most:
                    break
                latest[name] = value
            else:
                descriptor, next_sequence = run.segment.hot
                try:
                    # A step below 64 bits is refused by the encoder.
                    if step is not None and (type(step) is not int or step > 0x7FFFFFFFFFFFFFFF):
                        raise TypeError
                    payload = dumps((next_sequence(), now(), run.id, step, metrics))
                    line = payload + text(checksum(payload))  # store.framing.frame
                    if write(descriptor, line) == len(line):
                        return
                except (OSError, TypeError, OverflowError):
                    pass  # no file yet, a full disk, an odd step: the careful way
        if run is None or run.ended:
            run = open_quietly()
        try:
            if run is not None:
                run.log(values, *more, step=step, **metrics)
        except Exception as exc:
            if run is not None and run.strict:
                raise
            tell(f"nbmlops could not record: {type(exc).__name__}: {exc}", RuntimeWarning)

    return log


log = _make_log()
