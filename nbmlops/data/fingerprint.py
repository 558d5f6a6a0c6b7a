"""Data → its fingerprint: digests, names, types and counts, and none of its values.

Data is hashed (xxh3-128) where it lies, past views, caches and methods that its owner would keep
or notice; nothing is imported for it that the user has not imported. The digests do not depend on
how the data is laid out: equal values of an equal type have equal digests, whatever the blocks,
chunks, slices or order of dimensions in memory. What is not so obvious:

- NaN is one missing value, whatever its bits; -0.0 is another value than 0.0.
- In a column of Python values None, NaN, NaT and pandas.NA are the same.
- Categories without an order are a set; the types themselves differ where their sets differ.
- What lies behind a mask or a null does not count, nor does padding.
- A digest that does not stand for everything begins with "~" and is never equal to another kind's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.records import Column

__all__ = ["Fingerprint", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What identifies data. `partial` says that the digest does not stand for everything."""

    kind: str
    digest: str
    columns: tuple[Column, ...] = ()
    row_count: int | None = None
    shape: tuple[int, ...] = ()
    size_bytes: int | None = None
    partial: bool = False


def fingerprint(value: Any, *, budget_bytes: int | None = None) -> Fingerprint | None:
    """The fingerprint of a frame, a series, an array or a tensor; None for anything else.

    It takes the time of hashing at most `budget_bytes`: of data that needs more, blocks are read
    that are spread evenly over each column. It never raises and never changes the value; what
    cannot be read for a reason of its own has None, too.
    """
    try:
        return _fingerprint(value, budget_bytes)
    except Exception:  # noqa: BLE001 - a fingerprint is never worth an error in somebody's cell
        return None


def _fingerprint(value: Any, budget_bytes: int | None) -> Fingerprint | None:
    from nbmlops.data.tables import table_of

    table = table_of(value, budget_bytes)
    if table is None:
        return None
    import numpy as np

    from nbmlops.data.streams import Portion, framed_digest, read_column

    readers = [reader for _, reader in table.columns]
    portion = Portion.within(budget_bytes, [r for r in readers if r.work_bytes])
    with np.errstate(all="ignore"):
        columns = tuple(read_column(name, reader, portion) for name, reader in table.columns)
    said = [str(table.row_count)]
    for (name, _), column in zip(table.columns, columns, strict=True):
        said += [name, column.dtype, column.digest]
    partial = table.partial or any(column.digest.startswith("~") for column in columns)
    return Fingerprint(
        kind=table.kind,
        digest=("~" if partial else "") + framed_digest(said),
        columns=columns,
        row_count=table.row_count,
        shape=table.shape,
        size_bytes=sum(reader.size_bytes for reader in readers),
        partial=partial,
    )
