"""Runs in which a text stands wherever a record can hold one, written as any process could."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

from nbmlops.events import encode_value
from nbmlops.store.journal import new_ulid
from nbmlops.workspace import Workspace

PICTURE = (
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>"
)


def write(
    workspace: Workspace,
    text: str,
    number: int,
    vary: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> str:
    """A run full of this text; its id. `number` makes it differ from its neighbours, `vary` gives
    each record as it is to be written.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")  # as every record has it
    with workspace.runs.track("seed", name="seed") as seed:
        picture = seed.log_artifact(PICTURE, name="seed.svg")
    run = new_ulid()
    digest = hashlib.sha256(text.encode()).hexdigest()
    bits = {
        "source": f"{text}\nx = {number}",
        "digest": digest,
        "cell_id": text,
        "notebook_path": text,
        "notebook_name": text,
        "execution_count": number,
    }
    figure = {"name": f"{text}.svg", "digest": picture.digest, "size_bytes": len(PICTURE)}
    column = [text, text, digest, number]
    data = {
        "role": text,
        "kind": text,
        "digest": digest,
        "row_count": number,
        "columns": [column, [f"{text}{number}", text, digest, 0]],
        "shape": [number, 2],
        "size_bytes": 9,
        "source": text,
        "partial": False,
    }
    model = {
        "class_name": f"m.{text}",
        "params": encode_value({text: text, "n": number}),
        "changed": [text],
        "feature_names": [text, f"{text}{number}"],
        "train_dataset": text,
        "fit_seconds": 1.0,
        "size_bytes": 9,
        "artifact": None,
        "fit_count": 1,
    }
    body = {"python": f"{text}{number}", "platform": text, "packages": {text: f"{number}"}}
    body |= {"variables": {text: text, "V": f"{text}{number}"}}
    names = ("bound", "mutated", "unsure", "read", "used", "settings", "made_files")
    seen = {name: [text] for name in names} | {"seeds": [[text, number, text]]}
    repository = {"commit": text, "branch": text, "remote": text, "dirty": True}
    started = {"name": text, "experiment": text, "kind": text, "parent": text}
    values = encode_value({text: number, "text": f"{text}{number}", "nested": {text: [text]}})
    records: list[tuple[str, dict[str, Any]]] = [
        ("run_started", started | {"started_at": time.time_ns(), "user": text, "host": text}),
        ("cell", bits),
        ("params", {"values": values, "source": text}),
        ("tags", {"set": {text: text, "text": text}}),
        ("note", {"text": text}),
        ("artifact", figure | {"media_type": "image/svg+xml", "kind": "figure"}),
        ("artifact", figure | {"name": text, "media_type": text, "kind": text}),
        ("dataset", data | {"name": text}),
        ("dataset", data | {"name": "data", "role": "train"}),
        ("model", model | {"name": text}),
        ("model", model | {"name": "model"}),
        ("observed", seen | {"random_states": {text: f"{text}{number}"}}),
        ("environment", {"digest": digest, "body": body}),
        ("git", repository | {"diff": f"--- a/{text}\n+++ b/{text}\n@@ -1 +1 @@\n-{text}\n+x"}),
        ("output", {"stream": "stdout", "head": text, "tail": text, "size_bytes": 10**6}),
        ("output", {"stream": text, "head": text, "tail": "", "size_bytes": 9}),
        ("error", {"type": text, "message": text, "traceback": text}),
        ("warning", {"code": text, "message": text}),
        ("resources", {"wall_seconds": 1.0, "cpu_seconds": 1.0} | costs(text)),
        ("run_ended", {"status": "failed", "duration_seconds": 1.0, "reason": text}),
    ]
    writer = workspace.store.writer
    for kind, told in records:
        writer.append(kind, vary(told), run=run)
        if kind == "params":
            for step in range(3):
                writer.append("metric", {text: step + number, "loss": 1.0 / (step + 1)}, run=run)
    workspace.runs.delete(seed.id)
    return run


def costs(text: str) -> dict[str, Any]:
    cell = {"number": 1, "name": text, "status": text, "duration_seconds": 1.0, "cell_id": text}
    return {"cells": [cell], "series": {"at_seconds": [0.0, 1.0, 2.0], text: [1.0, 2.0, 3.0]}}
