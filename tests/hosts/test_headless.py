"""A notebook with tracked cells, executed where nobody looks: papermill, nbclient, jupyter, nbconvert."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nbmlops.records import Run
from nbmlops.workspace import open_workspace

TRACKED = {
    "steps": (
        "{track} --name steps\nimport nbmlops\nfor i in range(5):\n"
        "    nbmlops.log(loss=rate / (i + 1), step=i)\nauc = 0.5 + depth / 100\n'the result'"
    ),
    # Their experiments are others: a card compares with the run before it in its experiment.
    "waits": "{track}-rest --name waits\nimport asyncio\nvalue = await asyncio.sleep(0, depth)\nvalue",
    "timed": "{track}-rest --name timed\n%%time\ntotal = sum(range(depth))",
    "quiet": "# a note\n\n{track}-rest --name quiet --silent\nlast = depth * 2\nlast",
    "printed": "{track}-rest --name printed\nprint('to stdout')\nprint(depth)",
}
BROKEN = "{track}-rest --name broken\ndepth\n\n1 / 0"
DOORS = ("papermill-api", "papermill-cli", "nbclient", "jupyter-execute", "nbconvert")


def notebook(track: str = "%%track churn", *, broken: bool = True) -> Any:
    """The notebook; with another `track` line it is the same one without nbmlops."""
    cells = [
        new_code_cell("depth = 4\nrate = 0.1", metadata={"tags": ["parameters"]}),
        new_code_cell("%load_ext nbmlops" if track.startswith("%%") else "import nbmlops.errors"),
    ]
    for name, source in TRACKED.items():
        source = source.format(track=track)
        if not track.startswith("%%"):
            source = source.replace("# plain-rest --name timed\n", "").replace(
                "nbmlops.log(", "dict("
            )
        cells.append(new_code_cell(source, metadata={"name": name}))
        if name == "steps" and broken:
            tags = {"tags": ["raises-exception"], "name": "broken"}
            cells.append(new_code_cell(BROKEN.format(track=track), metadata=tags))
    cells.append(new_code_cell("sorted(Out), len(In)"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )


@dataclass(frozen=True)
class Executed:
    """What a door left behind."""

    document: Any
    source: Path
    runs: dict[str, Run]
    page: str = ""

    def cell(self, name: str) -> Any:
        return next(cell for cell in self.document.cells if cell.metadata.get("name") == name)

    def card(self, name: str) -> dict[str, str] | None:
        """The card below a cell, which is its last output."""
        outputs = self.cell(name).outputs
        found = [
            one.data for one in outputs if "nbmlops" in one.get("data", {}).get("text/html", "")
        ]
        assert not found or outputs[-1].data == found[-1], "the card stands below everything"
        assert len(found) <= 1
        return dict(found[0]) if found else None


def by_papermill(folder: Path) -> Path:
    import papermill

    with pytest.raises(papermill.PapermillExecutionError):  # it heeds no raises-exception
        papermill.execute_notebook(
            str(folder / "train.ipynb"),
            str(folder / "out.ipynb"),
            parameters={"depth": 9, "extra": "more"},
            progress_bar=False,
        )
    return folder / "out.ipynb"


def by_nbclient(folder: Path) -> Path:
    from nbclient import NotebookClient

    document = nbformat.read(folder / "train.ipynb", 4)
    NotebookClient(document, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(document, folder / "out.ipynb")
    return folder / "out.ipynb"


def by_command(*words: str, code: int = 0) -> Callable[[Path], Path]:
    def execute(folder: Path) -> Path:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return folder / "out.ipynb"

    return execute


EXECUTE: dict[str, Callable[[Path], Path]] = {
    "papermill-api": by_papermill,
    "papermill-cli": by_command(
        *("papermill", "-p", "depth", "9", "-p", "extra", "more"),
        *("train.ipynb", "out.ipynb", "--no-progress-bar"),
        code=1,
    ),
    "nbclient": by_nbclient,
    "jupyter-execute": by_command("jupyter", "execute", "train.ipynb", "--output=out"),
    "nbconvert": by_command(
        *("jupyter", "nbconvert", "--execute", "--to", "html", "train.ipynb", "--output", "page")
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("headless")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR"):
            patch.setenv(name, str(folder / name.lower()))
        yield folder


def execute(door: str, folder: Path, workspace: Path, document: Any) -> Executed:
    folder.mkdir()
    source = folder / "train.ipynb"
    nbformat.write(document, source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBMLOPS_WORKSPACE", str(workspace))
        output = EXECUTE[door](folder)
    page = folder / "page.html"
    store = open_workspace(workspace)
    runs = {run.name: store.runs.get(run.id) for run in store.runs.find(sort="started_at asc")}
    store.store.close()
    left = nbformat.read(output, 4) if output.exists() else new_notebook()
    return Executed(left, source, runs, page.read_text() if page.exists() else "")


@pytest.fixture(scope="module")
def executed(place: Path) -> Callable[[str], Executed]:
    """What a door left behind; each door executes once."""
    known: dict[str, Executed] = {}

    def get(door: str) -> Executed:
        if door not in known:
            known[door] = execute(door, place / door, place / f"{door}-workspace", notebook())
        return known[door]

    return get


@pytest.fixture(scope="module")
def plain(place: Path) -> Executed:
    """The same notebook without nbmlops, executed by nbclient."""
    return execute("nbclient", place / "plain", place / "unused", notebook("# plain"))


with_document = pytest.mark.parametrize("door", [door for door in DOORS if door != "nbconvert"])
with_all = pytest.mark.parametrize("door", DOORS)


@with_all
def test_every_tracked_cell_is_a_run_with_its_outcome(
    executed: Callable[[str], Executed], door: str
) -> None:
    runs = executed(door).runs
    status = {name: str(run.status) for name, run in runs.items()}

    assert status == {**dict.fromkeys(TRACKED, "succeeded"), "broken": "failed"}
    assert runs["broken"].error is not None
    assert runs["broken"].error.type == "ZeroDivisionError"
    assert runs["steps"].metrics["loss"] == pytest.approx(0.02)
    assert runs["printed"].outputs["stdout"].head.startswith("to stdout\n")
    assert all(not run.warnings for run in runs.values())


@with_all
def test_the_runs_know_their_notebook(executed: Callable[[str], Executed], door: str) -> None:
    found = executed(door)
    cells = {
        (run.cell.notebook_path, run.cell.notebook_name) for run in found.runs.values() if run.cell
    }

    if door in ("nbclient", "papermill-api"):  # a Python program tells nobody; nothing is guessed
        assert cells == {(None, None)}
    else:
        assert cells == {(str(found.source), "train.ipynb")}


@pytest.mark.parametrize("door", ["papermill-api", "papermill-cli"])
def test_papermills_parameters_are_in_each_run(
    executed: Callable[[str], Executed], door: str
) -> None:
    runs = executed(door).runs

    for run in runs.values():
        assert (run.params["depth"], run.param_sources["depth"]) == (9, "papermill"), run.name
        assert (run.params["extra"], run.param_sources["extra"]) == ("more", "papermill")
    assert (runs["steps"].params["rate"], runs["steps"].param_sources["rate"]) == (0.1, "cell 1")
    assert runs["steps"].metrics["auc"] == pytest.approx(0.59)


@pytest.mark.parametrize("door", ["nbclient", "jupyter-execute", "nbconvert"])
def test_a_default_above_the_extension_is_a_parameter_of_the_cells_that_read_it(
    executed: Callable[[str], Executed], door: str
) -> None:
    run = executed(door).runs["steps"]

    assert run.params == {"depth": 4, "rate": 0.1}
    assert set(run.param_sources.values()) == {"cell 1"}


@with_document
def test_the_card_stands_below_the_result_in_three_forms(
    executed: Callable[[str], Executed], door: str
) -> None:
    found = executed(door)

    for name in (*TRACKED, "broken"):
        card = found.card(name)
        if name == "quiet":
            assert card is None
            continue
        assert card is not None, name
        assert set(card) == {"text/html", "image/png", "text/plain"}
        assert base64.b64decode(card["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
        assert name in card["text/plain"]
        assert name in card["text/html"]
    kinds = [output.output_type for output in found.cell("steps").outputs]
    assert kinds == ["execute_result", "display_data"]
    assert found.cell("broken").outputs[0].output_type == "error"


def test_outputs_and_counts_are_as_without_nbmlops(
    executed: Callable[[str], Executed], plain: Executed
) -> None:
    tracked = executed("nbclient")

    for mine, other in zip(tracked.document.cells, plain.document.cells, strict=True):
        assert mine.execution_count == other.execution_count
        assert _outputs(mine) == _outputs(other), mine.source
    assert plain.runs == {}


@pytest.mark.parametrize("door", ["nbclient", "papermill-cli"])
def test_a_run_knows_the_number_that_its_cell_shows(
    executed: Callable[[str], Executed], door: str
) -> None:
    found = executed(door)

    for name, run in found.runs.items():
        assert run.cell is not None
        assert run.cell.execution_count == found.cell(name).execution_count
        assert run.cell.source == found.cell(name).source


def test_the_second_execution_shows_what_changed_against_the_first(place: Path) -> None:
    folder, workspace = place / "again", place / "again-workspace"
    first = execute("nbclient", folder, workspace, notebook(broken=False))
    document = notebook(broken=False)
    document.cells[0].source = "depth = 9\nrate = 0.05"
    second = execute("nbclient", place / "again-2", workspace, document)

    before, after = first.card("steps"), second.card("steps")
    assert before is not None
    assert after is not None
    assert "best" not in before["text/plain"]
    text = " ".join(after["text/plain"].split())
    assert re.search(r"auc 0\.590* ▲ 0\.050* [^▲▼]*★ best so far", text), text
    assert "depth 4 → 9" in text
    assert "rate 0.1 → 0.05" in text


def test_nbconvert_puts_the_card_into_the_page(executed: Callable[[str], Executed]) -> None:
    found = executed("nbconvert")
    text = _Text(found.page)

    for name, run in found.runs.items():
        assert (run.id[-8:] in text) == (name != "quiet")
    assert found.page.count('class="nbmlops') == 5
    assert text.index("'the result'") < text.index(found.runs["steps"].id[-8:])
    assert text.index("Wall time") < text.index(found.runs["timed"].id[-8:])


class _Text(HTMLParser):
    """The visible text of a page."""

    def __new__(cls, page: str) -> str:  # type: ignore[misc]
        parser = HTMLParser()
        parts: list[str] = []
        parser.handle_data = parts.append  # type: ignore[method-assign]
        parser.feed(re.sub(r"(?s)<(script|style).*?</\1>", "", page))
        return "".join(parts)


def _outputs(cell: Any) -> list[Any]:
    """The outputs of a cell without cards, times, file names and comments for the magic."""
    kept = []
    for output in cell.outputs:
        if "nbmlops" in output.get("data", {}).get("text/html", ""):
            continue
        text = re.sub(r"\\x1b\[[0-9;]*m", "", str(dict(output)))
        text = re.sub(r"\d+(\.\d+)?(e\+\d+)? (ns|μs|us|ms|s)\b", "… s", text)
        text = re.sub(r"# plain|(# )?%%track churn", "track", text)
        kept.append(re.sub(r"ipykernel_\d+/\d+\.py", "cell.py", text))
    return kept
