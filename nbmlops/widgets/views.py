"""Runs, comparisons and reports of drift as widgets: what they show, they ask the kernel for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbmlops.server.answers import Download
from nbmlops.server.local import ask, key_of
from nbmlops.widgets.view import View, module_text
from nbmlops.workspace import Workspace

__all__ = ["ComparisonView", "DriftView", "RunsView"]

OPENED = ("comparison", "drift", "one_run")  # modules that widgets open in their own place


class _Asking(View):
    """A widget whose views ask by messages; each is answered with its number."""

    def __init__(self, workspace: Workspace, about: Mapping[str, Any]) -> None:
        super().__init__(about={**about, "workspace": key_of(workspace)})
        self._nbm_workspace = workspace
        self.on_msg(self._nbm_told)

    def _nbm_told(self, _: Any, content: Any, __: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind not in ("ask", "module"):
            return
        status, answer = self._nbm_answer(kind, content)
        said: dict[str, Any] = {"type": "answer", "number": content.get("number"), "status": status}
        if isinstance(answer, Download):
            self.send(said, [answer.data])
        else:
            self.send({**said, "answer": answer})

    def _nbm_answer(self, kind: str, content: Mapping[str, Any]) -> tuple[int, Any]:
        if kind == "module":
            name = content.get("name")
            if name not in OPENED:
                return 404, None
            return 200, {"esm": module_text(f"{name}.js"), "css": module_text(f"{name}.css")}
        return ask(
            self._nbm_workspace,
            str(content.get("method", "")),
            str(content.get("path", "")),
            content.get("body"),
        )


class RunsView(_Asking):
    """The table of runs that one search found."""

    _esm = module_text("runs.js")
    _css = module_text("runs.css")


class ComparisonView(_Asking):
    """Runs side by side."""

    _esm = module_text("comparison.js")
    _css = module_text("comparison.css")


class DriftView(_Asking):
    """A report of drift."""

    _esm = module_text("drift.js")
    _css = module_text("drift.css")
