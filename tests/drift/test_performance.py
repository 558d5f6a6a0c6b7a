"""Performance with and without labels, at the rates that its intervals state."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nbmlops.drift.performance import Answers, performance_of, why_unknown
from nbmlops.drift.scores import auc

DEPTH = int(os.environ.get("NBMLOPS_DRIFT_STUDIES", "1"))  # times as many studies


def at_least(rate: float, studies: int) -> float:
    """The least that a true rate shows in so many studies, but for once in a thousand times."""
    return rate - 3.1 * math.sqrt(rate * (1 - rate) / studies)


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


def hidden(n: int, shift: float, random: np.random.Generator) -> Answers:
    """Two classes, and a model that hardly looks at one of the inputs that move: the same score
    has other answers where they have moved.
    """
    x = random.normal(0, 1, (n, 3)) + np.array([0.7, 0.7, 0.0]) * shift
    truth = random.random(n) < 1 / (
        1 + np.exp(-(x[:, 0] + x[:, 1] + 0.5 * x[:, 2] * (x[:, 0] > 0)))
    )
    return Answers(truth.astype(float), 1 / (1 + np.exp(-(x[:, 0] + 0.2 * x[:, 1]))), x)


def share_inside(
    make: Callable[..., Answers],
    task: str,
    metrics: tuple[str, ...],
    shift: float,
    studies: int,
    sizes: tuple[int, int] = (1500, 1000),
) -> dict[tuple[str, str], float]:
    """How often the realised performance is inside of each estimate's interval."""
    inside: dict[tuple[str, str], list[bool]] = {}
    for study in range(studies):
        random = np.random.default_rng([7, study, *sizes])
        first, second = make(sizes[0], 0.0, random), make(sizes[1], shift, random)
        realised = performance_of(task, metrics, first, second)
        true = {one.metric: one.current for one in realised}
        assert {one.how for one in realised} == {"realised"}
        told = performance_of(task, metrics, first, without_labels(second))
        assert {one.how for one in told} == {"estimated"}
        for one in told:
            is_inside = one.low <= true[one.metric] <= one.high
            for method in (one.method, "deciding") if one.decides else (one.method,):
                inside.setdefault((method, one.metric), []).append(is_inside)
    return {name: float(np.mean(each)) for name, each in inside.items()}


@pytest.mark.parametrize(
    ("make", "shift"),
    [(classes, 0.0), (classes, 0.5), (classes, 1.0), (hidden, 1.0)],
)
def test_the_deciding_interval_of_classes_holds_the_realised_performance(
    make: Callable[..., Answers], shift: float
) -> None:
    """In 93 to 96 of 100 cases, measured with 200 studies each, whatever moved."""
    studies = 30 * DEPTH
    inside = share_inside(make, "binary", ("auc", "accuracy"), shift, studies)

    for metric in ("auc", "accuracy"):
        assert inside["deciding", metric] >= at_least(0.93, studies), inside
    if make is hidden and shift == 1.0:
        # What the density ratio is for: without it, intervals hold little more than half of the time.
        assert inside["cbpe", "accuracy"] <= 0.57 + (0.93 - at_least(0.93, studies)) * 2


@pytest.mark.parametrize(("sizes", "shift"), [((400, 400), 0.0), ((800, 500), 0.5)])
def test_the_interval_of_an_error_holds_the_realised_one(
    sizes: tuple[int, int], shift: float
) -> None:
    studies = 30 * DEPTH
    inside = share_inside(numbers, "regression", ("mean_absolute_error",), shift, studies, sizes)

    assert inside["deciding", "mean_absolute_error"] >= at_least(0.90, studies), inside


@pytest.mark.parametrize("labelled", [True, False])
def test_without_drift_a_model_is_hardly_ever_called_worse(*, labelled: bool) -> None:
    worse, studies = 0, (120 if labelled else 60) * DEPTH
    for study in range(studies):
        random = np.random.default_rng([11, study])
        first, second = classes(600, 0.0, random), classes(600, 0.0, random)
        second = second if labelled else without_labels(second)
        found = performance_of("binary", ("auc",), first, second)
        worse += found[0].state == "worse"
    # One side of 95 %, and chance at so many studies.
    assert worse / studies <= 0.025 + 3.1 * math.sqrt(0.025 * 0.975 / studies)


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
    estimated = performance_of("binary", ("auc",), first, without_labels(turned))[0]

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


def test_a_model_that_gives_labels_alone_has_an_estimate_only_where_the_inputs_moved() -> None:
    """The chance of being right is the same for each row then, so that CBPE were a constant."""

    def side(n: int, shift: float, seed: int) -> Answers:
        random = np.random.default_rng(seed)
        x = random.normal(shift, 1, n)
        right = (random.random(n) < 1 / (1 + np.exp(-x - 1))).astype(float)
        return Answers(right, np.full(n, 0.5), x[:, None], is_sure=False)

    first, same, moved = side(3000, 0, 1), side(2000, 0, 2), side(2000, 0.7, 3)

    assert performance_of("multiclass", ("hits",), first, without_labels(same)) == ()
    assert why_unknown(first, without_labels(same)).startswith("the model gives labels alone")
    (found,) = performance_of("multiclass", ("hits",), first, without_labels(moved))
    assert found.method == "weighted_cbpe"
    assert found.low <= moved.truth.mean() <= found.high
    assert found.change_low > 0
