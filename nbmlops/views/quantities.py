"""Numbers, times and sizes as people read them: few digits, the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nbmlops.views.escaping import clip
from nbmlops.wording import rounded

__all__ = [
    "age",
    "difference",
    "duration",
    "instant",
    "number",
    "readable",
    "short_id",
    "size",
    "value",
]


def number(given: float, digits: int = 4) -> str:
    """A number with at most `digits` significant ones, integers in full up to 15.

    >>> number(0.891234), number(12345678), number(1234.5678), number(1e-7), number(2.0)
    ('0.8912', '12,345,678', '1,235', '1e-07', '2')
    """
    if isinstance(given, bool):
        return str(given)
    if isinstance(given, int):
        return f"{given:,}" if abs(given) < 10**15 else _huge(given)
    if math.isnan(given):
        return "NaN"
    if math.isinf(given):
        return "∞" if given > 0 else "-∞"
    if given == 0:
        return "0"
    if abs(given) < 1e-4 or abs(given) >= 1e9:
        return f"{given:.{digits - 1}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(given))))
    shown = f"{given:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown and float(given).is_integer() else shown


def _huge(given: int) -> str:
    if given.bit_length() < 1000:
        return f"{float(given):.4g}"
    # Python refuses to write out very long integers; their size is what can be said.
    exponent = (given.bit_length() - 1) * math.log10(2)
    return f"{'-' if given < 0 else ''}~1e+{int(exponent)}"


def difference(new: float, old: float) -> str:
    """How far two numbers are apart, without a sign, as exact as the new number is shown.

    >>> difference(0.8912, 0.8789), difference(0.5, 0.4999999), difference(12, 10)
    ('0.0123', '1e-07', '2')
    """
    gap = abs(new - old)
    if isinstance(gap, int):
        return number(gap)
    shown = number(float(new))
    if "e" in shown or not math.isfinite(gap):
        return number(gap, 3)
    decimals = len(shown.partition(".")[2])
    if decimals == 0 and gap < 10:
        return number(gap, 2)
    text = f"{gap:,.{decimals}f}"
    return text if float(text.replace(",", "")) else number(gap, 2)


def value(given: Any, limit: int = 60) -> str:
    """A parameter's value as it would be typed, cut to `limit`; the caller makes it visible.

    >>> value("gini"), value(0.1), value(None), value([1, 2]), value(True)
    ('gini', '0.1', 'None', '[1, 2]', 'True')
    """
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given) if abs(given) < 10**18 else _huge(given)
    if isinstance(given, float):
        return repr(given)
    if isinstance(given, (Mapping, Sequence)) and not isinstance(given, str):
        return clip(_nested(given), limit)
    return clip(str(given), limit)


def readable(given: Any, limit: int = 60) -> str:
    """A parameter's value as it reads well: a float of many digits is rounded, the rest is exact.

    >>> readable(0.1 + 0.2), readable(1 / 3), readable(0.00012345), readable([0.1 + 0.2, 1])
    ('0.3', '0.333333', '0.00012345', '[0.3, 1]')
    >>> readable(1234567.891), readable(1.23456789012e-12), readable(5e-324), readable("0.1")
    ('1234568', '1.23457e-12', '5e-324', '0.1')
    """
    return value(rounded(given), limit)


def _nested(given: Any, depth: int = 0) -> str:
    # Bounded by hand: repr() of a long or deep value costs more than its first sixty characters.
    if depth > 4:
        return "…"
    if isinstance(given, Mapping):
        parts = [
            f"{_nested(key, depth + 1)}: {_nested(item, depth + 1)}"
            for key, item in list(given.items())[:20]
        ]
        return "{" + ", ".join([*parts, "…"][: len(given)]) + "}"
    if isinstance(given, (list, tuple)):
        parts = [_nested(item, depth + 1) for item in given[:20]]
        return "[" + ", ".join([*parts, "…"] if len(given) > 20 else parts) + "]"
    return repr(given) if isinstance(given, str) else value(given)


def duration(seconds: float | None) -> str:
    """A duration in the two units that matter.

    >>> duration(0.0042), duration(2.314), duration(75), duration(7260), duration(200000)
    ('4 ms', '2.3 s', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return ""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else "< 1 ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, part, part_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= unit:
            rest = whole % unit // part
            return f"{whole // unit} {name}" + (f" {rest} {part_name}" if rest else "")
    return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")


def size(count: int | None) -> str:
    """A number of bytes.

    >>> size(0), size(831), size(431_000_000)
    ('0 B', '831 B', '431 MB')
    """
    if count is None or count < 0:
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 9.95 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.1f} TB"


def instant(at: datetime | None) -> str:
    """A point in time in UTC, to the second.

    >>> instant(datetime(2026, 3, 1, 8, 5, tzinfo=UTC))
    '2026-03-01 08:05:00 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""


def age(at: datetime, now: datetime) -> str:
    """How long ago a point in time is, seen from `now`; or in how long, where a clock was wrong.

    >>> age(datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 10, 9, tzinfo=UTC))
    '2 h ago'
    >>> age(datetime(2028, 3, 3, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    'in 2 y'
    """
    seconds = (now - at).total_seconds()
    if abs(seconds) < 45:
        return "just now"
    far = f"{max(1, round(abs(seconds) / 60))} min"
    for unit, name in ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h")):
        if abs(seconds) >= unit:
            far = f"{int(abs(seconds) // unit)} {name}"
            break
    return f"{far} ago" if seconds > 0 else f"in {far}"


def short_id(run_id: str) -> str:
    """The last eight characters: the random part of an id, which tells runs of one minute apart.

    >>> short_id("01JQ8V3M5N7P9R1S3T5V7X9Z1B")
    '5V7X9Z1B'
    """
    return run_id[-8:]
