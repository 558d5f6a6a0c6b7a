"""The door of an exported file: the same bad input, under digests that are right."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from bad_input import Row
from doors import Outcome, flagged, outcome_of, read

from nbmlops.errors import NbmlopsError
from nbmlops.store.framing import frame
from nbmlops.store.journal import new_ulid
from nbmlops.workspace import Workspace

__all__ = ["IMPORTED", "through_import", "write_export"]

DIGEST = hashlib.sha256(b"bytes").hexdigest()
ARTIFACT = {"name": "kept.txt", "digest": DIGEST, "size_bytes": 5, "media_type": "text/plain"}
STARTED = {"name": "n", "experiment": "imported", "kind": "cell", "parent": None, "started_at": 1}

# What a file says in which record, by verb.
IMPORTED = {
    "experiment": lambda given: ("run_started", {**STARTED, "experiment": given}),
    "run name": lambda given: ("renamed", {"name": given}),
    "artifact name": lambda given: ("artifact", {**ARTIFACT, "name": given}),
    "metric name": lambda given: ("metric", {given: 0.5}),
    "param name": lambda given: ("params", {"values": {given: 1}, "source": "explicit"}),
    "tag name": lambda given: ("tags", {"set": {given: "v"}}),
    "tag removed": lambda given: ("tags", {"remove": [given]}),
    "dataset name": lambda given: (
        "dataset",
        {"name": given, "role": "train", "kind": "frame", "digest": "d"},
    ),
    "run id": lambda given: ("note", {"text": ""}),
    "digest": lambda given: ("artifact", {**ARTIFACT, "digest": given}),
}


def write_export(
    path: Path, run: str, records: list[tuple[str, Any]], artifacts: dict[str, bytes] | None = None
) -> None:
    """An export of one run that says these things, with every digest as it has to be."""
    said = [
        {"s": at, "t": at + 1, "k": kind, "r": run, "d": data}
        for at, (kind, data) in enumerate(records)
    ]
    members = {"events.nbj": b"".join(frame(json.dumps(record).encode()) for record in said)}
    members |= {f"artifacts/{digest}": data for digest, data in (artifacts or {}).items()}
    manifest = {
        "format": "nbmlops-export",
        "version": 1,
        "runs": [run],
        "members": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in members.items()
        },
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))


def through_import(row: Row, ws: Workspace, file: Path) -> Outcome:
    run = row.given if row.verb == "run id" else new_ulid()
    kind, data = IMPORTED[row.verb](row.given)
    records = [("run_started", STARTED), (kind, data), ("run_ended", {"status": "succeeded"})]
    if kind == "run_started":
        del records[0]
    write_export(file, run, records, {DIGEST: b"bytes"})
    try:
        added = ws.runs.import_(file)
    except NbmlopsError as error:
        return outcome_of(error)
    assert list(added) == [run]
    found = ws.runs.get(run)
    if row.verb == "tag removed":
        return Outcome(stored=row.stored)
    return Outcome(stored=read(found, row, ws), flagged=flagged(found))
