"""What a comparison folds away: all that is equal, each kind in a few words with its list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbmlops.comparison.records import Comparison, VersionRow
from nbmlops.views import quantities
from nbmlops.views.compare_lines import is_told
from nbmlops.views.escaping import visible

__all__ = ["Folded", "folded_of"]


@dataclass(frozen=True, slots=True)
class Folded:
    """A few words, and the list that they stand for."""

    text: str
    items: tuple[str, ...] = ()


def folded_of(comparison: Comparison, letters: Mapping[str, str]) -> Iterable[Folded]:
    """What is equal in all runs, and packages that only some of them had imported."""
    params = [row for row in comparison.params if not row.differs]
    if params:
        items = (f"{row.name} = {_value(next(iter(row.values.values())))}" for row in params)
        yield Folded(_equal(len(params), "parameter"), tuple(visible(one, 90) for one in items))
    metrics = [row for row in comparison.metrics if not row.differs]
    if metrics:
        items = (
            f"{row.name} = {quantities.number(next(iter(row.values.values())), 6)}"
            for row in metrics
        )
        yield Folded(_equal(len(metrics), "metric"), tuple(visible(one, 90) for one in items))
    data = [row for row in comparison.data if _same(row.changes)]
    if data:
        items = (f"{row.name} {next(iter(row.sizes.values()))}" for row in data)
        yield Folded(_equal(len(data), "dataset"), tuple(visible(one, 90) for one in items))
    folded = [row for row in comparison.models if is_told(row, comparison)]
    models = [row for row in folded if _same(row.changes)]
    if models:
        items = (f"{row.name} ({next(iter(row.classes.values()))})" for row in models)
        yield Folded(_equal(len(models), "model"), tuple(visible(one, 120) for one in items))
    alike = [row for row in folded if row not in models]
    if alike:
        count = "1 model differs" if len(alike) == 1 else f"{len(alike)} models differ"
        items = (f"{row.name} ({next(iter(row.classes.values()))})" for row in alike)
        yield Folded(f"{count} in these parameters only", tuple(visible(one, 120) for one in items))
    if comparison.code and all(variant.state == "same" for variant in comparison.code):
        yield Folded("the code is equal")
    yield from _environment(comparison, letters)
    if comparison.git and all(change.state == "same" for change in comparison.git.values()):
        commit = next(iter(comparison.git.values())).commit_after
        yield Folded("the commit is equal", (visible(commit or "no commit", 40),))


def _same(changes: Mapping[str, object]) -> bool:
    return all(getattr(change, "state", "") == "same" for change in changes.values())


def _equal(count: int, noun: str) -> str:
    return f"1 {noun} is equal" if count == 1 else f"{count:,} {noun}s are equal"


def _value(value: object) -> str:
    return quantities.readable(value, 48)


def _environment(comparison: Comparison, letters: Mapping[str, str]) -> Iterable[Folded]:
    environment = comparison.environment
    known = {run.id for run in comparison.runs} - set(environment.missing)
    if environment.same_count:
        yield Folded(f"{_equal(environment.same_count, 'version')} (Python, packages, settings)")
    some = [row for row in environment.rows if row.kind == "package" and set(row.versions) != known]
    if some:
        noun = "1 package was" if len(some) == 1 else f"{len(some)} packages were"
        items = tuple(visible(_imported(row, letters), 120) for row in some)
        yield Folded(f"{noun} imported by some of the runs only", items)


def _imported(row: VersionRow, letters: Mapping[str, str]) -> str:
    by = [letters[key] for key in row.versions]
    more = f" and {len(by) - 6} more" if len(by) > 6 else ""
    return f"{row.name} {next(iter(row.versions.values()))} by {', '.join(by[:6])}{more}"
