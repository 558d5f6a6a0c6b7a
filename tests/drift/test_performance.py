"""Performance with and without labels, at the rates that its intervals state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nbmlops.drift.performance import Answers, performance_of
from nbmlops.drift.scores import auc

STUDIES = 120
# Of so many studies at 95 %, fewer than this fall inside less than once in 100,000 times.
FEWEST_INSIDE = 0.85


def classes(n: int, shift: float, random: np.random.Generator) -> Answers:
    """Two classes, and scores that are not calibrated."""
    x = random.normal(shift, 1, n)
    truth = (random.random(n) < 1 / (1 + np.exp(-1.5 * x))).astype(float)
    return Answers(truth, 1 / (1 + np.exp(-(1.1 * x + 0.3))), x[:, None])


def numbers(n: int, shift: float, random: np.random.Generator) -> Answers:
    """Numbers whose error grows with the input."""
    x = random.normal(shift, 1, n)
    truth = 2 * x + random.normal(0, 0.5 + np.abs(x) * 0.5, n)
    return Answers(truth, 1.9 * x, np.column_stack([x, 1.9 * x]))


def without_labels(side: Answers) -> Answers:
    return replace(side, truth=np.full(len(side.truth), np.nan))


@pytest.mark.parametrize(
    ("make", "task", "metrics", "sizes", "shift"),
    [
        (classes, "binary", ("auc", "accuracy"), (300, 300), 0.0),
        (classes, "binary", ("auc", "accuracy"), (3000, 1000), 0.5),
        (numbers, "regression", ("mean_absolute_error",), (400, 400), 0.0),
        (numbers, "regression", ("mean_absolute_error",), (800, 500), 0.5),
    ],
)
def test_the_realised_performance_is_inside_of_the_estimated_interval(
    make: Callable[..., Answers],
    task: str,
    metrics: tuple[str, ...],
    sizes: tuple[int, int],
    shift: float,
) -> None:
    studies = STUDIES if task == "binary" else STUDIES // 4
    inside = dict.fromkeys(metrics, 0)
    for study in range(studies):
        random = np.random.default_rng([7, study, *sizes])
        first, second = make(sizes[0], 0.0, random), make(sizes[1], shift, random)
        realised = performance_of(task, metrics, first, second)
        estimated = performance_of(task, metrics, first, without_labels(second))
        assert [one.metric for one in realised] == [one.metric for one in estimated]
        for told, true in zip(estimated, realised, strict=True):
            assert (told.how, true.how) == ("estimated", "realised")
            inside[told.metric] += told.low <= true.current <= told.high
    fewest = FEWEST_INSIDE if studies == STUDIES else FEWEST_INSIDE - 0.12
    assert all(count / studies >= fewest for count in inside.values()), inside


@pytest.mark.parametrize("labelled", [True, False])
def test_without_drift_a_model_is_hardly_ever_called_worse(*, labelled: bool) -> None:
    worse = 0
    for study in range(STUDIES):
        random = np.random.default_rng([11, study])
        first, second = classes(600, 0.0, random), classes(600, 0.0, random)
        second = second if labelled else without_labels(second)
        found = performance_of("binary", ("auc",), first, second)
        worse += found[0].state == "worse"
    assert worse / STUDIES <= 0.09  # one side of 95 %, and chance at so many studies


def test_a_loss_is_found_by_labels_and_where_inputs_cause_it_also_without() -> None:
    random = np.random.default_rng(3)
    first = numbers(3000, 0.0, random)
    second = numbers(3000, 1.0, random)

    for side in (second, without_labels(second)):
        (found,) = performance_of("regression", ("mean_absolute_error",), first, side)
        assert found.state == "worse"
        assert found.current == pytest.approx(np.abs(second.truth - second.score).mean(), rel=0.15)


def test_what_no_estimate_can_see_is_seen_by_labels_alone() -> None:
    random = np.random.default_rng(3)
    first, second = classes(3000, 0.0, random), classes(3000, 0.0, random)
    turned = replace(second, truth=1 - second.truth)

    (by_labels,) = performance_of("binary", ("auc",), first, turned)
    (estimated,) = performance_of("binary", ("auc",), first, without_labels(turned))

    assert (by_labels.state, estimated.state) == ("worse", "same")


def test_a_small_loss_that_is_certain_is_not_worse() -> None:
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 400_000).astype(float)
    right = np.where(random.random(len(truth)) < 0.9, truth, 1 - truth)
    less = np.where(random.random(len(truth)) < 0.895, truth, 1 - truth)
    empty = np.zeros((len(truth), 0))

    (found,) = performance_of(
        "binary", ("accuracy",), Answers(truth, right, empty), Answers(truth, less, empty)
    )

    assert found.change_high < 0
    assert found.state == "same"


def test_a_reference_without_labels_tells_nothing() -> None:
    side = classes(500, 0.0, np.random.default_rng(1))

    assert performance_of("binary", ("auc",), without_labels(side), side) == ()


def test_auc_and_its_variance_are_those_of_the_books() -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(2)
    truth = random.integers(0, 2, 500)
    score = np.round(random.normal(truth, 1.0), 1)  # with ties
    found = auc(truth, score)

    assert found is not None
    assert found.value == pytest.approx(roc_auc_score(truth, score))
    drawn = []
    for _ in range(400):
        rows = random.integers(0, 500, 500)
        again = auc(truth[rows], score[rows])
        assert again is not None
        drawn.append(again.value)
    assert found.variance**0.5 == pytest.approx(np.std(drawn), rel=0.15)
    assert auc(np.zeros(9), np.arange(9.0)) is None
