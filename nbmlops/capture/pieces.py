"""Values in as many pieces as fit into one record of the journal each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["parts_of"]


def parts_of(values: Mapping[str, Any], limit: int = 500_000) -> list[dict[str, Any]]:
    """The values in as many pieces as fit into one record each."""
    import orjson

    if not values:
        return []
    if len(values) <= 200 and len(orjson.dumps(dict(values))) < limit:
        return [dict(values)]
    parts: list[dict[str, Any]] = [{}]
    size = 0
    for name, value in values.items():
        item = len(orjson.dumps({name: value}))
        if size + item > limit and parts[-1]:
            parts.append({})
            size = 0
        parts[-1][name] = value
        size += item
    return parts
