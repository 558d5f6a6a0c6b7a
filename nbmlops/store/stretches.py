"""Stretches of journals, read and decoded: what they say, and what is wrong with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from nbmlops.events import INT64, Event, from_record
from nbmlops.store import journal
from nbmlops.store.facts import Facts, add
from nbmlops.store.liveness import Head
from nbmlops.store.upgrades import upgrade

__all__ = ["BATCH_BYTES", "Stretch", "decode", "read_stretch"]

BATCH_BYTES = 5 << 18  # more than the longest record; whoever drains gives way after so many


@dataclass(slots=True)
class Stretch:
    """Part of a journal, read and decoded: what it says and what is wrong with it."""

    writer: str
    path: Path
    start: int
    end: int
    at_end: bool  # nothing whole is left behind `end` in the file
    tail_bytes: int = 0
    torn_bytes: int = 0  # an end that will never be whole, taken as read
    events: list[tuple[int, Event, bytes]] = field(default_factory=list)
    bad_count: int = 0
    bad_bytes: int = 0
    future_count: int = 0
    poison: list[tuple[int, str, bytes]] = field(default_factory=list)
    dead: bool = False
    head: dict[str, Any] | None = None
    closed: bool = False
    floor_ns: int | None = None  # the latest time told so far; None where it does not matter
    known_head: Head = field(default_factory=lambda: Head(None, None, None, None))


def read_stretch(
    path: Path, start: int, limit: int = BATCH_BYTES, *, floor_ns: int | None = -INT64
) -> Stretch:
    """What stands in a journal from `start`, at most about `limit` bytes of it."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        size = os.fstat(descriptor).st_size
        buffer = os.pread(descriptor, min(limit, max(size - start, 0)), start)
    finally:
        os.close(descriptor)
    whole = start + len(buffer) >= size
    return decode(path, buffer, start, whole=whole, floor_ns=floor_ns)


def decode(
    path: Path, buffer: bytes, start: int, *, whole: bool, floor_ns: int | None = -INT64
) -> Stretch:
    """The stretch that these bytes of a journal are.

    `floor_ns` is the latest time that the writer had told before `start`; None for records that
    do not stand in the order in which they were written.
    """
    stretch = Stretch(path.stem, path, start, start + len(buffer), whole, floor_ns=floor_ns)
    for part in journal.scan(buffer):
        if part.kind == "tail":
            if not whole and part.start == 0:  # damage that is longer than any record
                stretch.bad_count, stretch.bad_bytes = 1, len(buffer)
                break
            stretch.end = start + part.start
            stretch.tail_bytes = len(buffer) - part.start
        elif part.kind == "bad":
            stretch.bad_count += 1
            stretch.bad_bytes += part.end - part.start
        elif part.kind == "future":
            stretch.future_count += 1
        else:
            _decode_record(stretch, start + part.start, part)
    return stretch


def _decode_record(stretch: Stretch, offset: int, part: journal.Scanned) -> None:
    try:
        record = upgrade(part.version, orjson.loads(part.payload))
        event = from_record(stretch.writer, record)
        if stretch.floor_ns is not None and event.at_ns < stretch.floor_ns:
            event = replace(event, floor_ns=stretch.floor_ns)
        if event.kind == "head":
            stretch.head = dict(event.data)
        elif event.kind == "end":
            stretch.closed = True
        add(Facts(), event, 0)  # a rehearsal: what cannot become rows is found here
        if stretch.floor_ns is not None:
            stretch.floor_ns = max(event.at_ns, stretch.floor_ns)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as bad:
        stretch.poison.append((offset, f"{type(bad).__name__}: {bad}"[:500], part.payload))
        return
    stretch.events.append((offset, event, part.payload))
