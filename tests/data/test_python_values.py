"""Python values in cells: told by their content alone, the same in every process."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import os
import subprocess
import sys
import uuid
import zoneinfo
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from digests import digest, told, usually
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.data.python_values import label_text


def cells(*values: Any) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return array


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(),
    st.binary(), st.decimals(), st.fractions(), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.uuids(), st.datetimes(timezones=st.timezones()),
)  # fmt: skip
KEYS = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.tuples(st.integers()))
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.frozensets(KEYS, max_size=4),
    ),
    max_leaves=12,
)


@usually
@given(st.lists(PLAIN, max_size=8))
def test_a_copy_has_the_same_digest(values: list[Any]) -> None:
    assert digest(cells(*copy.deepcopy(values))) == digest(cells(*values))


@usually
@given(st.lists(PLAIN, min_size=1, max_size=8), PLAIN, st.data())
def test_another_value_has_another_digest(
    values: list[Any], other: Any, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    changed = [*values[:place], other, *values[place + 1 :]]

    is_same = canonical(values[place]) == canonical(other)
    assert (digest(cells(*changed)) == digest(cells(*values))) == is_same


def canonical(value: Any) -> Any:
    """What two values have in common that are the same, told in another way than the code does."""
    if value is None or (isinstance(value, float) and value != value):
        return "missing"
    if isinstance(value, Decimal) and value.is_nan():
        return "missing"
    if isinstance(value, (list, tuple)):
        return type(value), [canonical(item) for item in value]
    if isinstance(value, dict):
        return dict, sorted(
            (repr((canonical(key), canonical(item))) for key, item in value.items())
        )
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(repr(canonical(item)) for item in value)
    if isinstance(value, Decimal):
        return Decimal, str(value.normalize(DIGITS)) if value.is_finite() else str(value)
    if isinstance(value, complex):
        return complex, repr(value).replace("-nan", "nan")
    if isinstance(value, dt.datetime):
        return dt.datetime, value.replace(tzinfo=None).isoformat(), value.fold, str(value.tzinfo)
    return type(value), repr(value)


DIGITS = Context(prec=5000)

DIFFERENT: list[Any] = [
    True, 1, 1.0, 1 + 0j, "1", b"1", Decimal(1), Fraction(1), np.int64(1), np.float32(1), (1,),
    [1], {1}, frozenset({1}), {1: 1}, {1: None}, {None: 1}, [[1]], [1, 1], [], (), {}, set(), "", b"",
    bytearray(b"1"), 2**70, -(2**70), 255, -1, 256, 0.0, -0.0, float("inf"), range(1), range(2), ...,
    dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), dt.time(1), dt.timedelta(1),
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, fold=1),
    dt.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    uuid.UUID(int=1), uuid.UUID(int=2), pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-02"),
    pd.Timestamp("2026-01-01", tz="UTC"), pd.Timedelta(1, "D"), pd.Period("2026-01"),
    pd.Period("2026-01-01"), np.array([1, 2]), np.array([2, 1]), np.array([[1, 2]]),
    np.array([1.0, 2.0]), np.array(["a", 1], dtype=object), np.datetime64("2026-01-01"),
    np.array([1, "a"], dtype=object), None, "missing", ["a", "bc"], ["ab", "c"],
    list(range(9)), [*range(8), 9], list(map(float, range(9))), list(map(str, range(9))),
    tuple(range(9)), [*range(8), None], [*map(float, range(8)), float("nan")], [0] * 8 + [2**70],
    ["ab", "c", *"defghij"], ["a", "bc", *"defghij"], [True] * 9, [1] * 9, [-0.0] * 9, [0.0] * 9, "\ud800", "\udfff",
]  # fmt: skip


def test_values_that_are_not_the_same_have_different_digests() -> None:
    digests = [digest(cells(value)) for value in DIFFERENT]

    for (left, one), (right, two) in itertools.combinations(
        zip(digests, DIFFERENT, strict=True), 2
    ):
        assert left != right, f"{one!r} and {two!r}"


MISSING = [
    None,
    float("nan"),
    np.float64("nan"),
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    Decimal("nan"),
]


def test_all_that_is_missing_is_the_same() -> None:
    assert len({digest(cells("a", value)) for value in MISSING}) == 1
    assert len({digest(cells(["a", value])) for value in MISSING}) == 1
    assert len({digest(cells([1.0] * 9 + [value])) for value in MISSING}) == 1
    assert told(cells("a", *MISSING, 1)).columns[0].missing_count == len(MISSING)


def test_strings_are_the_same_whatever_stands_beside_them() -> None:
    words = [f"wörd {number}" for number in range(70_000)]

    assert digest(cells(*words)) == digest(pd.Series(words, dtype=object).to_numpy())
    assert digest(cells(*words, 1)) != digest(cells(*words, 2))
    assert digest(cells("ab", "c")) != digest(cells("a", "bc"))


def test_equal_numbers_of_other_precision_are_one_decimal() -> None:
    assert digest(cells(Decimal("1.50"))) == digest(cells(Decimal("1.5")))
    assert digest(cells(Decimal("0.00"))) == digest(cells(Decimal(0)))
    assert digest(cells(Decimal("-0"))) != digest(cells(Decimal(0)))
    assert digest(cells(Decimal(100))) == digest(cells(Decimal("1E+2")))


def test_the_order_of_keys_and_of_sets_does_not_matter() -> None:
    names = [f"name {number}" for number in range(50)]
    forward = [dict.fromkeys(names, 1), set(names), frozenset(names)]
    names.reverse()
    backward = [dict.fromkeys(names, 1), set(names), frozenset(names)]

    assert digest(cells(*forward)) == digest(cells(*backward))


def test_another_process_with_other_hashes_finds_the_same_digests() -> None:
    code = (
        "import numpy as np\n"
        "from nbmlops.data.fingerprint import fingerprint\n"
        "cells = np.empty(2, dtype=object)\n"
        "cells[0] = {'a', 'b', 'c', ('d', 1), frozenset('xyz')}\n"
        "cells[1] = {'k': {'a', 'b'}, 'j': frozenset('abc')}\n"
        "print(fingerprint(cells).digest)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(found) == 1


class Opaque:
    """A class of the user's."""


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [Opaque(), len, Opaque, [Opaque()], {"a": Opaque()}, deep(), circle(), [[]] * 100_000,
     np.zeros(10**8, "u1"), pd.DataFrame({"a": [1]}), dt.UTC],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_looked_into_is_marked(value: Any) -> None:
    found = told(cells("a", value))

    assert found.partial
    assert found.digest.startswith("~")
    assert found.columns[0].digest.startswith("~")
    assert found.columns[0].digest == told(cells("a", value)).columns[0].digest
    assert f"{id(value):x}" not in repr(found)


def test_an_array_that_holds_itself_is_marked() -> None:
    array = cells(None)
    array[0] = array

    assert told(array).partial


@pytest.mark.parametrize(
    ("label", "text"),
    [("age", "age"), (3, "3"), (1.5, "1.5"), (("mean", "age"), "(mean, age)"), (None, "None"),
     (np.int64(3), "3"), (np.str_("a"), "a"), (dt.date(2026, 1, 2), "2026-01-02"), (b"a", "b'a'"),
     (dt.datetime(2026, 1, 2), "2026-01-02T00:00:00"), (pd.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
     (pd.Period("2026-01"), "2026-01"), (Opaque(), "<test_python_values.Opaque>"),
     (frozenset({"a"}), "<frozenset>")],
)  # fmt: skip
def test_a_label_is_told_as_text(label: Any, text: str) -> None:
    told_as = label_text(label)

    assert told_as.rpartition(".")[2] == text.rpartition(".")[2]
