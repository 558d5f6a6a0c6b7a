"""Which columns the predictions hang on, where the model itself cannot be asked.

A second model learns the predictions from the columns on one half of the reference; how much of
their variance it loses on the other half where a column is shuffled is its importance (Breiman,
2001). Columns are ranked by that times the effect of their drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nbmlops.drift.harm import ColumnImportance
from nbmlops.drift.scores import Array

__all__ = ["importances_of"]

MOST_ROWS = 5_000
FEWEST_ROWS = 60


def importances_of(
    inputs: Array, outputs: Array, names: Sequence[str], drift: Mapping[str, float], seed: int = 0
) -> tuple[ColumnImportance, ...]:
    """The columns that drifted, by their drift times their importance, the largest first.

    `names` are those of the inputs' columns, `drift` the effects of those that drifted.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    told = np.flatnonzero(np.isfinite(outputs))
    if len(told) < FEWEST_ROWS or not drift or not float(np.var(outputs[told])):
        return ()
    random = np.random.default_rng(seed)
    rows = random.permutation(told)[:MOST_ROWS]
    learn, test = rows[::2], rows[1::2]
    model = HistGradientBoostingRegressor(max_iter=60, min_samples_leaf=10, random_state=seed)
    with threadpool_limits(limits=1):
        model.fit(inputs[learn], outputs[learn])

        def loss(some: Array) -> float:
            return float(np.mean((outputs[test] - model.predict(some)) ** 2))

        whole = loss(inputs[test])
        found = []
        for place, name in enumerate(names):
            if name not in drift:
                continue
            shuffled = inputs[test]
            shuffled[:, place] = random.permutation(shuffled[:, place])
            lost = max(loss(shuffled) - whole, 0.0) / float(np.var(outputs[test]) or 1.0)
            found.append(ColumnImportance(name, lost, drift[name], lost * drift[name]))
    return tuple(sorted(found, key=lambda one: -one.size))
