"""What is known of a cell, and the guard that keeps failures of ours away from it.

Blocks and notebooks are told of these too, and load nothing of what looks into cells.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any

from nbmlops.capture.run import ActiveRun
from nbmlops.capture.telling import words_of
from nbmlops.capture.values import to_text

__all__ = ["CellFacts", "cell_data", "guard"]

SOURCE_BYTES = 256 * 1024
PATH_BYTES = 4096


@dataclass(frozen=True, slots=True)
class CellFacts:
    """What is known of a cell before it runs."""

    source: str
    cell_id: str | None = None
    notebook_path: str | None = None
    notebook_name: str | None = None
    execution_count: int | None = None
    kernel_id: str | None = None


class guard:  # noqa: N801 - reads as a statement: `with guard(run, "…"):`
    """Turns any failure of ours inside the block into a warning of the run."""

    def __init__(self, run: ActiveRun | None, what: str) -> None:
        self._run = run
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            return True
        if not isinstance(error, Exception):
            return False
        if self._run is not None:
            try:
                self._run.warn("capture-failed", f"{self._what}: {words_of(error)}")
            except Exception:  # noqa: BLE001 - the warning itself must not hurt either
                return True
        return True


def cell_data(facts: CellFacts) -> dict[str, Any]:
    """The data of a `cell` record; the digest is of the source as executed, before redaction."""
    return {
        "source": _without_secrets(facts.source),
        "digest": hashlib.sha256(facts.source.encode("utf-8", "surrogatepass")).hexdigest(),
        "cell_id": facts.cell_id,
        "notebook_path": facts.notebook_path and to_text(facts.notebook_path, PATH_BYTES),
        "notebook_name": facts.notebook_name and to_text(facts.notebook_name, PATH_BYTES),
        "execution_count": facts.execution_count,
        "kernel_id": facts.kernel_id,
    }


@lru_cache(maxsize=8)
def _without_secrets(source: str) -> str:
    # A cell that is run again and a loop of runs in one script say the same source each time, and
    # looking for secrets takes most of a millisecond for each thousand characters.
    return to_text(source, SOURCE_BYTES)
