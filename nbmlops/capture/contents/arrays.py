"""Reading arrays of NumPy: their form and their bytes, whatever their layout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.capture.contents.instances import attributes
from nbmlops.data.classes import stored

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["mark_memory", "read_array", "read_values"]

Array = np.ndarray[Any, Any]

LARGE_BYTES = 256 * 1024
BLOCKS, BLOCK_ITEMS = 64, 128
SLAB_BYTES = 8 << 20
_base_of = np.ndarray.base.__get__


def read_array(walk: Walk, array: Array) -> None:
    """Read an array, and mark the memory that it may share with views of it."""
    if type(array) is not np.ndarray:
        array = _plain(walk, array)
    mark_memory(walk, array)
    walk.add_plain(array.shape, array.strides)
    read_values(walk, array)


def _plain(walk: Walk, array: Array) -> Array:
    """The array without the methods of its class, of which the rest is read here."""
    plain = np.ndarray.view(array, np.ndarray)
    if issubclass(type(array), np.memmap):
        walk.is_opaque = True  # reading it may take a disk's time
        return plain[:0]
    if issubclass(type(array), np.ma.MaskedArray):
        walk.row([stored(array, "_mask")])
    else:
        walk.row(attributes(array, type(array)))
    return plain


def mark_memory(walk: Walk, array: Array) -> None:
    """Mark the array whose memory this is, whoever has a view of it."""
    base: Any = array.base
    while base is not None and issubclass(type(base), np.ndarray):
        array, base = base, _base_of(base)
    walk.shared.add(id(array))
    if base is not None:
        walk.shared.add(id(base.obj if type(base) is memoryview else base))
    if "torch" in sys.modules:  # its tensors know the address alone
        plain = np.ndarray.view(array, np.ndarray)
        walk.shared.add(int(plain.__array_interface__["data"][0]))


def read_values(walk: Walk, array: Array) -> None:
    """Read the values of a plain array."""
    dtype = array.dtype
    walk.add(dtype.str.encode())
    if dtype.hasobject:
        if dtype.kind == "O":
            flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
            walk.sequence(lambda start, stop: flat[start:stop].tolist(), array.size)
        else:
            walk.is_opaque = True
        return
    flags = array.flags
    if flags.c_contiguous and array.nbytes <= LARGE_BYTES and dtype.kind in "biuf":
        walk.add(array)
    elif flags.c_contiguous or flags.f_contiguous:
        lies = array if flags.c_contiguous else array.T
        octets = lies.reshape(-1).view("u1") if lies.size else np.empty(0, "u1")
        walk.memory(lambda start, stop: octets[start:stop], octets.size)
    elif array.nbytes <= LARGE_BYTES:
        walk.add(np.ascontiguousarray(array).reshape(-1).view("u1"))
    elif walk.is_whole:
        walk.clock.check(4 * array.nbytes)
        rows = max(1, SLAB_BYTES // max(array[0].nbytes, 1))
        for first in range(0, len(array), rows):
            piece = np.ascontiguousarray(array[first : first + rows])
            walk.add(piece.reshape(-1).view("u1"))
    else:
        walk.is_part = True
        flat, last = array.flat, array.size - BLOCK_ITEMS
        for number in range(BLOCKS):
            first = last * number // (BLOCKS - 1)
            walk.add(flat[first : first + BLOCK_ITEMS].view("u1"))
