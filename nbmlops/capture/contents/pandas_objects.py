"""Reading frames, series and indexes of pandas, column by column, past their caches.

pandas may put the blocks of a frame together at any time; so each column counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from gc import get_referents
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64, xxh3_64_intdigest

from nbmlops.capture.contents.arrays import mark_memory, read_values
from nbmlops.capture.contents.instances import stored_or_none
from nbmlops.data.classes import stored

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
    size = 0
    for block in blocks:
        values = block.values
        if isinstance(values, np.ndarray):
            mark_memory(walk, values)
            size += 0 if values.dtype.hasobject else values.nbytes
    is_part = size > LARGE_BYTES and not walk.is_whole
    count = len(axes[0])
    if count > MOST_COLUMNS and not walk.is_whole:
        wanted = {(count - 1) * each // (MOST_COLUMNS - 1) for each in range(MOST_COLUMNS)}
        walk.is_part = True
    else:
        wanted = None
    if is_part:
        walk.is_part = True
    elif walk.is_whole:
        walk.clock.check(2 * size)
    columns = [
        (place, block.values, row)
        for block in blocks
        for row, place in _places(block, count, wanted)
    ]
    columns.sort(key=itemgetter(0))
    _read_columns(walk, columns, is_part=is_part)


def _places(block: Any, count: int, wanted: set[int] | None) -> Iterable[tuple[int, int]]:
    """Which rows of a block are which of so many columns of the frame; of those that are wanted."""
    placement = block.mgr_locs
    stored_forms = [
        each for each in get_referents(placement) if isinstance(each, (slice, np.ndarray))
    ]
    # As it is stored: another form that is asked for would be kept as well.
    held = stored_forms[0] if stored_forms else placement.indexer
    if isinstance(held, slice):
        places = range(*held.indices(count))
        if wanted is None:
            return enumerate(places)
        return [(places.index(place), place) for place in wanted if place in places]
    if wanted is None:
        return enumerate(held.tolist())
    rows = np.flatnonzero(np.isin(held, list(wanted)))
    return zip(rows.tolist(), held[rows].tolist(), strict=True)


def _read_columns(walk: Walk, columns: list[tuple[int, Any, int]], *, is_part: bool) -> None:
    rows: dict[int, list[int]] = {}  # of each block
    for _, values, place in columns:
        rows.setdefault(id(values), []).append(place)
    digests: dict[int, dict[int, int]] = {}
    row: list[Any] = []
    for _, values, place in columns:
        if not isinstance(values, np.ndarray) or values.ndim == 1:
            row.append(values)
        elif values.dtype.hasobject:
            walk.sequence(partial(_listed, values[place]), values.shape[1])
        else:
            found = digests.get(id(values))
            if found is None:
                wanted = sorted(rows[id(values)])
                digested = _digests(values, wanted, is_part=is_part)
                found = digests[id(values)] = dict(zip(wanted, digested, strict=True))
            row.append(found[place])
    walk.row(row)


def _digests(values: Array, wanted: list[int], *, is_part: bool) -> list[int]:
    """The digest of each wanted column of a block, whose columns are rows of its array."""
    length, chosen = values.shape[1], wanted if len(wanted) < len(values) else slice(None)
    if is_part and length > ROW_BLOCKS * BLOCK_ROWS:
        last = length - BLOCK_ROWS
        starts = [last * number // (ROW_BLOCKS - 1) for number in range(ROW_BLOCKS)]
        values = np.concatenate(
            [values[chosen, each : each + BLOCK_ROWS] for each in starts], axis=1
        )
        length = values.shape[1]
    else:
        values = values[chosen]
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
    kind = type(index).__name__
    walk.add(kind.encode())
    if kind == "RangeIndex":
        walk.row([stored(index, "_name"), stored(index, "_range")])
        return
    if kind == "MultiIndex":
        walk.row([*stored(index, "_names"), *stored(index, "_levels")])
        for codes in stored(index, "_codes"):
            read_values(walk, np.asarray(codes))
        return
    walk.row([stored(index, "_name")])
    values = stored(index, "_data")
    if isinstance(values, np.ndarray):
        read_values(walk, values)
    else:
        walk.row([values])


def read_extension_array(walk: Walk, values: Any) -> None:
    """Read an array that pandas has made of other arrays."""
    held = stored_or_none(values, "_pa_array")
    walk.add(type(values).__name__.encode())
    if held is not None:
        for chunk in held.chunks:
            walk.row([chunk.offset, len(chunk)])
            for buffer in chunk.buffers():
                if buffer is not None:
                    walk.memory(partial(_part, memoryview(buffer)), buffer.size)
        return
    parts = [stored_or_none(values, name) for name in _PARTS]
    walk.row([*parts, stored_or_none(values, "_dtype")])
    if all(part is None for part in parts):
        walk.is_opaque = True
