"""Wasserstein: how far the rows have to be moved, in widths of the reference's middle half."""

from __future__ import annotations

import math

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.pairs import NumericPair
from nbmlops.drift.sums import dot

__all__ = ["Wasserstein", "distance"]


class Wasserstein:
    """W₁ = ∫ |F(x) − G(x)| dx, divided by the interquartile range of the reference.

    The interquartile range is there for Cauchy as well, where a standard deviation is not.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> round(Wasserstein().measure(numeric_pair(range(101), range(25, 126))).statistic, 2)
    0.5
    """

    name = "wasserstein"
    title = "Wasserstein / IQR"
    takes = "numbers"
    formula = "W₁ = ∫ |F − G| dx / IQR of the reference"
    source = "L. N. Vaserstein (1969); scale: J. W. Tukey (1977)"

    def measure(self, pair: NumericPair) -> Measured | None:
        """The distance on the robust scale; None where the reference has no width."""
        if not all(pair.sizes):
            return None
        quartiles = pair.quantiles((0.25, 0.75))[0]
        scale = float(quartiles[1]) - float(quartiles[0])
        moved = distance(pair)
        if not math.isfinite(moved) or not math.isfinite(scale) or scale <= 0:
            return None
        return Measured(moved / scale)


def distance(pair: NumericPair) -> float:
    """W₁ in the column's own unit; not finite where values are infinite."""
    values = pair.steps.values
    if len(values) < 2:
        return 0.0
    if not (math.isfinite(values[0]) and math.isfinite(values[-1])):
        return math.inf
    below, upto = pair.gaps
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.diff(values)
    start, end = upto[:-1], below[1:]
    if pair.steps.is_exact:
        return dot(width, np.abs(start))
    crossing = start * end < 0
    span = np.abs(start) + np.abs(end)
    # Where the gap changes its sign between two points, there are two triangles.
    crossed = (start * start + end * end) / (2 * np.where(span > 0, span, 1.0))
    return dot(width, np.where(crossing, crossed, span / 2))
