"""Columns of pandas frames as numbers or counted labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.data.arrow_columns import arrow_values
from nbmlops.data.values import (
    Values,
    array_values,
    booleans,
    counted,
    moments,
    number_values,
    object_labels,
    unreadable,
    whole_values,
)

__all__ = ["pandas_values"]


def pandas_values(series: Any) -> Values:
    """The values of a series, whatever its dtype."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind == "O":
            return _objects(series)
        return array_values(series.to_numpy())
    shown, name = str(dtype), type(dtype).__name__
    inner = getattr(series.array, "_pa_array", None)
    if inner is not None:
        return arrow_values(inner, shown)
    if name == "CategoricalDtype":
        return _categories(series, shown)
    if name == "DatetimeTZDtype":
        return moments(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), shown)
    if name == "BooleanDtype":
        there = series.dropna()
        return booleans(shown, int(there.sum()), len(series), len(series) - len(there))
    if name == "StringDtype":
        return object_labels(series.to_numpy(object), shown)
    if name == "PeriodDtype":
        return moments(series.dt.to_timestamp().to_numpy(), shown)
    if name == "SparseDtype":
        return array_values(np.asarray(series.array))
    if name == "IntervalDtype":
        return object_labels(series.astype(str).where(series.notna(), None).to_numpy(object), shown)
    if getattr(dtype, "_is_numeric", False) or getattr(dtype, "kind", "O") in "iuf":
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        if dtype.kind not in "iu":
            return number_values(shown, "number", numbers)
        return whole_values(shown, series.dropna().to_numpy(f"{dtype.kind}8"), numbers)
    return array_values(np.asarray(series.array))


def _categories(series: Any, shown: str) -> Values:
    import pyarrow as pa

    codes, labels = np.asarray(series.cat.codes), series.cat.categories
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    there = np.flatnonzero(counts)
    names = pa.array([str(labels[place]) for place in there], pa.large_string())
    struct = pa.StructArray.from_arrays([names, pa.array(counts[there])], ["values", "counts"])
    missing = int(np.count_nonzero(codes < 0))
    # An Arrow struct carries names and counts alike, wherever they come from.
    return counted(shown, "label", len(series), struct, missing)


def _objects(series: Any) -> Values:
    from pandas.api.types import infer_dtype

    kind, rows = infer_dtype(series, skipna=True), len(series)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        numbers = np.array(
            [np.nan if one is None or one != one else float(one) for one in series],
            np.float64,
        )
        if kind != "integer":
            return number_values("object", "number", numbers)
        whole = np.array([one for one in series if one is not None and one == one], object)
        return whole_values("object", whole, numbers)
    if kind in ("string", "boolean", "datetime", "date", "timedelta", "time", "empty"):
        return array_values(series.to_numpy())
    if kind in ("bytes", "complex"):
        return unreadable("object", f"there is no statistic for {kind}", rows)
    return object_labels(series.to_numpy(), "object")
