"""What is wrong with a workspace, what can be done about it, and doing it."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import CorruptionError, NbmlopsError, SchemaTooNewError
from nbmlops.events import utc
from nbmlops.store import journal
from nbmlops.store.archives import (
    ARCHIVES,
    CLOSED,
    DAMAGED,
    JOURNAL_NAME,
    archives_in,
    journals_in,
)
from nbmlops.store.folders import is_plain, make_plain
from nbmlops.store.rebuild import rebuild
from nbmlops.wording import counted

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["Finding", "check", "rebuild", "repair"]

NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "lustre", "glusterfs", "fuse.sshfs", "davfs")
DRAFT_SECONDS = 3600
VERIFY_BYTES = 4 << 30
SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what helps where it is not well."""

    code: str
    severity: str  # ok, warning, error
    message: str
    remedy: str = ""
    repairable: bool = False


def check(store: Store) -> list[Finding]:
    """Everything that was looked at, the troubles first."""
    findings = list(_database(store))
    reachable = all(finding.severity != "error" for finding in findings)
    if reachable:
        for look in (_journals, _artifacts, _clock):
            findings += _guarded(look, store)
    for look in (_places, _links, _drafts, _fallback, _network):
        findings += _guarded(look, store)
    weight = {"error": 0, "warning": 1, "ok": 2}
    return sorted(findings, key=lambda finding: weight[finding.severity])


def _guarded(look: Callable[[Store], Iterator[Finding]], store: Store) -> list[Finding]:
    try:
        return list(look(store))
    except NbmlopsError as problem:
        return [Finding(look.__name__.strip("_"), "error", problem.message, problem.hint)]
    except OSError as problem:
        said = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
        return [Finding(look.__name__.strip("_"), "error", said)]


def _database(store: Store) -> Iterator[Finding]:
    database = store.database
    again = "Run `nbmlops doctor --rebuild`: the tables are made again from the journals."
    try:
        database.engine()
        with database.read(seconds=600) as session:
            if session.is_sqlite:
                problem = session.value("PRAGMA integrity_check(1)")
                if problem != "ok":
                    said = " ".join(str(problem).split())[:200]
                    yield Finding("database", "error", f"The database is damaged: {said}.", again)
                    return
            count = session.value("SELECT count(*) FROM runs WHERE experiment IS NOT NULL")
    except SchemaTooNewError as problem:
        yield Finding("schema", "error", problem.message, problem.hint)
        return
    except CorruptionError as problem:
        yield Finding("database", "error", problem.message, again)
        return
    except NbmlopsError as problem:
        yield Finding("database", "error", problem.message, problem.hint)
        return
    yield Finding("database", "ok", f"The database is whole and holds {counted(count, 'run')}.")
    if database.snapshot:
        yield Finding(
            "read-only",
            "warning",
            "The folder is read-only: what is shown is a snapshot, and nothing is recorded there.",
            "Make the folder writable, or set NBMLOPS_WORKSPACE to one that is.",
        )


def _journals(store: Store) -> Iterator[Finding]:
    if not store.database.snapshot:
        store.drain()
    with store.database.read() as session:
        rows = session.rows(
            "SELECT writer, bad_count, bad_bytes, torn_bytes, future_count, quarantined_count, "
            "last_seq + 1 - record_count, last_at, file_offset FROM writers"
        )
    offsets = {row[0]: row[8] for row in rows}
    waiting = 0
    for folder in (store.settings.journal_dir, store.settings.journal_dir / CLOSED):
        for path in journals_in(folder):
            with contextlib.suppress(FileNotFoundError):
                waiting += max(path.stat().st_size - offsets.get(path.stem, 0), 0)
    if waiting:
        yield Finding(
            "undrained",
            "warning",
            f"{waiting:,} bytes of journals are not in the tables yet.",
            "They follow with the next drain, unless the database cannot be written.",
            repairable=True,
        )
    damaged, lost_bytes = sum(row[1] for row in rows), sum(row[2] + row[3] for row in rows)
    if damaged:
        yield Finding(
            "damaged",
            "warning",
            f"Damaged or cut off in journals: {counted(damaged, 'stretch', 'stretches')} "
            f"({counted(lost_bytes, 'byte')}).",
            f"What can still be read was kept; torn ends stand in journal/{DAMAGED}.",
        )
    missing = sum(max(row[6] - row[4] - row[5], 0) for row in rows)
    if missing:
        yield Finding(
            "gaps",
            "warning",
            "Never written whole (a full disk, or a crash while writing): "
            f"{counted(missing, 'record')}.",
            "The runs they belong to show a warning where that is known.",
        )
    if future := sum(row[4] for row in rows):
        yield Finding(
            "future",
            "warning",
            f"Written by a newer nbmlops and kept unread: {counted(future, 'record')}.",
            "Upgrade nbmlops, then run `nbmlops doctor --rebuild`.",
        )
    if poisoned := sum(row[5] for row in rows):
        yield Finding(
            "quarantine",
            "warning",
            f"Put aside because they make no sense: {counted(poisoned, 'record')}.",
            "They stand in the table `quarantine` with the reason.",
        )
    ahead = max((row[7] or 0 for row in rows), default=0) - time.time_ns()
    if ahead > SKEW_SECONDS * 10**9:
        yield Finding(
            "clock",
            "warning",
            f"The last record is from {utc(time.time_ns() + ahead):%Y-%m-%d %H:%M} UTC, "
            "which is in the future: a clock was or is wrong.",
            "Set the clocks by NTP; the order of a run's records is not affected.",
        )
    for path in archives_in(store.settings.journal_dir):
        try:
            with zipfile.ZipFile(path) as archive:
                broken = archive.testzip()
        except (zipfile.BadZipFile, OSError, EOFError) as problem:
            broken = str(problem)
        if broken is not None:
            yield Finding(
                "archive",
                "error",
                f"The archive {path.name} is damaged ({broken}).",
                "The tables still hold its runs. Restore the file from a backup.",
            )
    if not (waiting or damaged or missing or future or poisoned):
        yield Finding("journals", "ok", f"{counted(len(rows), 'journal')}, whole and drained.")


def _artifacts(store: Store) -> Iterator[Finding]:
    with store.database.read() as session:
        wanted = session.rows(
            "SELECT DISTINCT a.digest, a.size_bytes FROM artifacts a JOIN runs r "
            "ON r.id = a.run_id WHERE r.purged_at IS NULL"
        )
        for column in ("state_digest", "reference_digest"):
            kept = f"SELECT DISTINCT {column}, 0 FROM monitors WHERE removed_at IS NULL"
            wanted += session.rows(kept)
    missing, corrupt, verified = [], [], 0
    for digest, size in wanted:
        if not store.artifacts.has(digest):
            missing.append(digest)
        elif verified + size <= VERIFY_BYTES and store.artifacts.remote_root is None:
            verified += size
            try:
                store.artifacts.open(digest).close()
            except CorruptionError:
                corrupt.append(digest)
    for code, digests, what in (
        ("missing-artifacts", missing, "no longer there"),
        ("corrupt-artifacts", corrupt, "no longer what was kept"),
    ):
        if digests:
            shown = ", ".join(digest[:12] for digest in digests[:5])
            yield Finding(
                code,
                "error",
                f"{counted(len(digests), 'artifact')} {what}: {shown}"
                f"{' …' if len(digests) > 5 else ''}.",
                "Restore them from a backup, or log them again; they are not served.",
            )
    if waiting := store.artifacts.waiting():
        yield Finding(
            "spool",
            "warning",
            f"Waiting to be sent to the artifact root: {counted(waiting, 'artifact')}.",
            "They follow with the next drain that reaches it.",
            repairable=True,
        )
    if not missing and not corrupt:
        yield Finding("artifacts", "ok", f"{counted(len(wanted), 'artifact')}, nothing missing.")


def _clock(store: Store) -> Iterator[Finding]:
    if store.database.is_sqlite:
        return
    with store.database.read() as session:
        skew = session.clock() - time.time()
    if abs(skew) > SKEW_SECONDS:
        yield Finding(
            "clock",
            "warning",
            f"This machine's clock and the database's are {abs(skew):.0f} seconds apart.",
            "Set the clocks by NTP.",
        )


def _wrong_modes(store: Store) -> list[tuple[Path, int]]:
    """Files and folders that others can read or write, with the mode they should have."""
    root = store.settings.root
    wrong = []
    if not root.exists() or root.stat().st_mode & stat.S_ISGID:
        return []  # a folder that its owner shares with a group on purpose
    folders = [root, store.settings.journal_dir, store.settings.journal_dir / CLOSED]
    folders.append(store.artifacts.local.root)
    files = [path for folder in folders[1:3] for path in journals_in(folder)]
    if store.database.path is not None:
        files += [Path(f"{store.database.path}{tail}") for tail in ("", "-wal", "-shm", ".lock")]
    for paths, mode in ((folders, 0o700), (files, 0o600)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                status = path.lstat()
                if not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o022:
                    wrong.append((path, mode))
    return wrong


def _places(store: Store) -> Iterator[Finding]:
    if os.name != "posix":
        return
    wrong = _wrong_modes(store)
    if wrong:
        yield Finding(
            "modes",
            "warning",
            "Can be written by others: "
            f"{counted(len(wrong), 'file or folder', 'files or folders')}, "
            f"among them {wrong[0][0]}.",
            "`nbmlops doctor --repair` takes that right away.",
            repairable=True,
        )
    place = store.settings.root
    while not place.exists():
        place = place.parent
    usage = os.statvfs(place)
    free = usage.f_bavail * usage.f_frsize
    if free < 200 << 20:
        yield Finding(
            "space", "warning", f"Only {free >> 20} MB are free on the disk.", "Free some space."
        )


def _links(store: Store) -> Iterator[Finding]:
    root, journals = store.settings.root, store.settings.journal_dir
    places = [
        root / "notebooks",
        journals,
        *(journals / name for name in (CLOSED, DAMAGED, ARCHIVES)),
    ]
    if store.artifacts.remote_root is not None:
        places.append(store.artifacts.local.root)
    for place in places:
        if os.path.lexists(place) and not is_plain(place):
            yield Finding(
                "links",
                "warning",
                f"{place} is a link or a file in the place of a folder, and is not used.",
                "Look who put it there, and remove it; what waits for the folder follows then.",
            )


def _old_drafts(store: Store) -> list[Path]:
    root = store.settings.root
    drafts = store.artifacts.local.drafts()
    journals = store.settings.journal_dir
    for folder in filter(is_plain, (root, journals, journals / ARCHIVES)):
        drafts += folder.glob(".*.tmp")
        drafts += folder.glob("*.rebuilt-*.db*")
    old = []
    for path in drafts:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.lstat().st_mtime > DRAFT_SECONDS:
                old.append(path)
    return old


def _drafts(store: Store) -> Iterator[Finding]:
    if old := _old_drafts(store):
        yield Finding(
            "leftovers",
            "warning",
            f"Left half-written by processes that died: {counted(len(old), 'file')}.",
            "`nbmlops doctor --repair` removes them.",
            repairable=True,
        )


def _fallback_dir() -> Path:
    user = getattr(os, "getuid", lambda: "user")()
    return Path(tempfile.gettempdir()) / f"nbmlops-{user}" / "journal"


def _fallen_back() -> list[Path]:
    folder = _fallback_dir()
    with contextlib.suppress(OSError):
        if os.name == "posix" and folder.stat().st_uid != os.getuid():
            return []
        return [path for path in journals_in(folder) if not journal.is_alive(path)]
    return []


def _fallback(store: Store) -> Iterator[Finding]:
    if found := _fallen_back():
        yield Finding(
            "fallback",
            "warning",
            f"Written to {found[0].parent} when a workspace was read-only: "
            f"{counted(len(found), 'journal')}.",
            "`nbmlops doctor --repair` takes them into this workspace.",
            repairable=True,
        )


def _network(store: Store) -> Iterator[Finding]:
    kind = filesystem(store.settings.root)
    if store.database.is_sqlite and kind.startswith(NETWORK):
        yield Finding(
            "network",
            "warning",
            f"The workspace is on a network file system ({kind}), where SQLite is safe for one "
            "machine at a time only.",
            "Use a PostgreSQL workspace for several machines.",
        )


def filesystem(path: Path) -> str:
    """The kind of file system that holds a path, or an empty string."""
    target, best, kind = os.path.realpath(path), "", ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/mounts").read_text("utf-8", "replace").splitlines():
            parts = line.split()
            if len(parts) > 2 and len(parts[1]) >= len(best):
                mount = parts[1].replace("\\040", " ")
                if target == mount or target.startswith(mount.rstrip("/") + "/"):
                    best, kind = parts[1], parts[2]
    return kind


def repair(store: Store) -> list[Finding]:
    """What was done; nothing that was recorded is lost by it."""
    done = []
    for path, mode in _wrong_modes(store) if os.name == "posix" else []:
        with contextlib.suppress(OSError):
            path.chmod(mode)
            done.append(Finding("modes", "ok", f"Only you can use {path} now."))
    for path in _old_drafts(store):
        with contextlib.suppress(OSError):
            path.unlink()
            done.append(Finding("leftovers", "ok", f"Removed {path.name}."))
    directory = store.settings.journal_dir
    taken = [path.name for path in _fallen_back() if _take_in(path, directory)]
    done += [Finding("fallback", "ok", f"Took in {name}.") for name in taken]
    try:
        report = store.drain()
    except CorruptionError:
        backup = rebuild(store)
        done.append(Finding("database", "ok", f"Made the tables again; the old ones: {backup}."))
    else:
        if report.record_count or report.uploaded_count:
            said = f"Drained {report.record_count} records, sent {report.uploaded_count} artifacts."
            done.append(Finding("undrained", "ok", said))
    return done


def _take_in(path: Path, directory: Path) -> bool:
    """True where a journal was copied into this workspace and then removed from its old place."""
    assert JOURNAL_NAME.fullmatch(path.name)
    draft = directory / f".{path.name}.tmp"
    with contextlib.suppress(OSError):
        directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_plain(directory)
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, directory / path.name)
        path.unlink()
        return True
    return False
