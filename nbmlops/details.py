"""What the data of a record tells of: values as JSON holds them, and the nouns of `records`.

A journal in a shared store, and a file of somebody else's, are data from outside: what stands
under a good checksum can still be nonsense. Whatever is not of its type is refused here with a
ValueError or its like, before it comes into any table, so that no view has to expect it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from nbmlops.records import (
    Cell,
    CellCost,
    Column,
    Dataset,
    Environment,
    Failure,
    FittedModel,
    Git,
    Monitor,
    Observed,
    Output,
    Resources,
    Seed,
)

__all__ = [
    "INT64",
    "cell_of",
    "dataset_of",
    "decode_value",
    "encode_value",
    "environment_of",
    "failure_of",
    "git_of",
    "model_of",
    "monitor_of",
    "observed_of",
    "output_of",
    "resources_of",
    "seconds_of",
    "text_of",
]

INT64 = 2**63


def encode_value(value: Any) -> Any:
    """The JSON-safe form of a number or of a nested value; the inverse is `decode_value`.

    Non-finite numbers become null in most encoders and integers beyond 64 bits overflow databases,
    so both are written out.

    >>> encode_value(float("nan")), encode_value(2**70)
    ({'$': 'nan'}, {'$': 'int', 'v': '1180591620717411303424'})
    """
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return {"$": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    if isinstance(value, int) and not isinstance(value, bool) and not -INT64 <= value < INT64:
        return {"$": "int", "v": hex(value) if value.bit_length() > 14_000 else str(value)}
    if isinstance(value, (list, tuple)):
        return [encode_value(item) for item in value]
    if isinstance(value, Mapping):
        plain = {key: encode_value(item) for key, item in value.items()}
        return {"$": "map", "v": plain} if "$" in plain else plain
    return value


def decode_value(value: Any) -> Any:
    """The value that `encode_value` was given.

    >>> decode_value({"$": "-inf"}), decode_value(encode_value([2**70, {"$": 1}]))
    (-inf, [1180591620717411303424, {'$': 1}])
    """
    if isinstance(value, list):
        return [decode_value(item) for item in value]
    if isinstance(value, dict):
        kind = value.get("$")
        if kind in ("nan", "inf", "-inf"):
            return float(kind)
        if kind == "int":
            text = str(value.get("v"))
            return int(text, 16) if text.lstrip("-").startswith("0x") else int(text)
        if kind == "map" and isinstance(value.get("v"), dict):
            return {key: decode_value(item) for key, item in value["v"].items()}
        return {key: decode_value(item) for key, item in value.items()}
    return value


def cell_of(data: Mapping[str, Any]) -> Cell:
    """The code that a `cell` record tells of."""
    return Cell(
        source=str(data["source"]),
        digest=str(data["digest"]),
        cell_id=text_of(data, "cell_id"),
        notebook_path=text_of(data, "notebook_path"),
        notebook_name=text_of(data, "notebook_name"),
        execution_count=_count(data, "execution_count"),
        kernel_id=text_of(data, "kernel_id"),
    )


def git_of(data: Mapping[str, Any]) -> Git:
    """The state of a repository that a `git` record tells of."""
    return Git(
        commit=text_of(data, "commit"),
        branch=text_of(data, "branch"),
        remote=text_of(data, "remote"),
        dirty=bool(data.get("dirty")),
        diff=str(data.get("diff") or ""),
    )


def failure_of(data: Mapping[str, Any]) -> Failure:
    """The exception that an `error` record tells of."""
    return Failure(
        type=str(data["type"]),
        message=str(data["message"]),
        traceback=str(data.get("traceback") or ""),
    )


def output_of(data: Mapping[str, Any]) -> Output:
    """What was printed, as an `output` record tells it."""
    return Output(
        head=str(data["head"]), tail=str(data["tail"]), size_bytes=int(data["size_bytes"])
    )


def environment_of(digest: str, body: Mapping[str, Any]) -> Environment:
    """The environment of this digest, of the body of an `environment` record."""
    return Environment(
        digest=digest,
        python=str(body.get("python", "")),
        platform=str(body.get("platform", "")),
        packages=_texts(body, "packages"),
        variables=_texts(body, "variables"),
    )


def dataset_of(data: Mapping[str, Any]) -> Dataset:
    """The dataset that a `dataset` record tells of; ValueError or its like where it is nonsense."""
    columns = (
        Column(str(name), str(dtype), str(digest), None if missing is None else int(missing))
        for name, dtype, digest, missing in data.get("columns") or ()
    )
    return Dataset(
        name=str(data["name"]),
        role=str(data["role"]),
        kind=str(data["kind"]),
        digest=str(data["digest"]),
        row_count=_count(data, "row_count"),
        columns=tuple(columns),
        shape=tuple(int(size) for size in data.get("shape") or ()),
        size_bytes=_count(data, "size_bytes"),
        source=text_of(data, "source"),
        partial=bool(data.get("partial")),
    )


def model_of(data: Mapping[str, Any]) -> FittedModel:
    """The model that a `model` record tells of; ValueError or its like where it is nonsense."""
    return FittedModel(
        name=str(data["name"]),
        class_name=str(data["class_name"]),
        params=decode_value(dict(data.get("params") or {})),
        changed=tuple(str(name) for name in data.get("changed") or ()),
        feature_names=tuple(str(name) for name in data.get("feature_names") or ()),
        train_dataset=text_of(data, "train_dataset"),
        fit_seconds=seconds_of(data.get("fit_seconds")),
        size_bytes=_count(data, "size_bytes"),
        artifact=text_of(data, "artifact"),
        fit_count=int(data.get("fit_count") or 1),
    )


def resources_of(data: Mapping[str, Any]) -> Resources:
    """What a `resources` record tells of; ValueError or its like where it is nonsense."""
    series = dict(data.get("series") or {})
    if len({len(values) for values in series.values()}) > 1:
        raise ValueError("resources: the series are not of one length")
    return Resources(
        wall_seconds=seconds_of(data["wall_seconds"]) or 0.0,
        cpu_seconds=seconds_of(data["cpu_seconds"]) or 0.0,
        peak_memory_bytes=_count(data, "peak_memory_bytes"),
        memory_exact=bool(data.get("memory_exact")),
        series={
            str(name): tuple(None if value is None else float(value) for value in values)
            for name, values in series.items()
        },
        cells=tuple(_cell_cost(each) for each in data.get("cells") or ()),
    )


def _cell_cost(data: Mapping[str, Any]) -> CellCost:
    return CellCost(
        number=int(data["number"]),
        name=str(data["name"]),
        status=str(data["status"]),
        duration_seconds=seconds_of(data["duration_seconds"]) or 0.0,
        cpu_seconds=seconds_of(data.get("cpu_seconds")),
        peak_memory_bytes=_count(data, "peak_memory_bytes"),
        cell_id=text_of(data, "cell_id"),
    )


def observed_of(data: Mapping[str, Any]) -> Observed:
    """What an `observed` record tells; ValueError or its like where it is nonsense."""
    names = ("bound", "mutated", "unsure", "read", "used", "settings", "made_files")
    return Observed(
        **{name: tuple(str(each) for each in data.get(name) or ()) for name in names},
        seeds=tuple(
            Seed(str(given_to), decode_value(value), str(source))
            for given_to, value, source in data.get("seeds") or ()
        ),
        random_states=None
        if data.get("random_states") is None
        else {str(name): str(state) for name, state in data["random_states"].items()},
        read_from=None
        if data.get("read_from") is None
        else {str(name): str(run) for name, run in data["read_from"].items()},
        partial=bool(data.get("partial")),
    )


def seconds_of(value: Any) -> float | None:
    """A finite number of seconds; None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no number of seconds")
    return float(value)


def text_of(data: Mapping[str, Any], key: str) -> str | None:
    """What a record says under this key, which is text or nothing."""
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is no text")
    return value


def _texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    found = dict(data.get(key) or {})
    if not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"{key} are not all texts")
    return found


def _count(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < INT64:
        raise ValueError(f"{key} is no count")
    return value


def monitor_of(data: Mapping[str, Any]) -> Monitor:
    """A monitor as `to_dict` told it; what a newer version added is left out.

    Raises ValueError and its like for what is none.
    """
    known = {each.name for each in fields(Monitor)}
    said = {name: value for name, value in data.items() if name in known}
    for name in ("columns", "drifted"):
        said[name] = tuple(_names(said.get(name, [])))
    for name in ("added_at", "looked_at"):
        moment = said.get(name)
        if moment is not None:
            found = datetime.fromisoformat(moment)
            said[name] = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    if said["added_at"] is None:
        raise ValueError("a monitor without added_at")
    for name in ("look_count", "row_count", "revision"):
        if not isinstance(said.get(name, 0), int):
            raise ValueError(f"{name} is no number")
    plain = {"columns", "drifted", "added_at", "looked_at", "look_count", "row_count", "revision"}
    needed = {"name", "reference", "source", "every", "budget", "user"}
    for name in known - plain - {"is_harmful"}:
        value = said.get(name, "" if name not in needed else None)
        if not isinstance(value, str) and (name in needed or value is not None):
            raise ValueError(f"{name} is no text")
    said["is_harmful"] = bool(said.get("is_harmful"))
    return Monitor(**said)


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of names has something else in it")
    return value
