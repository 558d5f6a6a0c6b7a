"""`%nbmlops`: whatever the terminal can do, in a real shell and a real kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from nbmlops.errors import RunNotFoundError
from nbmlops.testing import Kernel, Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    opened = Shell()
    yield opened
    opened.close()


@pytest.fixture
def recorded(workspace: Workspace) -> list[str]:
    ids = []
    for name, auc in (("low", 0.1), ("high run", 0.9)):
        with workspace.runs.track("churn", name=name) as run:
            run.log(auc=auc)
            run.log_artifact(b"weights", name="model.bin")
        ids.append(run.id)
    return ids


def ask(shell: Shell, line: str) -> str:
    """What a command printed, as an assigned value."""
    result = shell.run(f"said = %nbmlops {line}")
    assert result.success, shell.printed
    assert shell.printed == ""
    return str(shell.ip.user_ns["said"])


def test_what_a_command_printed_displays_itself_and_can_be_assigned(
    shell: Shell, recorded: list[str]
) -> None:
    shell.run("wanted = 'high run'")
    result = shell.run("%nbmlops runs show '{wanted}'")
    shown = shell.ip.display_formatter.format(result.result)[0]

    assert "high run in churn" in shell.printed
    assert "high run in churn" in shown["text/plain"]
    assert shown["text/plain"] == str(result.result).rstrip("\n")
    assert set(shown) == {"text/plain"}
    assert result.result.code == 0
    shell.run("word = 'last'")
    assert json.loads(ask(shell, "runs show $word --json"))["id"] == recorded[1]


def test_every_change_of_a_run_can_be_made_by_the_magic(
    shell: Shell, workspace: Workspace, recorded: list[str], tmp_path: Path
) -> None:
    low, high = recorded
    file, other = tmp_path / "churn.nbx", tmp_path / "other"

    assert ask(shell, f"runs rename {high} best-one") == f"Renamed {high}.\n"
    ask(shell, "runs tag best-one team=risk stage='to review'")
    ask(shell, "runs note best-one 'Use this one.'")
    run = workspace.runs.get("best-one")
    assert (run.id, run.note) == (high, "Use this one.")
    assert run.tags == {"team": "risk", "stage": "to review"}

    ask(shell, f"runs export churn --output {file}")
    ask(shell, f"--workspace {other} runs import {file}")
    there = json.loads(ask(shell, f"runs find --workspace {other} --json"))
    assert {run["id"] for run in there["runs"]} == set(recorded)

    ask(shell, "runs delete low --why 'wrong data'")
    assert [run.id for run in workspace.runs.find(deleted=True)] == [low]
    assert [run.id for run in shell.run("%runs --deleted").result] == [low]
    ask(shell, "runs restore low")
    assert {run.id for run in workspace.runs.find()} == {low, high}
    ask(shell, "runs delete low")
    ask(shell, f"runs purge {low} --why privacy --yes")
    assert [run.id for run in workspace.runs.find(deleted=True)] == []
    with pytest.raises(RunNotFoundError):
        workspace.runs.get(low)


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("runs show nosuch", "RunNotFoundError", "No run 'nosuch'."),
        ("rns", "InvalidError", "Did you mean 'runs'?"),
        ("runs show 'low", "InvalidOptionError", "no closing quotation"),
        ("runs show low --json nosuch", "InvalidError", "is too much"),
    ],
)
def test_the_error_of_a_command_is_raised_as_it_was(
    shell: Shell, recorded: list[str], line: str, error: str, told: str
) -> None:
    result = shell.run(f"%nbmlops {line}")

    assert type(result.error_in_exec).__name__ == error
    assert told in shell.printed
    assert "Traceback" not in shell.printed
    assert '"error"' not in shell.printed


def test_a_report_that_is_a_bad_one_is_a_value(
    shell: Shell, workspace: Workspace, recorded: list[str]
) -> None:
    workspace.store.close()
    (artifact,) = (workspace.settings.root / "artifacts").rglob("*/*")
    artifact.chmod(0o600)
    artifact.write_bytes(b"changed")

    shell.run("found = %nbmlops doctor")

    assert shell.ip.user_ns["found"].code == 1
    assert "artifact" in shell.ip.user_ns["found"]


def test_words_are_completed_as_in_the_shell(
    shell: Shell, recorded: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.ipynb").write_text(
        nbformat.writes(
            nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell("depth = 3", metadata={"tags": ["parameters"]})]
            )
        )
    )

    def offered(line: str) -> list[str]:
        return list(shell.ip.complete(line.rsplit(" ", maxsplit=1)[-1], line, len(line))[1])

    assert offered("%nbmlops ru") == ["runs"]
    assert offered("%nbmlops runs sh") == ["show"]
    assert offered("%nbmlops runs show lo") == ["low"]
    assert offered("%nbmlops runs find ch") == ["churn"]
    assert offered("%nbmlops runs find --li") == ["--limit"]
    assert offered("%nbmlops pipelines run tr") == ["train.ipynb"]
    assert offered("%nbmlops pipelines run train.ipynb -p de") == ["depth="]


def test_in_a_kernel_it_is_plain_text_and_an_interrupt_ends_what_runs(
    workspace: Workspace, recorded: list[str], tmp_path: Path
) -> None:
    kernel_spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    slow = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import time; time.sleep(600)")],
        metadata={"kernelspec": kernel_spec},
    )
    nbformat.write(slow, tmp_path / "slow.ipynb")
    with Kernel(folder=tmp_path) as kernel:
        kernel.run("%load_ext nbmlops")
        table = kernel.run("%nbmlops runs find")
        page = kernel.run("%nbmlops runs find --csv --limit 1")
        error = kernel.run("%nbmlops runs show nosuch")
        running = kernel.send("%nbmlops pipelines run slow.ipynb --name slow")
        while not workspace.runs.find("name = 'slow' and status = 'running'"):
            pass
        kernel.manager.interrupt_kernel()
        interrupted = kernel.answer(running)
        run = workspace.runs.get("slow")

    assert table.result is not None
    assert "high run" in table.result["text/plain"]
    assert "\x1b" not in table.result["text/plain"]
    assert page.stderr.startswith("nbmlops: 1 of 2 runs. Next page: --cursor ")
    assert (error.error, error.stderr) == ("RunNotFoundError", "")
    assert (interrupted.error, run.status) == ("KeyboardInterrupt", "cancelled")
    assert "━" not in interrupted.stderr
    assert "Thread" not in interrupted.stderr
