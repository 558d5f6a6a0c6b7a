"""How much more often rows come: known ratios are found, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from nbmlops.drift.density_ratio import density_ratio


def test_a_known_ratio_is_found() -> None:
    random = np.random.default_rng(1)
    first, second = random.normal(0, 1, (4000, 2)), random.normal((0.5, 0), 1, (2000, 2))

    ratio = density_ratio(first, second)

    true = np.exp(0.5 * first[:, 0] - 0.125)
    assert ratio.is_shifted
    assert ratio.weights.mean() == pytest.approx(1)
    assert np.corrcoef(np.log(ratio.weights), np.log(true))[0, 1] > 0.95
    assert ratio.effective_count == pytest.approx(4000 / np.mean(true**2), rel=0.15)
    for column in (0, 1):
        weighted = (ratio.weights * first[:, column]).mean()
        assert weighted == pytest.approx(second[:, column].mean(), abs=0.1)


def test_a_ratio_that_is_no_line_is_found_by_trees_with_missing_values() -> None:
    random = np.random.default_rng(2)
    first, second = random.uniform(-1, 1, (4000, 3)), random.uniform(-1, 1, (6000, 3))
    second = second[(second[:, 0] * second[:, 1] > 0) | (random.random(6000) < 0.3)]
    first[::7, 2] = second[::7, 2] = np.nan

    ratio = density_ratio(first, second)

    more = first[:, 0] * first[:, 1] > 0
    assert ratio.weights[more].mean() / ratio.weights[~more].mean() == pytest.approx(
        1 / 0.3, rel=0.3
    )


def test_without_a_difference_all_weights_are_one() -> None:
    even = 0
    for study in range(6):
        random = np.random.default_rng([3, study])
        ratio = density_ratio(random.standard_t(3, (800, 4)), random.standard_t(3, (500, 4)))
        even += not ratio.is_shifted
    assert even >= 5
    few = density_ratio(np.zeros((20, 1)), np.zeros((900, 1)))
    assert (few.weights == 1).all()
    assert density_ratio(np.zeros((90, 0)), np.zeros((90, 0))).effective_count == 90
    odd = density_ratio(np.full((90, 2), np.nan), np.full((90, 2), np.inf * 0))
    assert not odd.is_shifted
