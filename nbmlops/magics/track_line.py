"""Finding and taking the `%%track` line of a cell; nothing here runs or records anything."""

from __future__ import annotations

import ast
import contextlib
import re
from typing import Any

__all__ = ["body_below_magic", "find_track_line", "take_track_line"]

# Cell magics that run their body in the user's namespace themselves; `%%track` may stand below.
TRANSPARENT = ("time", "timeit", "capture", "prun")
_TRACK_LINE = re.compile(r"%%track(?=\s|$)(?P<line>[^\n]*)")
_OTHER_MAGIC = re.compile(rf"%%(?:{'|'.join(TRANSPARENT)})(?=\s|$)")


def find_track_line(source: str) -> str | None:
    """What stands behind `%%track` at the head of a cell, or None.

    Blank lines, comments and transparent cell magics may stand above it.

    >>> find_track_line("# fit\\n\\n%%time\\n%%track churn --silent\\nx = 1")
    ' churn --silent'
    >>> find_track_line("x = 1\\n%%track")
    """
    for line in source.splitlines():
        text = line.strip()
        if not text or text.startswith("#") or _OTHER_MAGIC.match(text):
            continue
        found = _TRACK_LINE.match(text)
        return found.group("line") if found else None
    return None


def take_track_line(lines: list[str]) -> list[str]:
    """The cell with its `%%track` line as a comment, so that line numbers stay (a transformer)."""
    try:
        return _without_track_line(lines)
    except Exception:  # noqa: BLE001 - the cell runs whatever happens to us
        return [f"# {line}" if line.lstrip().startswith("%%track") else line for line in lines]


def _without_track_line(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not _TRACK_LINE.match(text):
            return lines
        rest = lines[index + 1 :]
        for below, other in enumerate(rest):
            if other.strip() and not other.lstrip().startswith("#"):
                # Another cell magic has to be the first line to be seen as one.
                if other.startswith("%%"):
                    return rest[below:]
                break
        return [*lines[:index], f"# {line.lstrip()}", *rest]
    return lines


# IPython asks transformers while a cell is being typed, too; with this mark it leaves ours out
# then, so that `%%track` waits for its body in a terminal as every cell magic does.
take_track_line.has_side_effects = True  # type: ignore[attr-defined]


def body_below_magic(tree: ast.Module, shell: Any) -> ast.Module:
    """The syntax of the body where the cell is `%%time`, `%%capture` or the like."""
    match tree.body:
        case [
            ast.Expr(
                ast.Call(
                    ast.Attribute(attr="run_cell_magic"),
                    [ast.Constant(name), ast.Constant(), ast.Constant(body)],
                )
            )
        ]:
            if name in TRANSPARENT and isinstance(body, str):
                with contextlib.suppress(SyntaxError, ValueError):
                    below: ast.Module = ast.parse(str(shell.transform_cell(body)))
                    return below
    return tree
