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
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import orjson

from nbmlops.errors import InvalidValueError
from nbmlops.events import INT64, encode_value
from nbmlops.records import Number

__all__ = ["to_number", "to_param", "to_step", "to_text"]

TEXT_BYTES = 64 * 1024
DEPTH = 32


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
    named = value[:40] if type(value) is str else repr(value) if is_short else kind
    raise InvalidValueError(
        "Step",
        named,
        problem,
        hint="Count in whole numbers, as step=3. What was logged with it is not recorded.",
    )


def to_param(name: str, value: Any) -> Any:
    """The JSON-safe value that is recorded for a parameter.

    >>> to_param("d", Decimal("0.10")), to_param("f", len), to_param("s", {2, 1})
    ('0.10', 'len', [1, 2])

    Raises InvalidValueError for what has no honest form here.
    """
    plain = _param(name, value, DEPTH, set())
    if isinstance(plain, (list, dict)):
        size = len(orjson.dumps(encode_value(plain)))
        if size > TEXT_BYTES:
            raise InvalidValueError(
                "Parameter", name, f"{size} bytes are too many", hint="Use log_artifact for data."
            )
    return plain


def to_text(text: str, limit: int = TEXT_BYTES) -> str:
    """Text that every store can hold: no lone surrogates, no NUL, at most `limit` bytes.

    >>> to_text("a\\ud800b\\x00")
    'a�b�'
    """
    encoded = text.encode("utf-8", "surrogatepass") if text.isascii() else _encoded(text)
    clean = encoded.decode("utf-8", "replace").replace("\0", "\ufffd")
    if len(encoded) <= limit:
        return clean
    digest = hashlib.sha256(encoded).hexdigest()
    head = encoded[: max(limit - 120, 0)].decode("utf-8", "ignore").replace("\0", "\ufffd")
    return f"{head}… [{len(encoded)} bytes in all, sha256 {digest}]"


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode("utf-8")


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


def _param(name: str, value: Any, depth: int, above: set[int]) -> Any:
    if isinstance(value, Enum):
        value = value.value
    plain = _unwrap(value)
    if plain is None or isinstance(plain, (bool, int, float)):
        return plain
    if isinstance(plain, str):
        return to_text(plain)
    if isinstance(plain, (Decimal, Fraction, PurePath)):
        return to_text(str(plain))
    if type(plain).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(plain, (datetime, date)):
        return _time(plain)
    if isinstance(plain, (bytes, bytearray, memoryview, complex)):
        raise InvalidValueError(
            "Parameter",
            name,
            f"{type(value).__name__} cannot be recorded",
            hint="Use log_artifact for bytes, two numbers for a complex one.",
        )
    if isinstance(plain, (Mapping, list, tuple, set, frozenset)):
        return _nested(name, plain, depth, above)
    if callable(plain) and (qualified := getattr(plain, "__qualname__", None)):
        module = getattr(plain, "__module__", None)
        return qualified if module in (None, "builtins", "__main__") else f"{module}.{qualified}"
    return _summary(plain)


def _nested(name: str, value: Any, depth: int, above: set[int]) -> Any:
    if depth == 0:
        raise InvalidValueError("Parameter", name, f"it is nested more than {DEPTH} deep")
    if id(value) in above:
        raise InvalidValueError("Parameter", name, "it contains itself")
    above.add(id(value))
    if len(value) > 10_000:
        raise InvalidValueError(
            "Parameter", name, f"{len(value)} items are too many", hint="Use log_artifact for data."
        )
    if isinstance(value, Mapping):
        keys = [str(key) for key in value]
        if len(set(keys)) != len(keys):
            raise InvalidValueError("Parameter", name, "two of its keys have the same text")
        plain: Any = {
            to_text(key, 250): _param(name, item, depth - 1, above)
            for key, item in zip(keys, value.values(), strict=True)
        }
    else:
        items = value
        if isinstance(value, (set, frozenset)):
            items = sorted(value, key=lambda item: (str(type(item)), str(item)))
        plain = [_param(name, item, depth - 1, above) for item in items]
    above.discard(id(value))
    return plain


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
