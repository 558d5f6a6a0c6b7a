"""What a cell displays becomes part of its run, and is displayed as if nobody had looked."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbmlops.records import Run
from nbmlops.testing import Answer, Kernel, Shell
from nbmlops.workspace import Workspace, open_workspace

SETUP = """
import base64, io
import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML, SVG, Image, Markdown, clear_output, display
from PIL import Image as pil

class Bundle:
    def __init__(self, **forms): self.forms = {k.replace("__", "/"): v for k, v in forms.items()}
    def _repr_mimebundle_(self, include=None, exclude=None): return self.forms

class Plotly:
    "As plotly shows a figure."
    def _repr_mimebundle_(self, include=None, exclude=None):
        trace = {"type": "scatter", "mode": "markers", "x": [1, 2], "y": [3, 4],
                 "hovertext": ["Alice Brown", "Bob"], "customdata": [["Alice Brown"], ["Bob"]]}
        layout = {"title": {"text": "Income <b>by age</b>"}}
        return {"application/vnd.plotly.v1+json": {"data": [trace], "layout": layout},
                "text/html": "<div>Alice Brown</div>"}

rows = [{"age": 1, "name": "Alice Brown"}, {"age": 2, "name": "Bob"}]
spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "title": "Ages",
        "mark": {"type": "point"}, "data": {"name": "d"}, "datasets": {"d": rows},
        "encoding": {"x": {"field": "age", "type": "quantitative"}, "tooltip": {"field": "name"}}}
frame = pd.DataFrame({"name": ["Alice Brown", "Bob"], "age": [1, 2]})
red = pil.new("RGB", (20, 10), "red")
"""

# Cells that behave the same in both kernels; {track} is a comment in the plain one.
CELLS = {
    "shown": "{track}\nplt.plot([1, 2]); plt.title('Loss'); plt.show()\nprint('between')\nplt.plot([2, 1]); plt.title('ROC (AUC = 0.91)')",
    "last": "{track}\nfig, ax = plt.subplots(); ax.plot([3, 1]); fig",
    "by display": "{track}\ntree = plt.figure(); tree.add_subplot().plot([1, 5])\ndisplay(tree); plt.close(tree)",
    "axes": "{track}\nframe.plot(y='age', title='Ages')",
    "drawing": '{track}\ndisplay(SVG(\'<svg xmlns="http://www.w3.org/2000/svg"><text>api_key = "hunter2hunter2"</text></svg>\'))',
    "image": "{track}\nb = io.BytesIO(); red.save(b, 'PNG'); open('confusion.png', 'wb').write(b.getvalue())\ndisplay(Image('confusion.png'))",
    "jpeg": "{track}\nb = io.BytesIO(); red.save(b, 'JPEG'); photo = Image(b.getvalue(), format='jpeg'); photo",
    "pil": "{track}\nred",
    "twice": "{track}\ndisplay(red, red)\nred",
    "frame": "{track}\ndisplay(frame, frame.style, HTML('<b>Alice Brown</b>'), Markdown('*Alice Brown*'))\nframe",
    "plotly": "{track}\ndisplay(Plotly())",
    "vega": "{track}\ndisplay({{'application/vnd.vegalite.v5+json': spec}}, raw=True)",
    "below capture": "{track}\n%%capture kept\nplt.plot([1, 2]); plt.show(); display(red)\nred",
    "what was captured": "{track}\nkept.show()",
    "cleared": "{track}\nfor i in range(3):\n    clear_output(wait=True)\n    display(pil.new('RGB', (9, 9 + i)))",
    "updated": "{track}\nhandle = display(red, display_id='here')\nfor i in range(40):\n    handle.update(pil.new('RGB', (7, 7 + i)))",
    "many": "{track}\nfor i in range(30):\n    display(pil.new('RGB', (5, 5 + i)))",
    "failed": "{track}\nplt.plot([1]); plt.title('before'); plt.show()\n1 / 0",
    "broken": "{track}\ndisplay({{'image/png': {{1, 2}}}}, raw=True)",
    "no bundle": "{track}\nfrom IPython.core.display_functions import publish_display_data\npublish_display_data(5)",
    "no text": "{track}\nimport sys\nsys.stdout.write(5)",
    "raising": "{track}\nclass Bad:\n    def _repr_png_(self): raise ValueError('bad')\nBad()",
    "hooks are gone": "{track}\nshell = get_ipython()\nshell.display_pub._hooks[1:], shell.displayhook._hooks[1:]",
}


@dataclass(frozen=True)
class Both:
    """The answers of a plain and of a tracking kernel, and the runs of the second."""

    answers: dict[str, tuple[Answer, Answer]]
    runs: dict[str, Run]
    workspace: Workspace
    kernel: Kernel

    def figures(self, name: str) -> dict[str, bytes]:
        run = self.runs[name]
        return {each: run.artifact(each) for each in run.artifacts}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("displays")
    environment = {
        "NBMLOPS_WORKSPACE": str(folder / "workspace"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    with (
        Kernel(environment=environment, folder=folder) as plain,
        Kernel(environment=environment, folder=folder) as tracked,
    ):
        plain.run(SETUP)
        tracked.run("%load_ext nbmlops\nimport nbmlops\n" + SETUP)
        answers = {}
        for name, cell in CELLS.items():
            above = "{track}\n" if "{track}\n%%" in cell else "\0"
            first = plain.run(cell.replace(above, "").format(track="# a plain cell"))
            line = f"%%track shown --silent --name '{name}'"
            answers[name] = (first, tracked.run(cell.format(track=line)))
        tracked.run("nbmlops.flush()")
        workspace = open_workspace(folder / "workspace")
        runs = {run.name: run for run in workspace.runs.find(limit=200)}
        yield Both(answers, runs, workspace, tracked)
        workspace.close()


@pytest.fixture
def track(both: Both) -> Callable[..., Run]:
    """Runs a tracked cell in the kernel that tracks; its run."""

    def run(cell: str, options: str = "") -> Run:
        both.kernel.run(f"%%track more --silent {options}\n{cell}")
        both.kernel.run("nbmlops.flush()")
        return both.workspace.runs.get("last")

    return run


def comparable(answer: Answer) -> dict[str, object]:
    def clean(text: str) -> str:
        text = re.sub(r"(ipykernel_\d+/)?\d+\.py|0x[0-9a-f]+|T_[0-9a-f]+", "…", text)
        return re.sub(r"(?m)^.*(%%track|a plain cell).*$", "line", text)

    displays = [{form: clean(str(data[form])) for form in data} for data in answer.displays]
    return {
        "status": answer.status,
        "result": answer.result
        and {form: clean(str(answer.result[form])) for form in answer.result},
        "displays": displays,
        "stdout": answer.stdout,
        "stderr": clean(answer.stderr),
        "error": answer.error,
        "message": answer.message,
        "traceback": clean(answer.traceback),
    }


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_the_same_as_without_us(both: Both, name: str) -> None:
    plain, tracked = both.answers[name]

    assert comparable(tracked) == comparable(plain)
    assert "nbmlops" not in tracked.traceback
    assert "capture-failed" not in {warning.code for warning in both.runs[name].warnings}


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("shown", {"loss.png", "roc-auc.png"}),
        ("last", {"figure-1.png"}),
        ("by display", {"tree.png"}),
        ("axes", {"ages.png"}),
        ("drawing", {"figure-1.svg"}),
        ("image", {"confusion.png"}),
        ("jpeg", {"photo.jpg"}),
        ("pil", {"red.png"}),
        ("twice", {"red.png"}),
        ("frame", set()),
        ("plotly", {"income-by-age.plotly.json"}),
        ("vega", {"ages.vl.json"}),
        ("below capture", set()),
        ("what was captured", {"red.png", "figure-1.png"}),
        ("failed", {"before.png"}),
        ("broken", set()),
    ],
)
def test_pictures_are_kept_by_telling_names(both: Both, name: str, files: set[str]) -> None:
    kept = both.runs[name].artifacts

    if name == "what was captured":  # which has lost its object
        assert len(kept) == 2
    else:
        assert set(kept) == files
    assert {artifact.kind for artifact in kept.values()} <= {"figure"}


def test_what_is_kept_are_the_bytes_that_were_shown(both: Both) -> None:
    shown = [data["image/png"] for data in both.answers["shown"][1].displays]

    assert [base64.b64decode(each) for each in shown] == list(both.figures("shown").values())


def test_the_same_picture_is_stored_once(both: Both) -> None:
    assert both.runs["pil"].artifacts["red.png"].digest == (
        both.runs["twice"].artifacts["red.png"].digest
    )


def test_of_what_was_replaced_or_cleared_only_the_last_is_kept(both: Both) -> None:
    assert [image_size(data) for data in both.figures("cleared").values()] == [(9, 11)]
    assert [image_size(data) for data in both.figures("updated").values()] == [(7, 46)]
    assert not both.runs["updated"].warnings


def test_there_is_a_bound_and_the_run_says_so(both: Both) -> None:
    kept = both.runs["many"].artifacts

    assert len(kept) == 24
    (warning,) = both.runs["many"].warnings
    assert warning.code == "partial"
    assert warning.message.startswith("6 of what this cell displayed are not kept")


def test_what_is_not_kept_takes_no_place_of_what_is(track: Callable[..., Run]) -> None:
    run = track("for i in range(40):\n    display(frame)\nred")

    assert set(run.artifacts) == {"red.png"}
    assert not run.warnings


def test_bytes_are_bounded_as_well(both: Both, track: Callable[..., Run]) -> None:
    run = track(
        "import os\nfor i in range(3):\n    display(Image(os.urandom(7 << 20), format='png'))"
    )

    assert len(run.artifacts) == 1
    assert [warning.code for warning in run.warnings] == ["partial"]


def test_no_value_of_the_data_is_in_what_is_kept(both: Both) -> None:
    for name in ("frame", "plotly", "vega"):
        assert not [data for data in both.figures(name).values() if b"Alice" in data]
    assert b'"x":[1,2]' in both.figures("plotly")["income-by-age.plotly.json"]
    assert b'"d":[{"age":1},{"age":2}]' in both.figures("vega")["ages.vl.json"]


def test_secrets_are_taken_out_of_drawings(both: Both) -> None:
    drawing = both.figures("drawing")["figure-1.svg"]

    assert b"hunter2" not in drawing
    assert b"[redacted]" in drawing


def test_whatever_is_displayed_is_kept_where_that_is_switched_on(track: Callable[..., Run]) -> None:
    run = track(
        "display(frame)\ndisplay(Markdown('*words*'))\ndisplay(Plotly(), red)", "--keep displays"
    )

    assert {name: artifact.kind for name, artifact in run.artifacts.items()} == {
        "frame.html": "output",
        "output-1.md": "output",
        "income-by-age.plotly.json": "figure",
        "red.png": "figure",
    }
    assert b"Alice Brown" in run.artifact("frame.html")
    assert b"Alice Brown" in run.artifact("income-by-age.plotly.json")
    assert run.artifact("output-1.md") == b"*words*"


def test_our_own_cards_are_no_figures(both: Both, track: Callable[..., Run]) -> None:
    run = track("display(nbmlops.get_run('last'))\nnbmlops.find_runs()", "--keep displays")

    assert not run.artifacts


def test_a_logged_figure_keeps_its_name(track: Callable[..., Run]) -> None:
    run = track("nbmlops.log_artifact(b'mine', 'red.png')\nred")

    assert run.artifact("red.png") == b"mine"
    assert set(run.artifacts) == {"red.png", "red-2.png"}


def test_figures_can_be_left_out(track: Callable[..., Run]) -> None:
    assert not track("red", "--skip figures").artifacts


def test_a_cell_that_turns_out_to_fit_has_its_figures_its_output_and_its_cost(both: Both) -> None:
    both.kernel.run("from sklearn.linear_model import Ridge\n%track on always --silent")
    both.kernel.run(
        "print('before'); display(red)\nmodel = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])\n"
        "work = sum(i * i for i in range(1_000_000))"
    )
    both.kernel.run("display(red)")
    both.kernel.run("%track off\nnbmlops.flush()")
    (run,) = both.workspace.runs.find(experiment="always")

    assert set(run.artifacts) == {"red.png"}
    assert run.outputs["stdout"].head == "before\n"
    assert run.resources.wall_seconds > 0.5 * run.duration_seconds
    assert run.resources.cpu_seconds > 0


def test_a_shell_without_a_kernel_tells_of_its_result(workspace: Workspace) -> None:
    shell = Shell()
    try:
        shell.run("%%track plain --silent\nfrom PIL import Image\nImage.new('RGB', (3, 4))")
        workspace.runs.flush()
        run = workspace.runs.get("last")
        shell.run("%%track plain --silent\nprint(1)")
        workspace.runs.flush()
    finally:
        shell.close()

    assert [image_size(run.artifact(name)) for name in run.artifacts] == [(3, 4)]
    assert not workspace.runs.get("last").artifacts


def image_size(data: bytes) -> tuple[int, int]:
    assert data[:4] == b"\x89PNG"
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def test_the_artifact_folder_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, workspace: Workspace
) -> None:
    (workspace.settings.root / "artifacts").parent.mkdir(parents=True, exist_ok=True)
    (workspace.settings.root / "artifacts").write_text("in the way")
    shell = Shell()
    try:
        result = shell.run(
            "%%track plain --silent\nfrom PIL import Image\nImage.new('RGB', (3, 4))"
        )
        workspace.runs.flush()
    finally:
        shell.close()
    run = workspace.runs.get("last")

    assert result.success
    assert run.status == "succeeded"
    assert [warning.code for warning in run.warnings] == ["not-recorded"]
