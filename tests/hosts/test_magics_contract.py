"""What every magic promises, in a real IPython shell."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Kernel, Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics, recording to the workspace of this test."""
    opened = Shell()
    yield opened
    opened.close()


def cards(shell: Shell) -> list[str]:
    return [
        data["text/plain"] for data in shell.displayed if "nbmlops" in data.get("text/html", "")
    ]


def help_of(shell: Shell, name: str) -> str:
    shown: list[str] = []
    # What `?` shows goes to the pager; in this shell that is a hook that can be listened to.
    shell.ip.set_hook("show_in_pager", lambda _, data, **rest: shown.append(_plain(data)))
    shell.run(f"{name}?")
    return "\n".join(shown)


def _plain(data: str | dict[str, str]) -> str:
    text = data if isinstance(data, str) else data["text/plain"]
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# ── help, expansion, values ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("magic", "example"),
    [
        ("%track", "%track churn --name baseline"),
        ("%%track", "%%track churn --name baseline"),
        ("%runs", "--sort 'metrics.auc desc'"),
        ("%compare", "%compare last best"),
        ("%drift", "%drift X_train X_live"),
        ("%monitor", "%monitor add"),
        ("%monitors", "%monitor add"),
        ("%pipeline", "%pipeline run"),
        ("%pipelines", "%pipeline run"),
        ("%nbmlops", "%nbmlops runs show last"),
    ],
)
def test_every_magic_has_help_with_an_example(shell: Shell, magic: str, example: str) -> None:
    shown = help_of(shell, magic)

    assert example in shown, shown
    assert "shell" not in shown.split("Docstring")[0], "the signature shows what is not typed"


def test_every_magic_that_is_registered_is_one_of_those_tested(shell: Shell) -> None:
    found = shell.ip.magics_manager.magics

    ours = {
        name
        for kind in ("line", "cell")
        for name, function in found[kind].items()
        if getattr(function, "__module__", "").startswith("nbmlops")
    }

    named = "track runs compare drift monitor monitors pipeline pipelines nbmlops"
    assert ours == set(named.split())


def test_variables_and_expressions_are_expanded_in_every_track_line(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("team = 'risk'; depth = 4; where = 'churn'")
    shell.run("%%track $where --name d{depth * 2} --tag team=$team --param depth={depth}\nx = 1")
    shell.run("%track {where}-line --tag team={team}\nx = 2")

    cell = workspace.runs.find("experiment = 'churn'")[0]
    line = workspace.runs.find("experiment = 'churn-line'")[0]

    assert (cell.name, cell.tags, cell.params["depth"]) == ("d8", {"team": "risk"}, 4)
    assert line.tags == {"team": "risk"}


def test_a_name_that_is_not_there_stays_as_it_was_typed(shell: Shell, workspace: Workspace) -> None:
    result = shell.run("%%track churn --tag cost=$5 --tag brace={nothing}\n40 + 2")

    assert result.result == 42
    assert workspace.runs.get("last").tags == {"cost": "$5", "brace": "{nothing}"}


def test_variables_and_expressions_are_expanded_in_runs(shell: Shell) -> None:
    shell.run("%%track churn --silent\nauc = 0.5 + 0.25")
    shell.run("%%track other --silent\nauc = 0.5 + 0.4")
    shell.run("where = 'churn'; least = 0.7")

    named = shell.run("%runs $where").result
    filtered = shell.run('%runs "metrics.auc > {least} and metrics.auc < 0.8"').result

    assert [run.experiment for run in named] == ["churn"]
    assert [run.experiment for run in filtered] == ["churn"]


def test_what_runs_returns_can_be_assigned_and_shows_itself(shell: Shell) -> None:
    shell.run("%%track churn --name one --silent\nauc = 0.5 + 0.25")

    assigned = shell.run("found = %runs churn")
    shown = shell.ip.display_formatter.format(shell.run("%runs churn").result)[0]

    assert assigned.result is None
    assert not assigned.error_in_exec
    assert [run.name for run in shell.ip.user_ns["found"]] == ["one"]
    assert "one" in shown["text/plain"]
    assert "one" in shown["text/html"]


def test_a_filter_needs_no_quotes_around_it(shell: Shell) -> None:
    shell.run("%%track churn --name low --silent\nauc = 0.5 + 0.1")
    shell.run("%%track churn --name high --silent\nauc = 0.5 + 0.4")

    for line in (
        '%runs churn "metrics.auc > 0.8"',
        "%runs churn metrics.auc > 0.8",
        "%runs metrics.auc > 0.8 --limit 5",
        "%runs find churn metrics.auc > 0.8",
        "%runs churn metrics.auc>0.8",
        "%runs churn name = 'high'",
        "%runs name = 'high' --sort 'metrics.auc desc'",
        "%runs churn --limit 1 --sort 'metrics.auc desc'",
        "%runs churn --limit=1 --sort='metrics.auc desc'",
        "%runs --limit 1 --sort 'metrics.auc desc' churn",
        "%runs --limit 1 churn metrics.auc > 0.8",
        "%runs name='high'",
        "%runs churn name='high'",
        "%runs name='high' and metrics.auc>0.5",
        "%runs not name = 'low'",
        "%runs --experiment churn name = 'high'",
        "%runs churn --sort metrics.auc desc --limit 1",
        "%runs --sort=metrics.auc DESC --limit 1 churn not name = 'x'",
        "%runs list churn \"name = 'high'\"",
        """%runs name like "hi%" """,
        "%runs " + shlex.quote("name = 'high'"),
        "%runs name = 'high' or name = '--deleted'",
    ):
        result = shell.run(line)
        assert result.error_in_exec is None, line
        assert [run.name for run in result.result] == ["high"], line


@pytest.mark.parametrize("name", ["churn (v2)", "dogs in space", "name-exp", "name", "100%"])
def test_an_experiment_that_exists_wins_over_a_filter(
    shell: Shell, workspace: Workspace, name: str
) -> None:
    for experiment in (name, "other"):
        with workspace.runs.track(experiment, name="high"):
            pass
    quoted = f"'{name}'"

    for line in (
        f"%runs {quoted}",
        f"%runs find {quoted}",
        f"%runs {quoted} name = 'high'",
        f"%runs {quoted} \"name = 'high'\"",
        f"%runs --experiment {quoted} name='high'",
        f"%runs {name}",
    ):
        result = shell.run(line)
        assert result.error_in_exec is None, line
        assert [run.experiment for run in result.result] == [name], line


def test_an_experiment_is_named_once(shell: Shell) -> None:
    shell.run("%runs churn --experiment fraud")

    assert "'churn' is named besides 'fraud'" in shell.printed


def test_quotes_of_a_filter_are_a_part_of_it(shell: Shell, workspace: Workspace) -> None:
    for name in ("a --limit 1", "it's", "two  spaces"):
        with workspace.runs.track("churn", name=name):
            pass

        for line in (f'%runs name = "{name}"', f'%runs churn name="{name}" --limit 5'):
            result = shell.run(line)
            assert [run.name for run in result.result] == [name], line


def test_a_wrong_option_of_runs_says_what_was_meant_without_a_traceback(shell: Shell) -> None:
    result = shell.run("%runs --sotr name")

    assert "Did you mean '--sort'" in shell.printed
    assert "Traceback" not in shell.printed
    assert result.error_in_exec is not None


# ── %track on and off ────────────────────────────────────────────────────────────────────────


def test_with_track_on_only_cells_that_fit_or_log_become_runs(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression\nimport nbmlops")
    shell.run("%track on churn")
    shell.run("a = 1\nprint(a)")
    shell.run("model = LogisticRegression(C=2.0).fit([[0], [1], [2]], [0, 1, 1])")
    shell.run("b = model.predict([[3]])")
    shell.run("nbmlops.log(auc=0.9)")
    shell.run("def train():\n    return LogisticRegression().fit([[0], [1]], [0, 1])")
    shell.run("other = train()")
    fitted = len(cards(shell))
    shell.run("%track off")
    shell.run("again = train()")

    sources = [run.cell.source for run in workspace.runs.find(sort="started_at asc") if run.cell]

    assert sources == [
        "model = LogisticRegression(C=2.0).fit([[0], [1], [2]], [0, 1, 1])",
        "nbmlops.log(auc=0.9)",
        "other = train()",
    ]
    assert {run.experiment for run in workspace.runs.find()} == {"churn"}
    assert {run.status for run in workspace.runs.find()} == {"succeeded"}
    assert fitted == 1


def test_track_on_records_what_the_cell_assigned_printed_and_took(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression")
    shell.run("%track on")
    shell.run(
        "depth = 3\nprint('fitting')\nmodel = LogisticRegression().fit([[0], [1]], [0, 1])\n"
        "score = model.score([[0], [1]], [0, 1])"
    )

    run = workspace.runs.get("last")

    assert run.params["depth"] == 3
    assert run.metrics["score"] == 1.0
    assert run.resources is not None
    assert run.resources.wall_seconds > 0
    assert run.cell is not None


def test_a_failed_fit_is_a_failed_run_with_track_on(shell: Shell, workspace: Workspace) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression")
    shell.run("%track on broken")

    shell.run("LogisticRegression().fit([[0]], [0, 1])")

    run = workspace.runs.get("last")
    assert (run.status, run.error and run.error.type) == ("failed", "ValueError")


def test_track_on_and_off_are_said_in_a_line(shell: Shell) -> None:
    on = shell.run("%track on churn")
    said_on = shell.printed
    off = shell.run("%track off")

    assert "on: " in said_on
    assert "churn" in said_on
    assert "off: " in shell.printed
    assert repr(on.result) in said_on
    assert repr(off.result) in shell.printed


def test_what_follows_on_holds_for_all_later_cells(shell: Shell, workspace: Workspace) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression\nimport nbmlops")
    shell.run("%track on churn --silent --tag team=risk --skip models,data")
    shell.run("model = LogisticRegression().fit([[0], [1]], [0, 1])")
    shell.run("from sklearn.metrics import accuracy_score\naccuracy_score([1, 0], [1, 1])")
    shell.run("%track off")
    shell.run("model.fit([[0], [1]], [0, 1])")

    scored, fitted = workspace.runs.find()

    assert [dict(run.tags) for run in (fitted, scored)] == [{"team": "risk"}] * 2
    assert (fitted.models, fitted.datasets, fitted.experiment) == ({}, {}, "churn")
    assert scored.metrics == {"accuracy_score": 0.5}
    assert cards(shell) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("on churn twice", "only one experiment"),
        ("on churn --name mine", "name one by its own %track"),
        ("on --skip everything", "nothing that is found"),
        ("on --tga a=b", "--tag"),
        ("off churn", "takes nothing more"),
    ],
)
def test_a_switch_that_is_not_understood_switches_nothing(
    shell: Shell, workspace: Workspace, line: str, problem: str
) -> None:
    shell.run("import nbmlops\n%track on before")
    shell.run(f"%track {line}")
    assert problem in shell.printed
    shell.run("nbmlops.log(a=1)")

    assert [run.experiment for run in workspace.runs.find()] == ["before"]


# ── %track as a line ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cell",
    [
        "%track churn\nauc = 0.5 + 0.25\nauc",
        "start = 1\n%track churn\nauc = 0.5 + 0.25\nauc",
        "auc = 0.5 + 0.25\n%track churn\nauc",
        "%track churn\nauc = 0.5 + 0.25\n%track churn\nauc",
        "def f():\n    get_ipython().run_line_magic('track', 'churn')\n    return 0.75\nauc = f()\nauc",
        "if True:\n    %track churn\nauc = 0.5 + 0.25\nauc",
    ],
    ids=["first", "in the middle", "near the end", "twice", "in a function", "in a block"],
)
def test_the_line_records_the_cell_that_it_stands_in(
    shell: Shell, workspace: Workspace, cell: str
) -> None:
    result = shell.run(cell)

    (run,) = workspace.runs.find()
    assert result.result == 0.75
    assert (run.experiment, run.kind, run.status) == ("churn", "cell", "succeeded")
    assert run.metrics == {"auc": 0.75}
    assert run.cell is not None
    assert run.cell.source == cell
    assert len(cards(shell)) == 1


def test_the_second_line_of_a_cell_adds_to_the_run(shell: Shell, workspace: Workspace) -> None:
    shell.run("%track churn --tag a=1\nx = 1\n%track churn --tag b=2 --param c=3 --metric d=x+1")

    (run,) = workspace.runs.find()

    assert run.tags == {"a": "1", "b": "2"}
    assert run.params == {"x": 1, "c": 3}
    assert run.metrics == {"d": 2}


def test_the_line_outside_of_any_cell_says_so(shell: Shell) -> None:
    from nbmlops.errors import InvalidOptionError

    with pytest.raises(InvalidOptionError):
        shell.ip.run_line_magic("track", "churn")


def test_a_cell_that_fails_above_its_line_is_no_run(shell: Shell, workspace: Workspace) -> None:
    shell.run("1 / 0\n%track churn")

    assert len(workspace.runs.find()) == 0


# ── options ──────────────────────────────────────────────────────────────────────────────────


def test_every_option_is_recorded(shell: Shell, workspace: Workspace) -> None:
    result = shell.run(
        "%%track churn --name 'my run' --tag team=risk --tag owner='A B' --param depth=8"
        " --param kind=deep --metric gap='train - test' --metric twice=2*test\n"
        "train, test = 0.5 + 0.25, 0.5\n'shown'"
    )

    run = workspace.runs.get("last")
    assert result.result == "shown"
    assert (run.experiment, run.name) == ("churn", "my run")
    assert run.tags == {"team": "risk", "owner": "A B"}
    assert run.params["depth"] == 8
    assert run.params["kind"] == "deep"
    assert run.metrics["gap"] == 0.25
    assert run.metrics["twice"] == 1.0
    assert run.metric_sources["gap"] == "expression"


def test_silent_shows_nothing_and_records_all(shell: Shell, workspace: Workspace) -> None:
    shell.run("%%track churn --silent\nauc = 0.5 + 0.25")

    assert shell.displayed == []
    assert workspace.runs.get("last").metrics == {"auc": 0.75}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--sillent", "Did you mean '--silent'"),
        ("--name", "--name"),
        ("--tag justaname", "NAME=VALUE"),
        ("--metric auc=1/0", "ZeroDivisionError"),
        ("--metric auc=nothing", "NameError"),
        ("--metric auc='not python ('", "SyntaxError"),
        ("--metric auc=str(3)", "auc"),
        ("--name 'no closing quote", "quot"),
        ("second", "only one experiment"),
        ("--tag =x", "NAME=VALUE"),
        ("--name ../../etc", "name"),
        ("--param x", "NAME=VALUE"),
        ("--param x=1 --param x=2", "'x' is given twice"),
    ],
)
def test_a_wrong_option_never_stops_the_cell(
    shell: Shell, workspace: Workspace, options: str, told: str
) -> None:
    result = shell.run(f"%%track churn {options}\n40 + 2")

    run = workspace.runs.get("last")
    assert result.success
    assert result.result == 42
    assert run.status == "succeeded"
    assert any(told in warning.message for warning in run.warnings), run.warnings
    assert cards(shell), "the card tells it"


@pytest.mark.parametrize("experiment", ["'a/../b'", "x" * 3000, "-", "--"])
def test_a_wrong_experiment_never_stops_the_cell(
    shell: Shell, workspace: Workspace, experiment: str
) -> None:
    result = shell.run(f"%%track {experiment}\n40 + 2")

    assert result.result == 42
    assert workspace.runs.get("last").status == "succeeded"


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


def _traces(shell: Shell) -> dict[str, object]:
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


def _counts(traces: dict[str, object]) -> dict[str, object]:
    """Traces with what is made anew at each loading as its number."""
    return {
        **traces,
        "transformers": [len(each) for each in traces["transformers"]],  # type: ignore[attr-defined]
        "checkers": len(traces["checkers"]),  # type: ignore[arg-type]
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
