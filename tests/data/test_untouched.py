"""Nothing of the user's is changed, kept, called or imported."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from digests import told

from nbmlops.data.fingerprint import fingerprint

ROWS = 3_000


def mixed_frame() -> pd.DataFrame:
    """Several blocks of one type, extension types, and indexes that would cache on being read."""
    numbers = np.arange(ROWS)
    frame = pd.DataFrame({"a": numbers * 1.5, "b": numbers, "c": numbers / 7})
    frame["d"] = numbers * 2.5
    frame["word"] = [f"word {number % 9}" for number in numbers]
    frame["kind"] = pd.Categorical(numbers % 5)
    frame["Int64"] = pd.array(numbers, "Int64")
    frame["at"] = pd.to_datetime(numbers, unit="s")
    frame["arrow"] = pd.array(numbers, pd.ArrowDtype(pa.int32()))
    frame["interval"] = pd.arrays.IntervalArray.from_breaks(np.arange(ROWS + 1))
    frame["sparse"] = pd.arrays.SparseArray(numbers % 3)
    frame["object"] = pd.Series([(number, "x") for number in numbers], dtype=object)
    return frame.set_index(pd.MultiIndex.from_arrays([numbers % 10, [f"k{n}" for n in numbers]]))


VALUES: dict[str, Callable[[], Any]] = {
    "frame": mixed_frame,
    "frame with times as index": lambda: mixed_frame().set_index("at"),
    "frame with categories as columns": lambda: pd.DataFrame(
        np.zeros((3, 2)), columns=pd.CategoricalIndex(["x", "y"])
    ),
    "joined frame": lambda: pd.concat([mixed_frame(), mixed_frame()]),
    "series": lambda: mixed_frame()["word"],
    "index": lambda: pd.Index([f"label {number}" for number in range(ROWS)]),
    "array": lambda: np.arange(ROWS * 4.0).reshape(-1, 4)[:, ::2],
    "masked array": lambda: np.ma.array(np.arange(ROWS), mask=np.arange(ROWS) % 2 == 0),
    "structure": lambda: np.zeros(ROWS, [("a", "f8"), ("b", "U3")]),
    "objects": lambda: np.array([(number, {"a": {number}}) for number in range(ROWS)] + [0], "O"),
    "unsorted matrix": lambda: sp.random_array((90, 90), density=0.3, format="csr", rng=1)[:, ::-1],
    "matrix by keys": lambda: sp.random_array((90, 90), density=0.3, format="dok", rng=1),
}


def inside(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """All that pandas and NumPy keep in an object, caches included, as far as Python sees it."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        yield f"array {id(value)} {value.flags} {value.shape} {value.strides}"
        return
    manager = getattr(value, "_mgr", None)
    if manager is not None:
        yield f"blocks {[id(block.values) for block in manager.blocks]}"
        for block in manager.blocks:
            yield f"shared {block.refs.has_reference()} {len(block.refs.referenced_blocks)}"
            yield from inside(block.values, seen)
        for axis in manager.axes:
            yield from inside(axis, seen)
    for name, held in getattr(value, "__dict__", {}).items():
        yield f"{type(value).__name__}.{name} {id(held)}"
        if isinstance(held, dict):
            yield f"{name} {sorted(held)}"
        elif not isinstance(held, type):
            yield from inside(held, seen)
    if isinstance(value, pd.Categorical):
        yield from inside(value.dtype, seen)
    if type(value).__name__ == "FrozenList":
        for each in value:
            yield from inside(each, seen)


@pytest.mark.parametrize("budget_bytes", [None, 20_000])
@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_as_it_was(name: str, budget_bytes: int | None) -> None:
    value = VALUES[name]()
    fresh = pickle.dumps(VALUES[name]())
    before = list(inside(value))
    was_shared = sys.getrefcount(value)

    told(value, budget_bytes=budget_bytes)

    assert list(inside(value)) == before
    assert sys.getrefcount(value) == was_shared
    assert pickle.dumps(value) == fresh


def test_the_test_above_sees_a_cache() -> None:
    frame = mixed_frame()
    before = list(inside(frame))

    frame.index.is_unique

    assert list(inside(frame)) != before


@pytest.mark.parametrize("name", [name for name in VALUES if "matrix" not in name])
def test_a_value_dies_with_its_last_name(name: str) -> None:
    value = VALUES[name]()
    gc.collect()
    gc.disable()
    try:
        told(value)
        told(value, budget_bytes=20_000)
        remains = weakref.ref(value)
        del value
        assert remains() is None
    finally:
        gc.enable()


def test_chunks_of_polars_stay_apart() -> None:
    half = pl.DataFrame({"a": [1, 2], "s": ["x", None]})
    frame = pl.concat([half, half], rechunk=False)
    series = frame["s"]

    told(frame)
    told(series)
    told(series, budget_bytes=1)

    assert (frame.n_chunks(), series.n_chunks()) == (2, 2)


def test_a_lazy_frame_is_not_computed() -> None:
    computed = []
    frame = pl.DataFrame({"a": [1, 2]}).lazy().map_batches(
        lambda each: computed.append(each) or each, schema={"a": pl.Int64}
    )  # fmt: skip

    found = told(frame)

    assert [(each.name, each.dtype) for each in found.columns] == [("a", "Int64")]
    assert found.digest.startswith("~")
    assert told(frame, budget_bytes=1_000_000).columns == ()
    assert not computed


def test_what_is_used_up_by_reading_is_not_read() -> None:
    table = pa.table({"a": [1, 2]})
    reader = table.to_reader()

    assert fingerprint(reader) is None
    assert reader.read_all().equals(table)


# ------------------------------------------------------------------------------- nobody's code


class Called(BaseException):
    """Somebody's method ran."""


def alarmed(*bases: type, **extra: Any) -> type:
    """A class whose methods must not run once `armed` is true."""

    def alarm(name: str) -> Callable[..., Any]:
        def method(self: Any, *arguments: Any, **options: Any) -> Any:
            if state["armed"]:
                raise Called(name)
            return getattr(super(made, self), name)(*arguments, **options)

        return method

    state = {"armed": False}
    names = ("__eq__", "__hash__", "__repr__", "__str__", "__getattribute__", "__reduce_ex__",
             "__sizeof__", "__dir__", "__format__")  # fmt: skip
    container = ("__len__", "__iter__", "__getitem__", "__contains__", "__float__", "__bool__",
                 "__array_finalize__", "__array__", "__index__", "__int__")  # fmt: skip
    wanted = names + tuple(name for name in container if any(hasattr(b, name) for b in bases))

    class Meta(type):
        def __hash__(cls) -> int:
            if state["armed"]:
                raise Called("metaclass.__hash__")
            return type.__hash__(cls)

        def __eq__(cls, other: object) -> bool:
            if state["armed"]:
                raise Called("metaclass.__eq__")
            return cls is other

        def __getattribute__(cls, name: str) -> Any:
            if state["armed"]:
                raise Called(f"metaclass.{name}")
            return type.__getattribute__(cls, name)

    made = Meta("Alarmed", bases, {name: alarm(name) for name in wanted} | extra)
    type.__setattr__(made, "state", state)
    return made


@pytest.fixture
def arm() -> Iterator[Callable[[type], None]]:
    armed: list[dict[str, bool]] = []

    def arm_class(kind: type) -> None:
        state = type.__getattribute__(kind, "state")
        state["armed"] = True
        armed.append(state)

    yield arm_class
    for state in armed:
        state["armed"] = False


@pytest.mark.parametrize("base", [object, str, int, float, dict, list, tuple, bytes, datetime])
def test_methods_of_a_value_in_a_cell_are_not_called(base: type, arm: Any) -> None:
    kind = alarmed(base)
    made = kind(2026, 1, 1) if base is datetime else kind()
    cells = np.array([made, None, "x", 1], dtype=object)
    nested = np.array([[made], {"key": made}, (made,), {"a", 1}], dtype=object)
    frame = pd.DataFrame({"cells": cells, "nested": nested})
    arm(kind)

    found = told(frame)

    assert [each.digest[0] for each in found.columns] == ["~", "~"]


def test_methods_of_a_column_label_are_not_called(arm: Any) -> None:
    kind = alarmed(object)
    frame = pd.DataFrame([[1, 2]], columns=pd.Index([kind(), (kind(), "a")], tupleize_cols=False))
    arm(kind)

    assert "Alarmed" in told(frame).columns[0].name


@pytest.mark.parametrize("base", [np.ndarray, np.ma.MaskedArray])
def test_methods_of_a_kind_of_array_are_not_called(base: type, arm: Any) -> None:
    kind = alarmed(base)
    plain = np.zeros(5, [("a", "f8"), ("b", "i4")])
    value = plain.view(kind)
    arm(kind)

    assert told(value).row_count == 5


def test_methods_of_a_kind_of_frame_are_not_called(arm: Any) -> None:
    kind = alarmed(pd.DataFrame)
    value = kind({"a": [1.0], "b": ["x"]})
    expected = told(pd.DataFrame({"a": [1.0], "b": ["x"]})).digest
    arm(kind)

    assert told(value).digest == expected


def test_a_time_zone_of_the_users_is_not_asked() -> None:
    class Zone(tzinfo):
        def utcoffset(self, when: datetime | None) -> timedelta:
            asked.append(when)
            return timedelta(hours=1)

        def tzname(self, when: datetime | None) -> str:
            asked.append(when)
            return "mine"

    asked: list[Any] = []
    cells = pd.Series([datetime(2026, 1, 1, tzinfo=Zone()), "x"], dtype=object)
    asked.clear()

    told(cells)

    assert not asked


def test_methods_of_what_is_not_data_are_not_called(arm: Any) -> None:
    kind = alarmed(object)
    value = kind()
    arm(kind)

    assert fingerprint(value) is None


def test_an_object_that_claims_to_be_a_frame_is_none() -> None:
    class Claims:
        __class__ = pd.DataFrame  # type: ignore[assignment]

        def __getattr__(self, name: str) -> Any:
            raise Called(name)

    assert isinstance(Claims(), pd.DataFrame)
    assert fingerprint(Claims()) is None


def test_a_broken_frame_has_no_fingerprint_and_no_error() -> None:
    frame = pd.DataFrame({"a": [1]})
    object.__setattr__(frame, "_mgr", None)

    assert fingerprint(frame) is None


# ----------------------------------------------------------------------------- import, GIL, memory


@pytest.mark.parametrize(
    ("value", "absent"),
    [
        ("[1, {}, 'x', object(), sys]", {"numpy", "pandas", "pyarrow", "polars", "scipy"}),
        ("__import__('numpy').ones(3)", {"pandas", "pyarrow", "polars", "scipy"}),
        ("__import__('pyarrow').nulls(3)", {"pandas", "polars", "scipy"}),
        ("__import__('pandas').DataFrame({'a': [1]})", {"polars", "scipy", "torch"}),
        ("__import__('polars').DataFrame({'a': ['x']})", {"pandas", "scipy", "torch"}),
    ],
)
def test_nothing_is_imported_that_is_not_there(value: str, absent: set[str]) -> None:
    code = (
        "import sys; from nbmlops.data.fingerprint import fingerprint\n"
        f"value = {value}\n"
        "told = [fingerprint(each) for each in (value if type(value) is list else [value])]\n"
        "assert type(value) is list or told[0], told\n"
        f"assert not {absent!r} & set(sys.modules), sorted({absent!r} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_other_threads_run_while_data_is_hashed() -> None:
    data = np.zeros(200_000_000, "u1")
    turns, is_over = [0], threading.Event()

    def take_turns() -> None:
        while not is_over.is_set():
            turns[0] += 1
            time.sleep(0)

    usual, deadline = sys.getswitchinterval(), time.monotonic() + 60
    other = threading.Thread(target=take_turns)
    other.start()
    try:
        sys.setswitchinterval(600)  # so that nobody is made to give way
        had, seen = turns[0], turns[0]
        while seen == had and time.monotonic() < deadline:
            had = turns[0]
            told(data)
            seen = turns[0]
    finally:
        sys.setswitchinterval(usual)
        is_over.set()
        other.join()
    assert seen > had


@pytest.mark.parametrize("kind", ["columns", "rows", "words", "codes", "missing"])
def test_a_large_value_is_not_copied(kind: str) -> None:
    rows = 600_000
    numbers = np.arange(rows * 8.0).reshape(rows, 8)
    value: Any = {
        "columns": lambda: pd.DataFrame(np.asfortranarray(numbers), copy=False),
        "rows": lambda: pd.DataFrame(numbers, copy=False),
        "words": lambda: pd.DataFrame({"a": pd.Series(["a longer word"] * rows, dtype="str")}),
        "codes": lambda: pd.DataFrame({"a": pd.Categorical.from_codes(
            np.arange(rows * 8, dtype="i1") % 2, ["b", "a"])}),
        "missing": lambda: np.where(numbers % 2 == 0, np.nan, numbers),
    }[kind]()  # fmt: skip
    told(value)
    tracemalloc.start()
    try:
        found = told(value)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found.size_bytes is not None
    assert peak < found.size_bytes / 2
    assert peak < 8_000_000
