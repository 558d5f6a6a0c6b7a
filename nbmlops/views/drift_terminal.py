"""A drift report for a rich console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.views.drift_lines import Lines
from nbmlops.views.drift_text import text_of
from nbmlops.views.looks import STATE_LOOKS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["DriftPanel"]


class DriftPanel:
    """The text of the report in color: the mark of each line says which."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        styles = {look.mark: look.style for look in STATE_LOOKS.values()}
        for place, line in enumerate(text_of(self._lines, options.max_width).split("\n")):
            text = Text(line, no_wrap=True, overflow="ellipsis")
            if line[:1] in styles:
                text.stylize(styles[line[:1]], 0, 1)
            if place == 0:
                text.stylize("bold", 1)
            elif line.startswith(("  ", "–")) or place in (1, 2):
                text.stylize("dim")
            yield text
