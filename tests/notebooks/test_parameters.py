"""What a parameters cell declares, and what is refused before a kernel starts."""

import datetime as dt
import json
import math
from enum import Enum, IntEnum, StrEnum
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.errors import InvalidNotebookError, InvalidOptionError, InvalidParameterError
from nbmlops.notebooks.parameters import declared, parse, validate
from nbmlops.notebooks.preparation import prepare

CELL = """
# What to train.
%matplotlib inline
!echo hello
depth: int = 8  # levels of the tree
lr: float = 1e-3
name = "churn"
flag = True
cols: list[str] = ["a", "b"]
opts = {"k": 1}
mode: Literal["fast", "good"] = "fast"
seed: "int | None" = None
limit: Optional[float] = None
must: int
either: int | str = 1
shown = None  # type: int  # a comment of papermill's kind
a = b = 3
c, d = 1, "x"
computed = len("abc")
where: Thing = Thing("x")
negative = -1.5
when: int = None
__secret__ = 1
import os
"""

TYPES = {
    "depth": "int",
    "lr": "float",
    "name": "str",
    "flag": "bool",
    "cols": "list[str]",
    "opts": "dict",
    "mode": "Literal['fast', 'good']",
    "seed": "int | None",
    "limit": "float | None",
    "must": "int",
    "either": "int | str",
    "shown": "int | None",
    "a": "int",
    "b": "int",
    "c": "int",
    "d": "str",
    "computed": "any",
    "where": "Thing",
    "negative": "float",
    "when": "int | None",
}


@pytest.fixture(scope="module")
def found():
    return declared("n.ipynb", CELL)


def test_names_types_defaults_and_help_are_read(found):
    by_name = {one.name: one for one in found}
    assert {name: one.type for name, one in by_name.items()} == TYPES
    assert by_name["depth"].help == "levels of the tree"
    assert by_name["shown"].help == "a comment of papermill's kind"
    assert by_name["cols"].default == ["a", "b"]
    assert by_name["negative"].default == -1.5
    assert by_name["must"].required
    assert not by_name["must"].has_default
    assert not by_name["computed"].has_default
    assert by_name["computed"].source == "len('abc')"
    assert by_name["seed"].has_default
    assert by_name["seed"].default is None


def test_a_notebook_without_the_cell_takes_none():
    assert declared("n", None) == []
    with pytest.raises(InvalidParameterError, match="declares none"):
        validate("n", [], {"a": 1})


def test_a_cell_that_is_not_python_says_the_line():
    with pytest.raises(InvalidNotebookError, match="line 3 "):
        declared("n", "a = 1\nb = 2\nc = = 3")


BAD_NAMES = [
    "x=1\nopen('hacked','w')\ny",
    "x\n",
    "a b",
    "1a",
    "",
    "depth ",
    " depth",
    "class",
    "None",
    "__class__",
    "__builtins__",
    "__secret__",
    "depht",
    "os",
    "depth.x",
    "depth[0]",
    "ﬁ",
    "a;b",
    "depth=1",
    "x" * 10_000,
    "é\ud800",
    7,
    None,
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: ascii(name)[:20])
def test_a_name_that_is_none_or_not_declared_is_refused(found, name):
    with pytest.raises(InvalidParameterError) as caught:
        validate("n.ipynb", found, {"must": 1, name: 1})
    assert len(caught.value.message) < 300


def test_a_slip_of_the_pen_names_the_parameter_meant(found):
    with pytest.raises(InvalidParameterError, match="Did you mean 'depth'"):
        validate("n", found, {"depht": 1})


BAD_VALUES = [
    ("depth", "8"),
    ("depth", 8.0),
    ("depth", True),
    ("depth", None),
    ("lr", "x"),
    ("lr", True),
    ("name", 8),
    ("name", None),
    ("flag", 1),
    ("flag", "true"),
    ("cols", "a"),
    ("cols", [1]),
    ("cols", ("a",)),
    ("cols", {"a"}),
    ("opts", []),
    ("opts", {1: 2}),
    ("opts", {"k": {2: 3}}),
    ("mode", "slow"),
    ("mode", 1),
    ("seed", "x"),
    ("either", 1.5),
    ("where", object()),
    ("where", b"x"),
    ("where", lambda: 1),
    ("where", {1, 2}),
    ("where", "\ud800"),
    ("where", {"\ud800": 1}),
    ("where", 10**5000),
    ("where", complex(1)),
    ("where", np.ones(3)),
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES, ids=lambda one: f"{type(one).__name__}")
def test_a_value_of_another_type_is_refused(found, name, value):
    with pytest.raises(InvalidParameterError, match=name):
        validate("n.ipynb", found, {"must": 1, name: value})


def test_values_without_end_are_refused(found):
    endless: list = []
    endless.append(endless)
    with pytest.raises(InvalidParameterError, match="deeper than 50"):
        validate("n", found, {"must": 1, "where": endless})


def test_a_parameter_without_default_has_to_be_given(found):
    with pytest.raises(InvalidParameterError, match=r"'must'.*no default"):
        validate("n", found, {"depth": 3})


class Color(StrEnum):
    RED = "red"


class Level(IntEnum):
    TOP = 3


def test_what_is_equal_becomes_exactly_the_plain_type(found):
    given = {
        "must": np.int64(4),
        "lr": np.float32(0.5),
        "name": Color.RED,
        "depth": Level.TOP,
        "flag": np.bool_(1),
        "where": {"x": [np.float64("nan")]},
    }
    values = validate("n", found, given)
    assert {name: type(value) for name, value in values.items()} == {
        "must": int,
        "lr": float,
        "name": str,
        "depth": int,
        "flag": bool,
        "where": dict,
    }
    assert values["must"] == 4
    assert values["name"] == "red"
    assert math.isnan(values["where"]["x"][0])
    assert validate("n", found, {"must": 1, "lr": 2})["lr"] == 2


def test_the_message_says_where_an_unannotated_type_comes_from(found):
    with pytest.raises(InvalidParameterError, match=r"follows from the default -1.5; annotate"):
        validate("n", found, {"must": 1, "negative": "x"})


MADE = """
import datetime
import datetime as dt
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Literal, Optional

class Mode(str, Enum):
    FAST = "fast"
    GOOD = "good, slow"
    def describe(self): return self.value

class Path2: ...
class Size(Enum):
    S, L = 1, 2

day: datetime.date = datetime.date(2026, 1, 1)
late: Optional[date] = None
at: "dt.datetime" = dt.datetime(2026, 1, 1)
file: Path = Path("x")
maybe: Path | None = None
mode: Mode = Mode.FAST
modes: list[Mode] = [Mode.FAST]
size: Size = Size.S
pair: tuple[int, str] = (1, "a")
path: tuple[float, ...] = ()
any_tuple = (3, 4)
files: dict[str, Path] = {}
when: date | str = "always"
shape: Literal["a", "b"] | int = 1
custom: Path2 = None
"""
MADE_OF = [
    ("day=2027-02-03", dt.date(2027, 2, 3)),
    ("late=2027-02-03", dt.date(2027, 2, 3)),
    ("late=None", None),
    ("at=2027-02-03T04:05+01:00", dt.datetime.fromisoformat("2027-02-03T04:05+01:00")),
    ("at=2027-02-03", dt.datetime(2027, 2, 3)),
    ("file=da'ta/x y.csv", Path("da'ta/x y.csv")),
    ("maybe=None", None),
    ("maybe=x", Path("x")),
    ("mode=GOOD", "good, slow"),
    ("mode=good, slow", "good, slow"),
    ("mode=Mode.GOOD", "good, slow"),
    ("modes=['FAST', 'good, slow']", ["fast", "good, slow"]),
    ("size=2", "Size.L"),
    ("size=L", "Size.L"),
    ("pair=(7, 'x')", (7, "x")),
    ("pair=[7, 'x']", (7, "x")),
    ("path=(1, 2.5, 3)", (1, 2.5, 3)),
    ("path=()", ()),
    ("path=(1,)", (1,)),
    ("any_tuple=(5, 6, 7)", (5, 6, 7)),
    ("files={'a': 'x.csv'}", {"a": Path("x.csv")}),
    ("when=2027-02-03", dt.date(2027, 2, 3)),
    ("when=never", "never"),
    ("shape=b", "b"),
    ("shape=7", 7),
    ("custom=whatever", "whatever"),
]


def arrived(tmp_path, write, values):
    """What the names are after the parameters cell and the one that is put behind it."""
    prepared = prepare(write(tmp_path / "n.ipynb", parameters=MADE), values)
    namespace = {}
    for cell in prepared.document.cells[:2]:
        exec(cell.source, namespace)
    return namespace, prepared


@pytest.mark.parametrize(("text", "value"), MADE_OF, ids=lambda one: repr(one)[:24])
def test_what_is_known_by_name_arrives_as_what_it_is(tmp_path, write, text, value):
    given = parse("n", declared("n", MADE), [text])
    namespace, prepared = arrived(tmp_path, write, given)

    (name,) = given
    found = namespace[name]
    assert (str(found) if name == "size" else found) == value
    assert type(found).__name__ in (type(value).__name__, "Mode", "Size")
    assert json.loads(json.dumps(prepared.given)) == given


def test_python_gives_the_things_themselves(tmp_path, write):
    given = {
        "day": dt.date(2027, 2, 3),
        "at": pd.Timestamp("2027-02-03 04:05"),
        "file": Path("x"),
        "mode": Enum("Mode", {"GOOD": 1}).GOOD,
        "modes": ["GOOD"],
        "pair": (7, "x"),
        "path": (float("inf"), float("nan")),
        "files": {"a": Path("y")},
    }
    namespace, prepared = arrived(tmp_path, write, given)

    assert namespace["mode"] is namespace["Mode"].GOOD
    assert namespace["modes"] == [namespace["Mode"].GOOD]
    assert namespace["path"][0] == math.inf
    assert math.isnan(namespace["path"][1])
    for name in ("day", "at", "file", "pair", "files"):
        assert namespace[name] == given[name], name
    assert prepared.given["at"] == "2027-02-03T04:05:00"
    assert prepared.given["pair"] == [7, "x"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("day", "banana"),
        ("day", dt.datetime(2026, 1, 1)),
        ("day", 3),
        ("late", "2026-02-30"),
        ("at", "soon"),
        ("at", dt.date(2026, 1, 1)),
        ("file", ""),
        ("file", "a\0b"),
        ("file", 3),
        ("file", None),
        ("mode", "slow"),
        ("mode", 1),
        ("modes", ["slow"]),
        ("size", 3),
        ("size", True),
        ("pair", (1, 2)),
        ("pair", (1, "a", 2)),
        ("path", ("a",)),
        ("any_tuple", 3),
        ("files", {"a": 3}),
        ("shape", "c"),
    ],
)
def test_what_is_known_by_name_is_checked(name, value):
    with pytest.raises(InvalidParameterError, match=f"'{name}'"):
        validate("n", declared("n", MADE), {name: value})
    if isinstance(value, str | int):
        with pytest.raises(InvalidParameterError, match=f"'{name}'"):
            parse("n", declared("n", MADE), [f"{name}={value}"] if name != "file" else ["file="])


def test_the_message_names_the_members_and_the_types():
    types = {one.name: one.type for one in declared("n", MADE)}
    assert types["mode"] == "Mode.FAST | Mode.GOOD"
    assert types["pair"] == "tuple[int, str]"
    assert types["path"] == "tuple[float, ...]"
    assert types["late"] == "date | None"
    assert types["custom"] == "Path2"


TEXTS = [
    ("depth=8", 8),
    ("depth=-3", -3),
    ("depth= 1_000 ", 1000),
    ("lr=1e-3", 0.001),
    ("lr=inf", math.inf),
    ("name=8", "8"),
    ("name=a=b", "a=b"),
    ("name=", ""),
    ("name= x ", " x "),
    ("flag=true", True),
    ("flag=No", False),
    ("flag=0", False),
    ("cols=['a', 'b']", ["a", "b"]),
    ('cols=["a"]', ["a"]),
    ("opts={'k': 2}", {"k": 2}),
    ('opts={"k": null}', {"k": None}),
    ("mode=good", "good"),
    ("seed=None", None),
    ("seed=5", 5),
    ("limit=2", 2.0),
    ("either=7", 7),
    ("either=seven", "seven"),
    ("where=data/x.csv", "data/x.csv"),
    ("where=[1, 2]", [1, 2]),
    ("computed=3", 3),
]


@pytest.mark.parametrize(("text", "value"), TEXTS, ids=lambda one: repr(one)[:24])
def test_texts_are_read_by_the_declared_type(found, text, value):
    read = parse("n", found, [text])
    assert list(read.values()) == [value]
    assert type(next(iter(read.values()))) is type(value)


BAD_TEXTS = [
    "depth=8.5",
    "depth=x",
    "depth=",
    "depth=True",
    "lr=fast",
    "flag=maybe",
    "cols=a,b",
    "cols=[1]",
    "cols=('a',)",
    "opts=[1]",
    "opts={1: 2}",
    "mode=slow",
    "seed=x",
    "nope=1",
    "cols=" + "[" * 10_000,
    "depth=" + "9" * 10_000,
    "lr=__import__('os')",
]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=lambda one: one[:20])
def test_texts_that_do_not_fit_are_refused(found, text):
    with pytest.raises(InvalidParameterError):
        parse("n", found, [text])


def test_a_pair_needs_its_equals_sign_and_comes_once(found):
    with pytest.raises(InvalidOptionError, match="NAME=VALUE"):
        parse("n", found, ["depth"])
    with pytest.raises(InvalidParameterError, match="twice"):
        parse("n", found, ["depth=1", "depth=2"])
