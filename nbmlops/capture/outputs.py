"""Head and tail of what a cell prints, without standing in its way.

The stream object stays the one it is (handlers of `logging` keep references to it); only its
`write` is shadowed while the cell runs.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections import deque
from typing import Any

from nbmlops.capture.redaction import WINDOW, redact, redact_head, redact_tail
from nbmlops.capture.shadows import Shadow
from nbmlops.capture.values import storable

__all__ = ["Tee", "clean_text", "shown_text"]

HEAD_CHARACTERS = 24 * 1024
TAIL_CHARACTERS = 24 * 1024

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P^_X][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """Text as a terminal would show it at the end: no escapes, only what a line's last \\r left.

    >>> clean_text("10%\\r50%\\r100%\\n\\x1b[31mred\\x1b[0m\\x07")
    '100%\\nred'
    """
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    return _CONTROLS.sub("", text)


def shown_text(text: str) -> str:
    """Text as `clean_text` gives it, of characters that every store can hold."""
    return clean_text(storable(text))


class _Stream:
    """What one stream said: a beginning and an end, each with a window more to look for secrets."""

    def __init__(self) -> None:
        self.head: list[str] = []
        self.head_size = 0
        self.tail: deque[str] = deque()
        self.tail_size = 0
        self.size_bytes = 0
        self.is_whole = True

    def hear(self, text: Any, *_: Any) -> None:
        if type(text) is str:
            self.take(text)

    def take(self, text: str) -> None:
        self.size_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if self.head_size < HEAD_CHARACTERS + WINDOW:
            part = text[: HEAD_CHARACTERS + WINDOW - self.head_size]
            self.head.append(part)
            self.head_size += len(part)
            text = text[len(part) :]
        if text:
            self.is_whole = self.is_whole and self.tail_size + len(text) <= TAIL_CHARACTERS
            text = text[-TAIL_CHARACTERS - WINDOW :]
            self.tail.append(text)
            self.tail_size += len(text)
            while self.tail_size - len(self.tail[0]) >= TAIL_CHARACTERS + WINDOW:
                self.tail_size -= len(self.tail.popleft())

    def record(self, name: str) -> dict[str, Any]:
        head, tail = "".join(self.head), "".join(self.tail)
        if self.is_whole:
            head, tail = redact(shown_text(head + tail)), ""
        else:
            tail = redact_tail(head + tail, TAIL_CHARACTERS, shown_text)
            head = redact_head(head, HEAD_CHARACTERS, shown_text)
        return {"stream": name, "head": head, "tail": tail, "size_bytes": self.size_bytes}


class Tee:
    """Listens to stdout and stderr from `start` until `stop`."""

    def __init__(self) -> None:
        self._streams = {"stdout": _Stream(), "stderr": _Stream()}
        self._shadows: list[Shadow] = []

    def start(self) -> None:
        """Begin to listen; nothing changes where it does so already."""
        if self._shadows:
            return
        for name, kept in self._streams.items():
            # A stream that cannot be shadowed is not listened to.
            with contextlib.suppress(AttributeError, TypeError):
                self._shadows.append(Shadow(getattr(sys, name), "write", kept.hear))

    @property
    def size_bytes(self) -> int:
        """How much was printed so far."""
        return sum(kept.size_bytes for kept in self._streams.values())

    def forget(self) -> None:
        """Stop listening, where nobody wants to know what was said."""
        while self._shadows:
            self._shadows.pop().stop()

    def stop(self) -> list[dict[str, Any]]:
        """Stop listening; the data of one `output` record per stream that said something."""
        self.forget()
        return [kept.record(name) for name, kept in self._streams.items() if kept.size_bytes]
