"""A seeded pair of data sets with known drift: 20 columns of numbers, 10 of labels (2 to 1,000
levels), one of yes and no, one of times. `DRIFTED` are those whose law truly differs.
"""

from __future__ import annotations

import numpy as np

CARD = [2, 3, 5, 8, 12, 20, 50, 100, 300, 1000]
DRIFTED = {
    "n00": "normal, mean +0.25 sd",
    "n01": "normal, sd x1.3",
    "n05": "lognormal(0,1), x1.2",
    "n08": "student t(1.5), loc +0.5",
    "n10": "cauchy, scale x1.5",
    "n14": "Poisson 3 -> 3.3",
    "n15": "zero-inflated 80% -> 70% zeros",
    "n16": "NaN rate 10% -> 20% only",
    "n18": "bimodal weight .5 -> .4",
    "c01": "3 levels, top level -5 points",
    "c05": "20 levels, 1% mass moved to a NEW level",
    "c08": "300 levels, top-10 mass x0.8",
    "flag": "bool p .30 -> .34",
}


def _zipf(k, s=1.1):
    p = 1.0 / np.arange(1, k + 1) ** s
    return p / p.sum()


def make(n, seed, drift):
    r = np.random.default_rng(seed)
    d = {}

    def N():
        return r.standard_normal(n)

    d["n00"] = N() + (0.25 if drift else 0)
    d["n01"] = N() * (1.3 if drift else 1)
    for i in (2, 3, 4):
        d[f"n{i:02d}"] = N() * 10 ** (i - 2) + i
    d["n05"] = np.exp(N()) * (1.2 if drift else 1)
    d["n06"] = np.exp(N())
    d["n07"] = np.exp(2 * N())
    d["n08"] = r.standard_t(1.5, n) + (0.5 if drift else 0)
    d["n09"] = r.standard_t(1.5, n)
    d["n10"] = r.standard_cauchy(n) * (1.5 if drift else 1)
    d["n11"] = r.standard_cauchy(n)
    d["n12"] = r.exponential(1, n)
    d["n13"] = r.integers(0, 101, n).astype("f8")
    d["n14"] = r.poisson(3.3 if drift else 3.0, n).astype("f8")
    d["n15"] = np.where(r.random(n) < (0.7 if drift else 0.8), 0.0, r.exponential(1, n))
    x = N()
    x[r.random(n) < (0.2 if drift else 0.1)] = np.nan
    d["n16"] = x
    d["n17"] = np.full(n, 7.0)
    d["n18"] = N() * 0.5 + np.where(r.random(n) < (0.4 if drift else 0.5), -2.0, 2.0)
    x = N()
    x[r.random(n) < 0.99] = np.nan
    d["n19"] = x
    for i, k in enumerate(CARD):
        p = _zipf(k)
        if drift and i == 1:
            p = p + np.array([-0.05, 0.025, 0.025])
        if drift and i == 8:
            p = p.copy()
            m = p[:10].sum()
            p[:10] *= 0.8
            p[10:] += 0.2 * m / (k - 10)
        codes = r.choice(k, n, p=p)
        if drift and i == 5:
            codes = np.where(r.random(n) < 0.01, k, codes)
        d[f"c{i:02d}"] = codes
    d["flag"] = r.random(n) < (0.34 if drift else 0.30)
    d["ts"] = (
        np.datetime64("2024-01-01")
        + (np.arange(n) % 2592000).astype("timedelta64[s]")
        + (np.timedelta64(60, "D") if drift else np.timedelta64(0, "D"))
    )
    return d


def frame(d):
    import pandas as pd

    out = {}
    for k, v in d.items():
        if k.startswith("c"):
            labels = np.array([f"{k}_v{j}" for j in range(int(v.max()) + 1)], dtype=object)
            out[k] = labels[v]
        else:
            out[k] = v
    return pd.DataFrame(out)


def null_pair(i, power=False, n=5000):
    """30 columns (24 numeric: 12 normal, 4 lognormal(.5), 4 exp, 4 t(5); 6 categorical 2..20 levels).
    power=True: +0.1 sd in n00, n13 (lognormal), n20 (t5)."""
    out = []
    for side in (0, 1):
        r = np.random.default_rng([i, side, 7])
        d = {}
        for j in range(24):
            if j < 12:
                x = r.standard_normal(n)
            elif j < 16:
                x = np.exp(0.5 * r.standard_normal(n))
            elif j < 20:
                x = r.exponential(1, n)
            else:
                x = r.standard_t(5, n)
            if power and side == 1 and j in (0, 13, 20):
                sd = {
                    0: 1.0,
                    13: float(np.sqrt((np.exp(0.25) - 1) * np.exp(0.25))),
                    20: float(np.sqrt(5 / 3)),
                }[j]
                x = x + 0.1 * sd
            d[f"n{j:02d}"] = x
        for j, k in enumerate((2, 3, 5, 8, 12, 20)):
            d[f"c{j:02d}"] = r.choice(k, n, p=_zipf(k))
        out.append(d)
    return out
