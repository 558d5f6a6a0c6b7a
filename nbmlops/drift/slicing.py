"""The few slices of rows where drift concentrates: at least twice as much as in all other rows.

One half of the rows is searched, the other half tests what was found there, so that a p-value
knows nothing of the search; those of all tested slices are corrected together. A slice that was
taken is left out of the rows before the next is looked for, so that none is shown twice under
another name, and two conditions have to say more than either alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nbmlops.drift.conditions import Cells, cells_of, numbers_of
from nbmlops.drift.corrections import adjusted
from nbmlops.drift.scan import FEWEST_ROWS, FLOOR, NEARLY, TIMES, Candidate, moved, scan
from nbmlops.drift.scores import Array
from nbmlops.drift.segments import Move, Segment, Segments

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "find_segments"]

MOST_ROWS = 100_000  # of each side, drawn by lot
MOST_SEARCHED = 20_000  # of each side; all others test
MOST_COLUMNS = 30
MOST_TESTED = 6  # slices
KEPT = 400  # candidates of the search that are looked at again
FEWEST_Z = 3.0


def find_segments(
    first: pd.DataFrame,
    second: pd.DataFrame,
    kinds: Mapping[str, str],
    conditioned: Sequence[str] | None = None,
    *,
    level: float = 0.05,
    correction: str = "bh",
    seed: int = 0,
) -> Segments | None:
    """The slices of these columns (with their kinds, the most important first); None where there
    are too few rows. Only `conditioned` columns describe slices, where they are given.
    """
    from threadpoolctl import threadpool_limits

    if min(len(first), len(second)) < 8 * FEWEST_ROWS:
        return None
    names = list(kinds)[:MOST_COLUMNS]
    columns = [cells_of(name, first[name], second[name], kinds[name]) for name in names]
    told = [one for one in columns if one is not None]
    places = [place for place, one in enumerate(told) if conditioned is None
              or one.name in conditioned]  # fmt: skip
    orders = _halves((len(first), len(second)), np.random.default_rng(seed))
    halves = [_of_rows(told, rows) for rows in orders]
    # Products of small tables are made fastest by one thread.
    with threadpool_limits(limits=1, user_api="blas"):
        candidates, seen = scan(told, places, *halves[0])
        picked = _picked(told, candidates, *halves[0])

    def values(place: int) -> Array:
        sides = zip((first, second), orders[1], strict=True)
        parts = [numbers_of(frame[told[place].name].iloc[rows]) for frame, rows in sides]
        return np.concatenate(parts)

    segments = _tested(told, picked, *halves[1], values)
    moves = [move for segment in segments for move in segment.moves]
    corrected = iter(adjusted([one.p_value for one in moves], correction))
    judged = [
        replace(one, moves=tuple(replace(move, p_adjusted=next(corrected)) for move in one.moves))
        for one in segments
    ]
    found = [replace(one, moves=tuple(move for move in one.moves if _concentrates(move, level)))
             for one in judged]  # fmt: skip
    return Segments(
        tuple(one for one in found if one.moves),
        seen,
        len(segments),
        len(told),
        len(kinds) - len(names),
        halves[0][0].shape[1],
        halves[1][0].shape[1],
    )


def _concentrates(move: Move, level: float) -> bool:
    is_more = move.effect >= max(FLOOR, TIMES * move.effect_elsewhere)
    return move.p_adjusted <= level and is_more


def _halves(
    counts: tuple[int, int], random: np.random.Generator
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The rows of both sides to search, and those that test."""
    orders = [random.permutation(count) for count in counts]
    halves = [min(count // 2, MOST_SEARCHED) for count in counts]
    split = [np.split(order, [half]) for order, half in zip(orders, halves, strict=True)]
    search, test = zip(*split, strict=True)
    return (search[0], search[1]), (test[0], test[1])


def _of_rows(columns: Sequence[Cells], rows: tuple[Array, Array]) -> tuple[Array, Array]:
    """The cells of these rows of both sides, a row for each column, and the side of each."""
    cells = [np.concatenate([code[taken] for code, taken in zip(one.codes, rows, strict=True)])
             for one in columns]  # fmt: skip
    side = np.repeat([0, 1], [len(one) for one in rows])
    return np.array(cells, dtype=np.int64).reshape(len(columns), len(side)), side


# ── what stands out, on the rows that are searched ───────────────────────────────────────────


@dataclass(frozen=True)
class Contrast:
    """How a mark moved within a slice and outside of it, with the largest change of any mark of
    that column in both; `z` is that of the margin above the change outside, of whichever sign.
    """

    shares: tuple[float, float]
    elsewhere: tuple[float, float] | None
    change: float
    largest: float
    largest_elsewhere: float
    z: float


Picked = tuple[Candidate, list[tuple[Candidate, float]]]  # each target with the sign of its change


def _picked(
    columns: Sequence[Cells], candidates: Sequence[Candidate], cells: Array, side: Array
) -> list[Picked]:
    """The slices that are worth a test, each with the columns that moved in it."""
    # Of so many conditions one fits by chance; a second one has to say more than that.
    price = 2 * math.log(max(sum(len(one.conditions) for one in columns), 2))
    left = np.ones(len(side), bool)
    pool = sorted((one for one in candidates if one.z >= FEWEST_Z), key=lambda one: -one.z)[:KEPT]
    pool.sort(key=lambda one: -_worth(one, one.z, price))
    picked: list[Picked] = []
    while pool and len(picked) < MOST_TESTED:
        best = pool[0]
        rows = _rows(columns, best, cells)
        targets = _targets(columns, best, cells, side, rows, left)
        if targets:
            picked.append((best, targets))
        left &= ~rows
        again = []
        for one in pool[1:]:
            inside = _rows(columns, one, cells)
            found = _contrast(columns, one, cells, side, inside, left)
            if found is not None and found.z >= FEWEST_Z:
                again.append((_worth(one, found.z, price), one))
        pool = [one for _, one in sorted(again, key=lambda each: -each[0])]
    return picked


def _worth(candidate: Candidate, z: float, price: float) -> float:
    return z * z - price * (len(candidate.where) - 1)


def _rows(columns: Sequence[Cells], candidate: Candidate, cells: Array) -> Array:
    inside = np.ones(cells.shape[1], bool)
    for place, number in candidate.where:
        inside &= columns[place].ranges[number].astype(bool)[cells[place]]
    return inside


def _targets(
    columns: Sequence[Cells],
    best: Candidate,
    cells: Array,
    side: Array,
    inside: Array,
    left: Array,
) -> list[tuple[Candidate, float]]:
    """What moved in the slice: of each column the mark that stands out most."""
    found = []
    if best.target is None:
        wanted = [best]
    else:
        taken = [place for place, _ in best.where]
        wanted = []
        for place in range(len(columns)):
            if place not in taken:
                each = [replace(best, target=place, mark=mark)
                        for mark in range(len(columns[place].marks))]  # fmt: skip
                wanted += each
    best_of: dict[int | None, tuple[float, Candidate, float]] = {}
    for one in wanted:
        contrast = _contrast(columns, one, cells, side, inside, left)
        if contrast is not None and contrast.z >= FEWEST_Z:
            if one.target not in best_of or contrast.z > best_of[one.target][0]:
                best_of[one.target] = (contrast.z, one, math.copysign(1.0, contrast.change))
    for _, one, sign in sorted(best_of.values(), key=lambda each: -each[0]):
        found.append((one, sign))
    return found


def _contrast(
    columns: Sequence[Cells],
    candidate: Candidate,
    cells: Array,
    side: Array,
    inside: Array,
    left: Array,
    sign: float | None = None,
) -> Contrast | None:
    """The contrast on the rows that are left; None where too few of them are in or outside."""
    counts = np.array([_by_side(side, left & inside), _by_side(side, left & ~inside)])
    is_share = candidate.target is None
    if counts[1].min() < FEWEST_ROWS or (counts[0].sum() < 2 * FEWEST_ROWS if is_share
                                         else counts[0].min() < FEWEST_ROWS):  # fmt: skip
        return None
    place = candidate.where[0][0] if candidate.target is None else candidate.target
    column = columns[place]
    means = [_means(column, cells[place], side, rows) for rows in (left & inside, left & ~inside)]
    apart, variance_out = moved(*means[1])
    if is_share:
        there = counts[0][:, None]
        change, variance = moved(there, there, counts.sum(axis=0)[:, None])
        # The rest keeps its proportions where none of its shares moved.
        apart, mark = np.abs(apart), int(np.argmax(np.abs(apart)))
        shares, elsewhere = (counts[0] / counts.sum(axis=0)).tolist(), None
        own, largest = float(change[0]), abs(float(change[0]))
        spread = float(variance[0] + NEARLY**2 * variance_out[mark])
    else:
        change, variance = moved(*means[0])
        mark = candidate.mark
        shares, elsewhere = ((hits[:, mark] / rows[:, 0]).tolist() for hits, _, rows in means)
        own, largest = float(change[mark]), float(np.abs(change).max())
        spread = float(variance[mark] + NEARLY**2 * variance_out[mark])
    told = own * (sign if sign is not None else math.copysign(1.0, own))
    return Contrast(
        tuple(shares),
        None if elsewhere is None else tuple(elsewhere),
        own,
        largest,
        float(np.abs(apart).max()),
        (told - NEARLY * abs(float(apart[mark]))) / spread**0.5,
    )


def _means(column: Cells, cells: Array, side: Array, rows: Array) -> tuple[Array, Array, Array]:
    """The sums of each mark and of its squares on both sides, with the rows of each."""
    code = side[rows] * column.count + cells[rows]
    table = np.bincount(code, minlength=2 * column.count).reshape(2, -1)
    return table @ column.parts.T, table @ column.parts.T**2, table.sum(axis=1)[:, None]


def _by_side(side: Array, rows: Array) -> Array:
    found: Array = np.bincount(side[rows], minlength=2)
    return found


# ── the test, on rows that were not searched ─────────────────────────────────────────────────


def _tested(
    columns: Sequence[Cells],
    picked: Sequence[Picked],
    cells: Array,
    side: Array,
    values: Callable[[int], Array],
) -> list[Segment]:
    from scipy.special import ndtr

    left = np.ones(len(side), bool)
    total = _by_side(side, left)
    segments = []
    for best, targets in picked:
        rows = _rows(columns, best, cells)
        moves = []
        for one, sign in targets:
            found = _contrast(columns, one, cells, side, rows, left, sign)
            if found is None:
                continue
            mark = None if one.target is None else columns[one.target].marks[one.mark]
            shares: Sequence[tuple[float | None, float | None]]
            shares = found.shares, found.elsewhere or (None, None)
            if one.target is not None and mark is not None and mark.is_whole:
                numbers = values(one.target)
                shares = [_medians(numbers, side, left & each) for each in (rows, ~rows)]
            place = best.where[0][0] if one.target is None else one.target
            moves.append(
                Move(
                    columns[place].name,
                    mark,
                    *shares[0],
                    *shares[1],
                    found.largest,
                    found.largest_elsewhere,
                    float(ndtr(-found.z)),
                )
            )
        there = _by_side(side, rows)
        names = tuple(columns[place].conditions[number] for place, number in best.where)
        if moves:
            share, counts = (there / total).tolist(), there.tolist()
            segments.append(Segment(names, share[0], share[1], counts[0], counts[1], tuple(moves)))
        left &= ~rows
    return segments


def _medians(numbers: Array, side: Array, rows: Array) -> tuple[float, float]:
    first, second = (float(np.nanmedian(numbers[rows & (side == each)])) for each in (0, 1))
    return first, second
