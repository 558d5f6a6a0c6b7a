"""Which parts of a value of which library are its columns."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbmlops.data.classes import bases_of, class_name, namespace_of
from nbmlops.data.streams import OpaqueReader, Portion, Reader

__all__ = ["Table", "table_of"]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a value, by name, and its form."""

    kind: str
    columns: list[tuple[str, Reader]]
    row_count: int | None
    shape: tuple[int, ...]
    partial: bool = False  # there is more than these columns


def table_of(value: Any, budget_bytes: int | None = None) -> Table | None:
    """The value as columns, or None where it is not data."""
    bases: tuple[type, ...] = bases_of(type(value))
    for base in bases:
        describe = _LIBRARIES.get(class_name(base).partition(".")[0])
        table = describe(value, budget_bytes) if describe else None
        if table is not None:
            return table
    return _exported(value, bases, budget_bytes)


def _is(value: Any, module: str, *names: str) -> bool:
    """True for an instance, by its real type, of one of these classes of a loaded module."""
    loaded = sys.modules.get(module)
    kinds = tuple(kind for name in names if isinstance(kind := getattr(loaded, name, None), type))
    return issubclass(type(value), kinds)


def _numpy(value: Any, budget_bytes: int | None) -> Table | None:
    if not _is(value, "numpy", "ndarray"):
        return None
    from nbmlops.data.arrays import columns_of, mask_of, plain

    array, mask = plain(value), mask_of(value)
    kind = class_name(type(value)).replace("numpy.Masked", "numpy.ma.Masked")
    rows = array.shape[0] if array.ndim else None
    return Table(kind, columns_of(array, mask), rows, array.shape)


def _pandas(value: Any, budget_bytes: int | None) -> Table | None:
    if not _is(value, "pandas", "DataFrame", "Series", "Index"):
        return None
    from nbmlops.data import frames

    kind = class_name(type(value))
    if _is(value, "pandas", "Index"):
        reader = frames.index_reader(value)
        return Table(kind, [("index", reader)], reader.length, (reader.length,))
    rows = frames.row_count(value)
    if _is(value, "pandas", "Series"):
        columns = frames.series_columns(value) + frames.index_column(value)
        return Table(kind, columns, rows, (rows,))
    columns = frames.frame_columns(value, budget_bytes)
    shape = (rows, len(columns))
    return Table(kind, columns + frames.index_column(value), rows, shape)


def _arrow(value: Any, budget_bytes: int | None) -> Table | None:
    from nbmlops.data.arrow import ArrowReader, shown_type

    kind = class_name(type(value))
    if _is(value, "pyarrow", "Table", "RecordBatch"):
        chosen = Portion.columns(value.num_columns, budget_bytes)
        columns: list[tuple[str, Reader]] = []
        for number, field in enumerate(value.schema):
            if number not in chosen:
                columns.append((field.name, OpaqueReader(shown_type(field.type))))
                continue
            column = value.column(number)
            chunks = column.chunks if hasattr(column, "chunks") else [column]
            columns.append((field.name, ArrowReader(chunks, field.type)))
        return Table(kind, columns, value.num_rows, (value.num_rows, value.num_columns))
    if _is(value, "pyarrow", "Array", "ChunkedArray"):
        chunks = value.chunks if _is(value, "pyarrow", "ChunkedArray") else [value]
        reader = ArrowReader(chunks, value.type)
        return Table(kind, [("values", reader)], reader.length, (reader.length,))
    return None


def _polars(value: Any, budget_bytes: int | None) -> Table | None:
    from nbmlops.data import polars_frames

    kind = class_name(type(value))
    if _is(value, "polars", "DataFrame"):
        columns = polars_frames.frame_columns(value, budget_bytes)
        return Table(kind, columns, value.height, (value.height, len(columns)))
    if _is(value, "polars", "Series"):
        reader = polars_frames.PolarsReader(value)
        return Table(kind, [(value.name or "values", reader)], reader.length, (reader.length,))
    if _is(value, "polars", "LazyFrame"):
        # Its schema may have to be read from files, perhaps far away: not within a budget.
        columns = polars_frames.schema_columns(value) if budget_bytes is None else []
        return Table(kind, columns, None, (), partial=True)
    return None


def _scipy(value: Any, budget_bytes: int | None) -> Table | None:
    if not _is(value, "scipy.sparse", "spmatrix", "sparray"):
        return None
    from nbmlops.data.sparse import matrix_reader

    kind, shape = class_name(type(value)), tuple(int(size) for size in value.shape)
    is_known = kind.startswith("scipy.")
    reader = matrix_reader(value, budget_bytes) if is_known else OpaqueReader(kind)
    kind = kind.replace("scipy.", "scipy.sparse.")
    return Table(kind, [("values", reader)], shape[0], shape)


def _torch(value: Any, budget_bytes: int | None) -> Table | None:
    if not _is(value, "torch", "Tensor"):
        return None
    from nbmlops.data.tensors import shape_of, tensor_reader

    shape = shape_of(value)
    columns = [("values", tensor_reader(value))]
    return Table(class_name(type(value)), columns, shape[0] if shape else None, shape)


_LIBRARIES: dict[str, Callable[[Any, int | None], Table | None]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
    "scipy": _scipy,
    "torch": _torch,
}

# Their objects are plans and streams: to export one is to run a query, or to use it up.
_LAZY = frozenset({"daft", "dask", "datafusion", "duckdb", "ibis", "pyspark", "sqlframe"})


def _exported(value: Any, bases: tuple[type, ...], budget_bytes: int | None) -> Table | None:
    """Data of any other library that offers itself by Arrow's C stream and knows its length."""
    offers = {name for base in bases for name in namespace_of(base)}
    if not {"__arrow_c_stream__", "__len__"} <= offers or "__next__" in offers:
        return None
    if {class_name(base).partition(".")[0] for base in bases} & _LAZY:
        return None
    import pyarrow as pa

    table = _arrow(pa.table(value), budget_bytes)
    return table and Table(class_name(type(value)), table.columns, table.row_count, table.shape)
