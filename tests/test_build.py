"""The package is built from a clean clone by pip alone, on a machine without Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRONT_END = "share/jupyter/labextensions/nbmlops/"


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def test_pip_builds_a_wheel_where_there_is_no_node_and_the_wheel_needs_none(
    tmp_path: Path,
) -> None:
    cloned = run("git", "clone", "--quiet", str(ROOT), str(tmp_path / "clone"))
    if cloned.returncode and not os.environ.get("CI"):
        pytest.skip("This is no clone of the repository.")
    assert cloned.returncode == 0, cloned.stderr
    clone = tmp_path / "clone"
    assert not (clone / "nbmlops" / "labextension").exists()
    assert not (clone / "nbmlops" / "static").exists()
    bare = tmp_path / "bin"  # all of the PATH: what pip itself needs, and nothing else
    bare.mkdir()
    for name in ("git", "sh"):
        (bare / name).symlink_to(shutil.which(name) or name)
    for tool in ("node", "npm", "yarn", "jlpm"):
        assert shutil.which(tool, path=str(bare)) is None

    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    built = run(*pip, "wheel", "--no-deps", f"--wheel-dir={tmp_path}", str(clone), PATH=str(bare))
    if built.returncode and not os.environ.get("CI"):
        pytest.skip(f"What builds it is not to be had:\n{built.stderr[-500:]}")
    assert built.returncode == 0, built.stderr[-3000:]

    (wheel,) = tmp_path.glob("nbmlops-*.whl")
    site = tmp_path / "site"
    install = ("install", "--no-index", "--no-deps", f"--target={site}", str(wheel))
    done = run(*pip, *install, PATH=str(bare))
    assert done.returncode == 0, done.stderr[-3000:]
    for name in ("package.json", "static/style.js", "schemas/nbmlops/plugin.json"):
        assert (site / FRONT_END / name).stat().st_size > 0
    for name in ("card", "runs", "comparison", "drift"):
        assert (site / "nbmlops" / "static" / f"{name}.js").stat().st_size > 10_000
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx"))]
