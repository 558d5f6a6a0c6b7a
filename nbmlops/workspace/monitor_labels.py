"""Labels, predictions and keys of the rows that a monitor looks at, taken while tables pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from nbmlops.data.columns import Columns, columns_of
from nbmlops.drift.sequential.late_labels import LateLabels, hashes_of
from nbmlops.records import Monitor

__all__ = ["Pairs"]

Array = np.ndarray[Any, Any]


class Pairs:
    """What the loss needs of some rows. A row that waits for its label is no new row: where it
    comes again, it may bring that, and is looked at no second time.
    """

    def __init__(self, monitor: Monitor, late: LateLabels | None = None) -> None:
        self._monitor, self._late = monitor, late or LateLabels()
        self._kept: tuple[list[Any], list[Any]] = ([], [])
        self._hashes: list[Array] = []

    def passing(self, tables: Iterable[Any]) -> Iterator[Columns]:
        """The tables without rows that were looked at before, and that wait."""
        for table in tables:
            columns = columns_of(table)
            hashes = self._keep(columns)
            known = self._late.known(hashes)
            if known.any():
                columns = columns.take(np.flatnonzero(~known))
                if not columns.row_count:
                    continue
            yield columns

    def add(self, tables: Iterable[Columns]) -> None:
        """Rows that are of interest for their labels alone."""
        for columns in tables:
            self._keep(columns)

    def labelled(self, columns: Columns) -> Columns:
        """The rows that wait and have their label now."""
        if self._monitor.target is None:
            return columns.take(np.empty(0, np.int64))
        has_label = _series(columns, self._monitor.target).notna().to_numpy()
        return columns.take(np.flatnonzero(self._late.known(self._keys(columns)) & has_label))

    def both(self) -> tuple[Any, Any]:
        """The labels and the predictions of all rows."""
        import pandas as pd

        found = [pd.concat(each, ignore_index=True) if each else pd.Series([], dtype=float)
                 for each in self._kept]  # fmt: skip
        return found[0], found[1]

    def taken(self) -> tuple[LateLabels, Any, Any]:
        """What waits after these rows, and the labels and predictions that they give."""
        hashes = np.concatenate(self._hashes) if self._hashes else np.empty(0, np.uint64)
        return self._late.taken(hashes, *self.both())

    def _keep(self, columns: Columns) -> Array:
        monitor = self._monitor
        for name, kept in zip((monitor.target, monitor.prediction), self._kept, strict=True):
            if name is not None:
                kept.append(_series(columns, name))
        hashes = self._keys(columns)
        self._hashes.append(hashes)
        return hashes

    def _keys(self, columns: Columns) -> Array:
        key = self._monitor.key
        if key is None or key not in columns.names:
            return np.zeros(columns.row_count, np.uint64)
        return hashes_of(_series(columns, key))


def _series(columns: Columns, name: str) -> Any:
    import pandas as pd

    if name not in columns.names:  # labels may come later
        return pd.Series(np.full(columns.row_count, np.nan))
    place, source = columns.names.index(name), columns.source
    if isinstance(source, list):
        return pd.Series(source[place])
    if hasattr(source, "iloc"):
        return source.iloc[:, place]
    return source.column(place).to_pandas()
