"""The journal: what a process acknowledged, one self-framed line per record (see `framing`).

A record is one `os.write`: it is in the kernel's hands, and so survives the death of the process,
when the call returns. Power cuts are the business of `sync` and of a thread that syncs once a
second.

One writer process has one file, never shared: a forked child opens its own. The writer holds
`flock` on it for life, which is how others on this machine see that it lives. The protocol, the
measurements behind it and the alternatives rejected are told in ARCHITECTURE.md.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import getpass
import os
import platform
import secrets
import stat
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from nbmlops.events import SCHEMA, spelled_out
from nbmlops.interrupts import Wake, start_thread
from nbmlops.store.folders import sync_folder
from nbmlops.store.framing import MAX_RECORD_BYTES, Scanned, frame, scan

try:
    import fcntl as _fcntl
except ImportError:  # not on Windows, where liveness falls back to the process id
    fcntl: Any = None
else:
    fcntl = _fcntl

__all__ = [
    "MAX_RECORD_BYTES",
    "Scanned",
    "Segment",
    "Writer",
    "frame",
    "is_alive",
    "new_ulid",
    "scan",
]

ROTATE_BYTES = 64 << 20
SYNC_SECONDS = 1.0
SLOW_SECONDS = 0.001
MAX_FAILED_SYNCS = 8
LOCK_ATTEMPTS = 100

_File = tuple[int, Callable[[], int]]  # a descriptor and what gives its next sequence
_UNUSABLE = {  # a place that will not do, now or later; a full disk or too many files pass
    errno.EPERM,
    errno.EACCES,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ELOOP,
}
_UNSYNCABLE = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EROFS}

_ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ulid_lock = threading.Lock()
_ulid_last = 0


def new_ulid() -> str:
    """A new ULID: 26 characters that sort by time, increasing within this process."""
    global _ulid_last
    with _ulid_lock:
        value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        if value >> 80 <= _ulid_last >> 80:
            value = _ulid_last + 1 + secrets.randbits(40)
        _ulid_last = value
    return "".join(_ULID_DIGITS[(value >> shift) & 31] for shift in range(125, -1, -5))


def is_alive(journal: Path) -> bool:
    """True while the process that writes this journal lives (on this machine)."""
    if fcntl is None:
        return _head_process_lives(journal)
    try:
        descriptor = os.open(journal, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int) -> None:
    """Hold the journal's lock, the sign of life; somebody may be looking just now, for a moment."""
    for _ in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:  # a file system without locks: this writer is known by its process
            return
        else:
            return


def _head_process_lives(journal: Path) -> bool:
    import psutil

    with journal.open("rb") as file:
        first = next((part for part in scan(file.read(1 << 16)) if part.kind == "ok"), None)
    head = orjson.loads(first.payload)["d"] if first else {}
    return bool(psutil.pid_exists(int(head.get("pid", -1))))


class Segment:
    """The open file of a writer, for the one loop that has to be fast (`capture.log`).

    `hot` is (descriptor, next sequence); it is replaced as a whole, so that a thread can never
    combine the sequence of one file with the descriptor of another. A descriptor of -1 makes the
    write fail, which sends the caller to `Writer.append`, which opens a file.
    """

    __slots__ = ("hot",)

    def __init__(self) -> None:
        self.hot: _File = (-1, count().__next__)


class Writer:
    """Appends records to this process's journal in `directory`.

    `append` raises OSError when the record could not be written whole; the sequence number it
    used stays unused, which is how a reader counts what is missing. Runs that `miss` records are
    told how many as soon as the journal takes records again.
    """

    def __init__(self, directory: Path, *, clock: Callable[[], int] = time.time_ns) -> None:
        self.directory = directory
        self.segment = Segment()
        self.id = ""
        self.path: Path | None = None
        self.paths: list[Path] = []  # all that this process has written, rotated ones too
        self.owned: set[str] = set()  # open runs, named again after a rotation
        self.problem: str = ""  # why the journal is not where it belongs, or is less durable
        self._told: set[str] = set()  # problems that the user has been told of
        self._clock = clock
        self._lock = threading.RLock()
        self._file: _File | None = None
        self._opened: list[int] = []
        self._unsynced: set[Path] = set()  # folders in which something is new
        self.sync_seconds = 0.0  # what the last sync took
        self._synced_bytes = 0
        self._failed_syncs = 0
        self._missing: dict[str, int] = {}  # by run: records that could not be written
        self._wake = Wake()
        self._life: object = None  # while it is this one, the thread goes on
        self._parent: str | None = None
        _writers.add(self)

    def append(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        run: str | None = None,
        step: int | None = None,
        origin: str | None = None,
        sync: bool = False,
        at_home: bool = False,
    ) -> int:
        """Write one record, and return the time that it tells; with `sync`, when it is on disk.

        With `at_home`, it is written in the folder of this writer or not at all.
        """
        at_ns = self._clock()
        record: dict[str, Any] = {"s": 0, "t": at_ns, "k": kind}
        if run is not None:
            record["r"] = run
        if step is not None:
            record["x"] = step
        if origin is not None:
            record["o"] = origin
        record["d"] = data
        with self._lock:
            try:
                file = self._file
                if file is None or (at_home and self._is_away()):
                    file = self._open(at_home=at_home)
                self._write(record, file)
            except OSError:
                # The fast loop would try in vain and use up sequence numbers.
                self.segment.hot = (-1, count().__next__)
                raise
            self.segment.hot = file
            if self._missing:
                self._tell_missing(file)
        if sync:
            self.sync()
        return at_ns

    def is_news(self, problem: str) -> bool:
        """True for the first who asks, of all threads: the user is told of a problem once."""
        with self._lock:
            news = problem not in self._told
            self._told.add(problem)
            return news

    def is_over(self, problem: str) -> None:
        """Let the user be told again when the problem comes back."""
        self._told.discard(problem)

    def miss(self, run: str) -> None:
        """Count a record of this run that could not be written; the run is told later."""
        with self._lock:
            self._missing[run] = self._missing.get(run, 0) + 1

    def _write(self, record: dict[str, Any], file: _File) -> None:
        descriptor, next_sequence = file
        record["s"] = next_sequence()
        line = frame(orjson.dumps(record))
        if os.write(descriptor, line) != len(line) and os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, "the journal took only part of a record")

    def _tell_missing(self, file: _File) -> None:
        for run, missing in list(self._missing.items()):
            data = {
                "code": "gap",
                "message": f"{missing} records could not be written to the journal (disk full?) "
                "and are missing.",
            }
            record = {"s": 0, "t": self._clock(), "k": "warning", "r": run, "d": data}
            try:
                self._write(record, file)
            except OSError:
                return  # told after the next record
            del self._missing[run]

    def sync(self, *, folders_too: bool = True) -> None:
        """Return when every record written so far is on disk, and the new file in its folder.

        After a failed sync the pages may be gone although a second call succeeds, so the file is
        left for a new one and the loss of durability is told.
        """
        file = self._file
        if file is None or self._failed_syncs >= MAX_FAILED_SYNCS:
            return
        try:
            found = os.fstat(file[0])
            if not found.st_nlink:
                file = self._put_back(file)
                found = os.fstat(file[0])
            folders = list(self._unsynced) if folders_too else []
            size = found.st_size
            began = time.perf_counter()
            _fdatasync(file[0])
        except OSError as exc:
            with self._lock:
                self._leave_unsynced(file, exc)
            return
        for folder in folders:  # a file that no folder names is gone after a power cut
            sync_folder(folder)
            self._unsynced.discard(folder)
        self.sync_seconds = time.perf_counter() - began
        self._synced_bytes = size

    def _leave_unsynced(self, file: _File, failure: OSError) -> None:
        if failure.errno == errno.EBADF and self._file is not file:
            return  # closed meanwhile
        if failure.errno in _UNSYNCABLE:
            self._failed_syncs = MAX_FAILED_SYNCS
            self.problem = f"{self.directory} cannot be synced; a power cut may take the last lines"
            return
        self._failed_syncs += 1
        self.problem = f"the disk reported {failure.strerror or failure} while syncing"
        with contextlib.suppress(OSError):
            if self._file is file:
                self._open()
            for run in sorted(self.owned):
                message = f"Durability degraded: {self.problem}."
                self.append("warning", {"code": "durability", "message": message}, run=run)

    def _put_back(self, file: _File) -> _File:
        """The journal under its own name again, after somebody deleted it or the folder around it.

        What it holds was acknowledged, and is there as long as the file is open.
        """
        with self._lock:
            if self._file is not file or self.path is None:
                return self._file or file
            self.segment.hot = (-1, count().__next__)  # the fast loop comes here, and waits
            descriptor, path = self._create(self.path.parent, self.path.name)
            try:
                copied = 0
                with open(f"/proc/self/fd/{file[0]}", "rb") as gone:
                    while piece := gone.read(1 << 20):
                        copied += os.write(descriptor, piece)
                if copied != os.fstat(file[0]).st_size:
                    raise OSError(errno.ENOSPC, "the journal was put back in part", str(path))
            except OSError:
                os.close(descriptor)
                path.unlink(missing_ok=True)
                raise
            self._opened.append(descriptor)
            self._file = self.segment.hot = (descriptor, file[1])
            return self._file

    def _leave(self, file: _File) -> None:
        """Leave a file that somebody deleted while no run was open: they do not want it back."""
        with self._lock:
            if self._file is file and not self.owned:
                self._file, self.segment.hot = None, (-1, count().__next__)

    def sync_cheaply(self) -> None:
        """Sync now where the disk is fast; where it is slow, at once but in the thread."""
        if self.sync_seconds < SLOW_SECONDS:
            self.sync(folders_too=False)
        if self._unsynced or self.sync_seconds >= SLOW_SECONDS:
            self._wake.set()

    def position(self) -> tuple[str, int]:
        """Where the next record goes: this journal's path and its size."""
        file = self._file
        return (str(self.path), os.fstat(file[0]).st_size) if file is not None else ("", 0)

    def sample(self, start: tuple[str, int], points: int) -> list[dict[str, Any]]:
        """At most `points` or so of our own records since `start`, evenly spread and in order."""
        if self.path is None or self._file is None:
            return []
        path, offset = start if start[0] == str(self.path) else (str(self.path), 0)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size - offset <= points * 400:
                file.seek(offset)
                buffers: list[bytes] = [file.read()]
            else:
                buffers = []
                for index in range(points):
                    file.seek(offset + (size - offset - 600) * index // (points - 1))
                    piece = file.read(600)
                    buffers.append(piece if index == 0 else piece[piece.find(b"\n") + 1 :])
        found: dict[int, dict[str, Any]] = {}
        for buffer in buffers:
            for part in scan(buffer):
                if part.kind == "ok":
                    record = spelled_out(orjson.loads(part.payload))
                    found[record["s"]] = record
                    if len(buffers) > 1 and buffer is not buffers[-1]:
                        break
        return [found[sequence] for sequence in sorted(found)]

    def _is_away(self) -> bool:
        return self.path is not None and self.path.parent != self.directory

    def _open(self, *, at_home: bool = False) -> _File:
        """A new file, with its head in it; it becomes the one that is written to."""
        try:
            descriptor, path = self._create(self.directory)
            if self._is_away():  # it will do again
                self.problem = ""
        except OSError as exc:
            if at_home or exc.errno not in _UNUSABLE:
                raise
            place = _private_temporary_folder()
            descriptor, path = self._create(place)
            self.problem = f"{self.directory} is not writable; recording to {place}"
        file: _File = (descriptor, count().__next__)
        previous = self.id if self._opened else self._parent
        try:
            head = self._head(path.stem, previous)
            self._write({"s": 0, "t": self._clock(), "k": "head", "d": head}, file)
            for run in sorted(self.owned):
                self._write({"s": 0, "t": self._clock(), "k": "joined", "r": run, "d": {}}, file)
        except BaseException:
            # A journal without a head would never be known to anybody.
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self.id, self.path = path.stem, path
        self.paths.append(path)
        self._synced_bytes = 0
        self._opened.append(descriptor)
        self._file = self.segment.hot = file
        if len(self._opened) == 1:
            self._life = object()
            with contextlib.suppress(RuntimeError):  # no more threads: syncs come with run ends
                start_thread("nbmlops-sync", self._keep_synced, self._life)
        return file

    def _create(self, directory: Path, name: str = "") -> tuple[int, Path]:
        self._unsynced |= {directory, directory.parent, *_make_private(directory)}
        found = os.lstat(directory)
        if not stat.S_ISDIR(found.st_mode):
            raise OSError(errno.ENOTDIR, "the journal folder is a link or a file", str(directory))
        if os.name == "posix" and found.st_uid not in (os.getuid(), 0):
            problem = "the journal folder belongs to somebody else"
            raise PermissionError(errno.EACCES, problem, str(directory))
        path = directory / (name or f"{new_ulid()}.nbj")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        if fcntl is not None:
            _lock(descriptor)
        return descriptor, path

    def _head(self, writer: str, previous: str | None) -> dict[str, Any]:
        return {
            "writer": writer,
            "pid": os.getpid(),
            "started": _process_started(),
            "host": platform.node(),
            "boot": _boot_id(),
            "user": _user(),
            "version": _version(),
            "schema": SCHEMA,
            "parent": previous,
        }

    def _keep_synced(self, life: object) -> None:
        while self._life is life:
            self._wake.wait(SYNC_SECONDS)
            with contextlib.suppress(OSError):
                file = self._file
                if file is None:
                    continue
                found = os.fstat(file[0])
                size = found.st_size
                is_gone = not found.st_nlink
                if size != self._synced_bytes or self._unsynced or (is_gone and self.owned):
                    self.sync()
                elif is_gone:
                    self._leave(file)
                if size > ROTATE_BYTES:
                    with self._lock:
                        if self._file is file:
                            self._open()

    def close(self, reason: str = "closed") -> None:
        """Say that nothing more comes, sync, and let go of the files."""
        with self._lock:
            self._life = None
            self._wake.set()
            descriptors, self._opened = self._opened, []
            file, self._file = self._file, None
            self.segment.hot = (-1, count().__next__)
            if file is not None:
                descriptor, next_sequence = file
                sequence = next_sequence()
                record = {
                    "s": sequence,
                    "t": self._clock(),
                    "k": "end",
                    "d": {"reason": reason, "count": sequence + 1},
                }
                with contextlib.suppress(OSError):
                    os.write(descriptor, frame(orjson.dumps(record)))
                    _fdatasync(descriptor)
            for opened in descriptors:
                with contextlib.suppress(OSError):
                    os.close(opened)

    def _after_fork(self) -> None:
        # The child shares the parent's open file description and so its lock: closing (and not
        # unlocking) leaves both to the parent.
        for opened in self._opened:
            with contextlib.suppress(OSError):
                os.close(opened)
        self._opened, self.paths = [], []
        self._parent = self.id or None
        self.owned = set()
        self._missing = {}
        self._file = None
        self._lock = threading.RLock()
        self._life, self._wake = None, Wake()
        self.segment.hot = (-1, count().__next__)


_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


def _forked() -> None:
    global _ulid_lock
    _ulid_lock = threading.Lock()
    for writer in list(_writers):
        writer._after_fork()


def _close_all() -> None:
    for writer in list(_writers):
        writer.close("exit")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
atexit.register(_close_all)


def _fdatasync(descriptor: int) -> None:
    (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(descriptor)


def _make_private(folder: Path) -> list[Path]:
    """Make a folder, and what is missing above it, for this user alone; where something is new."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    return [each.parent for each in missing]


def _private_temporary_folder() -> Path:
    """Where journals go that have no place of their own; nobody else can have prepared it."""
    import tempfile

    user = getattr(os, "getuid", lambda: "user")()
    place = Path(tempfile.gettempdir()) / f"nbmlops-{user}"
    _make_private(place)
    found = os.lstat(place)
    if not stat.S_ISDIR(found.st_mode) or (
        os.name == "posix" and (found.st_uid != os.getuid() or found.st_mode & 0o022)
    ):
        raise PermissionError(errno.EACCES, "it was prepared by somebody else", str(place))
    return place / "journal"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _process_started() -> str:
    try:
        return Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _version() -> str:
    from nbmlops.version import __version__

    return __version__
