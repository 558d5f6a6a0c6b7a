"""What a machine checks about the house, so that nobody has to remember it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import nbmlops

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nbmlops"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 600  # and most modules are far below
USUAL_LINES = 250
FORBIDDEN_NAMES = {
    "base", "common", "core", "helper", "helpers", "impl", "manager", "misc", "tools", "util",
    "utils",
}  # fmt: skip
FOLDERS_OF_TESTS = {
    "benchmarks", "browser", "crashes", "faults", "hosts", "journeys", "libraries", "pipelines",
}  # fmt: skip


def module_id(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def tracked_files() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("the tests run outside a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def run(*command: str, **variables: str) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_go_down_only() -> None:
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"

    run("-c", lint)


def test_ruff_has_nothing_to_say() -> None:
    run("-m", "ruff", "check", ".")


def test_the_code_is_formatted() -> None:
    run("-m", "ruff", "format", "--check", "nbmlops", "tests")


def test_types_hold_strictly() -> None:
    run("-m", "mypy")


@pytest.mark.parametrize("file", MODULES, ids=module_id)
def test_a_module_fits_in_the_head(file: Path) -> None:
    lines = file.read_text("utf-8").count("\n")

    assert lines <= MOST_LINES, f"{lines} lines: which two things does it hold?"


def test_modules_are_usually_small() -> None:
    sizes = [file.read_text("utf-8").count("\n") for file in MODULES]

    assert median(sizes) <= USUAL_LINES


@pytest.mark.parametrize("file", MODULES, ids=module_id)
def test_a_module_opens_with_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


def test_modules_are_named_after_things() -> None:
    named = {part for file in MODULES for part in file.relative_to(ROOT).with_suffix("").parts}

    assert not named & FORBIDDEN_NAMES
    assert not {name for name in named if name.startswith("_") and not name.startswith("__")}


@pytest.mark.parametrize("file", MODULES, ids=module_id)
def test_what_a_module_exports_is_there_and_said_once(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    exported = exports_of(tree)

    assert len(exported) == len(set(exported))
    if "__getattr__" not in defined_in(tree):
        assert set(exported) <= defined_in(tree)


def exports_of(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(name) for name in node.targets] == [
            "__all__"
        ]:
            return list(ast.literal_eval(node.value))
    return []


def defined_in(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


def test_every_public_name_of_the_package_can_be_had() -> None:
    for name in nbmlops.__all__:
        assert getattr(nbmlops, name) is not None


def test_tests_stand_where_the_code_stands() -> None:
    folders = {folder.name for folder in (ROOT / "tests").iterdir() if folder.is_dir()}
    rooms = {folder.name for folder in PACKAGE.iterdir() if folder.is_dir()}

    assert folders - FOLDERS_OF_TESTS - {"__pycache__"} <= rooms


def test_nothing_is_mocked() -> None:
    mocking = re.compile(r"unittest" + r"\.mock|Magic" + r"Mock|mock" + r"er\b")

    for file in sorted((ROOT / "tests").rglob("*.py")):
        assert not mocking.search(file.read_text("utf-8")), module_id(file)


def test_nothing_tracked_names_this_machine() -> None:
    paths = {str(ROOT), str(Path.home()), sys.prefix} - {"/", "/usr", "/usr/local"}
    machine = re.compile(
        "|".join(
            [
                *(re.escape(path) + r"(?![\w-])" for path in sorted(paths) if len(path) > 4),
                r"https?://[^\s\"')]*/simp" + r"le/?\b",
                r"files\.python" + r"hosted\.org",
                r"registry\.npm" + r"js\.org",
                r"(extra-)?index" + r"-url",
            ]
        )
    )

    for file in tracked_files():
        content = file.read_bytes()
        if b"\0" in content:
            continue
        found = machine.search(content.decode("utf-8", "replace"))
        assert found is None, f"{module_id(file)}: {found.group() if found else ''}"


def test_the_version_has_a_section_in_the_changelog() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert re.search(rf"^## \[?{re.escape(nbmlops.__version__)}\b", changes, re.MULTILINE)


def test_the_wheel_holds_the_package_with_its_examples_and_runs_from_there(
    tmp_path: Path,
) -> None:
    # The front end that the installation built is taken as it is; building it again would take it
    # away under the tests that look at it.
    build = ("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    run(*build, HATCH_BUILD_NO_HOOKS="true")
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        files = {name for name in names if not re.search(r"\.(dist-info|data)/", name)}
        archive.extractall(tmp_path / "site")

    examples = [*(ROOT / "example_notebooks").glob("*.ipynb")]
    examples += (ROOT / "example_notebooks" / "data").iterdir()
    assert {f"nbmlops/{module_id(file)}" for file in examples} <= files
    assert {module_id(file) for file in MODULES} | {"nbmlops/py.typed"} <= files
    assert {name.partition("/")[0] for name in files} == {"nbmlops"}
    shared = {name.partition(".data/data/")[2] for name in names}
    assert "share/jupyter/labextensions/nbmlops/package.json" in shared
    assert "etc/jupyter/jupyter_server_config.d/nbmlops.json" in shared
    assert not any(name.startswith("nbmlops/labextension/") for name in files)
    program = (
        "from nbmlops.cli.demo import prepare_folder; from pathlib import Path\n"
        "assert 'site' in Path(prepare_folder.__code__.co_filename).parts\n"
        "folder = prepare_folder(Path.cwd())\n"
        "print(len(list(folder.rglob('*.ipynb'))), len(list(folder.rglob('*.parquet'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    notebooks, data = (
        len([file for file in examples if file.suffix == suffix])
        for suffix in (".ipynb", ".parquet")
    )
    assert done.stdout == f"{notebooks} {data}\n"
    metadata = next(tmp_path.glob("site/*.dist-info"))
    assert (metadata / "licenses" / "LICENSE").is_file()
    assert "nbmlops = nbmlops.cli:main" in (metadata / "entry_points.txt").read_text()
