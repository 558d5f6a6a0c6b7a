"""What a cell did to its notebook in a line: made auc · changed frame · read X, y · seeds …"""

from __future__ import annotations

from collections.abc import Iterable

from nbmlops.records import Run
from nbmlops.views import quantities
from nbmlops.views.escaping import visible

__all__ = ["observed"]

MOST_NAMES = 12
_RANDOM = "random numbers of "  # which generator stands elsewhere, see `capture.observer`


def observed(run: Run, most: int = MOST_NAMES) -> list[tuple[str, str]]:
    """What was done and to what, in words, as ("made", "auc, model"); [] where nothing is known."""
    seen = run.observed
    if seen is None:
        return []
    drawn = [each.removeprefix(_RANDOM) for each in seen.settings if each.startswith(_RANDOM)]
    drawn += [name for name in seen.random_states or () if name not in drawn]
    seeds = [
        f"{seed.given_to} {quantities.readable(seed.value, 40)}"
        + (f" ({seed.source})" if seed.source else "")
        for seed in seen.seeds
    ]
    found = [
        ("made", _some((*seen.bound, *seen.made_files), most)),
        ("changed", _some(seen.mutated, most)),
        ("perhaps changed", _some(seen.unsure, most)),
        ("read", _some(seen.read, most)),
        ("settings", _some((each for each in seen.settings if not each.startswith(_RANDOM)), most)),
        ("drew from", _some(drawn, most)),
        ("seeds", _some(seeds, most)),
        ("", "looked at in part" if seen.partial else ""),
    ]
    return [(verb, names) for verb, names in found if names]


def _some(names: Iterable[str], most: int) -> str:
    listed = list(names)
    more = f" +{len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(visible(name, 60) for name in listed[:most]) + more
