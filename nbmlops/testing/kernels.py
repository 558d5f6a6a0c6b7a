"""A real Jupyter kernel, and what it answers to a cell, message by message."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Answer", "Kernel"]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Answer:
    """Everything a front end sees of one cell."""

    status: str = ""
    execution_count: int = 0
    stdout: str = ""
    stderr: str = ""
    result: dict[str, Any] | None = None
    displays: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    message: str = ""
    traceback: str = ""

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The run cards among the displays."""
        return [data for data in self.displays if "nbmlops" in data.get("text/html", "")]


class Kernel:
    """A started `python3` kernel; use it as a context manager."""

    def __init__(
        self,
        *,
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        from jupyter_client.manager import KernelManager

        self.manager: Any = KernelManager(kernel_name="python3")
        self.metadata = {"cellId": "cell-1"} if metadata is None else metadata
        arguments = ["--InteractiveShell.colors=NoColor", "--HistoryManager.enabled=False"]
        self.manager.start_kernel(
            env={**os.environ, **(environment or {})},
            cwd=str(folder) if folder else None,
            extra_arguments=arguments,
        )
        self.client: Any = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def send(self, cell: str, *, silent: bool = False) -> str:
        """Ask for a cell to be executed; the id of the request."""
        content = {
            "code": cell,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata=self.metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def run(self, cell: str, *, seconds: float = 60) -> Answer:
        """What the kernel answers to a cell. Raises queue.Empty when it takes too long."""
        return self.answer(self.send(cell), seconds=seconds)

    def answer(self, request: str, *, seconds: float = 60) -> Answer:
        """What the kernel answers to a request that was sent."""
        answer = Answer()
        while True:
            message = self.client.get_iopub_msg(timeout=seconds)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            self._take(answer, kind, content)
        while True:
            reply = self.client.get_shell_msg(timeout=seconds)
            if reply["parent_header"].get("msg_id") == request:
                answer.status = reply["content"]["status"]
                return answer

    @staticmethod
    def _take(answer: Answer, kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            if content["name"] == "stdout":
                answer.stdout += content["text"]
            else:
                answer.stderr += content["text"]
        elif kind == "execute_result":
            answer.result = content["data"]
        elif kind in ("display_data", "update_display_data"):
            answer.displays.append(content["data"])
        elif kind == "execute_input":
            answer.execution_count = content["execution_count"]
        elif kind == "error":
            answer.error, answer.message = content["ename"], content["evalue"]
            answer.traceback = _ANSI.sub("", "\n".join(content["traceback"]))
