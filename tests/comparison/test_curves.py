"""The curves of a comparison: light to read, and true to every spike."""

from __future__ import annotations

import math

from attempts import attempt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from nbmlops.comparison.curves import thin
from nbmlops.comparison.records import Curve
from nbmlops.store.journal import Writer
from nbmlops.thinning import kept_places
from nbmlops.workspace import Workspace


def curve_of(workspace: Workspace, *values: list[float]) -> tuple[list[str], Curve]:
    runs = [attempt(workspace, curves={"loss": each}) for each in values]
    return runs, workspace.runs.compare(*runs).curves[0]


def test_a_short_course_is_kept_whole(workspace: Workspace) -> None:
    runs, curve = curve_of(workspace, [0.5, 0.25, 0.125], [0.5])

    assert curve.lines[runs[0]] == ((0.0, 0.5), (1.0, 0.25), (2.0, 0.125))
    assert curve.lines[runs[1]] == ((0.0, 0.5),)
    assert curve.point_counts == {runs[0]: 3, runs[1]: 1}
    assert (curve.name, curve.better, curve.has_steps) == ("loss", "lower", True)


def test_a_spike_of_a_long_course_survives(workspace: Workspace) -> None:
    values = [1.0] * 50_000
    values[31_007], values[31_008] = 9.0, -9.0
    runs, curve = curve_of(workspace, values, [1.0, 1.0])

    line = curve.lines[runs[0]]
    assert curve.point_counts[runs[0]] == 50_000
    assert len(line) < 2_000
    assert (31_007.0, 9.0) in line
    assert (31_008.0, -9.0) in line
    assert line[0] == (0.0, 1.0)
    assert line[-1] == (49_999.0, 1.0)


def test_what_is_not_finite_stays_a_gap(workspace: Workspace) -> None:
    values = [1.0] * 20_000
    values[777] = math.nan
    runs, curve = curve_of(workspace, values, [math.inf, 1.0])

    assert [step for step, value in curve.lines[runs[0]] if math.isnan(value)] == [777.0]
    assert curve.lines[runs[1]][0] == (0.0, math.inf)


def test_points_without_a_step_stand_in_the_order_of_recording(workspace: Workspace) -> None:
    with workspace.runs.track("churn", name="one") as one:
        for value in (3.0, 2.0, 1.0):
            one.log(loss=value)
    with workspace.runs.track("churn", name="two") as two:
        two.log(loss=1.0)

    (curve,) = workspace.runs.compare("one", "two").curves

    assert not curve.has_steps
    assert curve.lines[one.id] == ((0.0, 3.0), (1.0, 2.0), (2.0, 1.0))


def test_the_points_of_several_writers_stand_in_the_order_of_time(workspace: Workspace) -> None:
    run, other = attempt(workspace, curves={"loss": [1.0, 2.0]}), attempt(workspace)
    second = Writer(workspace.settings.root / "journal")
    second.append("metric", {"loss": 3.0}, run=run, step=2)
    second.close()
    workspace.store.writer.append("metric", {"loss": 4.0}, run=run, step=3)

    (curve,) = workspace.runs.compare(run, other).curves

    assert curve.lines[run] == ((0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0))


def test_numbers_without_a_course_have_no_curve(workspace: Workspace) -> None:
    assert workspace.runs.compare(attempt(workspace), attempt(workspace)).curves == ()


def test_many_curves_are_counted_instead_of_read(workspace: Workspace) -> None:
    courses = {f"curve_{at}": [1.0, 2.0] for at in range(30)}
    runs = [attempt(workspace, curves={**courses, "val_loss": [2.0, 1.0]}) for _ in range(2)]

    found = workspace.runs.compare(*runs)

    assert len(found.curves) == 24
    assert found.more_curves == 7
    assert found.curves[0].name == "val_loss"  # of which it is known which way is better


NUMBERS = some.lists(some.floats(width=32), min_size=1, max_size=400)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(NUMBERS, some.integers(4, 60))
def test_thinning_keeps_ends_and_extremes(values: list[float], most: int) -> None:
    points = list(enumerate(values))
    kept = [points[at] for at in kept_places(values, most)]
    drawn = thin([(float(step), value) for step, value in points], 0.0, len(values) - 1.0, most)

    assert kept[0][0] == drawn[0][0] == 0
    assert kept[-1][0] == drawn[-1][0] == len(values) - 1
    assert [step for step, _ in kept] == sorted({step for step, _ in kept})
    finite = [value for value in values if math.isfinite(value)]
    for left in (kept, drawn):
        there = [value for _, value in left if math.isfinite(value)]
        assert (min(there), max(there)) == (min(finite), max(finite)) if finite else not there
        if len(finite) < len(values):
            assert any(not math.isfinite(value) for _, value in left)
