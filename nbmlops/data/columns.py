"""Frames, arrays and tables → named columns with their values, as drift and profiles read them.

A column is either numbers (NumPy, missing ones as NaN) or labels with counts (by Arrow's hash
tables, never by Python). Nothing of the frame is copied as a whole, and nothing is imported that
the caller has not imported, apart from NumPy and Arrow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.data.arrow_columns import arrow_values
from nbmlops.data.pandas_columns import pandas_values
from nbmlops.data.python_values import label_text
from nbmlops.data.values import Values, array_values, unreadable
from nbmlops.errors import InvalidDataError

__all__ = ["Columns", "columns_of"]

PIECES = 256  # of which a sample of an Arrow table consists


@dataclass(frozen=True, slots=True)
class Columns:
    """A value as columns: names in order, and a reader for each."""

    kind: str
    row_count: int
    names: list[str]
    source: Any

    def read(self, place: int) -> Values:
        """The values of the column at this place, read now."""
        return _read(self.source, place)

    def of_names(self, names: Sequence[str]) -> Columns:
        """The columns of these names alone, in their own order."""
        places = [place for place, name in enumerate(self.names) if name in names]
        source = self.source
        if isinstance(source, list):
            chosen: Any = [source[place] for place in places]
        elif hasattr(source, "iloc"):
            chosen = source.iloc[:, places]
        else:
            chosen = source.select(places)
        return Columns(self.kind, self.row_count, [self.names[place] for place in places], chosen)

    def part(self, start: int, stop: int) -> Columns:
        """The same columns of some of the rows."""
        source = self.source
        if isinstance(source, list):
            rows: Any = [column[start:stop] for column in source]
        elif hasattr(source, "iloc"):
            rows = source.iloc[start:stop]
        else:
            rows = source.slice(start, stop - start)
        return Columns(self.kind, stop - start, self.names, rows)

    def take(self, places: np.ndarray[Any, Any]) -> Columns:
        """The same columns of these rows, in this order."""
        source = self.source
        if isinstance(source, list):
            rows: Any = [column[places] for column in source]
        elif hasattr(source, "iloc"):
            rows = source.iloc[places]
        else:
            rows = source.take(places)
        return Columns(self.kind, len(places), self.names, rows)

    def spread(self, count: int) -> Columns:
        """The same columns of so many rows: one of each stretch, by chance but always the same.

        A step of one length would meet the rows of an hour or of a weekday again and again.
        """
        random = np.random.default_rng(self.row_count)
        if not isinstance(self.source, list) and not hasattr(self.source, "iloc"):
            return self._pieces(count, random)
        edges = np.linspace(0, self.row_count, count + 1)
        return self.take((edges[:-1] + random.random(count) * np.diff(edges)).astype(np.int64))

    def _pieces(self, count: int, random: np.random.Generator) -> Columns:
        """Short pieces of an Arrow table, which does not pick single rows of every type."""
        import pyarrow as pa

        pieces = min(PIECES, count)
        size, stretch = count // pieces, self.row_count // pieces
        starts = np.arange(pieces) * stretch + random.integers(0, stretch - size + 1, pieces)
        rows = pa.concat_tables([self.source.slice(int(start), size) for start in starts])
        return Columns(self.kind, rows.num_rows, self.names, rows)


def columns_of(data: Any) -> Columns:
    """The columns of a frame, an array, a table or a mapping of arrays.

    Raises InvalidDataError, which says what does not fit and what does.

    >>> columns = columns_of({"age": [31, 42, None], "city": ["Rome", "Bonn", "Rome"]})
    >>> columns.names, columns.row_count
    (['age', 'city'], 3)
    """
    if isinstance(data, Columns):
        return data
    if isinstance(data, Mapping):
        data = _from_mapping(data)
    pandas, arrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    kind = type(data).__name__
    if pandas is not None and isinstance(data, pandas.Series):
        data = data.to_frame("values" if data.name is None else data.name)
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return Columns(kind, len(data), _names(data.columns), data)
    if isinstance(data, np.ndarray):
        return _from_array(data, kind)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(data, polars.LazyFrame):
        raise InvalidDataError(kind, "it is a plan and no data yet", hint="Collect it first.")
    if arrow is not None and isinstance(data, arrow.RecordBatch):
        data = arrow.Table.from_batches([data])
    elif hasattr(data, "__arrow_c_stream__") and hasattr(data, "__len__"):
        data = _from_capsule(data, kind)
    if arrow is None or not isinstance(data, sys.modules["pyarrow"].Table):
        hint = "Give a data frame, a 2-d array, an Arrow table, or the path of a CSV or Parquet."
        if hasattr(data, "toarray"):
            hint = "Make it dense first, as with `.toarray()`."
        raise InvalidDataError(kind, "it has no columns that can be compared", hint=hint)
    return Columns(kind, data.num_rows, _names(data.column_names), data)


def _read(source: Any, place: int) -> Values:
    try:
        if isinstance(source, list):
            return array_values(source[place])
        if hasattr(source, "iloc"):
            return pandas_values(source.iloc[:, place])
        return arrow_values(source.column(place))
    except (TypeError, ValueError, ArithmeticError, AttributeError, NotImplementedError) as problem:
        # A column of a kind that nobody foresaw is told, and spoils nothing of the others.
        reason = f"its values cannot be read ({type(problem).__name__}: {str(problem)[:80]})"
        return unreadable(_dtype(source, place), reason)


def _dtype(source: Any, place: int) -> str:
    if isinstance(source, list):
        return str(source[place].dtype)
    if hasattr(source, "iloc"):
        return str(source.dtypes.iloc[place])
    return str(source.schema.field(place).type)


def _from_mapping(data: Mapping[Any, Any]) -> Any:
    import pyarrow as pa

    try:
        return pa.table({label_text(name): _arrow_array(each) for name, each in data.items()})
    except (pa.ArrowException, TypeError, ValueError) as problem:
        raise InvalidDataError("dict", f"it is no mapping of columns ({problem})") from None


def _arrow_array(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise TypeError("a column is not one-dimensional")
    return pa.array(values, from_pandas=True)


def _from_capsule(data: Any, kind: str) -> Any:
    import pyarrow as pa

    try:
        table = pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as problem:
        raise InvalidDataError(kind, f"Arrow cannot read it ({problem})") from None
    return table


def _from_array(array: np.ndarray[Any, Any], kind: str) -> Columns:
    if isinstance(array, np.ma.MaskedArray):
        masked: Any = array.astype(object if array.dtype.kind in "SUO" else float)
        array = masked.filled(np.nan)
    if array.dtype.names is not None and array.ndim == 1:
        columns = [array[name] for name in array.dtype.names]
        return Columns(kind, len(array), _names(array.dtype.names), columns)
    if array.ndim == 1:
        return Columns(kind, len(array), ["values"], [array])
    if array.ndim != 2:
        problem = f"it has {array.ndim} dimensions"
        raise InvalidDataError(kind, problem, hint="Rows and columns are compared: give two.")
    columns = [array[:, place] for place in range(array.shape[1])]
    return Columns(kind, len(array), [str(place) for place in range(len(columns))], columns)


def _names(labels: Iterable[Any]) -> list[str]:
    """The labels as text; a name that stands there again is numbered, so that it is one."""
    found: dict[str, int] = {}
    names = []
    for label in labels:
        text = " / ".join(map(str, label)) if isinstance(label, tuple) else label_text(label)
        found[text] = found.get(text, 0) + 1
        names.append(text if found[text] == 1 else f"{text} ({found[text]})")
    return names
