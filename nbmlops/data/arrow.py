"""Arrow arrays as columns, whatever their chunks, offsets, encodings and what lies behind nulls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nbmlops.data.arrays import feed_flat, zeroed
from nbmlops.data.classes import class_name
from nbmlops.data.python_values import feed_objects
from nbmlops.data.streams import Ranges, Streams, framed_digest, slabs

__all__ = ["ArrowReader", "feed_arrow", "shown_type"]

ROWS_AT_ONCE = 65_536
NESTED_ROW_BYTES = 32  # what a row of a nested type costs besides its values
ENCODED_ROW_BYTES = 64


class ArrowReader:
    """A column of Arrow chunks. `identity` is that of the library whose column it is."""

    def __init__(self, chunks: Sequence[Any], kind: Any, dtype: str = "") -> None:
        self.chunks = [chunk for chunk in chunks if len(chunk)]
        self.dtype = dtype or shown_type(kind)
        self.identity = self.dtype + _parameters(kind)
        self.length = sum(map(len, self.chunks))
        self.size_bytes = sum(chunk.nbytes for chunk in self.chunks)
        self.row_bytes = _row_bytes(kind, self.chunks, self.length)
        self.work_bytes = self.length * self.row_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        parts = [part for start, stop in ranges for part in _within(self.chunks, start, stop)]
        if len(ranges) > 1 and len({part.type for part in parts}) == 1:
            parts = [pa.concat_arrays(parts)]  # one small array is sooner read than many
        for part in parts:
            feed_arrow(streams, part)


def shown_type(kind: Any) -> str:
    """An Arrow type as text; of an extension only the name, because it may hold anything."""
    return str(kind.extension_name) if isinstance(kind, pa.BaseExtensionType) else str(kind)


def _parameters(kind: Any) -> str:
    """What besides its name makes an extension type, where it can be asked."""
    if not isinstance(kind, pa.BaseExtensionType):
        return ""
    told = str(kind.storage_type)
    if class_name(type(kind)).startswith(("pyarrow.", "pandas.")):
        serialized = getattr(kind, "__arrow_ext_serialize__", bytes)()
        told += f"{kind} {serialized!r}"
    return f" {framed_digest([told])}"


def _row_bytes(kind: Any, chunks: Iterable[Any], length: int) -> int:
    """What a row costs, which does not depend on how it lies in memory."""
    if _is_encoded(kind):
        return ENCODED_ROW_BYTES
    if _is_text(kind):
        return 8 + sum(_text_bytes(chunk) for chunk in chunks) // max(length, 1)
    try:
        return max(1, int(kind.bit_width) // 8)
    except ValueError:
        size = sum(int(chunk.nbytes) for chunk in chunks)
        return NESTED_ROW_BYTES + size // max(length, 1)


def _within(chunks: Iterable[Any], start: int, stop: int) -> Iterator[Any]:
    for chunk in chunks:
        first, last = max(start, 0), min(stop, len(chunk))
        if first < last:
            yield chunk if last - first == len(chunk) else chunk.slice(first, last - first)
        start, stop = start - len(chunk), stop - len(chunk)


def feed_arrow(streams: Streams, chunk: Any) -> None:
    """Feed an Arrow array in the form that equal values share."""
    kind = chunk.type
    if isinstance(kind, pa.BaseExtensionType):
        feed_arrow(streams, chunk.storage)
        return
    if _is_encoded(kind):
        for first in range(0, len(chunk), ROWS_AT_ONCE):
            feed_arrow(streams, _decoded(chunk.slice(first, ROWS_AT_ONCE), kind))
        return
    valid = _valid(streams, chunk)
    if _is_text(kind):
        _feed_text(streams, chunk, valid)
    elif pa.types.is_boolean(kind):
        bits = _bits(chunk.buffers()[1], chunk.offset, len(chunk))
        _feed_values(streams, bits, valid)
    elif (plain := _plain_dtype(kind)) is not None:
        width = plain.itemsize
        if width:
            data = chunk.buffers()[1]
            values = np.frombuffer(data, plain, count=len(chunk), offset=chunk.offset * width)
            _feed_values(streams, values, valid)
    elif not pa.types.is_null(kind):
        _feed_nested(streams, chunk, kind)
    streams.rows += len(chunk)


def _valid(streams: Streams, chunk: Any) -> np.ndarray[Any, Any] | None:
    """Where there are values, or None where no value is missing. The missing rows are fed."""
    if pa.types.is_null(chunk.type):
        streams.count_missing(len(chunk))
        return None
    if not chunk.null_count:
        return None
    valid = _bits(chunk.buffers()[0], chunk.offset, len(chunk))
    missing = np.flatnonzero(~valid)
    streams.count_missing(len(missing))
    streams.add("missing", missing + streams.rows)
    return valid


def _bits(buffer: Any, offset: int, length: int) -> np.ndarray[Any, Any]:
    """Bits of a bitmap as booleans."""
    first = offset // 8
    octets = np.frombuffer(buffer, np.uint8, count=(offset % 8 + length + 7) // 8, offset=first)
    bits = np.unpackbits(octets, count=offset % 8 + length, bitorder="little")
    return bits[offset % 8 :].view(np.bool_)


def _feed_values(
    streams: Streams, values: np.ndarray[Any, Any], valid: np.ndarray[Any, Any] | None
) -> None:
    # In Arrow NaN is a number and not missing.
    missing = streams.missing
    for first, last in slabs([(0, len(values))], values.dtype.itemsize):
        piece = values[first:last]
        if valid is not None:
            piece = zeroed(piece, ~valid[first:last])
        feed_flat(streams, piece)
    streams.missing = missing


def _plain_dtype(kind: Any) -> np.dtype[Any] | None:
    """The NumPy dtype of the bytes of a fixed-width type."""
    types = pa.types
    if types.is_floating(kind):
        return np.dtype(f"f{kind.bit_width // 8}")
    if types.is_dictionary(kind) or types.is_nested(kind) or types.is_null(kind):
        return None
    try:
        width = kind.bit_width // 8
    except ValueError:
        return None
    return np.dtype(f"i{width}" if width in (1, 2, 4, 8) else f"V{width}")


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def _ends(chunk: Any) -> np.ndarray[Any, Any]:
    """The offsets of strings or lists: one more than there are."""
    is_wide = pa.types.is_large_string(chunk.type) or pa.types.is_large_binary(chunk.type)
    plain = np.dtype(np.int64 if is_wide else np.int32)
    buffer = chunk.buffers()[1]
    if buffer is None or not len(buffer):
        return np.zeros(len(chunk) + 1, plain)
    return np.frombuffer(buffer, plain, count=len(chunk) + 1, offset=chunk.offset * plain.itemsize)


def _text_bytes(chunk: Any) -> int:
    ends = _ends(chunk)
    return int(ends[-1]) - int(ends[0])


def _feed_text(streams: Streams, chunk: Any, valid: np.ndarray[Any, Any] | None) -> None:
    """Feed where each string ends and the bytes of all."""
    ends = _ends(chunk)
    if valid is not None and np.diff(ends)[~valid].any():
        # Something lies behind a null; without it the ends are those of anybody else.
        chunk = pc.fill_null(chunk, b"" if "binary" in str(chunk.type) else "")
        ends = _ends(chunk)
    begin, data = int(ends[0]), chunk.buffers()[2]
    size = int(ends[-1]) - begin
    shift = streams.text_bytes - begin
    for first, last in slabs([(1, len(ends))], 8):
        piece = ends[first:last]
        if shift or piece.dtype != np.int64:
            piece = piece.astype(np.int64) + shift
        streams.add("ends", piece)
    if size:
        streams.add("text", np.frombuffer(data, np.uint8, count=size, offset=begin))
    streams.text_bytes += size


def _is_encoded(kind: Any) -> bool:
    """True for the forms in which an array of a plainer type may be written."""
    types = pa.types
    is_coded = types.is_dictionary(kind) or types.is_run_end_encoded(kind)
    return bool(is_coded or str(kind) in _VIEWS)


_VIEWS = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}


def _decoded(chunk: Any, kind: Any) -> Any:
    """The array that is written in another form."""
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_decode(chunk)
    if not pa.types.is_dictionary(kind):
        return chunk.cast(_VIEWS[str(kind)])
    values = chunk.dictionary
    if target := _VIEWS.get(str(values.type)):
        values = values.cast(target)
    return values.take(chunk.indices)


def _feed_nested(streams: Streams, chunk: Any, kind: Any) -> None:
    types = pa.types
    if types.is_struct(kind):
        for number, field in enumerate(chunk.flatten()):
            feed_arrow(streams.inner(f"{number} {kind.field(number).name}"), field)
    elif types.is_map(kind):
        items = chunk.cast(pa.list_(pa.struct([kind.key_field, kind.item_field])))
        _feed_list(streams, items)
    elif types.is_nested(kind) and not types.is_union(kind):
        _feed_list(streams, chunk)
    else:
        feed_objects(streams.inner("items"), chunk.to_pylist())


def _feed_list(streams: Streams, chunk: Any) -> None:
    """Feed how long each list is, and the items of all that are not missing."""
    sizes = pc.fill_null(pc.list_value_length(chunk), 0).to_numpy(zero_copy_only=False)
    streams.add("sizes", np.ascontiguousarray(sizes, np.int64))
    feed_arrow(streams.inner("items"), chunk.flatten())
