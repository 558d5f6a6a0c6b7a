"""Scores that were seen in a cell as metrics of its run: which names they get, and none twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbmlops.capture.frames import Span
from nbmlops.capture.histories import number_key
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.watching import ScoreSeen, Seen, ValidationSeen

__all__ = ["record_scores", "record_validations"]

_OF_THE_CELL = frozenset({"<module>", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})
Targets = Mapping[Span, tuple[str, ...]]  # the names that the cell gives to what a call returns


def record_scores(
    run: ActiveRun,
    seen: Seen,
    assigned: Mapping[str, Any],
    targets: Targets,
    *,
    series: set[str],
    logged: set[str],
    repeated: Mapping[str, Any] | None = None,
) -> None:
    """Record the numbers that the cell assigned, and the scores that no such number stands for.

    Names among `assigned` that are a `series` by now are recorded, and so is what was `logged`;
    those that are `repeated` get what a function returns in a loop.
    """
    origins, others = _named(run, seen, assigned, targets, logged, repeated or {})
    for name, value in assigned.items():
        if name in series:
            others.pop(name, None)  # it is the last of a history by now
        elif name not in others:  # a loop of scores goes by the name they were given
            run.log_found({name: value}, origin=origins.get(name, "assigned"))
    for name, score in others.items():
        for step, value in score.values:
            number = step if score.count > 1 else None
            run.log_found({name: value}, origin=score.function, step=number)


def record_validations(
    run: ActiveRun, seen: Seen, namespace: Mapping[str, Any], targets: Targets
) -> None:
    """Record mean and standard deviation of what was cross-validated, and curves of them."""
    for found in seen.validations.values():
        names = _validation_names(run, found, namespace, targets)
        for at, time in enumerate(found.times):
            for kind, points in time.items():
                name = names[kind]
                if found.is_curve and at:  # each time of a loop is a curve of its own
                    name = f"{name} {at + 1}"
                for point, mean, spread in points:
                    step = point if found.is_curve else at if len(found.times) > 1 else None
                    numbers = {name: mean, f"{name} std": spread}
                    run.log_found(numbers, origin=found.function, step=step)


def _named(
    run: ActiveRun,
    seen: Seen,
    assigned: Mapping[str, Any],
    targets: Targets,
    logged: set[str],
    repeated: Mapping[str, Any],
) -> tuple[dict[str, str], dict[str, ScoreSeen]]:
    """Which function each assigned number came from, and the scores that no name stands for."""
    origins: dict[str, str] = {}
    others: dict[str, ScoreSeen] = {}
    taken = set(run.latest) | set(assigned)
    for (_, place), score in seen.scores.items():
        keys = [_key(value) for _, value in score.values]
        if not keys or all(key in logged for key in keys):
            continue
        # Of several values the last may be another number by chance, as the best of them is.
        by_value: Mapping[str, Any] = assigned
        if score.count > 1:
            by_value = repeated if place[1] not in _OF_THE_CELL else {}
        free = {each: value for each, value in by_value.items() if each not in origins}
        name = _name_of(score, assigned, targets, free)
        if score.count > 1 and name not in assigned and number_key(score.values[-1][1]) in logged:
            continue  # the cell has logged each of them; of those, the last is still known
        if name in assigned:
            origins[name] = score.function
            if score.count == 1:
                continue
        elif not name or name in taken:
            name = _free(score.function, score.about, taken)
        taken.add(name)
        others[name] = score
    return origins, others


def _name_of(
    score: ScoreSeen, assigned: Mapping[str, Any], targets: Targets, by_value: Mapping[str, Any]
) -> str:
    """The name that a score was given, as its call says; or as its value does, where that is one
    of `by_value`; "" for none.
    """
    last = score.values[-1][1]
    given = targets.get(score.span, ()) if score.span is not None else ()
    if len(given) == 1 and (given[0] not in assigned or _is_same(assigned[given[0]], last)):
        return given[0]
    if score.span is not None and not number_key(last):
        return ""  # it was given no name, and another number may be equal to it by chance
    for name, value in by_value.items():
        if _is_same(value, last):
            return name
    return ""


def _validation_names(
    run: ActiveRun, found: ValidationSeen, namespace: Mapping[str, Any], targets: Targets
) -> dict[str, str]:
    """The metric that each kind of what was cross-validated is.

    `scores = cross_val_score(…)` is `scores`; of `results = cross_validate(…)` there are
    `results.test_score` and the like; the two matrices of a curve go by their own names.
    """
    given = targets.get(found.span, ()) if found.span is not None else ()
    kinds = list(found.times[-1])
    if found.is_curve:
        given = given[1:3] if found.function == "learning_curve" else given[:2]
        names = dict(zip(kinds, given, strict=False)) if len(given) == 2 else {}
    else:
        name = given[0] if len(given) == 1 else _bound_name(namespace, found)
        names = {kind: f"{name}.{kind}" if kind else name for kind in kinds} if name else {}
    for kind in kinds:
        name = names.get(kind) or f"{found.function}.{kind}".removesuffix(".")
        names[kind] = _free(name, "", set(run.latest)) if name in run.latest else name
    return names


def _bound_name(namespace: Mapping[str, Any], found: ValidationSeen) -> str:
    scores = found.scores() if found.scores is not None else None
    for name, value in namespace.items() if scores is not None else ():
        if value is scores and not name.startswith("_"):
            return name
    return ""


def _free(function: str, about: str, taken: set[str]) -> str:
    for name in (function, f"{function} {about}" if about else function):
        if name not in taken:
            return name
    number = 2
    while f"{function} {number}" in taken:
        number += 1
    return f"{function} {number}"


def _is_same(value: Any, score: float) -> bool:
    """Whether a number of the cell's is this score, which a count of 1 is not by chance."""
    is_whole = isinstance(value, int) or getattr(getattr(value, "dtype", None), "kind", "f") in "iu"
    return _key(value) == _key(score) and (not is_whole or score > 1)


def _key(value: Any) -> str:
    """What is the same text for the same number, NaN included; "" for what is no number."""
    try:
        return repr(float(value))
    except (TypeError, ValueError, OverflowError):
        return ""
