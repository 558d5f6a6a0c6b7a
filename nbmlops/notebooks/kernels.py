"""The kernel of one notebook: started on private sockets, watched, and gone afterwards.

On one host the sockets are files in a private folder (ZeroMQ over TCP would let every local user
connect). A death is noticed at once through a process descriptor and told with its reason: the
signal or exit code, what the system says about memory, the kernel's own last words. Whatever the
kernel started goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Mapping
from typing import Any

from nbmlops.capture.readings import lifetime_peak_bytes
from nbmlops.capture.redaction import redact_head
from nbmlops.errors import KernelDiedError, TimedOutError
from nbmlops.notebooks.costs import Costs, Usage

__all__ = ["KERNEL_MARK", "Kernel"]

KERNEL_MARK = "NBMLOPS_KERNEL"  # in the environment of the kernel and all that it starts
SHUTDOWN_SECONDS = 15.0  # for what a program does at its exit
KILL_SECONDS = 5.0
FAREWELL = "__import__('IPython').get_ipython().ask_exit()"
POLL_SECONDS = 0.2
SOCKET_PATH_BYTES = 100  # the system's limit is 107
FOLDER_PREFIX = "nbk-"
WORDS_BYTES = 64_000


class Kernel:
    """A kernel process and the client that talks to it."""

    def __init__(self, notebook: str, name: str, usage: Usage) -> None:
        self.notebook = notebook
        self.name = name
        self.costs = Costs(usage)
        self.manager: Any = None
        self.client: Any = None
        self.died: asyncio.Task[None] | None = None
        self.is_stuck = False  # it does not listen; do not wait for it
        self._folder = ""
        self._mark = ""
        self._returncode: int | None = None
        self._out_of_memory_count = _out_of_memory_count()

    async def start(
        self, client: Any, *, env: Mapping[str, str], cwd: str | None, timeout: float
    ) -> None:
        """Start the process and connect `client` (an nbclient NotebookClient) to it.

        Raises KernelDiedError or TimedOutError when it does not come up.
        """
        self.client = client
        self._folder = _private_folder()
        self._mark = os.path.basename(self._folder)
        client.kernel_name = self.name
        self.manager = manager = client.create_kernel_manager()
        manager.connection_file = os.path.join(self._folder, "kernel.json")
        if manager.ipykernel and os.name == "posix":
            sockets = os.path.join(self._folder, "s")
            if len(os.fsencode(sockets)) < SOCKET_PATH_BYTES:
                manager.transport, manager.ip = "ipc", sockets
        try:
            with open(self._words_file, "wb") as words:
                await client.async_start_new_kernel(
                    env={**os.environ, **env, KERNEL_MARK: self._mark},
                    cwd=cwd,
                    stdout=words,
                    stderr=words,
                )
        except OSError as exc:
            command = manager.kernel_spec.argv[0] if manager.kernel_spec else self.name
            problem = f"its command {command!r} cannot be started ({exc.strerror or exc})"
            raise KernelDiedError(self.notebook, None, problem) from None
        if self._process is not None:
            self.costs.begin(self._process.pid)
        self.died = asyncio.create_task(self._watch())
        self.is_stuck = True  # until it has answered
        ready = asyncio.create_task(self._connect(timeout))
        # Where Ctrl-C strikes while we wait, nobody asks any more why it was not ready.
        ready.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({ready, self.died}, return_when=asyncio.FIRST_COMPLETED)
        if self.is_gone() and not ready.done():
            ready.cancel()
            raise KernelDiedError(self.notebook, None, self.reason())
        error = ready.exception()
        if isinstance(error, TimeoutError):
            raise TimedOutError(f"The start of kernel {self.name!r}", timeout) from None
        if error is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.died), 1.0)
            raise KernelDiedError(self.notebook, None, self.reason() or str(error)) from None

    def is_gone(self) -> bool:
        """True once the kernel has been seen to be gone."""
        return self.died is not None and self.died.done()

    async def _connect(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        self.client.kc = kc = self.manager.client()
        kc.start_channels()
        try:
            await kc.wait_for_ready(timeout=timeout)
        except RuntimeError:
            # The client's word for both: it was not ready in time, or it is not there anymore.
            if time.monotonic() >= deadline and await self.manager.is_alive():
                raise TimeoutError from None
            raise
        kc.allow_stdin = False
        self.is_stuck = False
        if self.manager.ipykernel:  # a crash says where it was; nobody waits for the answer
            last = f"open({self._words_file!r}, 'ab', 0)"
            kc.execute(f"__import__('faulthandler').enable({last}, all_threads=False)", silent=True)

    @property
    def _process(self) -> Any:
        """The local process (a Popen), or None where another provisioner runs the kernel."""
        return getattr(getattr(self.manager, "provisioner", None), "process", None)

    async def _watch(self) -> None:
        """Return when the kernel is gone."""
        process = self._process
        if process is not None and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                await _exited(process.pid)
        while True:
            with contextlib.suppress(Exception):
                if process is not None:
                    self._returncode = process.poll()
                    if self._returncode is not None:
                        return
                elif not await self.manager.is_alive():
                    return
            await asyncio.sleep(POLL_SECONDS)

    def reason(self) -> str:
        """Why the kernel is gone, as far as anybody knows."""
        code = self._returncode
        if code is None:
            text = "it went away"
        elif code < 0:
            text = f"it was killed by {_signal_name(-code)}"
            if code == -signal.SIGKILL:
                count = _out_of_memory_count()
                if count is not None and count > (self._out_of_memory_count or 0):
                    text += ", probably out of memory: the system has just killed a process for it"
                else:
                    text += "; somebody stopped it, or memory ran out"
        else:
            text = f"it exited with code {code}"
        if words := self._last_words():
            text += f"; its last words: {words}"
        return text

    @property
    def _words_file(self) -> str:
        return os.path.join(self._folder, "words")

    def _last_words(self) -> str:
        try:
            with open(self._words_file, "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(file.tell() - WORDS_BYTES, 0))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        told = [line for line in lines if _is_telling(line)]
        fatal = [place for place, line in enumerate(told) if line.startswith("Fatal Python error")]
        last = told[fatal[0] : fatal[0] + 5] if fatal else told[-3:]
        return redact_head(" | ".join(last), 600)

    def measure(self) -> None:
        """Note what the kernel has cost so far."""
        process = self._process
        if process is None:
            return
        import psutil

        with contextlib.suppress(psutil.Error, OSError, ValueError):
            watched = psutil.Process(process.pid)
            times = watched.cpu_times()
            spent = times.user + times.system + times.children_user + times.children_system
            peak = lifetime_peak_bytes(process.pid)
            now = watched.memory_info().rss
            self.costs.usage.add(spent, peak or now, exact=peak is not None)

    async def interrupt(self) -> None:
        """Interrupt what the kernel is doing."""
        with contextlib.suppress(Exception):
            await self.manager.interrupt_kernel()

    async def close(self, hurry: Awaitable[None]) -> None:
        """End the kernel and everything that it started: politely, until `hurry` is done."""
        self.costs.end()
        manager, died = self.manager, self.died
        hurried = asyncio.ensure_future(hurry)
        try:
            if died is not None and not died.done() and not self.is_stuck:
                with contextlib.suppress(Exception):
                    await self._ask_to_exit()
                    await asyncio.wait(
                        {died, hurried},
                        timeout=SHUTDOWN_SECONDS,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
        finally:
            hurried.cancel()
            self._kill_all()
            if died is not None and not died.done():
                await asyncio.wait({died}, timeout=KILL_SECONDS)
            if died is not None:
                died.cancel()
            if manager is not None:
                with contextlib.suppress(Exception):
                    if self.client.kc is not None:
                        self.client.kc.stop_channels()
                with contextlib.suppress(Exception):
                    await manager.shutdown_kernel(now=True)
                with contextlib.suppress(Exception):
                    await manager.cleanup_resources()
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _ask_to_exit(self) -> None:
        """Ask the kernel to end as a program ends, with whatever it does at its exit."""
        if self.manager.ipykernel:
            # A shutdown request makes one ipykernel in twenty wait ten seconds for a thread that
            # has ended before; the exit of the shell does not.
            self.client.kc.execute(FAREWELL, silent=True, store_history=False)
        else:
            await self.manager.request_shutdown()

    def _kill_all(self) -> None:
        """Kill the process group, and what left the group but carries our mark."""
        process, provisioner = self._process, getattr(self.manager, "provisioner", None)
        group = getattr(provisioner, "pgid", None)
        if group and hasattr(os, "killpg") and group != os.getpgrp():
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        elif process is not None:
            with contextlib.suppress(OSError):
                process.kill()
        if process is not None and self._mark:
            for pid in _marked(self._mark):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)


def _private_folder() -> str:
    """A new folder for connection file and sockets, short enough for the path of a socket.

    Those of processes that were killed before they could take theirs away are taken away.
    """
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > SOCKET_PATH_BYTES - 40 and os.access("/tmp", os.W_OK):  # noqa: S108
        parent = "/tmp"  # noqa: S108
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            pid = name.split("-")[1] if name.startswith(FOLDER_PREFIX) else ""
            if pid.isdecimal() and not _is_alive(int(pid)):
                shutil.rmtree(os.path.join(parent, name), ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=parent)


def _is_alive(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


async def _exited(pid: int) -> None:
    """Return when a child process has exited; it is not reaped here."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    try:
        loop.add_reader(descriptor, done.set)
        await done.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _marked(mark: str) -> list[int]:
    """The processes of this user that were started by the marked kernel."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(KERNEL_MARK) == mark:
                found.append(process.pid)
    return found


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _is_telling(line: str) -> bool:
    """False for the greetings that every kernel writes."""
    noise = (
        "NOTE: When using",
        "Ctrl-C will not",
        "without encryption",
        "frozen modules",
        "[IPKernelApp]",
    )
    return not any(part in line for part in noise)


def _out_of_memory_count() -> int | None:
    """How often the system has killed a process for want of memory; None where it does not say."""
    counts: list[int] = []
    for path in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            counts += [int(line.split()[1]) for line in file if line.startswith("oom_kill ")]
    return sum(counts) if counts else None
