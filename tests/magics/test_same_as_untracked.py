"""A tracked cell is the same cell: every answer of a real kernel with and without the line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cell_corpus import CELLS, answers_of, check_runs, comparable

from nbmlops.testing import Answer, Kernel
from nbmlops.workspace import open_workspace


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kernel, Kernel, Path]]:
    folder = tmp_path_factory.mktemp("same")
    environment = {
        "NBMLOPS_WORKSPACE": str(folder / "workspace"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    with (
        Kernel(environment=environment, folder=folder) as plain,
        Kernel(environment=environment, folder=folder) as tracked,
    ):
        yield plain, tracked, folder


@pytest.fixture(scope="module")
def answers(kernels: tuple[Kernel, Kernel, Path]) -> dict[str, tuple[Answer, Answer]]:
    plain, tracked, _ = kernels
    return answers_of(plain, tracked)


@pytest.mark.parametrize("name", CELLS)
def test_a_tracked_cell_answers_as_an_untracked_one(
    answers: dict[str, tuple[Answer, Answer]], name: str
) -> None:
    plain, tracked = answers[name]

    assert comparable(tracked) == comparable(plain)
    assert "nbmlops" not in tracked.traceback


def test_every_cell_was_recorded_with_its_outcome(
    answers: dict[str, tuple[Answer, Answer]], kernels: tuple[Kernel, Kernel, Path]
) -> None:
    check_runs(answers, kernels[2] / "workspace")


def test_debug_works_after_a_failed_tracked_cell(kernels: tuple[Kernel, Kernel, Path]) -> None:
    _, tracked, _ = kernels
    tracked.run("%%track same --silent\ndef broken(number):\n    return number / 0\n\nbroken(5)")

    answer = tracked.run("import sys; sys.last_traceback.tb_next.tb_next.tb_frame.f_locals")
    debugged = tracked.run("%debug p number\n")

    assert answer.result == {"text/plain": "{'number': 5}"}
    assert debugged.status in ("ok", "error")  # stdin is not allowed here; it starts all the same
    assert "nbmlops" not in debugged.traceback


def test_an_interrupt_reaches_the_tracked_cell_and_cancels_the_run(
    kernels: tuple[Kernel, Kernel, Path],
) -> None:
    _, tracked, folder = kernels
    request = tracked.send(
        "%%track stopped --silent\nimport time\nprint('on', flush=True)\n"
        "for _ in range(600):\n    time.sleep(0.1)"  # a signal right before a long one is missed
    )
    while True:
        message = tracked.client.get_iopub_msg(timeout=30)
        if message["header"]["msg_type"] == "stream":
            break
    began = time.monotonic()
    tracked.manager.interrupt_kernel()

    answer = tracked.answer(request)

    assert answer.error == "KeyboardInterrupt"
    assert time.monotonic() - began < 30
    run = open_workspace(folder / "workspace").runs.find("experiment = 'stopped'")[0]
    assert run.status == "cancelled"


def test_the_card_stands_below_the_result(kernels: tuple[Kernel, Kernel, Path]) -> None:
    _, tracked, _ = kernels

    answer = tracked.run("%%track cards --name first\nscore = 0.25 * 3\nscore")

    assert answer.result == {"text/plain": "0.75"}
    (card,) = answer.cards
    assert {"text/html", "text/plain", "image/png"} <= set(card)
    assert "first" in card["text/plain"]
    assert "score" in card["text/plain"]


def test_silent_shows_nothing(kernels: tuple[Kernel, Kernel, Path]) -> None:
    _, tracked, _ = kernels

    answer = tracked.run("%%track cards --silent\nscore = 0.5")

    assert answer.displays == []
