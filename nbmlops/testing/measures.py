"""What a measure of drift has to hold, ours as well as a third party's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nbmlops.drift.measures import Measure, Measured
from nbmlops.drift.pairs import RowPair, level_pair, numeric_pair

__all__ = ["check_measure"]

_ROWS = 400


def check_measure(measure: Any) -> None:
    """Raise AssertionError, which says what is wrong, unless a measure keeps its contract.

    It has a name, a title, a formula and a source; it measures what it says it takes, the same
    again for the same pair, and changes nothing of it; data that equals the reference is no more
    drifted than data that does not; a p-value is one; and hostile pairs give a number or None.

    >>> from nbmlops.drift.measures import get_measure
    >>> check_measure(get_measure("wasserstein"))
    """
    assert isinstance(measure, Measure), "it lacks name, title, takes, formula, source or measure()"
    for field in ("name", "title", "takes", "formula", "source"):
        said = getattr(measure, field)
        assert isinstance(said, str), f"its {field} is no text"
        assert said.strip(), f"its {field} is empty"
    assert measure.name.isidentifier(), f"its name {measure.name!r} is no identifier"
    kinds = [kind for kind in ("numbers", "levels", "rows") if kind in measure.takes]
    assert kinds, f"it takes {measure.takes!r}, which is neither numbers, levels nor rows"
    for kind in kinds:
        same, other, hostile = _pairs(kind)
        calm, found = measure.measure(same()), measure.measure(other())
        _check(measure, calm)
        _check(measure, found)
        assert found is not None, f"it finds nothing in {kind} that are far apart"
        assert found == measure.measure(other()), f"it differs from itself on the same {kind}"
        if calm is not None and calm.p_value is not None and found.p_value is not None:
            assert found.p_value <= calm.p_value, (
                f"drifted {kind} are less significant than equal ones"
            )
            assert calm.p_value > 0.5, f"equal {kind} are significant"
        if calm is not None and calm.effect is not None and found.effect is not None:
            assert found.effect >= calm.effect, f"drifted {kind} have less effect than equal ones"
        for make in hostile:
            with np.errstate(all="raise", under="ignore"):
                _check(measure, measure.measure(make()))


def _check(measure: Measure, found: Measured | None) -> None:
    if found is None:
        return
    assert isinstance(found, Measured), f"{measure.name} gives {type(found).__name__}"
    assert isinstance(found.statistic, float), f"{measure.name}: its statistic is no float"
    assert math.isfinite(found.statistic), f"{measure.name}: its statistic is {found.statistic}"
    if found.p_value is not None:
        assert 0 <= found.p_value <= 1, f"{measure.name}: its p-value is {found.p_value}"
    if found.effect is not None:
        assert 0 <= found.effect < math.inf, f"{measure.name}: its effect is {found.effect}"


def _pairs(kind: str) -> tuple[Any, Any, list[Any]]:
    """An equal pair, one that is far apart, and hostile ones; made anew at each call."""
    if kind == "rows":
        return (
            lambda: RowPair(_ROWS, _ROWS, 40, 40),
            lambda: RowPair(_ROWS, _ROWS, 40, 240),
            [lambda: RowPair(0, 0, 0, 0), lambda: RowPair(1, 1, 1, 0), lambda: RowPair(9, 9, 9, 9)],
        )
    if kind == "levels":
        counts = {"a": 200, "b": 150, "c": 50}
        return (
            lambda: level_pair(counts, counts),
            lambda: level_pair(counts, {"a": 50, "b": 50, "d": 300}),
            [
                lambda: level_pair({}, {}),
                lambda: level_pair({"a": 3}, {}),
                lambda: level_pair({"a": 3}, {"a": 5}),
                lambda: level_pair({"a": 1}, {"b": 1}),
                lambda: level_pair(
                    {str(n): 1 for n in range(999)}, {str(n): 1 for n in range(999)}
                ),
            ],
        )
    values = np.random.default_rng(7).normal(size=_ROWS)
    return (
        lambda: numeric_pair(values, values),
        lambda: numeric_pair(values, values * 2 + 3),
        [
            lambda: numeric_pair([], []),
            lambda: numeric_pair([1.0], []),
            lambda: numeric_pair([1.0], [1.0]),
            lambda: numeric_pair([7.0] * 50, [7.0] * 60),
            lambda: numeric_pair([0.0] * 90 + [1.0], [-0.0] * 9 + [5e-324]),
            lambda: numeric_pair([1e308, -1e308] * 20, [1.0, 2.0] * 30),
            lambda: numeric_pair([np.inf, -np.inf, 1.0] * 20, [np.inf] * 30),
        ],
    )
