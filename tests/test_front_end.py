"""The front end: what it shares with Python is the same there, and its own checks pass."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from front_end import install_checks, run_in_checks

import nbmlops

ROOT = Path(__file__).parents[1]
FRONT_END = ROOT / "labextension"
CHECKS = FRONT_END / "checks"


def generated() -> dict[str, str]:
    spec = spec_from_file_location("generate", FRONT_END / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.files()


def test_the_types_of_the_front_end_are_those_of_python() -> None:
    for name, text in generated().items():
        written = (FRONT_END / "src" / name).read_text("utf-8")
        assert written == text, f"{name} is stale: python labextension/generate.py"


def test_the_front_end_has_the_version_of_the_package() -> None:
    package = json.loads((FRONT_END / "package.json").read_text("utf-8"))

    assert package["version"] == nbmlops.__version__


@pytest.mark.parametrize("folder", [FRONT_END, CHECKS], ids=lambda folder: folder.name)
def test_neither_lock_file_nor_settings_say_where_packages_come_from(folder: Path) -> None:
    lock = (folder / "yarn.lock").read_text("utf-8")
    settings = (folder / ".yarnrc.yml").read_text("utf-8")

    assert lock.count("\n  resolution: ") > 40
    assert "://" not in lock
    assert "egistry" not in settings


def test_what_jupyterlab_shows_names_only_commands_that_there_are() -> None:
    schema = (FRONT_END / "schema" / "plugin.json").read_text("utf-8")
    names = (FRONT_END / "src" / "lab" / "names.ts").read_text("utf-8")

    asked = set(re.findall(r'"command": "(nbmlops:[\w-]+)"', schema))
    assert asked
    assert asked <= set(re.findall(r"'(nbmlops:[\w-]+)'", names))


def test_jupyterlab_finds_the_extension() -> None:
    folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "nbmlops"

    package = json.loads((folder / "package.json").read_text("utf-8"))
    assert (folder / package["jupyterlab"]["_build"]["load"]).is_file()
    assert (folder / "schemas" / "nbmlops" / "plugin.json").is_file()


@pytest.fixture(scope="module")
def checks() -> Path:
    """The folder of the checks with all that they need."""
    return install_checks()


@pytest.mark.parametrize("check", ["types", "lint", "format", "unit"])
def test_the_front_end_passes_its_own_checks(checks: Path, check: str) -> None:
    done = run_in_checks(check)

    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
