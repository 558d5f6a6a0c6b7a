"""Objects that mind being looked at do not notice it: cell by cell as in a plain kernel."""

from __future__ import annotations

from pathlib import Path

from cell_corpus import comparable
from watched_cells import CELLS, SETUP

from nbmlops.testing import Kernel
from nbmlops.workspace import open_workspace

MEMORY = "import psutil\nprint(psutil.Process().memory_info().rss)"
NOISE_BYTES = 60 * 1024**2
TRACKED = 3  # each third cell is tracked, the others are only watched


def test_what_minds_being_looked_at_does_not_notice(tmp_path: Path) -> None:
    environment = {
        "NBMLOPS_WORKSPACE": str(tmp_path / "workspace"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "OMP_NUM_THREADS": "1",
    }
    differ, grown = [], {}
    with (
        Kernel(environment=environment, folder=tmp_path) as plain,
        Kernel(environment=environment, folder=tmp_path) as watched,
    ):
        plain.run("import nbmlops")
        watched.run("%load_ext nbmlops")
        for kernel in (plain, watched):
            assert kernel.run(SETUP).status == "ok"
            grown[kernel] = -int(kernel.run(MEMORY).stdout)
        for number, cell in enumerate(CELLS):
            line = "" if number % TRACKED else "%%track same --silent\n"
            first = plain.run("# a plain cell\n" * bool(line) + cell.format())
            second = watched.run(line + cell.format())
            assert first.status == "ok", (cell, first.message)
            if comparable(first) != comparable(second):
                differ.append((cell, comparable(first), comparable(second)))
        for kernel in (plain, watched):
            grown[kernel] += int(kernel.run(MEMORY).stdout)

    assert differ == []
    assert grown[watched] - grown[plain] < NOISE_BYTES
    workspace = open_workspace(tmp_path / "workspace")
    runs = list(workspace.runs.find("experiment = 'same'", limit=200))
    workspace.store.close()
    assert len(runs) == len(CELLS[::TRACKED])
    assert not [run for run in runs if "capture-failed" in {each.code for each in run.warnings}]
