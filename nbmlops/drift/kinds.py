"""What a column is, judged from both sides: it says which test decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import numpy as np

from nbmlops.data.numbers import Numbers
from nbmlops.data.profile import ColumnProfile
from nbmlops.drift.pairs import LevelPair, NumericPair, level_pair
from nbmlops.errors import InvalidOptionError

__all__ = ["CHOSEN", "KINDS", "Judged", "check_kinds", "judge"]

KINDS = {
    "numeric": "numbers, compared by their distribution",
    "discrete": "numbers with at most 20 values, compared by their shares",
    "categorical": "labels, compared by their shares",
    "boolean": "yes and no",
    "datetime": "a time, which moves on by itself and is tested when asked",
    "text": "free text",
    "vector": "a list of numbers in each row, as of an embedding",
    "identifier": "a name for each row",
    "other": "what there is no statistic for",
}
CHOSEN = ("numeric", "discrete", "categorical")  # what a person may say instead
MOST_DISCRETE = 20
MOST_NAMED = 1000
_ZONED = re.compile(r"\[\w+, (?:tz=)?([^\]]+)\]")
_OFFSET = re.compile(r"(?:UTC)?([+-])(\d\d):?(\d\d)")
_NAMED = re.compile(r"(?i)(^|_|\b)(id|uuid|guid|key|index|row)s?$")


@dataclass(frozen=True, slots=True)
class Judged:
    """A column's kind, and its pair where there is one; else the reason why there is none."""

    kind: str
    pair: NumericPair | LevelPair | None
    reason: str = ""
    note: str = ""
    is_changed: bool = False  # its type is another one
    said: str = ""  # that it is another one, though the values can be compared


def check_kinds(kinds: Mapping[str, str | None]) -> None:
    """Raise InvalidOptionError for a kind that cannot be chosen."""
    for name, kind in kinds.items():
        if kind is not None and kind not in CHOSEN:
            problem = f"{kind!r} is no kind that column {name!r} can be compared as"
            raise InvalidOptionError("columns", problem, known=CHOSEN)


def judge(reference: ColumnProfile, current: ColumnProfile, wanted: str | None = None) -> Judged:
    """The kind of a column and what is compared of it; `wanted` overrides what would be found."""
    for side, name in ((reference, "reference"), (current, "current")):
        if side.form == "unreadable":
            return Judged("other", None, f"in the {name}, {side.reason}")
    first, second = _alike(reference, current)
    if _is_blank(first) or _is_blank(second):
        # Whatever it was or will be: with no values there is nothing to compare.
        shown = first if _is_blank(second) else second
        kind = "categorical" if shown.is_labels else "numeric"
        empty = "reference" if _is_blank(first) else "current"
        both = "both sides" if _is_blank(first) and _is_blank(second) else f"the {empty}"
        return Judged(kind, None, f"it has no values in {both}")
    if first.is_labels != second.is_labels or _is_time(first) != _is_time(second):
        if not _is_time(first) and not _is_time(second):
            if (pair := _same_names(first, second)) is not None:
                told = f"type {reference.dtype} → {current.dtype}"
                return Judged("categorical", pair, note=f"{told}, compared as labels", said=told)
        reason = f"its type changed: {first.form} ({first.dtype}) → {second.form} ({second.dtype})"
        return Judged("other", None, reason, is_changed=True)
    note = ""
    if first.form != reference.form or second.form != current.form:
        note = f"type {reference.dtype} → {current.dtype}, compared as numbers"
    if first.is_labels:
        return _labels(first, second, wanted)
    return _numbers(first, second, wanted, note)


def _same_names(first: ColumnProfile, second: ColumnProfile) -> LevelPair | None:
    """Numbers beside labels that are called like them, as of a category of numbers; else None."""
    counts = []
    for side in (first, second):
        if side.numbers is not None:
            numbers = NumericPair(side.numbers, side.numbers)
            if not numbers.steps.is_exact or numbers.distinct_count > MOST_NAMED:
                return None
            own = numbers.as_levels(_label)
            counts.append(
                dict(zip(own.levels, own.reference.astype(np.int64).tolist(), strict=True))
            )
        elif side.counts is not None:
            counts.append(dict(zip(side.levels, side.counts.tolist(), strict=True)))
    if len(counts) < 2 or 2 * len(counts[0].keys() & counts[1].keys()) < min(map(len, counts)):
        return None
    return level_pair(counts[0], counts[1])


def _is_blank(side: ColumnProfile) -> bool:
    return side.row_count == side.missing_count


def _is_time(side: ColumnProfile) -> bool:
    return side.form == "time"


def _alike(first: ColumnProfile, second: ColumnProfile) -> tuple[ColumnProfile, ColumnProfile]:
    """Yes and no beside 0 and 1 are numbers."""
    if (first.form == "boolean") != (second.form == "boolean"):
        if first.form == "boolean" and second.numbers is not None:
            return _as_numbers(first), second
        if second.form == "boolean" and first.numbers is not None:
            return first, _as_numbers(second)
    return first, second


def _as_numbers(side: ColumnProfile) -> ColumnProfile:
    counts = (
        dict(zip(side.levels, side.counts.tolist(), strict=True)) if side.counts is not None else {}
    )
    values = np.repeat([0.0, 1.0], [counts.get("False", 0), counts.get("True", 0)])
    return ColumnProfile(
        side.name,
        side.dtype,
        "integer",
        side.row_count,
        side.missing_count,
        numbers=Numbers.of(values),
    )


# ── labels ───────────────────────────────────────────────────────────────────────────────────


def _labels(first: ColumnProfile, second: ColumnProfile, wanted: str | None) -> Judged:
    if wanted == "numeric":
        return Judged("categorical", None, "its labels cannot be compared as numbers")
    if wanted is None and (named := _each_row(first) or _each_row(second)):
        return named
    if first.counts is None or second.counts is None:
        return Judged("identifier", None, "it has more than 200,000 different labels")
    pair = level_pair(
        dict(zip(first.levels, first.counts.tolist(), strict=True)),
        dict(zip(second.levels, second.counts.tolist(), strict=True)),
    )
    if first.rest_count or second.rest_count:
        pair = _with_rest(pair, first, second)
    return Judged("boolean" if first.form == "boolean" else "categorical", pair)


def _with_rest(pair: LevelPair, first: ColumnProfile, second: ColumnProfile) -> LevelPair:
    """The labels that a profile has counted apart; what only the other side knows is among the
    rest, for nobody can say that a label is new.
    """
    kept = np.ones(len(pair.levels), bool)
    if first.rest_count:
        kept &= pair.reference > 0
    if second.rest_count:
        kept &= pair.current > 0
    rest = [
        first.rest_count + int(pair.reference[~kept].sum()),
        second.rest_count + int(pair.current[~kept].sum()),
    ]
    return LevelPair(
        (*(level for level, one in zip(pair.levels, kept, strict=True) if one), "(all others)"),
        np.append(pair.reference[kept], rest[0]),
        np.append(pair.current[kept], rest[1]),
    )


def _each_row(side: ColumnProfile) -> Judged | None:
    """Labels that name each row or are free text; None where they are levels."""
    count, distinct = side.row_count - side.missing_count, side.distinct_count or 0
    if side.counts is not None and not side.names_rows:
        return None
    sample = side.levels[:1000]
    length = sum(map(len, sample)) / len(sample) if sample else 0
    if length > 40 or (
        sample and sum(" " in one for one in sample) > len(sample) / 2 and length > 20
    ):
        return Judged("text", None, "free text is tested when asked (--texts)")
    shown = f"{distinct:,} different labels in {count:,} rows"
    return Judged("identifier", None, f"it names rows ({shown})")


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def _numbers(first: ColumnProfile, second: ColumnProfile, wanted: str | None, note: str) -> Judged:
    assert first.numbers is not None
    assert second.numbers is not None
    if _is_time(first) and wanted is None:
        spans = _span(first), _span(second)
        why = f"times move on by themselves ({spans[0]} → {spans[1]})"
        if spans[0] == spans[1]:
            why = f"{spans[0]} on both sides"
        how = f"columns={{{first.name!r}: 'numeric'}} tests it"
        return Judged("datetime", None, f"a time is not tested unless asked: {why}; {how}")
    pair = NumericPair(first.numbers, second.numbers)
    total = sum(pair.sizes)
    count = pair.distinct_count
    whole = first.form == "integer" and second.form == "integer"
    if wanted is None and whole and _names_rows((first.numbers, second.numbers), first.name):
        return Judged("identifier", None, "it numbers rows ({:,} and {:,})".format(*pair.sizes))
    is_few = count <= MOST_DISCRETE and total >= 5 * count
    if wanted in ("categorical", "discrete") or (wanted is None and is_few):
        return Judged(wanted or "discrete", pair.as_levels(_label), note=note)
    return Judged("numeric", pair, note=note)


def _names_rows(sides: Sequence[Numbers], name: str) -> bool:
    """True where each number stands once on a side, and they are numbered or called so."""
    large = [side for side in sides if side.count >= 50]
    if not large or not all(side.count for side in sides):
        return False
    ends = [side.quantiles(np.array([0.0, 1.0])) for side in large]
    spans = [float(high - low) + 1 for low, high in ends]
    is_dense = all(span <= 1.2 * side.count for span, side in zip(spans, large, strict=True))
    return (is_dense or _NAMED.search(name) is not None) and all(map(_stand_once, sides))


def _stand_once(side: Numbers) -> bool:
    """True where no number stands twice, as far as the points of a grid tell."""
    ordered = side.sorted
    if ordered is not None:
        return not bool((ordered[1:] == ordered[:-1]).any())
    assert side.below is not None
    assert side.upto is not None
    return float(np.max(side.upto - side.below)) <= 1


def _label(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _span(side: ColumnProfile) -> str:
    assert side.numbers is not None
    ends = side.numbers.quantiles(np.array([0.0, 1.0]))
    zone = _zone(side.dtype)
    return " to ".join(_day(float(end), zone) for end in ends)


def _zone(dtype: str) -> tzinfo:
    """The time zone that a type of times names; UTC where it has none."""
    from zoneinfo import ZoneInfo

    name = match[1] if (match := _ZONED.search(dtype)) else "UTC"
    if offset := _OFFSET.fullmatch(name):
        sign = -1 if offset[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return UTC


def _day(seconds: float, zone: tzinfo) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return "far away"
