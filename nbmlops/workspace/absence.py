"""What a search speaks of and no run has: a name that was mistyped must not look like an answer.

A filter on a name that no run has finds nothing, which is true, and a note says why. An order by
such a name would be none, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidFilterError, UnavailableError
from nbmlops.events import experiment_key
from nbmlops.wording import did_you_mean

if TYPE_CHECKING:
    from nbmlops.records import Run
    from nbmlops.store import Store
    from nbmlops.store.filters import Key

__all__ = ["Search"]

NOUNS = {"metric": "metric", "param": "parameter", "tag": "tag"}


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked for, and where."""

    store: Store
    filter: str
    experiment: str | None
    sort: str | None
    deleted: bool = False

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Tell where a bare word is the name of a metric, a parameter or a tag."""
        try:
            yield
        except InvalidFilterError as error:
            with suppress(UnavailableError):
                error.hint = self._elsewhere(str(error.details.get("unknown", ""))) or error.hint
            raise

    def check_order(self, first: Run) -> None:
        """Raise InvalidFilterError for an order by a name that no run has; `first` was found.

        Runs that lack the name come last, so that only the first one has to be looked at. Where
        there is no name of this kind at all, or runs elsewhere have it, a note is enough; and where
        not all that was recorded is in the tables, nobody knows.
        """
        key = self._missing_order(first)
        if key is None or self.store.problem or self._names(key.group, among=(key.name,)):
            return
        if known := self._names(key.group, self.experiment) or self._names(key.group):
            sort = self.sort or ""
            raise InvalidFilterError(
                sort,
                len(sort) - len(sort.lstrip()),
                f"no run has a {NOUNS[key.group]} {key.name!r}",
                hint=self._elsewhere(key.name) or did_you_mean(key.name, known),
                part="Sort",
            )

    def notes(self, first: Run | None) -> list[str]:
        """What a person who sees the runs that were found, the `first` of them, should know."""
        told: list[str] = []
        if self.store.problem:
            return told  # what is not in the tables is not known to be absent
        if first is None and self.experiment is not None:
            known = [one.name for one in self.store.runs.experiments()]
            if experiment_key(self.experiment) not in map(experiment_key, known):
                hint = did_you_mean(self.experiment, known)
                return [f"No experiment {self.experiment!r} has a run. {hint}".strip()]
        if first is not None and (key := self._missing_order(first)) is not None:
            told.append(f"No run here has a {NOUNS[key.group]} {key.name!r} to sort by.")
        return told + [note for key in self._filtered() if (note := self._absent(key, first))]

    def _absent(self, key: Key, first: Run | None) -> str:
        where, experiment = "", None
        if self._names(key.group, among=(key.name,)):
            if first is not None or self.experiment is None:
                return ""
            where, experiment = f" of {self.experiment!r}", self.experiment
            if self._names(key.group, experiment, among=(key.name,)):
                return ""
        known = self._names(key.group, experiment)
        hint = self._elsewhere(key.name) or did_you_mean(key.name, known)
        return f"No run{where} has a {NOUNS[key.group]} {key.name!r}. {hint}".strip()

    def _elsewhere(self, name: str) -> str:
        """The sentence that something else has this name."""
        for group, noun in NOUNS.items() if name else ():
            if self._names(group, self.experiment, among=(name,)):
                return f"There is a {noun} of this name: write {group}s.{name}."
        return ""

    def _missing_order(self, first: Run) -> Key | None:
        from nbmlops.store.filters import parse_sort

        key = parse_sort(self.sort).key
        has = {"metric": first.metrics, "param": first.params, "tag": first.tags}
        return key if key.group in has and key.name not in has[key.group] else None

    def _filtered(self) -> list[Key]:
        """The keys that the filter compares; `is null` asks for those that are not there."""
        from nbmlops.store.filters import Not, Term, parse

        keys, nodes = {}, [parse(self.filter)] if self.filter.strip() else []
        while nodes:
            node = nodes.pop(0)
            if isinstance(node, Term):
                if node.key.group in NOUNS and node.operator != "null":
                    keys[node.key] = True
            elif node is not None:
                nodes += [node.part] if isinstance(node, Not) else node.parts
        return list(keys)

    def _names(
        self, group: str, experiment: str | None = None, *, among: Iterable[str] | None = None
    ) -> list[str]:
        few = None if among is None else tuple(among)
        return self.store.runs.names(group, experiment, deleted=self.deleted, among=few)
