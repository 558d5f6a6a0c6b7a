"""Folders that a workspace makes for itself: this user's alone, and never what a link points to."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

__all__ = ["is_plain", "make_plain", "sync_folder"]


def is_plain(folder: Path) -> bool:
    """True where a folder stands there itself, and no link to one."""
    try:
        return stat.S_ISDIR(folder.lstat().st_mode)
    except OSError:
        return False


def make_plain(folder: Path) -> Path:
    """The folder, made where there is none. Raises OSError for a link or a file in its place.

    That it is there is on disk when this returns, so that a power cut does not take it away with
    what is written into it.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
    if not is_plain(folder):
        raise NotADirectoryError(
            errno.ENOTDIR, "it is a link or a file, and no folder", str(folder)
        )
    return folder


def sync_folder(folder: Path) -> None:
    """Bring to disk which files stand in a folder, where the file system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
