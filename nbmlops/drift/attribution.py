"""By how much the drift of one column moves the mean prediction and the performance: swap it back,
and ask again.

The swap gives the column the reference's distribution and leaves the rest of each row alone.
Numbers keep their order (the middle one becomes the reference's middle one); of labels, as few rows
as possible change. So the ties to the other columns stay as far as they can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.drift.harm import ColumnEffect
from nbmlops.drift.performance_effects import Interval
from nbmlops.drift.scores import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["effects_of", "swapped"]

MOST_GROUPS, FEWEST_GROUPS, GROUP_ROWS = 20, 4, 50
FEW_VALUES = 20  # numbers with as many values are moved as labels are


def effects_of(
    ask: Callable[[pd.DataFrame], Any],
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    *,
    outputs: Callable[[Any], Array] = np.asarray,
    judge: Callable[[pd.DataFrame, Any, Sequence[Array]], Interval | None] | None = None,
    metric: str = "",
    seed: int = 0,
) -> tuple[ColumnEffect, ...]:
    """The effect of each of these columns, the largest first. `outputs` are the numbers of what
    was answered whose mean is told, and `judge` tells the effect on the `metric` of a swapped frame
    with its answers, by groups of rows.

    Both sides are dealt into groups, and each group is swapped by itself: the spread between the
    groups holds the chance of both samples and of the draw, and is that of the interval.
    """
    from scipy.stats import t

    random = np.random.default_rng(seed)
    room = min(len(reference), len(current)) // GROUP_ROWS
    count = int(np.clip(room, FEWEST_GROUPS, MOST_GROUPS))
    if len(current) < 2 * count or len(reference) < 2 * count:
        return ()
    before = [np.sort(part) for part in np.array_split(random.permutation(len(reference)), count)]
    now = [np.sort(part) for part in np.array_split(random.permutation(len(current)), count)]
    as_it_is = outputs(ask(current))
    found = []
    for name in columns:
        values, others = current[name], reference[name]
        column = values.astype(object).to_numpy(copy=True)
        for rows, source in zip(now, before, strict=True):
            column[rows] = swapped(others.iloc[source], values.iloc[rows], random)
        asked = current.assign(**{name: _as_kind(column, others)})
        answered = ask(asked)
        answers = outputs(answered)
        told = np.isfinite(as_it_is) & np.isfinite(answers)
        apart = np.subtract(as_it_is, answers, where=told, out=np.zeros(len(told)))
        groups = [rows[told[rows]] for rows in now]
        if not all(map(len, groups)):
            continue  # a model that gives no numbers has no mean
        means = np.array([apart[rows].mean() for rows in groups])
        effect = float(means.mean())
        width = float(t.ppf(0.975, count - 1) * means.std(ddof=1) / count**0.5)
        one = ColumnEffect(name, effect, effect - width, effect + width, int(told.sum()))
        if judge is not None and (said := judge(asked, answered, now)) is not None:
            one = replace(
                one,
                metric=metric,
                performance_effect=said[0],
                performance_low=said[1],
                performance_high=said[2],
            )
        found.append(one)
    return tuple(sorted(found, key=lambda one: one.size, reverse=True))


def _as_kind(column: Array, like: pd.Series[Any]) -> Any:
    import pandas as pd

    try:
        return pd.Series(column).astype(like.dtype)
    except (TypeError, ValueError):  # as missing values among whole numbers
        return pd.Series(column).infer_objects()


def swapped(reference: pd.Series[Any], current: pd.Series[Any], random: np.random.Generator) -> Any:
    """The current values with the reference's distribution.

    >>> import pandas as pd
    >>> old, new = pd.Series(["a"] * 3 + ["b"]), pd.Series(["b", "a", "b", "a"])
    >>> sorted(swapped(old, new, np.random.default_rng(0)))
    ['a', 'a', 'a', 'b']
    """
    import pandas as pd

    is_scale = all(
        pd.api.types.is_numeric_dtype(one.dtype) and not pd.api.types.is_bool_dtype(one.dtype)
        for one in (reference, current)
    ) or all(pd.api.types.is_datetime64_any_dtype(one.dtype) for one in (reference, current))
    if is_scale and reference.nunique() > FEW_VALUES:
        return _by_rank(reference, current, random)
    return _by_label(reference, current, random)


def _by_rank(
    reference: pd.Series[Any], current: pd.Series[Any], random: np.random.Generator
) -> Any:
    wanted = round(float(reference.isna().mean()) * len(current))  # rows that shall be missing
    missing = current.isna().to_numpy()
    # Missing rows stay so as far as they may; the rest is drawn by lot.
    order = np.lexsort((random.random(len(current)), ~missing))
    is_gone = np.zeros(len(current), bool)
    is_gone[order[:wanted]] = True
    source = reference.dropna().sort_values().to_numpy()
    result = np.full(len(current), None, object)
    result[is_gone] = np.nan
    stay = np.flatnonzero(~is_gone & ~missing)
    filled = np.flatnonzero(~is_gone & missing)
    if len(stay):
        # Equal values are put in an order by lot, so that none of them is favored.
        values = current.to_numpy()[stay]
        rank = np.empty(len(stay), int)
        rank[np.lexsort((random.random(len(stay)), values))] = np.arange(len(stay))
        result[stay] = source[((rank + 0.5) / len(stay) * len(source)).astype(int)]
    if len(filled):
        result[filled] = random.choice(source, len(filled))
    return result


def _by_label(
    reference: pd.Series[Any], current: pd.Series[Any], random: np.random.Generator
) -> Any:
    import pandas as pd

    both = pd.concat([reference.astype(object), current.astype(object)], ignore_index=True)
    codes, labels = pd.factorize(both, use_na_sentinel=False)
    before, now = codes[: len(reference)], codes[len(reference) :]
    share = np.bincount(before, minlength=len(labels)) * len(now) / len(before)
    # Whole rows whose number is that of the shares, what is over by lot.
    wanted = np.floor(share).astype(int)
    over = share - wanted
    lacking = len(now) - int(wanted.sum())
    if lacking:
        wanted[random.choice(len(labels), lacking, replace=False, p=over / over.sum())] += 1
    result = now.copy()
    surplus = []
    for code in range(len(labels)):
        rows = np.flatnonzero(now == code)
        if len(rows) > wanted[code]:
            surplus.append(random.choice(rows, len(rows) - wanted[code], replace=False))
        wanted[code] = max(wanted[code] - len(rows), 0)
    if surplus:
        rows = random.permutation(np.concatenate(surplus))
        result[rows] = np.repeat(np.arange(len(labels)), wanted)
    return np.asarray(labels, dtype=object)[result]
