"""The laws of test statistics without drift, down to the smallest p-values.

Only `scipy.special` is loaded; `scipy.stats` takes longer to import than a report takes to make.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

__all__ = [
    "absent_tail",
    "chi_squared_tail",
    "cramer_von_mises_tail",
    "hypergeometric_tail",
    "kolmogorov_tail",
    "normal_tail",
    "weighted_chi_squared_tail",
]

Array = np.ndarray[Any, Any]
LARGE = 24
ALONE = 0.8  # of the largest weight: below, it rules the tail
IMHOF = 1200


def normal_tail(z: float) -> float:
    """P(|Z| ≥ |z|) of a standard normal variable.

    >>> round(normal_tail(1.959964), 4)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2))


def chi_squared_tail(statistic: float, freedom: float) -> float:
    """P(X ≥ statistic) of a chi-squared variable.

    >>> round(chi_squared_tail(3.841459, 1), 4)
    0.05
    """
    from scipy.special import chdtrc

    return float(chdtrc(freedom, max(statistic, 0.0)))


def kolmogorov_tail(gap: float, n: int, m: int) -> float:
    """P(D ≥ gap) of the two-sample Kolmogorov–Smirnov statistic, by its limiting law."""
    from scipy.special import kolmogorov

    return float(kolmogorov(math.sqrt(n * m / (n + m)) * gap))


def cramer_von_mises_tail(statistic: float, n: int, m: int) -> float:
    """P(T ≥ statistic) without ties, by the limiting law with the mean and variance of n and m.

    Anderson (1962) for the moments, Csörgő and Faraway (1996) for the law; far out, where one
    minus the law has no digits left, the first term of Smirnov's integral (1937) for the tail.

    >>> round(cramer_von_mises_tail(0.46136, 10**6, 10**6), 3)
    0.05
    """
    total, product = float(n + m), float(n) * m
    mean = (1 + 1 / total) / 6
    variance: float = (total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)
    variance /= 45 * total * total * 4 * product
    x = 1 / 6 + (statistic - mean) / math.sqrt(45 * variance)
    if x <= 0.003:
        return 1.0
    if x > 1.2:
        return _smirnov_tail(x)
    from scipy.special import gammaln, kv

    k = np.arange(12.0)
    y = 4 * k + 1
    q = y * y / (16 * x)
    factor = np.exp(gammaln(k + 0.5) - gammaln(k + 1)) / (np.pi**1.5 * math.sqrt(x))
    # Far terms underflow to nothing, which is what they are.
    terms = factor * np.sqrt(y) * np.exp(-q) * np.where(q < 600, kv(0.25, np.minimum(q, 600)), 0)
    return min(max(1 - float(terms.sum()), 0.0), 1.0)


def _smirnov_tail(x: float) -> float:
    """2/π ∫ exp(−xy²/2) / √(−y sin y) dy from π to 2π; the other terms are below 1e-20 of it."""
    t, share = _legendre(64)
    y = np.pi + t * t  # so that the root at π goes away
    smooth = np.sqrt(np.where(t > 0, -np.sin(y) / (t * t), 1.0) * y)
    return float(np.dot(share, np.exp(-x * y * y / 2) / smooth)) * 4 / math.pi


@cache
def _legendre(count: int) -> tuple[Array, Array]:
    places, shares = np.polynomial.legendre.leggauss(count)
    return (places + 1) * 0.8, shares * 0.8


def weighted_chi_squared_tail(statistic: float, weights: Array) -> float:
    """P(Σ wᵢ Zᵢ² ≥ statistic): Imhof's integral (1961), and Zolotarev's tail (1961) far out.

    What the small weights add is taken as their mean.

    >>> round(weighted_chi_squared_tail(3.841459, np.array([1.0])), 3)
    0.05
    """
    weights = np.sort(np.asarray(weights, np.float64))[::-1]
    large, small = weights[:LARGE], weights[LARGE:]
    values = large / weights[0]
    x = (statistic - float(small.sum())) / weights[0]
    if x <= 0:
        return 1.0
    second = float(values[1]) if len(values) > 1 else 0.0
    if second < ALONE:
        far = math.exp(-0.5 * float(np.log1p(-values[1:]).sum())) * math.erfc(math.sqrt(x / 2))
        if far < (0.01 if second < ALONE / 2 else 2e-4) or len(values) == 1:
            return min(far, 1.0)
    # The integrand falls like a power, so that its variable is stretched.
    t = (np.arange(IMHOF) + 0.5) / IMHOF
    u = 60 * t**3 / (1 - t) ** 2
    step = (60 * t**2 * (3 - t) / (1 - t) ** 3) / IMHOF
    wide = np.outer(u, values)
    angle = 0.5 * np.arctan(wide).sum(1) - 0.5 * x * u
    damped = np.exp(-0.25 * np.log1p(wide * wide).sum(1))
    inner = np.sin(angle) / u * damped * step
    calm = np.abs(x * step) < 1.0  # where a step holds many waves, they cancel
    return min(max(0.5 + float(inner[calm].sum()) / math.pi, 0.0), 1.0)


def hypergeometric_tail(drawn: int, marked: int, n: int, m: int) -> float:
    """P of a split of `marked` rows over both sides that is no likelier than `drawn` on the first:
    Fisher's exact test.

    >>> round(hypergeometric_tail(8, 10, 10, 10), 4)
    0.023
    """
    from scipy.special import gammaln

    k = np.arange(max(0, marked - m), min(n, marked) + 1)

    def choose(total: Any, part: Any) -> Any:
        return gammaln(total + 1) - gammaln(part + 1) - gammaln(total - part + 1)

    logs = choose(n, k) + choose(m, marked - k) - choose(n + m, marked)
    chances = np.exp(logs)
    here = chances[drawn - k[0]]
    # The logarithms of so large factorials are off by a few of their last digits.
    slack = 1e-7 + 1e-15 * (n + m) * math.log(n + m)
    return min(float(chances[chances <= here * (1 + slack)].sum()), 1.0)


def absent_tail(counts: Array, largest: int, n: int, m: int) -> float:
    """At most the chance that any label with `largest` or more rows in all is absent from the
    first side by accident; `counts` are the rows of each label on both sides.
    """
    from scipy.special import gammaln

    total = n + m
    c = counts[counts >= largest].astype(np.float64)
    c = c[c <= m]
    logs = gammaln(m + 1) - gammaln(m - c + 1) - gammaln(total + 1) + gammaln(total - c + 1)
    return min(float(np.exp(logs).sum()), 1.0)
