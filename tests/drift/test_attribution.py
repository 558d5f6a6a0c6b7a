"""What the drift of one column does to the mean prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.drift.attribution import effects_of, swapped


def test_the_effect_of_a_linear_model_is_its_weight_times_the_shift() -> None:
    inside = 0
    for study in range(60):
        random = np.random.default_rng([4, study])
        first = pd.DataFrame({"a": random.normal(0, 1, 1000), "b": random.normal(0, 1, 1000)})
        second = pd.DataFrame({"a": random.normal(0.5, 1, 800), "b": random.normal(1, 1, 800)})
        found = {
            one.column: one
            for one in effects_of(
                lambda frame: 2 * frame["a"].to_numpy(float) - 0.1 * frame["b"].to_numpy(float),
                first,
                second,
                ["a", "b"],
            )
        }
        assert list(found) == ["a", "b"]  # the largest effect first, whatever moved most
        inside += found["a"].low <= 1.0 <= found["a"].high
        assert found["a"].is_certain
    assert inside / 60 >= 0.83  # at 95 %, fewer than that come about once in 100,000 times


def test_a_column_without_drift_has_no_certain_effect() -> None:
    certain = 0
    for study in range(100):
        random = np.random.default_rng([5, study])
        sides = [pd.DataFrame({"a": random.normal(0, 1, 600)}) for _ in range(2)]
        (found,) = effects_of(lambda frame: frame["a"].to_numpy(float), *sides, ["a"])
        certain += found.is_certain
    assert certain <= 15


def test_labels_that_were_coded_anew_are_put_right_row_by_row() -> None:
    random = np.random.default_rng(1)
    old = pd.Series(random.choice([1, 2], 1000, p=[0.2, 0.8]))
    truth = pd.Series(random.choice([1, 2], 1000, p=[0.2, 0.8]))

    again = swapped(old, 2 - truth, random)  # 2 is called 0 now

    assert (again == truth).mean() > 0.95
    assert sorted(set(again)) == [1, 2]


def test_numbers_keep_their_order_and_get_the_distribution() -> None:
    random = np.random.default_rng(1)
    old, new = pd.Series(random.normal(0, 1, 900)), pd.Series(random.lognormal(2, 1, 700))

    again = pd.Series(swapped(old, new, random).astype(float))

    assert (again.sort_values().index == new.sort_values().index).all()
    assert again.quantile([0.1, 0.5, 0.9]).tolist() == pytest.approx(
        old.quantile([0.1, 0.5, 0.9]).tolist(), abs=0.01
    )


@pytest.mark.parametrize(("before", "now"), [(0.0, 0.4), (0.4, 0.0), (0.2, 0.5), (1.0, 0.5)])
@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_missing_values_are_swapped_as_well(before: float, now: float, kind: str) -> None:
    random = np.random.default_rng(1)

    def column(share: float) -> pd.Series:
        values = random.normal(0, 1, 500) if kind == "numbers" else random.choice(["x", "y"], 500)
        made = pd.Series(values)
        made[: round(share * 500)] = None
        return made

    again = pd.Series(swapped(column(before), column(now), random))

    assert again.isna().mean() == pytest.approx(before, abs=0.01)
