"""A file → its fingerprint: a digest of its bytes."""

from __future__ import annotations

import os
import stat

from xxhash import xxh3_128

from nbmlops.data.fingerprint import Fingerprint

__all__ = ["fingerprint_file"]

PIECE_BYTES = 1 << 20
BLOCKS = 64


def fingerprint_file(
    path: str | os.PathLike[str], *, budget_bytes: int | None = None
) -> Fingerprint | None:
    """The fingerprint of a regular file; None for anything else.

    Of a file of more than `budget_bytes`, blocks are read that are spread evenly over it, both
    ends included; its digest begins with "~", as that of data in memory does.
    """
    try:
        with open(path, "rb", buffering=0, opener=_open_now) as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                return None
            size = state.st_size
            digest = xxh3_128(size.to_bytes(8, "little"))
            partial = budget_bytes is not None and size > budget_bytes
            block = max((budget_bytes or 0) // BLOCKS, 64)
            partial = partial and block * BLOCKS < size
            if not partial:
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
            else:
                for number in range(BLOCKS):
                    file.seek((size - block) * number // (BLOCKS - 1))
                    digest.update(file.read(block))
    except (OSError, ValueError):
        return None
    told = digest.hexdigest()
    return Fingerprint(
        kind="file", digest=f"~{told}" if partial else told, size_bytes=size, partial=partial
    )


def _open_now(path: str, flags: int) -> int:
    # A pipe that nobody writes to would keep us waiting.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
