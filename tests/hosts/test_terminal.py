"""Tracked cells in plain IPython, typed into a real pseudo-terminal: both of its prompts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pexpect
import pytest

from nbmlops.workspace import Workspace, open_workspace

# Sequences of a terminal: colors and cursor, titles, modes.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>()][A-Z0-9]?|\r")
SECONDS = 30


class Terminal:
    """An IPython that a person types to."""

    def __init__(self, folder: Path, prompt: str) -> None:
        self.workspace = folder / "workspace"
        self.count = 1
        environment = {
            **os.environ,
            "NBMLOPS_WORKSPACE": str(self.workspace),
            "IPYTHONDIR": str(folder / "ipython"),
            "PAGER": "cat",
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        options = ["--no-banner", "--colors=NoColor", "--no-confirm-exit"]
        options += (
            ["--simple-prompt"]
            if prompt == "simple"
            else ["--TerminalInteractiveShell.display_completions=readlinelike"]
        )
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "IPython", *options],
            env=environment,
            cwd=str(folder),
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(120, 160),
            use_poll=True,  # select() takes no descriptor above 1023
        )
        self._prompt()
        self.run("%load_ext nbmlops")

    def _prompt(self) -> str:
        self.child.expect(rf"In \[{self.count}\]:")
        return _ESCAPES.sub("", self.child.before)

    def type(self, line: str) -> None:
        """Type a line after which more is expected."""
        self.child.send(f"{line}\r")
        self.child.expect(r"\.\.\.:")

    def finish(self) -> str:
        """Type Return on empty lines, as many as a cell magic asks for; what is shown then."""
        self.count += 1
        shown = ""
        for _ in range(3):
            self.child.send("\r")
            again = self.child.expect([rf"In \[{self.count}\]:", r"\.\.\.:(?=[^\n]*$)"])
            shown += self.child.before
            if again == 0:
                return _ESCAPES.sub("", shown)
        return self._prompt()

    def run(self, *lines: str) -> str:
        """Type a line, or a cell magic with its body and the empty lines that end it."""
        if len(lines) > 1:
            for line in lines:
                self.type(line)
            return self.finish()
        self.count += 1
        self.child.send(f"{lines[0]}\r")
        return self._prompt()

    def close(self) -> None:
        self.child.close(force=True)


@pytest.fixture(scope="module", params=["simple", "prompt_toolkit"])
def terminal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terminal]:
    opened = Terminal(tmp_path_factory.mktemp("terminal"), request.param)
    yield opened
    opened.close()


@pytest.fixture
def found(terminal: Terminal) -> Iterator[Workspace]:
    """The workspace that the terminal records to, as another process reads it."""
    opened = open_workspace(terminal.workspace)
    yield opened
    opened.store.close()


def test_a_tracked_cell_waits_for_its_body_and_shows_its_card_as_text(
    terminal: Terminal, found: Workspace
) -> None:
    shown = terminal.run("%%track churn --name typed", "auc = 0.5 + 0.25", "auc")

    run = found.runs.get("typed")
    result = shown.rindex(f"Out[{terminal.count - 1}]: 0.75")
    assert shown.index("typed in churn", result) > result
    assert re.search(r"auc\s+0\.75", shown[result:])
    assert "<div" not in shown
    assert (run.status, run.metrics, run.kind) == ("succeeded", {"auc": 0.75}, "cell")
    assert run.cell is not None
    assert run.cell.source.rstrip() == "%%track churn --name typed\nauc = 0.5 + 0.25\nauc"
    assert run.cell.execution_count == terminal.count - 1


def test_a_traceback_has_the_users_lines_and_none_of_ours(
    terminal: Terminal, found: Workspace
) -> None:
    shown = terminal.run("%%track churn --name broken", "x = 1", "1 / 0")

    trace = shown[shown.rindex("Traceback") :]
    assert "----> 3 1 / 0" in trace
    assert "line 3" in trace
    assert "nbmlops" not in trace
    run = found.runs.get("broken")
    assert (run.status, run.error and run.error.type) == ("failed", "ZeroDivisionError")


def test_control_c_cancels_the_cell_and_its_run(terminal: Terminal, found: Workspace) -> None:
    # Python misses a signal that strikes right before a long sleep begins: so many short ones.
    slow = "[time.sleep(0.1) for _ in range(900)]"
    for line in ("%%track churn --name slow", "import time; print('be' + 'gun')", slow):
        terminal.type(line)
    terminal.type("")
    terminal.child.send("\r\r")
    terminal.child.expect("begun")
    terminal.count += 1

    terminal.child.sendintr()
    shown = terminal._prompt()

    assert "KeyboardInterrupt" in shown
    assert found.runs.get("slow").status == "cancelled"


def test_track_on_records_what_logs_until_it_is_off(terminal: Terminal, found: Workspace) -> None:
    on = terminal.run("%track on switched")
    terminal.run("import nbmlops")
    card = terminal.run("nbmlops.log(auc=0.9)")
    terminal.run("a = 1")
    off = terminal.run("%track off")

    (run,) = found.runs.find(experiment="switched")
    assert "Tracking is on" in on
    assert "switched" in on
    assert "Tracking is off" in off
    assert "in switched" in card
    assert run.metrics == {"auc": 0.9}


@pytest.mark.parametrize("automagic", ["on", "off"])
def test_bare_names_stay_bare_names(terminal: Terminal, automagic: str) -> None:
    terminal.run(f"%automagic {automagic}")

    for name in ("runs", "model", "inputs", "drift", "track", "pipeline", "pipelines"):
        assert f"name '{name}' is not defined" in terminal.run(name), name
    assert "name 'runs' is not defined" in terminal.run("runs (2)")
    assert "SyntaxError" in terminal.run("runs churn --limit 3"), "no magic is called"
    terminal.run("track = runs = model = 40")
    for name in ("runs", "model", "track"):
        assert f"Out[{terminal.count}]: 40" in terminal.run(name), name
    assert "not callable" in terminal.run("runs (2)")
    assert f"Out[{terminal.count}]: 42" in terminal.run("runs + 2")
    terminal.run("del track, runs, model")
    # Builtin magics of IPython keep their bare names.
    assert ("name 'pwd' is not defined" in terminal.run("pwd")) == (automagic == "off")
    terminal.run("%automagic on")


def test_help_shows_examples(terminal: Terminal) -> None:
    of_runs = terminal.run("%runs?")
    of_line = terminal.run("%track?")
    terminal.type("%%track?")
    of_cell = terminal.finish()

    assert "--sort 'metrics.auc desc'" in of_runs
    assert "%track churn --name baseline" in of_line
    assert "%%track churn --name baseline" in of_cell


def test_runs_shows_a_table_and_can_be_assigned(terminal: Terminal) -> None:
    terminal.run("%%track tables --name shown", "auc = 0.5 + 0.25")

    table = terminal.run("%runs tables")
    terminal.run("few = %runs tables --limit 1")

    assert "shown" in table[table.index("Out[") :]
    assert f"Out[{terminal.count}]: 1" in terminal.run("len(few)")


def test_tab_offers_experiments_and_options(
    terminal: Terminal, request: pytest.FixtureRequest
) -> None:
    if "simple" in request.node.name:
        # The simple prompt has no completion; what would be offered is asked for.
        terminal.run("%%track completed --silent", "x = 1")
        first = terminal.run("get_ipython().complete('', '%%track ', 8)[1]")
        second = terminal.run("get_ipython().complete('--s', '%runs --s', 9)[1]")
        assert "'completed'" in first
        assert "'--sort'" in second
        return
    terminal.run("%%track completed --silent", "x = 1")

    terminal.child.send("%%track \t")
    terminal.child.expect("completed")
    terminal.child.send("\x15%runs --s\t")
    terminal.child.expect("--sort")
    terminal.child.send("\x15%%track completed --si\t")
    terminal.child.expect("--silent")
    terminal.child.send("\x15")
    terminal.run("1")


@pytest.mark.parametrize("prompt", ["simple", "prompt_toolkit"])
def test_leaving_ends_the_run_that_is_open(tmp_path: Path, prompt: str) -> None:
    terminal = Terminal(tmp_path, prompt)
    try:
        terminal.run("import nbmlops")
        terminal.run("left = nbmlops.track('left', name='open')")
        terminal.run("left.log(loss=0.5)")
        terminal.child.send("exit\r")
        terminal.child.expect(pexpect.EOF)
    finally:
        terminal.close()

    workspace = open_workspace(terminal.workspace)
    run = workspace.runs.get("open")
    workspace.store.close()
    assert (run.status, run.reason) == ("succeeded", "The process ended.")
    assert run.metrics == {"loss": 0.5}
    assert "Traceback" not in terminal.child.before


def test_a_notebook_that_runs_moves_a_bar_and_gives_its_run(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in ("depth = 3", "depth + 1")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "train.ipynb")
    terminal = Terminal(tmp_path, "simple")
    try:
        shown = terminal.run("done = %pipeline run train.ipynb --name whole")
        refused = terminal.run("%pipeline run train.ipynb -p depth=4")
        name = terminal.run("done.name, done.status.value")
    finally:
        terminal.close()

    assert re.findall(r"train.ipynb: .*?(\d)/2 ", shown)[:1] == ["0"]
    assert "InvalidParameterError" in refused
    assert "train.ipynb: " not in refused
    assert "('whole', 'succeeded')" in name
