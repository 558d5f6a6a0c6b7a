"""Datasets of a run: data that a cell read or made beside its calls, and records of them."""

from __future__ import annotations

import ast
import contextlib
import os
import weakref
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nbmlops.capture.sources import FileUse, files_used
from nbmlops.capture.values import to_text
from nbmlops.capture.watching import Seen, Watch

if TYPE_CHECKING:
    from nbmlops.data.fingerprint import Fingerprint

__all__ = ["dataset_data", "find_data", "fingerprint_of"]

SOURCE_BYTES = 2000
MOST_NAMES = 20
_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "numpy", "scipy", "torch"})


def dataset_data(
    name: str, role: str, found: Fingerprint, source: str | None = None
) -> dict[str, Any]:
    """The data of a `dataset` record."""
    return {
        "name": name,
        "role": role,
        "kind": found.kind,
        "digest": found.digest,
        "row_count": found.row_count,
        "columns": [
            [column.name, column.dtype, column.digest, column.missing_count]
            for column in found.columns
        ],
        "shape": list(found.shape),
        "size_bytes": found.size_bytes,
        "source": None if source is None else to_text(source, SOURCE_BYTES),
        "partial": found.partial,
    }


def fingerprint_of(data: Any) -> tuple[Fingerprint | None, str | None]:
    """The fingerprint of data or of the file at a path, in full; and that path."""
    from nbmlops.data.files import fingerprint_file
    from nbmlops.data.fingerprint import fingerprint

    if isinstance(data, (str, os.PathLike)):
        path = os.fspath(data)
        return fingerprint_file(path), str(path)
    return fingerprint(data), None


def find_data(
    watch: Watch,
    seen: Seen,
    tree: ast.Module | None,
    namespace: Mapping[str, Any],
    *,
    bound: Iterable[str],
    reads: Iterable[str],
    sources: dict[str, tuple[weakref.ref[Any], str]],
    told: Collection[str] = (),
) -> None:
    """Add what the cell read and made: frames and arrays by their names, and files.

    What went into a fit or a score is known already. A frame that was read from a file stands for
    that file; one that is not held by any name is told by the file alone. `sources` remembers from
    cell to cell which frames came from which file; the names that are `told` are left alone.
    """
    files = [use for use in files_used(tree, namespace) if _is_there(use)]
    from_file = {use.name: use.path for use in files if use.name and not use.writes}
    made = [name for name in bound if name not in told and is_data(namespace.get(name))]
    read = [
        name
        for name in reads
        if name not in made
        and name not in told
        and not name.startswith("_")
        and is_data(namespace.get(name))
    ]
    wanted = [(name, namespace[name], "read") for name in sorted(read)]
    wanted += [(name, namespace[name], "read" if name in from_file else "made") for name in made]
    watch.also(seen, wanted[:MOST_NAMES])
    held: set[str | None] = set()
    for data in seen.data:
        value = namespace.get(data.name)
        if data.source is None and data.name not in told and is_data(value):
            if data.name in from_file:
                data.source = from_file[data.name]
                with contextlib.suppress(TypeError):
                    sources[data.name] = (weakref.ref(value), data.source)
            elif data.name in sources and sources[data.name][0]() is value:
                data.source = sources[data.name][1]
            held.add(data.source)
    for use in files:
        if use.path not in held and "://" not in use.path:
            watch.also_file(seen, use.path, "made" if use.writes else "read")


def is_data(value: Any) -> bool:
    """True for what may have a fingerprint: frames, columns, arrays and tensors, not scalars."""
    if not any(kind.__module__.partition(".")[0] in _LIBRARIES for kind in type(value).__mro__):
        return False
    shape = getattr(value, "shape", None)
    return shape != () and (isinstance(shape, tuple) or hasattr(value, "num_chunks"))


def _is_there(use: FileUse) -> bool:
    if "://" in use.path:
        return not use.path.startswith("file://") and not use.writes
    return os.path.lexists(use.path)
