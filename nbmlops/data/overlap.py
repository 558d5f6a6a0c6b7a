"""Do two tables share rows? A look at some rows of the one, among all rows of the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["LOOKED_AT", "shared_rows"]

LOOKED_AT = 200
_DISTINCT = 0.9  # of the rows looked at, so that one column nearly tells rows apart
_KEY_COLUMNS = 3  # numeric ones, that find the rows of which all columns are compared
_MOST_PAIRS = 200_000
_ERRORS = 3.0  # standard errors by which shared rows exceed those that repeat anyway
_SPREAD = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, as in Knuth's multiplicative hashing


class _Table:
    """The columns of a table: arrays of numbers as they lie, and how to take values of others."""

    def __init__(self, value: Any) -> None:
        self.rows = 0
        self.numbers: dict[Any, Any] = {}
        self.others: dict[Any, Callable[[Any], Any]] = {}
        self.names: list[Any] = []
        import numpy as np

        pandas: Any = sys.modules.get("pandas")
        polars: Any = sys.modules.get("polars")
        if type(value) is np.ndarray and value.ndim == 2:
            self.rows = len(value)
            for number in range(value.shape[1]):
                self._add(number, value[:, number])
        elif pandas is not None and type(value) is pandas.DataFrame:
            self.rows = len(value)
            for number, name in enumerate(value.columns):
                # Past the columns that the frame keeps for `[]`.
                self._add(name, value._mgr.iget_values(number), pandas)
        elif polars is not None and type(value) is polars.DataFrame:
            self.rows = value.height
            for name in value.columns:
                self._add_polars(name, value.get_column(name))

    def _add(self, name: Any, values: Any, pandas: Any = None) -> None:
        import numpy as np

        self.names.append(name)
        if type(values) is np.ndarray and values.dtype.kind in "fiubmM":
            self.numbers[name] = values.view("i8") if values.dtype.kind in "mM" else values
            return

        def take(places: Any) -> Any:
            found = np.asarray(values.take(places), dtype=object)
            if pandas is not None:
                found[pandas.isna(found)] = None
            return found

        self.others[name] = take

    def _add_polars(self, name: str, series: Any) -> None:
        import numpy as np

        self.names.append(name)
        if series.dtype.is_numeric() and not series.null_count():
            self.numbers[name] = series.to_numpy()
            return

        def take(places: Any) -> Any:
            found = np.empty(len(places), dtype=object)
            found[:] = series.gather(places).to_list()
            return found

        self.others[name] = take


def shared_rows(train: Any, test: Any) -> tuple[int, int] | None:
    """How many rows of `test` stand in `train` as well, and how many were looked at.

    At most 200 rows, evenly spread over `test`, are looked for in all of `train`; they are the
    same where all columns are. None where that cannot be told: for anything but frames of pandas
    and polars and arrays of two dimensions, where their columns differ or none has numbers, and
    where rows repeat inside of `train` about as often, so that equal rows may well be different
    cases: unless a column has a value of its own in nearly every row, the share has to exceed that
    of as many rows of `train` which stand there once more, by three standard errors of the
    difference between two proportions.
    """
    mine, theirs = _Table(test), _Table(train)
    if mine.names != theirs.names or not (mine.rows and theirs.rows):
        return None
    keys = [name for name in mine.numbers if name in theirs.numbers]
    if not keys:
        return None
    places, others = _spread(mine.rows), _spread(theirs.rows)
    found = _matches(mine, places, theirs, keys)
    if found is None:
        return None
    shared = int((found > 0).sum())
    if not shared or _tells_apart(mine, places, keys):
        return shared, len(places)
    within = _matches(theirs, others, theirs, keys)
    if within is None:
        return None
    repeated = int((within > 1).sum())
    both = (shared + repeated) / (len(places) + len(others))
    error = (both * (1 - both) * (1 / len(places) + 1 / len(others))) ** 0.5
    if shared / len(places) - repeated / len(others) <= _ERRORS * error:
        return None
    return shared, len(places)


def _tells_apart(table: _Table, places: Any, keys: list[Any]) -> bool:
    import numpy as np

    most = max(len(np.unique(table.numbers[name][places])) for name in keys)
    return bool(most >= max(_DISTINCT * len(places), 2))


def _spread(rows: int) -> Any:
    import numpy as np

    return np.unique(np.linspace(0, rows - 1, min(rows, LOOKED_AT)).astype(np.intp))


def _matches(wanted: _Table, places: Any, table: _Table, keys: list[Any]) -> Any:
    """How often each of the rows at `places` stands in a table; None where that takes too long."""
    import numpy as np

    distinct = {name: len(np.unique(wanted.numbers[name][places])) for name in keys}
    best = sorted(keys, key=lambda name: -distinct[name])[:_KEY_COLUMNS]
    key = _hashed([(wanted.numbers[name][places], table.numbers[name]) for name in best])
    order = np.argsort(key[0], kind="stable")
    ranked = key[0][order]
    first = np.searchsorted(ranked, key[1], side="left")
    near = np.minimum(first, len(ranked) - 1)
    (rows,) = np.nonzero(ranked[near] == key[1])
    first = first[rows]
    counts = np.searchsorted(ranked, key[1][rows], side="right") - first
    if counts.sum() > _MOST_PAIRS:
        return None
    # Each row of the table beside each of the wanted rows that have its key.
    rows = np.repeat(rows, counts)
    steps = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    which = order[np.repeat(first, counts) + steps]
    for name in wanted.names:
        left, right = (
            (table.numbers[name][rows], wanted.numbers[name][places[which]])
            if name in table.numbers and name in wanted.numbers
            else (_taken(table, name, rows), _taken(wanted, name, places[which]))
        )
        same = np.asarray((left == right) | ((left != left) & (right != right)), dtype=bool)
        rows, which = rows[same], which[same]
    return np.bincount(which, minlength=len(places))


def _taken(table: _Table, name: Any, rows: Any) -> Any:
    if name in table.numbers:
        return table.numbers[name][rows].astype(object)
    return table.others[name](rows)


def _hashed(pairs: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """One number for each row, the same where the numbers in all columns are."""
    import numpy as np

    sums: list[Any] = [0, 0]
    for left, right in pairs:
        is_float = "f" in (left.dtype.kind, right.dtype.kind)
        for side, values in enumerate((left, right)):
            bits = values.astype("f8" if is_float else "i8")
            if is_float:
                bits += 0.0  # -0.0 is 0.0
                bits[bits != bits] = np.nan
            sums[side] = (sums[side] + bits.view("u8")) * np.uint64(_SPREAD)
    # The lowest bits of a product know only the lowest of its factors.
    one, other = (each ^ (each >> np.uint64(32)) for each in sums)
    return one, other
