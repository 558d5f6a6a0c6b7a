"""skops files that are the same bytes whenever they hold the same model.

skops names the members of its archive after the addresses of objects and stamps them with the time
of day, so that no two dumps of one model are alike; and small models are mostly schema.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

__all__ = ["canonical"]

SCHEMA = "schema.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that an archive can name
LEVEL = 6


def canonical(dumped: bytes) -> bytes:
    """The same model, its members and objects counted in the order in which they come, deflated."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(dumped)) as source,
        zipfile.ZipFile(written, "w") as target,
    ):
        members = frozenset(source.namelist())
        schema = json.loads(source.read(SCHEMA))
        renamed: dict[str, str] = {}
        _renumber(schema, members, {}, renamed)
        text = json.dumps(schema, separators=(",", ":")).encode()
        _write(target, SCHEMA, text)
        for old, new in renamed.items():
            _write(target, new, source.read(old))
    return written.getvalue()


def _renumber(
    part: Any, members: frozenset[str], ids: dict[Any, int], renamed: dict[str, str]
) -> None:
    """Replace ids of objects and names of members; the order of keys has a meaning and stays."""
    todo = [part]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            for key, value in part.items():
                if key == "__id__":
                    part[key] = ids.setdefault(value, len(ids) + 1)
                elif key == "file" and isinstance(value, str) and value in members:
                    extension = value[value.rfind(".") :]
                    part[key] = renamed.setdefault(value, f"{len(renamed) + 1:06}{extension}")
            todo += reversed(part.values())
        elif isinstance(part, list):
            todo += reversed(part)


def _write(target: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    target.writestr(member, data, compresslevel=LEVEL)
