"""Records that come from outside, held to the rules of every other door.

What is recorded here has names and ids that this package has checked; a file of somebody else's
can hold any, under digests that are right. Names are brought into their normal form, and what
could not have been given by a person or made by us is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nbmlops.errors import InvalidNameError, InvalidValueError
from nbmlops.events import check_name, check_run_id, decode_value, encode_value
from nbmlops.store.artifacts import DIGEST

__all__ = ["admit"]


def admit(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its names in their normal form.

    Raises InvalidNameError and InvalidValueError for a name, an id or a digest that is none.
    """
    if record["k"] != "monitor":  # which is of no run
        check_run_id(record["r"])
    return {**record, "d": _data(record["k"], record["d"])}


def _data(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "run_started":
            if data.get("parent") is not None:
                check_run_id(data["parent"])
            named = {"name": _name("a run", data["name"])}
            return {**data, **named, "experiment": _name("an experiment", data["experiment"])}
        case "renamed":
            return {**data, "name": _name("a run", data["name"])}
        case "metric":
            return _names("a metric", data)
        case "params":
            # Decoded first: a name can stand below the mark that an encoded value has.
            values = _names("a parameter", decode_value(data["values"]))
            return {**data, "values": encode_value(values)}
        case "tags":
            removed = [_name("a tag", name) for name in data.get("remove") or ()]
            return {**data, "set": _names("a tag", data.get("set") or {}), "remove": removed}
        case "artifact":
            digest = data["digest"]
            if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
                raise InvalidValueError("Artifact", str(data["name"])[:80], "its digest is none")
            return {**data, "name": _name("an artifact", data["name"])}
        case "dataset":
            named = {"name": _name("a dataset", data["name"])}
            return {**data, **named, "role": _name("a role", data["role"])}
        case "model":
            kept = data.get("artifact")
            named = {"artifact": _name("an artifact", kept)} if kept is not None else {}
            return {**data, **named, "name": _name("a model", data["name"])}
        case "monitor":
            return _monitor(data)
    return dict(data)


def _monitor(data: Mapping[str, Any]) -> dict[str, Any]:
    body = data["body"]
    name, shown = _name("a monitor", data["name"]), str(data["name"])[:80]
    if body.get("name") != data["name"] or data.get("removed_at") is not None:
        raise InvalidValueError("Monitor", shown, "it is not the one that it says to be")
    for digest in (data.get("state_digest"), data.get("reference_digest")):
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            raise InvalidValueError("Monitor", shown, "a digest of it is none")
    named = {"name": name}
    if body.get("experiment") is not None:
        named["experiment"] = _name("an experiment", body["experiment"])
    if body.get("run_id") is not None:
        check_run_id(body["run_id"])
    return {**data, "name": name, "body": {**body, **named}}


def _names(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {_name(kind, name): value for name, value in values.items()}
    if len(found) != len(values):
        raise InvalidNameError(kind, next(iter(values)), "it is there in two forms")
    return found


def _name(kind: str, name: Any) -> str:
    return _checked(kind, name) if isinstance(name, str) else check_name(kind, name)


@lru_cache(maxsize=10_000)  # one name stands in every point of a curve
def _checked(kind: str, name: str) -> str:
    return check_name(kind, name)
