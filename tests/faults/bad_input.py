"""The table of bad input: what is given where, and what has to become of it.

Every row goes through every door that has its verb; the doors are in `test_bad_input.py`, and a
new one (REST, a file of parameters, an import) runs the same rows. `given` is a Python value; a
door that only takes text or JSON takes the rows whose value has such a form.

=========  =======================================================================================
expect     what it means, at whichever door
=========  =======================================================================================
kept       stored, and read back as `becomes` (as given, where that is not said)
flagged    kept, and a warning of the run says that it is not what was given
refused    not stored; a strict caller gets an error of `kind`, a tracked cell goes on and its run
           carries a warning
missing    nothing is there under this name or word: an error of kind NotFoundError
=========  =======================================================================================
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["NAMES", "PAYLOADS", "ROWS", "SAME", "Row"]

SAME = object()


@dataclass(frozen=True)
class Row:
    """One bad input. `verb` is what is done with it; see VERBS for the words."""

    id: str
    verb: str
    given: Any
    expect: str
    becomes: Any = SAME
    kind: str = "InvalidError"
    why: str = ""

    @property
    def stored(self) -> Any:
        return self.given if self.becomes is SAME else self.becomes

    def __str__(self) -> str:
        shown = f"{type(self.given).__name__}"
        if isinstance(self.given, (str, int, float)):
            with contextlib.suppress(ValueError):
                shown = ascii(self.given)[:40]
        return re.sub(r"[^\w.%$<>/-]+", "_", f"{self.id}-{self.verb}-{shown}")


STRICT = ("experiment", "run name", "artifact name")
LOOSE = ("metric name", "param name", "tag name")
LIKE_STRICT = ("figure name",)  # held to the same rules, by a verb that lends itself a name
LIKE_LOOSE = ("dataset name", "tag removed")
VALUES = ("param", "tag", "note")


def _each(
    id_: str, verbs: Iterable[str], given: Iterable[Any], expect: str, **more: Any
) -> list[Row]:
    return [Row(id_, verb, value, expect, **more) for verb in verbs for value in given]


NAMES = [
    *_each("B1", STRICT, ["../x", "a/../../x"], "refused"),
    *_each("B2", STRICT, ["..\\..\\x"], "refused"),
    *_each("B3", STRICT, ["/etc/passwd", "C:\\x", "\\\\host\\share", "~/x"], "refused"),
    *_each("B4", STRICT, ["%2e%2e%2f", "%252e%252e%252f", "prod%20"], "refused"),
    *_each("B5", STRICT, ["..%c0%af"], "refused"),
    *_each("B6", STRICT, ["a/./b", "a//b", "a/", ".", ".."], "refused"),
    *_each("B6", ("run name", "artifact name"), [" "], "refused"),
    *_each("B7", STRICT, ["file:///etc", "file:..", "http://x", "x#/../..", "x?/../.."], "refused"),
    Row("B8", "artifact name", "../workspace-evil/x", "refused"),
    *_each("B6", STRICT, [""], "refused", why="nobody means it: a variable was empty"),
    *_each("B10", (*STRICT, *LOOSE), ["a\0b"], "refused"),
    *_each("B11", STRICT, ["CON", "aux.txt", "x:stream", "trailing.", "trailing ", "lpt1"], "refused"),
    *_each("B12", (*STRICT, *LOOSE), ["x" * 250], "kept"),
    *_each("B12", (*STRICT, *LOOSE), ["x" * 251, "x" * 255, "x" * 4096, "😀" * 255], "refused"),
    *_each("B13", (*STRICT, *LOOSE), ["re\u0301sume\u0301"], "kept", becomes="résumé"),
    *_each("B14", STRICT, ["a\u200bb", "a\u202eb", "prоd", "a\ufeff"], "refused"),
    *_each("B14", LOOSE, ["a\u200bb", "a\u202eb"], "refused", why="nobody could type it again"),
    *_each("B14", VALUES, ["a\u200bb\u202ec prоd"], "kept", why="shown with escapes"),
    *_each(
        "B15",
        (*STRICT, *LOOSE, *VALUES),
        ["null", "None", "true", "0", "__proto__", "constructor", "NaN"],
        "kept",
    ),
    *_each(
        "B16",
        (*STRICT, *LOOSE, *VALUES),
        ["-leading", "--help", "$(touch pwned)", "`touch pwned`", "; touch pwned", "| id"],
        "kept",
    ),
]  # fmt: skip

PATHS = [
    *NAMES,
    *(replace(row, verb=verb) for row in NAMES for verb in LIKE_STRICT if row.verb == "artifact name" and row.expect == "refused"),
    *(replace(row, verb=verb) for row in NAMES for verb in LIKE_LOOSE if row.verb == "tag name"),
    *(replace(row, verb="export", expect="missing", kind="NotFoundError") for row in NAMES if row.verb == "experiment" and row.expect == "refused"),
    *_each(
        "T9",
        ("run id",),
        ["../../evil", "", "x", "01jd8z3k5v9q2w4x6y8z0a1b2c", "01JD8Z3K5V9Q2W4X6Y8Z0A1B2U", "8" * 26, "01JD8Z3K5V9Q2W4X6Y8Z0A1B2C\n", "a\u202eb", "-"],
        "refused",
    ),
    *_each("T9", ("digest",), ["../../etc/passwd", "", "a" * 63, "A" * 64, "0" * 64 + "\n"], "refused"),
]  # fmt: skip

PAYLOADS: dict[str, list[str]] = {
    "B17": ["<script>alert(1)</script>"],
    "B18": ["<img src=x onerror=alert(2)>", "<svg onload=alert(3)>"],
    "B19": ['"><a data-commandlinker-command="terminal:create-new">'],
    "B20": ["javascript:alert(4)", "data:text/html,<b>x</b>", "vbscript:msgbox(5)"],
    "B21": ["[x](javascript:alert(6)) ![](http://127.0.0.1:9/t.png)"],
    "B22": ["{{7*7}}", "${7*7}", "%s%n", "{0.__class__}", "{given}"],
    "B23": ["</script>", "a\u2028b", "]]>"],
    "B24": ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\rb", "\x07"],
    "B25": ["=cmd()", "+1", "@x", "-2+3", "\t=x", "=HYPERLINK(A1)"],
}
TEXTS = [
    *(Row(id_, verb, text, "kept") for id_, texts in PAYLOADS.items() for text in texts for verb in VALUES),
    # On the line of a magic, IPython has put in expressions before anybody else sees the line.
    Row("B22", "tag option", "{7*7}", "kept", "49"),
    Row("B22", "tag option", "{{7*7}}", "kept", "{7*7}"),
    Row("B22", "tag option", "{nosuch}", "kept", "{nosuch}"),
    Row("B22", "tag option", "%s%n", "kept", "%s%n"),
]  # fmt: skip

FILTERS = [
    *_each("B26", ("filter",), ["name = 'a' OR 1=1 --", "'; DROP TABLE runs", "1=1"], "refused"),
    Row("B26", "filter", "name = \"'; DROP TABLE runs; --\"", "kept", becomes=[]),
    *_each(
        "B27",
        ("filter",),
        [
            "nosuch = 1",
            "metrics = 1",
            "lower(name) = 'a'",
            "name = (select 1)",
            "name = 'a' /* x */",
            "name = 'a' and",
            "name = 'a",
            "metrics.a ~ 'x'",
        ],
        "refused",
    ),
    *_each(
        "B28",
        ("filter",),
        [" and ".join(["metrics.a > 1"] * 5000), "(" * 2000 + "metrics.a > 1" + ")" * 2000, "x" * 10**6],
        "refused",
    ),
    Row("B29", "filter", "name like '100\\\\%'", "kept", becomes=[]),
    *_each("B30", ("sort",), ["name; DROP TABLE runs", "name desc, (select 1)", "nosuch", "1"], "refused"),
    *_each("B30", ("limit",), [-1, 0], "refused"),
    *_each("B30", ("cursor",), ["forged", "e30=", "\0"], "refused"),
    Row("B47", "filter", f"params.p > {'9' * 5000}", "refused"),
]  # fmt: skip


class Color(enum.Enum):
    RED = "red"


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _circle() -> dict[str, Any]:
    circle: dict[str, Any] = {}
    circle["self"] = circle
    return circle


def _cut(text: str, limit: int) -> str:
    data = text.encode()
    digest = hashlib.sha256(data).hexdigest()
    return f"{data[: limit - 120].decode('utf-8', 'ignore')}… [{len(data)} bytes in all, sha256 {digest}]"


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"do not touch {name}")

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError("neither")


class Meta:
    """A scalar without a value, as torch's meta tensors are."""

    shape = ()

    def item(self) -> float:
        raise NotImplementedError("Cannot copy out of meta tensor")


class Kind:
    """A data type as torch's are: without a letter for its kind."""


class Scalar:
    """A scalar as torch's are: a tensor without dimensions, on whatever device."""

    shape = ()
    dtype = Kind()
    requires_grad = True

    def __init__(self, value: float) -> None:
        self._value = value

    def item(self) -> float:
        return self._value

    def __float__(self) -> float:
        raise RuntimeError("on another device")


BYTES_65K = "y" * 1_000_000
NUMBERS = [
    *_each("B31", ("metric", "param"), [math.nan], "kept"),
    *_each("B32", ("metric", "param"), [math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308], "kept"),
    *_each("B33", ("metric", "param"), [2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)], "kept"),
    *_each("B34", ("metric",), [2**63, 10**400], "refused"),
    *_each("B34", ("param",), [2**63, 10**400], "kept"),
    Row("B35", "metric", given=True, expect="kept", becomes=1),
    Row("B35", "metric", np.float32(0.5), "kept", 0.5),
    Row("B35", "metric", np.int64(7), "kept", 7),
    Row("B35", "metric", np.bool_(1), "kept", 1),
    Row("B35", "metric", np.array(2.5), "kept", 2.5),
    Row("B35", "metric", np.longdouble(0.25), "kept", 0.25),
    Row("B35", "metric", Decimal("0.125"), "kept", 0.125),
    Row("B35", "metric", Fraction(1, 4), "kept", 0.25),
    Row("B35", "metric", pd.Series([1.5]).iloc[0], "kept", 1.5),
    Row("B35", "metric", Scalar(0.5), "kept", 0.5),
    Row("B35", "metric", Scalar(7), "kept", 7),
    Row("B35", "metric", Scalar(math.inf), "kept", math.inf),
    Row("B35", "param", Scalar(0.5), "kept", 0.5),
    Row("B35", "step", Scalar(3), "kept", 3),
    Row("B35", "param", Decimal("0.10"), "kept", "0.10"),
    Row("B35", "param", np.float64(0.5), "kept", 0.5),
    Row("B35", "param", Path("a/b"), "kept", "a/b"),
    Row("B35", "param", Color.RED, "kept", "red"),
    *_each("B36", ("metric",), [1j, object(), {1}, b"1", len, "0.5", None, [1], np.array([1.0])], "refused"),
    *_each("B36", ("metric", "tag", "note"), [Hostile()], "refused"),
    *_each("B36", ("metric",), [Meta(), np.float64, pd.NaT, math], "refused"),
    *_each("B36", ("param",), [1j, b"x", bytearray(b"x"), Hostile(), Meta()], "refused"),
    *_each("B36", ("metrics", "params", "tags"), [5, "text", [1, 2], Hostile(), object()], "refused"),
    Row("B36", "param", len, "kept", "len"),
    Row("B36", "param", np.zeros((2, 3)), "kept", "ndarray(2 × 3)"),
    Row("B37", "param", datetime(9999, 12, 31, tzinfo=UTC), "kept", "9999-12-31T00:00:00+00:00"),
    Row("B37", "param", datetime(1, 1, 1, tzinfo=UTC), "kept", "0001-01-01T00:00:00+00:00"),
    Row("B37", "param", pd.Timestamp("2026-01-01", tz="UTC"), "kept", "2026-01-01T00:00:00+00:00"),
    Row("B37", "param", pd.NaT, "kept", None),
    Row("B38", "param", {1: 2, (1, 2): 3, None: 4}, "kept", {"1": 2, "(1, 2)": 3, "None": 4}),
    Row("B38", "param", {1: "a", "1": "b"}, "refused"),
    Row("B38", "param", {"$": "nan", "k": {"$": "int", "v": "3"}}, "kept"),
    *_each("B38", ("param option",), ['{"k":1,"k":2}', "[{'a': 1, 'a': 1}]", '{"k": true, "k": null}'], "refused"),
    Row("B38", "param option", '{"k":1,"l":[2]}', "kept", {"k": 1, "l": [2]}),
    Row("B47", "param option", "9" * 5000, "kept", why="no number that Python reads, so a text"),
    *_each("B38", LOOSE, [1, None, (1, 2)], "refused"),
    *_each("B39", ("param",), [_nested(200), _nested(900), _nested(100_000)], "refused"),
    Row("B40", "param", _circle(), "refused"),
    Row("B40", "param", pd.DataFrame({"a": [1]}), "kept", "DataFrame(1 × 1)"),
    *_each("B41", VALUES, ["a\ud800b"], "flagged", becomes="a\ufffdb"),
    *_each("B41", VALUES, ["a\ufffdb"], "kept"),
    Row("B41", "param", {"k": ["\udfff"]}, "flagged", becomes={"k": ["\ufffd"]}),
    *_each("B10", VALUES, ["a\0b"], "flagged", becomes="a\ufffdb"),
    *_each("B41", (*STRICT, *LOOSE, *LIKE_STRICT, *LIKE_LOOSE), ["a\ud800b"], "refused"),
    Row("B41", "export", "a\ud800b", "missing", kind="NotFoundError"),
    Row("B42", "param", BYTES_65K, "kept", _cut(BYTES_65K, 64 * 1024)),
    Row("B42", "param", ["y" * 60_000] * 100, "refused"),
    Row("B42", "param", list(range(100_000)), "refused"),
    Row("B42", "note", BYTES_65K, "kept", _cut(BYTES_65K, 64 * 1024)),
    Row("B43", "metrics", {f"m{i}": float(i) for i in range(10_001)}, "refused"),
    *_each("B43", (*LOOSE, *LIKE_LOOSE), ["", " ", "a\nb"], "refused"),
    *_each("B43", LOOSE, ["val/auc (%)", "a b", "a.b", "größe", "'quoted' \"name\"", "`tick`"], "kept"),
    Row("B44", "tags", {f"t{i}": "x" for i in range(1_001)}, "refused"),
    Row("B44", "tag", BYTES_65K, "kept", _cut(BYTES_65K, 8 * 1024)),
    *_each("B45", ("step",), [-1, 0, 2**63 - 1, -(2**63)], "kept"),
    Row("B45", "step", np.int64(3), "kept", 3),
    Row("B45", "step", 3.0, "kept", 3),
    *_each("B45", ("step",), [2**63, 1.5, math.nan, math.inf, "3", Hostile()], "refused"),
    Row("B47", "param", 10**5000, "kept"),
]  # fmt: skip

REFERENCES = [
    *_each(
        "B52",
        ("run",),
        ["01JD8Z3K5V9Q2W4X6Y8Z0A1B2C", "nope", "a\ud800b", "../x", "%", "_", "*", "' or 1=1 --", "\0", "x" * 5000, "😀"],
        "missing",
        kind="NotFoundError",
    ),
]  # fmt: skip

ROWS = [*PATHS, *TEXTS, *FILTERS, *NUMBERS, *REFERENCES]
VERBS = {row.verb for row in ROWS}
