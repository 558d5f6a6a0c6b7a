"""What two runs read from earlier cells and nobody compared, because no record holds it.

Of data there are fingerprints, of parameters values, of generators states, and a model that is
fitted again begins anew. Of all else that a cell reads, as of a model that another cell fitted, the
record has the name and nothing more.
"""

from __future__ import annotations

from nbmlops.records import Run
from nbmlops.store.first_words import assigned_first

__all__ = ["not_compared", "told"]

MOST_NAMED = 4


def not_compared(first: Run, run: Run) -> tuple[str, ...]:
    """The names of values of earlier cells that either run read and that cannot be compared.

    What both have from the same run is the same object, and needs no comparing.
    """
    found = {*_unknown(first), *_unknown(run)} - _shared(first, run)
    return tuple(sorted(found))


def told(names: tuple[str, ...]) -> str:
    """A clause that names them, as `'gb', 'rf' (read from earlier cells) were not compared`."""
    shown = ", ".join(repr(name[:60]) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    verb = "was" if len(names) == 1 else "were"
    return f"{shown}{more} (read from earlier cells) {verb} not compared"


def _shared(first: Run, run: Run) -> set[str]:
    """The names whose values both runs have from one and the same run."""
    givers = [
        (each.observed.read_from or {}) if each.observed is not None else {}
        for each in (first, run)
    ]
    return {name for name, giver in givers[0].items() if givers[1].get(name) == giver}


def _unknown(run: Run) -> list[str]:
    """Those of one run."""
    if run.observed is None:
        return []
    known = {*run.datasets, *run.models, *run.params, *(run.observed.random_states or ())}
    known.update(name.partition(".")[0] for name in run.params)
    if run.cell is not None:  # a loop may be empty: the observer calls its variables read
        known |= assigned_first(run.cell.source)
    return [name for name in run.observed.read if name not in known]
