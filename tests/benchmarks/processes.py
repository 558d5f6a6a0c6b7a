"""One workload, one process, one fresh folder: started, timed, gated, killed and waited for."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from environments import OURS, ROOT, Tool

DRIVER = Path(__file__).with_name("driver.py")
TIMEOUT_SECONDS = 400.0


class WorkloadFailed(Exception):
    """A tool could not do what it was asked for; the message is its own last line."""


@dataclass
class Laboratory:
    """Where the fresh stores are made, and what every process is told."""

    folder: Path
    record_bytes: int = 170
    _count: int = 0

    def store(self, tool: Tool) -> Path:
        """A new, empty folder."""
        self._count += 1
        place = self.folder / f"{self._count:04d}-{tool.name}"
        place.mkdir()
        return place

    def environment(self, tool: Tool, store: Path) -> dict[str, str]:
        """Nothing of the user's own settings, no network, no telemetry; the tool's defaults."""
        inherited = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
        told = {name: os.environ[name] for name in inherited if name in os.environ}
        home = store / "home"
        home.mkdir(exist_ok=True)
        told |= {
            "HOME": str(home),
            "PYTHONSAFEPATH": "1",
            "DO_NOT_TRACK": "1",
            "MLFLOW_TRACKING_URI": f"sqlite:///{store / 'mlflow.db'}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
            "TRACKIO_DIR": str(store / "trackio"),
            "HF_HUB_OFFLINE": "1",
            "NBMLOPS_WORKSPACE": str(store / "workspace"),
            "FLOOR_RECORD_BYTES": str(self.record_bytes),
        }
        for name in ("DATA", "STATE", "CONFIG", "CACHE"):
            told[f"XDG_{name}_HOME"] = str(home / name.lower())
        if tool.name == OURS:
            told["PYTHONPATH"] = str(ROOT)
        return told

    def spawn(
        self, tool: Tool, action: str, store: Path, options: Mapping[str, Any] | None = None
    ) -> Process:
        """The workload, begun."""
        return Process(self, tool, action, store, options)

    def run(
        self, tool: Tool, action: str, store: Path | None = None, **options: Any
    ) -> dict[str, Any]:
        """What the workload found, with the wall and processor seconds of its whole process."""
        process = self.spawn(tool, action, store or self.store(tool), options or None)
        return process.result()

    def clean(self) -> None:
        """Remove the stores made so far."""
        for place in self.folder.iterdir():
            shutil.rmtree(place, ignore_errors=True)


class Process:
    """A workload that is running."""

    def __init__(
        self,
        laboratory: Laboratory,
        tool: Tool,
        action: str,
        store: Path,
        options: Mapping[str, Any] | None,
    ) -> None:
        self.tool, self.action = tool, action
        base = store / f"{action}-{os.urandom(4).hex()}"
        self.result_file, self.said = base.with_suffix(".json"), base.with_suffix(".txt")
        # Without options the driver reads and writes nothing of its own: a bare process.
        asked = [tool.python, str(DRIVER), tool.name, action]
        if options is not None or action in ("bare", "import_", "read_back", "load_ext"):
            asked += [str(self.result_file), json.dumps(dict(options or {}))]
        passed = [options[name] for name in ("ready", "gate") if options and name in options]
        environment = laboratory.environment(tool, store)
        with self.said.open("wb") as said:
            self.began = perf_counter()
            self.popen = subprocess.Popen(
                asked,
                cwd=store,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=passed,
                start_new_session=True,
            )

    def wait(self) -> tuple[int, float, float]:
        """Exit code, wall and processor seconds; killed when it takes too long."""
        alarm = threading.Timer(TIMEOUT_SECONDS, self.kill_group)
        alarm.start()
        try:
            _, status, usage = os.wait4(self.popen.pid, 0)
        except BaseException:  # interrupted: it has a session of its own and would go on
            self.kill_group()
            raise
        finally:
            alarm.cancel()
        wall = perf_counter() - self.began
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        return self.popen.returncode, wall, usage.ru_utime + usage.ru_stime

    def result(self) -> dict[str, Any]:
        """What it found. Raises WorkloadFailed."""
        code, wall, cpu = self.wait()
        if code:
            raise WorkloadFailed(f"exit {code}: {self.last_words()}")
        found = {"wall_ms": wall * 1e3, "process_cpu_ms": cpu * 1e3}
        if self.result_file.exists():
            found |= json.loads(self.result_file.read_text("utf-8"))
        return found

    def last_words(self) -> str:
        """Its last error, or its last line, without any folder of this machine."""
        lines = self.said.read_text("utf-8", "replace").strip().splitlines() or ["no message"]
        errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
        told = (errors or lines)[-1]
        for private in (str(self.result_file.parent), str(ROOT), str(Path.home())):
            told = told.replace(private, "…")
        return told[:200]

    def kill(self) -> None:
        """SIGKILL to the process alone; helpers get five seconds to save what they hold."""
        os.kill(self.popen.pid, signal.SIGKILL)
        self.wait()
        deadline = monotonic() + 5
        while monotonic() < deadline:
            try:
                os.killpg(self.popen.pid, 0)
            except ProcessLookupError:
                return
            sleep(0.05)
        self.kill_group()

    def kill_group(self) -> None:
        """SIGKILL to the process and everything that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)


@dataclass
class Crowd:
    """Several processes of one tool that passed the gate together."""

    results: list[dict[str, Any]]
    errors: list[str]


def crowd(
    laboratory: Laboratory, tool: Tool, action: str, store: Path, size: int, **options: Any
) -> Crowd:
    """Start `size` processes, open the gate when all of them are ready, and wait for all."""
    ready_read, ready_write = os.pipe()
    gate_read, gate_write = os.pipe()
    told = {**options, "ready": ready_write, "gate": gate_read}
    processes = [laboratory.spawn(tool, action, store, told) for _ in range(size)]
    os.close(ready_write)
    os.close(gate_read)
    ready, deadline = 0, monotonic() + TIMEOUT_SECONDS
    while ready < size and monotonic() < deadline:
        if not select.select([ready_read], [], [], 1.0)[0]:
            continue
        came = os.read(ready_read, size)
        if not came:  # those that are still missing died before the gate
            break
        ready += len(came)
    os.close(gate_write)
    os.close(ready_read)
    found = Crowd([], [])
    try:
        for process in processes:
            try:
                found.results.append(process.result())
            except WorkloadFailed as failed:
                found.errors.append(str(failed))
    finally:
        for process in processes[len(found.results) + len(found.errors) :]:
            process.kill_group()
    return found


def acknowledged_then_killed(
    laboratory: Laboratory, tool: Tool, store: Path, *, seconds: float, rate: float
) -> int:
    """How many points were acknowledged by a process that was killed after so many seconds."""
    ready_read, ready_write = os.pipe()
    process = laboratory.spawn(tool, "stream", store, {"ready": ready_write, "rate": rate})
    os.close(ready_write)
    count, deadline = 0, monotonic() + TIMEOUT_SECONDS
    while monotonic() < deadline:
        if not select.select([ready_read], [], [], 0.02)[0]:
            continue
        came = len(os.read(ready_read, 1 << 16))
        if not came:
            break
        if count == 0:
            deadline = monotonic() + seconds
        count += came
    if process.popen.poll() is not None:
        os.close(ready_read)
        raise WorkloadFailed(process.last_words())
    process.kill()
    os.set_blocking(ready_read, False)
    with contextlib.suppress(BlockingIOError):
        while came := len(os.read(ready_read, 1 << 16)):
            count += came
    os.close(ready_read)
    return count


@contextlib.contextmanager
def laboratory() -> Iterator[Laboratory]:
    """A laboratory in a temporary folder, removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-benchmarks-"))
    try:
        yield Laboratory(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
