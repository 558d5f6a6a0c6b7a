"""The warnings of libraries among what a cell printed."""

from __future__ import annotations

import re

__all__ = ["library_warnings"]

MOST = 20
_WARNING = re.compile(r"(?m)^(\S.*?):(\d+): (\w*Warning): ((?:(?!nbmlops: ).)*)$")
_OF_OTHERS = ("DeprecationWarning", "PendingDeprecationWarning", "ImportWarning")


def library_warnings(printed: str) -> list[str]:
    """Category and first line of each warning, once; those that are meant for developers are not.

    It is read from stderr, in the form of `warnings.formatwarning`, so that nothing stands between
    a library and the `warnings` module.

    >>> library_warnings("/a/b.py:12: ConvergenceWarning: It stopped early.\\n  warnings.warn(\\n")
    ['ConvergenceWarning: It stopped early.']
    """
    found: dict[str, None] = {}
    for _, _, category, message in _WARNING.findall(printed):
        if category not in _OF_OTHERS and message.strip() and len(found) < MOST:
            found[f"{category}: {message.strip()}"] = None
    return list(found)
