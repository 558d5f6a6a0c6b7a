"""Looking at objects: nothing of the user's is called, filled in, kept alive or used up by it."""

from __future__ import annotations

import gc
import pickle
import random
import socket
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from notebooks import Notebook, told

from nbmlops.capture.contents import Clock, Kinds, OutOfTimeError, Sight, look_whole, sketch_of

FOREVER = 3600.0


def sight_of(value: Any) -> Sight | None:
    """All that can be seen of a value."""
    kinds = Kinds({"__name__": __name__})
    sketch = sketch_of(value, kinds, Clock(FOREVER))
    if sketch is not None and sketch.whole is None:
        return look_whole(value, sketch, kinds, Clock(FOREVER))
    return sketch


# --------------------------------------------------------------------------------- nobody's code


class Called(BaseException):
    """Somebody's method ran."""


SPECIAL = (
    *("__eq__", "__ne__", "__hash__", "__repr__", "__str__", "__getattribute__", "__dir__"),
    *("__reduce__", "__reduce_ex__", "__sizeof__", "__format__", "__lt__", "__le__", "__gt__"),
    *("__ge__", "__bool__", "__len__", "__iter__", "__next__", "__getitem__", "__contains__"),
    *("__call__", "__float__", "__int__", "__index__", "__complex__", "__abs__", "__neg__"),
    *("__array__", "__array_finalize__", "__array_wrap__", "__array_ufunc__", "__copy__"),
    *("__deepcopy__", "__getstate__", "__add__", "__radd__", "__and__", "__or__", "__reversed__"),
    *("__length_hint__", "__fspath__", "__enter__", "__exit__", "__await__", "__aiter__"),
    *("__missing__", "__instancecheck__", "__subclasscheck__", "__buffer__", "__arrow_c_stream__"),
)


class Alarm:
    """Whether methods of alarmed classes must not run now, and those that did."""

    def __init__(self) -> None:
        self.is_armed = False
        self.called: list[str] = []

    def method(self, kind: str, name: str, before: Any) -> Callable[..., Any]:
        def ring(owner: Any, *arguments: Any, **options: Any) -> Any:
            if self.is_armed:
                self.called.append(f"{kind}.{name}")
                raise Called(name)
            if before is None:
                raise AttributeError(name)
            return before(owner, *arguments, **options)

        return ring


def alarmed(alarm: Alarm, base: type) -> type:
    """A class whose methods, properties and metaclass ring."""
    meta_of = type(base)

    def wrap(kind: str, source: type, names: tuple[str, ...]) -> dict[str, Any]:
        return {
            name: alarm.method(kind, name, getattr(source, name))
            for name in names
            if hasattr(source, name) and not (name == "__hash__" and source.__hash__ is None)
        }

    meta = type(
        "Meta",
        (meta_of,),
        wrap("metaclass", meta_of, ("__eq__", "__hash__", "__repr__", "__getattribute__"))
        | wrap("metaclass", meta_of, ("__instancecheck__", "__subclasscheck__", "__dir__")),
    )
    body = wrap("object", base, SPECIAL)
    given = getattr(base, "__getattr__", None)
    body["__getattr__"] = alarm.method("object", "__getattr__", given)
    shape = getattr(base, "shape", None)
    body["shape"] = property(alarm.method("object", "shape", getattr(shape, "__get__", None)))
    body["__class__"] = property(alarm.method("object", "__class__", lambda owner: type(owner)))
    body["__module__"] = "__main__"
    return meta("Alarmed", (base,), body)  # type: ignore[no-any-return]


BASES = (
    *(object, dict, list, tuple, set, frozenset, str, bytes, int, float, complex, bytearray),
    *(Exception, random.Random, np.ndarray, np.ma.MaskedArray, pd.DataFrame, pd.Series),
    *(sp.csr_matrix, threading.Thread, type("Plain", (), {})),
)


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_no_method_of_an_object_is_called(base: type) -> None:
    alarm = Alarm()
    kind = alarmed(alarm, base)
    if issubclass(base, np.ndarray):
        value = np.arange(4.0).view(kind)
    elif base is sp.csr_matrix:
        value = kind((3, 3))
    else:
        value = kind()
    notebook = Notebook()
    notebook.namespace |= {"value": value, "held": [value, {"k": value}, (value,)]}
    notebook.namespace |= {"function": lambda given=value: given, "kind": kind, "also": value}
    alarm.is_armed = True
    for cell in (
        "pass",
        "other = value",
        "x = [value, held]",
        "value = value",
        "number = value",
        "def use(thing=value):\n    return value\n\nuse",
        "del other",
        "held.append(1)",
        "globals",
    ):
        notebook.run(cell)
    alarm.is_armed = False

    assert alarm.called == []


def test_no_method_of_a_key_or_an_item_is_called() -> None:
    alarm = Alarm()
    kind = alarmed(alarm, object)
    key, item = kind(), kind()
    notebook = Notebook()
    notebook.namespace |= {
        "table": {key: 1, "k": item},
        "bag": {key, item},
        "few": frozenset([key]),
    }
    alarm.is_armed = True
    notebook.run("table, bag, few")
    notebook.run("seen = table")
    alarm.is_armed = False

    assert alarm.called == []


def test_a_property_is_not_computed_and_a_finalizer_waits_for_its_owner() -> None:
    notebook = Notebook()
    notebook.run(
        "computed, gone = [], []\n"
        "class Lazy:\n"
        "    @property\n"
        "    def value(self):\n"
        "        computed.append(1)\n"
        "    def __del__(self):\n"
        "        gone.append(1)\n"
        "    def __getattr__(self, name):\n"
        "        computed.append(name)\n"
        "        raise AttributeError(name)\n"
        "lazy = Lazy()\nlazy.part = Lazy()"
    )
    notebook.run("same = lazy\nlist_of = [lazy]")
    assert notebook.namespace["computed"] == []
    assert notebook.namespace["gone"] == []
    notebook.run("del lazy, same, list_of")

    assert notebook.namespace["gone"] == [1, 1]
    assert notebook.namespace["computed"] == []


# ---------------------------------------------------------------------------- as it was before


def running() -> Iterator[int]:
    yield from range(10)


def make_started() -> Iterator[int]:
    started = running()
    next(started)
    return started


def mixed_frame() -> pd.DataFrame:
    frame = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50), "c": 1.5})
    frame["d"] = frame["a"] * 2
    frame["word"] = [f"word {number % 9}" for number in range(50)]
    frame["kind"] = pd.Categorical(np.arange(50) % 5)
    frame["Int64"] = pd.array(np.arange(50), "Int64")
    frame["at"] = pd.to_datetime(np.arange(50), unit="s")
    frame["object"] = pd.Series([(number, "x") for number in range(50)], dtype=object)
    return frame.set_index(pd.MultiIndex.from_arrays([np.arange(50) % 10, np.arange(50)]))


class Thing:
    def __init__(self) -> None:
        self.numbers, self.parts = [1, 2], {"a": {1, 2}}


class Slim:
    __slots__ = ("__weakref__", "numbers")

    def __init__(self) -> None:
        self.numbers = [1]


def fitted() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    X = np.arange(40.0).reshape(20, 2)
    return RandomForestClassifier(3, random_state=0).fit(X, X[:, 0] > 20)


VALUES: dict[str, Callable[[], Any]] = {
    "frame": mixed_frame,
    "series": lambda: mixed_frame()["word"],
    "index": lambda: pd.Index([f"label {number}" for number in range(50)]),
    "array": lambda: np.arange(400.0).reshape(-1, 4)[:, ::2],
    "large array": lambda: np.arange(300_000.0),
    "masked array": lambda: np.ma.array(np.arange(9), mask=np.arange(9) % 2 == 0),
    "objects": lambda: np.array([(number, {"a": {number}}) for number in range(9)] + [0], "O"),
    "matrix": lambda: sp.random_array((90, 90), density=0.3, format="csr", rng=1)[:, ::-1],
    "forest": fitted,
    "thing": Thing,
    "slim": Slim,
    "set of texts": lambda: {"a", "b", "c"},
    "long list": lambda: list(range(5_000)),
    "dictionary": lambda: {f"key {number}": [number] for number in range(3_000)},
    "random": lambda: random.Random(5),
    "generator of numbers": lambda: np.random.default_rng(5),
}


def inside(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """All that an object keeps, caches included, as far as Python sees it."""
    seen = set() if seen is None else seen
    if id(value) in seen or len(seen) > 20_000:
        return
    seen.add(id(value))
    yield f"{type(value).__name__} {id(value)}"
    if isinstance(value, np.ndarray):
        numbers = value.sum() if value.dtype.kind in "biufc" else ""
        yield f"{value.flags} {value.shape} {value.strides} {numbers}"
    manager = getattr(value, "_mgr", None)
    if manager is not None:
        yield f"blocks {[id(block.values) for block in manager.blocks]}"
        yield f"shared {[len(block.refs.referenced_blocks) for block in manager.blocks]}"
    for held in gc.get_referents(value):
        if not isinstance(held, (type, type(sys))):
            yield from inside(held, seen)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_as_it_was(name: str) -> None:
    value = VALUES[name]()
    fresh = pickle.dumps(VALUES[name]())
    before, count = list(inside(value)), sys.getrefcount(value)

    notebook = Notebook()
    notebook.namespace["value"] = value
    for cell in ("value", "alias = [value]", "del alias"):
        notebook.run(cell)
    del notebook

    assert list(inside(value)) == before
    assert sys.getrefcount(value) == count
    assert pickle.dumps(value) == fresh


def test_the_test_above_sees_a_dictionary_that_was_asked_for_and_a_cache() -> None:
    thing, frame = Thing(), mixed_frame()
    before = list(inside(thing)), list(inside(frame))
    vars(thing), frame.index.is_unique

    if sys.version_info < (3, 13):  # since then, a dictionary that was asked for changes nothing
        assert list(inside(thing)) != before[0]
    assert list(inside(frame)) != before[1]


@pytest.mark.parametrize("name", [name for name in VALUES if name != "matrix"])
def test_a_value_dies_with_its_last_name(name: str) -> None:
    notebook = Notebook()
    notebook.namespace["Thing"] = Thing
    value = VALUES[name]()
    if not type(value).__weakrefoffset__:
        value = np.array([value], dtype=object)
    notebook.namespace["value"], remains = value, weakref.ref(value)
    del value
    gc.collect()
    gc.disable()
    try:
        for cell in ("value", "alias = value", "table = {'in': alias}", "del alias, table"):
            notebook.run(cell)
        assert weakref.getweakrefcount(notebook.namespace["value"]) == 1
        notebook.run("del value")
        assert remains() is None
    finally:
        gc.enable()


def test_what_is_used_up_by_reading_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("first\nsecond\n")
    left, right = socket.socketpair()
    iterators: dict[str, Any] = {
        "generator": running(),
        "started": make_started(),
        "iterator": iter([1, 2]),
        "mapped": map(str, [1, 2]),
        "zipped": zip("ab", "cd", strict=True),
        "counted": enumerate("ab"),
        "back": reversed([1, 2]),
    }
    notebook = Notebook()
    with (tmp_path / "file").open() as file, left, right:
        notebook.namespace |= {**iterators, "file": file, "left": left, "lock": threading.Lock()}
        notebook.run("; ".join([*iterators, "file", "left", "lock"]))
        notebook.run(f"held = [{', '.join(iterators)}]")

        assert next(file) == "first\n"
        assert not notebook.namespace["lock"].locked()
    assert {name: len(list(each)) for name, each in iterators.items()} == {
        "generator": 10, "started": 9, "iterator": 2, "mapped": 2, "zipped": 2, "counted": 2, "back": 2,
    }  # fmt: skip


def test_random_numbers_go_on_as_if_nobody_had_looked() -> None:
    def numbers(*, is_watched: bool) -> list[Any]:
        random.seed(3)
        np.random.seed(3)
        notebook = Notebook()
        notebook.namespace |= {"random": random, "np": np}
        cells = ["rng, mine = np.random.default_rng(1), random.Random(2)", "found = []"]
        draw = "found += [rng.normal(), mine.random(), random.random(), np.random.rand()]"
        for cell in [*cells, *[draw] * 4]:
            if is_watched:
                notebook.run(cell)
            else:
                exec(cell, notebook.namespace)
        return list(notebook.namespace["found"])

    states = random.getstate(), np.random.get_state()
    try:
        assert numbers(is_watched=True) == numbers(is_watched=False)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def test_nothing_is_imported_that_is_not_there() -> None:
    import subprocess

    code = (
        "import ast, sys\n"
        "from nbmlops.capture.observer import Observer\n"
        "o, ns = Observer(), {'__name__': '__main__'}\n"
        "for cell in ('x = [1, {}, \"x\", object(), 1.5, {2}]', 'x.append(len)', 'import math'):\n"
        "    tree = ast.parse(cell)\n"
        "    o.before(ns); o.about_to_run(ns, tree); exec(cell, ns); o.after(ns, tree, cell, count=1)\n"
        "absent = {'numpy', 'pandas', 'pyarrow', 'polars', 'scipy', 'sklearn', 'matplotlib', 'torch'}\n"
        "assert not absent & set(sys.modules), absent & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------------- odd and large objects


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def doubled(depth: int) -> list[Any]:
    value: list[Any] = [1]
    for _ in range(depth):
        value = [value, value]
    return value


def test_depth_and_sharing_cost_nothing() -> None:
    for value in (nested(200), nested(100_000), doubled(60)):
        before = sight_of(value)
        inner = value
        while inner and isinstance(inner[0], list):
            inner = inner[0]
        inner.append(2)
        after = sight_of(value)
        assert before is not None
        assert after is not None
        assert after.is_same(before) is False
        while value:  # so that nobody frees it by recursion
            value = value.pop() if isinstance(value[-1], list) else []


LARGE: dict[str, Callable[[int], Any]] = {
    "list of integers": lambda size: list(range(size)),
    "list of texts": lambda size: [f"text {number}" for number in range(size)],
    "list of lists": lambda size: [[number] for number in range(size)],
    "objects": lambda size: [Thing() for _ in range(size)],
    "dictionary": lambda size: dict.fromkeys(range(size)),
    "set": lambda size: set(range(size)),
    "array": lambda size: np.arange(size * 20.0),
    "columns": lambda size: np.arange(size * 20.0).reshape(20, -1).T,
    "frame": lambda size: pd.DataFrame(np.arange(size * 10.0).reshape(-1, 10)),
    "wide frame": lambda size: pd.DataFrame(np.zeros((2, size // 10))),
    "text": lambda size: ["x" * size],
    "bytes": lambda size: bytearray(size * 100),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_sketch_of_something_large_takes_no_longer_and_no_memory(name: str) -> None:
    def cost(size: int) -> tuple[int, int]:
        value = LARGE[name](size)
        sketch_of(value, Kinds({}), Clock(FOREVER))  # whatever is loaded for it
        calls = 0

        def count(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += 1

        gc.collect()
        tracemalloc.start()
        sys.setprofile(count)
        try:
            assert sketch_of(value, Kinds({}), Clock(FOREVER)) is not None
        finally:
            sys.setprofile(None)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return calls, peak

    small, large = cost(20_000), cost(200_000)

    assert large[0] < 2 * small[0] + 100
    assert large[1] < 2 * small[1] + 100_000


@pytest.mark.parametrize("name", [name for name in LARGE if name != "text"])
def test_a_change_of_something_large_is_found_where_there_is_time(name: str) -> None:
    value = LARGE[name](3_000)
    before = sight_of(value)
    at = 1_234 if not isinstance(value, pd.DataFrame) else None
    if isinstance(value, list):
        if isinstance(value[at], Thing):
            value[at].numbers.append(1)
        else:
            value[at] = "changed"
    elif isinstance(value, set):
        value.discard(at)
        value.add(-1)
    elif isinstance(value, pd.DataFrame):
        value.iloc[1, 137 % value.shape[1]] = -1.0
    elif isinstance(value, np.ndarray):
        value.flat[at] = -1
    else:
        value[at] = 77
    after = sight_of(value)

    assert before is not None
    assert after is not None
    assert after.is_same(before) is False


def test_an_object_that_another_thread_changes_does_no_harm() -> None:
    table: dict[int, Any] = {number: [number] for number in range(500)}
    rows: list[Any] = list(range(500))
    is_over = threading.Event()

    def churn() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            table[number + 1000] = [number]
            table.pop(number + 900, None)
            rows.append(number)
            rows[:100] = rows[:99]

    notebook = Notebook()
    notebook.namespace |= {"table": table, "rows": rows, "raw": bytearray(10_000_000)}
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for _ in range(60):
            notebook.run("rows, table, raw")
    finally:
        is_over.set()
        worker.join()
        sys.setswitchinterval(usual)

    assert notebook.error is None


def test_without_time_the_code_says_what_may_have_changed() -> None:
    notebook = Notebook(free_seconds=0)
    notebook.run("rows, table, other = [1], {}, [2]")

    assert told(notebook.run("rows[0] = 5\ntable.update(a=1)\nother")) == (
        "changed rows | perhaps table | read other rows table | partly"
    )


def test_a_large_array_is_sketched_where_there_is_little_time() -> None:
    notebook = Notebook(free_seconds=0.02)
    notebook.run("import numpy as np\nbig = np.zeros(200_000_000, 'u1')\nbig[0] = 1")

    assert told(notebook.run("total = len(big)")) == "made total | read big | partly"
    assert told(notebook.run("big.fill(3)")).startswith("changed big")
    assert told(notebook.run("big[123_457] = 9")).startswith("changed big")  # the code says so


def test_what_cannot_be_read_is_unsure_and_nothing_breaks() -> None:
    notebook = Notebook()
    frame = pd.DataFrame({"a": [1]})
    object.__setattr__(frame, "_mgr", None)
    notebook.namespace |= {"broken": frame, "released": memoryview(b"x")}
    notebook.namespace["released"].release()

    assert told(notebook.run("str(released)")) == "read released"
    found = notebook.run("broken.x = 1")
    assert found.mutated == ["broken"] or found.unsure == ["broken"]


def test_time_that_is_over_is_told() -> None:
    with pytest.raises(OutOfTimeError):
        sketch_of([1, 2], Kinds({}), Clock(-1.0))


def test_a_module_of_the_users_is_followed_and_others_in_it_are_not(tmp_path: Path) -> None:
    (tmp_path / "nbmlops_test_tools.py").write_text(
        "import threading, json\nimport numpy as np\nlock = threading.Lock()\nstate = {'n': 0}\n"
        "def bump():\n    state['n'] += 1\ndef look():\n    return state\n"
    )
    notebook = Notebook()
    sys.path.insert(0, str(tmp_path))
    try:
        notebook.run("import nbmlops_test_tools as tools\nfrom nbmlops_test_tools import state")
        assert told(notebook.run("tools.look()")) == "used tools"
        assert told(notebook.run("tools.bump()")) == "changed state tools | used tools"
        assert told(notebook.run("state['n'] = 5")) == "changed state tools | read state"
        assert told(notebook.run("tools.SIZE = 3")) == "changed tools | used tools"
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("nbmlops_test_tools", None)


def test_figures_change_by_what_is_drawn_in_them_and_not_by_being_shown() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    notebook = Notebook()
    notebook.run(
        "import io, matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nfile = io.BytesIO()"
    )
    for cell, changed in {
        "ax.plot([1, 2, 3])": ["ax", "fig"],
        "fig.savefig(file, bbox_inches='tight', dpi=50)": [],
        "ax.set_title('T')": ["ax", "fig"],
        "fig.canvas.draw()": [],
        "ax.lines[0].set_ydata([3, 2, 1])": ["ax", "fig"],
        "repr(fig), ax.get_title()": [],
    }.items():
        assert notebook.run(cell).mutated == changed, cell
    notebook.run("plt.close('all')")
