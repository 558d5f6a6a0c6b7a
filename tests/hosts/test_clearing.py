"""The card of a cell that clears its output: it never takes the cell's own last output away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat import v4

from nbmlops.workspace import Workspace

LOOP = "from IPython.display import clear_output, display\nfor i in range(3):\n"
CELLS = {
    "prints, then clears": (LOOP + "    print('plot', i)\n    clear_output(wait=True)", False),
    "displays, then clears": (
        LOOP + "    display(f'plot {i}')\n    clear_output(wait=True)",
        False,
    ),
    "clears, then prints": (LOOP + "    clear_output(wait=True)\n    print('plot', i)", True),
    "clears, then displays": (LOOP + "    clear_output(wait=True)\n    display(f'plot {i}')", True),
    "clears at once": (LOOP + "    print('plot', i)\n    clear_output()\nprint('plot 2')", True),
    "clears, then a result": (LOOP + "    clear_output(wait=True)\n'plot 2'", True),
}


def outputs_of(cells: list[str], folder: Path) -> list[Any]:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    return [cell.outputs for cell in notebook.cells]


def test_what_a_cell_shows_last_stays(workspace: Workspace, tmp_path: Path) -> None:
    plain = outputs_of([source for source, _ in CELLS.values()], tmp_path)
    tracked = outputs_of(
        ["%load_ext nbmlops", *(f"%%track clears\n{source}" for source, _ in CELLS.values())],
        tmp_path,
    )

    for (name, (_, has_card)), before, after in zip(CELLS.items(), plain, tracked[1:], strict=True):
        own = [each for each in after if "nbmlops" not in str(each.get("data", ""))]
        assert [_shown(each) for each in own] == [_shown(each) for each in before], name
        assert (len(after) > len(own)) == has_card, name
    assert len(workspace.runs.find(experiment="clears")) == len(CELLS)


def _shown(output: Any) -> tuple[str, str]:
    return output.output_type, output.get("text") or output["data"]["text/plain"]


@pytest.mark.parametrize(
    ("first", "is_given"), [("# Parameters", True), ("# Parameters of", False)]
)
def test_only_papermills_own_first_line_makes_parameters_of_a_cell(
    workspace: Workspace, tmp_path: Path, first: str, is_given: bool
) -> None:
    outputs_of(
        ["%load_ext nbmlops", f"{first}\nsize = 3", "%%track given --silent\nz = 1.5 * 2"], tmp_path
    )
    (run,) = workspace.runs.find(experiment="given")

    assert dict(run.params) == ({"size": 3} if is_given else {})
