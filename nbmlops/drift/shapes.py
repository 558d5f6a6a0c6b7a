"""Both sides of a column in a few figures, and the shapes of both distributions to be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.data.profile import ColumnProfile
from nbmlops.drift.pairs import LevelPair, NumericPair
from nbmlops.drift.records import ColumnSide, Shape

__all__ = ["shape_of", "side_of"]

CELLS = 20
HEAVY = 0.1  # of all rows at one value
MOST_LEVELS = 8
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def side_of(column: ColumnProfile, pair: NumericPair | LevelPair | None, side: int) -> ColumnSide:
    """One side of a column in figures; `side` is 0 for the reference and 1 for the current data."""
    said: dict[str, Any] = {}
    if isinstance(pair, NumericPair) and pair.sizes[side]:
        found = [float(each) for each in pair.quantiles((0.0, *QUANTILES, 1.0))[side]]
        said = {"minimum": found[0], "maximum": found[-1], "quantiles": tuple(found[1:-1])}
        said |= _heaviest(pair, side)
    elif isinstance(pair, LevelPair):
        counts = (pair.reference, pair.current)[side]
        said = {"distinct_count": int(np.count_nonzero(counts))}
    else:
        said = {"distinct_count": column.distinct_count}
    if column.form != "time":
        said |= {"mean": column.mean, "deviation": column.deviation}
    return ColumnSide(column.dtype, column.row_count, column.missing_count, **said)


def _heaviest(pair: NumericPair, side: int) -> dict[str, float]:
    at = pair.masses[0]
    place = int(at.argmax())
    if at[place] < HEAVY:
        return {}
    steps = pair.steps
    upto = (steps.reference_upto, steps.current_upto)[side]
    if steps.is_exact:
        below = float(upto[place - 1]) if place else 0.0
    else:
        below = float((steps.reference_below, steps.current_below)[side][place])
    return {
        "heaviest": float(steps.values[place]),
        "heaviest_share": float(upto[place]) - below,
    }


def shape_of(pair: NumericPair | LevelPair) -> Shape | None:
    """The shapes; None where one side has no values."""
    if not all(pair.sizes):
        return None
    return _level_shape(pair) if isinstance(pair, LevelPair) else _numeric_shape(pair)


def _numeric_shape(pair: NumericPair) -> Shape | None:
    first, second = pair.quantiles((0.005, 0.995))
    low, high = float(min(first[0], second[0])), float(max(first[1], second[1]))
    wide = max(float(q[1]) - float(q[0]) for q in pair.quantiles((0.1, 0.9)))
    if wide > 0:  # heavy tails would leave one spike
        middle = [float(q[0]) for q in pair.quantiles((0.5,))]
        low = max(low, min(middle) - 3 * wide)
        high = min(high, max(middle) + 3 * wide)
    if not np.isfinite([low, high, high - low]).all():
        return None
    if high <= low:
        low, high = low - 0.5, high + 0.5
    whole = bool((np.mod(pair.steps.values[:64], 1) == 0).all()) and high - low < 48
    if whole:
        low, high = np.floor(low) - 0.5, np.ceil(high) + 0.5
        cells = int(high - low)
    else:
        low, cells = low - (high - low) * 1e-9, CELLS
    edges = np.linspace(low, high, cells + 1)
    shares = pair.shares_between(edges)
    first_shares, second_shares = (
        tuple(round(float(share), 5) for share in each[1:-1]) for each in shares
    )
    return Shape(first_shares, second_shares, low=float(low), high=float(high))


def _level_shape(pair: LevelPair) -> Shape:
    p, q = pair.shares
    there = np.flatnonzero(p + q > 0)
    if pair.is_ordered and len(there) <= 20:
        order = there
    else:
        order = there[np.argsort(-(p + q)[there], kind="stable")]
        if len(order) > MOST_LEVELS:
            # What changed most has a place, however rare it is.
            moved = there[np.argsort(-np.abs(p - q)[there], kind="stable")[:2]]
            kept = list(dict.fromkeys([*order[: MOST_LEVELS - 3].tolist(), *moved.tolist()]))
            order = np.array(kept)
    levels = [pair.levels[place][:40] for place in order]
    first, second = p[order].tolist(), q[order].tolist()
    if len(order) < len(there):
        levels.append(f"{len(there) - len(order):,} others")
        first.append(max(1 - sum(first), 0.0))
        second.append(max(1 - sum(second), 0.0))
    return Shape(
        tuple(round(share, 5) for share in first),
        tuple(round(share, 5) for share in second),
        levels=tuple(levels),
    )
