"""Names that one cell binds and another reads, as their runs tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nbmlops.records import Observed
from nbmlops.store.first_words import assigned_first

__all__ = ["Near", "only_names", "read_by"]


@dataclass(slots=True)
class Near:
    """A cell of the same process: what it bound and read, and the fingerprints of its data."""

    key: int
    observed: Observed
    source: str
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def bound(self) -> set[str]:
        """The names that it bound or changed in place."""
        return only_names(self.observed.bound, self.observed.mutated)

    def reads(self, wanted: set[str], run: str) -> set[str]:
        """Those of these names that it takes from earlier cells: from this run, if it says so."""
        taken = read_by(self.observed, self.source, wanted)
        read_from = self.observed.read_from
        if read_from is None:
            return taken
        return {name for name in taken if read_from.get(name) == run}


def read_by(observed: Observed, source: str, wanted: set[str] | None = None) -> set[str]:
    """The names, or those that are wanted, that a cell read or changed and did not make itself."""
    read, mutated = only_names(observed.read), only_names(observed.mutated)
    if wanted is not None:
        read, mutated = read & wanted, mutated & wanted
    return (read - assigned_first(source) if read else read) | mutated


def only_names(*groups: Iterable[str]) -> set[str]:
    """The names in these groups, without the words that tell of those that were left out."""
    return {name for group in groups for name in group if name.isidentifier()}
