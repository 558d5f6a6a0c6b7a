"""Which values are numbers that a metric can be, told by their classes alone."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from nbmlops.data.classes import bases_of, class_name

__all__ = ["is_number"]

_EXACT = frozenset(map(id, (Decimal, Fraction)))
_LIBRARIES = frozenset({"numpy", "torch", "tensorflow", "jax", "jaxlib", "cupy"})


def is_number(value: Any) -> bool:
    """True for what a metric can be: real scalars, and arrays and tensors without dimensions.

    >>> is_number(1.5), is_number(True), is_number(2**70), is_number("1"), is_number(Decimal("0.5"))
    (True, False, False, False, True)
    """
    kind = type(value)
    if issubclass(kind, (bool, complex)):
        return False
    if issubclass(kind, int):
        return -(2**63) <= int.__add__(value, 0) < 2**63
    if issubclass(kind, float) or any(base in _EXACT for base in map(id, bases_of(kind))):
        return True
    # Only what these make is asked for its shape: what a user's own class says may be code, and a
    # frame looks for whatever it is asked for among its columns.
    if class_name(kind).partition(".")[0] not in _LIBRARIES or issubclass(kind, type):
        return False
    if getattr(value, "shape", None) is None or not hasattr(value, "item"):
        return False
    dtype = getattr(getattr(value, "dtype", None), "kind", "f")
    return len(value.shape) == 0 and dtype in "iuf"
