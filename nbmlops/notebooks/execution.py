"""The execution of one notebook: cell after cell, with an ending that is true whatever happens.

The kernel is driven by an event loop in a thread of its own, so that it makes no difference
whether the caller stands in a script, in a notebook (whose thread has a running loop already) or
in a thread. The calling thread hands on progress and takes signals: Ctrl-C, SIGTERM and SIGHUP
interrupt the cell, give it a moment to say so, and end the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbclient.exceptions import CellExecutionError, DeadKernelError

from nbmlops.capture.redaction import redact, redact_head
from nbmlops.errors import (
    CellFailedError,
    ExecutionError,
    KernelDiedError,
    StoreUnavailableError,
    TimedOutError,
)
from nbmlops.notebooks.client import NotebookClient
from nbmlops.notebooks.costs import Usage, name_of
from nbmlops.notebooks.documents import INJECTED_TAG
from nbmlops.notebooks.interruption import Stop, as_signal, signals_to
from nbmlops.notebooks.kernels import Kernel
from nbmlops.notebooks.recording import Recording

__all__ = ["CellProgress", "Plan", "execute"]

GRACE_SECONDS = 3.0  # for an interrupted cell to end
DRAIN_SECONDS = 0.1  # for the last outputs of a dead kernel
SETTLE_SECONDS = 2.0  # for the process of a silent kernel to be seen as gone
START_SECONDS = 60.0
TICK_SECONDS = 1.0
SKIP_TAG = "skip-execution"

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class CellProgress:
    """Where an execution is: code cell `cell` of `total`, its status, and its seconds so far.

    Cell 0 with status `starting` is the start of the kernel. Cells are counted as the code cells
    of the notebook; the one that papermill adds for the parameters has the number of the
    `parameters` cell.
    """

    cell: int
    total: int
    status: str
    seconds: float


@dataclass(slots=True)
class Plan:
    """What to execute and how."""

    name: str  # of the notebook, for messages
    recording: Recording
    kernel: str
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    timeout: float | None = None  # seconds for any one cell
    start_timeout: float = START_SECONDS
    progress: Callable[[CellProgress], None] | None = None
    mark_failed_cell: bool = True
    client_options: Mapping[str, Any] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)


def execute(plan: Plan) -> None:
    """Execute the notebook of `plan.recording`, in place; `plan.usage` says what it cost.

    Returns when it has succeeded, a clean `sys.exit()` included. Raises CellFailedError,
    KernelDiedError, TimedOutError or CancelledError, and StoreUnavailableError when everything
    ran but could not be saved. Whichever it is: the recording says so and the kernel is gone.
    """
    work = _Execution(plan)
    thread = threading.Thread(target=work.main, name="nbmlops-notebook", daemon=True)
    progress = plan.progress
    with signals_to(work.stop.ask):
        thread.start()
        while True:
            try:
                event = work.next_event(None if progress is None else TICK_SECONDS)
                if event is None:
                    break
                if progress is not None:
                    progress(event)
            except KeyboardInterrupt:
                work.stop.ask("SIGINT")
            except Exception:  # noqa: BLE001  a display that fails is not the notebook's matter
                progress = None
        thread.join()
    if work.error is not None:
        raise work.error
    if work.stop.is_asked():  # after the last cell: everything ran, and the signal still counts
        raise as_signal(work.stop.error(f"The run of {plan.name!r}"))


class _StoppedError(Exception):
    """Somebody asked to stop."""


class _Execution:
    """One execution, in its own thread and loop."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.events: queue.SimpleQueue[CellProgress | None] = queue.SimpleQueue()
        self.error: BaseException | None = None
        self.stop = Stop()
        self._recording = plan.recording
        self._cells = plan.recording.nb.cells
        self._numbers = _numbers(self._cells)
        self._at: int | None = None
        self._last = CellProgress(0, 0, "starting", 0.0)
        self._last_clock = time.monotonic()
        self._kernel = Kernel(plan.name, plan.kernel, plan.usage)

    def main(self) -> None:
        """Run to the end; whatever went wrong is in `error`, and `events` is closed."""
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001  it is raised in the calling thread
            self.error = error
        finally:
            self.events.put(None)

    def next_event(self, tick: float | None) -> CellProgress | None:
        """The next event; where none comes within `tick` seconds the last one, grown older."""
        is_open = self._last.status in ("running", "starting")
        try:
            event = self.events.get(timeout=tick if is_open else None)
        except queue.Empty:
            return replace(self._last, seconds=time.monotonic() - self._last_clock)
        if event is not None:
            self._last, self._last_clock = event, time.monotonic()
        return event

    async def _run(self) -> None:
        self.stop.attach()
        recording = self._recording
        try:
            recording.begin()
        except OSError as exc:
            raise self._unsaved(exc, "Nothing was executed.") from None
        try:
            await self._conduct()
            recording.finish("succeeded")
        except _StoppedError:
            error = self.stop.error(f"The run of {self.plan.name!r}")
            recording.finish("cancelled", error.message, mark=self._at)
            raise error from None
        except ExecutionError as exc:
            mark = self.plan.mark_failed_cell or not isinstance(exc, CellFailedError)
            recording.finish("failed", exc.message, mark=self._at if mark else None)
            raise
        except BaseException as exc:
            recording.finish("failed", f"{type(exc).__name__}: {exc}", mark=self._at)
            raise
        finally:
            await self._kernel.close(hurry=self._hurry())
        if recording.problem is not None:
            hint = "Every cell ran; the file says what was true when it was last saved."
            raise self._unsaved(recording.problem, hint)

    async def _conduct(self) -> None:
        """Start the kernel, execute the cells in order, take leave."""
        client = NotebookClient(self._recording, **self.plan.client_options)
        self._tell(0, "starting", 0.0)
        await self._started(client)
        for index, cell in enumerate(self._cells):
            if cell.cell_type == "code" and SKIP_TAG in cell.metadata.get("tags", []):
                self._recording.skip_cell(index)
            elif not await self._cell(client, index):
                break
        self._at = None
        with contextlib.suppress(Exception):  # a kernel that was told to exit does not answer
            await asyncio.wait_for(self._describe(client), SETTLE_SECONDS)
        client.set_widgets_metadata()

    async def _started(self, client: NotebookClient) -> None:
        plan = self.plan
        start = asyncio.create_task(
            self._kernel.start(client, env=plan.env, cwd=plan.cwd, timeout=plan.start_timeout)
        )
        stopped = asyncio.create_task(self.stop.wait())
        await asyncio.wait({start, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self.stop.is_asked():
            start.cancel()
            await asyncio.wait({start})
            raise _StoppedError
        start.result()

    async def _cell(self, client: NotebookClient, index: int) -> bool:
        """Execute one cell; False where the notebook wants to end here."""
        cell, recording = self._cells[index], self._recording
        if self.stop.is_asked():
            raise _StoppedError
        if cell.cell_type != "code" or not cell.source.strip():
            recording.start_cell(index)
            recording.end_cell(index, "completed")
            return True
        died = self._kernel.died
        assert died is not None
        if self._kernel.is_gone():
            raise KernelDiedError(self.plan.name, None, self._kernel.reason())
        self._at = index
        recording.start_cell(index)
        self._tell(self._numbers[index], "running", 0.0)
        client.begin_cell()
        self._kernel.costs.begin_cell()
        task = asyncio.create_task(client.async_execute_cell(cell, index))
        stopped = asyncio.create_task(self.stop.wait())
        await asyncio.wait(
            {task, stopped, died}, timeout=self.plan.timeout, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.cancel()
        is_silent = task.done() and isinstance(task.exception(), DeadKernelError)
        if task.done() and not is_silent:
            return self._settle(client, index, task)
        if is_silent:
            await asyncio.wait({died}, timeout=SETTLE_SECONDS)
        if is_silent or self._kernel.is_gone():
            await _cancel(task)
            await self._drain(client, index)
            raise self._died(client, index)
        await self._interrupt(task)
        if self.stop.is_asked():
            self._end(client, index, "cancelled", self.stop.error("The cell").message)
            raise _StoppedError
        error = TimedOutError(
            f"Cell {self._numbers[index]} of {self.plan.name!r}", self.plan.timeout or 0
        )
        recording.say(index, "TimedOut", error.message)
        self._end(client, index, "failed", error.message)
        raise error

    def _settle(self, client: NotebookClient, index: int, task: asyncio.Task[Any]) -> bool:
        """Take the kernel's answer for what it is."""
        error = task.exception()
        if error is None:
            self._end(client, index, "completed")
            payloads = client.reply.get("content", {}).get("payload") or []
            return not any(one.get("source") == "ask_exit" for one in payloads)
        if not isinstance(error, CellExecutionError):
            self._end(client, index, "failed", f"{type(error).__name__}: {error}")
            raise error
        if error.ename == "SystemExit" and error.evalue in ("", "0", "None"):
            self._end(client, index, "completed", "The notebook ended itself here.")
            return False
        value = _ANSI.sub("", str(error.evalue))
        said = f"{error.ename}: {value}" if value else str(error.ename)
        self._end(client, index, "failed", redact_head(said, 2000))
        short = redact_head(said, 500)
        failed = CellFailedError(
            self.plan.name, self._numbers[index], short, output=self._recording.path or ""
        )
        failed.details.update(
            error_type=error.ename, error=value, traceback=_ANSI.sub("", str(error.traceback))
        )
        raise failed

    def _died(self, client: NotebookClient, index: int) -> KernelDiedError:
        error = KernelDiedError(self.plan.name, self._numbers[index], self._kernel.reason())
        self._recording.say(index, "KernelDied", error.message)
        self._end(client, index, "failed", error.message)
        return error

    def _end(
        self, client: NotebookClient, index: int, status: str, reason: str | None = None
    ) -> None:
        client.end_cell(self._cells[index].outputs)
        seconds = self._recording.seconds(index)
        used = self._measured(index, status, seconds)
        self._recording.end_cell(index, status, reason, used)
        self._tell(self._numbers[index], status, seconds)

    def _measured(self, index: int, status: str, seconds: float) -> dict[str, Any]:
        """What the cell used."""
        self._kernel.measure()
        cell, clean = self._cells[index], self._recording.redact or redact
        return self._kernel.costs.end_cell(
            number=self._numbers[index],
            name=name_of(cell.source, clean),
            cell_id=cell.get("id"),
            status=status,
            seconds=seconds,
        )

    async def _interrupt(self, task: asyncio.Task[Any]) -> None:
        """Interrupt the cell and wait a moment: its traceback says where it was."""
        died = self._kernel.died
        assert died is not None
        await self._kernel.interrupt()
        again = asyncio.create_task(self.stop.wait(2))
        await asyncio.wait(
            {task, died, again}, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        again.cancel()
        if not task.done():
            self._kernel.is_stuck = True
            await _cancel(task)
        else:
            task.exception()

    async def _hurry(self) -> None:
        """Return when an ending kernel has had its time, which is short once we are asked."""
        await self.stop.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(2), GRACE_SECONDS)

    async def _drain(self, client: NotebookClient, index: int) -> None:
        """Take the outputs that a kernel had sent before it died."""
        with contextlib.suppress(Exception):
            while True:
                message = await client.kc.iopub_channel.get_msg(timeout=DRAIN_SECONDS)
                if message["msg_type"] != "status":
                    client.process_message(message, self._cells[index], index)

    async def _describe(self, client: NotebookClient) -> None:
        reply = await client.async_wait_for_reply(client.kc.kernel_info())
        if reply is not None and "language_info" in reply["content"]:
            client.nb.metadata["language_info"] = reply["content"]["language_info"]

    def _tell(self, cell: int, status: str, seconds: float) -> None:
        self.events.put(CellProgress(cell, max([0, *self._numbers.values()]), status, seconds))

    def _unsaved(self, problem: OSError, hint: str) -> StoreUnavailableError:
        what = f"The executed notebook {self._recording.path!r}"
        return StoreUnavailableError(what, problem.strerror or str(problem), hint=hint)


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


def _numbers(cells: list[Any]) -> dict[int, int]:
    """Position → number, counting code cells as their author does."""
    numbers: dict[int, int] = {}
    count = 0
    for index, cell in enumerate(cells):
        if cell.cell_type == "code":
            count += INJECTED_TAG not in cell.metadata.get("tags", [])
            numbers[index] = max(count, 1)
    return numbers
