"""Do two tables share rows? A look at some rows of the one, among all rows of the other."""

from __future__ import annotations

from typing import Any

__all__ = ["LOOKED_AT", "shared_rows"]

LOOKED_AT = 200
_DISTINCT = 0.9  # of the rows looked at, so that one column nearly tells rows apart


def shared_rows(train: Any, test: Any) -> tuple[int, int] | None:
    """How many rows of `test` stand in `train` as well, and how many were looked at.

    At most 200 rows, evenly spread over `test`, are looked for in all of `train`; they are the
    same where all numeric columns are. None where that cannot be told: for anything but frames
    of pandas and arrays of two dimensions, where their columns differ, and where no column has
    a value of its own in nearly every row, so that equal rows may well be different cases.
    """
    import numpy as np

    columns, others = _columns(test), _columns(train)
    if not columns or list(columns) != list(others):
        return None
    size = len(next(iter(columns.values())))
    if size == 0 or len(next(iter(others.values()))) == 0:
        return None
    places = np.unique(np.linspace(0, size - 1, min(size, LOOKED_AT)).astype(np.intp))
    some = {name: values[places] for name, values in columns.items()}
    distinct = {name: len(np.unique(values)) for name, values in some.items()}
    telling = max(distinct, key=lambda name: distinct[name])
    if distinct[telling] < max(_DISTINCT * len(places), 2):
        return None
    order = np.argsort(some[telling], kind="stable")
    wanted = some[telling][order]
    at = np.minimum(np.searchsorted(wanted, others[telling]), len(wanted) - 1)
    (candidates,) = np.nonzero(wanted[at] == others[telling])
    rows = order[at[candidates]]
    same = np.ones(len(candidates), dtype=bool)
    for name, values in some.items():
        mine, theirs = values[rows], others[name][candidates]
        same &= (mine == theirs) | ((mine != mine) & (theirs != theirs))
    return len(np.unique(rows[same])), len(places)


def _columns(value: Any) -> dict[Any, Any]:
    """The numeric columns by their names, as arrays of one dimension that nothing was copied to."""
    import sys

    import numpy as np

    pandas: Any = sys.modules.get("pandas")
    if type(value) is np.ndarray and value.ndim == 2 and value.dtype.kind in "fiu":
        return {number: value[:, number] for number in range(value.shape[1])}
    if pandas is None or type(value) is not pandas.DataFrame:
        return {}
    found = {}
    for number, name in enumerate(value.columns):
        values = value._mgr.iget_values(number)  # past the columns that the frame keeps for `[]`
        if type(values) is np.ndarray and values.dtype.kind in "fiub":
            found[name] = values
    return found
