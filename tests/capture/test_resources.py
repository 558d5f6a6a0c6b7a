"""What a run costs, measured on real processes; the pauses are shortened, not waited for."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nbmlops.capture import looks, processes, resources, series
from nbmlops.capture.environment import Environments
from nbmlops.capture.gpus import Gpus
from nbmlops.capture.processes import ProcessTree
from nbmlops.capture.resources import Meter
from nbmlops.capture.series import Series
from nbmlops.events import resources_of
from nbmlops.testing import Kernel
from nbmlops.workspace import Workspace, open_workspace

BURN = """
import sys, time
while time.process_time() < float(sys.argv[1]): pass
print("done", flush=True)
sys.stdin.readline()
"""
SHORT = """
from nbmlops.capture import looks, resources, series
looks.FIRST_SECONDS, series.PAUSE_SECONDS, resources.SLOWEST_SECONDS = 0.05, 0.05, 0.05
series.Series.__init__.__defaults__ = (240, 0.05)
resources.LOOK_SHARE, resources.TELL_SECONDS, resources.TELL_SHARE = 1.0, 0.1, 0.0
"""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sampler that looks at once and often."""
    monkeypatch.setattr(looks, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(Series.__init__, "__defaults__", (series.MOST_POINTS, 0.05))
    monkeypatch.setattr(resources, "SLOWEST_SECONDS", 0.05)
    monkeypatch.setattr(resources, "LOOK_SHARE", 1.0)
    monkeypatch.setattr(processes, "SCAN_SHARE", 1.0)


def until(is_so: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What a condition gives once it holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(0.01)
    pytest.fail("it never came")


@contextmanager
def burning(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A child that has used so much CPU time and lives until it is told to go."""
    child = subprocess.Popen(
        [sys.executable, "-c", BURN, str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        yield child
    finally:
        child.communicate("\n")


# ── series ───────────────────────────────────────────────────────────────────────────────────


def test_a_series_never_has_more_points_than_it_may():
    course = Series(most=240)
    at = 0.0
    lengths = set()
    while at < 36_000:
        at += course.pause_seconds
        course.add(at, {"cpu_percent": 50.0, "memory_bytes": 1e9 if 1000 < at < 1010 else 1e8})
        lengths.add(len(course))
    data = course.data()

    assert max(lengths) == 240
    assert 120 <= len(course) <= 240
    assert data["at_seconds"][-1] == pytest.approx(at, abs=0.1)
    assert set(data["cpu_percent"]) == {50.0}
    assert max(data["memory_bytes"]) == 1e9  # the highest is never averaged away


def test_rates_keep_what_they_add_up_to():
    course = Series(most=8)
    total = 0.0
    for at in range(1, 101):
        value = float(at * 7 % 13)
        total += value
        course.add(float(at), {"disk_read_bytes_per_second": value})
    data = course.data()
    spans = [
        end - begin
        for begin, end in zip([0.0, *data["at_seconds"]], data["at_seconds"], strict=False)
    ]

    kept = sum(
        span * value for span, value in zip(spans, data["disk_read_bytes_per_second"], strict=True)
    )
    assert kept == pytest.approx(total, abs=10)


def test_what_is_measured_later_or_no_longer_leaves_gaps():
    course = Series()
    course.add(1.0, {"cpu_percent": 1.0})
    course.add(2.0, {"cpu_percent": 2.0, "gpu_percent": 5.0})
    course.add(3.0, {"gpu_percent": 7.0})

    assert course.data() == {
        "at_seconds": [1.0, 2.0, 3.0],
        "cpu_percent": [1.0, 2.0, None],
        "gpu_percent": [None, 5.0, 7.0],
    }
    assert resources_of({"wall_seconds": 3, "cpu_seconds": 1, "series": course.data()}).series == {
        "at_seconds": (1.0, 2.0, 3.0),
        "cpu_percent": (1.0, 2.0, None),
        "gpu_percent": (None, 5.0, 7.0),
    }


# ── meters ───────────────────────────────────────────────────────────────────────────────────


def test_a_short_run_has_numbers_and_no_course():
    meter = Meter()
    total = sum(range(1_000_000))
    cost = meter.stop()

    assert total
    assert cost["wall_seconds"] > 0
    assert cost["peak_memory_bytes"] > 1 << 20
    assert "series" not in cost


def test_the_cpu_time_of_a_child_that_lives_counts_in_a_longer_run(quick: None):
    meter = Meter()
    with burning(0.5):
        until(lambda: len(meter._looks.series) > 1)
        cost = meter.stop()

    assert 0.5 <= cost["cpu_seconds"] < 5


def test_the_cpu_time_of_a_child_that_ended_counts_once(quick: None):
    meter = Meter()
    until(lambda: meter._looks.has_begun)
    with burning(1.0):
        count = len(meter._looks.series)
        until(lambda: len(meter._looks.series) > count + 1)
    cost = meter.stop()

    assert 1.0 <= cost["cpu_seconds"] < 1.9
    course = cost["series"]
    assert max(course["cpu_percent"]) > 10
    assert len({len(values) for values in course.values()}) == 1


def test_what_was_used_before_a_run_is_not_its_cost(quick: None):
    with burning(0.8):
        meter = Meter()
        until(lambda: len(meter._looks.series) > 1)
        cost = meter.stop()

    assert cost["cpu_seconds"] < 0.8


def test_memory_and_disk_of_a_child_are_seen(quick: None, tmp_path: Path):
    code = (
        "import os, sys; held = b'x' * (80 << 20); f = open(sys.argv[1], 'wb')\n"
        "f.write(os.urandom(4 << 20)); f.flush(); os.fsync(f.fileno()); print('x', flush=True)\n"
        "sys.stdin.readline()"
    )
    meter = Meter()
    until(lambda: len(meter._looks.series) > 0)  # what there is without the child
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    count = len(meter._looks.series)
    until(lambda: len(meter._looks.series) > count + 2)
    child.communicate("\n")
    course = meter.stop()["series"]

    assert max(course["memory_bytes"]) > min(course["memory_bytes"]) + (60 << 20)
    if tree_tells_disk():
        assert max(course["disk_write_bytes_per_second"]) > 1 << 20


def tree_tells_disk() -> bool:
    tree = ProcessTree()
    tree.scan()
    tree.look()
    return tree.use is not None and tree.use.disk_write_bytes is not None


def test_another_process_can_be_measured_and_may_go_away(quick: None):
    with burning(0.3) as child:
        meter = Meter(child.pid)
        until(lambda: len(meter._looks.series) > 1)
        assert meter.is_alive
        assert meter.data()["peak_memory_bytes"] > 1 << 20
    assert not meter.is_alive
    cost = meter.stop()

    assert cost["peak_memory_bytes"] > 1 << 20
    assert cost["cpu_seconds"] < 0.3


def test_a_process_that_is_gone_keeps_nobody_from_being_measured(quick: None):
    with burning(0.1) as child:
        theirs = Meter(child.pid)
    others = [Meter() for _ in range(3)]
    until(lambda: all(len(meter._looks.series) > 1 for meter in others))
    for meter in (theirs, *others):
        meter.stop()


def test_a_process_that_nobody_measures_any_more_is_forgotten(quick: None):
    mine = Meter()
    with burning(0.1) as child:
        theirs = Meter(child.pid)
        until(lambda: child.pid in resources._sampler._trees)
        theirs.stop()
        until(lambda: set(resources._sampler._trees) == {None})
    mine.stop()


def test_nothing_is_told_after_the_last_word(quick: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resources, "TELL_SECONDS", 0.0)
    monkeypatch.setattr(resources, "TELL_SHARE", 0.0)
    told: list[dict[str, Any]] = []
    meter = Meter(tell=told.append)
    until(lambda: len(told) > 3)
    cost = meter.stop()
    count = len(told)
    other = Meter(tell=told.append)
    until(lambda: len(told) > count + 2)
    other.stop()

    assert told[count]["wall_seconds"] < cost["wall_seconds"]  # it is the other's
    assert meter.tell is None


def test_telling_may_fail(quick: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resources, "TELL_SECONDS", 0.0)
    seen = []

    def tell(data: dict[str, Any]) -> None:
        seen.append(data)
        raise OSError("the disk is full")

    meter = Meter(tell=tell)
    until(lambda: len(seen) > 1)

    assert meter.stop()["cpu_seconds"] >= 0


def test_the_sampler_rests_and_keeps_nothing_alive(quick: None):
    meter = Meter()
    until(lambda: meter._looks.has_begun)
    meter.stop()

    until(lambda: not resources._sampler._meters and not resources._sampler._trees)


def test_measuring_is_no_part_of_the_environment(tmp_path: Path):
    code = (
        SHORT + "import sys, time\nfrom nbmlops.capture.resources import Meter\n"
        "from nbmlops.capture.environment import Environments\nmeter = Meter()\n"
        "while not meter._looks.has_begun: time.sleep(0.01)\nmeter.stop()\n"
        "assert 'psutil' in sys.modules\nprint('psutil' in Environments().record('w')['body']['packages'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stdout == "False\n"
    assert Environments().record("w")["body"]["packages"]


# ── GPUs ─────────────────────────────────────────────────────────────────────────────────────


class Driver:
    """NVML's functions as the driver has them, over two GPUs that do not exist."""

    uuids = (b"GPU-aaaa", b"GPU-bbbb")
    fails = ""

    def nvmlInit_v2(self) -> int:
        return self.fails == "init"

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 2
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:
        handle._obj.value = index.value + 1
        return 0

    def nvmlDeviceGetUUID(self, handle: Any, uuid: Any, size: Any) -> int:
        assert size.value == ctypes.sizeof(uuid)
        uuid.value = self.uuids[handle.value - 1]
        return 0

    def nvmlDeviceGetUtilizationRates(self, handle: Any, use: Any) -> int:
        use._obj.gpu = 40 * handle.value
        return self.fails == "use"

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:
        memory._obj.used = handle.value << 40
        return 0


@pytest.mark.parametrize(
    ("visible", "percent", "memory"),
    [(None, 120, 3 << 40), ("1", 80, 2 << 40), ("GPU-aaaa", 40, 1 << 40), ("-1,0", None, None)],
)
def test_gpus_that_may_be_used_are_added_up(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, percent: int | None, memory: int | None
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    told = Gpus(Driver()).read()

    assert told.get("gpu_percent") == percent
    assert told.get("gpu_memory_bytes") == memory


def test_a_driver_that_refuses_tells_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    driver = Driver()
    driver.fails = "use"
    assert Gpus(driver).read() == {"gpu_memory_bytes": 3 << 40}
    driver.fails = "init"
    assert len(Gpus(driver)) == 0


# ── in runs ──────────────────────────────────────────────────────────────────────────────────


def test_a_long_cell_has_a_course_and_its_metrics_stay_clean(
    workspace_folder: Path, tmp_path: Path
):
    environment = {"NBMLOPS_WORKSPACE": str(workspace_folder), "IPYTHONDIR": str(tmp_path / "i")}
    with Kernel(environment=environment, folder=tmp_path) as kernel:
        kernel.run("%load_ext nbmlops\nimport nbmlops\n" + SHORT)
        kernel.run(
            "%%track long\nfrom nbmlops.capture.resources import _sampler\n"
            "while not any(len(m._looks.series) > 3 for m in list(_sampler._meters)): sum(range(9999))\n"
            "score = 0.5 + 0.25"
        )
        kernel.run("nbmlops.flush()")
    opened = open_workspace(workspace_folder)
    run = opened.runs.get("last")

    assert run.metrics == {"score": 0.75}
    assert len(run.resources.series["at_seconds"]) > 3
    assert {"at_seconds", "cpu_percent", "memory_bytes"} <= set(run.resources.series)
    assert list(opened.runs.find().to_pandas().filter(like="metrics").columns) == ["metrics.score"]
    opened.close()


def test_a_process_that_is_killed_has_told_what_it_cost(workspace: Workspace, tmp_path: Path):
    code = (
        SHORT + "import nbmlops, time\nwith nbmlops.track('killed', name='k') as run:\n"
        "    print('ready', flush=True)\n    while True: time.sleep(0.01)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    process.stdout.readline()

    def has_told() -> bool:
        found = workspace.runs.find(experiment="killed")
        return bool(found and found[0].resources and len(found[0].resources.series) > 1)

    until(has_told)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: workspace.runs.get("k").status == "lost")
    run = workspace.runs.get("k")

    assert run.resources.wall_seconds > 0
    assert len(run.resources.series["at_seconds"]) > 1


def test_a_forked_child_goes_on_measuring_for_itself(quick: None):
    meter = Meter()
    until(lambda: meter._looks.has_begun)
    pid = os.fork()
    if pid == 0:  # pragma: no cover - another process
        mine = Meter()
        is_good = mine.stop()["wall_seconds"] >= 0 and meter.stop()["wall_seconds"] >= 0
        os._exit(0 if is_good else 1)
    _, status = os.waitpid(pid, 0)
    meter.stop()

    assert status == 0
