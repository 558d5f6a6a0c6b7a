"""The report of a drift check as HTML and text: small, safe, and readable everywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from nbmlops.data.profile import profile_of
from nbmlops.drift.compare import compare
from nbmlops.drift.records import DriftReport

ALLOWED = {"div", "span", "b", "i", "br", "small", "img", "table", "thead", "tbody", "tr", "th",
           "td", "details", "summary"}  # fmt: skip


def report(*, columns: int = 30, n: int = 2_000, drifted: bool = True) -> DriftReport:
    random = np.random.default_rng(4)
    numbers = {f"numbers{place}": random.normal(size=n) for place in range(columns * 2 // 3)}
    levels = np.array([f"a level called {place}" for place in range(40)])
    labels = {
        f"labels{place}": random.choice(levels, n) for place in range(columns - columns * 2 // 3)
    }
    first = pd.DataFrame({**numbers, **labels})
    second = first.copy()
    if drifted:
        for name in numbers:
            second[name] = second[name] * 1.4 + 0.8
        for name in labels:
            second[name] = np.where(random.random(n) < 0.3, levels[0], second[name])
    return compare(profile_of(first, source="train"), profile_of(second, source="live"))


def html_of(found: DriftReport) -> str:
    return str(found._repr_mimebundle_()["text/html"])


def test_thirty_columns_that_all_drifted_take_at_most_fifty_kilobytes() -> None:
    found = report()

    assert len(found.drifted_columns) == 30
    assert len(html_of(found).encode()) <= 50_000
    assert len(html_of(report(columns=2_000, n=300)).encode()) <= 120_000


def test_only_what_every_viewer_keeps_is_used() -> None:
    used: set[str] = set()
    attributes: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            used.add(tag)
            attributes.update(name for name, _ in attrs)
            for name, value in attrs:
                assert name != "src" or value.startswith("data:image/svg+xml;base64,")

    Reader().feed(html_of(report()))

    assert used <= ALLOWED
    assert not {name for name in attributes if name.startswith("on")}


def test_names_and_labels_are_text_and_act_nowhere() -> None:
    evil = '<script>alert(1)</script>"\x1b[31m\u202e'
    first = pd.DataFrame({evil: ["a", evil] * 200, "b": [evil] * 400})
    second = pd.DataFrame({evil: ["a", evil + "2"] * 200, "b": [evil] * 400})

    found = compare(profile_of(first, source=evil), profile_of(second, source=evil))

    for form in (html_of(found), found.to_html(), found.to_text()):
        assert "\x1b" not in form
        assert "\u202e" not in form
    assert "<script" not in html_of(found) + found.to_html()


def test_lines_of_text_fit_their_width() -> None:
    for width in (60, 80, 100, 160):
        assert all(len(line) <= width for line in report().to_text(width).split("\n"))


def test_the_verdict_says_how_many_and_which() -> None:
    few, many = report(columns=3), report(columns=9)
    first, second, third = (column.name for column in few.columns)
    assert few.verdict == f"3 of 3 columns drifted: {first}, {second} and {third}."
    named = ", ".join(column.name for column in many.columns[:3])
    assert many.verdict == f"9 of 9 columns drifted: {named} and 6 more."
    calm = report(columns=3, drifted=False).verdict
    assert calm.startswith("No drift found in 3 columns. A shift of 0.")


def test_each_row_tells_what_changed_in_words() -> None:
    text = report(columns=3).to_text()

    assert re.search(r"numbers0 .*(median|middle half) \S+ → \S+", text)
    assert re.search(r"labels0 .*a level called 0: 2\.\d % → 3\d %", text)
    assert "● 3 of 3" in text


def test_state_is_told_by_mark_and_word_and_not_by_color_alone() -> None:
    html = html_of(report(columns=3))

    assert "●" in html
    assert "drifted" in html
    assert "reference train" in html
    assert "current live" in html


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_sentence_is_cut(width: int) -> None:
    names = [f"a rather long name of column {place}" for place in range(4)]
    first = {name: np.arange(400.0) for name in names}
    report = compare(
        profile_of(first, source="a long name of a reference.parquet"),
        profile_of({name: values + 90 for name, values in first.items()}, source="and its other"),
    )
    text = report.to_text(width)

    assert max(map(len, text.split("\n"))) <= width
    assert report.verdict in " ".join(text.split())
    assert "current and its other · 400 rows" in " ".join(text.split())
