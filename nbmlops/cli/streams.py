"""Standard output and error that take every text, whatever their encoding and their reader."""

from __future__ import annotations

import codecs
import io
import sys

__all__ = ["ReaderGoneError", "is_unicode", "speak_plainly"]

# Our own marks where an encoding lacks them, each as wide as before; names become escapes.
_PAIRS = (
    "✓+ ✕x ✗x ★* ●o ○. ■# ↺~ …~ →> ·- ─- │| ├| └| ×x ▼v ▲^ −- –- —- ∞8 ≈~ ▁_ ▂_ ▃. ▄- ▅- ▆= ▇+ █#"
)
_MARKS = {pair[0]: pair[1] for pair in _PAIRS.split()}


class ReaderGoneError(Exception):
    """Whoever read our output has closed it; click would call that a failure of ours."""


def speak_plainly() -> None:
    """Let the streams write what their encoding lacks as something that it has."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not is_unicode(stream.encoding):
            codecs.register_error("nbmlops", _in_marks)
            stream.reconfigure(errors="nbmlops")


def is_unicode(encoding: str | None) -> bool:
    """True for an encoding that has every character, and for a stream that keeps text as it is."""
    return encoding is None or codecs.lookup(encoding).name.startswith("utf")


def _in_marks(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return "".join(_MARKS.get(one) or _escaped(one) for one in text), error.end


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
