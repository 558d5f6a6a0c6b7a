"""What is handed to a drift check beside frames and paths, and measures that a package adds."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nbmlops
from nbmlops.workspace import Workspace

pytestmark = pytest.mark.usefixtures("workspace")


@pytest.fixture(scope="module")
def sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A column that moved by a standard deviation, and one that did not move."""
    chance = np.random.default_rng(0)
    usual, moved = (
        pd.DataFrame({"moved": chance.normal(by, size=800), "kept": chance.normal(size=800)})
        for by in (0, 1)
    )
    return usual, moved


class OfALibrary:
    """A frame of which nothing is known but Arrow's interface and its length."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._table = pa.Table.from_pandas(frame)

    def __len__(self) -> int:
        return len(self._table)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def test_a_frame_of_any_library_that_speaks_arrow_is_read(
    sides: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    expected = nbmlops.check_drift(*sides).to_pandas()
    found = nbmlops.check_drift(*map(OfALibrary, sides)).to_pandas()

    assert dict(zip(found["column"], found["state"], strict=True)) == {
        "moved": "drifted",
        "kept": "none",
    }
    pd.testing.assert_frame_equal(found, expected)


def test_addresses_of_file_systems_are_read(sides: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    usual, moved = sides
    with fsspec.open("memory://shop/usual.csv", "w") as file:
        usual.to_csv(file, index=False)
    for name, part in (("1", moved[:300]), ("2", moved[300:])):
        with fsspec.open(f"memory://shop/days/{name}.parquet", "wb") as file:
            part.to_parquet(file)

    report = nbmlops.check_drift("memory://shop/usual.csv", "memory://shop/days/*.parquet")

    found = report.to_pandas().set_index("column")
    expected = nbmlops.check_drift(usual, moved).to_pandas().set_index("column")
    pd.testing.assert_frame_equal(found, expected)


MEASURE = """
import math
from nbmlops.drift.measures import Measured

class MedianGap:
    name, title, takes = "median_gap", "Gap of medians", "numbers"
    formula, source = "|median(cur) - median(ref)|", "a package of the user's"

    def measure(self, pair):
        if not all(pair.sizes):
            return None
        reference, current = pair.quantiles([0.5])
        gap = abs(float(current[0] - reference[0]))
        return Measured(gap) if math.isfinite(gap) else None
"""


def test_a_package_adds_a_measure_by_its_entry_point(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "gaps.py").write_text(MEASURE, "utf-8")
    about = tmp_path / "gaps-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: gaps\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text(
        "[nbmlops.measures]\nmedian_gap = gaps:MedianGap\nbroken = gaps:Nothing\n", "utf-8"
    )
    program = """
        from nbmlops.drift.measures import BUILT_IN, find_measures, get_measure
        from nbmlops.testing import check_measure
        check_measure(get_measure("median_gap"))
        print(sorted(find_measures().keys() - BUILT_IN.keys()))
        import nbmlops
        import pandas as pd
        sides = (pd.DataFrame({"x": [n % 37 / 8 + by for n in range(400)]}) for by in (0, 10))
        print(nbmlops.check_drift(*sides).columns[0].measures["median_gap"])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (done.stderr, done.stdout) == ("", "['median_gap']\n10.0\n")
