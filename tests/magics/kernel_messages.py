"""What a kernel publishes while a cell runs, as a front end hears it."""

from __future__ import annotations

from typing import Any

from nbmlops.testing import Kernel

__all__ = ["messages_of"]


def messages_of(kernel: Kernel, cell: str) -> list[tuple[str, dict[str, Any], list[Any]]]:
    """Everything that the kernel published while a cell ran: kind, content and buffers."""
    request, heard = kernel.send(cell), []
    while True:
        message = kernel.client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["header"]["msg_type"], message["content"]
        heard.append((kind, content, message["buffers"]))
        if kind == "status" and content["execution_state"] == "idle":
            return heard
