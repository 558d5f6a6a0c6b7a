"""Columns of Arrow tables as numbers or counted labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.data.values import Values, booleans, counted, number_values, unreadable, whole_values

__all__ = ["arrow_values"]


def arrow_values(column: Any, dtype: str = "") -> Values:
    """The values of a chunked array; `dtype` is what its owner calls its type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, rows = column.type, len(column)
    dtype = dtype or str(kind)
    types = pa.types
    if isinstance(kind, pa.ExtensionType):
        return arrow_values(column.cast(kind.storage_type), dtype)
    if types.is_null(kind):
        return number_values(dtype, "number", np.full(rows, np.nan))
    if types.is_boolean(kind):
        true_count = pc.sum(column).as_py() or 0
        return booleans(dtype, true_count, rows, column.null_count)
    if types.is_integer(kind):
        if not column.null_count:
            return whole_values(dtype, _numpy(column))
        there = column.drop_null().to_numpy(zero_copy_only=False)
        return whole_values(dtype, there, _numpy(column))
    if types.is_floating(kind):
        return number_values(dtype, "number", _numpy(column))
    if types.is_decimal(kind):
        return number_values(dtype, "number", _numpy(column.cast(pa.float64(), safe=False)))
    if types.is_date(kind):
        column = column.cast(pa.timestamp("s" if types.is_date32(kind) else "ms"), safe=False)
        kind = column.type
    if types.is_timestamp(kind) or types.is_duration(kind):
        steps = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        form = "time" if types.is_timestamp(kind) else "duration"
        return number_values(dtype, form, _numpy(column.cast(pa.int64())) / steps)
    if types.is_time(kind):
        steps = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        whole = pa.int32() if kind.bit_width == 32 else pa.int64()
        return number_values(dtype, "duration", _numpy(column.cast(whole)) / steps)
    if types.is_dictionary(kind):
        inner = kind.value_type
        if not (_is_text(inner) or types.is_integer(inner)):
            column = column.cast(inner)
        return counted(dtype, "label", rows, _counts(column), column.null_count)
    if _is_text(kind):
        if types.is_string_view(kind):
            column = column.cast(pa.large_string())
        return counted(dtype, "label", rows, _counts(column), column.null_count)
    if types.is_nested(kind):
        return unreadable(dtype, "its values are nested", rows)
    return unreadable(dtype, f"there is no statistic for {kind}", rows)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _counts(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries().combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
        indices = pc.value_counts(column.indices)
        places, labels = indices.field("values"), column.dictionary
        if pa.types.is_string_view(labels.type):
            labels = labels.cast(pa.large_string())
        return pa.StructArray.from_arrays(
            [labels.take(places), indices.field("counts")], ["values", "counts"]
        )
    return pc.value_counts(column)


def _numpy(column: Any) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    if column.null_count and pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)
    found: np.ndarray[Any, Any] = column.to_numpy(zero_copy_only=False)
    return found
