"""The lines of a comparison: each thing that differs, with what it is in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbmlops.comparison.records import (
    Comparison,
    DatasetRow,
    GitChange,
    MetricRow,
    ModelChange,
    ModelRow,
    ParamRow,
)
from nbmlops.comparison.values import same
from nbmlops.records import Number
from nbmlops.views import quantities
from nbmlops.views.escaping import visible

__all__ = ["ABSENT", "Entry", "Line", "is_told", "lines_of", "typed_value"]

ABSENT = "–"
LARGER = 1.1  # times another model, from which on sizes are told
ARROWS = {True: "▲", False: "▼"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one thing is in one run; `aside` says how it stands to the first run's."""

    text: str
    title: str = ""
    aside: str = ""
    meaning: str = ""  # "better", "worse" or ""
    is_best: bool = False
    is_other: bool = False  # than in the first run
    is_like_first: bool = False

    @property
    def plain(self) -> str:
        """All of it as one text."""
        mark = "★ " if self.is_best else ""
        return f"{mark}{self.text}{'  ' + self.aside if self.aside else ''}"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that differs, over all runs."""

    name: str
    group: str
    entries: tuple[Entry, ...]
    is_numeric: bool = False
    better: str | None = None


def lines_of(comparison: Comparison) -> list[Line]:
    """Everything that differs: metrics, parameters, data, models, code, environment, git."""
    ids = [run.id for run in comparison.runs]
    lines = [_metric(row, ids) for row in comparison.metrics if row.differs]
    lines += [_param(row, ids) for row in comparison.params if row.differs]
    lines += [_dataset(row, ids) for row in comparison.data if _has_changes(row)]
    lines += [_model(row, ids) for row in comparison.models if not is_told(row, comparison)]
    lines += _code(comparison, ids)
    lines += _versions(comparison, ids)
    lines += _git(comparison, ids)
    return [replace(line, entries=_compared(line.entries)) for line in lines]


def _compared(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries with a mark on those that are what the first one is."""
    first, *others = entries
    return (first, *(replace(one, is_like_first=not one.is_other) for one in others))


def is_told(row: ModelRow, comparison: Comparison) -> bool:
    """True where a model differs in nothing, or only in what stands among the parameters.

    One that is larger by more than a tenth has a line of its own.
    """
    if row.sizes and max(row.sizes.values()) > LARGER * min(row.sizes.values()):
        return False
    told = {each.name.rpartition(".")[2] for each in comparison.params if each.differs}
    return all(
        change.state == "same"
        or (
            change.state == "differs"
            and change.class_before == change.class_after
            and not (change.features_added or change.features_removed or change.is_other_order)
            and {one.name for one in change.params} <= told
        )
        for change in row.changes.values()
    )


def _has_changes(row: DatasetRow) -> bool:
    return any(change.state != "same" for change in row.changes.values())


def _metric(row: MetricRow, ids: Sequence[str]) -> Line:
    def entry(key: str) -> Entry:
        if key not in row.values:
            return Entry(ABSENT, is_other=ids[0] in row.values)
        value, change = row.values[key], row.changes.get(key)
        first = row.values.get(ids[0])
        aside, meaning = "", ""
        if change is not None and change.difference is not None and first is not None:
            aside, meaning = _step(value, first, change.verdict)
        return Entry(
            quantities.number(value),
            visible(quantities.value(value)),
            aside,
            meaning,
            is_best=key in row.best,
            is_other=change is not None and change.verdict != "same",
        )

    entries = tuple(map(entry, ids))
    return Line(visible(row.name, 48), "metrics", entries, is_numeric=True, better=row.better)


def _step(value: Number, first: Number, verdict: str) -> tuple[str, str]:
    """How far a metric is from the first run's, and whether that is better."""
    if verdict == "same":
        return "=", ""
    if verdict == "rounding":
        return "≈", ""
    meaning = verdict if verdict in ("better", "worse") else ""
    told = f"{ARROWS[value > first]} {quantities.difference(value, first)}"
    return f"{told} {meaning}".rstrip(), meaning


def _param(row: ParamRow, ids: Sequence[str]) -> Line:
    texts = {key: quantities.value(value, 60) for key, value in row.values.items()}
    short = {key: quantities.readable(value, 60) for key, value in row.values.items()}
    shown = typed_value if _is_ambiguous(row.values, short) else quantities.readable

    def entry(key: str) -> Entry:
        if key not in row.values:
            return Entry(ABSENT, is_other=ids[0] in row.values)
        value = row.values[key]
        is_other = ids[0] not in row.values or not same(row.values[ids[0]], value)
        return Entry(
            visible(shown(value, 32), 40),
            visible(texts[key]) if len(texts[key]) > 32 or texts[key] != short[key] else "",
            is_other=is_other and key != ids[0],
        )

    values = row.values.values()
    is_numeric = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values)
    entries = tuple(map(entry, ids))
    return Line(visible(row.name, 48), "parameters", entries, is_numeric=is_numeric)


def _is_ambiguous(values: Mapping[str, Any], texts: Mapping[str, str]) -> bool:
    """True where different values look alike, as 8 and '8' do."""
    met: dict[str, Any] = {}
    return any(not same(met.setdefault(texts[key], value), value) for key, value in values.items())


def typed_value(value: Any, limit: int = 32) -> str:
    """A value with the sign of its type: text in quotes, True as bool.

    >>> typed_value("8"), typed_value(8), typed_value(True)
    ("'8'", '8', 'True')
    """
    return (
        f"'{quantities.value(value, limit)}'"
        if isinstance(value, str)
        else quantities.value(value, limit)
    )


def _dataset(row: DatasetRow, ids: Sequence[str]) -> Line:
    def entry(key: str) -> Entry:
        if key not in row.sizes:
            return Entry(ABSENT, is_other=ids[0] in row.sizes)
        change = row.changes.get(key)
        if change is None or change.state == "same":
            return Entry(visible(row.sizes[key], 40))
        says = "; ".join(change.says) if change.state != "missing" else ""
        return Entry(
            visible(row.sizes[key], 40),
            visible(says, 400),
            visible(says, 90),
            is_other=change.state == "differs" or ids[0] not in row.sizes,
        )

    role = f" ({row.role})" if row.role and row.role not in row.name else ""
    return Line(visible(row.name + role, 48), "data", tuple(map(entry, ids)))


def _model(row: ModelRow, ids: Sequence[str]) -> Line:
    def entry(key: str) -> Entry:
        if key not in row.classes:
            return Entry(ABSENT, is_other=ids[0] in row.classes)
        change = row.changes.get(key)
        name = row.classes[key]
        says = _about_model(change) if change is not None else ""
        return Entry(
            visible(name.rpartition(".")[2], 40),
            visible(f"{name}: {says}" if says else name, 400),
            visible(" · ".join(filter(None, (quantities.size(row.sizes.get(key)), says))), 90),
            is_other=change is not None and change.state != "same",
        )

    return Line(visible(row.name, 48), "models", tuple(map(entry, ids)))


def _about_model(change: ModelChange) -> str:
    told = []
    for one in change.params:
        before, after = quantities.value(one.before, 24), quantities.value(one.after, 24)
        told.append(
            f"{one.name} {before} → {after}"
            if one.state == "changed"
            else f"{one.name} {after} is new"
            if one.state == "added"
            else f"{one.name} is gone"
        )
    told += [f"+{name}" for name in change.features_added]
    told += [f"−{name}" for name in change.features_removed]
    if change.is_other_order:
        told.append("features in another order")
    more = f", +{len(told) - 4} more" if len(told) > 4 else ""
    return ", ".join(told[:4]) + more


def _code(comparison: Comparison, ids: Sequence[str]) -> list[Line]:
    if len(comparison.code) < 2 or all(one.state == "missing" for one in comparison.code):
        return []
    words = {
        "same": "same",
        "parameters": "only parameters",
        "formatting": "only comments",
        "missing": ABSENT,
    }
    told = {}
    for variant in comparison.code:
        count = f"+{variant.added} −{variant.removed}"
        text = words.get(variant.state, count if variant.diff else "differs")
        for key in variant.run_ids:
            told[key] = Entry(text, is_other=variant.state == "differs")
    first = told[ids[0]]
    entries = [Entry("" if first.text == "same" else first.text), *(told[key] for key in ids[1:])]
    return [Line("code", "code", tuple(entries))]


def _versions(comparison: Comparison, ids: Sequence[str]) -> list[Line]:
    """Versions that differ; packages that only some runs imported are folded away."""
    missing = set(comparison.environment.missing)
    return [
        _plain(row.name, "environment", row.versions.get, ids)
        for row in comparison.environment.rows
        if row.kind != "package" or set(ids) - missing == set(row.versions)
    ]


def _git(comparison: Comparison, ids: Sequence[str]) -> list[Line]:
    if all(change.state == "same" for change in comparison.git.values()):
        return []
    known = {key: change for key, change in comparison.git.items() if change.state != "missing"}
    if not known:
        return []
    one = next(iter(known.values()))
    commits = {ids[0]: _commit(one.commit_before, is_dirty=one.is_dirty_before)}
    branches = {ids[0]: one.branch_before}
    for key, change in known.items():
        commits[key] = _commit(change.commit_after, is_dirty=change.is_dirty_after)
        branches[key] = change.branch_after
    lines = [_plain("commit", "git", commits.get, ids, lambda key: _dirt(known.get(key)))]
    if len(set(branches.values())) > 1:
        lines.append(_plain("branch", "git", branches.get, ids))
    return lines


def _commit(commit: str | None, *, is_dirty: bool) -> str:
    return (commit[:7] if commit else "no commit") + (" + changes" if is_dirty else "")


def _dirt(change: GitChange | None) -> str:
    if change is None or not change.files:
        return ""
    more = f" +{len(change.files) - 2} more" if len(change.files) > 2 else ""
    return f"{', '.join(change.files[:2])}{more}"


def _plain(
    name: str,
    group: str,
    value: Callable[[str], str | None],
    ids: Sequence[str],
    aside: Callable[[str], str] = lambda _: "",
) -> Line:
    first = value(ids[0])
    return Line(visible(name, 48), group, tuple(_plains(first, value, ids, aside)))


def _plains(
    first: str | None,
    value: Callable[[str], str | None],
    ids: Sequence[str],
    aside: Callable[[str], str],
) -> Iterable[Entry]:
    for key in ids:
        text = value(key)
        shown = ABSENT if text is None else visible(text, 40)
        title = visible(text, 200) if text is not None and len(text) > 40 else ""
        yield Entry(shown, title, visible(aside(key), 60), is_other=text != first)
