"""`%compare`: runs side by side, and why they differ."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidComparisonError, NbmlopsError
from nbmlops.magics.options import parse
from nbmlops.workspace import current_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.comparison import Comparison
    from nbmlops.records import Run

__all__ = ["compare", "complete_compare"]

RECENT = 100


def compare(shell: Any, line: str) -> Comparison | Run:
    """Two to fifty runs side by side, and why they differ: `%compare RUN RUN…`.

        %compare last best
        %compare baseline deeper 5V7X9Z1B
        found = %compare {first.id} {second.id}

    RUN is an id, a unique part of one, a name, `last` or `best`. Everything is told against the
    run that is named first: parameters and metrics, curves, data down to the column, models, code,
    environment and git. What it returns displays itself and has to_html(path), to_csv(path),
    to_dict() and to_pandas(). Where `best` is `last`, it says so and returns that run.
    """
    parsed = parse(line, ())
    if parsed.problems:
        raise parsed.problems[0]
    runs = current_workspace().runs
    try:
        return runs.compare(*parsed.operands)
    except InvalidComparisonError as problem:
        if not problem.is_one or len(set(parsed.operands)) == 1:
            raise
        # As `best last` where the last run is the best: no reason to stop a notebook.
        only = runs.get(parsed.operands[0])
        text = f"{_listed(parsed.operands)} are one run: there is nothing to compare it with."
        sys.stdout.write(text + "\n")
        return only


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def complete_compare(shell: Any, event: Any) -> list[str]:
    """The names and ids of recent runs, `last` and `best`, without those that stand there."""
    try:
        recent = current_workspace().runs.find(limit=RECENT)
    except NbmlopsError:
        return []
    names = dict.fromkeys(shlex.quote(run.name) for run in recent)
    written = set(event.line.split()[1:]) - {event.symbol}
    offered = ["last", "best", *names, *(run.id for run in recent)]
    return [word for word in offered if word not in written]
