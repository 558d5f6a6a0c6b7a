"""Numbers and values as the tables keep them, and back, without losing a bit.

A database's double cannot hold every number that people log: SQLite turns NaN into NULL and -0.0
into 0.0, and neither database has integers beyond 64 bits. So a number is stored as the nearest
double, which is good enough to compare and sort by, and a `form` that says what it really was.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

import orjson

from nbmlops.events import decode_value, encode_value

__all__ = [
    "EXACT",
    "TEXT_LIMIT",
    "as_number",
    "bounded",
    "from_columns",
    "from_param",
    "to_columns",
    "to_param",
]

EXACT = 2**53
TEXT_LIMIT = 250
_NUMERIC = re.compile(
    r"\s*[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,9})?\s*", re.ASCII
)


def to_columns(number: float) -> tuple[float | None, str | None]:
    """`value` and `form` of a number.

    >>> to_columns(0.5), to_columns(3), to_columns(float("nan")), to_columns(-0.0)
    ((0.5, None), (3.0, 'i'), (None, 'nan'), (0.0, '-0'))
    >>> to_columns(2**53 + 1)
    (9007199254740992.0, '0x20000000000001')
    """
    if isinstance(number, int):
        if -EXACT <= number <= EXACT:
            return float(number), "i"
        return _nearest(number), hex(number)
    if math.isnan(number):
        return None, "nan"
    if math.isinf(number):
        return number, "inf" if number > 0 else "-inf"
    if number == 0 and math.copysign(1, number) < 0:
        return 0.0, "-0"
    return number, None


def _nearest(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def from_columns(value: float | None, form: str | None) -> int | float:
    """The number that `to_columns` was given.

    >>> from_columns(*to_columns(2**70)), from_columns(0.0, "-0")
    (1180591620717411303424, -0.0)
    """
    if form is None:
        return float(value) if value is not None else math.nan
    if form == "i" and value is not None:
        return int(value)
    if form.lstrip("-").startswith("0x"):
        return int(form, 16)
    return -0.0 if form == "-0" else float(form)


def as_number(value: Any) -> float | None:
    """The double that a parameter compares as, or None where it is not a number.

    >>> as_number("8"), as_number(" 1e-3"), as_number(True), as_number("8a")
    (8.0, 0.001, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _nearest(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, str) and len(value) < 400 and _NUMERIC.fullmatch(value):
        return float(value)
    return None


def bounded(text: str) -> str:
    """The text itself, or its beginning and a digest where it is too long for an index."""
    text = text.replace("\0", "\ufffd")
    if len(text) <= TEXT_LIMIT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[: TEXT_LIMIT - 18]}… {digest}"


def to_param(value: Any) -> tuple[str, float | None, str | None]:
    """`text`, `number` and `exact` of a parameter; `exact` is NULL where `text` is the value.

    >>> to_param("adam"), to_param(8), to_param("8")
    (('adam', None, None), ('8', 8.0, '8'), ('8', 8.0, None))
    """
    if isinstance(value, str):
        text = bounded(value)
        exact = None if text == value else orjson.dumps(value).decode()
        return text, as_number(value), exact
    exact = orjson.dumps(encode_value(value)).decode()
    if value is None or isinstance(value, bool | float):
        text = str(value)
    elif isinstance(value, int):
        text = hex(value) if value.bit_length() > 4000 else str(value)
    else:
        text = exact
    return bounded(text), as_number(value), exact


def from_param(text: str, exact: str | None) -> Any:
    """The value that `to_param` was given.

    >>> from_param("8", "8"), from_param("8", None), from_param("None", "null")
    (8, '8', None)
    """
    if exact is None:
        return text
    value = orjson.loads(exact)
    return decode_value(value) if isinstance(value, dict | list) else value
