"""The harness works and its facts hold; how fast anything is belongs to RESULTS.md alone."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).with_name("run.py")
WORKLOADS = (
    "import",
    "load_ext",
    "log_scalar",
    "log_batch",
    "empty_run",
    "fresh_start",
    "cell",
    "writers",
    "herd",
    "kill",
    "drain",
    "fingerprint",
    "search",
    "mix",
    "training",
    "autolog",
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("benchmarks") / "figures.json"
    told = subprocess.run(
        [sys.executable, str(RUN), "--quick", "--rounds", "1", "--json", str(file)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return json.loads(file.read_text("utf-8"))["workloads"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_measures_nbmlops(figures: dict[str, Any], name: str) -> None:
    found = figures[name]["nbmlops"]
    assert found
    for figure, values in found.items():
        assert all(math.isfinite(value) for value in values["rounds"]), figure


def test_nothing_acknowledged_is_lost_to_a_kill(figures: dict[str, Any]) -> None:
    found = figures["kill"]["nbmlops"]
    for speed in ("full_speed", "at_150"):
        assert found[f"{speed}_acknowledged"]["min"] > 0
        assert found[f"{speed}_lost"]["max"] == 0


def test_eight_writers_at_once_meet_no_error(figures: dict[str, Any]) -> None:
    found = figures["writers"]["nbmlops"]
    assert found["errors"]["max"] == 0
    assert found["missing"]["max"] == 0


def test_eight_first_users_of_a_new_workspace_all_record(figures: dict[str, Any]) -> None:
    found = figures["herd"]["nbmlops"]
    assert found["errors"]["max"] == 0
    assert found["runs_missing"]["max"] == 0


def test_every_fit_and_score_of_the_cells_is_found_and_none_invented(
    figures: dict[str, Any],
) -> None:
    found = figures["autolog"]["nbmlops"]
    assert found["calls_missing"]["max"] == 0
    assert found["fits_invented"]["max"] == 0
    for kind in ("fits", "params", "scores", "metrics", "validations"):
        assert found[f"{kind}_found"]["min"] == found[f"{kind}_in_cells"]["max"] > 0, kind


def test_the_table_of_the_panel_is_made_of_its_figures() -> None:
    sys.path.insert(0, str(RUN.parent))
    import panel_speed

    kept = json.loads(RUN.with_name("panel.json").read_text("utf-8"))
    assert RUN.with_name("PANEL.md").read_text("utf-8") == panel_speed.document(kept)
    assert set(kept) == set(panel_speed.PARTS)
