"""Sparse matrices of SciPy as columns, whatever the order of what is stored in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.data.arrays import feed_array, gathered, identity_of, plain, shown_dtype
from nbmlops.data.python_values import VALUE_BYTES
from nbmlops.data.streams import OpaqueReader, Portion, Ranges, Reader, Streams, count_rows, slabs

__all__ = ["matrix_reader"]

Array = np.ndarray[Any, Any]
ENDS_OF_A_SAMPLE = 4_096


def matrix_reader(matrix: Any, budget_bytes: int | None) -> Reader:
    """The reader of a sparse matrix; of one in Python lists that is too large, an opaque one."""
    if matrix.format in ("lil", "dok") and budget_bytes is not None:
        if int(matrix.nnz) * VALUE_BYTES > budget_bytes:
            return OpaqueReader(shown_dtype(matrix.dtype))
    return MatrixReader(matrix)


class MatrixReader:
    """What is stored, in the order of rows (in "csc" of columns); a row here is a stored value."""

    def __init__(self, matrix: Any) -> None:
        layout = str(matrix.format)
        self._ends: Array | None = None
        if layout in ("csr", "csc"):
            self._ends = plain(matrix.indptr)
            self._places = [plain(matrix.indices)]
        else:
            matrix = matrix.tocoo()
            coordinates = getattr(matrix, "coords", None) or (matrix.row, matrix.col)
            self._places = [plain(each) for each in coordinates]
        self.length = len(matrix.data) if self._ends is None else int(self._ends[-1])
        # More may be stored than the matrix holds.
        self._values = plain(matrix.data)[: self.length]
        self._places = [each[: self.length] for each in self._places]
        self.dtype = shown_dtype(self._values.dtype)
        self.identity = f"{layout} {identity_of(self._values.dtype)} {tuple(matrix.shape)}"
        parts = [self._values, *self._places, *([] if self._ends is None else [self._ends])]
        self.size_bytes = sum(part.nbytes for part in parts)
        self.row_bytes = self._values.itemsize + 8 * len(self._places)
        self.work_bytes = 2 * self.length * self.row_bytes  # the order is looked at first

    def prepare(self, portion: Portion) -> bool:
        """Put what is stored in its order, where all of it is read."""
        is_whole = len(portion.ranges(self.length, self.row_bytes)) == 1
        if is_whole and not self._is_sorted():
            keys = list(reversed(self._places))
            if self._ends is not None:
                keys.append(np.repeat(np.arange(len(self._ends) - 1), np.diff(self._ends)))
            order = np.lexsort(keys)
            self._values = self._values[order]
            self._places = [each[order] for each in self._places]
        return True

    def _is_sorted(self) -> bool:
        """True where each row's places, or all places, ascend already."""
        first = self._places[0]
        falls = np.flatnonzero(first[1:] < first[:-1]) + 1
        if self._ends is not None:
            at = np.searchsorted(self._ends, falls)
            return bool((self._ends[at] == falls).all())
        if len(self._places) != 2:
            return not len(falls) and len(self._places) == 1
        row, column = self._places
        mixed = (row[1:] == row[:-1]) & (column[1:] < column[:-1])
        return not len(falls) and not mixed.any()

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these stored values, where they are, and where each row ends."""
        feed_array(streams, self._values, ranges)
        for number, places in enumerate(self._places):
            for slab in slabs(ranges, 8):
                streams.add(f"places {number}", gathered(places, [slab]).astype(np.int64))
        if self._ends is not None:
            ends = self._ends
            if len(ranges) > 1:
                some = min(len(ends), ENDS_OF_A_SAMPLE)
                ends = ends[np.linspace(0, len(ends) - 1, some).astype(np.int64)]
            for first, last in slabs([(0, len(ends))], 8):
                streams.add("row ends", ends[first:last].astype(np.int64))
        streams.rows += count_rows(ranges)
