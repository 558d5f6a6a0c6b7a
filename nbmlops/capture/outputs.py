"""Head and tail of what a cell prints, without standing in its way.

The stream object stays the one it is (handlers of `logging` keep references to it); only its
`write` is shadowed while the cell runs, and a leftover shadow does nothing but pass on.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from typing import Any

from nbmlops.capture.redaction import WINDOW, redact, redact_head, redact_tail
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
        self._shadows: list[tuple[Any, Any, Any]] = []
        self._on = False

    def start(self) -> None:
        """Begin to listen."""
        self._on = True
        for name, kept in self._streams.items():
            stream = getattr(sys, name)
            try:
                self._shadow(stream, kept)
            except (AttributeError, TypeError):
                continue  # a stream that cannot be shadowed is not listened to

    def _shadow(self, stream: Any, kept: _Stream) -> None:
        write = stream.write
        take = kept.take

        def listening_write(text: str, *rest: Any) -> Any:
            written = write(text, *rest)
            try:
                if self._on and type(text) is str:
                    take(text)
            except Exception:  # noqa: BLE001 - what was printed was printed
                self._on = False
            return written

        earlier = vars(stream).get("write")
        listening_write.tee = self  # type: ignore[attr-defined]
        listening_write.earlier = earlier  # type: ignore[attr-defined]
        stream.write = listening_write
        self._shadows.append((stream, listening_write, earlier))

    def stop(self) -> list[dict[str, Any]]:
        """Stop listening; the data of one `output` record per stream that said something."""
        self._on = False
        for stream, shadow, earlier in self._shadows:
            if vars(stream).get("write") is not shadow:
                continue  # another one listens above this one, and will take it away with its own
            while isinstance(getattr(earlier, "tee", None), Tee) and not earlier.tee._on:
                earlier = earlier.earlier
            if earlier is None:
                del stream.write
            else:
                stream.write = earlier
        self._shadows.clear()
        return [kept.record(name) for name, kept in self._streams.items() if kept.size_bytes]
