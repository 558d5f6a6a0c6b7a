"""The cards that a shell has shown."""

from __future__ import annotations

from nbmlops.testing import Shell


def cards(shell: Shell) -> list[str]:
    """Their text forms, in order."""
    return [
        data["text/plain"] for data in shell.displayed if "nbmlops" in data.get("text/html", "")
    ]
