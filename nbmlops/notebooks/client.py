"""The nbclient that runs the cells: papermill's, with outputs that cannot fill the memory.

Of a stream that is too long the head and the tail are kept, with a line between that says how
much was left out; displays beyond the limit are counted and left out.
"""

from __future__ import annotations

import re
from typing import Any

from nbformat.v4 import new_output, output_from_msg
from papermill.clientwrap import PapermillNotebookClient

from nbmlops.notebooks.recording import Recording

__all__ = ["NotebookClient"]

STREAM_CHARACTERS = 4 << 20
DISPLAY_CHARACTERS = 32 << 20
TAIL_CHARACTERS = 64 << 10
IOPUB_SECONDS = 30

_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n\r])")


class NotebookClient(PapermillNotebookClient):  # type: ignore[misc]
    """Talks to the kernel and fills the cells' outputs; `reply` is the kernel's last word."""

    def __init__(self, recording: Recording, **options: Any) -> None:
        # The kernel's reply says what a cell came to; outputs that come too late are no error.
        options = {"iopub_timeout": IOPUB_SECONDS, "raise_on_iopub_timeout": False, **options}
        super().__init__(recording, **options, timeout=None, on_cell_executed=self._executed)
        self.reply: dict[str, Any] = {}
        self.begin_cell()

    def begin_cell(self) -> None:
        """Forget what the cell before has printed and replied."""
        self.reply = {}
        self._stream_count = self._display_count = 0
        self._left_out_count = 0
        self._left_out_displays = 0
        self._tail = ""

    def end_cell(self, outputs: list[Any]) -> None:
        """Bring a cell's outputs into their final form."""
        for output in outputs:
            if output.output_type == "stream" and "\r" in output.text:
                output["text"] = _OVERWRITTEN.sub("", output.text)
        if self._left_out_displays:
            note = f"[{self._left_out_displays} displays beyond the limit were left out]\n"
            outputs.append(new_output("stream", name="stderr", text=note))
        if self._left_out_count > len(self._tail):
            self._tail = self._tail.partition("\n")[2] or self._tail
        if left_out := self._left_out_count - len(self._tail):
            note = f"\n[… {left_out:,} characters of output were left out …]\n{self._tail}"
            outputs.append(new_output("stream", name="stdout", text=note))
        elif self._tail:
            outputs.append(new_output("stream", name="stdout", text=self._tail))

    def _executed(self, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        del cell, cell_index
        self.reply = execute_reply

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Take one output, unless the cell has had its share."""
        content = msg["content"]
        if self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        if msg["msg_type"] == "stream":
            return self._stream(outs, msg, cell_index, content)
        size = _size(content.get("data"))
        if self._display_count + size > DISPLAY_CHARACTERS:
            self._left_out_displays += 1
            return None
        self._display_count += size
        return super().output(outs, msg, display_id, cell_index)

    def _stream(self, outs: Any, msg: Any, cell_index: int, content: dict[str, Any]) -> Any:
        text = str(content.get("text", ""))
        room = STREAM_CHARACTERS - self._stream_count
        if len(text) > room:
            # Between two lines, because half of a secret would be known by nobody as one.
            cut = text.rfind("\n", 0, max(room, 0)) + 1 or max(room, 0)
            rest, text = text[cut:], text[:cut]
            self._left_out_count += len(rest)
            self._tail = (self._tail + rest)[-TAIL_CHARACTERS:]
            self._stream_count = STREAM_CHARACTERS
            if not text:
                return None
            content["text"] = text
        else:
            self._stream_count += len(text)
        last = outs[-1] if outs and not self.clear_before_next_output else None
        if last is not None and last.output_type == "stream" and last.name == content["name"]:
            last["text"] += text
            return output_from_msg(msg)  # what has just come, for who logs it
        return super().output(outs, msg, None, cell_index)

    def clear_output(self, outs: Any, msg: Any, cell_index: int) -> None:
        """Clear a cell's outputs; it may print as much again."""
        self._stream_count = self._display_count = 0
        self._left_out_count = self._left_out_displays = 0
        self._tail = ""
        super().clear_output(outs, msg, cell_index)


def _size(data: Any) -> int:
    if isinstance(data, str):
        return len(data)
    if isinstance(data, dict):
        return sum(_size(value) for value in data.values())
    if isinstance(data, list):
        return sum(_size(value) for value in data)
    return 8
