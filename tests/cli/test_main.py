"""`nbmlops` as a process: help, exit codes, colors, interruption, pipes, completion."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbmlops
from nbmlops.cli import PLACES
from nbmlops.cli import nbmlops as root
from nbmlops.cli.output import printable
from nbmlops.workspace import Workspace

Terminal = Callable[..., Any]
PROGRAM = [sys.executable, "-c", "from nbmlops.cli import main; main()"]


def on_a_terminal(*arguments: str, typed: bytes = b"", **variables: str) -> tuple[int, str]:
    """Exit code and everything shown, of a command whose output is a (pseudo) terminal."""
    mine, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color", **variables},
    )
    os.close(theirs)
    os.write(mine, typed)
    shown = b""
    while True:
        try:
            part = os.read(mine, 65536)
        except OSError:  # the other side has closed
            break
        if not part:
            break
        shown += part
    os.close(mine)
    return process.wait(), shown.decode()


def test_help_names_every_subject(terminal: Terminal) -> None:
    for arguments in ((), ("--help",), ("-h",)):
        said = terminal(*arguments)
        assert said.code == 0
        for name in PLACES:
            assert name in said.out


@pytest.mark.parametrize("name", list(PLACES))
def test_every_subject_has_help(terminal: Terminal, name: str) -> None:
    said = terminal(name, "--help")

    assert said.code == 0
    assert said.out.startswith(f"Usage: nbmlops {name}")


def test_version(terminal: Terminal) -> None:
    assert terminal("--version").out == f"nbmlops {nbmlops.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (("rns",), "Did you mean 'runs'?"),
        (("runs", "fnd"), "Did you mean 'find'?"),
        (("runs", "find", "--josn"), "'--json'"),
        (("runs", "find", "--lmit", "3"), "'--limit'"),
        (("doctor", "--repare"), "'--repair'"),
    ],
)
def test_a_typing_error_is_corrected(
    terminal: Terminal, arguments: tuple[str, ...], suggestion: str
) -> None:
    said = terminal(*arguments)

    assert said.code == 2
    assert not said.out
    assert suggestion in said.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("runs find --limit many", "'--limit': 'many' is not a whole number from 1", "--limit N"),
        ("runs find --limit 0", "'--limit': '0' is not a whole number from 1", "--limit N"),
        ("runs find --limit", "'--limit': its value is missing", "--limit N"),
        ("runs find --deleted=yes", "'--deleted': it takes no value", "Write --deleted."),
        (
            "pipelines run x.ipynb --timeout abc",
            "'abc' is not a number of sec",
            "--timeout SECONDS",
        ),
        (
            "pipelines run x.ipynb --timeout nan",
            "'nan' is not a number of sec",
            "--timeout SECONDS",
        ),
        ("completion tcsh", "There is no SHELL 'tcsh'", "'bash', 'fish', 'zsh'"),
        ("completion bsh", "There is no SHELL 'bsh'", "Did you mean 'bash'?"),
        ("runs show", "`nbmlops runs show` needs RUN", "`nbmlops runs show --help`"),
        ("runs purge x", "`nbmlops runs purge` needs --why TEXT", "`nbmlops runs purge --help`"),
        ("runs show a b", "`nbmlops runs show` takes RUN; 'b' is too much", "in quotes"),
        ("doctor now", "`nbmlops doctor` takes options only; 'now'", "`nbmlops doctor --help`"),
        ("rns", "There is no command 'rns'", "`nbmlops --help`"),
        ("--workspac x", "'--workspac': there is no such option", "Did you mean '--workspace'?"),
        ("runs find -z", "'-z': there is no such option", "'--limit'"),
    ],
)
def test_what_does_not_fit_is_told_in_our_words_and_as_an_object(
    terminal: Terminal, words: str, message: str, hint: str
) -> None:
    said = terminal(*words.split())
    asked = terminal("--json", *words.split())

    first, second = said.err.splitlines()
    assert first.startswith("nbmlops: ")
    assert message in first
    assert hint in second
    assert (said.code, asked.code, said.out, asked.out) == (2, 2, "", "")
    error = json.loads(asked.err)["error"]
    assert error["kind"] == "InvalidError"
    assert f"nbmlops: {error['message']}" == first
    assert error["hint"] == second


@pytest.mark.parametrize("words", ["runs find --lmit 3 --json", "runs show --json", "rns --json"])
def test_json_that_stands_behind_the_fault_is_seen(terminal: Terminal, words: str) -> None:
    said = terminal(*words.split())

    assert said.code == 2
    assert json.loads(said.err)["error"]["kind"] == "InvalidError"


def test_json_behind_two_dashes_is_a_word(terminal: Terminal) -> None:
    said = terminal("runs", "show", "--", "a", "--json")

    assert said.code == 2
    assert "'--json' is too much" in said.err
    assert not said.err.startswith("{")


def test_a_missing_argument_is_named(terminal: Terminal) -> None:
    said = terminal("runs", "show")

    assert said.code == 2
    assert "RUN" in said.err


def test_a_workspace_that_cannot_be_one_is_refused(terminal: Terminal) -> None:
    said = terminal("runs", "find", "--workspace", "ftp://somewhere/else")

    assert said.code == 2
    assert "'ftp' is not a database" in said.err


def test_a_database_that_is_away_is_told_without_its_password(terminal: Terminal) -> None:
    said = terminal("runs", "find", "--workspace", "postgresql://me:secret@127.0.0.1:1/runs")

    assert said.code == 8
    assert "127.0.0.1" in said.err
    assert "secret" not in said.err


def test_python_m_is_the_terminal_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbmlops", "--version"], capture_output=True, text=True
    )

    assert done.stdout == f"nbmlops {nbmlops.__version__}\n"


def test_a_fault_of_ours_keeps_its_traceback(tmp_path: Any) -> None:
    program = (
        "import nbmlops.cli.session as s\n"
        "def fail(self): raise ZeroDivisionError('a bug')\n"
        "s.Session.open = fail\n"
        "from nbmlops.cli import main; main(['runs', 'find'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "a bug" in done.stderr


def test_an_interruption_leaves_with_130() -> None:
    program = (
        "import os, signal, nbmlops.cli.session as s\n"
        "def wait(self): os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(60)\n"
        "s.Session.open = wait\n"
        "from nbmlops.cli import main; main(['runs', 'find'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 128 + signal.SIGINT
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "runs find --json",
        "runs find",
        "runs show last",
        "doctor",
        "runs compare deep shallow",
        "-h",
    ],
)
def test_a_reader_that_goes_away_is_no_error(recorded: list[str], words: str) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *words.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()

    assert process.wait() == 141
    assert err == b""


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("latin-1", "runs show größe-日本"),
        ("ascii", "runs find"),
        ("ascii", "runs find --json"),
        ("ascii", "runs show nosuch"),
    ],
)
def test_an_encoding_that_lacks_our_signs_gets_others(
    workspace: Workspace, encoding: str, words: str
) -> None:
    for step in range(3):
        with workspace.runs.track("churn", name="größe-日本") as run:
            run.log(auc=0.5, step=step)
        workspace.runs.rename(run.id, "größe-日本" if step == 2 else f"other {step}")

    done = subprocess.run(
        [*PROGRAM, *words.split()],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)

    assert done.returncode == (3 if "nosuch" in words else 0), err
    assert "Traceback" not in err
    if "--json" in words:
        assert json.loads(out)["runs"][0]["name"] == "größe-日本"
        return
    assert "größe-日本".encode(encoding, "backslashreplace").decode(encoding) in out + err
    assert ("+ " in out) == (not err)


def test_errors_are_red_on_a_terminal_and_plain_without_color() -> None:
    code, shown = on_a_terminal("rns")
    assert code == 2
    assert "\x1b[31m" in shown

    _, plain = on_a_terminal("rns", NO_COLOR="1")
    assert "\x1b" not in plain


def test_a_notebook_that_runs_moves_a_bar_which_is_gone_in_the_end(
    workspace: Workspace, tmp_path: Path
) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in ("depth = 3", "depth + 1")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "train[1].ipynb")

    code, shown = on_a_terminal("pipelines", "run", str(tmp_path / "train[1].ipynb"))

    told = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown)
    assert code == 0, told
    bars = re.findall(r"train\[1\].ipynb ━+ (\S+) (starting a kernel|cell \d, \d s)", told)
    assert ("0/?", "starting a kernel") in bars or ("0/2", "starting a kernel") in bars
    assert bars[-1][1].startswith("cell 2")
    # The bar is erased, and the card of the run stands in its place.
    assert told.splitlines()[-1].startswith("Executed notebook: ")
    assert "✓" in told
    assert shown.count("\x1b[2K") >= 2


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 5, 1), ("y", 0, 0)])
def test_a_purge_is_done_where_a_person_agrees(
    terminal: Terminal, recorded: list[str], answer: str, code: int, left: int
) -> None:
    assert terminal("runs", "delete", recorded[0]).code == 0

    found, shown = on_a_terminal(
        "runs", "purge", recorded[0], "--why", "privacy", typed=f"{answer}\n".encode()
    )

    assert found == code
    assert "Remove 'shallow' for good?" in shown
    assert ("Nothing was removed" in shown) == bool(left)
    assert terminal("runs", "find", "--deleted", "--json").record["total"] == left


def test_a_table_follows_no_color(recorded: list[str]) -> None:
    code, shown = on_a_terminal("runs", "find", NO_COLOR="1", COLUMNS="120")

    assert code == 0
    assert "deep" in shown
    assert "\x1b[3" not in shown


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_a_table_fits_the_terminal(recorded: list[str], columns: str) -> None:
    _, shown = on_a_terminal("runs", "find", NO_COLOR="1", COLUMNS=columns)

    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= int(columns)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(terminal: Terminal, shell: str) -> None:
    said = terminal("completion", shell)

    assert said.code == 0
    assert "_NBMLOPS_COMPLETE" in said.out


def test_completion_is_silent_where_there_is_no_workspace() -> None:
    words = "nbmlops --workspace ftp://x runs show "
    done = subprocess.run(
        PROGRAM,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "_NBMLOPS_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": "5",
        },
    )

    assert not done.stderr


def test_every_command_can_be_listed_without_loading_it() -> None:
    import click

    assert root.list_commands(click.Context(root)) == list(PLACES)


def test_control_characters_become_visible() -> None:
    assert printable("a\x1b[31mb\r\x9b\u202e") == "a\\x1b[31mb\\r\\x9b\\u202e"
    assert printable("größe 表 🙂\n\t") == "größe 表 🙂\n\t"


def test_a_typing_error_in_the_workspace_is_not_an_empty_workspace(tmp_path: Path) -> None:
    place = tmp_path / "nosuch"
    for command in (["runs", "find"], ["runs", "show", "last"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "nbmlops", *command, "--workspace", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 3, done.stderr
        assert "No workspace in" in done.stderr
        assert not place.exists()
