"""`%compare`: runs side by side, and why they differ."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.magics.options import parse
from nbmlops.workspace import current_workspace

if TYPE_CHECKING:
    from nbmlops.comparison import Comparison

__all__ = ["compare", "complete_compare"]

RECENT = 100


def compare(shell: Any, line: str) -> Comparison:
    """Two to fifty runs side by side, and why they differ: `%compare RUN RUN…`.

        %compare last best
        %compare baseline deeper 5V7X9Z1B
        found = %compare {first.id} {second.id}

    RUN is an id, a unique part of one, a name, `last` or `best`. Everything is told against the
    run that is named first: parameters and metrics, curves, data down to the column, models, code,
    environment and git. What it returns displays itself and has to_html(path), to_csv(path),
    to_dict() and to_pandas().
    """
    parsed = parse(line, ())
    if parsed.problems:
        raise parsed.problems[0]
    return current_workspace().runs.compare(*parsed.operands)


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
