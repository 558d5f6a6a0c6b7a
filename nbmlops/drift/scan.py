"""All slices of one or two conditions, each with the column whose drift it concentrates most.

Every three columns are counted once into a small table of cells; how any slice differs from the
rows outside of it follows from such tables by sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nbmlops.drift.conditions import Cells
from nbmlops.drift.scores import Array

__all__ = ["FEWEST_ROWS", "FLOOR", "TIMES", "Candidate", "moved", "scan"]

FEWEST_ROWS = 50  # of each side, in a slice and outside of it
MOST_SHARE = 0.75  # of the rows; what holds for more is no slice
FLOOR = 0.05  # the smallest change of a share within a slice that is worth a name
TIMES = 2.0  # as much as outside, at least, as estimated
NEARLY = 1.5  # as much as outside, more than by chance; what is less is worth no test


@dataclass(frozen=True, slots=True)
class Candidate:
    """A slice (places of conditions, each with its column's place) and what moved in it.

    `mark` is a mark of the `target`'s column; without a target, the share of the slice itself.
    `z` is how far its change is above the change outside, in standard errors.
    """

    where: tuple[tuple[int, int], ...]
    target: int | None
    mark: int
    z: float


def scan(columns: Sequence[Cells], conditioned: Sequence[int], sides: Array, side: Array
         ) -> tuple[list[Candidate], int]:  # fmt: skip
    """The best slice for each pair of columns and each column that moves, and how many were seen.

    `sides` holds a row of cells for each column, over the rows of both sides; `side` is 0 or 1.
    """
    found: list[Candidate] = []
    seen = 0
    for place, first in enumerate(conditioned):
        told, count = _shares(columns[first], first, sides[first], side)
        found += told
        seen += count
        for second in (None, *conditioned[place + 1 :]):
            told, count = _pair(columns, first, second, sides, side)
            found += told
            seen += count
    return found, seen


def _pair(
    columns: Sequence[Cells], first: int, second: int | None, sides: Array, side: Array
) -> tuple[list[Candidate], int]:
    a = columns[first]
    b_count = 1 if second is None else columns[second].count
    a_ranges = a.ranges.astype(np.float32)
    b_ranges = np.ones((1, 1)) if second is None else columns[second].ranges
    b_ranges = b_ranges.astype(np.float32)
    targets = [place for place in range(len(columns)) if place not in (first, second)]
    if not targets:
        return [], 0
    cells = side * (a.count * b_count) + sides[first] * b_count
    if second is not None:
        cells = cells + sides[second]
    size = 2 * a.count * b_count
    there = np.bincount(cells, minlength=size).reshape(2, a.count, b_count).astype(np.float32)
    parts, squares = [], []
    for place in targets:
        target = columns[place]
        table = np.bincount(cells * target.count + sides[place], minlength=size * target.count)
        parts.append(table.reshape(size, -1).astype(np.float32) @ target.parts.T.astype(np.float32))
        ranks = target.parts[target.is_rank] ** 2
        squares.append(table.reshape(size, -1).astype(np.float32) @ ranks.T.astype(np.float32))
    table = np.concatenate([*parts, *squares], axis=1)
    marks = np.array([len(columns[place].marks) for place in targets])
    count = int(marks.sum())
    # Of a share, the squares are the share itself.
    square = np.arange(count)
    is_rank = np.concatenate([columns[place].is_rank for place in targets])
    square[is_rank] = np.arange(count, table.shape[1])
    starts = np.concatenate([[0], np.cumsum(marks)[:-1]])

    rows = a_ranges @ there @ b_ranges.T
    total = there.sum(axis=(1, 2))
    out = total[:, None, None] - rows
    share = rows.sum(axis=0) / total.sum()
    is_fit = ((rows >= FEWEST_ROWS) & (out >= FEWEST_ROWS)).all(axis=0) & (share <= MOST_SHARE)
    i, j = np.nonzero(is_fit)
    if not len(i):
        return [], 0
    shape = (2, a.count, b_count, table.shape[1])
    spread = np.tensordot(a_ranges, table.reshape(shape), axes=(1, 1))
    hits = np.tensordot(b_ranges, spread, axes=(1, 2))[j, i]  # slices, sides
    inside = hits, rows[:, i, j].T
    whole = table.reshape(2, -1, table.shape[1]).sum(axis=1)
    outside = whole[None] - hits, out[:, i, j].T
    change, variance = _change(*inside, square)
    change_out, variance_out = _change(*outside, square)
    np.abs(change, out=change)
    np.abs(change_out, out=change_out)
    largest, largest_out = (np.maximum.reduceat(one, starts, axis=1)
                            for one in (change, change_out))  # fmt: skip
    z = (change - change_out) / np.sqrt(variance + variance_out)
    is_more = (largest >= FLOOR) & (largest >= NEARLY * largest_out)
    z[~np.repeat(is_more, marks, axis=1)] = -np.inf
    found = []
    for place, start, width in zip(targets, starts, marks, strict=True):
        own = z[:, start : start + width]
        slice_, mark = np.unravel_index(int(np.argmax(own)), own.shape)
        where: tuple[tuple[int, int], ...] = ((first, int(i[slice_])),)
        if second is not None:
            where = (*where, (second, int(j[slice_])))
        found.append(Candidate(where, place, int(mark), float(own[slice_, mark])))
    return found, len(i)


def _change(hits: Array, rows: Array, square: Array) -> tuple[Array, Array]:
    """The change of means from one side to the other, and its variance."""
    rows = rows[:, :, None]
    change, variance = moved(hits[..., : len(square)], hits[..., square], rows)
    return change, variance


def moved(hits: Array, squares: Array, rows: Array) -> tuple[Array, Array]:
    """The change of means over the last axis but one, which is that of sides, and its variance."""
    share = hits / rows
    # One row more each way, so that a share of none has a variance too.
    near = (hits + 1) / (rows + 2)
    variance = ((squares + 1) / (rows + 2) - near * near) / rows
    change: Array = share[..., 1, :] - share[..., 0, :]
    return change, variance.sum(axis=-2)


def _shares(column: Cells, place: int, cells: Array, side: Array) -> tuple[list[Candidate], int]:
    """Slices of one condition whose own share moved, while the rest keeps its proportions."""
    if column.is_scale or column.count < 3:
        return [], 0  # of two cells the rest is one, and keeps its proportions always
    size = column.count
    table = np.bincount(side * size + cells, minlength=2 * size).reshape(2, size).astype(float)
    total = table.sum(axis=1)
    found = []
    for number, covered in enumerate(column.ranges):
        rows = table @ covered
        out = total - rows
        if rows.sum() < 2 * FEWEST_ROWS or (out < FEWEST_ROWS).any():
            continue
        if rows.sum() > MOST_SHARE * total.sum():
            continue
        change, variance = moved(rows[:, None], rows[:, None], total[:, None])
        hits = (table * (1 - covered)) @ column.parts.T
        apart, variance_out = moved(hits, hits, out[:, None])
        size_ = abs(float(change[0]))
        z = float(((size_ - np.abs(apart)) / np.sqrt(variance + variance_out)).min())
        if size_ >= max(FLOOR, NEARLY * float(np.abs(apart).max())):
            found.append(Candidate(((place, number),), None, 0, z))
    return [max(found, key=lambda one: one.z)] if found else [], len(column.ranges)
