"""NumPy arrays: how they lie in memory leaves no trace in the digest; what they say does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import numpy as np
import pytest
from digests import digest, usually
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

PLAIN_DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64, 128)),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.byte_string_dtypes(),
    hnp.unicode_string_dtypes(endianness="?"),
)
DTYPES = st.one_of(PLAIN_DTYPES, hnp.nested_dtypes(subtype_strategy=PLAIN_DTYPES, max_itemsize=400))
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))


def mapped_from_a_file(array: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryFile() as file:
        np.ascontiguousarray(array).tofile(file)
        file.flush()
        return np.memmap(file, array.dtype, "r", shape=array.shape)


def unaligned(array: np.ndarray) -> np.ndarray:
    raw = np.empty(array.nbytes + 1, "u1")
    copy = np.ndarray(array.shape, array.dtype, raw, offset=1)
    copy[...] = array
    return copy


def read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "copied": lambda array: array.copy(),
    "Fortran order": lambda array: np.array(array, order="F"),
    "every second": lambda array: np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array,
    "backwards": lambda array: np.flip(np.flip(array).copy()) if array.ndim else array,
    "unaligned": unaligned,
    "read-only": read_only,
    "from a file": lambda array: mapped_from_a_file(array) if array.nbytes else array,
    "broadcast": lambda array: np.broadcast_to(array[None], (1, *array.shape))[0, ...],
}


@usually
@given(ARRAYS)
def test_an_array_has_one_digest_in_every_layout(array: np.ndarray) -> None:
    told = digest(array)

    for name, lay_out in LAYOUTS.items():
        assert digest(lay_out(array)) == told, name


@usually
@given(ARRAYS, st.data())
def test_another_value_is_another_digest(array: np.ndarray, data: st.DataObject) -> None:
    assume(array.size and array.dtype.itemsize)
    other = array.copy()
    place = data.draw(st.integers(0, array.size - 1))
    other.flat[place] = data.draw(hnp.arrays(array.dtype, ()))
    equal = other.tobytes() == array.tobytes() or same_values(other, array)

    assert (digest(other) == digest(array)) == equal


def same_values(left: np.ndarray, right: np.ndarray) -> bool:
    """As the documents say: by bits, but NaN is NaN and padding is nothing."""
    if left.dtype.names:
        return all(same_values(left[name], right[name]) for name in left.dtype.names)
    if left.dtype.kind == "c":
        return same_values(left.real, right.real) and same_values(left.imag, right.imag)
    if left.dtype.kind == "f":
        unlike = (left != right) | (np.signbit(left) != np.signbit(right))
        return bool((~unlike | (np.isnan(left) & np.isnan(right))).all())
    return np.ascontiguousarray(left).tobytes() == np.ascontiguousarray(right).tobytes()


@usually
@given(ARRAYS)
def test_another_shape_is_another_digest(array: np.ndarray) -> None:
    assume(array.ndim > 1 and array.size and not array.dtype.names)

    assert digest(array.reshape(-1)) != digest(array)


@pytest.mark.parametrize("dtypes", [("i4", "u4"), ("i8", "M8[s]"), ("M8[s]", "M8[ms]"), ("S4", "V4"),
                                    ("f4", "i4"), ("<i4", ">i4")])  # fmt: skip
def test_another_dtype_is_another_digest(dtypes: tuple[str, str]) -> None:
    left, right = (np.zeros(3, dtype) for dtype in dtypes)

    assert left.tobytes() == right.tobytes()
    assert digest(left) != digest(right)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", ">f8"])
def test_every_nan_is_the_same_and_minus_zero_is_not_zero(dtype: str) -> None:
    nan = np.array([1, np.nan, 3], dtype)
    sign_and_payload = nan.copy()
    with np.errstate(all="ignore"):
        sign_and_payload[1] = -np.log(np.array([-1.0]))[0]

    assert digest(sign_and_payload) == digest(nan)
    assert digest(np.array([0.0], dtype)) != digest(np.array([-0.0], dtype))


def test_nan_with_any_payload_is_the_same() -> None:
    usual = np.array([1.0, np.nan])
    strange = usual.copy()
    strange.view("u8")[1] = 0xFFF8_0000_DEAD_BEEF

    assert digest(strange) == digest(usual)


def test_what_is_behind_a_mask_does_not_matter_and_the_mask_does() -> None:
    told = digest(np.ma.array([1, 2, 3], mask=[False, True, False]))

    assert digest(np.ma.array([1, 9, 3], mask=[False, True, False])) == told
    assert digest(np.ma.array([1, 0, 3], mask=[False, False, False])) != told
    assert digest(np.ma.array([1, 2, 3], mask=[False, False, True])) != told


def test_padding_of_a_structure_does_not_matter() -> None:
    padded = np.zeros(4, np.dtype([("a", "i1"), ("b", "f8")], align=True))
    padded.view("u1").reshape(4, -1)[:, 1:8] = 7
    packed = np.zeros(4, [("a", "i1"), ("b", "f8")])

    assert digest(padded) == digest(packed)


def test_padding_of_long_doubles_does_not_matter() -> None:
    clean = np.zeros(3, "g")
    dirty = clean.copy()
    if np.finfo("g").nmant == 63:
        dirty.view("u1").reshape(3, -1)[:, 10:] = 7

    assert digest(dirty) == digest(clean)
