"""What a value is recorded as: one table for parameters and one for metrics.

=====================================  ==========================  ==============================
a value                                as a metric                 as a parameter
=====================================  ==========================  ==============================
int, float                             itself, exactly             itself, exactly
bool                                   0 or 1                      itself
numpy, pandas, torch scalars, 0-d      its Python number           its Python value
Decimal, Fraction                      the nearest float           its exact text
NaN, ±Infinity, -0.0, 5e-324           itself                      itself
an integer beyond 64 bits              refused                     itself, exactly
str                                    refused                     itself up to 64 KiB
None, NaT, pandas.NA                   refused                     null
datetime, date, Timestamp              refused                     ISO 8601 with zone
Path, Enum                             refused                     its text, its value
list, tuple, set, dict                 refused                     JSON up to 32 deep, 64 KiB
class, function                        refused                     its qualified name
array, frame, any other object         refused                     type and shape
bytes, complex                         refused                     refused
=====================================  ==========================  ==============================

Secrets are taken out here, where texts are cut, because half of a secret is not known as one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import orjson

from nbmlops.capture.redaction import (
    MARK,
    WINDOW,
    hides,
    looks_random,
    redact,
    redact_head,
)
from nbmlops.errors import InvalidValueError
from nbmlops.events import INT64, encode_value
from nbmlops.records import Number

__all__ = ["to_number", "to_param", "to_step", "to_tag", "to_text"]

TEXT_BYTES = 64 * 1024
TAG_BYTES = 8 * 1024
KEY_BYTES = 250
MARKER_BYTES = 120  # that the words about what was cut off may take
PIECE_CHARACTERS = 1 << 20
DEPTH = 32
REPLACED = "characters that no file can hold were replaced"


def to_number(name: str, value: Any) -> Number:
    """The exact number that is recorded for a metric.

    >>> to_number("n", True), to_number("d", Decimal("0.5")), to_number("big", 2**53 + 1)
    (1, 0.5, 9007199254740993)

    Raises InvalidValueError for what is not a number or does not fit into 64 bits.
    """
    plain = _unwrap(value)
    if isinstance(plain, bool):
        return int(plain)
    if isinstance(plain, (Decimal, Fraction)):
        try:
            plain = float(plain)
        except (OverflowError, ValueError):
            raise InvalidValueError("Metric", name, "it is beyond the range of a float") from None
    if isinstance(plain, float):
        return float(plain)
    if isinstance(plain, int):
        if not -INT64 <= plain < INT64:
            raise InvalidValueError(
                "Metric",
                name,
                "this integer does not fit into 64 bits",
                hint="Log it as a float, or as a parameter, which keeps it exactly.",
            )
        return int(plain)
    raise InvalidValueError(
        "Metric",
        name,
        f"{type(value).__name__} is not a number",
        hint="Use log_params for settings and log_artifact for anything else.",
    )


def to_step(value: Any) -> int:
    """The whole number that a metric is recorded at.

    >>> to_step(3.0), to_step(-1)
    (3, -1)

    Raises InvalidValueError for what is no whole number or does not fit into 64 bits.
    """
    kind = type(value).__name__
    try:
        number = to_number("step", value)
    except InvalidValueError:
        fits = not isinstance(value, int)
        problem = f"{kind} is not a whole number" if fits else "it does not fit into 64 bits"
    else:
        if isinstance(number, float) and not number.is_integer():
            problem = "it is not a whole number"
        elif not -INT64 <= number < INT64:
            problem = "it does not fit into 64 bits"
        else:
            return int(number)
    is_short = type(value) is float or (type(value) is int and abs(value) < 10**30)
    named = redact_head(value, 40) if type(value) is str else repr(value) if is_short else kind
    raise InvalidValueError(
        "Step",
        named,
        problem,
        hint="Count in whole numbers, as step=3. What was logged with it is not recorded.",
    )


def to_param(name: str, value: Any, flaws: set[str] | None = None) -> Any:
    """The JSON-safe value that is recorded for a parameter, without secrets.

    `flaws` takes in what was not kept as it was given, in words.

    >>> to_param("d", Decimal("0.10")), to_param("f", len), to_param("s", {2, 1})
    ('0.10', 'len', [1, 2])
    >>> to_param("password", 12345), to_param("opts", {"token": "x", "depth": 3})
    ('[redacted]', {'token': '[redacted]', 'depth': 3})

    Raises InvalidValueError for what has no honest form here.
    """
    plain = _Look(name, set() if flaws is None else flaws).value(name, value, DEPTH)
    if isinstance(plain, (list, dict)):
        size = len(orjson.dumps(encode_value(plain)))
        if size > TEXT_BYTES:
            raise InvalidValueError(
                "Parameter", name, f"{size} bytes are too many", hint="Use log_artifact for data."
            )
    return plain


def to_tag(name: str, value: Any, flaws: set[str] | None = None) -> str:
    """The text that is recorded for a tag, without secrets; `flaws` as in `to_param`.

    >>> to_tag("team", "risk"), to_tag("api_key", "abc")
    ('risk', '[redacted]')
    """
    if hides(name, value):
        return MARK
    return _without_secrets(str(value), TAG_BYTES, set() if flaws is None else flaws)


def to_text(text: str, limit: int = TEXT_BYTES, flaws: set[str] | None = None) -> str:
    """Text that every store can hold: no secrets, no lone surrogates, no NUL, `limit` bytes.

    What is longer is cut and says so; `flaws` as in `to_param`.

    >>> to_text("a\\ud800b\\x00")
    'a�b�'
    """
    if flaws is not None and storable(text[:limit]) != text[:limit]:
        flaws.add(REPLACED)
    if len(text) <= limit:
        whole = redact(storable(text))
        if len(whole.encode()) <= limit:
            return whole
    room = max(limit - MARKER_BYTES, 0)
    count = len(storable(text[:room]).encode()[:room].decode("utf-8", "ignore"))
    head = redact_head(text[: count + WINDOW], count, storable)
    head = head.encode()[:room].decode("utf-8", "ignore")
    size, digest = _measured(text)
    return f"{head}… [{size} bytes in all, sha256 {digest}]"


def storable(text: str) -> str:
    """The text with U+FFFD for what is no character of UTF-8 or ends texts in databases."""
    return _encodable(text).replace("\0", "\ufffd")


def _encodable(text: str) -> str:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            text = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def _measured(text: str) -> tuple[int, str]:
    """Bytes and SHA-256 of a text, without a second copy of it in memory."""
    size, digest = 0, hashlib.sha256()
    for start in range(0, len(text), PIECE_CHARACTERS):
        piece = _encodable(text[start : start + PIECE_CHARACTERS]).encode()
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def _without_secrets(text: str, limit: int, flaws: set[str]) -> str:
    cleaned = to_text(text, limit, flaws)
    return MARK if looks_random(cleaned) else cleaned


def _unwrap(value: Any) -> Any:
    """The Python scalar inside of a scalar of numpy, pandas, torch, jax, tensorflow."""
    # Subclasses such as numpy.float64 and IntEnum become the plain number.
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return value if type(value) is plain else plain(value)
    if value is None:
        return None
    item = getattr(value, "item", None)
    if item is not None and not isinstance(value, type):
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape) == 0:
            return _item(value)
    if not isinstance(value, (Decimal, Fraction, type)) and hasattr(value, "__float__"):
        kind = type(value).__module__.partition(".")[0]
        if kind in ("tensorflow", "jaxlib", "jax", "mlx", "mpmath") and not getattr(
            value, "ndim", 0
        ):
            return float(value)
    return value


def _item(scalar: Any) -> Any:
    kind = getattr(getattr(scalar, "dtype", None), "kind", "")
    if kind in ("m", "M"):  # whose item is a bare count of nanoseconds
        return str(scalar)
    item = scalar.item()
    # A long double is its own item.
    return float(item) if kind == "f" and not isinstance(item, float) else item


@dataclass(slots=True)
class _Look:
    """One look at the value of a parameter, all the way down."""

    parameter: str
    flaws: set[str]
    above: set[int] = field(default_factory=set)  # what the look has come through

    def value(self, name: str, value: Any, depth: int) -> Any:
        """The JSON-safe form; `name` is what the value is bound to."""
        if hides(name, value):
            return MARK
        if isinstance(value, Enum):
            value = value.value
        plain = _unwrap(value)
        if plain is None or isinstance(plain, (bool, int, float)):
            return plain
        if isinstance(plain, (str, Decimal, Fraction, PurePath)):
            return _without_secrets(str(plain), TEXT_BYTES, self.flaws)
        if type(plain).__name__ in ("NaTType", "NAType"):
            return None
        if isinstance(plain, (datetime, date)):
            return _time(plain)
        if isinstance(plain, (bytes, bytearray, memoryview, complex)):
            raise self._refusal(
                f"{type(value).__name__} cannot be recorded",
                hint="Use log_artifact for bytes, two numbers for a complex one.",
            )
        if isinstance(plain, (Mapping, list, tuple, set, frozenset)):
            return self._nested(plain, depth)
        if callable(plain) and (qualified := getattr(plain, "__qualname__", None)):
            module = getattr(plain, "__module__", None)
            plainly = module in (None, "builtins", "__main__")
            return qualified if plainly else f"{module}.{qualified}"
        return _summary(plain)

    def _nested(self, value: Any, depth: int) -> Any:
        if depth == 0:
            raise self._refusal(f"it is nested more than {DEPTH} deep")
        if id(value) in self.above:
            raise self._refusal("it contains itself")
        self.above.add(id(value))
        if len(value) > 10_000:
            raise self._refusal(f"{len(value)} items are too many", "Use log_artifact for data.")
        plain: Any
        if isinstance(value, Mapping):
            plain = self._mapping(value, depth)
        else:
            items = value
            if isinstance(value, (set, frozenset)):
                items = sorted(value, key=lambda item: (str(type(item)), str(item)))
            plain = [self.value("", item, depth - 1) for item in items]
        self.above.discard(id(value))
        return plain

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        keys = [str(key) for key in value]
        shown = [to_text(key, KEY_BYTES, self.flaws) for key in keys]
        if len(set(shown)) != len(keys):
            same = len(set(keys)) != len(keys)
            without = "" if same else " when their secrets are taken out"
            raise self._refusal(f"two of its keys have the same text{without}")
        return {
            key: self.value(name, item, depth - 1)
            for key, name, item in zip(shown, keys, value.values(), strict=True)
        }

    def _refusal(self, problem: str, hint: str = "") -> InvalidValueError:
        return InvalidValueError("Parameter", self.parameter, problem, hint=hint)


def _time(value: date) -> str:
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            try:
                value = value.astimezone()
            except (OverflowError, ValueError, OSError):
                value = value.replace(tzinfo=UTC)
        return value.isoformat()
    return value.isoformat()


def _summary(value: Any) -> str:
    kind = type(value)
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and all(isinstance(size, int) for size in shape):
        return f"{kind.__name__}({' × '.join(map(str, shape))})"
    # Estimators and configuration objects have a short, telling repr; anything else has its class.
    return f"{kind.__module__}.{kind.__qualname__}"


def is_finite(value: Number) -> bool:
    """True for numbers that can be compared and drawn."""
    return not isinstance(value, float) or math.isfinite(value)


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the journal takes them (see events.encode_value)."""
    return {name: encode_value(value) for name, value in values.items()}
