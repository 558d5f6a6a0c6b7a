"""What the observer found of a cell, as a record of its run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from nbmlops.capture.datasets import SOURCE_BYTES
from nbmlops.capture.observer import Found
from nbmlops.capture.redaction import is_secret_name
from nbmlops.capture.values import to_param, to_text
from nbmlops.events import encode_value

__all__ = ["observed_data"]

MOST = 200  # of each, as after `from math import *`
WORD_BYTES = 250


def observed_data(found: Found, skip: Collection[str] = ()) -> dict[str, Any]:
    """The data of an `observed` record; {} where there is nothing to say."""
    data: dict[str, Any] = {}
    if "names" not in skip:
        data = {
            "bound": _listed(found.bound),
            "mutated": _listed(found.mutated),
            "unsure": _listed(found.unsure),
            "read": _listed(found.read),
            "read_from": {
                to_text(name, WORD_BYTES): found.read_from[name]
                for name in [name for name in found.read if name in found.read_from][:MOST]
                if not is_secret_name(name)
            },
            "used": _listed(found.used),
            "settings": _listed(found.changed_settings),
            "made_files": [to_text(use.path, SOURCE_BYTES) for use in found.files if use.writes],
        }
    if "randomness" not in skip:
        data["seeds"] = [
            [to_text(given_to, WORD_BYTES), encode_value(to_param("seed", seed)), where]
            for given_to, seed, where in found.drawn.seeds[:MOST]
        ]
        data["random_states"] = dict(list(found.drawn.states.items())[:MOST])
    if not any(data.values()):
        return {}
    return {"bound": [], **data, "partial": found.partial}


def _listed(names: Iterable[str]) -> list[str]:
    kept = [to_text(name, WORD_BYTES) for name in names if not is_secret_name(name)]
    return kept if len(kept) <= MOST else [*kept[:MOST], f"and {len(kept) - MOST} more"]
