"""Datasets of a run: data that a cell read or made beside its calls, and records of them."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.naming import found_name, given_name
from nbmlops.capture.refusal import as_refusal, what
from nbmlops.capture.sources import FileUse
from nbmlops.capture.values import to_text
from nbmlops.capture.watching import Seen, Watch
from nbmlops.data.classes import bases_of, class_name, namespace_of
from nbmlops.errors import InvalidValueError

if TYPE_CHECKING:
    from nbmlops.capture.observer import Found
    from nbmlops.data.fingerprint import Fingerprint

__all__ = [
    "call_by_notebook",
    "dataset_data",
    "find_data",
    "fingerprint_of",
    "given_data",
    "learn_sources",
]

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


def given_data(data: Any, name: str | None, role: str) -> dict[str, Any]:
    """The data of a `dataset` record of what a person names. Raises InvalidValueError."""
    chosen = os.path.basename(data) if isinstance(data, (str, Path)) else "data"
    chosen = chosen if name is None else name
    with as_refusal("Dataset", chosen):
        chosen = given_name("a dataset", chosen)
        role = given_name("a role", role)
        found, source = fingerprint_of(data)
        if found is None:
            problem = f"{what(data)} is no frame, array, tensor or file"
            raise InvalidValueError("Dataset", chosen, problem)
    return dataset_data(chosen, role, found, source)


def fingerprint_of(data: Any) -> tuple[Fingerprint | None, str | None]:
    """The fingerprint of data or of the file at a path, in full; and that path."""
    from nbmlops.data.files import fingerprint_file
    from nbmlops.data.fingerprint import fingerprint

    if isinstance(data, (str, os.PathLike)):
        path = os.fspath(data)
        return fingerprint_file(path), str(path)
    return fingerprint(data), None


def call_by_notebook(seen: Seen, namespace: Mapping[str, Any]) -> None:
    """Call data as the notebook does that was seen where a function calls it otherwise.

    In `evaluate(model, X_test)` with `def evaluate(model, X)` the data is `X_test`: the notebook
    may have an `X` of its own.
    """
    taken = {data.name for data in seen.data}
    called: dict[str, str] = {}
    for data in seen.data:
        value = data.alive() if data.alive is not None else None
        if value is None or namespace.get(data.name) is value:
            continue
        for name, bound in namespace.items():
            if bound is value and not name.startswith("_"):
                name = found_name("a dataset", name)
                if name not in taken:
                    taken.add(name)
                    called[data.name] = data.name = name
                break
    for fit in seen.fits:
        fit.train = called.get(fit.train or "", fit.train)
    seen.shared = [
        (called.get(train, train), called.get(test, test), shared, looked)
        for train, test, shared, looked in seen.shared
    ]


def find_data(
    watch: Watch,
    seen: Seen,
    found: Found,
    namespace: Mapping[str, Any],
    *,
    sources: Mapping[str, tuple[weakref.ref[Any], str]],
    told: Collection[str] = (),
) -> None:
    """Add what the cell read, made and changed: frames and arrays by their names, and files.

    What went into a fit or a score is known already. A frame that was read from a file stands for
    that file (`sources`) as long as it is as it was read; one that is not held by any name is told
    by the file alone. The names that are `told` are left alone.
    """
    files = [use for use in found.files if _is_there(use)]
    from_file = {use.name for use in files if use.name and not use.writes}
    roles = dict.fromkeys(sorted(found.reads), "read")
    roles |= {name: "read" if name in from_file else "made" for name in found.bound}
    roles |= dict.fromkeys(found.mutated, "changed")
    wanted = [
        (name, namespace[name], role)
        for name, role in roles.items()
        if name not in told and not name.startswith("_") and is_data(namespace.get(name))
    ]
    watch.also(seen, wanted[:MOST_NAMES])
    held: set[str | None] = set()
    for data in seen.data:
        value = namespace.get(data.name)
        if data.source is None and data.name not in told and is_data(value):
            if data.alive is None or data.alive() is not value:
                continue  # a function called its own data by this name
            if data.name in sources and sources[data.name][0]() is value:
                data.source = sources[data.name][1]
            held.add(data.source)
    for use in files:
        if use.path not in held and "://" not in use.path:
            watch.also_file(seen, use.path, "made" if use.writes else "read")


def learn_sources(
    sources: dict[str, tuple[weakref.ref[Any], str]],
    files: Iterable[FileUse],
    namespace: Mapping[str, Any],
) -> None:
    """Remember which data came from which file, without keeping any of it alive."""
    for use in files:
        value = namespace.get(use.name) if use.name and not use.writes else None
        if is_data(value) and _is_there(use):
            with contextlib.suppress(TypeError):
                sources[use.name] = (weakref.ref(value), use.path)


def is_data(value: Any) -> bool:
    """True for what may have a fingerprint: frames, columns, arrays and tensors, not scalars.

    Told by its classes; a user's own may say anything of their shape.
    """
    bases = bases_of(type(value))
    packages = {class_name(base).partition(".")[0] for base in bases} & _LIBRARIES
    if not packages:
        return False
    if "torch" in packages:
        return bool(getattr(value, "shape", ()))
    if "numpy" in packages and packages <= {"numpy"}:
        arrays = [base for base in bases if class_name(base) == "numpy.ndarray"]
        return any(namespace_of(array)["ndim"].__get__(value) > 0 for array in arrays)
    return any(name in namespace_of(base) for base in bases for name in ("shape", "num_chunks"))


def _is_there(use: FileUse) -> bool:
    if "://" in use.path:
        return not use.path.startswith("file://") and not use.writes
    return os.path.lexists(use.path)
