"""The verdicts of other tools, beside what those tools themselves said of the same data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from known_pairs import DRIFTED, frame, make
from scipy import stats
from scipy.spatial.distance import jensenshannon

from nbmlops.data.columns import columns_of
from nbmlops.drift.compare import Question
from nbmlops.drift.parity import compare_as
from nbmlops.drift.records import DriftReport
from nbmlops.errors import InvalidDataError, InvalidOptionError
from nbmlops.workspace import Workspace

RECORDED = json.loads((Path(__file__).parent / "evidently_scores.json").read_text())


def by(method: str, first: object, second: object) -> DriftReport:
    return compare_as(columns_of(first), columns_of(second), Question(method=method))


@pytest.fixture(scope="module")
def pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame(make(10_000, 1, drift=False)), frame(make(10_000, 2, drift=True))


def test_scores_are_those_that_evidently_gave(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    report = by("evidently", *pair)

    names = {"Wasserstein distance (normed)": "wasserstein", "K-S p_value": "ks",
             "Jensen-Shannon distance": "jensen_shannon"}  # fmt: skip
    for column, (method, score) in RECORDED["scores"].items():
        (result,) = report[column].results
        assert result.measure == names[method]
        assert result.statistic == pytest.approx(score, rel=1e-9, abs=1e-12), column
    assert len(report.drifted_columns) == RECORDED["drifted_columns"]
    assert not report.drifted  # less than half of the columns
    assert "By the rule of evidently the data set has not drifted" in report.verdict


def test_small_references_get_the_tests_that_evidently_takes() -> None:
    random = np.random.default_rng(1)
    first = pd.DataFrame({"n": random.normal(size=400), "flag": random.random(400) < 0.4,
                          "level": random.choice(list("abcd"), 400)})  # fmt: skip
    second = pd.DataFrame({"n": random.normal(0.3, size=300), "flag": random.random(300) < 0.5,
                           "level": random.choice(list("abcd"), 300)})  # fmt: skip

    report = by("evidently", first, second)

    assert report["n"].results[0].p_value == stats.ks_2samp(first.n, second.n).pvalue
    counts = [side.level.value_counts().reindex(list("abcd")) for side in (first, second)]
    expected = stats.chisquare(counts[1], counts[0] * 300 / 400)
    assert report["level"].results[0].p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert report["flag"].results[0].measure == "z"


def test_nannyml_flags_what_it_flagged(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """It found 12 of 13 drifted columns on this pair, and 9 that did not drift."""
    drifted = set(by("nannyml", *pair).drifted_columns)

    assert len(drifted & set(DRIFTED)) == 12
    assert len(drifted - set(DRIFTED)) == 9


def test_nannymls_score_is_its_formula() -> None:
    random = np.random.default_rng(5)
    first, second = random.normal(size=1000), random.normal(0.5, size=1000)
    edges = np.histogram_bin_edges(first, "doane")
    shares = np.histogram(first, edges)[0] / 1000
    scores = []
    for chunk in np.split(second, 10):
        inside = np.histogram(chunk, edges)[0] / 100
        outside = max(1 - inside.sum(), 0)
        scores.append(jensenshannon([*shares, 0], [*inside, outside], base=2))

    report = by("nannyml", pl.DataFrame({"x": first}), pl.DataFrame({"x": second}))

    assert report["x"].results[0].statistic == pytest.approx(max(scores), rel=1e-9)


def test_psi_watches_from_a_tenth_and_acts_from_a_fifth() -> None:
    random = np.random.default_rng(5)
    first = random.normal(size=5000)

    states = {}
    for shift in (0.0, 0.38, 0.6):
        (result,) = by("psi", {"x": first}, {"x": random.normal(shift, size=5000)}).results
        states[shift] = (result.state, result.reason.partition(":")[0])

    assert states == {0.0: ("none", "stable"), 0.38: ("none", "watch"), 0.6: ("drifted", "act")}


def test_the_verb_takes_a_method(workspace: Workspace) -> None:
    first = pd.DataFrame({"x": np.arange(3000) / 7})

    report = workspace.drift.check(first, first + 200, method="psi", names=("a", "b"))

    assert (report.method, report.reference.name) == ("psi", "a")
    assert workspace.drift.show(str(report.run_id)).to_dict() == report.to_dict()
    with pytest.raises(InvalidOptionError, match="evidently"):
        workspace.drift.check(first, first, method="evidentl")
    with pytest.raises(InvalidDataError, match="in memory"):
        workspace.drift.check(first, "rows.parquet", method="psi")
