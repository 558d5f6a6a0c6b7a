"""How a message is worded: with nothing in it that acts, and with what exists instead of what was
asked for, the nearest word or the runs that may be meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = [
    "SHOWN_RUNS",
    "RunLabel",
    "counted",
    "did_you_mean",
    "listed",
    "nearest",
    "printable",
    "short_ids",
]

SHOWN_WORDS = 12
SHOWN_RUNS = 5


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
