"""What the terminal prints: results on standard output, errors on standard error.

Nothing else in the package prints. Colors appear on a terminal only, and never where NO_COLOR is
set; whatever came from a recording is printed without control characters, so that a run's name
cannot move the cursor or retitle the window.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

from nbmlops.cli.streams import is_unicode
from nbmlops.errors import NbmlopsError
from nbmlops.wording import printable

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "complain",
    "console",
    "echo",
    "echo_json",
    "is_watched",
    "printable",
    "remark",
    "show_error",
]

RED, DIM, BOLD, PLAIN = "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
PIPED_WIDTH = 160


def console(*, error: bool = False) -> Console:
    """The rich console of standard output, or of standard error; wide where nobody watches."""
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - within rich's own handler, which would leave with 1

    stream = sys.stderr if error else sys.stdout
    watched = stream.isatty() or "COLUMNS" in os.environ
    return Screen(
        file=stream, highlight=False, soft_wrap=False, width=None if watched else PIPED_WIDTH
    )


def is_watched(screen: Console) -> bool:
    """True where something that moves is seen; a notebook asks for color and is no terminal."""
    return screen.is_terminal and screen.file.isatty()


def echo(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(printable(text) + "\n")


def echo_json(record: Any) -> None:
    """Print one JSON document: records under their own names, two spaces of indentation."""
    import json

    from nbmlops.records import to_dict

    def said(found: re.Match[str]) -> str:
        # What acts on a terminal, and lone surrogates, which no UTF-8 has, JSON says as escapes.
        return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]

    text = json.dumps(
        to_dict(record),
        indent=2,
        ensure_ascii=not is_unicode(sys.stdout.encoding),
        default=str,
    )
    sys.stdout.write(re.sub(r"[^\n -~]", said, text) + "\n")


def complain(message: str, hint: str = "") -> None:
    """Print a message and a hint on standard error."""
    stream = sys.stderr
    red, dim, plain = (RED, DIM, PLAIN) if _is_colored(stream) else ("", "", "")
    lines = [f"{red}nbmlops: {printable(message)}{plain}"]
    if hint:
        lines.append(f"{dim}{printable(hint)}{plain}")
    stream.write("\n".join(lines) + "\n")


def remark(message: str) -> None:
    """Print on standard error what is worth knowing and no error."""
    sys.stderr.write(f"nbmlops: {printable(message)}\n")


def show_error(error: NbmlopsError, *, as_json: bool = False) -> None:
    """Print an error of ours: message and hint, or one JSON object where JSON was asked for."""
    if not as_json:
        complain(error.message, error.hint)
        return
    import json

    from nbmlops.records import to_dict

    shape = {
        "kind": _kind(error),
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "details": to_dict(error.details),
    }
    sys.stderr.write(json.dumps({"error": shape}, default=str) + "\n")


def _kind(error: NbmlopsError) -> str:
    line = type(error).__mro__
    return line[max(line.index(NbmlopsError) - 1, 0)].__name__


def _is_colored(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
