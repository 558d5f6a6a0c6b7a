"""What a reader is: how objects of a class are taken into a walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["BY_IDENTITY", "Encode", "Kind", "Reader"]

Reader = Callable[["Walk", Any], None]
Encode = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Objects of a class: read by a reader, known by a value, or by their identity alone.

    `may_be_foreign` holds for classes some of whose objects belong to libraries and are left alone;
    `reads` are the global names that the methods of the class read.
    """

    reader: Reader | None = None
    encode: Encode | None = None
    may_be_foreign: bool = False
    reads: frozenset[str] = frozenset()


BY_IDENTITY = Kind()
