"""The documents are true: what they show runs, and what there is stands in them."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import nbformat
import pytest
from nbclient import NotebookClient

import nbmlops
from nbmlops import errors, settings
from nbmlops.cli import nbmlops as root
from nbmlops.magics import LINE_MAGICS
from nbmlops.magics.drift import DRIFT_OPTIONS
from nbmlops.magics.monitors import MONITOR_OPTIONS
from nbmlops.magics.pipelines import PIPELINE_OPTIONS
from nbmlops.magics.runs import RUNS_OPTIONS, track_cell
from nbmlops.magics.track_options import TRACK_OPTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
DOCUMENTS = sorted(ROOT.glob("*.md"))
SHARED_OPTIONS = {"--json", "--workspace", "--help", "--version"}


def cells_of(text: str) -> list[str]:
    """The notebook cells that a document shows."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def commands(
    group: click.Group = root, path: tuple[str, ...] = ("nbmlops",)
) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif command is not None:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


def options_of(command: click.Command) -> list[list[str]]:
    return [
        [*parameter.opts, *parameter.secondary_opts]
        for parameter in command.params
        if isinstance(parameter, click.Option) and not set(parameter.opts) & SHARED_OPTIONS
    ]


def synopsis_of(path: str) -> str:
    """Where the README shows a command: from its name to the next backtick."""
    shown = re.search(rf"`({re.escape(path)}(?![\w-])[^`]*)`", README)
    assert shown, f"README.md does not show `{path}`"
    return shown.group(1)


def code_of(document: Path) -> str:
    """The fences and the code spans of a document, one to a line."""
    text = document.read_text("utf-8")
    fences = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fences, *re.findall(r"`([^`\n]+)`", prose)])


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """README.md as a notebook, executed by a real kernel in an empty folder."""
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    sources = ["import nbmlops\n%load_ext nbmlops", *cells_of(README)]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source.rstrip("\n")) for source in sources]
    )
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    return notebook


def test_the_cells_of_the_readme_run_and_show_what_it_says(executed: Any) -> None:
    card, _, table, frame = (
        [output.get("data", {}) for output in cell.outputs] for cell in executed.cells[1:5]
    )

    assert {"text/html", "text/plain", "image/png"} <= set(card[-1])
    assert "accuracy" in card[-1]["text/plain"]
    assert "learning_rate" in table[-1]["text/plain"] + table[-1]["text/html"]
    assert "metrics.accuracy" in frame[-1]["text/plain"]


def test_the_first_screen_is_a_sentence_an_install_line_a_cell_and_its_picture() -> None:
    first = README.splitlines()[:30]

    assert first[2].endswith(".")
    assert first.index("python -m pip install . && nbmlops demo") < first.index("```python")
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert picture
    assert (ROOT / picture.group(1)).read_bytes()[:4] == b"\x89PNG"
    assert 8 <= len(cells_of(README)[0].splitlines()) <= 12


def test_the_readme_has_the_two_commands_of_a_newcomer() -> None:
    assert re.findall(r"^python -m pip install .*$", README, re.MULTILINE) == [
        "python -m pip install . && nbmlops demo",
        'python -m pip install ".[test]" && python -m pytest',
    ]


def test_every_magic_is_in_the_readme_and_the_other_way_round() -> None:
    shown = {
        name for row in rows_of(README) for name in re.findall(r"`%%?(\w+)", row.split("|")[1])
    }

    assert {name.rstrip("s") for name in shown} == {name.rstrip("s") for name in LINE_MAGICS}


@pytest.mark.parametrize(
    ("beginning", "options"),
    [
        ("| `%%track", TRACK_OPTIONS),
        ("| `%runs", RUNS_OPTIONS),
        ("| `%drift", DRIFT_OPTIONS),
        ("| `%monitor", MONITOR_OPTIONS),
    ],
)
def test_every_option_of_a_magic_is_in_the_readme_and_the_other_way_round(
    beginning: str, options: Any
) -> None:
    (row,) = [row for row in rows_of(README) if row.startswith(beginning)]

    assert set(re.findall(r"--[a-z-]+", row)) == {option.name for option in options}


@pytest.mark.parametrize("name", ["%%track", *LINE_MAGICS])
def test_every_magic_has_help_with_an_example(name: str) -> None:
    function: Any = track_cell if name == "%%track" else LINE_MAGICS[name]
    text = function.__doc__ or ""

    assert re.search(rf"^\s+%%?{name.strip('%').rstrip('s')}", text, re.MULTILINE), text


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (track_cell, TRACK_OPTIONS),
        (LINE_MAGICS["track"], TRACK_OPTIONS),
        (LINE_MAGICS["runs"], RUNS_OPTIONS),
        (LINE_MAGICS["pipeline"], PIPELINE_OPTIONS),
    ],
)
def test_every_option_of_a_magic_stands_in_its_help_and_the_other_way_round(
    function: Any, options: Any
) -> None:
    told = re.findall(r"^ +(-[a-z-]+)(?: [A-Z=]+)? {2,}\S", function.__doc__, re.MULTILINE)

    assert len(told) == len(options)
    for option in options:
        assert {option.name, option.short} & set(told), option.name


def test_the_examples_of_docstrings_do_what_they_say() -> None:
    for module in pkgutil.walk_packages(nbmlops.__path__, "nbmlops."):
        if module.name != "nbmlops.__main__":
            outcome = doctest.testmod(importlib.import_module(module.name))
            assert outcome.failed == 0, module.name


@pytest.mark.parametrize("path", list(COMMANDS))
def test_every_command_and_option_is_in_the_readme(path: str) -> None:
    synopsis = synopsis_of(path)

    for spellings in options_of(COMMANDS[path]):
        assert any(re.search(rf"{re.escape(spelling)}(?![\w-])", synopsis)
                   for spelling in spellings), f"{path}: {spellings}"  # fmt: skip


@pytest.mark.parametrize("path", list(COMMANDS))
def test_every_option_that_the_readme_shows_exists(path: str) -> None:
    known = {spelling for spellings in options_of(COMMANDS[path]) for spelling in spellings}

    assert set(re.findall(r"(?<![\w-])--[a-z-]+", synopsis_of(path))) <= known | SHARED_OPTIONS


def test_every_command_that_a_document_shows_exists() -> None:
    for document in DOCUMENTS:
        for words in re.findall(
            r"^(?:.*&& )?(nbmlops(?: [a-z]+){1,2})", code_of(document), re.MULTILINE
        ):
            found = any(f"{path} ".startswith(f"{words} ") or f"{words} ".startswith(f"{path} ")
                        for path in COMMANDS)  # fmt: skip
            assert found or words.split()[1] in ("COMMAND", "SUBJECT"), f"{document.name}: {words}"


@pytest.mark.parametrize("path", list(COMMANDS))
def test_every_command_has_help(path: str) -> None:
    command = COMMANDS[path]

    assert command.help
    assert command.get_short_help_str(200).endswith((".", ":", "?"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.opts}"


def test_every_error_is_in_the_readme_with_its_exit_code() -> None:
    named = set(re.findall(r"\b\w+Error\b", README))
    there = {name for name in errors.__all__ if name.endswith("Error")}

    assert named == there
    for row in rows_of(README):
        for name in re.findall(r"`(\w+Error)`", row):
            code, status = (row.split("|")[column].strip() for column in (1, 3))
            assert getattr(errors, name).exit_code == int(code), name
            assert getattr(errors, name).status == int(status), name


def test_every_setting_is_in_the_readme() -> None:
    for key in settings.KEYS:
        assert f"`{key}`" in README


def test_every_variable_is_in_a_document_and_the_other_way_round() -> None:
    pattern = re.compile(r"\bNBMLOPS_[A-Z_]+\b")
    used = {
        name
        for file in sorted((ROOT / "nbmlops").rglob("*.py"))
        for name in pattern.findall(file.read_text("utf-8"))
    }

    assert used - {"NBMLOPS_COMPLETE"} == set(pattern.findall(README + ARCHITECTURE))


def test_every_public_name_is_in_the_readme_and_the_other_way_round() -> None:
    shown = set(re.findall(r"\bnbmlops\.([a-z_]+)", README))

    for name in nbmlops.__all__:
        assert re.search(rf"\b{name}\b", README), name
    for name in shown:
        assert hasattr(nbmlops, name), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")

    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), target


def test_the_architecture_names_files_that_are_there() -> None:
    for name in re.findall(r"`((?:nbmlops|tests)/[\w/.]+)`", ARCHITECTURE):
        assert (ROOT / name).exists(), name


def test_the_readme_quotes_the_benchmarks() -> None:
    results = ROOT / "tests" / "benchmarks" / "RESULTS.md"
    quoted = README.partition("<!-- benchmarks")[2].partition("<!-- /benchmarks -->")[0]

    for row in rows_of(quoted):
        assert row in results.read_text("utf-8"), row


def test_every_module_of_the_package_is_on_the_map() -> None:
    for room in sorted((ROOT / "nbmlops").iterdir()):
        if room.is_dir() and room.name != "__pycache__":
            assert f"{room.name}/" in ARCHITECTURE, room.name
