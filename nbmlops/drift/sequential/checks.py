"""Whether a state that was read is one that looks could have left: its shapes, kinds and bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from nbmlops.drift.sequential.late_labels import MOST_WAITING
from nbmlops.drift.sequential.losses import BOLDNESS, LossWatch
from nbmlops.drift.sequential.wagers import RATIOS, SHIFTS
from nbmlops.drift.sequential.watch import ColumnWatch, LookTaken, Watch

__all__ = ["check_watch"]

MOST = 1 << 53
STATES = {"drifted", "tiny", "untested"}


def check_watch(watch: Watch) -> None:
    """Raises ValueError for a state that no look has left."""
    names = [one.name for one in watch.columns]
    _ensure(len(set(names)) == len(names) > 0, "its columns")
    _ensure(_are_counts([watch.look_count, watch.row_count, watch.window_count]), "its counts")
    _ensure(_are_numbers([watch.spent]) and 0 <= watch.spent <= 1, "its budget")
    _ensure(_are_texts([*watch.untested, *watch.untested.values()]), "its untested columns")
    for one in watch.columns:
        _check_column(one, watch.look_count)
    if watch.losses is not None:
        _check_losses(watch.losses, watch.look_count)
    late = watch.late
    _ensure(isinstance(late.is_keyed, bool) and len(late.keys) == len(late.predictions), "its rows")
    _ensure(len(late.keys) <= MOST_WAITING and len(set(late.keys)) == len(late.keys), "its rows")
    _ensure(all(type(key) is int and 0 < key < 1 << 64 for key in late.keys), "its rows")
    guesses = [each for each in late.predictions if not isinstance(each, (str, bool))]
    _ensure(_are_numbers(guesses), "its predictions")
    _ensure(_are_counts([late.late_count, late.left_out_count]), "its labels")
    numbers = [look.number for look in watch.course]
    first = watch.look_count - len(numbers) + 1
    _ensure(numbers == [*range(first, watch.look_count + 1)], "its looks")
    for look in watch.course:
        _check_look(look, set(names))


def _check_column(one: ColumnWatch, looks: int) -> None:
    cells = one.cells
    what = f"its column {one.name!r:.80}"
    _ensure(isinstance(one.name, str) and isinstance(one.reason, str), what)
    _ensure(cells.kind in ("numeric", "discrete", "labels"), what)
    _ensure(_are_texts(cells.levels) and _are_numbers(cells.points), what)
    _ensure(list(cells.points) == sorted(set(cells.points)), what)
    _ensure(bool(cells.levels if cells.kind == "labels" else cells.points), what)
    _ensure(bool(one.first) and one.first.keys() == one.seen.keys(), what)
    for counts in (*one.first.values(), *one.seen.values()):
        _ensure(len(counts) == cells.size + 1 and _are_counts(counts), what)
    rows, width = (2, len(SHIFTS)) if cells.is_ordered else (cells.size, len(RATIOS))
    _ensure([len(row) for row in one.stakes] == [width] * rows, what)
    _ensure(len(one.missing_stakes) == len(RATIOS), what)
    _ensure(_are_numbers([each for row in (*one.stakes, one.missing_stakes) for each in row]), what)
    _check_alarm(one.alarm, looks, what)


def _check_losses(losses: LossWatch, looks: int) -> None:
    what = "its loss"
    _ensure(_are_texts([losses.metric]) and _are_counts([losses.count]), what)
    _ensure(_are_numbers([losses.unit, losses.reference, losses.limit, losses.total]), what)
    _ensure(losses.unit > 0 and 0 < losses.limit <= 1, what)
    _ensure(len(losses.stakes) == len(BOLDNESS) and _are_numbers(losses.stakes), what)
    _check_alarm(losses.alarm, looks, what)


def _check_look(look: LookTaken, names: set[str]) -> None:
    what = f"its look {look.number}"
    _ensure(_are_texts([look.label]) and _are_counts([look.row_count]), what)
    for said in (look.evidence, look.effects):
        _ensure(isinstance(said, Mapping) and said.keys() == names, what)
        _ensure(_are_numbers(said.values()), what)
    for told in (look.states, look.reasons):
        _ensure(isinstance(told, Mapping) and told.keys() <= names, what)
        _ensure(_are_texts(told.values()), what)
    _ensure(set(look.states.values()) <= STATES, what)
    _ensure(
        _are_numbers(each for each in (look.loss, look.loss_evidence) if each is not None), what
    )


def _check_alarm(alarm: Any, looks: int, what: str) -> None:
    _ensure(alarm is None or (_are_counts([alarm]) and 1 <= alarm <= looks), what)


def _ensure(is_so: bool, what: str) -> None:
    if not is_so:
        raise ValueError(f"{what} cannot be")


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _are_counts(values: Iterable[Any]) -> bool:
    return all(type(each) is int and 0 <= each < MOST for each in values)


def _are_numbers(values: Iterable[Any]) -> bool:
    return all(
        isinstance(each, (int, float)) and not isinstance(each, bool) and math.isfinite(each)
        for each in values
    )
