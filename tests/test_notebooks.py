"""The example notebooks run from clean, and are committed clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from nbmlops.testing import Kernel
from nbmlops.workspace import open_workspace

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "example_notebooks").glob("*.ipynb"))


def name_of(file: Path) -> str:
    return file.stem


def executed(file: Path) -> Any:
    """The notebook with the outputs of all its cells, run where it lies."""
    notebook = nbformat.read(file, as_version=4)
    place = {"metadata": {"path": str(file.parent)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    return notebook


def shown_by(notebook: Any, prefix: str) -> dict[str, str]:
    """What the cells show last whose ids begin so."""
    cells = [cell for cell in notebook.cells if cell.id.startswith(prefix)]
    return {cell.id: cell.outputs[-1].data["text/plain"] for cell in cells}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=name_of)
def test_a_notebook_is_committed_clean(file: Path) -> None:
    notebook: Any = nbformat.read(file, as_version=4)

    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert file.read_text("utf-8") == json.dumps(json.loads(file.read_text("utf-8")), indent=1,
                                                 ensure_ascii=False) + "\n"  # fmt: skip


@pytest.mark.parametrize("file", NOTEBOOKS, ids=name_of)
def test_a_notebook_runs_from_clean(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    notebook = executed(file)

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.text
    runs = open_workspace(tmp_path / "workspace").runs.find()
    assert runs
    assert {run.status for run in runs} == {"succeeded"}


def test_the_quickstart_records_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    notebook = executed(ROOT / "example_notebooks" / "01_track.ipynb")

    workspace = open_workspace(tmp_path / "workspace")
    (run,) = workspace.runs.find(experiment="demo")
    assert {"auc", "accuracy", "loss"} <= set(run.metrics)
    assert 0.85 < run.metrics["auc"] < 0.95
    assert len(workspace.runs.series(run.id, "loss")) == 100
    (cell,) = [cell for cell in notebook.cells if cell.id == "track"]
    assert {"text/html", "image/png", "text/plain"} <= set(cell.outputs[-1].data)
    (years,) = workspace.runs.find(experiment="demo-years")
    assert [point.step for point in workspace.runs.series(years.id, "later_auc")] == [
        2016,
        2017,
        2018,
    ]


def test_the_comparison_shows_what_its_notebook_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    notebook = executed(ROOT / "example_notebooks" / "02_compare.ipynb")

    shown = shown_by(notebook, "compare-")
    assert "one recorded difference: max_depth 4 → 12." in shown["compare-two"]
    assert "the training data 'X_train' and the test data 'X_test' differ: column age differs" in (
        " ".join(shown["compare-data"].split())
    )
    assert "learning_rate 0.1 → 0.6" in shown["compare-all"]
    aucs = {run.name: run.metrics["auc"] for run in open_workspace().runs.find()}
    assert max(aucs, key=lambda name: aucs[name]) == "deeper"
    assert min(aucs, key=lambda name: aucs[name]) == "larger-steps"


def test_drift_is_told_as_its_notebook_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    notebook = executed(ROOT / "example_notebooks" / "03_drift.ipynb")

    shown = shown_by(notebook, "drift-")
    assert shown["drift-same"].startswith("○ No drift found in 17 columns.")
    assert "ancestry" in shown["drift-years"].splitlines()[0]
    assert "disability" not in shown["drift-years"].splitlines()[0]
    assert "The model does no worse, as far as 12,000 labels tell: AUC" in shown["drift-years"]
    assert "drifted: prediction, disability" in shown["drift-harm"].splitlines()[0]
    assert "The model does worse: AUC" in shown["drift-harm"]
    assert "The model probably does worse: AUC" in shown["drift-unlabelled"]
    assert "cannot see where the same inputs have other answers now" in (
        " ".join(shown["drift-unlabelled"].split())
    )
    monitored = " ".join(shown["drift-monitor"].split())
    assert monitored.startswith("● Monitor census: disability")
    assert (
        "first found in day-08 (look 8 of 12). The model does worse: its Brier score" in monitored
    )
    checks = open_workspace().runs.find()
    assert {run.kind for run in checks} == {"check"}


OURS = (
    "%runs",
    "find_runs",
    "%compare",
    "get_run",
    "compare(",
    "%drift",
    "%monitor",
    "report",
)  # what shows other runs each time


@pytest.mark.parametrize("file", NOTEBOOKS, ids=name_of)
def test_a_notebook_shows_the_same_with_tracking_on_and_all_its_calls_are_found(
    file: Path, tmp_path: Path
) -> None:
    notebook: Any = nbformat.read(file, as_version=4)
    cells = [
        "\n".join(line for line in cell.source.split("\n") if not line.startswith("%"))
        for cell in notebook.cells
        if cell.cell_type == "code" and not any(word in cell.source for word in OURS)
    ]

    def shown(folder: str, first: str) -> list[tuple[str, ...]]:
        environment = {"NBMLOPS_WORKSPACE": str(tmp_path / folder), "OMP_NUM_THREADS": "1"}
        with Kernel(environment=environment, folder=file.parent) as kernel:
            kernel.run(first)
            answers = [kernel.run(cell, seconds=120) for cell in cells]
        return [
            (
                answer.status,
                answer.stdout,
                answer.stderr,
                str(answer.result),
                str([data for data in answer.displays if data not in answer.cards]),
            )
            for answer in answers
        ]

    assert shown("plain", "pass") == shown("tracked", "%load_ext nbmlops\n%track on all")
    runs = list(open_workspace(tmp_path / "tracked").runs.find(experiment="all", limit=50))
    # Counted by hand: 1 fit with 100 losses and two scores; 4 fits with 60 losses and a score each.
    fits = {"01_track": 1, "02_compare": 4, "03_drift": 1}[file.stem]
    assert sum(model.fit_count for run in runs for model in run.models.values()) == fits
    assert sum("auc" in run.metrics for run in runs) == fits
    losses = [len(run.series("loss")) for run in runs if run.models]
    assert losses == {"01_track": [100], "02_compare": [60] * 4, "03_drift": [0]}[file.stem]
