"""Monitors over a real Jupyter server: in words, with their evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from server_tools import Server


def people(shift: float, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {"age": random.normal(shift, 1, 600), "city": random.choice(list("abc"), 600)}
    )


def test_monitors_are_told_with_their_evidence_and_those_of_a_check_alone(
    server: Server, tmp_path: Path
) -> None:
    verbs, folder = server.workspace.monitors, tmp_path / "logs"
    folder.mkdir()
    assert server.get("/monitors") == {"monitors": []}
    for name, reference in (("calm", "other"), ("live", "train"), ("new", "train")):
        source = str(folder / f"{name}-*.parquet")
        verbs.add(name, reference=people(0, 1), reference_name=reference, source=source)
    for day in range(3):
        people(1, day + 5).to_parquet(folder / f"live-{day}.parquet")
        people(0, day + 5).to_parquet(folder / f"calm-{day}.parquet")
    looked = verbs.run("live")
    verbs.run("calm")
    check = server.workspace.drift.check(people(0, 1), people(0, 5), names=("train", "today"))
    server.workspace.runs.flush()

    told = server.get("/monitors")["monitors"]

    assert [one["name"] for one in told] == ["live", "new", "calm"]  # alarms first
    live = told[0]
    assert (live["state"], live["run"], live["look_count"]) == ("drifted", looked.run_id, 3)
    assert live["alarms"][0]["name"] == "age"
    assert len(live["alarms"][0]["heights"]) == 3
    assert live["looked_at"] is not None
    for run, names in ((check.run_id, ["live", "new"]), (looked.run_id, ["live", "new"])):
        found = server.get("/monitors", run=run)["monitors"]
        assert [one["name"] for one in found] == names
    assert server.ask("GET", "/monitors", run="nobody").status == 404


def test_a_monitor_that_cannot_be_read_hides_no_other(server: Server, tmp_path: Path) -> None:
    verbs = server.workspace.monitors
    for name in ("broken", "whole"):
        verbs.add(name, reference=people(0, 1), source=str(tmp_path / "*.parquet"))
    digest = verbs.get("broken").state_digest
    assert digest != verbs.get("whole").state_digest
    server.workspace.store.artifacts.delete(digest)

    told = {one["name"]: one for one in server.get("/monitors")["monitors"]}
    broken, whole = told["broken"], told["whole"]

    assert broken["state"] == "untested"
    assert digest[:12] in broken["says"]
    assert whole["says"] == "It has not looked yet."
