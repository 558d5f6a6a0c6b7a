"""Files that somebody asked for by name: whole or not there, and never over one that is."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbmlops.errors import AlreadyExistsError, PathNotFoundError, UnsafePathError

__all__ = ["check_new", "write_new"]


def check_new(file: Path) -> None:
    """Raise what `write_new` would, before the work is done whose result is to be written."""
    if file.exists() or file.is_symlink():
        raise AlreadyExistsError("File", str(file))
    with _failures(file):
        handle, draft = tempfile.mkstemp(prefix=f".{file.name[:40]}.", dir=file.parent)
        os.close(handle)
        os.unlink(draft)


def write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet. Raises AlreadyExistsError and its like.

    It is written beside and then given its name, so that a full disk leaves no half of it.
    """
    if file.exists() or file.is_symlink():
        raise AlreadyExistsError("File", str(file))
    with _failures(file):
        handle, draft = tempfile.mkstemp(prefix=f".{file.name[:40]}.", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(draft, 0o666 & ~mask)  # as of any new file
            try:
                os.link(draft, file)  # unlike a rename it never replaces
            except FileExistsError:
                raise
            except OSError:  # a file system without links
                os.replace(draft, file)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(draft)


@contextlib.contextmanager
def _failures(file: Path) -> Iterator[None]:
    """What the system refuses, as errors that say so."""
    try:
        yield
    except FileExistsError:
        raise AlreadyExistsError("File", str(file)) from None
    except FileNotFoundError:
        hint = "Make it first, or name a file in one that is there."
        raise PathNotFoundError("folder", str(file.parent), hint=hint) from None
    except OSError as problem:
        raise UnsafePathError(str(file), problem.strerror or "it cannot be written") from None
