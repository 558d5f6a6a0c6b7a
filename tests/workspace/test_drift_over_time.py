"""A drift check over time and by groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.drift.strips import OverTime
from nbmlops.errors import InvalidDataError, InvalidOptionError
from nbmlops.workspace import Workspace

DAYS, ROWS = 30, 200


def live(seed: int = 4) -> pd.DataFrame:
    """A month with two columns, of which nothing drifts."""
    random = np.random.default_rng(seed)
    count = DAYS * ROWS
    return pd.DataFrame(
        {
            "seen_at": pd.date_range("2026-03-01", periods=count, freq=f"{86400 // ROWS}s"),
            "age": random.normal(40, 9, count),
            "city": random.choice(["Rome", "Bonn", "Nice"], count),
        }
    )


def over_time(workspace: Workspace, current: object, **options: object) -> OverTime:
    found = workspace.drift.check(live(3), current, **{"time": "seen_at", **options}).over_time
    assert found is not None
    return found


def test_the_days_that_drifted_are_marked(workspace: Workspace) -> None:
    current = live()
    current.loc[20 * ROWS : 23 * ROWS - 1, "age"] += 9
    current.loc[current.index // ROWS == 5, "city"] = "Rome"

    report = workspace.drift.check(live(3), current, time="seen_at", correction="holm")

    found = report.over_time
    assert found is not None
    strips = {one.column: one for one in found.strips}
    assert [found.chunks[place].label for place in strips["age"].drifted] == [
        "2026-03-21", "2026-03-22", "2026-03-23"
    ]  # fmt: skip
    assert strips["city"].drifted == (5,)
    assert {chunk.row_count for chunk in found.chunks} == {ROWS}
    assert found.test_count == 3 * DAYS  # city has one of new labels too
    assert "drifted in 4 of 30, first in 2026-03-06." in report.verdict
    run = workspace.runs.get(str(report.run_id))
    assert (run.metrics["chunks"], run.metrics["drifted_chunks"]) == (30, 4)
    assert workspace.drift.show(run.id).to_dict() == report.to_dict()


def test_drift_of_one_day_that_the_whole_hides_is_drift(workspace: Workspace) -> None:
    current = live()
    current.loc[current.index // ROWS == 7, "age"] -= 6

    assert not workspace.drift.check(live(3), current).drifted
    assert workspace.drift.check(live(3), current, time="seen_at").drifted


def test_without_drift_chunks_flag_any_column_as_rarely_as_a_report(workspace: Workspace) -> None:
    """At most 7 in 100, so that 4 of 20 would be seen by chance once in three hundred studies."""
    flagged = sum(over_time(workspace, live(10 + seed)).drifted for seed in range(20))

    assert flagged <= 4


def test_files_in_pieces_and_out_of_order_have_the_strips_of_the_frame(
    workspace: Workspace, tmp_path: Path
) -> None:
    current = live()
    current.loc[current.index // ROWS == 7, "age"] += 20
    shuffled = current.sample(frac=1, random_state=3)
    for place, part in enumerate(np.array_split(np.arange(len(shuffled)), 3)):
        shuffled.iloc[part].to_parquet(tmp_path / f"{place}.parquet")

    whole = over_time(workspace, current)
    parts = over_time(workspace, str(tmp_path / "*.parquet"))

    assert parts.chunks == whole.chunks
    for one, other in zip(whole.strips, parts.strips, strict=True):
        assert (one.column, one.states) == (other.column, other.states)
        assert one.effects == pytest.approx(other.effects, abs=0.01)


def test_a_season_that_the_reference_has_as_well_is_no_drift(workspace: Workspace) -> None:
    def with_weekend(seed: int) -> pd.DataFrame:
        frame = live(seed)
        frame["age"] += 15 * (frame["seen_at"].dt.day_of_week >= 5)
        return frame

    reference, current = with_weekend(3), with_weekend(4)
    plain = workspace.drift.check(reference, current, time="seen_at").over_time
    apart = workspace.drift.check(reference, current, time="seen_at", every="1d", by="weekday")
    groups = workspace.drift.check(reference, current, time="seen_at", by="weekday").over_time

    assert plain is not None
    assert len(plain.drifted_chunks) > 20
    assert apart.over_time is not None
    assert not apart.over_time.drifted
    assert {one.group for one in apart.over_time.strips} >= {"Monday", "Sunday"}
    assert groups is not None
    assert [chunk.label for chunk in groups.chunks][:2] == ["Monday", "Tuesday"]
    assert not groups.drifted


def test_groups_are_told_apart(workspace: Workspace) -> None:
    current = live()
    current.loc[current["city"] == "Bonn", "age"] += 5

    report = workspace.drift.check(live(3), current, by="city")

    assert report.over_time is not None
    assert report.over_time.drifted_chunks == ("Bonn",)
    assert "By city, age drifted in 1 of 3: Bonn." in report.verdict
    new = workspace.drift.check(live(3), current.assign(city="Oslo"), by="city", columns=["age"])
    assert "The reference has no city 'Oslo': nothing to compare with." in new.notes


def test_empty_days_one_chunk_and_missing_times_are_answered(workspace: Workspace) -> None:
    current = live()
    gap = current[(current["seen_at"] < "2026-03-05") | (current["seen_at"] > "2026-03-09")]
    first = over_time(workspace, gap).strips[0]
    assert first.states[4:8] == ("empty",) * 4

    one = workspace.drift.check(live(3), current.iloc[:ROWS], time="seen_at")
    assert "All rows are in one chunk of 1 day (2026-03-01)." in one.notes

    current.loc[:2, "seen_at"] = pd.NaT
    some = workspace.drift.check(live(3), current, time="seen_at")
    assert "3 rows have no time in 'seen_at' and are in no chunk." in some.notes
    with pytest.raises(InvalidDataError, match="no row has a time"):
        over_time(workspace, current.iloc[:3])


def test_what_cannot_be_told_over_time_is_refused_and_leaves_no_run(workspace: Workspace) -> None:
    profile = workspace.drift.profile(live())
    with pytest.raises(InvalidDataError, match="keeps no rows"):
        over_time(workspace, profile)
    with pytest.raises(InvalidOptionError, match="default method"):
        over_time(workspace, live(), method="psi")
    with pytest.raises(InvalidOptionError, match="no column of this name"):
        over_time(workspace, live(), time="seen")

    assert len(workspace.runs.find()) == 0
    assert over_time(workspace, live()).chunks  # of a reference, its profile will do
    assert workspace.drift.check(profile, live(), time="seen_at").over_time is not None


def test_a_report_over_time_is_small_and_has_its_marks_in_every_form(workspace: Workspace) -> None:
    current = live()
    current.loc[20 * ROWS :, "age"] += 9

    report = workspace.drift.check(live(3), current, time="seen_at")

    text = report.to_text(90)
    assert all(len(line) <= 90 for line in text.split("\n"))
    assert "│····················▇" in text.replace("█", "▇").replace("▆", "▇")
    html = str(report._repr_mimebundle_()["text/html"])
    assert len(html) < 15_000
    assert "10 of 30" in html
    assert "2026-03-21 to 2026-03-30" in html
