"""Artifacts on a remote root over fsspec: bounded retries, and nothing unchecked in or out."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from nbmlops.errors import (
    ArtifactCorruptError,
    ArtifactNotFoundError,
    MissingPackageError,
    StoreUnavailableError,
)
from nbmlops.settings import without_password
from nbmlops.store.artifacts import digest_of

__all__ = ["Remote"]

T = TypeVar("T")
ATTEMPTS = 6
# The global generator is the user's: drawing from it would change their numbers.
_JITTER = random.Random()  # noqa: S311


class Remote:
    """Objects by digest under an fsspec URL.

    An upload goes to a name of its own, is read back and compared, and is then moved to its
    digest: half an object is never seen there.
    """

    def __init__(self, root: str, *, pause_seconds: float = 0.05) -> None:
        import fsspec

        self.root = root
        self.pause_seconds = pause_seconds
        try:
            self._files, self._base = fsspec.core.url_to_fs(root)
        except ImportError as problem:
            raise MissingPackageError("s3fs", f"The artifact root {self._shown}", "s3") from problem

    @property
    def _shown(self) -> str:
        return without_password(self.root)

    def _path(self, digest: str) -> str:
        return f"{self._base.rstrip('/')}/{digest[:2]}/{digest}"

    def put(self, digest: str, data: bytes) -> None:
        """Send an object; it is whole under its digest when this returns."""

        def send() -> None:
            if self._holds(digest):
                return
            draft = f"{self._base.rstrip('/')}/.incoming/{digest}.{secrets.token_hex(8)}.tmp"
            self._files.makedirs(draft.rpartition("/")[0], exist_ok=True)
            self._files.makedirs(self._path(digest).rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(draft, data)
                if digest_of(self._files.cat_file(draft)) != digest:
                    raise OSError("what arrived is not what was sent")
                self._files.mv(draft, self._path(digest))
            except BaseException:
                self._discard(draft)
                raise

        self._try(send, "writing")

    def _holds(self, digest: str) -> bool:
        """True where the right bytes are there already; others give way."""
        path = self._path(digest)
        return self._files.exists(path) and digest_of(self._files.cat_file(path)) == digest

    def _discard(self, path: str) -> None:
        try:
            self._files.rm(path)
        except Exception:  # noqa: BLE001  # a leftover is harmless; the first problem is told
            return

    def get(self, digest: str) -> bytes:
        """An object, checked; a read that came short or wrong is repeated."""
        found = ""

        def fetch() -> bytes:
            nonlocal found
            data: Any = self._files.cat_file(self._path(digest))
            found = digest_of(data)
            if found != digest:
                raise OSError("the bytes do not have their digest")
            return bytes(data)

        try:
            return self._try(fetch, "reading")
        except StoreUnavailableError as problem:
            if found and found != digest:
                raise ArtifactCorruptError(digest, found) from problem
            raise
        except FileNotFoundError as problem:
            raise ArtifactNotFoundError(digest) from problem

    def has(self, digest: str) -> bool:
        """True where the object is there."""
        return bool(self._try(lambda: self._files.exists(self._path(digest)), "reading"))

    def delete(self, digest: str) -> None:
        """Remove an object for good."""

        def remove() -> None:
            if self._files.exists(self._path(digest)):
                self._files.rm(self._path(digest))

        self._try(remove, "deleting")

    def _try(self, act: Callable[[], T], verb: str) -> T:
        """What `act` returns, at most six attempts with growing pauses apart."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return act()
            except FileNotFoundError:
                raise
            except Exception as problem:  # every file system brings errors of its own
                if attempt == ATTEMPTS:
                    raise StoreUnavailableError(
                        f"The artifact root {self._shown}",
                        f"{verb} failed {ATTEMPTS} times ({type(problem).__name__})",
                    ) from problem
                time.sleep(self.pause_seconds * 2**attempt * _JITTER.uniform(0.5, 1))
        raise AssertionError
