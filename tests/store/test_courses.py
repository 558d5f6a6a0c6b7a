"""Long courses, thinned in the database: every extreme of every span is still there."""

from __future__ import annotations

import math
import random
import time

import pytest

from nbmlops.events import encode_value
from nbmlops.store.journal import Writer, new_ulid
from nbmlops.thinning import kept_places, span_length

MOST = 100


def course(count: int, *, odd: bool = False) -> list[float]:
    """Noise with spikes, many equal values, and perhaps some that are not finite."""
    chance = random.Random(count)
    values = [round(chance.gauss(0.0, 1.0), 1) for _ in range(count)]
    for at in range(0, count, 97):
        values[at] = chance.choice([1e300, -1e300, 77.0, -77.0, 0.0])
    if odd:
        for at in range(0, count, 61):
            values[at] = chance.choice([math.nan, math.inf, -math.inf])
        values[200:400] = [math.nan] * 200  # spans without any finite value
    return values


def log(writer: Writer, run: str, values, *, first: int = 0, steps: bool = True) -> None:
    """One record for each value, between which others are logged more and more often."""
    for at, value in enumerate(values):
        more = {"step": first + at} if steps else {}
        writer.append("metric", {"loss": encode_value(value)}, run=run, **more)
        for _ in range(at // 500):
            writer.append("metric", {"other": 1.0}, run=run)


def started(store) -> str:
    run = new_ulid()
    said = {"name": "long", "experiment": "churn", "kind": "block", "started_at": time.time_ns()}
    store.writer.append("run_started", said, run=run)
    return run


def same(left: list[float], right: list[float]) -> bool:
    """Whether the values are equal, NaN to NaN."""
    return [repr(each + 0.0) for each in left] == [repr(each + 0.0) for each in right]


@pytest.mark.parametrize("steps", [True, False])
@pytest.mark.parametrize("odd", [False, True])
def test_the_extremes_of_every_span_survive(store, odd, steps):
    run, values = started(store), course(2003, odd=odd)
    log(store.writer, run, values, steps=steps)
    store.runs.series(run, "loss")  # what has just been logged is in the tables

    drawn = store.runs.drawn(run, "loss", MOST)

    places = drawn.steps if steps else drawn.places
    assert (drawn.point_count, places[0], places[-1]) == (2003, 0, 2002)
    assert places == sorted(set(places))
    assert len(places) <= MOST + (MOST // 4 if odd else 0)
    length = span_length(len(values), MOST)
    for start in range(0, len(values), length):
        span = values[start : start + length]
        kept = [values[place] for place in places if start <= place < start + length]
        finite = list(filter(math.isfinite, span))
        left = list(filter(math.isfinite, kept))
        assert not finite or (min(left), max(left)) == (min(finite), max(finite))
        assert same([kept[0], kept[-1]], [span[0], span[-1]])
        assert all(map(math.isfinite, span)) or not all(map(math.isfinite, kept))
    assert places == list(kept_places(values, MOST))  # as a list in memory is thinned
    assert same(drawn.values, [values[place] for place in places])
    assert drawn.times == sorted(drawn.times)
    assert (drawn.steps == [None] * len(places)) is not steps
    found = store.runs.courses([run], ["loss"], MOST)[run]["loss"]
    assert (found.point_count, found.has_steps) == (2003, steps)
    assert [step for step, _ in found.points] == places
    assert same([value for _, value in found.points], drawn.values)


def test_a_part_between_two_steps_has_its_own_extremes(store):
    run, values = started(store), course(2003)
    log(store.writer, run, values)
    store.runs.series(run, "loss")

    drawn = store.runs.drawn(run, "loss", MOST, 501, 1700)
    few = store.runs.drawn(run, "loss", MOST, 501, 550)
    none = store.runs.drawn(run, "loss", MOST, 5000)

    assert drawn.point_count == 1200
    assert drawn.steps == [501 + at for at in kept_places(values[501:1701], MOST)]
    assert drawn.values == [values[step] for step in drawn.steps]
    assert (few.steps, few.values) == (list(range(501, 551)), values[501:551])
    assert (none.values, none.point_count) == ([], 0)
    assert store.runs.drawn(run, "unknown", MOST).values == []
    assert store.runs.drawn("unknown", "loss", MOST).values == []


def test_a_course_that_goes_on_in_another_journal_is_one(store, workspace_settings):
    run, values = started(store), course(3000)
    log(store.writer, run, values[:2000], steps=False)
    second = Writer(workspace_settings.root / "journal")
    log(second, run, values[2000:], steps=False)
    second.close()
    store.runs.series(run, "loss")

    drawn = store.runs.drawn(run, "loss", MOST)

    length = span_length(3000, MOST)
    after = [2000 + at for at in spans(values[2000:], length)]
    assert drawn.places == spans(values[:2000], length) + after
    assert drawn.values == [values[place] for place in drawn.places]


def spans(values: list[float], length: int) -> list[int]:
    """The places of what each span of a list is drawn by."""
    return [
        start + at
        for start in range(0, len(values), length)
        for at in kept_places(values[start : start + length], 4)
    ]


def test_what_two_writers_log_at_once_stands_in_the_order_of_time(store, workspace_settings):
    run, values = started(store), course(1000)
    second = Writer(workspace_settings.root / "journal")
    for at, value in enumerate(values):
        writer = second if at % 3 else store.writer
        writer.append("metric", {"loss": value}, run=run, step=at)
    second.close()
    whole = store.runs.series(run, "loss")

    drawn = store.runs.drawn(run, "loss", MOST)

    kept = kept_places([metric.value for metric in whole], MOST)
    assert drawn.steps == [whole[at].step for at in kept]
    assert drawn.values == [whole[at].value for at in kept]
    assert drawn.point_count == 1000


def test_metrics_of_one_point_have_no_course(store):
    run = started(store)
    store.writer.append("metric", {"auc": 0.5, "loss": 1.0}, run=run)
    store.writer.append("metric", {"loss": 0.5}, run=run)
    second = started(store)
    store.writer.append("metric", {"auc": 0.5}, run=second)

    assert store.runs.course_names([run, second]) == ["loss"]
    assert store.runs.course_names([second]) == []
