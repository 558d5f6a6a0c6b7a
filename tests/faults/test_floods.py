"""More output than anybody reads: bounded, counted, and shown to the user in full."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import Terminal

from nbmlops.capture.outputs import Tee
from nbmlops.testing import Kernel, Shell
from nbmlops.views.quantities import size
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run("import nbmlops")
    yield opened
    opened.close()


def test_a_line_of_100_megabytes_is_bounded(shell: Shell, workspace: Workspace) -> None:
    result = shell.run("%%track flood --silent\nprint('first')\nprint('x' * 10**8)\n'done'")
    output = workspace.runs.get("last").outputs["stdout"]

    assert result.result == "done"
    assert output.head.startswith("first\n")
    assert "x\n" in output.tail
    assert output.size_bytes >= 10**8
    assert len(output.head) + len(output.tail) < 100_000


def test_what_is_not_kept_of_a_flood_is_said_wherever_the_run_is_shown(
    workspace: Workspace, terminal: Terminal
) -> None:
    with Kernel() as kernel:
        kernel.run("import nbmlops\n%load_ext nbmlops")
        ran = kernel.run("%%track flood\nfor number in range(10**5): print(number)")
    output = workspace.runs.get("last").outputs["stdout"]
    (card,) = ran.cards
    _, shown, _ = terminal("runs", "show", "last")

    printed = sum(len(str(number)) + 1 for number in range(10**5))
    assert ran.stdout.count("\n") == 10**5
    assert output.size_bytes == printed
    assert output.left_out_bytes == printed - len(output.head) - len(output.tail)
    assert f"{output.left_out_bytes} bytes left out" in output.text
    for text in (card["text/html"], shown):
        assert f"{size(output.left_out_bytes)} in the middle not kept" in text


def test_a_million_prints_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not in a cell: IPython keeps what cells print for itself, which takes it twenty seconds.
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    tee = Tee()
    tee.start()
    for number in range(10**6):
        print(number)
    (found,) = tee.stop()
    print("not heard")

    assert (found["stream"], found["size_bytes"]) == ("stdout", 6_888_890)
    assert found["head"].startswith("0\n1\n")
    assert found["tail"].endswith("999998\n999999\n")
    assert len(found["head"]) + len(found["tail"]) < 100_000
    assert stream.getvalue().count("\n") == 10**6 + 1
