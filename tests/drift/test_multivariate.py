"""The classifier two-sample test: its error rate, and what it finds."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.multivariate import MOST_COLUMNS, classifier_test

NAMES = ["a", "b", "c"]


def test_without_drift_it_errs_no_more_often_than_its_level_says() -> None:
    found = 0
    for study in range(80):
        random = np.random.default_rng([8, study])
        rows = np.round(random.standard_t(2, (400, 3)), 1)  # heavy tails, with ties
        test = classifier_test(rows[:260], rows[260:], NAMES)
        assert test is not None
        found += test.p_value <= 0.05
    assert found <= 12  # of 80 at 5 %: more than that come about once in 10,000 times


def test_a_tie_between_columns_that_broke_is_found_with_its_columns() -> None:
    random = np.random.default_rng(1)
    a = random.normal(0, 1, (2, 1500))
    first = np.column_stack([a[0], a[0] + random.normal(0, 0.5, 1500), random.normal(0, 1, 1500)])
    second = np.column_stack([a[1], random.normal(0, 1.25**0.5, 1500), random.normal(0, 1, 1500)])

    test = classifier_test(first, second, NAMES)

    assert test is not None
    assert test.state == "drifted"
    assert test.p_value < 1e-6
    assert {name for name, _ in test.columns} == {"a", "b"}


def test_too_few_rows_are_not_tested() -> None:
    assert classifier_test(np.zeros((20, 1)), np.zeros((900, 1)), ["a"]) is None
    same = classifier_test(np.zeros((200, 1)), np.zeros((200, 1)), ["a"])
    assert same is not None
    assert same.state == "none"


def test_of_many_columns_those_that_differ_are_learned_from_and_the_level_holds() -> None:
    names = [f"c{place}" for place in range(MOST_COLUMNS + 100)]
    found = 0
    for study in range(12):
        random = np.random.default_rng([9, study])
        rows = random.normal(size=(160, len(names)))
        test = classifier_test(rows[:80], rows[80:], names)
        assert test is not None
        found += test.p_value <= 0.05
    assert found <= 4  # of 12 at 5 %: more than that come about twice in 10,000 times

    rows = np.random.default_rng(4).normal(size=(600, len(names)))
    rows[300:, 7] += 1.0
    test = classifier_test(rows[:300], rows[300:], names)
    assert test is not None
    assert test.state == "drifted"
    assert test.columns[0][0] == "c7"
