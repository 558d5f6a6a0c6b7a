"""The executed notebook while it is executed: what each cell came to, saved so that it stays true.

The vocabulary is papermill's (`metadata.papermill`: status, exception, start_time, end_time,
duration), with what it lacks: cells that never ran stay `pending`, one that was stopped is
`cancelled`, one that its tag skips is `skipped`, and `reason` says why; `cpu_seconds` and
`peak_memory_bytes` of what ran.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from nbmlops.capture.redaction import redact_head
from nbmlops.notebooks import documents

__all__ = ["Recording"]

MARKER_TAG = "papermill-error-cell-tag"  # papermill takes cells with this tag out of a new run
AUTOSAVE_SECONDS = 30.0
SAVING_SHARE = 0.1  # of the time, at most, goes into saving

FINAL = {"succeeded": None, "failed": True, "cancelled": True}


class Recording:
    """A notebook with its execution state, kept at `path` (None: nowhere)."""

    def __init__(
        self,
        notebook: Any,
        path: str | None,
        *,
        new: bool = False,
        redact: Callable[[str], str] | None = None,
        autosave_seconds: float = AUTOSAVE_SECONDS,
    ) -> None:
        self.nb = notebook
        self.path = path
        self.problem: OSError | None = None  # why the last save failed
        self.redact = redact
        self.autosave_seconds = autosave_seconds
        self._new = new
        self._clock: dict[int, float] = {}
        self._started = 0.0
        self._saved_at = 0.0
        self._saving_seconds = 0.0
        self._later: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Set every cell to `pending` and save; raises OSError or AlreadyExistsError."""
        self._started = time.monotonic()
        meta = self.nb.metadata.papermill
        meta.update(
            start_time=_now(), end_time=None, duration=None, exception=None, status="running"
        )
        for cell in self.nb.cells:
            cell.metadata["papermill"] = {
                "exception": None,
                "start_time": None,
                "end_time": None,
                "duration": None,
                "status": "pending",
            }
            if cell.cell_type == "code":
                cell.execution_count = None
                cell.outputs = []
        if self.path is not None:
            document = self.document()
            if self._new:
                documents.create(document, self.path)
            else:
                documents.save(document, self.path)
        self._saved_at = time.monotonic()

    def start_cell(self, index: int) -> None:
        """Say that this cell is running."""
        self._clock[index] = time.monotonic()
        meta = self.nb.cells[index].metadata["papermill"]
        meta.update(status="running", start_time=_now(), exception=False)
        if self.nb.cells[index].cell_type == "code":
            self.save_soon()

    def end_cell(
        self,
        index: int,
        status: str,
        reason: str | None = None,
        used: Mapping[str, Any] | None = None,
    ) -> None:
        """Say what this cell came to, and what it used."""
        cell = self.nb.cells[index]
        meta = cell.metadata["papermill"]
        meta.update(status=status, end_time=_now(), duration=self.seconds(index))
        if status in ("failed", "cancelled"):
            meta["exception"] = True
        if reason:
            meta["reason"] = reason
        meta.update({name: value for name, value in (used or {}).items() if value is not None})
        if cell.cell_type == "code":
            self.save_soon()

    def skip_cell(self, index: int) -> None:
        """Say that this cell is not to be run."""
        self.nb.cells[index].metadata["papermill"]["status"] = "skipped"

    def seconds(self, index: int) -> float:
        """How long this cell has been running."""
        return round(time.monotonic() - self._clock.get(index, time.monotonic()), 6)

    def say(self, index: int, name: str, text: str) -> None:
        """Add an error output to a cell, for what its kernel cannot say anymore."""
        import nbformat

        output = nbformat.v4.new_output(
            "error", ename=name, evalue=text, traceback=[f"{name}: {text}"]
        )
        self.nb.cells[index].outputs.append(output)

    def finish(self, status: str, reason: str | None = None, *, mark: int | None = None) -> None:
        """Say what the whole came to and save; `mark` is a cell to point at from the top."""
        meta = self.nb.metadata.papermill
        meta.update(
            status=status,
            exception=FINAL[status],
            end_time=_now(),
            duration=round(time.monotonic() - self._started, 6),
        )
        if reason:
            meta["reason"] = reason
        if mark is not None:
            self._mark(mark, status, reason or "")
        self._cancel_later()
        self.save()

    def _mark(self, index: int, status: str, reason: str) -> None:
        import nbformat

        escaped = redact_head(reason, 500).replace("&", "&amp;").replace("<", "&lt;")
        escaped = escaped.replace("\n", " ")
        style = 'style="color:#c62828"'
        anchor = f'<span id="papermill-error-cell" {style}>Execution stopped here.</span>'
        top = (
            f"<span {style}>This run has {status}: {escaped} "
            '<a href="#papermill-error-cell">Go to the cell</a>.</span>'
        )
        for position, text in ((index, anchor), (0, top)):
            cell = nbformat.v4.new_markdown_cell(text, metadata={"tags": [MARKER_TAG]})
            if (self.nb.nbformat, self.nb.nbformat_minor) < (4, 5):
                cell.pop("id", None)
            self.nb.cells.insert(position, cell)

    def document(self) -> Any:
        """The notebook as it may be shown: redacted where that was asked for."""
        return documents.redacted(self.nb, self.redact) if self.redact else self.nb

    def save(self) -> None:
        """Save now. A full disk is remembered and does not stop the notebook."""
        if self.path is None:
            return
        began = time.monotonic()
        try:
            documents.save(self.document(), self.path)
            self.problem = None
        except OSError as exc:
            self.problem = exc
        self._saved_at = time.monotonic()
        self._saving_seconds = self._saved_at - began

    def save_soon(self) -> None:
        """Save now, or a little later where saving would take too large a part of the time."""
        if self.path is None or self._later is not None:
            return
        wait = self._saved_at + self._saving_seconds / SAVING_SHARE - time.monotonic()
        if wait <= 0:
            self.save()
        else:
            self._later = asyncio.get_running_loop().call_later(wait, self._save_later)

    def _save_later(self) -> None:
        self._later = None
        self.save()

    def _cancel_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def autosave_cell(self, **_: Any) -> None:
        """Save during a long cell; called for every message (papermill's name for it)."""
        if self.autosave_seconds and time.monotonic() - self._saved_at > self.autosave_seconds:
            self.save_soon()


def _now() -> str:
    return datetime.now(UTC).isoformat()
