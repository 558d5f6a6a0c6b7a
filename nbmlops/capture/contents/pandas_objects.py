"""Reading frames, series and indexes of pandas, column by column, past their caches.

pandas may put the blocks of a frame together at any time; so each column counts by itself.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64, xxh3_64_intdigest

from nbmlops.capture.contents.arrays import mark_memory, read_values
from nbmlops.capture.contents.instances import attributes_of
from nbmlops.data.classes import bases_of, stored

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["read_extension_array", "read_frame", "read_index"]

Array = np.ndarray[Any, Any]

LARGE_BYTES = 256 * 1024  # from which on a sketch reads some rows of some columns
MOST_COLUMNS = 64
ROW_BLOCKS, BLOCK_ROWS = 16, 32
SLAB_BYTES = 1 << 20
_PARTS = ("_ndarray", "_data", "_mask", "_left", "_right", "_sparse_values", "_sparse_index")


def read_frame(walk: Walk, frame: Any) -> None:
    """Read a frame or a series."""
    manager = stored(frame, "_mgr")
    axes, blocks = manager.axes, manager.blocks
    if len(axes) == 1:
        walk.row([stored(frame, "_name"), axes[0], stored(frame, "_attrs")])
        values = blocks[0].values
        if isinstance(values, np.ndarray):
            mark_memory(walk, values)
            read_values(walk, values)
        else:
            walk.row([values])
        return
    walk.row([*axes, stored(frame, "_attrs")])
    columns: list[tuple[int, Any, int]] = []  # place, values of its block, row in it
    size = 0
    for block in blocks:
        values = block.values
        if isinstance(values, np.ndarray):
            mark_memory(walk, values)
            size += 0 if values.dtype.hasobject else values.nbytes
        places = block.mgr_locs.as_array.tolist()
        columns += ((place, values, row) for row, place in enumerate(places))
    columns.sort(key=lambda column: column[0])
    is_part = size > LARGE_BYTES and not walk.is_whole
    if len(columns) > MOST_COLUMNS and not walk.is_whole:
        last, walk.is_part = len(columns) - 1, True
        columns = [columns[last * each // (MOST_COLUMNS - 1)] for each in range(MOST_COLUMNS)]
    if is_part:
        walk.is_part = True
    elif walk.is_whole:
        walk.clock.check(2 * size)
    _read_columns(walk, columns, is_part=is_part)


def _read_columns(walk: Walk, columns: list[tuple[int, Any, int]], *, is_part: bool) -> None:
    digests: dict[int, list[int]] = {}
    row: list[Any] = []
    for _, values, place in columns:
        if not isinstance(values, np.ndarray) or values.ndim == 1:
            row.append(values)
        elif values.dtype.hasobject:
            walk.sequence(partial(_listed, values[place]), values.shape[1])
        else:
            found = digests.get(id(values))
            if found is None:
                found = digests[id(values)] = _digests(values, is_part=is_part)
            row.append(found[place])
    walk.row(row)


def _digests(values: Array, *, is_part: bool) -> list[int]:
    """The digest of each column of a block, whose columns are rows of its array."""
    length = values.shape[1]
    if is_part and length > ROW_BLOCKS * BLOCK_ROWS:
        last = length - BLOCK_ROWS
        starts = [last * number // (ROW_BLOCKS - 1) for number in range(ROW_BLOCKS)]
        values = np.concatenate([values[:, each : each + BLOCK_ROWS] for each in starts], axis=1)
        length = values.shape[1]
    if not values.size:
        return [0] * len(values)
    octets, seed = f"V{values.dtype.itemsize}", xxh3_64_intdigest(values.dtype.str.encode())
    if values.strides[1] == values.itemsize:
        return [xxh3_64_intdigest(column.view("u1"), seed) for column in values]
    rows = max(1, SLAB_BYTES // (len(values) * values.dtype.itemsize))
    if length <= rows:
        lies = np.ascontiguousarray(values).view(octets)
        return [xxh3_64_intdigest(column.view("u1"), seed) for column in lies]
    hashers = [xxh3_64(seed=seed) for _ in values]
    for first in range(0, length, rows):
        piece = np.ascontiguousarray(values[:, first : first + rows])
        for hasher, column in zip(hashers, piece, strict=True):
            hasher.update(column.view("u1"))
    return [hasher.intdigest() for hasher in hashers]


def _listed(column: Array, start: int, stop: int) -> list[Any]:
    return list(column[start:stop].tolist())


def _part(data: memoryview, start: int, stop: int) -> memoryview:
    return data[start:stop]


def read_index(walk: Walk, index: Any) -> None:
    """Read an index; what nobody can change in it is not marked as shared."""
    walk.shared.discard(id(index))
    held = attributes_of(index, bases_of(type(index)))
    kind = type(index).__name__
    walk.add(kind.encode())
    if kind == "RangeIndex":
        walk.row([held.get("_name"), held.get("_range")])
        return
    if kind == "MultiIndex":
        walk.row([*stored(index, "_names"), *stored(index, "_levels")])
        for codes in stored(index, "_codes"):
            read_values(walk, np.asarray(codes))
        return
    walk.row([held.get("_name")])
    values = held.get("_data")
    if isinstance(values, np.ndarray):
        read_values(walk, values)
    else:
        walk.row([values])


def read_extension_array(walk: Walk, values: Any) -> None:
    """Read an array that pandas has made of other arrays."""
    held = getattr(values, "_pa_array", None)
    walk.add(type(values).__name__.encode())
    if held is not None:
        for chunk in held.chunks:
            walk.row([chunk.offset, len(chunk)])
            for buffer in chunk.buffers():
                if buffer is not None:
                    walk.memory(partial(_part, memoryview(buffer)), buffer.size)
        return
    parts = [getattr(values, name, None) for name in _PARTS]
    walk.row([*parts, values.dtype])
    if all(part is None for part in parts):
        walk.is_opaque = True
