"""Generated cells side by side: the same results, random numbers and memory, tracked or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from cell_corpus import comparable
from generated_cells import SETUP, STATE, generate

from nbmlops.testing import Kernel
from nbmlops.workspace import open_workspace

MEMORY = "import psutil\nprint(psutil.Process().memory_info().rss)"
NOISE_BYTES = 60 * 1024**2


@pytest.mark.parametrize("seed", [11, 23])
def test_generated_cells_do_the_same_where_they_are_tracked(seed: int, tmp_path: Path) -> None:
    environment = {
        "NBMLOPS_WORKSPACE": str(tmp_path / "workspace"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "OMP_NUM_THREADS": "1",
    }
    differ, grown = [], {}
    with (
        Kernel(environment=environment, folder=tmp_path) as plain,
        Kernel(environment=environment, folder=tmp_path) as tracked,
    ):
        plain.run("import nbmlops")
        tracked.run("%load_ext nbmlops")
        for kernel in (plain, tracked):
            assert kernel.run(SETUP).status == "ok"
            grown[kernel] = -int(kernel.run(MEMORY).stdout)
        for cell in generate(100, seed):
            first = plain.run(cell.replace("{track}", "# a plain cell"))
            second = tracked.run(cell.replace("{track}", "%%track same --silent"))
            if comparable(first) != comparable(second) or "nbmlops" in second.traceback:
                differ.append((cell, comparable(first), comparable(second)))
        for kernel in (plain, tracked):
            grown[kernel] += int(kernel.run(MEMORY).stdout)
        states = [kernel.run(STATE).result for kernel in (plain, tracked)]

    assert differ == []
    assert states[0] == states[1]
    assert grown[tracked] - grown[plain] < NOISE_BYTES
    workspace = open_workspace(tmp_path / "workspace")
    runs = list(workspace.runs.find("experiment = 'same'", limit=200))
    workspace.store.close()
    assert len(runs) == 100
    assert not [run for run in runs if "capture-failed" in {each.code for each in run.warnings}]
    assert sum(bool(run.models) for run in runs) > 20
    assert sum(bool(run.datasets) for run in runs) > 20
    assert {run.status for run in runs} == {"succeeded", "failed", "cancelled"}
