"""Completion as a person has it: a real bash on a pseudo-terminal, in which Tab is pressed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pexpect
import pytest
from click.shell_completion import BashComplete

from nbmlops.cli import nbmlops as root
from nbmlops.workspace import Workspace

BASH = shutil.which("bash")

# What is typed before Tab, and what stands on the line after it.
TYPED = [
    ("nbmlops ru", "nbmlops runs "),
    ("nbmlops runs show shal", "nbmlops runs show shallow "),
    ("nbmlops runs find dog", "nbmlops runs find dogs\\ \\(v2\\) "),
    ("nbmlops runs import chu", "nbmlops runs import churn.nbx "),
    ("nbmlops pipelines run train.ipynb -p de", "nbmlops pipelines run train.ipynb -p depth="),
]


@pytest.fixture
def folder(
    recorded: list[str], workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A working directory with an export and a notebook, and three experiments."""
    for experiment in ("fraud", "dogs (v2)"):
        with workspace.runs.track(experiment):
            pass
    workspace.runs.export("churn", tmp_path / "churn.nbx")
    cell = nbformat.v4.new_code_cell("depth = 3\nlr = 0.1", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "train.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ru", ["runs"]),
        ("runs sho", ["show"]),
        ("runs show dee", ["deep"]),
        ("runs show la", ["last"]),
        ("runs export ch", ["churn"]),
        ("runs find --experiment CH", ["churn"]),
        ("runs find --li", ["--limit"]),
        ("runs find ", ["churn", "dogs (v2)", "fraud", "status", "metrics.auc", "tags.team"]),
        ("runs find fra", ["fraud"]),
        ("runs find churn metrics.au", ["metrics.auc"]),
        ("runs find churn chu", []),
        ("runs find --sort params.max", ["params.max_depth"]),
        ("runs artifact deep ", ["model.txt"]),
        ("runs artifact nobody ", []),
        ("pipelines run train.ipynb -p ", ["depth=", "lr="]),
        ("pipelines run train.ipynb -p depth=3 --param l", ["lr="]),
        ("pipelines run --name x train.ipynb -p l", ["lr="]),
        ("pipelines run train.ipynb --param=l", ["lr="]),
        ("pipelines run nothing.ipynb -p ", []),
        ("pipelines run -p ", []),
        ("pipelines run train.ipynb --experiment fra", ["fraud"]),
        ("--workspace ftp://x runs show la", []),
    ],
)
def test_what_may_follow_is_offered(folder: Path, words: str, offered: list[str]) -> None:
    *before, incomplete = words.split(" ")
    completer = BashComplete(root, {}, "nbmlops", "_NBMLOPS_COMPLETE")

    found = [item.value for item in completer.get_completions(before, incomplete)]

    assert set(offered) <= set(found)
    assert len(offered) in (len(found), 6)


@pytest.mark.parametrize(
    "words", ["runs import ", "runs export churn --output ", "pipelines run ", "pipelines params "]
)
def test_where_a_file_is_wanted_the_shell_completes_it(folder: Path, words: str) -> None:
    completer = BashComplete(root, {}, "nbmlops", "_NBMLOPS_COMPLETE")

    assert [item.type for item in completer.get_completions(words.split(), "")] == ["file"]


@pytest.mark.skipif(BASH is None, reason="needs bash")
def test_tab_completes_in_a_real_bash(folder: Path) -> None:
    program = folder / "bin" / "nbmlops"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nbmlops "$@"\n')
    program.chmod(0o755)
    bash = pexpect.spawn(
        str(BASH),
        ["--norc", "--noprofile", "-i"],
        env={
            **os.environ,
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "PS1": "ready> ",
            "TERM": "dumb",
            "INPUTRC": os.devnull,
        },
        cwd=str(folder),
        encoding="utf-8",
        timeout=60,
        dimensions=(60, 300),
        use_poll=True,  # select() takes no descriptor above 1023
    )
    try:
        bash.expect_exact("ready> ")
        bash.sendline('eval "$(nbmlops completion bash)"; echo loa""ded')
        bash.expect_exact("loaded\r\nready> ")
        for typed, completed in TYPED:
            bash.send(f"{typed}\t")
            # What follows is typed behind the completion, so that a space too much is seen.
            bash.send("|")
            bash.expect_exact([f"{completed}|", pexpect.TIMEOUT], timeout=20)
            assert bash.after == f"{completed}|", bash.before
            bash.send("\x15\x15")
    finally:
        bash.close(force=True)
