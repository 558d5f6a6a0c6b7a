"""Monitors: how often they are wrong, how soon they are right, and that they can go on anywhere.

Seeded studies; `NBMLOPS_DRIFT_STUDIES=10` in front of pytest repeats each ten times as often.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.data.cuts import Cut, cut_up
from nbmlops.data.profile import Profile, profile_of
from nbmlops.drift.sequential.budget import parse_budget
from nbmlops.drift.sequential.late_labels import LateLabels
from nbmlops.drift.sequential.looking import begin, look, merged
from nbmlops.drift.sequential.losses import begin_losses, losses_of
from nbmlops.drift.sequential.stakes import rejected
from nbmlops.drift.sequential.wagers import level_wagers, rank_wagers, share_wagers
from nbmlops.drift.sequential.watch import Watch
from nbmlops.errors import InvalidDataError, InvalidOptionError

DEPTH = int(os.environ.get("NBMLOPS_DRIFT_STUDIES", "1"))
BUDGET = parse_budget("1 in 5 years")
Draw = Callable[[np.random.Generator, int], np.ndarray]

LAWS: dict[str, Draw] = {
    "normal": lambda random, n: random.normal(size=n),
    "cauchy": lambda random, n: random.standard_cauchy(n),
    "zeros": lambda random, n: np.where(random.random(n) < 0.8, 0.0, random.exponential(1, n)),
    "rounded": lambda random, n: np.round(random.normal(size=n), 1),
    "flag": lambda random, n: random.random(n) < 0.3,
    "rare": lambda random, n: random.random(n) < 0.004,
    "counts": lambda random, n: random.poisson(3, n),
    "labels": lambda random, n: np.array(list("abcdefgh"))[random.integers(0, 8, n)],
}


def at_most(rate: float, repetitions: int) -> float:
    """The most that a true rate shows in so many repetitions, but for once in a thousand studies."""
    return rate + 3.1 * math.sqrt(rate * (1 - rate) / repetitions)


def one(**columns: np.ndarray) -> dict[str, Profile]:
    return {"": profile_of(columns)}


def alarm_day(
    random: np.random.Generator,
    draws: dict[str, Draw],
    *,
    days: int = 180,
    rows: int = 500,
    reference: int = 5000,
    change: Callable[[str, int, np.ndarray], np.ndarray] | None = None,
) -> int | None:
    """The look at which any column raised an alarm, or None."""
    watch = begin(one(**{name: draw(random, reference) for name, draw in draws.items()}))
    for day in range(1, days + 1):
        drawn = {name: draw(random, rows) for name, draw in draws.items()}
        if change is not None:
            drawn = {name: change(name, day, values) for name, values in drawn.items()}
        watch = look(watch, one(**drawn), BUDGET)
        if watch.drifted:
            return day
    return None


# ── how often it is wrong ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", list(LAWS))
def test_daily_looks_without_drift_raise_an_alarm_in_at_most_five_of_a_hundred_series(
    name: str,
) -> None:
    """180 looks; a Kolmogorov–Smirnov test at 5 % a day raises one in every series."""
    repetitions = 10 * DEPTH
    wrong = [
        alarm_day(np.random.default_rng([number, 3]), {name: LAWS[name]}) is not None
        for number in range(repetitions)
    ]

    assert sum(wrong) / repetitions <= at_most(0.05, repetitions)


def test_small_batches_of_many_columns_raise_no_more_false_alarms() -> None:
    repetitions = 12 * DEPTH
    wrong = [
        alarm_day(np.random.default_rng([number, 9]), LAWS, days=100, rows=20, reference=200)
        is not None
        for number in range(repetitions)
    ]

    assert sum(wrong) / repetitions <= at_most(0.05, repetitions)


@settings(max_examples=60, deadline=None)
@given(
    pool=st.lists(st.integers(0, 5), min_size=3, max_size=3),
    drawn=st.integers(1, 4),
)
def test_a_wager_is_fair_whatever_the_rows_are(pool: list[int], drawn: int) -> None:
    """All ways to draw the new rows out of all are counted: on average no wager gains."""
    if sum(pool) < drawn:
        return
    rows = [cell for cell, count in enumerate(pool) for _ in range(count)]
    from itertools import combinations

    gains = []
    for chosen in combinations(range(len(rows)), drawn):
        batch = np.bincount([rows[place] for place in chosen], minlength=3)
        rest = np.array(pool) - batch
        gains.append(np.concatenate([*rank_wagers(rest, batch), level_wagers(rest, batch).ravel()]))

    assert (np.exp(np.array(gains)).mean(axis=0) <= 1 + 1e-9).all()


def test_many_evidences_together_are_held_to_one_level() -> None:
    assert rejected([math.log(25.0)], 0.05) == [True]
    assert rejected([math.log(19.0)], 0.05) == [False]
    assert rejected([math.log(25.0), 0.0], 0.05) == [False, False]
    assert rejected([math.log(21.0), math.log(22.0)], 0.05) == [True, True]


# ── how soon it is right ─────────────────────────────────────────────────────────────────────


def test_a_shift_of_a_tenth_sd_is_found_in_a_median_of_at_most_eight_days() -> None:
    delays = []
    for number in range(15 * DEPTH):
        day = alarm_day(
            np.random.default_rng([number, 3]),
            {"x": LAWS["normal"]},
            change=lambda name, day, values: values + 0.1 * (day > 60),
        )
        assert day is not None
        delays.append(day - 60 if day > 60 else math.inf)

    assert np.median(delays) <= 8


@pytest.mark.parametrize(
    ("name", "change", "days"),
    [
        ("normal", lambda values: values * 1.2, 4),
        ("cauchy", lambda values: values + 0.3, 5),
        ("zeros", lambda values: np.where(np.arange(len(values)) % 5 == 0, 0.0, values), 12),
        ("flag", lambda values: values | (np.arange(len(values)) % 8 == 0), 6),
        ("labels", lambda values: np.where(np.arange(len(values)) % 9 == 0, "a", values), 8),
        ("labels", lambda values: np.where(np.arange(len(values)) % 25 == 0, "new", values), 5),
        ("normal", lambda values: np.where(np.arange(len(values)) % 15 == 0, np.nan, values), 4),
    ],
)
def test_every_kind_of_change_is_found(name: str, change: Callable, days: int) -> None:
    found = []
    for number in range(5):
        random = np.random.default_rng([number, 8])
        found.append(
            alarm_day(
                random,
                {"x": LAWS[name]},
                days=60,
                change=lambda _, day, values: change(values) if day > 20 else values,
            )
        )

    assert None not in found
    assert 1 <= np.median([day - 20 for day in found if day is not None]) <= days


def test_what_is_certain_and_small_is_tiny_and_raises_no_alarm() -> None:
    random = np.random.default_rng(3)
    watch = begin(one(x=random.normal(size=400_000)))
    for _ in range(3):
        watch = look(watch, one(x=random.normal(0.03, 1, size=100_000)), BUDGET)

    assert watch.drifted == ()
    assert watch.course[-1].states == {"x": "tiny"}


# ── seasons ──────────────────────────────────────────────────────────────────────────────────


def weeks(random: np.random.Generator, count: int, shift: float = 0.0) -> dict[str, np.ndarray]:
    day = np.repeat(np.arange(count), 60)
    weekend = np.isin(day % 7, (2, 3))  # 1970 began on a Thursday
    return {
        "at": (day * 86_400).astype("datetime64[s]"),
        "x": random.normal(size=len(day)) + 2.0 * weekend + shift,
    }


def by_weekday(data: dict[str, np.ndarray]) -> dict[str, Profile]:
    found = cut_up([data], Cut("at", None, "weekday"), ["x"])
    return {group: profile for (_, group), profile in found.profiles.items()}


def daily(data: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    days = data["at"]
    return [{name: each[days == day] for name, each in data.items()} for day in np.unique(days)]


def test_a_season_is_no_drift_where_days_are_compared_with_their_like() -> None:
    random = np.random.default_rng(5)
    reference, current = weeks(random, 70), weeks(random, 70)
    plain, apart = begin(one(x=reference["x"])), begin(by_weekday(reference))
    for day in daily(current):
        plain = look(plain, one(x=day["x"]), BUDGET)
        apart = look(apart, by_weekday(day), BUDGET)

    assert plain.drifted == ("x",)
    assert apart.drifted == ()
    for day in daily(weeks(random, 28, shift=0.5)):
        apart = look(apart, by_weekday(day), BUDGET)
    assert apart.drifted == ("x",)


# ── the loss ─────────────────────────────────────────────────────────────────────────────────


def test_a_loss_that_stays_raises_no_alarm_and_one_that_grows_does() -> None:
    repetitions = 40 * DEPTH
    wrong = 0
    for number in range(repetitions):
        random = np.random.default_rng([number, 4])
        watch = begin_losses(np.zeros(5000), (random.random(5000) < 0.1).astype(float))
        state = Watch((), {}, watch)
        for _ in range(90):
            state = look(state, {}, BUDGET, losses=(random.random(200) < 0.1).astype(float))
        assert state.losses is not None
        wrong += state.losses.alarm is not None
        for _ in range(30):
            state = look(state, {}, BUDGET, losses=(random.random(200) < 0.2).astype(float))
        assert state.losses is not None
        assert state.losses.alarm is not None
        assert state.losses.alarm <= 90 + 8

    assert wrong / repetitions <= at_most(0.05, repetitions)


def test_labels_that_come_late_raise_no_more_false_alarms() -> None:
    """Each label comes 0 to 5 looks after its row, whatever it is."""
    repetitions, days, rows = 60 * DEPTH, 30, 60
    wrong = 0
    for number in range(repetitions):
        random = np.random.default_rng([number, 8])
        known = random.random(3000)
        state = Watch((), {}, begin_losses(random.random(3000) < known, known))
        late = LateLabels(is_keyed=True)
        score = random.random((days, rows))
        truth = (random.random((days, rows)) < score).astype(float)
        delay = random.integers(0, 6, (days, rows))
        keys = np.arange(1, days * rows + 1, dtype=np.uint64).reshape(days, rows)
        for day in range(days):
            parts = [(keys[day], np.where(delay[day] == 0, truth[day], np.nan), score[day])]
            for ago in range(1, min(day, 5) + 1):
                due = delay[day - ago] == ago
                nothing = np.full(int(due.sum()), np.nan)
                parts.append((keys[day - ago][due], truth[day - ago][due], nothing))
            hashes, labels, guesses = (np.concatenate(each) for each in zip(*parts, strict=True))
            late, *pairs = late.taken(hashes, pd.Series(labels), pd.Series(guesses))
            state = look(state, {}, BUDGET, losses=losses_of(*pairs, "Brier score")[1])
        assert state.losses is not None
        assert state.losses.count == (np.arange(days)[:, None] + delay < days).sum()
        wrong += state.losses.alarm is not None

    assert wrong / repetitions <= at_most(0.025, repetitions)


def test_drift_that_does_no_harm_raises_no_alarm_of_the_loss() -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=4000)
    y = (random.random(4000) < 1 / (1 + np.exp(-x))).astype(float)
    state = begin(one(x=x), begin_losses(y, 1 / (1 + np.exp(-x))))
    for _ in range(20):
        x = random.normal(1.0, 1.0, 300)
        chance = 1 / (1 + np.exp(-x))
        y = (random.random(300) < chance).astype(float)
        state = look(state, one(x=x), BUDGET, losses=losses_of(y, chance)[1])

    assert state.drifted == ("x",)
    assert state.losses is not None
    assert state.losses.alarm is None


@pytest.mark.parametrize(
    ("target", "prediction", "metric", "losses"),
    [
        ([0, 1, 1], [0.0, 0.5, 1.0], "Brier score", [0, 0.25, 0]),
        ([True, False, None], [0.5, 0.0, 0.1], "Brier score", [0.25, 0]),
        (["a", "b", "b"], ["a", "a", None], "error rate", [0, 1]),
        ([1.0, 2.0, np.nan], ["1", "3", "4"], "error rate", [0, 1]),
        ([10.0, 20.0, np.nan], [12.0, 19.0, 3.0], "absolute error", [2, 1]),
    ],
)
def test_the_loss_fits_what_is_predicted(
    target: list, prediction: list, metric: str, losses: list[float]
) -> None:
    found = losses_of(target, prediction)

    assert found[0] == metric
    assert found[1].tolist() == losses


def test_too_few_labels_are_told() -> None:
    with pytest.raises(InvalidDataError, match="too few"):
        begin_losses([1, 0, 1], [0.5, 0.5, 0.5])


# ── the state ────────────────────────────────────────────────────────────────────────────────


def batches(seed: int, count: int) -> list[dict[str, Profile]]:
    random = np.random.default_rng(seed)
    found = []
    for place in range(count):
        rows = int(random.integers(0, 40))
        found.append(
            one(
                x=np.where(random.random(rows) < 0.1, np.nan, random.normal(place / 9, 1, rows)),
                c=np.array(["u", "v", "w"])[random.integers(0, 3, rows)],
                n=random.integers(0, 5, rows),
            )
        )
    return found


def reference(seed: int) -> dict[str, Profile]:
    random = np.random.default_rng(seed)
    return one(
        x=random.normal(size=300),
        c=np.array(["u", "v"])[random.integers(0, 2, 300)],
        n=random.integers(0, 5, 300),
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), stops=st.sets(st.integers(0, 12)))
def test_a_state_goes_on_from_anywhere_as_if_it_had_never_stopped(
    seed: int, stops: set[int]
) -> None:
    budget = parse_budget("1 in 9 days")  # whose window ends within the series
    straight = stopped = begin(reference(seed))
    for place, rows in enumerate(batches(seed, 13)):
        if place in stops:
            stopped = Watch.from_dict(json.loads(json.dumps(stopped.to_dict(), allow_nan=False)))
        straight = look(straight, rows, budget, label=f"day {place}")
        stopped = look(stopped, rows, budget, label=f"day {place}")

    assert stopped.to_dict() == straight.to_dict()
    assert straight.window_count == 2


def test_the_state_of_thirty_columns_is_small() -> None:
    random = np.random.default_rng(3)
    columns = {f"x{place}": random.normal(size=20_000) for place in range(20)}
    columns |= {f"c{place}": random.integers(0, 50, 20_000).astype(str) for place in range(10)}
    watch = begin({"": profile_of(columns)})
    for _ in range(3):
        watch = look(watch, {"": profile_of(columns)}, BUDGET)

    assert len(json.dumps(watch.to_dict())) < 700_000


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), owner=st.lists(st.integers(0, 2), min_size=9, max_size=9))
def test_merged_states_have_the_counts_of_the_whole_and_no_more_evidence_than_their_best(
    seed: int, owner: list[int]
) -> None:
    whole = begin(reference(seed))
    parts = [whole] * 3
    for place, rows in zip(owner, batches(seed, 9), strict=True):
        whole = look(whole, rows, BUDGET)
        parts[place] = look(parts[place], rows, BUDGET)

    found = merged(parts)

    assert found.row_count == whole.row_count
    for column, other in zip(found.columns, whole.columns, strict=True):
        assert column.seen == other.seen
        logs = [part.columns[whole.columns.index(other)].evidence(part.spent) for part in parts]
        assert column.evidence(found.spent) <= max(logs) + 1e-9
    assert look(found, batches(seed, 1)[0], BUDGET).look_count == found.look_count + 1


def test_states_of_different_references_are_not_merged() -> None:
    with pytest.raises(ValueError, match="one reference"):
        merged([begin(reference(1)), begin(reference(2))])


def test_what_cannot_be_watched_is_set_aside_with_the_reason() -> None:
    ids = np.array([f"user {place}" for place in range(2000)])
    watch = begin(one(id=ids, x=np.arange(2000) % 7, empty=np.full(2000, np.nan)))

    assert [column.name for column in watch.columns] == ["x"]
    assert watch.untested["id"].startswith("it names rows")
    assert watch.untested["empty"] == "it has no values in both sides"


def test_a_column_that_is_gone_and_one_of_another_type_have_drifted() -> None:
    random = np.random.default_rng(1)
    watch = begin(one(x=random.normal(size=500), y=random.normal(size=500)))
    watch = look(watch, one(y=np.array(["a", "b"] * 50)), BUDGET)

    assert watch.course[-1].states == {"x": "drifted", "y": "drifted"}
    assert watch.columns[1].reason.startswith("its type changed")
    watch = look(watch, one(x=random.normal(size=50), y=random.normal(size=50)), BUDGET)
    assert watch.course[-1].states == {"x": "drifted", "y": "drifted"}  # an alarm stays


def test_yes_and_no_may_come_as_numbers() -> None:
    watch = begin(one(x=np.array([True, False] * 100)))

    watch = look(watch, one(x=np.array([1, 0] * 50)), BUDGET)

    assert watch.columns[0].seen[""][:2] == (50, 50)


def test_a_look_without_rows_changes_no_evidence_but_the_time_that_is_spent() -> None:
    watch = begin(reference(1))
    later = look(watch, {}, BUDGET)

    assert later.look_count == 1
    assert later.course[0].evidence == {"x": 0.0, "c": 0.0, "n": 0.0}


@pytest.mark.parametrize(
    ("text", "days", "alpha"),
    [
        ("1 in 5 years", 1826.2, 0.05),
        ("once in 2 weeks", 14, 0.05),
        ("1 a month", 30.4, 0.05),
        ("one per year at 1 %", 365.2, 0.01),
        ("every 6 months with 10%", 182.6, 0.1),
    ],
)
def test_a_budget_is_said_in_words(text: str, days: float, alpha: float) -> None:
    budget = parse_budget(text)

    assert budget.days == pytest.approx(days, rel=0.01)
    assert budget.alpha == alpha


@pytest.mark.parametrize(
    "text", ["", "never", "2 in 5 years", "1 in 0 years", "1 in 5 years at 99 %"]
)
def test_what_is_no_budget_is_told(text: str) -> None:
    with pytest.raises(InvalidOptionError, match="no budget of false alarms"):
        parse_budget(text)


def test_a_smaller_budget_takes_longer_to_spend() -> None:
    assert share_wagers(0, 10, 0, 5).tolist() == [0] * 10
    assert parse_budget("1 in 1 year").share(1) == pytest.approx(5 * BUDGET.share(1))
    assert BUDGET.share(1e9) == 1.0
