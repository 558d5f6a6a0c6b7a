"""Which run is recorded to, and what loading and unloading the extension change, in a real IPython shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shown_cards import cards

from nbmlops.testing import Kernel, Shell
from nbmlops.workspace import Workspace

# ── runs inside of runs, log without a run ───────────────────────────────────────────────────


def test_a_block_inside_of_a_tracked_cell_is_a_child_of_its_run(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run(
        "%%track churn --name cell\nimport nbmlops\n"
        "with nbmlops.track(name='fold-1') as fold:\n    nbmlops.log(fold_auc=0.7)\n"
        "with nbmlops.track('other', name='fold-2'):\n    nbmlops.log(fold_auc=0.8)\n"
        "nbmlops.log(auc=0.75)"
    )

    cell = workspace.runs.get("cell")
    children = workspace.runs.children("cell")

    assert cell.metrics == {"auc": 0.75}
    assert {run.name: run.metrics for run in children} == {
        "fold-1": {"fold_auc": 0.7},
        "fold-2": {"fold_auc": 0.8},
    }
    assert {run.name: run.experiment for run in children} == {"fold-1": "churn", "fold-2": "other"}


def test_a_log_without_a_run_opens_one_for_its_cell(shell: Shell, workspace: Workspace) -> None:
    shell.run("import nbmlops")
    shell.run("depth = 8\nnbmlops.log(auc=0.9)\nnbmlops.log(auc=0.95)\nnbmlops.set_tags({'a': 1})")
    shown = cards(shell)
    shell.run("after = 1")

    (run,) = workspace.runs.find()

    assert (run.kind, run.status) == ("cell", "succeeded")
    assert run.metrics == {"auc": 0.95}
    assert run.params == {"depth": 8}
    assert run.tags == {"a": "1"}
    assert len(shown) == 1


def test_a_log_without_a_run_opens_one_for_a_script(
    workspace_folder: Path, workspace: Workspace, tmp_path: Path
) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import nbmlops\nnbmlops.log(loss=0.5, step=1)\nnbmlops.log(loss=0.25, step=2)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )

    (run,) = workspace.runs.find()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (run.kind, run.experiment, run.status) == ("script", "train", "succeeded")
    assert [(point.step, point.value) for point in workspace.runs.series(run.id, "loss")] == [
        (1, 0.5),
        (2, 0.25),
    ]


def test_the_run_of_a_script_that_fails_is_a_failed_one(
    workspace_folder: Path, workspace: Workspace, tmp_path: Path
) -> None:
    script = tmp_path / "train.py"
    script.write_text("import nbmlops\nnbmlops.log(loss=0.5)\nraise ValueError('broken')\n")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )

    (run,) = workspace.runs.find()
    assert done.returncode == 1
    assert "ValueError: broken" in done.stderr
    assert "nbmlops" not in done.stderr.split("Traceback")[1].replace("import nbmlops", "")
    assert (run.status, run.error and run.error.type) == ("failed", "ValueError")


# ── loading ──────────────────────────────────────────────────────────────────────────────────


def _traces(shell: Shell) -> dict[str, Any]:
    ip = shell.ip
    return {
        "magics": {kind: set(names) for kind, names in ip.magics_manager.magics.items()},
        "events": {name: len(calls) for name, calls in ip.events.callbacks.items()},
        "transformers": (
            list(ip.input_transformers_cleanup),
            list(ip.input_transformers_post),
            list(ip.ast_transformers),
        ),
        "checkers": list(ip.prefilter_manager.checkers),
        "completers": {
            key: [function for _, function in dispatch]
            for key, dispatch in ip.strdispatchers["complete_command"].strs.items()
        },
        "names": {name for name in ip.user_ns if not name.startswith("_")},
        "attributes": {name for name in vars(ip) if "nbmlops" in name},
    }


def test_unloading_leaves_no_trace_and_loading_twice_changes_nothing(
    workspace_folder: Path,
) -> None:
    shell = Shell(load=False)
    try:
        before = _traces(shell)
        shell.run("%load_ext nbmlops")
        loaded = _traces(shell)
        shell.run("%reload_ext nbmlops")
        reloaded = _traces(shell)
        shell.run("import nbmlops; nbmlops.load_ipython_extension(get_ipython()); del nbmlops")
        twice = _traces(shell)
        shell.run("%unload_ext nbmlops")
        unloaded = _traces(shell)
        shell.run("%load_ext nbmlops")
        again = _traces(shell)
    finally:
        shell.close()

    assert unloaded == before
    for other in (reloaded, twice, again):
        assert _counts(other) == _counts(loaded)
    assert before["names"] == loaded["names"]


def _counts(traces: dict[str, Any]) -> dict[str, Any]:
    """Traces with what is made anew at each loading as its number."""
    return {
        **traces,
        "transformers": [len(each) for each in traces["transformers"]],
        "checkers": len(traces["checkers"]),
    }


def test_after_unloading_nothing_is_recorded_and_track_is_unknown(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("%track on churn")
    shell.run("%unload_ext nbmlops")

    unknown = shell.run("%%track churn\n1")
    shell.run("import nbmlops\nwith nbmlops.track('block'):\n    nbmlops.log(a=1)")

    assert not unknown.success
    assert [run.experiment for run in workspace.runs.find()] == ["block"]


def test_log_works_in_a_notebook_that_loads_no_extension(
    workspace_folder: Path, workspace: Workspace
) -> None:
    with Kernel() as kernel:
        first = kernel.run("import nbmlops\nnbmlops.log(auc=0.9)\nauc2 = 0.5 + 0.25\nauc2")
        kernel.run("depth = 3\nnbmlops.log(auc=0.8)")
        kernel.run("from nbmlops import track\nwith track('block', name='b') as b:\n    b.log(x=1)")
        plain = kernel.run("1 + 1")
        unknown = kernel.run("%%track churn\n1")

    found = {run.name: run for run in workspace.runs.find(sort="started_at asc")}
    block = found.pop("b")
    assert [run.metrics for run in found.values()] == [{"auc": 0.9, "auc2": 0.75}, {"auc": 0.8}]
    assert {(run.kind, run.status) for run in found.values()} == {("cell", "succeeded")}
    assert [run.cell and run.cell.execution_count for run in found.values()] == [1, 2]
    assert block.metrics == {"x": 1}
    assert block.cell is not None
    assert first.result == {"text/plain": "0.75"}
    assert len(first.cards) == 1
    assert plain.displays == []
    assert "%%track" in unknown.stderr + unknown.traceback


@pytest.mark.parametrize(
    "call", ["log_params({'depth': 3})", "set_tags({'a': 'b'})", "set_note('n')"]
)
def test_whatever_records_first_belongs_to_its_cell(
    workspace_folder: Path, workspace: Workspace, call: str
) -> None:
    with Kernel() as kernel:
        kernel.run(f"import nbmlops\nnbmlops.{call}")

    (run,) = workspace.runs.find()
    assert (run.kind, run.status) == ("cell", "succeeded")


def test_a_thread_and_a_callback_between_cells_each_log_to_one_run(
    workspace_folder: Path, workspace: Workspace
) -> None:
    with Kernel() as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run(
            "import nbmlops, threading\ngo, done = threading.Event(), threading.Event()\n"
            "def work():\n    go.wait()\n    nbmlops.log(a=1, step=1)\n"
            "    nbmlops.log(a=2, step=2)\n    done.set()\n"
            "thread = threading.Thread(target=work); thread.start()"
        )
        kernel.run("go.set(); done.wait(20); thread.join()")
        kernel.run("nbmlops.log(b=1)")

    found = workspace.runs.find(sort="started_at asc")
    assert [run.metrics for run in found] == [{"a": 2}, {"b": 1}]


def test_a_cell_that_loads_the_extension_can_be_tracked_from_there(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("%unload_ext nbmlops")

    shell.run("%load_ext nbmlops\n%track churn\nauc = 0.5 + 0.25")
    shell.run("%%track churn --name left\n%unload_ext nbmlops\nauc = 0.5")

    assert [(run.status, run.metrics) for run in workspace.runs.find(sort="started_at asc")] == [
        ("succeeded", {"auc": 0.75}),
        ("succeeded", {}),
    ]


def test_the_card_of_a_quick_first_cell_is_drawn_again_when_its_history_is_known(
    workspace_folder: Path, workspace: Workspace
) -> None:
    with workspace.runs.track("churn") as earlier:
        earlier.log(auc=0.5)
    workspace.runs.flush()
    with Kernel() as kernel:
        request = kernel.send("%load_ext nbmlops\n%track churn\nauc = 0.5 + 0.25")
        shown: list[str] = []
        while not (shown and "best so far" in shown[-1]):
            message = kernel.client.get_iopub_msg(timeout=30)
            if "display_data" in message["msg_type"]:
                shown.append(message["content"]["data"]["text/plain"])
                assert message["parent_header"]["msg_id"] == request

    assert "auc" in shown[0]
    assert len(shown) <= 2
