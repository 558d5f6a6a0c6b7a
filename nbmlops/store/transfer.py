"""An experiment as one file, and back: a zip of a manifest, the runs and the monitors as journal
records, and the artifacts by digest.

The file is made from the tables, so that it holds the runs of everybody who records to the
workspace. An import is read and checked as a whole before anything is written; then its artifacts
are stored and its runs become one closed journal, which is drained like any other. A run that is
there already stays as it is, so the same file can be imported again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from nbmlops.details import monitor_of
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
from nbmlops.records import Monitor
from nbmlops.store import journal
from nbmlops.store.admission import admit
from nbmlops.store.artifacts import NO_FOLLOW
from nbmlops.store.export_files import (
    EVENTS,
    FORMAT,
    MANIFEST,
    MAX_RATIO,
    PLAIN,
    WITH_MONITORS,
    checked,
    chunks_of,
)
from nbmlops.store.facts import IMPORTED, NO_RUN, key_of
from nbmlops.store.folders import make_plain
from nbmlops.store.migrations import locked
from nbmlops.store.monitor_transfer import CheckMonitor, monitors_here, read_monitors, told
from nbmlops.store.retelling import retell
from nbmlops.store.stretches import BATCH_BYTES, decode

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["Imported", "export", "import_"]

MAX_MONITORS = 10_000
MAX_STATE_BYTES = 1 << 28  # of a monitor, which is held in memory while it is checked


class Imported(list[str]):
    """The ids of the runs that an exported file added, and of those that were here `already`.

    `monitors` are the names of those that it added. Those that were here stay as they are:
    `monitors_already` are the same ones, `monitors_left_out` are others of the same names.
    """

    def __init__(
        self,
        added: Iterable[str],
        already: Iterable[str],
        monitors: Iterable[str] = (),
        monitors_already: Iterable[str] = (),
        monitors_left_out: Iterable[str] = (),
    ) -> None:
        super().__init__(added)
        self.already = list(already)
        self.monitors = list(monitors)
        self.monitors_already = list(monitors_already)
        self.monitors_left_out = list(monitors_left_out)


def export(store: Store, experiment: str, path: Path) -> Path:
    """The file, which did not exist before; it appears when it is whole."""
    if path.exists():
        raise AlreadyExistsError("File", str(path))
    if not path.parent.is_dir():
        raise PathNotFoundError(
            "folder", str(path.parent), hint="Make it first, or name a file in one that is there."
        )
    carried = read_monitors(store)  # first: the runs of what they have found follow
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
    watched, contents = told(carried, experiment, runs, len(records))
    said: dict[str, Any] = {
        "experiment": experiment,
        "runs": runs,
        "monitors": [record["d"]["name"] for record in watched],
        "missing_monitors": carried.missing,
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            _write(file, store, said, [*records, *watched], digests, contents)
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
    said: Mapping[str, Any],
    records: list[dict[str, Any]],
    digests: Mapping[str, int],
    contents: Mapping[str, bytes],
) -> None:
    events = b"".join(journal.frame(orjson.dumps(record)) for record in records)
    members = {EVENTS: {"sha256": hashlib.sha256(events).hexdigest(), "size": len(events)}}
    missing = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, EVENTS, events)
        for digest in sorted({*digests, *contents}):
            try:
                data = contents[digest] if digest in contents else store.artifacts.get(digest)
            except NotFoundError:
                missing.append(digest)
                continue
            _add(archive, f"artifacts/{digest}", data)
            members[f"artifacts/{digest}"] = {"sha256": digest, "size": len(data)}
        manifest = {
            "format": FORMAT,
            "version": WITH_MONITORS if said["monitors"] else PLAIN,
            "schema": SCHEMA,
            **said,
            "exported_at_ns": time.time_ns(),
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


def import_(store: Store, path: Path, check: CheckMonitor | None = None) -> Imported:
    """The ids of the runs that the file added.

    `check` is asked of each monitor before anything is taken in, and raises an InvalidError.
    """
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
                manifest = checked(archive, path.name)
                return _import(store, archive, manifest, path.name, check)
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


def _import(
    store: Store,
    archive: zipfile.ZipFile,
    manifest: dict[str, Any],
    file: str,
    check: CheckMonitor | None,
) -> Imported:
    listed = {str(run) for run in manifest["runs"]}
    found: set[str] = set()
    monitors: dict[str, Monitor] = {}
    for record in _records(archive, file):  # all of it reads and may come
        if record["k"] != "monitor":
            found.add(str(record["r"]))
            continue
        monitor = _monitor(record["d"])
        if monitor.name in monitors or len(monitors) == MAX_MONITORS:
            raise InvalidArchiveError(file, f"it holds monitor {monitor.name!r} twice, or too many")
        monitors[monitor.name] = monitor
    if found != listed:
        raise InvalidArchiveError(file, "its runs are not those of its manifest")
    if monitors.keys() != {str(name) for name in manifest.get("monitors", [])}:
        raise InvalidArchiveError(file, "its monitors are not those of its manifest")
    for monitor in monitors.values():
        _check_monitor(archive, monitor, listed, file, check)
    with store.changing():
        return _take_in(store, archive, listed, monitors, file)


def _monitor(data: Mapping[str, Any]) -> Monitor:
    return replace(
        monitor_of(data["body"]),
        state_digest=data["state_digest"],
        reference_digest=data["reference_digest"],
    )


def _check_monitor(
    archive: zipfile.ZipFile,
    monitor: Monitor,
    runs: set[str],
    file: str,
    check: CheckMonitor | None,
) -> None:
    """Refuse a monitor without its bytes, or with what it cannot go on from."""
    said = f"its monitor {monitor.name!r}"
    if monitor.run_id is not None and monitor.run_id not in runs:
        raise InvalidArchiveError(file, f"{said} speaks of a run that is not there")
    contents = []
    for digest in (monitor.state_digest, monitor.reference_digest):
        name = f"artifacts/{digest}"
        try:
            size = archive.getinfo(name).file_size
        except KeyError:
            raise InvalidArchiveError(file, f"{said} lacks its state or its reference") from None
        if size > MAX_STATE_BYTES:
            raise InvalidArchiveError(file, f"{said} is larger than a monitor may be")
        contents.append(b"".join(chunks_of(archive, name, file)))
    if check is None:
        return
    try:
        check(monitor, contents[0], contents[1])
    except InvalidError as problem:
        why = problem.message.rstrip(".")
        raise InvalidArchiveError(file, f"{said} cannot be taken ({why})") from None


def _take_in(
    store: Store,
    archive: zipfile.ZipFile,
    listed: set[str],
    monitors: Mapping[str, Monitor],
    file: str,
) -> Imported:
    """The runs and monitors of a checked file that are not here yet, as a closed journal."""
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
        new, here = listed - there, monitors_here(store, monitors)
        names = sorted(here.revisions)
        done = Imported(sorted(new), sorted(there), names, here.already, here.others)
        if not new and not names:
            return done
        wanted = {monitors[name].state_digest for name in names}
        wanted |= {monitors[name].reference_digest for name in names}
        with _placed(directory / f"{writer}.nbj") as write:
            write(_line(_head(writer, 0)))
            count = 1
            for record in _records(archive, file):
                if record["k"] == "monitor":
                    if record["d"]["name"] not in here.revisions:
                        continue
                    record = {**record, "d": here.taken(record["d"])}
                elif record["r"] not in new:
                    continue
                elif record["k"] == "artifact":
                    wanted.add(str(record["d"]["digest"]))
                write(_line({**record, "s": count}, file))
                count += 1
            write(_line(_end(count)))
            for digest in sorted(wanted):
                with contextlib.suppress(KeyError):
                    _store_artifact(store, archive, digest, file)
            if names and "://" in store.settings.artifacts:  # whoever looks next may be elsewhere
                store.artifacts.upload()
        store.drain()
    return done


def _records(archive: zipfile.ZipFile, file: str) -> Iterator[dict[str, Any]]:
    """The records of an export, each as it may be taken in; a few of them at a time are held.

    Raises InvalidArchiveError for one that does not read or has no business here.
    """
    buffer, whole = b"", False
    chunks = chunks_of(archive, EVENTS, file)
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
            is_bound = event.run is not None and (event.run == NO_RUN) == (event.kind == "monitor")
            if not is_bound or event.kind == "purged":
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
    kept, _ = store.artifacts.put(b"".join(chunks_of(archive, name, file)))  # once, if it is there
    if kept != digest:
        raise InvalidArchiveError(file, f"{name} changed while it was read")


def _line(record: dict[str, Any], file: str = "") -> bytes:
    try:
        return journal.frame(orjson.dumps(record))
    except ValueError as problem:  # longer in our words than it was in those of the file
        raise InvalidArchiveError(file, str(problem)) from None


def _head(writer: str, sequence: int) -> dict[str, Any]:
    head = {"writer": writer, "pid": os.getpid(), "host": IMPORTED, "schema": SCHEMA}
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
