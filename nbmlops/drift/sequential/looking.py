"""One look of a monitor: the state and the profile of the rows that are new → the next state."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nbmlops.data.profile import ColumnProfile, Profile
from nbmlops.drift.sequential.budget import Budget
from nbmlops.drift.sequential.losses import LossWatch
from nbmlops.drift.sequential.pools import Cells, cells_of
from nbmlops.drift.sequential.stakes import NOTHING, advanced, rejected
from nbmlops.drift.sequential.wagers import (
    RATIOS,
    SHIFTS,
    level_wagers,
    rank_wagers,
    share_wagers,
)
from nbmlops.drift.sequential.watch import ColumnWatch, LookTaken, Watch

__all__ = ["FLOOR", "begin", "look", "merged"]

Array = np.ndarray[Any, Any]
FLOOR = 0.02  # of the largest gap of shares: what is certain and smaller is tiny
MOST_KEPT = 400  # looks whose course is kept
LOG10 = math.log(10)
GONE = "the new rows do not have it"  # which is as certain as another type


def begin(reference: Mapping[str, Profile], losses: LossWatch | None = None) -> Watch:
    """The state before the first look; `reference` are profiles by group, `{"": profile}` for one.

    Each group, as a weekday, is compared with itself alone, so that a season is no drift.
    """
    columns, untested = [], {}
    names = dict.fromkeys(column.name for one in reference.values() for column in one.columns)
    for name in names:
        parts = {group: _column(profile, name) for group, profile in reference.items()}
        fullest = max(
            (part for part in parts.values() if part is not None),
            key=lambda part: part.row_count - part.missing_count,
        )
        cells, why = cells_of(fullest)
        if cells is None:
            untested[name] = why
            continue
        first = {}
        for group, part in parts.items():
            counts = None if part is None else _counts(cells, part)
            if counts is not None:
                first[group] = tuple(int(each) for each in counts)
        rows = 2 if cells.is_ordered else cells.size
        width = len(SHIFTS) if cells.is_ordered else len(RATIOS)
        stakes = ((NOTHING,) * width,) * rows
        nothing = dict.fromkeys(first, (0,) * (cells.size + 1))
        columns.append(ColumnWatch(name, cells, first, nothing, stakes, (NOTHING,) * len(RATIOS)))
    return Watch(tuple(columns), untested, losses)


def _column(profile: Profile, name: str) -> ColumnProfile | None:
    return next((column for column in profile.columns if column.name == name), None)


def _counts(cells: Cells, column: ColumnProfile) -> Array | None:
    counts = cells.count(column)
    return None if counts is None else np.append(counts, column.missing_count)


def look(
    watch: Watch,
    rows: Mapping[str, Profile],
    budget: Budget,
    *,
    label: str = "",
    days: float = 1.0,
    losses: Array | None = None,
) -> Watch:
    """The state after a look at new rows, given as profiles by group.

    `days` is what the look stands for of the budget's time, which has to be known before its rows
    are seen. A look without rows, as of labels that came late, leaves the columns as they are.
    """
    share = budget.share(days)
    watch = _renewed(watch) if watch.spent + share > 1 + 1e-9 else watch
    spent = min(watch.spent + share, 1.0)
    number = watch.look_count + 1
    alpha = budget.alpha if watch.losses is None else budget.alpha / 2  # one half for each
    staked, effects, unread = [], {}, {}
    for one in watch.columns:
        next_one, effect, why = _staked(one, rows, share)
        staked.append(next_one)
        effects[one.name] = effect if rows else _last_effect(watch, one.name)
        if why:
            unread[one.name] = why
    logs = [one.evidence(spent) for one in staked]
    states: dict[str, str] = {}
    columns = []
    for one, is_much in zip(staked, rejected(logs, alpha), strict=True):
        why = unread.get(one.name, "")
        if one.alarm is None and (why.startswith("its type") or why == GONE):
            one = replace(one, alarm=number, reason=why)
        elif one.alarm is None and is_much and effects[one.name] >= FLOOR:
            one = replace(one, alarm=number)
        if one.alarm is not None:
            states[one.name] = "drifted"
        elif is_much:
            states[one.name] = "tiny"
        elif why:
            states[one.name] = "untested"
        columns.append(one)
    counted = sum(profile.row_count for profile in rows.values())
    loss_watch, loss, loss_log = _lost(watch.losses, losses, share, spent, alpha, number)
    taken = LookTaken(
        number,
        label or f"look {number}",
        counted,
        {one.name: round(log / LOG10, 4) for one, log in zip(columns, logs, strict=True)},
        {name: round(effect, 5) for name, effect in effects.items()},
        states,
        loss,
        loss_log,
        {name: why for name, why in unread.items() if states.get(name) == "untested"},
    )
    return replace(
        watch,
        columns=tuple(columns),
        losses=loss_watch,
        spent=spent,
        look_count=number,
        row_count=watch.row_count + counted,
        course=(*watch.course, taken)[-MOST_KEPT:],
    )


def _last_effect(watch: Watch, name: str) -> float:
    return watch.course[-1].effects.get(name, 0.0) if watch.course else 0.0


def _renewed(watch: Watch) -> Watch:
    """The next window of the budget, with new stakes; alarms and counts stay."""
    columns = tuple(
        replace(
            one,
            stakes=tuple((NOTHING,) * len(row) for row in one.stakes),
            missing_stakes=(NOTHING,) * len(one.missing_stakes),
        )
        for one in watch.columns
    )
    losses = None if watch.losses is None else watch.losses.renewed()
    return replace(
        watch, columns=columns, losses=losses, spent=0.0, window_count=watch.window_count + 1
    )


def _staked(
    one: ColumnWatch, rows: Mapping[str, Profile], share: float
) -> tuple[ColumnWatch, float, str]:
    """A column after a look, its effect there, and why its rows could not be read."""
    seen, batches, why, absent = dict(one.seen), {}, "", ""
    shape = np.array(one.stakes)
    wagers, missing = np.zeros(shape.shape), np.zeros(len(RATIOS))
    for group, profile in rows.items():
        column = _column(profile, one.name)
        if column is None:
            why = GONE
            continue
        counts = _counts(one.cells, column)
        if counts is None:
            why = f"its type changed: {one.cells.kind} → {column.form} ({column.dtype})"
            continue
        if group not in one.first:
            absent = absent or f"the reference has no {group!r}"
            continue
        pool = np.array(one.first[group]) + np.array(seen[group])
        wagers += _wagered(one.cells, pool[:-1], counts[:-1])
        both = pool + counts
        missing += share_wagers(
            float(both[-1]), float(both.sum()), float(counts[-1]), float(counts.sum())
        )
        seen[group] = tuple(int(each) for each in np.array(seen[group]) + counts)
        batches[group] = counts
    staked = replace(
        one,
        seen=seen,
        stakes=tuple(tuple(map(float, row)) for row in advanced(shape, wagers, share)),
        missing_stakes=tuple(map(float, advanced(np.array(one.missing_stakes), missing, share))),
    )
    return staked, _effect(one, batches), why or ("" if batches else absent)


def _wagered(cells: Cells, pool: Array, batch: Array) -> Array:
    if cells.is_ordered:
        return np.array(rank_wagers(pool, batch))
    return level_wagers(pool, batch)


def _effect(one: ColumnWatch, batches: Mapping[str, Array]) -> float:
    """The largest change of a share, or gap of the distribution functions, group by group."""
    total = sum(int(counts.sum()) for counts in batches.values())
    if not total:
        return 0.0
    gaps, missing = np.zeros(one.cells.size), 0.0
    for group, counts in batches.items():
        first, weight = np.array(one.first[group], float), counts.sum() / total
        there, before = max(counts[:-1].sum(), 1), max(first[:-1].sum(), 1)
        gaps += weight * (counts[:-1] / there - first[:-1] / before)
        missing += weight * (counts[-1] / max(counts.sum(), 1) - first[-1] / max(first.sum(), 1))
    if one.cells.is_ordered:
        gaps = np.cumsum(gaps)
    return float(max(np.abs(gaps).max(), abs(missing)))


def _lost(
    watch: LossWatch | None,
    losses: Array | None,
    share: float,
    spent: float,
    alpha: float,
    number: int,
) -> tuple[LossWatch | None, float | None, float | None]:
    if watch is None:
        return None, None, None
    found = np.empty(0) if losses is None else losses
    found = np.where(np.isfinite(found), found, watch.unit)
    watch = watch.look(found, share)
    log = watch.evidence(spent)
    if watch.alarm is None and log >= -math.log(alpha):
        watch = replace(watch, alarm=number)
    mean = float(found.mean()) if len(found) else None
    return watch, mean, round(log / LOG10, 4)


def merged(watches: Sequence[Watch]) -> Watch:
    """One state of several that began with the same reference and looked at other rows each.

    Counts add up. Of the evidence the mean is taken, which is again at most 1 on average whatever
    hangs together (V. Vovk and R. Wang 2021); it is less than one monitor of all rows would have,
    for rows of one part were never ranked among those of another. The courses are not merged.
    """
    first = watches[0]
    if any([one.name for one in watch.columns] != [one.name for one in first.columns]
           or any(a.cells != b.cells or a.first != b.first
                  for a, b in zip(watch.columns, first.columns, strict=True))
           for watch in watches):  # fmt: skip
        raise ValueError("only monitors of one reference can be merged")
    columns = []
    for parts in zip(*(watch.columns for watch in watches), strict=True):
        seen = {
            group: tuple(int(n) for n in np.sum([part.seen[group] for part in parts], axis=0))
            for group in parts[0].first
        }
        alarms = [part.alarm for part in parts if part.alarm is not None]
        columns.append(
            replace(
                parts[0],
                seen=seen,
                stakes=tuple(map(tuple, _mean([np.array(part.stakes) for part in parts]).tolist())),
                missing_stakes=tuple(
                    _mean([np.array(part.missing_stakes) for part in parts]).tolist()
                ),
                alarm=min(alarms) if alarms else None,
            )
        )
    return replace(
        first,
        columns=tuple(columns),
        losses=None,
        spent=sum(watch.spent for watch in watches) / len(watches),
        look_count=max(watch.look_count for watch in watches),
        row_count=sum(watch.row_count for watch in watches),
        course=(),
    )


def _mean(stakes: Sequence[Array]) -> Array:
    found = np.logaddexp.reduce(np.array(stakes), axis=0) - math.log(len(stakes))
    return np.asarray(np.maximum(found, NOTHING))
