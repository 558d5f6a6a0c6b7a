"""The cells that are executing, each with what is recorded of it."""

from __future__ import annotations

import ast
import threading
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.cell import CellCapture
from nbmlops.capture.facts import CellFacts
from nbmlops.capture.listening import Listening
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.watching import Watch
from nbmlops.magics.live import LiveCard
from nbmlops.magics.options import Parsed
from nbmlops.records import Status
from nbmlops.workspace import Workspace

__all__ = ["Executing", "Executions"]


@dataclass(slots=True)
class Executing:
    """One cell that is executing."""

    info: Any
    facts: CellFacts
    started_ns: int
    started_clock: float
    tree: ast.Module | None = None
    capture: CellCapture | None = None
    options: Parsed | None = None
    workspace: Workspace | None = None
    implicit: list[ActiveRun] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    listening: Listening = field(default_factory=Listening)
    live: LiveCard | None = None


class Executions(threading.local):
    """The cells that each thread is executing, the innermost last."""

    def __init__(self) -> None:
        self.stack: list[Executing] = []
        self.unended: list[tuple[ActiveRun, Status]] = []  # they end when the next cell begins
