"""Journal records of earlier versions, brought to today's layout.

Version 0 is that of the first prototype: framed by length and CRC-32, with `seq` and `ts` (seconds,
or nanoseconds where it is an integer that large) for today's `s` and `t`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["UPGRADES", "upgrade"]


def _from_0(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the names of version 1.

    >>> _from_0({"seq": 4, "ts": 1.5, "kind": "note", "run": "R", "data": {"text": "x"}})
    {'s': 4, 't': 1500000000, 'k': 'note', 'r': 'R', 'd': {'text': 'x'}}
    """
    names = {"seq": "s", "ts": "t", "kind": "k", "run": "r", "data": "d", "step": "x"}
    new = {names.get(key, key): value for key, value in record.items()}
    at = new.get("t")
    if isinstance(at, float) or (isinstance(at, int) and abs(at) < 10**12):
        new["t"] = round(at * 1_000_000_000)
    return new


UPGRADES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"0": _from_0}


def upgrade(version: str, record: Any) -> Any:
    """The record as the current version writes it."""
    if version in UPGRADES and isinstance(record, dict):
        return UPGRADES[version](record)
    return record
