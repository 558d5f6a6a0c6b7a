"""An experiment as one file, and back: a zip of a manifest, the runs as journal records, and the
artifacts by digest.

The file is made from the tables, so that it holds the runs of everybody who records to the
workspace. An import is read and checked as a whole before anything is written; then its artifacts
are stored and its runs become one closed journal, which is drained like any other. A run that is
there already stays as it is, so the same file can be imported again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from nbmlops.errors import (
    AlreadyExistsError,
    ExperimentNotFoundError,
    InvalidArchiveError,
    InvalidError,
    NotFoundError,
    PathNotFoundError,
    StoreUnavailableError,
)
from nbmlops.events import SCHEMA, spelled_out
from nbmlops.store import journal
from nbmlops.store.admission import admit
from nbmlops.store.artifacts import CHUNK_BYTES, NO_FOLLOW
from nbmlops.store.facts import key_of
from nbmlops.store.folders import make_plain
from nbmlops.store.migrations import locked
from nbmlops.store.retelling import retell
from nbmlops.store.stretches import BATCH_BYTES, decode

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["Imported", "export", "import_"]

FORMAT = "nbmlops-export"
VERSION = 1
MANIFEST, EVENTS = "manifest.json", "events.nbj"
ARTIFACT = re.compile(r"artifacts/([0-9a-f]{64})")
MAX_MEMBERS = 100_000
MAX_BYTES = 64 << 30
MAX_MANIFEST_BYTES = 64 << 20  # which is held in memory, as nothing else is
MAX_RATIO = 200


class Imported(list[str]):
    """The ids of the runs that an exported file added, and of those that were here `already`."""

    def __init__(self, added: Iterable[str], already: Iterable[str]) -> None:
        super().__init__(added)
        self.already = list(already)


def export(store: Store, experiment: str, path: Path) -> Path:
    """The file, which did not exist before; it appears when it is whole."""
    if path.exists():
        raise AlreadyExistsError("File", str(path))
    if not path.parent.is_dir():
        raise PathNotFoundError(
            "folder", str(path.parent), hint="Make it first, or name a file in one that is there."
        )
    store.refresh(whole=True)
    with store.database.read(seconds=600) as session:
        found = session.rows(
            "SELECT id, experiment FROM runs WHERE experiment_key = ? AND purged_at IS NULL "
            "AND deleted_at IS NULL ORDER BY started_at, run",
            (key_of(experiment.encode("utf-8", "replace").decode()),),
        )
        if not found:
            known = session.rows("SELECT DISTINCT experiment FROM runs WHERE experiment <> ''")
            raise ExperimentNotFoundError(experiment, known=[row[0] for row in known])
        experiment = found[0][1]  # as its first run spells it; each run keeps its own spelling
        records, runs, digests = retell(session, [row[0] for row in found])
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            _write(file, store, experiment, records, runs, digests)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        raise AlreadyExistsError("File", str(path)) from None
    except OSError as problem:
        raise StoreUnavailableError(
            f"The file {path}", problem.strerror or str(problem), hint="Choose another place."
        ) from problem
    finally:
        draft.unlink(missing_ok=True)
    return path


def _write(
    file: BinaryIO,
    store: Store,
    experiment: str,
    records: list[dict[str, Any]],
    runs: list[str],
    digests: Mapping[str, int],
) -> None:
    events = b"".join(journal.frame(orjson.dumps(record)) for record in records)
    members = {EVENTS: {"sha256": hashlib.sha256(events).hexdigest(), "size": len(events)}}
    missing = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, EVENTS, events)
        for digest in sorted(digests):
            try:
                data = store.artifacts.get(digest)
            except NotFoundError:
                missing.append(digest)
                continue
            _add(archive, f"artifacts/{digest}", data)
            members[f"artifacts/{digest}"] = {"sha256": digest, "size": len(data)}
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "schema": SCHEMA,
            "experiment": experiment,
            "exported_at_ns": time.time_ns(),
            "runs": runs,
            "missing_artifacts": missing,
            "members": members,
        }
        _add(archive, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    import zlib

    # What shrinks beyond all measure is stored plainly, because an import refuses such members.
    small = len(zlib.compress(data[: 1 << 20], 1)) * (MAX_RATIO // 4) < min(len(data), 1 << 20)
    kind = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    archive.writestr(info, data, kind)


def import_(store: Store, path: Path) -> Imported:
    """The ids of the runs that the file added."""
    try:
        # A pipe that nobody writes to would keep us waiting.
        flags = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, os.O_RDONLY | flags)
    except FileNotFoundError:
        raise PathNotFoundError("file", str(path), known=_beside(path)) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        said = getattr(problem, "strerror", None) or str(problem)
        raise InvalidArchiveError(path.name, said) from problem
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidArchiveError(path.name, "it is not a file")
    with os.fdopen(descriptor, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                manifest = _check(archive, path.name)
                return _import(store, archive, manifest, path.name)
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            NotImplementedError,
            EOFError,
            UnicodeDecodeError,
            RuntimeError,
        ) as problem:
            raise InvalidArchiveError(path.name, f"it does not read ({problem})") from problem


def _beside(path: Path) -> list[str]:
    """The files that have nearly this name, as they would be typed."""
    from difflib import get_close_matches

    try:
        names = [file.name for file in path.parent.iterdir() if file.is_file()]
    except OSError:
        return []
    return [str(path.with_name(name)) for name in get_close_matches(path.name, names, n=1)]


def _check(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
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
        for chunk in _chunks(archive, name, file):
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
        manifest = orjson.loads(b"".join(_chunks(archive, MANIFEST, file)))
        members = manifest["members"]
        if manifest["format"] != FORMAT or not isinstance(manifest["runs"], list):
            raise ValueError
        listed = {name: (str(said["sha256"]), int(said["size"])) for name, said in members.items()}
        version = int(manifest["version"])
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise InvalidArchiveError(file, "its manifest is not one") from problem
    if version > VERSION:
        raise InvalidArchiveError(file, f"it was made by a newer nbmlops (format {version})")
    return listed, dict(manifest)


def _chunks(archive: zipfile.ZipFile, name: str, file: str) -> Iterator[bytes]:
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


def _import(
    store: Store, archive: zipfile.ZipFile, manifest: dict[str, Any], file: str
) -> Imported:
    listed = {str(run) for run in manifest["runs"]}
    found = {str(record["r"]) for record in _records(archive, file)}  # all of it reads and may come
    if found != listed:
        raise InvalidArchiveError(file, "its runs are not those of its manifest")
    with store.changing():
        return _take_in(store, archive, listed, file)


def _take_in(store: Store, archive: zipfile.ZipFile, listed: set[str], file: str) -> Imported:
    """The runs of a checked file that are not here yet, as a closed journal."""
    writer, directory = journal.new_ulid(), store.settings.journal_dir
    store.drain()
    directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_plain(directory)
    with locked(directory / "import.lock"):
        store.drain()
        with store.database.read() as session:
            there = {
                row[0]
                for row in session.within("SELECT run FROM runs WHERE run IN (*)", sorted(listed))
            }
        new = listed - there
        if not new:
            return Imported((), sorted(there))
        wanted: set[str] = set()
        with _placed(directory / f"{writer}.nbj") as write:
            write(_line(_head(writer, 0)))
            count = 1
            for record in _records(archive, file):
                if record["r"] in new:
                    if record["k"] == "artifact":
                        wanted.add(str(record["d"]["digest"]))
                    write(_line({**record, "s": count}, file))
                    count += 1
            write(_line(_end(count)))
            for digest in sorted(wanted):
                with contextlib.suppress(KeyError):
                    _store_artifact(store, archive, digest, file)
        store.drain()
    return Imported(sorted(new), sorted(there))


def _records(archive: zipfile.ZipFile, file: str) -> Iterator[dict[str, Any]]:
    """The records of an export, each as it may be taken in; a few of them at a time are held.

    Raises InvalidArchiveError for one that does not read or has no business here.
    """
    buffer, whole = b"", False
    chunks = _chunks(archive, EVENTS, file)
    while not whole:
        while len(buffer) < BATCH_BYTES and not whole:
            chunk = next(chunks, b"")
            buffer, whole = buffer + chunk, not chunk
        stretch = decode(Path("import.nbj"), buffer, 0, whole=whole, floor_ns=None)
        unread = stretch.bad_count or stretch.poison or stretch.future_count
        if unread or (whole and stretch.tail_bytes):
            raise InvalidArchiveError(file, "its runs do not read")
        buffer = buffer[stretch.end :]
        for _, event, payload in stretch.events:
            if event.run is None or event.kind == "purged":
                raise InvalidArchiveError(file, f"it holds a record of the kind {event.kind!r}")
            try:
                yield admit(spelled_out(orjson.loads(payload)))
            except KeyError:  # a record as an older version framed it, which no export holds
                raise InvalidArchiveError(file, "its runs do not read") from None
            except InvalidError as problem:
                raise InvalidArchiveError(file, problem.message.rstrip(".")) from None


def _store_artifact(store: Store, archive: zipfile.ZipFile, digest: str, file: str) -> None:
    name = f"artifacts/{digest}"
    archive.getinfo(name)
    kept, _ = store.artifacts.put(b"".join(_chunks(archive, name, file)))  # once, if it is there
    if kept != digest:
        raise InvalidArchiveError(file, f"{name} changed while it was read")


def _line(record: dict[str, Any], file: str = "") -> bytes:
    try:
        return journal.frame(orjson.dumps(record))
    except ValueError as problem:  # longer in our words than it was in those of the file
        raise InvalidArchiveError(file, str(problem)) from None


def _head(writer: str, sequence: int) -> dict[str, Any]:
    head = {"writer": writer, "pid": os.getpid(), "host": "import", "schema": SCHEMA}
    return {"s": sequence, "t": time.time_ns(), "k": "head", "d": head}


def _end(sequence: int) -> dict[str, Any]:
    end = {"reason": "imported", "count": sequence + 1}
    return {"s": sequence, "t": time.time_ns(), "k": "end", "d": end}


@contextlib.contextmanager
def _placed(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Write a journal that appears when it is whole, and not at all where something fails."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)
