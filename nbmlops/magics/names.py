"""Bare names stay bare names: `runs` is a variable or a NameError, never `%runs`.

IPython's automagic lets a line such as `runs` call `%runs`. People have variables called `model`,
`runs` and `drift`, so our magics are only called with their percent sign.
"""

from __future__ import annotations

from typing import Any

from IPython.core.prefilter import PrefilterChecker
from traitlets import Integer

__all__ = ["keep_bare_names"]


class BareNameChecker(PrefilterChecker):  # type: ignore[misc]
    """Answers before automagic does (priority 700) for the names of our magics."""

    priority = Integer(650)
    names: frozenset[str] = frozenset()

    def check(self, line_info: Any) -> Any:
        """The handler that leaves the line alone, for a bare line that names one of ours."""
        if line_info.esc or line_info.ifun not in self.names:
            return None
        return self.prefilter_manager.get_handler_by_name("normal")


def keep_bare_names(shell: Any, names: frozenset[str]) -> BareNameChecker:
    """Register the checker; the shell's prefilter manager forgets it with `unregister_checker`."""
    checker = BareNameChecker(
        shell=shell, prefilter_manager=shell.prefilter_manager, parent=shell.prefilter_manager
    )
    checker.names = names
    # Checkers register themselves when they are made.
    return checker
