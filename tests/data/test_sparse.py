"""Sparse matrices: the order in which they were filled leaves no trace in the digest."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from digests import digest

from nbmlops.data.fingerprint import fingerprint


@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"])
def test_a_sparse_matrix_is_told_by_its_values(layout: str) -> None:
    dense = np.diag([1.0, 0, np.nan, 3]) + np.diag([4.0, 0, 5], k=1)
    matrix = sp.csr_array(dense).asformat(layout)
    other = dense.copy()
    other[3, 3] = 2

    assert digest(matrix) == digest(sp.coo_array(dense).asformat(layout))
    assert digest(matrix) != digest(sp.csr_array(other).asformat(layout))
    assert digest(matrix) != digest(sp.csr_array(dense.T).asformat(layout))
    told = fingerprint(matrix)
    assert told is not None
    assert (told.shape, told.columns[0].missing_count) == ((4, 4), 1)


@pytest.mark.parametrize("layout", ["csr", "csc", "coo"])
def test_the_order_in_which_a_sparse_matrix_was_filled_does_not_matter(layout: str) -> None:
    chance = np.random.default_rng(3)
    places = chance.permutation(400)[:90]
    values, rows, columns = chance.normal(size=90), places // 20, places % 20
    sorted_ = sp.coo_array((values, (rows, columns)), (20, 20)).tocsr().sorted_indices()
    ordered = sorted_.asformat(layout)
    unordered = sp.coo_array((values, (rows, columns)), (20, 20)).asformat(layout)
    if layout != "coo":
        for first, last in zip(unordered.indptr, unordered.indptr[1:], strict=False):
            unordered.indices[first:last] = unordered.indices[first:last][::-1].copy()
            unordered.data[first:last] = unordered.data[first:last][::-1].copy()
        unordered.has_sorted_indices = False
    before = (unordered.coords if layout == "coo" else [unordered.indices])[0].copy()

    assert digest(unordered) == digest(ordered)
    after = (unordered.coords if layout == "coo" else [unordered.indices])[0]
    assert np.array_equal(before, after)


def test_the_width_of_places_does_not_matter() -> None:
    narrow = sp.random_array((50, 40), density=0.1, format="csr", rng=1)
    wide = narrow.copy()
    wide.indices, wide.indptr = wide.indices.astype("i8"), wide.indptr.astype("i8")

    assert digest(wide) == digest(narrow)
