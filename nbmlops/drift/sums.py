"""Sums of products without the threads of BLAS."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["dot"]


def dot(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """The sum of the products of two vectors.

    `np.dot` asks BLAS, which from 10,000 numbers on divides them among threads: on a busy machine
    waking those and waiting for them takes many times what the sum does.

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 0.5]))
    4.0
    """
    return float(np.einsum("i,i->", one, other))
