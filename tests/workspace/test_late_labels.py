"""Labels that come after their rows: counted once, with the prediction of then, or told as left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.drift.monitor_report import LossCourse, MonitorReport
from nbmlops.drift.sequential import late_labels
from nbmlops.drift.sequential.late_labels import LateLabels, hashes_of
from nbmlops.errors import InvalidOptionError
from nbmlops.workspace import Workspace


def rows(seed: int, count: int = 300, worse: float = 0.0, first: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    score = random.random(count)
    truth = np.where(random.random(count) < worse, 1 - score, score)
    return pd.DataFrame(
        {
            "loan": np.arange(first, first + count),
            "age": random.normal(40, 9, count),
            "score": score,
            "paid": (random.random(count) < truth).astype(float),
        }
    )


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def watch(workspace: Workspace, logs: Path, **options: Any) -> None:
    given = {
        "reference": rows(1, 3000),
        "source": str(logs / "*.parquet"),
        "target": "paid",
        "prediction": "score",
        **options,
    }
    workspace.monitors.add("live", **given)


def losses(report: MonitorReport) -> LossCourse:
    assert report.losses is not None
    return report.losses


def unlabelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(paid=np.nan)


def day(number: int, **options: Any) -> pd.DataFrame:
    return rows(10 + number, first=1000 * number, **options)


def test_a_file_that_is_written_anew_with_its_labels_counts_as_if_they_had_been_there(
    workspace: Workspace, logs: Path
) -> None:
    watch(workspace, logs, key="loan")
    for number in range(3):
        unlabelled(day(number)).to_parquet(logs / f"{number}.parquet")
    before = workspace.monitors.run("live")
    assert (losses(before).row_count, losses(before).waiting_count) == (0, 900)
    assert "900 rows may still get theirs" in before.to_text()

    for number in range(3):
        day(number).to_parquet(logs / f"{number}.parquet", compression=None)
    after = workspace.monitors.run("live")

    late = losses(after)
    assert (late.row_count, late.late_count, late.waiting_count, late.left_out_count) == (
        (900, 900, 0, 0)
    )
    assert [look.label for look in after.new_looks] == ["late labels"]
    assert after.monitor.row_count == 900  # no row is looked at twice
    whole = pd.concat([day(number) for number in range(3)])
    assert late.losses[-1] == pytest.approx(((whole.paid - whole.score) ** 2).mean())
    assert [column.effects[-1] for column in after.columns] == [
        column.effects[-2] for column in after.columns
    ]
    again = workspace.monitors.run("live")
    assert losses(again).row_count == 900


def test_labels_that_come_in_a_later_file_find_their_rows(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs, key="loan")
    unlabelled(day(0)).to_parquet(logs / "0.parquet")
    workspace.monitors.run("live")

    said = day(0)[["loan", "paid"]].assign(loan=lambda frame: frame.loan.astype(str))
    said.head(200).to_parquet(logs / "labels.parquet")
    unlabelled(day(1)).to_parquet(logs / "1.parquet")
    report = workspace.monitors.run("live")

    assert losses(report).late_count == 200
    assert losses(report).waiting_count == 100 + 300
    assert report.monitor.row_count == 600  # the file of labels has no new row
    assert [one.state for one in report.columns] == ["none"] * len(report.columns)
    spent = workspace.monitors.show("live").to_dict()
    assert spent["losses"]["row_count"] == 200


def test_earlier_rows_of_a_source_with_times_get_their_labels(
    workspace: Workspace, tmp_path: Path
) -> None:
    whole = pd.concat([day(number) for number in range(4)], ignore_index=True)
    whole["at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(np.arange(1200) * 288, unit="s")
    known = tmp_path / "sales.parquet"
    workspace.monitors.add(
        "live", reference=rows(1, 3000), source=str(known), time="at",
        target="paid", prediction="score", key="loan",
    )  # fmt: skip
    first = whole.head(600)
    pd.concat([first.head(300), unlabelled(first.tail(300))]).to_parquet(known)
    one = workspace.monitors.run("live")
    assert (losses(one).row_count, losses(one).waiting_count) == (300, 300)

    whole.to_parquet(known)
    other = workspace.monitors.run("live")

    assert (losses(other).row_count, losses(other).late_count) == (1200, 300)
    assert other.monitor.row_count == 1200


def test_a_file_that_is_damaged_when_its_labels_should_come_holds_up_no_other(
    workspace: Workspace, logs: Path
) -> None:
    watch(workspace, logs, key="loan")
    first = logs / "a.parquet"
    rows(1).assign(paid=np.nan).to_parquet(first)
    workspace.monitors.run("live")
    first.write_bytes(b"PAR1 and no more")
    rows(2, first=300).assign(paid=np.nan).to_parquet(logs / "b.parquet")

    (note,) = workspace.monitors.run("live").notes
    assert "a.parquet' cannot be read" in note
    assert workspace.monitors.get("live").row_count == 600
    rows(1).to_parquet(first)
    report = workspace.monitors.run("live")

    assert report.losses is not None
    assert (report.losses.row_count, report.monitor.row_count) == (300, 600)


def test_a_model_that_does_worse_is_found_by_labels_that_all_come_late(
    workspace: Workspace, logs: Path
) -> None:
    watch(workspace, logs, key="loan")
    for number in range(12):
        unlabelled(day(number, worse=0.5)).to_parquet(logs / f"{number:02d}.parquet")
        if number >= 2:
            day(number - 2, worse=0.5)[["loan", "paid"]].to_parquet(
                logs / f"{number:02d}-labels.parquet"
            )
        report = workspace.monitors.run("live")

    assert report.is_harmful
    assert not report.drifted
    assert losses(report).late_count == 3000


def test_without_a_key_what_is_left_out_is_told(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    frame = day(0)
    pd.concat([frame.head(100), unlabelled(frame.tail(200))]).to_parquet(logs / "0.parquet")
    workspace.monitors.run("live")
    frame.to_parquet(logs / "0.parquet", compression=None)
    report = workspace.monitors.run("live")

    assert (losses(report).row_count, losses(report).left_out_count) == (100, 200)
    for shown in (report.to_text(), report.to_html()):
        said = " ".join(shown.split())
        assert "The loss speaks of 100 rows with a label; 200 rows without one are left out" in said
        assert "--key" in said


def test_rows_that_nobody_can_name_are_left_out(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs, key="loan")
    frame = unlabelled(day(0)).astype({"loan": "Int64"})
    frame.loc[:9, "loan"] = pd.NA
    frame.loc[10:19, "loan"] = 7777  # one key of ten rows
    frame.to_parquet(logs / "0.parquet")
    report = workspace.monitors.run("live")

    assert losses(report).left_out_count == 10 + 9
    assert losses(report).waiting_count == 281


def test_the_oldest_rows_are_no_longer_waited_for_beyond_the_limit() -> None:
    most = late_labels.MOST_WAITING
    state = LateLabels(is_keyed=True)
    none = pd.Series(np.full(most, np.nan))
    guess = pd.Series(np.full(most, 0.5))
    state, *_ = state.taken(np.arange(1, most + 1, dtype=np.uint64), none, guess)
    assert (len(state.keys), state.left_out_count) == (most, 0)

    later = np.arange(most + 1, most + 11, dtype=np.uint64)
    state, *_ = state.taken(later, none.head(10), guess.head(10))

    assert (len(state.keys), state.left_out_count) == (most, 10)
    assert (state.keys[0], state.keys[-1]) == (11, most + 10)
    labels = pd.Series(np.ones(3))
    found, target, _ = state.taken(np.array([1, 11, 12], np.uint64), labels, none.head(3))
    assert (len(target), found.late_count, len(found.keys)) == (2, 2, most - 2)


def test_the_state_that_waits_is_written_and_read_again_as_it_is() -> None:
    words = pd.Series(["yes", "no", None, "yes"])
    hashes = hashes_of(["a", 2, 3.0, None])
    state, target, _ = LateLabels(is_keyed=True).taken(hashes, pd.Series([None] * 4), words)
    assert (state.predictions, state.left_out_count, len(target)) == (("yes", "no"), 1, 0)
    assert LateLabels.from_dict(state.to_dict()) == state

    labels = pd.Series(["no", "no"])
    _, target, guess = state.taken(hashes_of(["2", "a"]), labels, pd.Series([None, None]))
    assert list(zip(target, guess, strict=True)) == [("no", "no"), ("no", "yes")]


def test_a_key_without_labels_is_refused(workspace: Workspace, logs: Path) -> None:
    with pytest.raises(InvalidOptionError, match="labels that come later"):
        watch(workspace, logs, target=None, prediction=None, key="loan")


def test_a_monitor_with_waiting_rows_goes_on_where_it_is_imported(
    workspace: Workspace, logs: Path, tmp_path: Path
) -> None:
    from nbmlops.workspace import open_workspace

    watch(workspace, logs, key="loan", experiment="watching")
    unlabelled(day(0)).to_parquet(logs / "0.parquet")
    workspace.monitors.run("live")
    there = open_workspace(tmp_path / "there")
    there.runs.import_(workspace.runs.export("watching", tmp_path / "watching.nbx"))
    day(0)[["loan", "paid"]].to_parquet(logs / "labels.parquet")

    assert losses(there.monitors.run("live")).late_count == 300
    there.close()
