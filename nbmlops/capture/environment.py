"""The interpreter and the imported packages, as one content-addressed record.

Only what is imported counts, not what is installed. Reading the metadata of every installed
distribution costs 100 ms and more, so versions come from the names of the `*.dist-info` folders,
which one directory listing tells; only import names that are not distribution names (`sklearn`,
`PIL`, `yaml`) need a file to be read.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import orjson

__all__ = ["OURS", "Environments", "imported_packages"]

# Names of variables that change what code computes; everything else of the environment is private.
VARIABLES = (
    "CONDA_DEFAULT_ENV",
    "CUDA_VISIBLE_DEVICES",
    "JAX_PLATFORMS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "PYTORCH_ENABLE_MPS_FALLBACK",
    "TF_DETERMINISTIC_OPS",
    "TZ",
    "LANG",
    "LC_ALL",
)
_IGNORED = {"__main__", "__mp_main__", "pip", "setuptools", "_distutils_hack", "pkg_resources"}
OURS: set[str] = set()  # what was imported only to measure, in runs that are long enough for it


class Environments:
    """Remembers what it has told, so that a thousand runs share one record."""

    def __init__(self) -> None:
        self._modules: frozenset[str] = frozenset()
        self._body: dict[str, Any] = {}
        self._digest = ""
        self._versions: dict[str, tuple[str, str] | None] = {}
        self._told: set[tuple[str, str]] = set()

    def is_current(self) -> bool:
        """True where nothing was imported since the last `record`."""
        return self._digest != "" and _top_level_modules() == self._modules

    def record(self, writer: str) -> dict[str, Any]:
        """The data of an `environment` record; the body only once per journal."""
        modules = _top_level_modules()
        if modules != self._modules or not self._digest:
            self._body = {
                "python": platform.python_version(),
                "implementation": platform.python_implementation(),
                "platform": platform.platform(aliased=True, terse=False),
                "machine": platform.machine(),
                "cpu_count": os.cpu_count(),
                "packages": imported_packages(modules, self._versions),
                "variables": {n: os.environ[n] for n in VARIABLES if n in os.environ},
            }
            encoded = orjson.dumps(self._body, option=orjson.OPT_SORT_KEYS)
            self._digest = hashlib.sha256(encoded).hexdigest()
            self._modules = modules
        if (writer, self._digest) in self._told:
            return {"digest": self._digest}
        self._told.add((writer, self._digest))
        return {"digest": self._digest, "body": self._body}


_modules: tuple[tuple[int, str, int], frozenset[str]] = ((0, "", 0), frozenset())


def _top_level_modules() -> frozenset[str]:
    global _modules
    names = list(sys.modules)  # in one go: other threads import meanwhile
    # What is imported comes last, so that the last name and how many there are tell of news.
    sign = (len(names), names[-1], len(OURS))
    if _modules[0] != sign:
        _modules = (sign, _top_level_of(names))
    return _modules[1]


def _top_level_of(names: list[str]) -> frozenset[str]:
    return frozenset(
        name
        for name in names
        if "." not in name
        and name not in sys.stdlib_module_names
        and name not in _IGNORED
        and name not in OURS
        and not name.startswith("_")
    )


def imported_packages(
    modules: frozenset[str], known: dict[str, tuple[str, str] | None]
) -> dict[str, str]:
    """Distribution name → version of these imported top-level modules, sorted by name.

    `known` keeps what was found out about a module from call to call.
    """
    new = [name for name in modules if name not in known]
    if new:
        folders = _dist_info_folders()
        by_name = {_normal(folder.name.split("-")[0]): folder for folder in folders}
        rest = []
        for name in new:
            folder = by_name.get(_normal(name))
            known[name] = _name_and_version(folder) if folder is not None else None
            if folder is None and _is_installed(name):
                rest.append(name)
        if rest:
            owners = _owners(folders)
            for name in rest:
                if name in owners:
                    known[name] = _name_and_version(owners[name])
                elif isinstance(
                    version := getattr(sys.modules.get(name), "__version__", None), str
                ):
                    known[name] = (name, version)
    return dict(sorted(found for name in modules if (found := known.get(name)) is not None))


def _dist_info_folders() -> list[Path]:
    found: list[Path] = []
    for place in dict.fromkeys(sys.path):
        try:
            with os.scandir(place or ".") as entries:
                found += [
                    Path(entry.path) for entry in entries if entry.name.endswith(".dist-info")
                ]
        except OSError:
            continue
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _name_and_version(folder: Path) -> tuple[str, str]:
    name, _, version = folder.name.removesuffix(".dist-info").partition("-")
    return name.replace("_", "-"), version


def _is_installed(name: str) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(file, str) and ("site-packages" in file or "dist-packages" in file)


def _owners(folders: list[Path]) -> dict[str, Path]:
    """Import name → dist-info folder, for distributions whose modules have other names."""
    owners: dict[str, Path] = {}
    for folder in folders:
        try:
            names = set((folder / "top_level.txt").read_text("utf-8").split())
        except OSError:
            try:
                record = (folder / "RECORD").read_text("utf-8", "replace")
            except OSError:
                continue
            names = {
                line.split("/", 1)[0].removesuffix(".py")
                for line in record.splitlines()
                if "/__init__.py" in line or ".py," in line.split("/", 1)[0]
            }
        for name in names:
            owners.setdefault(name, folder)
    return owners
