"""Python values inside of columns, and the labels of columns, without running anybody's code.

Only exact types are looked into, because a subclass may have methods of its own. None, NaN, NaT
and pandas.NA are one and the same missing value. What is not listed here is opaque: its class is
told, its content is not, and what holds it is marked as partial.
"""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from xxhash import xxh3_128

from nbmlops.data.classes import class_name
from nbmlops.data.streams import Streams

__all__ = [
    "TEXT_BYTES",
    "VALUE_BYTES",
    "feed_objects",
    "feed_texts",
    "is_missing",
    "label_text",
    "row_bytes_of",
    "value_digest",
]

# A Python value takes as long as hashing so many bytes.
TEXT_BYTES = 512
VALUE_BYTES = 6_000
PEEKS = 16
ROW_NODES = 10_000  # a value with more values inside is opaque
DEPTH = 32
FEWEST_PACKED = 8
ROWS_AT_ONCE = 65_536
NAN = struct.pack("<d", float("nan"))

MISSING, TEXT, OTHER, PERHAPS = range(4)


class _TooMuchError(Exception):
    """A value with too many values inside."""


def feed_texts(streams: Streams, texts: list[str]) -> None:
    """Feed strings in Arrow's form: where each of them ends, and all of their UTF-8."""
    joined = "".join(texts)
    if joined.isascii():
        data = joined.encode()
        sizes: Iterable[int] = map(str.__len__, texts)
    else:
        encoded = [str.encode(text, "utf-8", "surrogatepass") for text in texts]
        data = b"".join(encoded)
        sizes = map(len, encoded)
    ends = np.cumsum(np.fromiter(sizes, np.int64, len(texts))) + streams.text_bytes
    streams.add("ends", ends)
    streams.add("text", data)
    streams.text_bytes += len(data)


def feed_objects(streams: Streams, values: list[Any]) -> None:
    """Feed Python values: one byte for the kind of each, strings in bulk, others one by one."""
    for first in range(0, len(values), ROWS_AT_ONCE):
        _feed_some(streams, values[first : first + ROWS_AT_ONCE])


def row_bytes_of(values: Any) -> int:
    """What reading a value costs on average, judged by some that are spread evenly."""
    count = len(values)
    some = [values[count * peek // PEEKS] for peek in range(PEEKS)] if count else [""]
    return sum(_cost(value, 0) for value in some) // len(some)


def _cost(value: Any, depth: int) -> int:
    kind = type(value)
    if kind is str:
        return TEXT_BYTES + len(value)
    if kind is np.ndarray:
        return 2 * VALUE_BYTES + int(value.nbytes)
    if id(kind) in _SEQUENCES and value and depth < 3:
        each = VALUE_BYTES // 20 if id(type(value[0])) in _PACKED else _cost(value[0], depth + 1)
        return VALUE_BYTES + len(value) * each
    return VALUE_BYTES * (1 + 2 * len(value) if id(kind) in _CONTAINERS else 1)


def _feed_some(streams: Streams, values: list[Any]) -> None:
    # By the identity of types: a metaclass may have a hash of its own.
    types = dict(zip(map(id, map(type, values)), map(type, values), strict=True))
    known = {number: _kind_of(kind) for number, kind in types.items()}
    kinds = bytearray(map(known.__getitem__, map(id, map(type, values))))
    texts = values
    if set(known.values()) != {TEXT}:
        if PERHAPS in known.values():
            for row, kind in enumerate(kinds):
                if kind == PERHAPS:
                    kinds[row] = MISSING if is_missing(values[row]) else OTHER
        texts = [value for value, kind in zip(values, kinds, strict=True) if kind == TEXT]
        walk = _Walk()
        for value, kind in zip(values, kinds, strict=True):
            if kind == OTHER:
                streams.add("others", walk.digest(value))
        streams.partial = streams.partial or walk.partial
        streams.count_missing(kinds.count(MISSING))
    streams.add("kinds", kinds)
    feed_texts(streams, texts)


def _kind_of(kind: type) -> int:
    if kind is str:
        return TEXT
    if kind is type(None) or class_name(kind) in _MISSING_CLASSES:
        return MISSING
    return PERHAPS if id(kind) in _MAY_BE_MISSING else OTHER


def is_missing(value: Any) -> bool:
    """True for None, NaN, NaT and pandas.NA."""
    kind = type(value)
    if id(kind) not in _MAY_BE_MISSING:
        return value is None or class_name(kind) in _MISSING_CLASSES
    if kind is Decimal:
        return bool(value.is_nan())
    if kind is np.datetime64 or kind is np.timedelta64:
        return bool(np.isnat(value))
    return bool(value != value)


_MISSING_CLASSES = frozenset({"pandas.NaTType", "pandas.NAType"})
_MAY_BE_MISSING = frozenset(
    id(kind)
    for kind in (
        float, Decimal, np.float64, np.float32, np.float16, np.datetime64, np.timedelta64
    )
)  # fmt: skip


def value_digest(value: Any) -> bytes:
    """The digest of one Python value."""
    return b"missing" if is_missing(value) else _Walk().digest(value)


class _Walk:
    """The content of Python values, as digests."""

    def __init__(self) -> None:
        self.partial = False
        self._nodes = 0

    def digest(self, value: Any) -> bytes:
        """The digest of a value and of all that is in it."""
        self._nodes = 0
        try:
            return xxh3_128(self._encoded(value, 0)).digest()
        except _TooMuchError:
            return xxh3_128(self._opaque(value)).digest()

    def _encoded(self, value: Any, depth: int) -> bytes:
        self._nodes += 1
        if self._nodes > ROW_NODES or depth > DEPTH:
            raise _TooMuchError
        kind = type(value)
        if encode := _PLAIN.get(id(kind)):
            return _framed(kind.__name__, encode(value))
        if is_missing(value):
            return b"missing;"
        if encode := _NUMBERS.get(id(kind)):
            return _framed(kind.__name__, encode(value))
        if id(kind) in _CONTAINERS:
            return self._container(value, kind, depth + 1)
        if issubclass(kind, np.generic) and class_name(kind).startswith("numpy."):
            return self._array(np.asarray(value), depth)
        if kind is np.ndarray:
            return self._array(value, depth)
        if encoded := _library_value(kind, value):
            return _framed(class_name(kind), encoded)
        return self._opaque(value)

    def _container(self, value: Any, kind: type, depth: int) -> bytes:
        if id(kind) in _SEQUENCES and (packed := _packed(value)):
            self._nodes += len(packed) // 1024
            return _framed(kind.__name__, packed)
        if kind is dict:
            items = [
                self._encoded(key, depth) + self._encoded(item, depth)
                for key, item in value.items()
            ]
        else:
            items = [self._encoded(item, depth) for item in value]
        if id(kind) in _UNORDERED:
            items.sort()
        return _framed(kind.__name__, b"".join(items))

    def _array(self, array: np.ndarray[Any, Any], depth: int) -> bytes:
        if array.dtype.kind == "O":
            items = [self._encoded(item, depth + 1) for item in array.reshape(-1).tolist()]
            return _framed(f"objects{array.shape}", b"".join(items))
        from nbmlops.data.arrays import ArrayReader

        reader, streams = ArrayReader(array), Streams()
        self._nodes += reader.size_bytes // 1024
        if self._nodes > ROW_NODES or array.dtype.hasobject:
            raise _TooMuchError
        reader.feed(streams, [(0, reader.length)])
        return _framed("array", streams.digest(reader.identity).encode())

    def _opaque(self, value: Any) -> bytes:
        self.partial = True
        return _framed("opaque", class_name(type(value)).encode())


def _packed(values: list[Any] | tuple[Any, ...]) -> bytes:
    """The content of many numbers or strings of one type at once; empty for any other."""
    if len(values) < FEWEST_PACKED or id(kind := type(values[0])) not in _PACKED:
        return b""
    if len(set(map(id, map(type, values)))) > 1:
        return b""
    if kind is str:
        sizes = np.fromiter(map(len, values), "<i8", len(values))
        text = "".join(values).encode("utf-8", "surrogatepass")
        return _framed(f"str {len(values)}", sizes.tobytes() + text)
    try:
        numbers = np.array(values, "<f8" if kind is float else "<i8")
    except OverflowError:
        return b""
    # NaN is missing, and a missing value is the same whatever its type.
    is_whole = np.minimum.reduce(numbers) == np.minimum.reduce(numbers)
    return _framed(f"{kind.__name__} {len(values)}", numbers.tobytes()) if is_whole else b""


def _framed(tag: str, content: bytes) -> bytes:
    return b"%b:%d:%b" % (tag.encode(), len(content), content)


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)


def _float(value: float) -> bytes:
    return NAN if value != value else struct.pack("<d", value)


def _decimal(value: Decimal) -> bytes:
    """Equal for equal numbers: 1.0 is 1.00."""
    sign, digits, exponent = value.as_tuple()
    if isinstance(exponent, str):
        return f"{sign}{exponent}".encode()
    while len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return f"{sign} {digits} {exponent if any(digits) else 0}".encode()


def _zone(zone: dt.tzinfo | None) -> str:
    """A time zone by its name, asked of nobody but the standard library's and pytz's zones."""
    if zone is None:
        return ""
    kind = class_name(type(zone))
    if kind == "zoneinfo.ZoneInfo":
        return str(zone.key)  # type: ignore[attr-defined]
    if kind == "datetime.timezone":
        return str(zone.utcoffset(None))
    return str(getattr(zone, "zone", kind)) if kind.startswith("pytz.") else kind


def _is_foreign(zone: dt.tzinfo) -> bool:
    return _zone(zone) == class_name(type(zone))


def _datetime(value: dt.datetime) -> bytes:
    naive = value.replace(tzinfo=None)
    return f"{naive.isoformat()} {value.fold} {_zone(value.tzinfo)}".encode()


def _time(value: dt.time) -> bytes:
    return f"{value.replace(tzinfo=None).isoformat()} {_zone(value.tzinfo)}".encode()


def _library_value(kind: type, value: Any) -> bytes:
    """Values of pandas by what is stored in them."""
    match class_name(kind):
        case "pandas.Timestamp":
            return f"{value._value} {value.unit} {_zone(value.tzinfo)}".encode()
        case "pandas.Timedelta":
            return f"{value._value} {value.unit}".encode()
        case "pandas.Period":
            return f"{value.ordinal} {value.freqstr}".encode()
    return b""


_Encode = Callable[[Any], bytes]
_BY_TYPE: dict[type, _Encode] = {
    bool: lambda value: b"\1" if value else b"\0",
    int: _integer,
    str: lambda value: value.encode("utf-8", "surrogatepass"),
    bytes: bytes,
    bytearray: bytes,
    complex: lambda value: _float(value.real) + _float(value.imag),
    Fraction: lambda value: f"{value.numerator}/{value.denominator}".encode(),
    dt.date: lambda value: value.isoformat().encode(),
    dt.datetime: _datetime,
    dt.time: _time,
    dt.timedelta: lambda value: f"{value.days} {value.seconds} {value.microseconds}".encode(),
    uuid.UUID: lambda value: value.bytes,
    range: lambda value: f"{value.start} {value.stop} {value.step}".encode(),
    type(...): lambda value: b"",
}
_PLAIN = {id(kind): encode for kind, encode in _BY_TYPE.items()}
_NUMBERS: dict[int, _Encode] = {id(float): _float, id(Decimal): _decimal}
_CONTAINERS = frozenset(map(id, (tuple, list, dict, set, frozenset)))
_UNORDERED = frozenset(map(id, (dict, set, frozenset)))
_SEQUENCES = frozenset(map(id, (list, tuple)))
_PACKED = frozenset(map(id, (str, int, float)))


def label_text(label: Any) -> str:
    """The name of a column as text, whatever it was named by.

    >>> label_text("age"), label_text(3), label_text(("mean", "age")), label_text(None)
    ('age', '3', '(mean, age)', 'None')
    """
    kind = type(label)
    if kind is tuple:
        return f"({', '.join(label_text(part) for part in label)})"
    if kind is dt.datetime or kind is dt.time:
        return f"{label.replace(tzinfo=None).isoformat()}{_zone(label.tzinfo)}"
    if id(kind) in _SHOWN or label is None:
        return str(label)
    name = class_name(kind)
    if name == "pandas.Timestamp" and (label.tzinfo is None or not _is_foreign(label.tzinfo)):
        return str(label)
    if name in _SHOWN_CLASSES or (issubclass(kind, np.generic) and name.startswith("numpy.")):
        return str(label)
    return f"<{name}>"


_SHOWN = frozenset(
    map(id, (str, bool, int, float, complex, bytes, Decimal, dt.date, dt.timedelta,
             uuid.UUID))
)  # fmt: skip
_SHOWN_CLASSES = frozenset({"pandas.Timedelta", "pandas.Period", "pandas.NaTType", "pandas.NAType"})
