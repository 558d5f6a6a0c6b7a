"""What all our widgets are: one of the built modules with its style, and a plain description."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import anywidget
import traitlets

__all__ = ["VIEW", "View", "is_built", "module_text"]

VIEW = "application/vnd.jupyter.widget-view+json"


@cache
def module_text(name: str) -> str:
    """A built file; "" where the front end was not built, as in a bare checkout."""
    file = resources.files("nbmlops") / "static" / name
    return file.read_text("utf-8") if file.is_file() else ""


def is_built() -> bool:
    """True where there is something that a browser could show."""
    return bool(module_text("card.js"))


class View(anywidget.AnyWidget):
    """A widget of ours. `about` says what it shows; what changes comes as messages."""

    about = traitlets.Dict().tag(sync=True)

    def _nbm_bundle(self) -> dict[str, Any]:
        """The entry of a MIME bundle that shows this widget."""
        return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id}}
