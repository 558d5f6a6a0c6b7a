"""How a message is worded: with nothing in it that acts, and with what exists instead of what was
asked for, the nearest word or the runs that may be meant; and with numbers that read well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "SHOWN_RUNS",
    "RunLabel",
    "counted",
    "did_you_mean",
    "listed",
    "nearest",
    "printable",
    "rounded",
    "short_ids",
]

SHOWN_WORDS = 12
SHOWN_RUNS = 5
MOST_DIGITS = 8  # of a value; what has more was computed, and is rounded to KEPT_DIGITS
KEPT_DIGITS = 6


def printable(text: str) -> str:
    r"""The text with control characters as visible escapes; newlines and tabs stay.

    >>> print(printable("a\x1b]0;title\x07b"))
    a\x1b]0;title\x07b
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def counted(count: int, noun: str, plural: str = "") -> str:
    """How many there are of something.

    >>> counted(1, "run"), counted(0, "run"), counted(1200, "artifact")
    ('1 run', '0 runs', '1,200 artifacts')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def rounded(given: Any, depth: int = 0) -> Any:
    """A value as it reads well: floats of many digits write themselves with few.

    >>> rounded(0.1 + 0.2), rounded([1 / 3, "1"]), str(rounded(0.00012345))
    (0.3, [0.333333, '1'], '0.00012345')
    """
    if isinstance(given, float):
        return _Short(given)
    if depth > 4 or isinstance(given, str):
        return given
    if isinstance(given, Mapping):
        items = list(given.items())
        short = {key: rounded(item, depth + 1) for key, item in items[:20]}
        return short | dict(items[20:21])
    if isinstance(given, (list, tuple)):
        return [*(rounded(item, depth + 1) for item in given[:20]), *given[20:21]]
    return given


class _Short(float):
    """A float that writes itself as it reads well."""

    def __repr__(self) -> str:
        full = float.__repr__(self)
        digits = len(full.partition("e")[0].replace(".", "").lstrip("-0"))
        if digits <= MOST_DIGITS or not math.isfinite(self):
            return full
        if not 1e-4 <= abs(self) < 1e15:
            return f"{self:.{KEPT_DIGITS}g}"
        decimals = max(0, KEPT_DIGITS - 1 - math.floor(math.log10(abs(self))))
        short = f"{self:.{decimals}f}"
        return short.rstrip("0").rstrip(".") if "." in short else short


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The sentence that names the closest known word, or lists what there is.

    >>> did_you_mean("experment", ["experiment", "name"])
    "Did you mean 'experiment'?"
    >>> did_you_mean("zzz", ["b", "a"])
    "There are: 'a', 'b'."
    >>> did_you_mean("zzz", [])
    ''
    """
    from difflib import get_close_matches

    names = sorted(set(known))
    if close := get_close_matches(name, names, n=1, cutoff=0.6):
        return f"Did you mean {close[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(repr(known_name) for known_name in names[:SHOWN_WORDS])
    more = f" and {len(names) - SHOWN_WORDS} more" if len(names) > SHOWN_WORDS else ""
    return f"There are: {shown}{more}."


@dataclass(frozen=True, slots=True)
class RunLabel:
    """What tells a run from others in a message."""

    id: str
    name: str
    experiment: str
    started_at: datetime


def listed(runs: Sequence[RunLabel], count: int = 0) -> str:
    """A line for each of the first runs, and how many more of the `count` there are.

    >>> start = datetime(2026, 3, 1, 8, 5, tzinfo=UTC)
    >>> print(listed([RunLabel("01JQ8V3M5N7P9R1S3T5V7X9Z1B", "deep", "churn", start)], 7))
      5V7X9Z1B  deep  in churn, 2026-03-01 08:05 UTC
      and 6 more
    """
    shown = runs[:SHOWN_RUNS]
    names = [_plain(run.name) for run in shown]
    width = max(map(len, names), default=0)
    lines = [
        f"  {short}  {name:<{width}}  in {_plain(run.experiment)}, "
        f"{run.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        for run, short, name in zip(shown, short_ids(shown), names, strict=True)
    ]
    if (more := max(count, len(runs)) - len(shown)) > 0:
        lines.append(f"  and {more:,} more")
    return "\n".join(lines)


def short_ids(runs: Sequence[RunLabel]) -> list[str]:
    """The ends of the ids, which are their random part, as long as it takes to tell them apart."""
    ids = [run.id for run in runs]
    length = 8
    while len({one[-length:] for one in ids}) < len(set(ids)):
        length += 1
    return [one[-length:] for one in ids]


def nearest(wanted: str, known: Sequence[RunLabel]) -> tuple[str, list[RunLabel]]:
    """The name or end of an id that was probably meant, and the runs that have it; or nothing."""
    from difflib import get_close_matches

    if close := get_close_matches(wanted, {run.name for run in known}, n=1, cutoff=0.6):
        return close[0], [run for run in known if run.name == close[0]]
    if len(wanted) >= 6:
        ends = {run.id[-len(wanted) :]: run for run in known}
        if close := get_close_matches(wanted.upper(), ends, n=1, cutoff=0.8):
            return short_ids([ends[close[0]]])[0], [ends[close[0]]]
    return "", []


def _plain(text: str, limit: int = 32) -> str:
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
