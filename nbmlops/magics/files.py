"""Completion of files behind a magic."""

from __future__ import annotations

import glob
import os

__all__ = ["files_that_begin"]


def files_that_begin(start: str, ending: str = "") -> list[str]:
    """The files and folders whose path begins like this; of files only those with the ending."""
    found = glob.glob(glob.escape(os.path.expanduser(start)) + "*")
    return sorted(
        f"{path}/" if os.path.isdir(path) else path
        for path in found
        if path.endswith(ending) or os.path.isdir(path)
    )
