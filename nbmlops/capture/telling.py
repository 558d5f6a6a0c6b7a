"""Telling the user something beside their cell, which goes on as if nothing were said."""

from __future__ import annotations

import sys
import warnings

__all__ = ["tell", "words_of"]


def tell(message: str, category: type[Warning] = UserWarning) -> None:
    """Show a warning at the user's own line; never raises, whatever their filters say."""
    try:
        level, frame = 1, sys._getframe()
        while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__")):
            level, frame = level + 1, frame.f_back
        shown = message.encode("utf-8", "backslashreplace").decode()  # no stream takes surrogates
        warnings.warn(shown, category, stacklevel=level)
    except Exception:  # noqa: BLE001 - filters that turn warnings into errors, a broken showwarning
        return


def words_of(error: BaseException) -> str:
    """The kind of an exception and its message, or its kind alone where the message cannot be had.

    >>> words_of(KeyError("auc"))
    "KeyError: 'auc'"
    """
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - a broken __str__ of somebody's exception
        return type(error).__name__


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and (module == "nbmlops" or module.startswith("nbmlops."))
