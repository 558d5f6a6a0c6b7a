"""A tracked cell is the same cell under IPython 8, too: the oldest that will do and the newest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cell_corpus import CELLS, answers_of, check_runs, comparable

from nbmlops.testing import Answer, Kernel
from nbmlops.workspace import open_workspace

# Beside IPython itself only what IPython 9 does not bring.
REQUIREMENTS = {
    "floor": ("ipython==8.18.*", "decorator"),
    "newest": ("ipython>=8.18,<9", "decorator"),
}


@dataclass(frozen=True)
class Older:
    """Two kernels under another IPython, the first without nbmlops, and all their answers."""

    version: str
    plain: Kernel
    tracked: Kernel
    workspace: Path
    answers: dict[str, tuple[Answer, Answer]]


def install(requirements: tuple[str, ...], folder: Path) -> None:
    """Put packages into a folder; without a network the tests are skipped, or fail in CI."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-input"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "--target", str(folder), *requirements],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        if os.environ.get("CI"):
            pytest.fail(f"IPython 8 could not be installed, and CI demands it:\n{done.stderr}")
        pytest.skip("IPython 8 could not be installed.")


@pytest.fixture(scope="module", params=REQUIREMENTS)
def older(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Older]:
    folder = tmp_path_factory.mktemp("ipython-8")
    install(REQUIREMENTS[request.param], folder / "packages")
    path = [str(folder / "packages"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        "PYTHONPATH": os.pathsep.join(path),
        "NBMLOPS_WORKSPACE": str(folder / "workspace"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    with (
        Kernel(environment=environment, folder=folder) as plain,
        Kernel(environment=environment, folder=folder) as tracked,
    ):
        version = plain.run("import IPython; print(IPython.__version__, end='')").stdout
        tracked.run("import IPython")
        yield Older(version, plain, tracked, folder / "workspace", answers_of(plain, tracked))


def test_it_is_another_ipython_that_runs(older: Older) -> None:
    assert older.version.startswith("8.")


@pytest.mark.parametrize("name", CELLS)
def test_a_tracked_cell_answers_as_an_untracked_one(older: Older, name: str) -> None:
    plain, tracked = older.answers[name]

    assert comparable(tracked) == comparable(plain)
    assert "nbmlops" not in tracked.traceback


def test_every_cell_was_recorded_with_its_outcome(older: Older) -> None:
    check_runs(older.answers, older.workspace)


def test_the_card_stands_below_the_result(older: Older) -> None:
    answer = older.tracked.run("%%track cards --name first\nscore = 0.25 * 3\nscore")

    (card,) = answer.cards
    assert answer.result == {"text/plain": "0.75"}
    assert {"text/html", "text/plain", "image/png"} <= set(card)
    assert "first" in card["text/plain"]


def test_a_bare_name_stays_a_bare_name(older: Older) -> None:
    assert older.tracked.run("runs").error == "NameError"
    assert older.tracked.run("track").error == "NameError"


def test_the_line_in_a_cell_records_it(older: Older) -> None:
    answer = older.tracked.run("x = 1\n%track cards --name line\nx + 1")

    assert answer.result == {"text/plain": "2"}
    assert "line in cards" in answer.cards[0]["text/plain"]


def test_unloading_takes_the_magic_away(older: Older) -> None:
    older.tracked.run("%unload_ext nbmlops")

    answer = older.tracked.run("%%track churn\n1")

    assert "%%track" in answer.stderr + answer.traceback
    assert not answer.cards


OLDEST_KERNEL = (*REQUIREMENTS["floor"], "ipykernel==6.29.*", "nest_asyncio")


@pytest.mark.parametrize("requirements", [OLDEST_KERNEL, OLDEST_KERNEL[2:]], ids=["8", "9"])
def test_pictures_are_kept_under_an_ipykernel_that_tells_less(
    requirements: tuple[str, ...], tmp_path: Path
) -> None:
    install(requirements, tmp_path / "packages")
    environment = {
        "PYTHONPATH": str(tmp_path / "packages"),
        "NBMLOPS_WORKSPACE": str(tmp_path / "workspace"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    with Kernel(environment=environment, folder=tmp_path) as kernel:
        kernel.run("%load_ext nbmlops\nimport nbmlops\nfrom PIL import Image")
        kernel.run("%%track old --silent\nprint('no picture')")
        answer = kernel.run(
            "%%track old --silent --name both\nred = Image.new('RGB', (2, 3), 'red')\n"
            "display(red)\nblue = Image.new('RGB', (2, 3), 'blue')\nblue"
        )
        after = kernel.run("'log_output' in vars(get_ipython().displayhook)")
        kernel.run("nbmlops.flush()")
    workspace = open_workspace(tmp_path / "workspace")
    run = workspace.runs.get("both")
    workspace.close()

    assert set(run.artifacts) == {"red.png", "blue.png"}
    assert answer.result is not None
    assert "image/png" in answer.result
    assert after.result == {"text/plain": "False"}
