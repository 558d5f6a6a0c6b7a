"""The files of data that a path, a folder, a glob or a URL names."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from nbmlops.errors import MissingPackageError, PathNotFoundError, StoreUnavailableError
from nbmlops.settings import without_password

__all__ = ["find_data_files"]

Opened = tuple[str, Callable[[], IO[bytes]]]  # a name, and what opens it
PACKAGES = {  # that fsspec reads a protocol with
    "http": "aiohttp requests",
    "https": "aiohttp requests",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
}
ENDINGS = (".parquet", ".pq", ".csv", ".tsv", ".csv.gz", ".tsv.gz")


def find_data_files(place: str | os.PathLike[str]) -> list[Opened]:
    """The files, in the order of their names. Raises PathNotFoundError where there is none."""
    text = os.fspath(place)
    if "://" in text:
        return _remote(text)
    text = os.path.expanduser(text)
    if os.path.isdir(text):
        found = [os.path.join(text, name) for name in sorted(os.listdir(text)) if _is_data(name)]
    elif os.path.exists(text):
        found = [text]
    else:
        found = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []
        found = [path for path in found if os.path.isfile(path)]
    if not found and os.path.isdir(text):
        hint = f"The names of data files end with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}."
        raise PathNotFoundError("data file in the folder", text, hint=hint)
    if not found:
        folder = os.path.dirname(text) or "."
        known = sorted(filter(_is_data, os.listdir(folder))) if os.path.isdir(folder) else []
        raise PathNotFoundError("data", text, known=known)
    return [(path, partial(_open, path)) for path in found]


def _is_data(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith((".", "_"))


def _open(path: str) -> IO[bytes]:
    try:
        return open(path, "rb")
    except OSError as problem:
        raise PathNotFoundError("data", path, hint=f"{problem.strerror}.") from None


def _remote(url: str) -> list[Opened]:
    import fsspec

    shown = without_password(url)
    try:
        files, path = fsspec.core.url_to_fs(url)
        if any(sign in path for sign in "*?["):
            found = [each for each in sorted(files.glob(path)) if files.isfile(each)]
        elif files.isdir(path):
            found = [
                each
                for each in sorted(files.ls(path, detail=False))
                if _is_data(each.rpartition("/")[2])
            ]
        else:
            found = [path] if files.exists(path) else []
    except ImportError as problem:
        protocol = url.partition("://")[0]
        if protocol == "s3":
            raise MissingPackageError("s3fs", "Reading s3://", "s3") from None
        package = PACKAGES.get(protocol, str(problem.name or problem)[:80])
        raise MissingPackageError(package, f"Reading {protocol}://") from None
    except (OSError, ValueError) as problem:
        raise StoreUnavailableError(shown, str(problem)[:120], hint="Look at the URL.") from None
    if not found:
        raise PathNotFoundError("data", shown)

    def opened(each: Any) -> IO[bytes]:
        stream: IO[bytes] = files.open(each, "rb")
        return stream

    return [(str(each), partial(opened, each)) for each in found]
