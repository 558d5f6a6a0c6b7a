"""The front end: what it shares with Python is the same there, and its own checks pass."""

from __future__ import annotations

import gzip
import json
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
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


def test_what_classes_of_one_element_look_like_depends_on_no_order_of_files() -> None:
    """A widget's style holds `base.css` once more, behind all that the panel has loaded."""
    shared = ("nbm-input", "nbm-button", "nbm-link")
    together = {
        (base, other)
        for source in (FRONT_END / "src").rglob("*.tsx")
        for names in re.findall(r'"(nbm-[^"]* nbm-[^"]*)"', source.read_text("utf-8"))
        for base in shared
        for other in set(names.split()) - {base}
        if base in names.split()
    }
    assert ("nbm-input", "nbm-filter-input") in together
    weak = [
        f"{style.name}: .{other} beside .{base}"
        for style in (FRONT_END / "style").glob("*.css")
        if style.name != "base.css"
        for base, other in sorted(together)
        if re.search(rf"^\.{other}\b[^ .]*[,{{ ]", style.read_text("utf-8"), re.MULTILINE)
    ]
    assert weak == []


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


def test_no_shortcut_takes_the_keys_of_jupyterlab() -> None:
    """Those that JupyterLab itself ships; Accel is Ctrl or Cmd."""
    schema = json.loads((FRONT_END / "schema" / "plugin.json").read_text("utf-8"))
    ours = [keys_of(shortcut["keys"]) for shortcut in schema["jupyter.lab.shortcuts"]]
    folder = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    taken = set()
    for file in folder.rglob("*.json"):
        shortcuts = json.loads(file.read_text("utf-8")).get("jupyter.lab.shortcuts") or []
        taken |= {keys_of(shortcut["keys"]) for shortcut in shortcuts}

    assert taken
    assert len(set(ours)) == len(ours)
    assert not set(ours) & taken


def keys_of(keys: list[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.replace("Ctrl", "Accel").split()) for each in keys)


def test_the_lines_of_compared_runs_are_seen_and_told_apart_in_gray() -> None:
    """On the ground of each theme 3:1 (WCAG), and neighbours differ in lightness (CIE L*)."""
    style = (FRONT_END / "style" / "compare.css").read_text("utf-8")
    colors = re.findall(r"--nbm-run-\d: #(\w{6})", style)

    for ground, palette in ((1.0, colors[:8]), (luminance("212121"), colors[8:])):
        assert len(palette) == 8
        lights = [luminance(color) for color in palette]
        for light in lights:
            bright, dark = max(light, ground), min(light, ground)
            assert (bright + 0.05) / (dark + 0.05) >= 3
        lightness = [116 * light ** (1 / 3) - 16 for light in lights]
        steps = [abs(one - other) for one, other in pairwise(lightness)]
        assert min(steps) >= 8, steps


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


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


MOST_BYTES = 60_000  # a notebook that keeps the state of its widgets keeps their module


@pytest.mark.parametrize("name", ["card", "runs", "comparison", "drift", "one_run"])
def test_the_module_of_a_widget_is_small_and_knows_no_jupyter(name: str) -> None:
    folder = Path(nbmlops.__file__).parent / "static"
    module = (folder / f"{name}.js").read_bytes()

    assert len(gzip.compress(module, mtime=0)) <= MOST_BYTES
    assert b"@jupyterlab" not in module
    assert b"@lumino" not in module
    assert re.search(rb"export\s*\{[^}]*\bas default\b", module)
    assert (folder / f"{name}.css").stat().st_size > 1000
