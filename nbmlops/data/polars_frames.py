"""polars frames and series as columns, read through Arrow without joining their chunks."""

from __future__ import annotations

import sys
from typing import Any

from nbmlops.data.arrays import batches
from nbmlops.data.arrow import NESTED_ROW_BYTES, feed_arrow
from nbmlops.data.python_values import VALUE_BYTES, feed_objects
from nbmlops.data.streams import OpaqueReader, Portion, Ranges, Reader, Streams, framed_digest

__all__ = ["PolarsReader", "frame_columns", "schema_columns"]

TEXT_ROW_BYTES = 64


def frame_columns(frame: Any, budget_bytes: int | None) -> list[tuple[str, Reader]]:
    """The columns of a frame; of too many for the budget some are not read."""
    chosen = Portion.columns(frame.width, budget_bytes)
    return [
        (
            name,
            PolarsReader(frame.to_series(number))
            if number in chosen
            else OpaqueReader(shown_type(dtype)),
        )
        for number, (name, dtype) in enumerate(frame.schema.items())
    ]


def schema_columns(frame: Any) -> list[tuple[str, Reader]]:
    """The names and types of a lazy frame's columns, which are not computed."""
    schema = frame.collect_schema()
    return [(name, OpaqueReader(shown_type(dtype))) for name, dtype in schema.items()]


class PolarsReader:
    """A series."""

    def __init__(self, series: Any) -> None:
        self.series = series
        self.dtype, self.identity = shown_type(series.dtype), _identity_of(series.dtype)
        self.length, self.size_bytes = len(series), int(series.estimated_size())
        self.row_bytes = _row_bytes(series.dtype)
        self.work_bytes = self.length * self.row_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        for some in batches(ranges, self.row_bytes):
            # Slices are series of their own, so that it is their chunks that are joined.
            parts = [self.series.slice(start, stop - start) for start, stop in some]
            part = parts[0] if len(parts) == 1 else sys.modules["polars"].concat(parts)
            if self.dtype == "Object":
                feed_objects(streams, part.to_list())
                streams.rows += len(part)
                continue
            if self.dtype in ("Categorical", "Enum"):
                part = part.cast(sys.modules["polars"].String)
            feed_arrow(streams, part.to_arrow())


def shown_type(dtype: Any) -> str:
    """The type as text, without the values that some types hold."""
    match type(dtype).__name__:
        case "Enum" | "Categorical":
            return type(dtype).__name__
        case "List":
            return f"List({shown_type(dtype.inner)})"
        case "Array":
            return f"Array({shown_type(dtype.inner)}, shape={dtype.shape})"
        case "Struct":
            fields = (f"{field.name}: {shown_type(field.dtype)}" for field in dtype.fields)
            return f"Struct({', '.join(fields)})"
    return str(dtype)


def _identity_of(dtype: Any) -> str:
    """The type with a digest of the categories that belong to it."""
    if type(dtype).__name__ == "Enum":
        return f"Enum {framed_digest(dtype.categories.to_list())}"
    inner = getattr(dtype, "inner", None)
    fields = getattr(dtype, "fields", None) or ()
    nested = ([inner] if inner else []) + [field.dtype for field in fields]
    return " ".join([shown_type(dtype), *map(_identity_of, nested)])


def _row_bytes(dtype: Any) -> int:
    match type(dtype).__name__:
        case "Object":
            return VALUE_BYTES
        case "String" | "Binary" | "Categorical" | "Enum":
            return TEXT_ROW_BYTES
        case "List" | "Array":
            return NESTED_ROW_BYTES + 8 * _row_bytes(dtype.inner)
        case "Struct":
            return NESTED_ROW_BYTES + sum(_row_bytes(field.dtype) for field in dtype.fields)
        case "Int128" | "Decimal":
            return 16
    return 8
