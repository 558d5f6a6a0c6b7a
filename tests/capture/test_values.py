"""What a value is recorded as: the documented table, row by row."""

from __future__ import annotations

import enum
import math
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.capture.values import to_number, to_param, to_text
from nbmlops.errors import InvalidNameError, InvalidValueError
from nbmlops.events import check_name, decode_value, encode_value


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (True, 1),
        (3, 3),
        (0.25, 0.25),
        (-0.0, -0.0),
        (5e-324, 5e-324),
        (1.8e308, math.inf),
        (2**53 + 1, 2**53 + 1),
        (2**63 - 1, 2**63 - 1),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(1), 1),
        (np.array(2.5), 2.5),
        (Decimal("0.125"), 0.125),
        (Fraction(1, 4), 0.25),
        (Level.HIGH, 3),
        (math.inf, math.inf),
        (pd.Series([1.5]).iloc[0], 1.5),
    ],
)
def test_a_number_is_kept_exactly(value: object, number: float) -> None:
    found = to_number("m", value)

    assert found == number
    assert math.copysign(1, found) == math.copysign(1, number)
    assert type(found) in (int, float)


def test_nan_stays_nan() -> None:
    assert math.isnan(to_number("m", float("nan")))


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        10**400,
        "0.5",
        None,
        1 + 2j,
        b"1",
        object(),
        len,
        [1],
        np.array([1.0]),
        pd.NaT,
        datetime.now(UTC),
    ],
)
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidValueError, match="'speed'"):
        to_number("speed", value)


def test_parameters_become_what_the_table_says() -> None:
    assert to_param("p", 10**400) == 10**400
    assert to_param("p", Path("a/b")) == "a/b"
    assert to_param("p", Color.RED) == "red"
    assert to_param("p", {"a": (1, {2}), 3: None}) == {"a": [1, [2]], "3": None}
    assert to_param("p", pd.NaT) is None
    assert to_param("p", pd.NA) is None
    assert to_param("p", np.float64(2.0)) == 2.0
    assert to_param("p", np.arange(6).reshape(2, 3)) == "ndarray(2 × 3)"
    assert to_param("p", pd.DataFrame({"a": [1]})) == "DataFrame(1 × 1)"
    assert to_param("p", math.sqrt) == "math.sqrt"
    assert to_param("p", dict) == "dict"


@pytest.mark.parametrize(
    "value",
    [
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59),
        datetime(2026, 3, 29, 2, 30),
        datetime(2026, 1, 1, tzinfo=UTC),
        pd.Timestamp("2026-01-01"),
    ],
)
def test_times_carry_their_zone(value: datetime) -> None:
    text = to_param("p", value)

    assert datetime.fromisoformat(text).tzinfo is not None


@pytest.mark.parametrize("value", [b"x", bytearray(b"x"), 1 + 2j])
def test_bytes_and_complex_parameters_are_refused(value: object) -> None:
    with pytest.raises(InvalidValueError):
        to_param("p", value)


def test_nesting_has_an_end() -> None:
    deep: list[object] = []
    for _ in range(200):
        deep = [deep]
    circle: dict[str, object] = {}
    circle["self"] = circle

    with pytest.raises(InvalidValueError, match="deep"):
        to_param("p", deep)
    with pytest.raises(InvalidValueError, match="itself"):
        to_param("p", circle)


def test_text_fits_into_every_store() -> None:
    assert to_text("a\ud800b\0c") == "a\ufffdb\ufffdc"
    long = to_text("é" * 1_000_000, 1000)
    assert len(long.encode()) <= 1000
    assert "2000000 bytes in all, sha256" in long


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=3) | st.just("$"), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_what_is_encoded_comes_back(value: object) -> None:
    import orjson

    class Same:
        def __init__(self, value: object) -> None:
            self.text = repr(value)

    encoded = orjson.loads(orjson.dumps(encode_value(value))) if _encodable(value) else None
    if encoded is not None or value is None:
        assert Same(decode_value(encoded)).text == Same(value).text


def _encodable(value: object) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return "\\ud" not in repr(value)


BAD_NAMES = [
    "../x",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\x",
    "C:x",
    "\\\\host\\share",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "a/./b",
    "a//b",
    "a/",
    ".",
    "..",
    "",
    " ",
    "file:///etc",
    "file:..",
    "x\0y",
    "CON",
    "aux.txt",
    "x:stream",
    "trailing.",
    "trailing ",
    " leading",
    "~/x",
    "a\u200bb",
    "a\u202eb",
    "prоd",
    "a\nb",
    "a\tb",
    "a\x1bb",
    "x" * 251,
    "😀" * 63,
    "lpt1",
    "..%c0%af",
    "http://x",
    "a\ufeff",
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("kind", ["an experiment", "a run", "an artifact"])
def test_a_name_that_could_be_a_path_or_a_trick_is_refused(kind: str, name: str) -> None:
    with pytest.raises(InvalidNameError):
        check_name(kind, name)


@pytest.mark.parametrize(
    "name",
    [
        "churn",
        "team/churn",
        "null",
        "None",
        "true",
        "0",
        "__proto__",
        "constructor",
        "-leading",
        "$(id)",
        "`id`",
        "; id",
        "x#y",
        "x?y",
        "größe",
        "実験",
        "x" * 250,
        "résumé (v2)",
        "a.b",
    ],
)
def test_a_plain_name_is_a_plain_name(name: str) -> None:
    assert check_name("an experiment", name) == name


def test_composed_and_decomposed_names_are_one() -> None:
    assert check_name("an experiment", "re\u0301sume\u0301") == "résumé"


@pytest.mark.parametrize("limit", [250, 2000, 8 * 1024])
def test_a_text_is_cut_behind_a_secret_and_not_through_it(limit: int) -> None:
    secret = "postgres://user:hunter2-of-the-database@db.example/prod"
    for place in range(limit - 120 - len(secret) - 30, limit + 30):
        text = f"{'x ' * limit}"[:place] + secret + " y" * limit
        kept = to_text(text, limit)

        assert "hunter" not in kept, place
        assert "database" not in kept, place
        assert len(kept.encode()) <= limit
        assert f"{len(text)} bytes in all, sha256 " in kept


def test_what_grows_when_secrets_are_taken_out_stays_below_its_limit() -> None:
    text = "ftp://a@h " * 200

    kept = to_text(text, 2000)

    assert len(kept.encode()) <= 2000
    assert kept.startswith("ftp://[redacted]@h ftp://[redacted]@h")
    assert "2000 bytes in all" in kept


def test_secrets_in_a_parameter_go_with_the_name_they_are_bound_to_all_the_way_down() -> None:
    token = "ghp_" + "a1B2c3D4" * 5
    value = {"db": {"password": 1234, "hosts": [token, "h"]}, token: 1, "tokens": None}

    assert to_param("options", value) == {
        "db": {"password": "[redacted]", "hosts": ["[redacted]", "h"]},
        "[redacted]": 1,
        "tokens": None,
    }
    with pytest.raises(InvalidValueError, match="same text when their secrets are taken out"):
        to_param("options", {token: 1, token[:-1] + "x": 2})


@pytest.mark.parametrize("text", ["a\ud800b", "a\0b"])
def test_characters_that_cannot_be_kept_are_told(text: str) -> None:
    for value in (text, [text], {"k": {text: 1}}):
        flaws: set[str] = set()
        to_param("p", value, flaws)
        assert flaws == {"characters that no file can hold were replaced"}
    flaws = set()
    to_param("p", "a\ufffdb", flaws)
    assert flaws == set()
