"""Where drained journals go: `closed/` at once, and after a week compressed into `archive/`.

They are kept, because the tables can be made again from them; only `purge` takes something out.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from nbmlops.store.folders import is_plain, make_plain, sync_folder

__all__ = [
    "ARCHIVES",
    "CLOSED",
    "DAMAGED",
    "JOURNAL_NAME",
    "archives_in",
    "close",
    "every_journal",
    "pack",
    "scrub",
]

CLOSED, DAMAGED, ARCHIVES = "closed", "damaged", "archive"
JOURNAL_NAME = re.compile(r"([0-9A-HJKMNP-TV-Z]{26})\.nbj")
KEEP_SECONDS = 7 * 86_400
ARCHIVE_BYTES = 256 << 20
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def journals_in(folder: Path) -> list[Path]:
    """The journals that stand in a folder, oldest first; none where a link stands in its place."""
    if not is_plain(folder):
        return []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [
        Path(entry.path)
        for entry in entries
        if JOURNAL_NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
    ]


def close(path: Path) -> bool:
    """True when a drained journal was moved out of the way of the next drains."""
    with contextlib.suppress(OSError):
        folder = make_plain(path.parent / CLOSED)
        os.rename(path, folder / path.name)
        return True
    return False


def keep_damage(path: Path, start: int) -> None:
    """Copy what stands in a journal from `start` to `damaged/`; the journal keeps it as well."""
    with contextlib.suppress(OSError):
        folder = make_plain(path.parent / DAMAGED)
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
        copy = os.open(
            folder / f"{path.stem}.{start}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600
        )
        with os.fdopen(copy, "wb") as file:
            file.write(data)


def pack(
    directory: Path,
    is_drained: Callable[[list[str]], set[str]],
    *,
    keep_seconds: float = KEEP_SECONDS,
) -> list[Path]:
    """The archives made of closed journals that are older than `keep_seconds` and drained."""
    now, old = time.time(), []
    for path in journals_in(directory / CLOSED):
        with contextlib.suppress(FileNotFoundError):
            if now - path.stat().st_mtime >= keep_seconds:
                old.append(path)
    if not old:
        return []
    drained = is_drained([path.stem for path in old])
    made: list[Path] = []
    portion: list[Path] = []
    size = 0
    for path in old:
        if path.stem in drained:
            portion.append(path)
            size += path.stat().st_size
            if size >= ARCHIVE_BYTES:
                made.append(_pack(directory, portion))
                portion, size = [], 0
    if portion:
        made.append(_pack(directory, portion))
    return made


def _pack(directory: Path, journals: list[Path]) -> Path:
    folder = make_plain(directory / ARCHIVES)
    target = folder / f"{journals[0].stem}-{journals[-1].stem}.zip"
    members = [(path.name, path.read_bytes()) for path in journals]
    _write_zip(target, members)
    sync_folder(folder)
    for path in journals:
        path.unlink(missing_ok=True)
    return target


def _write_zip(target: Path, members: list[tuple[str, bytes]]) -> None:
    """Write an archive so that it appears whole, and check it before it does."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, data in members:
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            if archive.testzip() is not None:
                raise OSError("the archive does not read back")
    os.replace(draft, target)


def archives_in(directory: Path) -> list[Path]:
    """The archives of a folder of journals, oldest first."""
    folder = directory / ARCHIVES
    return sorted(folder.glob("*.zip")) if is_plain(folder) else []


def every_journal(directory: Path) -> Iterator[tuple[str, Path | None, bytes | None]]:
    """Writer, path or bytes of every journal there is, the open ones included."""
    for archive_path in archives_in(directory):
        with zipfile.ZipFile(archive_path) as archive:
            for member in archive.infolist():
                if found := JOURNAL_NAME.fullmatch(member.filename):
                    yield found[1], None, archive.read(member)
    for folder in (directory / CLOSED, directory):
        for path in journals_in(folder):
            yield path.stem, path, None


def scrub(directory: Path, clean: Callable[[bytes], bytes | None]) -> int:
    """How many journals lost something: `clean` gives the new bytes of one, None for unchanged.

    Open journals are left alone; they are scrubbed when they are closed.
    """
    changed = sum(rewrite(path, clean) for path in journals_in(directory / CLOSED))
    for archive_path in archives_in(directory):
        members, touched = [], 0
        with zipfile.ZipFile(archive_path) as archive:
            for member in archive.infolist():
                data = archive.read(member)
                new = clean(data)
                touched += new is not None
                members.append((member.filename, data if new is None else new))
        if touched:
            _write_zip(archive_path, members)
            changed += touched
    return changed


def rewrite(path: Path, clean: Callable[[bytes], bytes | None]) -> bool:
    """True where a journal that nobody writes any more was replaced by its cleaned bytes."""
    new = clean(path.read_bytes())
    if new is None:
        return False
    times = path.stat()
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(new)
        file.flush()
        os.fsync(file.fileno())
    os.utime(draft, (times.st_atime, times.st_mtime))
    os.replace(draft, path)
    return True
