"""What is worth a second look in a run beside the ones before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from nbmlops.records import History, Run, Status
from nbmlops.views import quantities
from nbmlops.views.attempts import same_cell
from nbmlops.views.escaping import visible

__all__ = ["is_far", "observations"]

FEWEST = 5  # values before, to speak of what is usual
FAR = 8.0  # robust standard deviations
LEAST_CHANGE = 0.05  # of the usual value, so that rounding is never far


def observations(run: Run, history: History | None) -> list[str]:
    """Metrics that are far from what the same cell gave before, in words."""
    if history is None:
        return []
    before = [
        other
        for other in history.recent
        if other.id != run.id and other.status is Status.SUCCEEDED and same_cell(run, other)
    ]
    found = []
    for name, value in run.metrics.items():
        values = [float(other.metrics[name]) for other in before if name in other.metrics]
        if is_far(value, values):
            low, high = quantities.number(min(values)), quantities.number(max(values))
            found.append(
                f"{visible(name, 40)} {quantities.number(value)} is far from what this cell gave "
                f"before: {low} to {high} in {len(values)} runs."
            )
    return found


def is_far(value: float, before: Sequence[float]) -> bool:
    """True for a value that lies far outside of the earlier ones.

    The distance from their median is measured by the median absolute deviation, scaled to a
    standard deviation (Rousseeuw & Croux 1993); values that never changed are told apart by 5 %.

    >>> earlier = [0.84, 0.85, 0.86, 0.85, 0.84]
    >>> is_far(0.99, earlier), is_far(0.87, earlier), is_far(0.99, earlier[:3])
    (True, False, False)
    """
    finite = [each for each in before if math.isfinite(each)]
    if len(finite) < FEWEST or not math.isfinite(value):
        return False
    usual = median(finite)
    spread = 1.4826 * median(abs(each - usual) for each in finite)
    least = LEAST_CHANGE * max(abs(usual), 1e-9)
    outside = not min(finite) <= value <= max(finite)
    return outside and abs(value - usual) > max(FAR * spread, least)
