"""Artifacts: bytes under their SHA-256, so that a name is never a path and equal bytes are one.

On a local disk an object appears by a rename of a file that is already whole and synced. With a
remote root an object is first kept in a local spool, which is when it is acknowledged, and a drain
sends it on. Whatever is read is checked against its digest before anybody gets it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from nbmlops.errors import (
    ArtifactCorruptError,
    ArtifactNotFoundError,
    StoreUnavailableError,
    UnsafePathError,
)
from nbmlops.settings import Settings, is_url
from nbmlops.store.folders import is_plain, make_plain, sync_folder

if TYPE_CHECKING:
    from nbmlops.store.remote import Remote

__all__ = ["Artifacts", "Objects", "digest_of"]

DIGEST = re.compile(r"[0-9a-f]{64}")
CHUNK_BYTES = 1 << 20
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def digest_of(data: bytes) -> str:
    """The SHA-256 of bytes, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Objects:
    """Objects by digest in a local folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the object of this digest stands."""
        if not DIGEST.fullmatch(digest):
            raise ArtifactNotFoundError(digest[:80])
        if self._is_planted():
            raise UnsafePathError(str(self.root), "it is a link, and links are not followed")
        return self.root / digest[:2] / digest

    def _is_planted(self) -> bool:
        """True for a link that neither this user nor the administrator has put there.

        Theirs is how artifacts are kept on another disk.
        """
        try:
            found = self.root.lstat()
        except OSError:
            return False
        theirs = os.name == "posix" and found.st_uid not in (os.getuid(), 0)
        return stat.S_ISLNK(found.st_mode) and theirs

    def _make_root(self) -> None:
        if self._is_planted():
            raise UnsafePathError(str(self.root), "it is a link, and links are not followed")
        with contextlib.suppress(FileExistsError):
            self.root.mkdir(mode=0o700)
            sync_folder(self.root.parent)

    def put(self, data: bytes | Path) -> tuple[str, int]:
        """Digest and size of the object, which is on disk when this returns."""
        try:
            if isinstance(data, bytes | bytearray | memoryview):
                digest, size = digest_of(bytes(data)), len(data)
                if self._is_whole(digest, size):
                    return digest, size  # what was damaged is written again
                with io.BytesIO(data) as source:
                    return self._write(source)
            with data.open("rb") as source:
                return self._write(source)
        except OSError as problem:
            raise StoreUnavailableError(
                f"The artifact folder {self.root}",
                problem.strerror or str(problem),
                hint="Free some space or correct the permissions, then log the artifact again.",
            ) from problem

    def _write(self, source: BinaryIO) -> tuple[str, int]:
        self.root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make_root()
        draft = self.root / f".{secrets.token_hex(16)}.tmp"
        target = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
        hashed, size = hashlib.sha256(), 0
        try:
            with os.fdopen(target, "wb") as file:
                while chunk := source.read(CHUNK_BYTES):
                    hashed.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            digest = hashed.hexdigest()
            place = self.path(digest)
            make_plain(place.parent)
            os.replace(draft, place)
            sync_folder(place.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return digest, size

    def _is_whole(self, digest: str, size: int) -> bool:
        """True where the object is here with the bytes that it has to have."""
        if self._size(digest) != size:
            return False
        try:
            self.open(digest).close()
        except (ArtifactCorruptError, ArtifactNotFoundError):
            return False
        return True

    def _size(self, digest: str) -> int | None:
        try:
            place = self.path(digest)
            if not stat.S_ISDIR(place.parent.lstat().st_mode):
                return None
            status = place.lstat()
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def has(self, digest: str) -> bool:
        """True where the object is here."""
        return self._size(digest) is not None

    def open(self, digest: str) -> BinaryIO:
        """The object's bytes as a file, checked as a whole before the first byte is handed out."""
        place = self.path(digest)
        try:
            if not stat.S_ISDIR(place.parent.lstat().st_mode):
                raise ArtifactNotFoundError(digest)
            file = os.fdopen(os.open(place, os.O_RDONLY | NO_FOLLOW), "rb")
        except OSError as problem:
            raise ArtifactNotFoundError(digest) from problem
        try:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest:
                raise ArtifactCorruptError(digest, found)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def get(self, digest: str) -> bytes:
        """The object's bytes, checked against its digest."""
        place = self.path(digest)
        try:
            if not stat.S_ISDIR(place.parent.lstat().st_mode):
                raise ArtifactNotFoundError(digest)
            with os.fdopen(os.open(place, os.O_RDONLY | NO_FOLLOW), "rb") as file:
                data = file.read()
        except OSError as problem:
            raise ArtifactNotFoundError(digest) from problem
        if (found := digest_of(data)) != digest:
            raise ArtifactCorruptError(digest, found)
        return data

    def delete(self, digest: str) -> None:
        """Remove the object for good; nothing happens where it is not there."""
        self.path(digest).unlink(missing_ok=True)

    def all(self) -> Iterator[tuple[str, int]]:
        """Digest and size of every object."""
        if self._is_planted():
            return
        with contextlib.suppress(OSError):
            for folder in sorted(os.listdir(self.root)):
                if len(folder) == 2 and not os.path.islink(self.root / folder):
                    for name in sorted(os.listdir(self.root / folder)):
                        if DIGEST.fullmatch(name) and (size := self._size(name)) is not None:
                            yield name, size

    def drafts(self) -> list[Path]:
        """Files that a writer left half-written (or is writing now)."""
        return [] if self._is_planted() else sorted(self.root.glob(".*.tmp"))


class Spool(Objects):
    """Objects in a folder of the workspace's own, in whose place a link is never followed."""

    def _is_planted(self) -> bool:
        return os.path.lexists(self.root) and not is_plain(self.root)


class Artifacts:
    """The artifacts of a workspace, wherever their root is."""

    def __init__(self, settings: Settings) -> None:
        root = settings.artifacts
        self.remote_root: str | None = None
        if is_url(root) and urlsplit(root).scheme == "file":
            root = urlsplit(root).path
        if is_url(root):
            self.remote_root = root
            self.local: Objects = Spool(settings.root / "spool")
        else:
            self.local = Objects(Path(root))
        self._remote: Remote | None = None

    @property
    def remote(self) -> Remote | None:
        """The remote root, or None where artifacts are kept on this disk."""
        if self.remote_root is not None and self._remote is None:
            from nbmlops.store.remote import Remote

            self._remote = Remote(self.remote_root)
        return self._remote

    def put(self, data: bytes | Path) -> tuple[str, int]:
        """Digest and size of the artifact; its bytes are on this machine's disk by then."""
        return self.local.put(data)

    def get(self, digest: str) -> bytes:
        """The bytes, checked. Raises ArtifactNotFoundError or ArtifactCorruptError."""
        if self.remote is None or self.local.has(digest):
            return self.local.get(digest)
        self.local.path(digest)
        return self.remote.get(digest)

    def open(self, digest: str) -> BinaryIO:
        """The bytes as a file, checked before the first of them is handed out."""
        if self.remote is None or self.local.has(digest):
            return self.local.open(digest)
        return io.BytesIO(self.get(digest))

    def has(self, digest: str) -> bool:
        """True where the artifact can be read."""
        if not DIGEST.fullmatch(digest):
            return False
        return self.local.has(digest) or (self.remote is not None and self.remote.has(digest))

    def delete(self, digest: str) -> None:
        """Remove the artifact for good."""
        self.local.delete(digest)
        if self.remote is not None:
            self.remote.delete(digest)

    def upload(self) -> int:
        """How many spooled artifacts were sent to the remote root; they leave the spool."""
        if self.remote is None:
            return 0
        sent = 0
        for digest, _ in self.local.all():
            self.remote.put(digest, self.local.get(digest))
            self.local.delete(digest)
            sent += 1
        return sent

    def waiting(self) -> int:
        """How many artifacts wait to be sent to the remote root."""
        return sum(1 for _ in self.local.all()) if self.remote_root is not None else 0
