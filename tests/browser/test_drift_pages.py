"""A drift report as a page of its own in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbmlops.data.profile import profile_of
from nbmlops.drift.compare import compare

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [600, 1200])
def test_effect_and_p_are_in_view_however_narrow_the_page_and_long_a_name(
    watch: Any, tmp_path: Path, width: int
) -> None:
    random = np.random.default_rng(1)
    words = random.choice(["Rome", "Bonn", "Nice"], 2000)
    first = {"a_name_without_a_space_" * 8: random.normal(size=2000), "city": words, "age": words}
    second = {"a_name_without_a_space_" * 8: random.normal(1, 1, 2000),
              "city": np.where(random.random(2000) < 0.3, "Rome", words),
              "age": np.where(random.random(2000) < 0.3, "Oslo" * 30, words)}  # fmt: skip
    compare(profile_of(first), profile_of(second)).to_html(tmp_path / "report.html")
    watch.page.set_viewport_size({"width": width, "height": 900})
    watch.page.goto((tmp_path / "report.html").as_uri())

    overflow = watch.page.evaluate(
        "[...document.querySelectorAll('table')].map(t => t.scrollWidth - t.parentElement.clientWidth)"
    )
    ends = watch.page.evaluate(
        "[...document.querySelectorAll('tbody tr td:last-child')]"
        ".map(cell => cell.getBoundingClientRect().right)"
    )

    assert len(ends) == 3
    assert max(overflow) <= 0
    assert max(ends) <= width
    names = watch.page.locator("tbody tr td:first-child b")
    assert max(names.nth(place).bounding_box()["height"] for place in range(3)) < 150
