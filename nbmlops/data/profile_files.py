"""Profiles as files: a zip of plain arrays and one JSON document, with no code and no row in it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from nbmlops.data.numbers import Numbers
from nbmlops.data.profile import ColumnProfile, Profile
from nbmlops.errors import InvalidDataError

__all__ = ["MAGIC", "packed", "profile_from_bytes"]

FORMAT = "nbmlops-profile 1"
MAGIC = b"PK\x03\x04"
MOST_BYTES = 1 << 30  # unpacked: what is larger is no profile


def packed(profile: Profile) -> bytes:
    """A thin profile as bytes."""
    listed: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for place, column in enumerate(profile.columns):
        said: dict[str, Any] = {
            "name": column.name,
            "dtype": column.dtype,
            "form": column.form,
            "row_count": column.row_count,
            "missing_count": column.missing_count,
            "distinct_count": column.distinct_count,
            "rest_count": column.rest_count,
            "mean": column.mean,
            "deviation": column.deviation,
            "reason": column.reason,
        }
        numbers = column.numbers
        if numbers is not None and numbers.points is not None:
            said |= {"count": numbers.count, "error": numbers.error}
            said |= {"doubt": numbers.doubt} if numbers.doubt else {}
            arrays[f"{place}.points"] = numbers.points
            # Ranks of a grid grow evenly, so that their differences take next to no room.
            for name, ranks in (("below", numbers.below), ("upto", numbers.upto)):
                assert ranks is not None
                arrays[f"{place}.{name}"] = np.diff(ranks, prepend=0.0)
        elif column.counts is not None:
            said["levels"] = list(column.levels)
            arrays[f"{place}.counts"] = column.counts
        listed.append(said)
    head = {
        "format": FORMAT,
        "row_count": profile.row_count,
        "source": profile.source,
        "whole_count": profile.whole_count,
        "columns": listed,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("profile.json", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, json.dumps(head, ensure_ascii=True))
        for name, array in arrays.items():
            piece = io.BytesIO()
            np.lib.format.write_array(piece, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, piece.getvalue())
    return stream.getvalue()


def profile_from_bytes(content: bytes, source: str = "") -> Profile:
    """The profile of such bytes. Raises InvalidDataError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise ValueError("it is too large")
            head = json.loads(archive.read("profile.json"))
            if head["format"] != FORMAT:
                raise ValueError(f"its format is {str(head['format'])[:40]!r}")
            columns = tuple(
                _column(archive, place, said) for place, said in enumerate(head["columns"])
            )
            whole = head.get("whole_count")
            return Profile(
                int(head["row_count"]),
                columns,
                source or str(head["source"]),
                None if whole is None else int(whole),
            )
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError) as bad:
        raise InvalidDataError(
            source or "profile", f"it is no profile ({str(bad)[:100]})"
        ) from None


def _column(archive: zipfile.ZipFile, place: int, said: dict[str, Any]) -> ColumnProfile:
    def array(name: str) -> np.ndarray[Any, Any]:
        piece = io.BytesIO(archive.read(f"{place}.{name}.npy"))
        found = np.lib.format.read_array(piece, allow_pickle=False)
        if found.ndim != 1:
            raise ValueError("an array of it has a shape that no profile has")
        return np.asarray(found)

    kept = ("name", "dtype", "form", "reason")
    more: dict[str, Any] = {name: str(said[name]) for name in kept}
    more |= {name: int(said[name]) for name in ("row_count", "missing_count", "rest_count")}
    for name in ("mean", "deviation"):
        more[name] = None if said[name] is None else float(said[name])
    distinct = said["distinct_count"]
    if "count" in said:
        points, below, upto = array("points"), np.cumsum(array("below")), np.cumsum(array("upto"))
        if not len(points) == len(below) == len(upto):
            raise ValueError("its arrays are of different lengths")
        more["numbers"] = Numbers(
            int(said["count"]),
            points=points,
            below=below,
            upto=upto,
            error=float(said["error"]),
            doubt=float(said.get("doubt", 0.0)),
        )
    elif "levels" in said:
        levels, counts = tuple(map(str, said["levels"])), array("counts")
        if len(levels) != len(counts):
            raise ValueError("its levels and counts are of different lengths")
        more |= {"levels": levels, "counts": counts.astype(np.int64)}
    return ColumnProfile(**more, distinct_count=None if distinct is None else int(distinct))
