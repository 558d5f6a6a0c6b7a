"""`nbmlops demo`: what a newcomer sees first, executed for real."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import IO, Any

import pytest

from nbmlops.cli.demo import FOLDER, QUICKSTART, SETS, prepare_folder
from nbmlops.workspace import open_workspace

PROGRAM = [sys.executable, "-c", "from nbmlops.cli import main; main()"]


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "demo", *options], cwd=folder, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    return folder


def edit(notebook: Path) -> None:
    content = json.loads(notebook.read_text("utf-8"))
    content["cells"][0]["source"] = ["# My own words"]
    notebook.write_text(json.dumps(content), "utf-8")


def demo_in_lab(here: Path, runtime: Path) -> tuple[dict[str, Any], str, dict[str, str]]:
    """What `demo --json --lab` prints, what stood on the terminal till then, and what the
    JupyterLab says of the quickstart that became of the process."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "demo", "--json", "--lab"],
        cwd=here,
        env={
            **{key: value for key, value in os.environ.items() if key != "NO_COLOR"},
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "BROWSER": "true",
            "TERM": "xterm",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    shown: list[bytes] = []

    def listen() -> None:
        with contextlib.suppress(OSError):  # the other side has closed
            while part := os.read(mine, 65536):
                shown.append(part)

    listening = threading.Thread(target=listen)
    listening.start()
    try:
        assert process.stdout is not None
        record, _ = json.JSONDecoder().raw_decode(read_object(process.stdout))
        seen = re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", b"".join(shown).decode(errors="replace"))
        content = answer_of(process, runtime)
    finally:
        process.terminate()
        process.wait()
        listening.join()
        os.close(mine)
    return record, seen, {"type": content["type"], "name": content["name"]}


def answer_of(process: subprocess.Popen[str], runtime: Path) -> Any:
    """What the server says of the quickstart, as soon as it answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "JupyterLab did not start"
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                lab = json.loads(file.read_text("utf-8"))
                address = f"{lab['url']}api/contents/{QUICKSTART}?content=0&token={lab['token']}"
                with urllib.request.urlopen(address, timeout=30) as answer:
                    return json.load(answer)
        time.sleep(0.1)
    return pytest.fail("JupyterLab does not answer")


def read_object(stream: IO[str]) -> str:
    """The lines of a stream up to the end of one indented JSON object."""
    text = ""
    for line in stream:
        text += line
        if line == "}\n":
            break
    return text


def test_a_newcomer_sees_three_runs_and_the_way_on_and_may_repeat_it(
    here: Path, tmp_path: Path
) -> None:
    said = demo(here)

    assert said.returncode == 0, said.stderr
    assert not said.stderr
    for name in SETS:
        assert f"✓ {name}" in said.stdout
    # One duration for each attempt: its line and its row of the table say the same.
    lines = {line.split()[1]: line for line in said.stdout.splitlines() if " took " in line}
    rows = said.stdout.partition("────")[2].splitlines()
    for name in SETS:
        took = lines[name].partition(" took ")[2].strip()
        assert re.fullmatch(r"[\d.]+ (s|min \d+ s)", took)
        assert any(row.startswith(f" ✓ {name} ") and f"  {took} " in row for row in rows)
    best = re.search(r"Best +★ (\w+) has the highest auc, (0\.\d{4})\n +auc decides: ", said.stdout)
    assert best
    assert f"3 notebooks in {FOLDER}/executed/" in said.stdout
    assert f"{FOLDER}/{QUICKSTART}" in said.stdout.splitlines()[-2]
    executed = sorted((here / FOLDER / "executed").glob("*.ipynb"))
    assert len(executed) == 3
    assert (here / FOLDER / ".gitignore").read_text() == "*\n"
    runs = open_workspace().runs.find(experiment="demo")
    assert {run.status for run in runs} == {"succeeded"}
    notebooks = {run.name: run for run in runs if run.kind == "notebook"}
    assert set(notebooks) == set(SETS)
    for name, run in notebooks.items():
        assert {key: run.params[key] for key in SETS[name]} == SETS[name]
        assert 0.85 < run.metrics["auc"] < 0.95
    highest = max(notebooks.values(), key=lambda run: run.metrics["auc"])
    assert best.groups() == (highest.name, f"{highest.metrics['auc']:.4f}")

    edit(here / FOLDER / QUICKSTART)
    record, shown, lab = demo_in_lab(here, tmp_path / "runtime")

    # On a terminal a line moves while a notebook is executed, and is gone in the end.
    for name in SETS:
        steps = set(re.findall(rf"{name} +max_depth [^\r\n]+?(cell \d of \d|starting)", shown))
        assert "starting" in steps
        assert len(steps) > 1, steps  # a cell that is over at once is not drawn
        assert f"✓ {name}" in shown
    assert lab == {"type": "notebook", "name": QUICKSTART}
    assert record["folder"] == str(here / f"{FOLDER}-2")
    assert len(record["runs"]) == 3
    assert record["best"] in {run["id"] for run in record["runs"]}
    assert all(Path(notebook).is_file() for notebook in record["notebooks"])
    assert "My own words" in (here / FOLDER / QUICKSTART).read_text("utf-8")


def test_an_interrupted_demo_leaves_a_cancelled_run(here: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "demo"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    runs = open_workspace().runs
    deadline = time.monotonic() + 120
    while not runs.find("status = 'running'") and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in err
    found = runs.find(experiment="demo")
    assert found
    assert {run.status for run in found} <= {"cancelled", "succeeded"}
    *earlier, last = sorted(
        (run for run in found if run.kind == "notebook"), key=lambda run: run.id
    )
    assert {run.status for run in earlier} <= {"succeeded"}
    assert len(earlier) < len(SETS) - 1, "nothing was interrupted"
    if last.status == "succeeded":  # the signal came between its last cell and the next notebook
        executed = list((here / FOLDER / "executed").glob("*.ipynb"))
        assert len(executed) == len(earlier) + 1, last
        newest = max(executed, key=lambda file: file.stat().st_mtime)
        cells = json.loads(newest.read_text("utf-8"))["cells"]
        assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")
    else:
        assert last.status == "cancelled"
        assert f"was cancelled by Ctrl-C. Its run is {last.name} ({last.id[-8:]})." in err


def test_the_folder_has_the_notebooks_and_their_data(here: Path) -> None:
    folder = prepare_folder(here)

    assert folder == here / FOLDER
    notebooks = [file.name for file in sorted(folder.glob("*.ipynb"))]
    assert notebooks == [QUICKSTART, "02_compare.ipynb", "03_drift.ipynb"]
    assert (folder / "data" / "census_ma_2015.parquet").stat().st_size > 10_000


def test_a_folder_that_was_only_used_is_used_again(here: Path) -> None:
    folder = prepare_folder(here)
    notebook = json.loads((folder / QUICKSTART).read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["hello"]}]
    (folder / QUICKSTART).write_text(json.dumps(notebook), "utf-8")
    saved = (folder / QUICKSTART).read_text("utf-8")

    assert prepare_folder(here) == folder
    assert (folder / QUICKSTART).read_text("utf-8") == saved


def test_an_edited_folder_is_left_alone(here: Path) -> None:
    first = prepare_folder(here)
    edit(first / QUICKSTART)
    second = prepare_folder(here)
    (second / "data" / "census_ma_2016.parquet").write_bytes(b"mine")

    assert prepare_folder(here) == here / f"{FOLDER}-3"
    assert (second / "data" / "census_ma_2016.parquet").read_bytes() == b"mine"


def test_a_missing_file_comes_back(here: Path) -> None:
    folder = prepare_folder(here)
    (folder / "data" / "census_ma_2017.parquet").unlink()

    assert prepare_folder(here) == folder
    assert (folder / "data" / "census_ma_2017.parquet").is_file()


def test_where_nothing_can_be_written_a_folder_of_the_user_is_taken(
    here: Path, tmp_path: Path
) -> None:
    (here / FOLDER).write_text("a file stands in the way")

    folder = prepare_folder(here)

    assert folder.is_relative_to(tmp_path / "state")
    assert (folder / QUICKSTART).is_file()
