"""Which points of a long series its picture needs: what is left looks the same at its width.

Of the points that share a column of pixels the first, the lowest, the highest and the last stay, so
that no spike is lost and the line joins its neighbours where it did before. The store does the same
inside of the database, see `store/courses.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["kept_places", "span_length", "telling"]


def span_length(count: int, most: int) -> int:
    """Of how many neighbours four or five stay, so that of `count` about `most` do.

    >>> span_length(1000, 8), span_length(1000, 2000)
    (500, 1)
    """
    return -(-count // max(most // 4, 1)) if count > most else 1


def kept_places(values: Sequence[float], most: int) -> Sequence[int]:
    """The places of at most about `most` values: of each span the first, lowest, highest, last.

    >>> kept_places([9.0 if at == 500 else 1.0 for at in range(1000)], 8)
    [0, 499, 500, 501, 999]
    """
    if len(values) <= most:
        return range(len(values))
    length = span_length(len(values), most)
    return [
        start + at
        for start in range(0, len(values), length)
        for at in telling(values[start : start + length])
    ]


def telling(values: Sequence[float]) -> list[int]:
    """The places of the first, lowest, highest and last value, and of one that is not finite.

    >>> telling([3.0, 1.0, 2.0, float("nan"), 7.0, 5.0])
    [0, 1, 3, 4, 5]
    """
    finite, gap = values, set()
    if not all(map(math.isfinite, values)):
        gap = {next(at for at, value in enumerate(values) if not math.isfinite(value))}
        finite = [value for value in values if math.isfinite(value)]
    places = {0, len(values) - 1} | gap
    if finite:
        places |= {values.index(min(finite)), values.index(max(finite))}
    return sorted(places)
