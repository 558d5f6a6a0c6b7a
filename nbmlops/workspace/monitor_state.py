"""What is kept of a monitor: its definition, held to rules, and its state as bytes."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from nbmlops.data.chunks import parse_every
from nbmlops.data.profile_files import profile_from_bytes
from nbmlops.drift.monitor_report import report_of
from nbmlops.drift.sequential.budget import parse_budget
from nbmlops.drift.sequential.checks import check_watch
from nbmlops.drift.sequential.looking import look
from nbmlops.drift.sequential.watch import Watch
from nbmlops.errors import (
    DatabaseCorruptError,
    InvalidDataError,
    InvalidError,
    InvalidOptionError,
)
from nbmlops.records import Monitor
from nbmlops.settings import without_password

__all__ = ["absolute_source", "check_definition", "check_monitor", "packed", "unpacked"]

# What bytes that nobody here has written may lead to while they are read and a look is rehearsed.
_NONSENSE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    MemoryError,
    EOFError,
    zlib.error,
)


def packed(name: str, watch: Watch, seen: Mapping[str, Any]) -> bytes:
    """The state of a monitor, and what it has seen, as bytes."""
    said = {"version": 1, "monitor": name, "watch": watch.to_dict(), "seen": dict(seen)}
    return json.dumps(said, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def unpacked(monitor: Monitor, content: bytes) -> tuple[Watch, dict[str, Any]]:
    """What `packed` told. Raises DatabaseCorruptError."""
    try:
        said = json.loads(content.decode("utf-8", "surrogatepass"))
        return Watch.from_dict(said["watch"]), dict(said["seen"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        told = f"the state of monitor {monitor.name!r} cannot be read ({type(problem).__name__})"
        raise DatabaseCorruptError(told) from None


def check_source(source: str, database: str | None, time: str | None) -> bool:
    """True where the source is a query. Raises InvalidOptionError where something does not fit, or
    where a password would be kept.
    """
    from nbmlops.store.queries import is_query

    if is_query(source) or database is not None:
        if database is None:
            hint = "As in --database sqlite:///sales.db, or env:NAME of a variable that has it."
            raise InvalidOptionError("database", "a query needs the address of one", hint=hint)
        if not is_query(source):
            raise InvalidOptionError("source", f"{source!r} is no query: it begins with SELECT")
        if time is None:
            problem = "a query needs the column of times, by which its rows are new"
            raise InvalidOptionError("time", problem)
        if without_password(database) != database:
            hint = "Put it into an environment variable and give env:NAME."
            problem = "it holds a password, which would be kept"
            raise InvalidOptionError("database", problem, hint=hint)
        return True
    if "://" in source and without_password(source) != source:
        hint = "Let fsspec find it, in its configuration or in environment variables."
        raise InvalidOptionError("source", "it holds a password, which would be kept", hint=hint)
    return False


def check_definition(monitor: Monitor) -> None:
    """Raises InvalidOptionError where parts of a definition do not fit, whoever gave them."""
    length = parse_every(monitor.every)
    if length.is_rows:
        problem = f"{length} is no length of time, which a budget is counted in"
        raise InvalidOptionError("every", problem, hint="As in 1d or 6h.")
    parse_budget(monitor.budget)
    if (monitor.target is None) != (monitor.prediction is None):
        given = "target" if monitor.target is not None else "prediction"
        problem = "the loss needs a column of labels and one of predictions"
        raise InvalidOptionError(given, problem, hint="Give both, or neither.")
    if monitor.key is not None and monitor.target is None:
        problem = "it is for labels that come later, and no column of labels is given"
        raise InvalidOptionError("key", problem, hint="Give --target and --prediction as well.")
    check_source(monitor.source, monitor.database, monitor.time)


def check_monitor(monitor: Monitor, state: bytes, reference: bytes) -> None:
    """Raises an InvalidError for a monitor of somebody else's that could not go on here.

    Its next look is rehearsed, on the reference itself: what would fail then is found now.
    """
    check_definition(monitor)
    try:
        profile = profile_from_bytes(reference, monitor.reference)
        watch, seen = unpacked(monitor, state)
        with np.errstate(all="ignore"):
            _rehearse(monitor, watch, profile, seen)
    except InvalidError:
        raise
    except DatabaseCorruptError as problem:
        raise InvalidError(problem.message) from None
    except _NONSENSE as problem:
        said = " ".join(f"{type(problem).__name__}: {problem}".split())[:120]
        raise InvalidDataError(monitor.name, f"its state is none ({said})") from None


def _rehearse(monitor: Monitor, watch: Watch, profile: Any, seen: Mapping[str, Any]) -> None:
    check_watch(watch)
    names = {column.name for column in profile.columns}
    if not all(one.name in names for one in watch.columns):
        raise ValueError("it watches a column that its reference does not have")
    if (watch.losses is None) != (monitor.target is None):
        raise ValueError("its definition and its state differ about the loss")
    if watch.late.is_keyed != (monitor.key is not None):
        raise ValueError("its definition and its state differ about the key of rows")
    if watch.look_count != monitor.look_count or watch.row_count != monitor.row_count:
        raise ValueError("its definition and its state differ about its looks")
    files, latest = seen.get("files", {}), seen.get("latest")
    if not all(type(size) is int and size >= 0 for size in dict(files).values()):
        raise ValueError("the files that it has seen have no sizes")
    if latest is not None and not np.isfinite(float(latest)):
        raise ValueError("the time that it has seen is none")
    if not all(
        type(count) is int and count >= 0 for count in dict(seen.get("counts", {})).values()
    ):
        raise ValueError("the rows that it has seen have no counts")
    for count, digest in dict(seen.get("rows", {})).values():
        if type(count) is not int or count < 0 or type(digest) is not str:
            raise ValueError("the rows that it has seen have no counts")
    groups = {group for one in watch.columns for group in one.first}
    moved = look(watch, dict.fromkeys(groups, profile), parse_budget(monitor.budget))
    for each in (watch, moved):
        report = report_of(monitor, each)
        report.to_text()
        report.to_html()
        json.dumps(report.to_dict(), allow_nan=False)
        if Watch.from_dict(json.loads(packed(monitor.name, each, seen))["watch"]) != each:
            raise ValueError("it is another one when it is read again")


def absolute_source(source: str | os.PathLike[str], database: str | None, time: str | None) -> str:
    """The source as it is kept: it means the same from any folder, and holds no password."""
    from nbmlops.store.queries import database_address

    place = os.fspath(source)
    if check_source(place, database, time):
        assert database is not None
        database_address(database)
        return place
    return place if "://" in place else os.path.abspath(os.path.expanduser(place))
