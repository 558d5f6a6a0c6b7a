"""Full and read-only disks, as real as this machine lets us have them.

A mount needs the right to make one: root has it, or a user in a namespace of their own; a
container may refuse both. What is left then is the kernel's own refusal by permissions and by the
limit of a file's size. Each way is tried once, and the tests' names say which ones were taken.
"""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["FULL_WAYS", "READ_ONLY_WAYS", "full", "read_only"]

NAMESPACES = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
WITHOUT_ROOT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
BIND = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"
SMALL = "mount -t tmpfs -o size=1m,mode=0700 none {0}"


def _works(command: list[str], test: str) -> bool:
    try:
        done = subprocess.run(
            [*command, "sh", "-c", test], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _mounted(mount: str, folder: Path, namespace: list[str]) -> list[str]:
    script = f'{mount.format(shlex.quote(str(folder)))} && exec "$@"'
    return [*namespace, "sh", "-c", script, "sh"]


@functools.cache
def _namespace(mount: str) -> list[str] | None:
    """How this mount can be had for one program alone; None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        for namespace in NAMESPACES:
            if _works(_mounted(mount, Path(folder), namespace), "true"):
                return namespace
    return None


def _permissions() -> list[str] | None:
    """How a program is held to the permissions of files; None where that cannot be had."""
    command = WITHOUT_ROOT_RIGHTS if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        is_held = not _works(command, f"touch {folder}/file") and _works(command, "true")
        Path(folder).chmod(0o755)
    return command if is_held else None


def _read_only_mount(folder: Path) -> list[str]:
    return _mounted(BIND, folder, _namespace(BIND) or [])


def _read_only_by_permissions(folder: Path) -> list[str]:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return _permissions() or []


READ_ONLY: dict[str, Callable[[Path], list[str]]] = {}
if _namespace(BIND) is not None:
    READ_ONLY["a read-only mount"] = _read_only_mount
if _permissions() is not None:
    READ_ONLY["permissions"] = _read_only_by_permissions
READ_ONLY_WAYS = list(READ_ONLY)


def read_only(way: str, folder: Path) -> list[str]:
    """The command in which a program sees this folder read-only; the strongest way comes first."""
    return READ_ONLY[way](folder)


FULL_WAYS = ["a limit of the file's size"]
if _namespace(SMALL) is not None:
    FULL_WAYS = ["a full disk under the journal", "a full disk under everything", *FULL_WAYS]

BY_SIZE = """
def fill(room):
    writer = current_workspace().store.writer
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (writer.position()[1] + room, hard))

def free():
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
"""
BY_BALLAST = """
ballast = Path({place!r}, "ballast")

def fill(room):
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)): pass
        except OSError as exc:
            assert exc.errno == errno.ENOSPC, exc
        file.truncate(file.tell() - room // 4096 * 4096)

def free():
    ballast.unlink()
"""


def full(way: str, workspace: Path) -> tuple[list[str], str]:
    """The command for a program whose disk can be full, and `fill(room)` and `free()` for it."""
    if way == FULL_WAYS[-1]:
        return [], BY_SIZE
    place = workspace if "everything" in way else workspace / "journal"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    mount = SMALL if place != workspace else SMALL.replace("1m", "8m")
    return _mounted(mount, place, _namespace(SMALL) or []), BY_BALLAST.format(place=str(place))
