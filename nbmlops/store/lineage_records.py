"""The records of a run's lineage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nbmlops.records import Status

__all__ = ["Lineage", "Link", "LinkedRun", "Thing", "ToldBy"]

ToldBy = Literal["content", "file", "name"]
Kind = Literal["data", "file", "model", "values"]


@dataclass(frozen=True, slots=True)
class LinkedRun:
    """A run as it stands in another's lineage."""

    id: str
    name: str
    experiment: str
    kind: str
    status: Status
    started_at: datetime | None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A run that made something, or used it, and what tells so: content, file or name.

    `name` is what that run calls it, `run_count` of how many runs the same can be said: a link goes
    to the latest of those that made it, or to the first few of those that used it.
    """

    run: LinkedRun
    name: str
    told_by: ToldBy
    run_count: int = 1


@dataclass(frozen=True, slots=True)
class Thing:
    """What a run used or made: its name, and the runs at its other end.

    `kind` is "data", "file", "model" or "values" (of which `name` tells several); `role` that of
    the data set. `source` is the file that it was read from or written to, `trained_on` the data of
    a model.
    """

    name: str
    kind: Kind
    role: str
    type_name: str = ""
    shape: tuple[int, ...] = ()
    digest: str = ""
    source: str | None = None
    trained_on: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a run was made of and what was made of it, one step each way.

    That of a notebook, or of whatever has no data and models of its own, is that of the runs below
    it, seen from outside. `children` are the first of `child_count`, `more_count` tells how many
    things are left out, and `partial` that not everything was looked at, to stay within the time
    allowed.
    """

    run: LinkedRun
    parent: LinkedRun | None = None
    children: tuple[LinkedRun, ...] = ()
    child_count: int = 0
    inputs: tuple[Thing, ...] = ()
    outputs: tuple[Thing, ...] = ()
    more_count: int = 0
    partial: bool = False
