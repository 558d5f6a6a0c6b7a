"""Odd cells, and what loading, tracking and unloading leave of the process that they were in."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run("import nbmlops")
    yield opened
    opened.close()


FLAGS = [
    "--sillent",
    "--tag",
    "--tag novalue",
    "--tag =x",
    "--name",
    "--param",
    "--param =",
    "--metric m",
    "--metric 'm=1/0'",
    "--metric 'm=('",
    "--metric 'm=print'",
    "--silent=maybe",
    "one two three",
    "'unbalanced",
    '"',
    "\\",
    "-x",
    "--",
    "--name a --name b",
    "--param n=" + "9" * 5000,
    "--param n=" + "[" * 500,
    "{1/0}",
    "{undefined_name}",
    "$undefined_name",
]


@pytest.mark.parametrize("flags", FLAGS, ids=range(len(FLAGS)))
def test_a_wrong_line_never_stops_the_cell(flags: str, shell: Shell, workspace: Workspace) -> None:
    result = shell.run(f"%%track {flags}\nz = 1.5 * 2\n6 * 7")

    assert result.success
    assert result.result == 42
    assert "Traceback" not in shell.printed
    run = workspace.runs.get("last")
    assert run.status == "succeeded"
    assert run.metrics["z"] == 3.0


def test_wrong_flags_are_told_on_the_run_with_what_was_meant(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("%%track churn --sillent\n1")

    told = [warning.message for warning in workspace.runs.get("last").warnings]
    assert any("Did you mean '--silent'?" in message for message in told)


@pytest.mark.parametrize(
    ("line", "experiment"),
    [
        ("--nam deep", "default"),
        ("churn --nam deep", "churn"),
        ("--nam deep churn", "churn"),
        ("--nam=deep churn", "churn"),
        ("--tagg a=b churn", "churn"),
        ("--sillent churn", "churn"),
        ("--nam --silent churn", "churn"),
    ],
)
def test_the_value_of_a_mistyped_option_is_no_experiment(
    line: str, experiment: str, shell: Shell, workspace: Workspace
) -> None:
    shell.run(f"%%track {line}\n1")

    run = workspace.runs.get("last")
    assert run.experiment == experiment
    assert [warning.code for warning in run.warnings] == ["option"]


@pytest.mark.parametrize(
    "cell", ["%%track", "%%track\n", "%%track x\n\n\n", "%%track x\n# only this"]
)
def test_an_empty_cell_is_nothing(cell: str, shell: Shell) -> None:
    result = shell.run(cell)

    assert result.success
    assert result.result is None
    assert shell.run("%%track after --silent\n6 * 7").result == 42


@pytest.mark.parametrize(
    "body", ["x = (1,\ny = 2", "if True:\nx = 1", "'unclosed", "return 1", "x = 1 +"]
)
def test_a_syntax_error_is_python_s_own_and_the_run_failed(
    body: str, shell: Shell, workspace: Workspace
) -> None:
    plain = shell.run(f"# plain\n{body}")
    tracked = shell.run(f"%%track broken --silent\n{body}")
    expected, error = plain.error_before_exec or plain.error_in_exec, None
    error = tracked.error_before_exec or tracked.error_in_exec

    assert type(error) is type(expected)
    assert (error.msg, error.lineno, error.offset) == (
        expected.msg,
        expected.lineno,
        expected.offset,
    )
    assert workspace.runs.get("last").status == "failed"


def test_a_track_inside_of_a_tracked_cell_is_part_of_it(shell: Shell, workspace: Workspace) -> None:
    result = shell.run(
        "%%track outer --silent\n"
        "inner = get_ipython().run_cell('%%track inner --silent\\nnbmlops.log(a=0.5)\\n7').result\n"
        "with nbmlops.track('block') as block: nbmlops.log(b=0.5)\n"
        "inner"
    )

    runs = {run.experiment: run for run in workspace.runs.find()}
    assert result.success
    assert shell.ip.user_ns["inner"] == 7
    assert runs["outer"].metrics["a"] == 0.5
    assert runs["block"].parent_id == runs["outer"].id
    assert {str(run.status) for run in runs.values()} == {"succeeded"}


def test_a_track_inside_of_a_thread_leaves_the_cell_alone(
    shell: Shell, workspace: Workspace
) -> None:
    result = shell.run(
        "%%track outer --silent\n"
        "import threading\n"
        "early = 0.5 * 3\n"
        "run = lambda: get_ipython().run_cell('%%track inner --silent\\n1 + 1')\n"
        "thread = threading.Thread(target=run)\nthread.start()\nthread.join()\n"
        "late = 0.5 * 5\n"
        "nbmlops.log(logged=0.5)\n"
        "late"
    )

    outer = workspace.runs.find(experiment="outer")[0]
    assert result.success
    assert shell.ip.user_ns["late"] == 2.5
    assert outer.status == "succeeded"
    assert {"early", "late", "logged"} <= outer.metrics.keys()


def test_an_error_in_a_task_is_the_cell_s(shell: Shell, workspace: Workspace) -> None:
    result = shell.run(
        "%%track later --silent\nimport asyncio\n"
        "async def fail(): raise KeyError('k')\n"
        "await asyncio.gather(fail(), asyncio.sleep(0))"
    )

    assert isinstance(result.error_in_exec, KeyError)
    assert workspace.runs.get("last").status == "failed"
    assert shell.run("%%track after --silent\nawait asyncio.sleep(0, 42)").result == 42


def test_filters_that_turn_warnings_into_errors_do_not_turn_ours(shell: Shell) -> None:
    shell.run("import warnings\nwarnings.simplefilter('error')")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = shell.run("%%track strict --silent\nnbmlops.log(x='text', step='no')\n42")

    assert result.result == 42


def test_what_was_found_and_cannot_be_kept_is_not_mentioned(shell: Shell) -> None:
    shell.run("%%track quiet --silent\nkey = b'bytes'\nturn = 1j\nmany = [0] * 20_000\n42")

    assert shell.printed == "Out[3]: 42\n"


def state() -> dict[str, Any]:
    """What belongs to the process and not to us."""
    return {
        "stdout": sys.stdout,
        "stderr": sys.stderr,
        "excepthook": sys.excepthook,
        "displayhook": sys.displayhook,
        "unraisablehook": sys.unraisablehook,
        "profile": sys.getprofile(),
        "trace": sys.gettrace(),
        "path": list(sys.path),
        "filters": list(warnings.filters),
        "showwarning": warnings.showwarning,
        "signals": [signal.getsignal(number) for number in (2, 10, 14, 15)],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "umask": os.umask(os.umask(0o22)),
        "gc": (gc.get_threshold(), gc.isenabled()),
        "recursion": sys.getrecursionlimit(),
    }


def test_nothing_of_the_process_is_changed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = Shell(load=False)
    umask = os.umask(0o022)
    os.umask(umask)
    events = {name: list(found) for name, found in shell.ip.events.callbacks.items()}
    transformers = (list(shell.ip.ast_transformers), list(shell.ip.input_transformers_cleanup))
    magics = {kind: set(found) for kind, found in shell.ip.magics_manager.magics.items()}
    random.seed(5)
    np.random.seed(5)
    before, dice, numbers = state(), random.getstate(), np.random.get_state()[1].tolist()

    shell.run("%load_ext nbmlops")
    shell.run("%%track a\nimport nbmlops\nx = 0.5 * 3\nnbmlops.log(x=x, step=1)\nprint('out')")
    shell.run("%%track a\n1 / 0")
    shell.run("%unload_ext nbmlops")

    assert random.getstate() == dice
    assert np.random.get_state()[1].tolist() == numbers
    for name, value in state().items():
        assert value == before[name], name
    assert {name: list(found) for name, found in shell.ip.events.callbacks.items()} == events
    assert (shell.ip.ast_transformers, shell.ip.input_transformers_cleanup) == transformers
    assert {kind: set(found) for kind, found in shell.ip.magics_manager.magics.items()} == magics
    assert "write" not in vars(sys.stdout)
    shell.close()


def test_nothing_of_the_user_is_kept_alive(shell: Shell) -> None:
    shell.run(
        "class Big:\n    def __init__(self): self.data = bytearray(10**6)\n    def fit(self, *_): return self"
    )
    shell.run(
        "%%track memory\n"
        "model = Big().fit(1)\n"
        "other = [Big(), {'x': Big()}]\n"
        "nbmlops.log(loss=0.5, bad=model)\n"
        "nbmlops.log_params({'model': model})\n"
        "score = 0.5 * 3"
    )
    names = shell.ip.user_ns
    kept = [
        weakref.ref(found) for found in (names["model"], names["other"][0], names["other"][1]["x"])
    ]

    shell.run("del model, other")
    gc.collect()

    assert [ref() for ref in kept] == [None, None, None]


def test_a_failed_cell_keeps_what_python_keeps_and_no_more(shell: Shell) -> None:
    shell.run("class Big: pass")
    shell.run(
        "%%track memory --silent\nbig = Big()\ndef fail(it): raise ValueError('no')\nfail(big)"
    )
    kept = weakref.ref(shell.ip.user_ns["big"])

    shell.run("del big")
    shell.run("%%track memory --silent\nraise KeyError('the next error lets go of the first')")
    shell.ip.InteractiveTB.tb = None
    for name in ("last_value", "last_traceback", "last_exc", "last_type"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()

    assert kept() is None
