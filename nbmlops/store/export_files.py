"""The file of an export: a zip whose every member is what its manifest says.

What a file declares is checked before its members are read, and a few MiB of them at a time are
held; the manifest alone is held as a whole.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Iterator
from typing import Any

import orjson

from nbmlops.errors import InvalidArchiveError
from nbmlops.store.artifacts import CHUNK_BYTES

__all__ = [
    "EVENTS",
    "FORMAT",
    "MANIFEST",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "PLAIN",
    "WITH_MONITORS",
    "checked",
    "chunks_of",
]

FORMAT = "nbmlops-export"
PLAIN, WITH_MONITORS = 1, 2  # so that a version that knows no monitors says so
MANIFEST, EVENTS = "manifest.json", "events.nbj"
ARTIFACT = re.compile(r"artifacts/([0-9a-f]{64})")
MAX_MEMBERS = 100_000
MAX_BYTES = 64 << 30
MAX_MANIFEST_BYTES = 64 << 20  # which is held in memory, as nothing else is
MAX_RATIO = 200


def checked(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
    """The manifest, after every member was found to be what the manifest says."""

    def refuse(problem: str) -> InvalidArchiveError:
        return InvalidArchiveError(file, problem)

    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise refuse(f"it has {len(infos)} members")
    seen: set[str] = set()
    for info in infos:
        if problem := _problem(info, seen):
            raise refuse(problem)
        seen.add(info.filename)
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise refuse("it is larger than an export may be")
    if not {MANIFEST, EVENTS} <= seen:
        raise refuse("its manifest or its runs are missing")
    listed, manifest = _manifest(archive, file)
    if listed.keys() != seen - {MANIFEST}:
        raise refuse("its members are not those of its manifest")
    for name, (digest, size) in listed.items():
        hashed, count = hashlib.sha256(), 0
        for chunk in chunks_of(archive, name, file):
            hashed.update(chunk)
            count += len(chunk)
        if hashed.hexdigest() != digest or count != size:
            raise refuse(f"{name} does not have the digest of the manifest")
        if name != EVENTS and name.rpartition("/")[2] != digest:
            raise refuse(f"{name} does not have the digest it is named after")
    return manifest


def _problem(info: zipfile.ZipInfo, seen: set[str]) -> str:
    """What is wrong with the declaration of one member; "" where nothing is."""
    shown = repr(info.filename[:80])
    if info.filename not in (MANIFEST, EVENTS) and not ARTIFACT.fullmatch(info.filename):
        return f"it holds {shown}, which does not belong there"
    if info.filename in seen:
        return f"it holds {shown} twice"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG) or info.flag_bits & 1:
        return f"{shown} is not a plain file"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"{shown} is compressed in a way that an export is not"
    if info.file_size > MAX_RATIO * max(info.compress_size, 64):
        return f"{shown} is compressed more than {MAX_RATIO} times"
    if info.filename == MANIFEST and info.file_size > MAX_MANIFEST_BYTES:
        return f"{shown} is larger than a manifest may be"
    return ""


def _manifest(
    archive: zipfile.ZipFile, file: str
) -> tuple[dict[str, tuple[str, int]], dict[str, Any]]:
    """Digest and size of every other member, and the manifest itself."""
    try:
        manifest = orjson.loads(b"".join(chunks_of(archive, MANIFEST, file)))
        members = manifest["members"]
        if manifest["format"] != FORMAT or not isinstance(manifest["runs"], list):
            raise ValueError
        if not isinstance(manifest.get("monitors", []), list):
            raise ValueError
        listed = {name: (str(said["sha256"]), int(said["size"])) for name, said in members.items()}
        version = int(manifest["version"])
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise InvalidArchiveError(file, "its manifest is not one") from problem
    if version > WITH_MONITORS:
        raise InvalidArchiveError(file, f"it was made by a newer nbmlops (format {version})")
    return listed, dict(manifest)


def chunks_of(archive: zipfile.ZipFile, name: str, file: str) -> Iterator[bytes]:
    """A member's bytes, never more than it declares."""
    import zlib

    left = archive.getinfo(name).file_size
    try:
        with archive.open(name) as member:
            while chunk := member.read(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise InvalidArchiveError(file, f"{name} is longer than it says")
                yield chunk
    except (zlib.error, OSError) as problem:  # what damage makes of a member beside other errors
        raise InvalidArchiveError(file, f"{name} does not read ({problem})") from problem
