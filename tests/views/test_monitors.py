"""A monitor's report as HTML and text: small, safe, and readable everywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np

from nbmlops.data.profile import profile_of
from nbmlops.drift.monitor_report import MonitorReport, report_of
from nbmlops.drift.sequential.budget import parse_budget
from nbmlops.drift.sequential.looking import begin, look
from nbmlops.drift.sequential.losses import begin_losses
from nbmlops.records import Monitor
from nbmlops.views.monitor_told import monitor_told
from nbmlops.views.monitors import monitors_bundle

ALLOWED = {"div", "span", "b", "br", "small", "img", "table", "thead", "tbody", "tr", "th", "td",
           "details", "summary"}  # fmt: skip


def report(
    *, columns: int = 3, looks: int = 10, shift: float = 0.0, loss: bool = False, name: str = "x"
) -> MonitorReport:
    random = np.random.default_rng(columns)
    budget = parse_budget("1 in 5 years")

    def drawn(count: int, by: float) -> dict:
        found = {f"{name}{place}": random.normal(size=count) for place in range(columns)}
        found[f"{name}0"] = found[f"{name}0"] + by
        return {"": profile_of(found)}

    losses = begin_losses(np.zeros(500), np.full(500, 0.3)) if loss else None
    watch = begin(drawn(2000, 0), losses)
    for day in range(looks):
        watch = look(
            watch,
            drawn(300, shift * (day > looks // 2)),
            budget,
            label=f"2026-03-{day + 1:02d}",
            losses=np.full(200, 0.09 if day < 6 else 0.5) if loss else None,
        )
    monitor = Monitor(
        name="live",
        reference="train.parquet",
        source="/data/logs/*.parquet",
        time=None,
        every="1d",
        by=None,
        budget="1 in 5 years",
        columns=(),
        target="y" if loss else None,
        prediction="p" if loss else None,
        experiment=None,
        user="me",
        added_at=datetime(2026, 3, 1, tzinfo=UTC),
        look_count=watch.look_count,
        row_count=watch.row_count,
        drifted=watch.drifted,
        is_harmful=watch.losses is not None and watch.losses.alarm is not None,
    )
    return report_of(monitor, watch, new_count=2)


def html_of(found: MonitorReport) -> str:
    return str(found._repr_mimebundle_()["text/html"])


def test_the_verdict_says_what_and_since_when() -> None:
    assert report().verdict == "Monitor live: no alarm in 10 looks at 3,000 rows."
    assert report(looks=0).verdict == "Monitor live has not looked yet."
    alarm = report(shift=2).verdict
    assert alarm == "Monitor live: x0 drifted, first found in 2026-03-07 (look 7 of 10)."
    assert report(loss=True).verdict == (
        "Monitor live: no column drifted in 10 looks at 3,000 rows. The model does worse: "
        "its Brier score is above 0.100, since 2026-03-07."
    )


def test_the_promise_of_the_budget_stands_under_it() -> None:
    text = " ".join(report().to_text().split())

    assert "the chance of any false alarm in each 5 years is at most 5 %" in text
    assert "one half of it for the loss" in " ".join(report(loss=True).to_text().split())


def test_a_monitor_of_two_thousand_columns_stays_small() -> None:
    assert len(html_of(report(columns=30, shift=1, looks=60))) < 50_000
    assert len(html_of(report(columns=2000, looks=2))) < 120_000
    assert report(columns=2000, looks=2).to_html().count("<img") == 2000


def test_only_what_every_viewer_keeps_is_used() -> None:
    used: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            used.add(tag)
            for name, value in attrs:
                assert not name.startswith("on")
                assert name != "src" or value.startswith("data:image/svg+xml;base64,")

    found = report(columns=20, shift=1, loss=True)
    Reader().feed(html_of(found) + monitors_bundle([found.monitor])["text/html"])

    assert used <= ALLOWED


def test_names_are_text_and_act_nowhere() -> None:
    found = report(name='<script>alert(1)</script>"\x1b[31m\u202e', shift=2)

    for form in (html_of(found), found.to_html(), found.to_text()):
        assert "<script" not in form or form == found.to_text()
        assert "\x1b" not in form
        assert "\u202e" not in form


def test_lines_of_text_fit_their_width() -> None:
    for width in (60, 80, 120):
        for found in (report(columns=20, shift=1), report(loss=True), report(looks=300)):
            assert all(len(line) <= width for line in found.to_text(width).split("\n"))


def test_the_report_is_a_frame_and_json_as_well() -> None:
    found = report(shift=2)

    frame = found.to_pandas()
    assert list(frame) == ["column", "look", "label", "evidence", "effect"]
    assert len(frame) == 30
    said = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert said["drifted"] is True
    assert [look["is_new"] for look in said["looks"]].count(True) == 2
    column = said["columns"][0]
    assert column["evidence"][column["alarm"] - 1] >= said["thresholds"][0]


def test_an_alarm_is_told_by_mark_and_word_and_form_and_not_by_color_alone() -> None:
    calm, alarm = html_of(report()), html_of(report(shift=2))

    assert "● " in report(shift=2).to_text()
    assert "● " not in report().to_text()
    assert "numeric · alarm" in alarm
    assert "numeric · alarm" not in calm


def test_a_live_view_is_told_the_alarms_and_what_is_nearest_to_one() -> None:
    told = monitor_told(report(columns=12, shift=2, loss=True))

    assert told.state == "drifted"
    assert [line.name for line in told.alarms] == ["the loss (Brier score)", "x0"]
    assert told.alarms[1].alarm_place == 6
    assert len(told.alarms[1].heights) == 10
    assert max(told.alarms[1].heights[:6]) < 1 <= told.alarms[1].heights[-1]
    assert told.calm is not None
    assert 0 <= told.calm.heights[-1] < 1
    assert told.says.startswith("x0 drifted, first found in 2026-03-07 (look 7 of 10).")


def test_a_live_view_is_told_of_many_alarms_how_many_more_there_are() -> None:
    found = report(columns=3)
    first = found.columns[0]
    every = tuple(
        replace(first, name=f"x{number}", state="drifted", alarm=3) for number in range(20)
    )
    told = monitor_told(replace(found, columns=every))

    assert (len(told.alarms), told.more_alarms, told.calm) == (8, 12, None)


def test_a_monitor_that_never_looked_is_in_no_state() -> None:
    told = monitor_told(report(looks=0))

    assert (told.state, told.says) == ("untested", "It has not looked yet.")
    assert (told.alarms, told.calm) == ((), None)
