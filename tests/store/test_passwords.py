"""The password in a database's address stands in no output and no file, whatever is asked for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import click
import nbformat
import pytest
from sqlalchemy import make_url

from nbmlops.cli import main
from nbmlops.cli import nbmlops as root_command
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

PASSWORD = "hunter2/of@the+database"
AWAY = f"postgresql://keeper:{quote(PASSWORD, safe='')}@127.0.0.1:1/runs"
RAW = "postgresql://keeper:hunter2/of-the-database@127.0.0.1:1/runs"  # as people write it
PIECES = ("hunter2", "of@the", "of%40the", "of-the-database")

# Each command of the terminal with words that make it do something; it may well fail.
COMMANDS = {
    "runs find": ["churn", "metrics.auc > 0"],
    "runs show": ["first"],
    "runs compare": ["first", "second"],
    "runs rename": ["first", "renamed"],
    "runs tag": ["second", "k=v"],
    "runs note": ["second", "text"],
    "runs artifact": ["second", "a.txt"],
    "runs export": ["churn", "--output", "out.nbx"],
    "runs import": ["out.nbx"],
    "runs delete": ["second"],
    "runs restore": ["second"],
    "runs purge": ["second", "--why", "because", "--yes"],
    "pipelines params": ["n.ipynb"],
    "pipelines run": ["n.ipynb"],
    "drift check": ["data.csv", "data.csv"],
    "drift profile": ["data.csv", "--output", "data.profile"],
    "drift show": ["last"],
    "monitors add": ["watch", "--reference", "data.csv", "--source", "data.csv"],
    "monitors run": ["watch"],
    "monitors find": [],
    "monitors show": ["watch"],
    "monitors remove": ["watch"],
    "doctor": ["--repair", "--rebuild", "--trust-project"],
    "completion": ["bash"],
}
NOT_TRIED = {"demo"}  # which records to a workspace of its own


def commands(group: click.Command, name: str = "") -> Iterator[str]:
    """The full name of every command."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for each in group.list_commands(context):
            found = group.get_command(context, each)
            assert found is not None
            yield from commands(found, f"{name} {each}".strip())
    else:
        yield name


@pytest.fixture
def live(postgres_server, postgres_url) -> str:
    """The address of a running database for somebody who has this password."""
    name = f"keeper_{secrets.token_hex(4)}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
    url = make_url(postgres_url).set(username=name, password=PASSWORD)
    return url.render_as_string(hide_password=False)  # the role goes when its server does


@pytest.fixture(params=["live", "away", "raw"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = {"away": AWAY, "raw": RAW}.get(request.param) or request.getfixturevalue("live")
    monkeypatch.setenv("NBMLOPS_WORKSPACE", url)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell("%load_ext nbmlops\n%track inner\nx = 1")]
    nbformat.write(notebook, "n.ipynb")
    Path("data.csv").write_text("age,pay\n" + "".join(f"{n},{n % 7}.5\n" for n in range(60)))
    return url


def test_every_command_is_tried() -> None:
    assert set(commands(root_command)) == set(COMMANDS) | NOT_TRIED


def test_a_password_is_said_and_kept_nowhere(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    workspace = open_workspace()
    said += [repr(workspace), repr(workspace.settings), str(workspace.settings)]
    for name in ("first", "second"):
        with workspace.runs.track("churn", name=name) as run:
            run.log(auc=0.5)
            run.log_artifact(b"text", name="a.txt")
    workspace.close()
    is_live = address not in (AWAY, RAW)
    for name, words in COMMANDS.items():
        if name == "pipelines run" and not is_live:
            continue  # it runs the same, and takes its time
        for more in ([], ["--json"]) if name != "pipelines run" else ([],):
            with pytest.raises(SystemExit) as left:
                main([*name.split(), *more, *words])
            caught = capsys.readouterr()
            said += [f"{name}: {left.value.code}", caught.out, caught.err]
            assert "Traceback" not in caught.err, name
    shell = Shell()
    try:
        for cell in (
            "import nbmlops\nnbmlops.open_workspace()",
            "nbmlops.open_workspace().settings",
            "%runs",
            "%runs churn --sort nosuch",
            "%compare first second",
            "%%track churn\nnbmlops.log(x=1)",
            "nbmlops.find_runs()",
            "%nbmlops doctor",
            "%drift data.csv data.csv",
            "%monitor add again --reference data.csv --source data.csv",
            "%monitor run again",
        ):
            shell.run(cell)
            said += [shell.printed, *map(str, shell.displayed)]
    finally:
        shell.close()

    assert ("runs find: 0" in said) == is_live
    assert ("runs find: 8" in said) == (not is_live)
    for piece in PIECES:
        assert piece not in "\n".join(said)
        for file in tmp_path.rglob("*"):
            assert not file.is_file() or piece.encode() not in file.read_bytes(), (piece, file)
