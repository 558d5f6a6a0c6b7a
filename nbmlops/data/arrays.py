"""NumPy arrays as columns: every dtype, any layout; hashed as if they lay in C order.

Two values are the same where their bits are, with two exceptions: NaN is one value whatever its
payload (0/0 makes another one than `numpy.nan`), and padding is no value. -0.0 is not 0.0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nbmlops.data.classes import stored
from nbmlops.data.python_values import TEXT_BYTES, VALUE_BYTES, feed_objects, row_bytes_of
from nbmlops.data.streams import SLAB_BYTES, Ranges, Reader, Streams, count_rows, slabs

__all__ = [
    "ArrayReader",
    "MaskedReader",
    "columns_of",
    "feed_flat",
    "gathered",
    "identity_of",
    "mask_of",
    "plain",
    "shown_dtype",
    "zeroed",
]

Array = np.ndarray[Any, Any]

NOT_A_TIME = np.iinfo(np.int64).min
LONG_DOUBLE_BYTES = 10 if np.finfo(np.longdouble).nmant == 63 else None  # the rest is padding


class ArrayReader:
    """A plain array, whatever its shape; a row is an element."""

    def __init__(self, array: Array, dtype: str = "", identity: str = "") -> None:
        self.array = array
        self.dtype = dtype or shown_dtype(array.dtype)
        self.identity = identity or identity_of(array.dtype)
        if array.ndim != 1:
            self.identity += str(array.shape)
        self.length, self.size_bytes = array.size, array.nbytes
        self.row_bytes = _row_bytes(array)
        self.work_bytes = self.length * self.row_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these elements, counted in C order."""
        array = self.array
        if len(ranges) == 1 and array.nbytes <= SLAB_BYTES and array.flags.c_contiguous:
            feed_flat(streams, array.reshape(-1))  # the usual small column, without ceremony
        else:
            feed_array(streams, array, ranges)
        streams.rows += count_rows(ranges)


class MaskedReader(ArrayReader):
    """An array and the mask of what is missing in it; what is behind the mask does not matter."""

    def __init__(self, array: Array, mask: Array, dtype: str = "", identity: str = "") -> None:
        super().__init__(array, dtype, identity)
        self.identity += "" if identity else " masked"
        self.mask = mask
        self.row_bytes += 1
        self.size_bytes += mask.nbytes
        self.work_bytes += mask.nbytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these elements, counted in C order."""
        for some in batches(ranges, self.row_bytes):
            piece, mask = gathered(self.array, some), gathered(self.mask, some)
            if count := int(np.count_nonzero(mask)):
                streams.count_missing(count)
                streams.add("missing", np.flatnonzero(mask) + streams.rows)
                piece = zeroed(piece, mask)
            feed_flat(streams, piece)
            streams.rows += len(piece)


def _row_bytes(array: Array) -> int:
    if array.dtype.kind == "O":
        return row_bytes_of(array.reshape(-1) if array.flags.c_contiguous else array.flat)
    if array.dtype.kind == "T":
        return 2 * TEXT_BYTES
    return VALUE_BYTES if array.dtype.hasobject else array.dtype.itemsize


def columns_of(array: Array, mask: Array | None = None, name: str = "") -> list[tuple[str, Reader]]:
    """The array as one column, or its fields as one column each, nested ones as "outer.inner"."""
    if array.dtype.names:
        dot = "." if name else ""
        return [
            column
            for field in array.dtype.names
            for column in columns_of(
                array[field], None if mask is None else mask[field], f"{name}{dot}{field}"
            )
        ]
    reader = ArrayReader(array) if mask is None else MaskedReader(array, mask)
    return [(name or "values", reader)]


def plain(array: Array) -> Array:
    """The same elements without the methods of a subclass."""
    return np.ndarray.view(array, np.ndarray)


def mask_of(array: Array) -> Array | None:
    """The mask of a masked array, or None for any other array."""
    if not issubclass(type(array), np.ma.MaskedArray):
        return None
    mask = stored(array, "_mask")
    if mask is np.ma.nomask:
        return np.broadcast_to(np.zeros((), np.ma.make_mask_descr(array.dtype)), array.shape)
    return plain(mask)


def zeroed(piece: Array, mask: Array) -> Array:
    """A copy with nothing behind the mask."""
    piece = piece.copy()
    piece[mask] = None if piece.dtype.kind == "O" else np.zeros((), piece.dtype)
    return piece


def shown_dtype(dtype: np.dtype[Any]) -> str:
    """The dtype as it is shown."""
    # str() of this one holds the repr() of whatever stands for missing values in it.
    return "StringDType" if dtype.kind == "T" else str(dtype)


def identity_of(dtype: np.dtype[Any]) -> str:
    """What of a dtype makes a difference: not the offsets and the padding of its fields."""
    if dtype.names:
        fields: Any = dtype.fields
        return ",".join(f"{name}:{identity_of(fields[name][0])}" for name in dtype.names)
    if dtype.subdtype:
        return f"{identity_of(dtype.subdtype[0])}{dtype.shape}"
    return dtype.str if dtype.kind in "biufcmMSUO" else shown_dtype(dtype)


def batches(ranges: Ranges, row_bytes: int) -> list[Ranges]:
    """Ranges that are read at once: blocks of a sample together, a whole column in slabs."""
    if len(ranges) > 1:
        return [ranges]
    return [[slab] for slab in slabs(ranges, row_bytes)]


def gathered(array: Array, ranges: Ranges) -> Array:
    """These elements in C order, one after the other in memory."""
    if len(ranges) > 1:
        return np.concatenate([gathered(array, [each]) for each in ranges])
    ((start, stop),) = ranges
    if array.flags.c_contiguous:
        return array.reshape(-1)[start:stop]
    if array.ndim == 1:
        return np.ascontiguousarray(array[start:stop])
    return array.flat[start:stop]


def feed_array(streams: Streams, array: Array, ranges: Ranges) -> None:
    """Feed elements in C order, without a copy of the whole of an array that lies otherwise."""
    item_bytes = array.dtype.itemsize
    if array.ndim < 2 or array.flags.c_contiguous or ranges != [(0, array.size)]:
        for some in batches(ranges, item_bytes):
            feed_flat(streams, gathered(array, some))
        return
    inner = math.prod(array.shape[1:])
    if inner * item_bytes > SLAB_BYTES:
        for each in array:
            feed_array(streams, each, [(0, inner)])
        return
    for first, last in slabs([(0, len(array))], inner * item_bytes):
        feed_flat(streams, np.ascontiguousarray(array[first:last]).reshape(-1))


def feed_flat(streams: Streams, piece: Array) -> None:
    """Feed a contiguous piece in the form that equal values share."""
    dtype = piece.dtype
    if dtype.kind in "fc":
        piece = _with_one_nan(streams, piece)
    elif dtype.kind == "b":
        piece = np.not_equal(piece.view("u1"), 0)
    elif dtype.kind in "mM":
        piece = _ticks(streams, piece)
    elif dtype.names:
        _feed_fields(streams, piece)
        return
    elif dtype.hasobject:
        feed_objects(streams, piece.astype(object, copy=False).tolist())
        return
    if piece.nbytes:
        streams.add("values", piece.view("u1"))


def _feed_fields(streams: Streams, piece: Array) -> None:
    for name in piece.dtype.names or ():
        field, inner = np.ascontiguousarray(piece[name]).reshape(-1), streams.inner(name)
        feed_flat(inner, field)
        inner.rows += len(field)


def _ticks(streams: Streams, piece: Array) -> Array:
    """Times as integers; NaT is one of them and is counted as missing."""
    ticks = piece.view(f"{piece.dtype.str[0]}i8")
    if len(ticks) and np.minimum.reduce(ticks) == NOT_A_TIME:
        streams.count_missing(int(np.count_nonzero(ticks == NOT_A_TIME)))
    return ticks


def _with_one_nan(streams: Streams, piece: Array) -> Array:
    """The numbers with every NaN alike; NaNs are counted as missing."""
    numbers = piece
    if piece.dtype.kind == "c":
        numbers = piece.view(f"{piece.dtype.str[0]}f{piece.dtype.itemsize // 2}")
    # One NaN makes the minimum NaN: the cheapest way to see that there is none.
    if len(numbers) and (least := np.minimum.reduce(numbers)) != least:
        streams.count_missing(int(np.count_nonzero(np.isnan(piece))))
        numbers = numbers.copy()
        numbers[np.isnan(numbers)] = np.nan
    if LONG_DOUBLE_BYTES and numbers.dtype.itemsize > 8:
        octets = numbers.view("u1").reshape(-1, numbers.dtype.itemsize)
        return np.ascontiguousarray(octets[:, :LONG_DOUBLE_BYTES]).reshape(-1)
    return numbers
