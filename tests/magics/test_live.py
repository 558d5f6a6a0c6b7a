"""The live card as a front end hears it from a real kernel, message by message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_messages import messages_of

from nbmlops.capture.following import Following
from nbmlops.testing import Kernel
from nbmlops.widgets.view import VIEW, is_built
from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.skipif(not is_built(), reason="The front end is not built.")

LOOP = """%%track loops
import time, nbmlops
for step in range(60):
    nbmlops.log(loss=1 / (1 + step), step=step)
    time.sleep(0.05)
"""
STATIC = {"text/html", "text/plain", "image/png"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"NBMLOPS_WORKSPACE": str(tmp_path / "workspace"), "NBMLOPS_LIVE": "1"}


@pytest.fixture
def kernel(environment: dict[str, str]) -> Iterator[Kernel]:
    with Kernel(environment=environment) as started:
        assert started.run("%load_ext nbmlops").status == "ok"
        yield started


def shown(heard: list[tuple[str, dict[str, Any], list[Any]]]) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, content) for kind, content, _ in heard if kind.endswith("display_data")]


def test_a_long_cell_shows_a_widget_that_becomes_the_static_card(kernel: Kernel) -> None:
    heard = messages_of(kernel, LOOP)

    (first, at_first), (second, at_last) = shown(heard)
    assert (first, second) == ("display_data", "update_display_data")
    assert set(at_first["data"]) == {VIEW, *STATIC}
    assert set(at_last["data"]) == STATIC
    assert at_first["transient"]["display_id"] == at_last["transient"]["display_id"]
    assert "succeeded" in at_last["data"]["text/plain"]
    # The widget goes when nothing shows it any more.
    kinds = [kind for kind, _, _ in heard]
    assert kinds.index("comm_open") < kinds.index("display_data")
    assert kinds.index("update_display_data") < kinds.index("comm_close")


def test_a_view_that_hears_everything_has_every_point_and_the_way_to_go(kernel: Kernel) -> None:
    heard = messages_of(kernel, LOOP)

    points: dict[float, float] = {}
    facts: dict[str, Any] = {}
    for kind, content, buffers in heard:
        if kind != "comm_msg" or content["data"].get("method") != "custom":
            continue
        told = content["data"]["content"]
        facts |= told["facts"]
        for at in range(len(told["names"])):
            steps, values = (memoryview(each).cast("d") for each in buffers[2 * at : 2 * at + 2])
            points |= dict(zip(steps, values, strict=True))
    steps = sorted(points)
    assert steps == [float(step) for step in range(len(steps))]
    assert len(steps) >= 10  # how far it is told depends on how busy the machine is
    assert points[3.0] == 1 / 4
    assert facts["total"] == 60
    assert 0 < facts["done"] <= 60
    assert facts["remaining_seconds"] >= 0


def test_a_short_cell_and_a_silent_one_show_no_widget(kernel: Kernel) -> None:
    short = shown(messages_of(kernel, "%%track\nimport nbmlops\nnbmlops.log(a=1)"))
    silent = messages_of(kernel, LOOP.replace("loops", "loops --silent"))

    assert [VIEW in content["data"] for _, content in short] == [False] * len(short)
    assert shown(silent) == []
    assert "comm_open" not in [kind for kind, _, _ in silent]


def test_a_cell_that_clears_its_output_keeps_it_for_itself(kernel: Kernel) -> None:
    cell = """%%track
import time
from IPython.display import clear_output, display
for step in range(30):
    clear_output(wait=True)
    display(step)
    time.sleep(0.1)
"""
    heard = shown(messages_of(kernel, cell))

    assert [kind for kind, content in heard if VIEW in content["data"]] == []
    assert "nbmlops" in heard[-1][1]["data"]["text/html"]


@pytest.mark.parametrize("setting", ["environment", "project"])
def test_a_setting_switches_live_cards_off(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBMLOPS_LIVE")
    environment = {"NBMLOPS_WORKSPACE": str(tmp_path / "workspace")}
    if setting == "environment":
        environment["NBMLOPS_LIVE"] = "off"
    else:
        (tmp_path / "pyproject.toml").write_text('[tool.nbmlops]\nlive = "off"\n')
    with Kernel(environment=environment, folder=tmp_path) as kernel:
        kernel.run("%load_ext nbmlops")
        heard = messages_of(kernel, LOOP)

    ((kind, content),) = shown(heard)
    assert kind == "display_data"
    assert set(content["data"]) == STATIC


def test_where_no_person_is_there_is_no_widget(environment: dict[str, str]) -> None:
    with Kernel(environment=environment, metadata={}) as kernel:
        kernel.run("%load_ext nbmlops")
        heard = messages_of(kernel, LOOP)
        table = kernel.run("%runs")

    assert [set(content["data"]) for _, content in shown(heard)] == [STATIC]
    assert "comm_open" not in [kind for kind, _, _ in heard]
    assert VIEW not in (table.result or {})


def test_a_failure_of_the_live_card_costs_a_warning_and_nothing_else(
    kernel: Kernel, environment: dict[str, str]
) -> None:
    kernel.run(
        "import nbmlops.widgets.card as card\n"
        "def fail(*given, **more): raise RuntimeError('no widget today')\n"
        "card.CardView.__init__ = fail"
    )
    answer = kernel.run(LOOP)

    assert answer.status == "ok"
    assert [set(data) for data in answer.displays] == [STATIC]
    workspace = open_workspace(environment["NBMLOPS_WORKSPACE"])
    (run,) = workspace.runs.find(experiment="loops")
    assert [warning.message for warning in run.warnings] == [
        "live card: RuntimeError: no widget today"
    ]
    workspace.close()


def test_what_is_read_of_a_fast_loop_at_once_is_bounded(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    with workspace.runs.track("fast") as run:
        following = Following(run)
        for step in range(20_000):
            run.log(loss=step, step=step)
        first = following.take()["loss"]
        for step in range(20_000, 60_000):
            run.log(loss=step, step=step)
        second = following.take()["loss"]
        run.log(loss=-1, step=60_000)
        last = following.take()["loss"]
    workspace.close()

    assert len(first.steps) <= 700
    assert len(second.steps) <= 150
    assert first.steps[-1] == 19_999
    assert second.steps[0] >= 20_000
    assert (last.steps, last.values) == ([60_000], [-1])
    assert following.take() == {}


def answer_of(kernel: Kernel, shown: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """What a widget in the kernel answers to a message of its view."""
    said = {"comm_id": shown[VIEW]["model_id"], "data": {"method": "custom", "content": content}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", said))
    while True:
        message = kernel.client.get_iopub_msg(timeout=60)
        if message["header"]["msg_type"] == "comm_msg":
            answer: dict[str, Any] = message["content"]["data"]["content"]
            return answer


def test_a_widget_hands_out_the_modules_of_other_views_and_no_other_file(kernel: Kernel) -> None:
    kernel.run("%%track trees --silent\nimport nbmlops\nnbmlops.log(auc=1)")
    table = kernel.run("%runs trees").result or {}
    answers = [
        answer_of(kernel, table, {"type": "module", "number": number, "name": name})
        for number, name in enumerate(["one_run", "comparison", "../widgets/view", None, ["drift"]])
    ]

    assert [answer["status"] for answer in answers] == [200, 200, 404, 404, 404]
    assert all("as default" in answer["answer"]["esm"] for answer in answers[:2])
    assert all(".nbm-root" in answer["answer"]["css"] for answer in answers[:2])
    assert [answer["answer"] for answer in answers[2:]] == [None, None, None]


def test_a_table_and_a_comparison_come_with_a_widget_that_asks_the_kernel(kernel: Kernel) -> None:
    for depth in (1, 2):
        kernel.run(
            f"%%track trees --silent\nimport nbmlops\ndepth = {depth}\nnbmlops.log(auc={depth}/3)"
        )
    table = kernel.run("%runs trees").result or {}
    assert set(table) == {VIEW, "text/html", "text/plain"}

    asked = {"type": "ask", "method": "GET", "path": "runs?columns=name,metrics.auc"}
    answer = answer_of(kernel, table, {**asked, "number": 7})
    assert (answer["number"], answer["status"]) == (7, 200)
    assert [row[1] for row in answer["answer"]["rows"]] == [2 / 3, 1 / 3]
    assert json.dumps(answer)

    first, second = answer["answer"]["ids"]
    comparison = kernel.run(f"%compare {first} {second}").result or {}
    assert {VIEW, "text/html"} <= set(comparison)
