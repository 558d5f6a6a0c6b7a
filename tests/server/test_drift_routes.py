"""Reports of drift over a real Jupyter server: whole, in words, and over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from server_tools import Server, record

from nbmlops.drift.records import DriftReport

ROWS = 600


def people(shift: float, seed: int, columns: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    told = {"age": random.normal(shift, 1, ROWS), "city": random.choice(list("abc"), ROWS)}
    return pd.DataFrame(dict(list(told.items())[:columns]))


@pytest.fixture(scope="module")
def reports(server: Server) -> list[DriftReport]:
    """Three checks of one reference, of which the last two drift; then one of other data."""
    drift = server.workspace.drift
    reference = people(0.0, 1)
    found = [
        drift.check(
            reference, people(shift, 20 + day), experiment="watched", names=("train", f"day {day}")
        )
        for day, shift in enumerate((0.0, 0.4, 0.8))
    ]
    found.append(drift.check(people(0, 9), people(0, 8), experiment="watched", names=("a", "b")))
    server.workspace.runs.flush()
    return found


def test_a_report_comes_whole_with_its_words_and_the_formulas_of_its_tests(
    server: Server, reports: list[DriftReport]
) -> None:
    answer = server.get(f"/drift/{reports[1].run_id}")

    report, told = answer["report"], answer["told"]
    assert report["run_id"] == reports[1].run_id
    assert [column["name"] for column in report["columns"]] == ["age", "city"]
    assert report["columns"][0]["state"] == "drifted"
    assert told["verdict"] == reports[1].verdict == "1 of 2 columns drifted: age."
    assert told["changes"][0].startswith("median ")
    tested = {result["measure"] for column in report["columns"] for result in column["results"]}
    assert tested <= set(told["measures"])
    assert told["measures"]["cramer_von_mises"]["formula"].startswith("T = ")
    assert all(measure["source"] for measure in told["measures"].values())


def test_the_columns_of_a_report_are_followed_over_the_checks_of_its_reference(
    server: Server, reports: list[DriftReport]
) -> None:
    answer = server.get(f"/drift/{reports[0].run_id}/trends")

    assert [check["run"] for check in answer["checks"]] == [one.run_id for one in reports[:3]]
    assert [check["current"] for check in answer["checks"]] == ["day 0", "day 1", "day 2"]
    assert [check["is_drifted"] for check in answer["checks"]] == [False, True, True]
    age = next(trend for trend in answer["trends"] if trend["column"] == "age")
    assert age["measure"] == "cramer_von_mises"
    assert age["effects"] == sorted(age["effects"])
    assert age["states"][1:] == ["drifted", "drifted"]
    assert age["turns"] == []
    assert age["floor"] == reports[0].floors["cramer_von_mises"]
    latest = server.get(f"/drift/{reports[0].run_id}/trends", limit=2)["checks"]
    assert [check["run"] for check in latest] == [reports[0].run_id, reports[2].run_id]


def test_a_reference_of_the_same_name_with_other_data_is_told_apart(server: Server) -> None:
    drift = server.workspace.drift
    runs = [
        drift.check(people(0, seed), people(0, 5, columns), names=("X's", "new")).run_id
        for seed, columns in ((1, 2), (2, 1))
    ]
    server.workspace.runs.flush()

    answer = server.get(f"/drift/{runs[0]}/trends")

    assert [check["run"] for check in answer["checks"]] == runs
    age = next(trend for trend in answer["trends"] if trend["column"] == "age")
    assert age["turns"] == [1]
    city = next(trend for trend in answer["trends"] if trend["column"] == "city")
    assert city["states"][1] == "drifted"  # it has vanished
    assert city["effects"][1] is None


def test_checks_are_found_among_the_runs_by_how_they_came_out(
    server: Server, reports: list[DriftReport]
) -> None:
    def found(text: str) -> Any:
        return server.get("/runs", experiment="watched", filter=f"kind = 'check' and {text}")["ids"]

    assert found("metrics.drifted = 1") == [reports[2].run_id, reports[1].run_id]
    assert found("metrics.drifted = 0") == [reports[3].run_id, reports[0].run_id]
    assert found("metrics.`drifted/age` = 1") == [reports[2].run_id, reports[1].run_id]
    assert found("params.reference ilike '%TRAIN%'") == [
        one.run_id for one in reversed(reports[:3])
    ]


def test_a_run_without_a_report_is_an_error_that_says_so(server: Server) -> None:
    run = record(server.workspace, "plain", "no check")

    for path in (f"/drift/{run}", "/drift/nobody"):
        reply = server.ask("GET", path)
        assert reply.status == 404
        assert reply.error["kind"] == "NotFoundError"
    assert server.get(f"/drift/{run}/trends") == {"checks": [], "trends": []}
    assert server.ask("GET", f"/drift/{run}/trends", limit=1000).status == 422
