"""Being asked instead of a library, and answering what it would have answered itself.

Nothing of ours may stand between a library and an error of its own. So what is replaced either
cannot fail, as a function that only looks at its argument (`answer`), or is no call at all but the
look-up of a method, which has returned before the method begins (`on_lookup`).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

__all__ = ["Restore", "answer", "on_lookup"]

Restore = Callable[[], None]


def answer(module: ModuleType, name: str, look: Callable[[FrameType], None]) -> Restore | None:
    """Look at who asks for a function's answer from now on; what is returned ends that.

    None where the module has no such function, as in another version of it.
    """
    original = getattr(module, name, None)
    if not callable(original):
        return None

    def answered(*args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(Exception):
            look(sys._getframe(1))
        return original(*args, **kwargs)

    setattr(module, name, answered)

    def restore() -> None:
        if getattr(module, name, None) is answered:
            setattr(module, name, original)

    return restore


class _Asked:
    """A method that tells of its look-up on an instance and is otherwise what it was."""

    __slots__ = ("look", "method")

    def __init__(self, method: Any, look: Callable[[Any, FrameType], None]) -> None:
        self.method = method
        self.look = look

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None:
            with contextlib.suppress(Exception):
                self.look(instance, sys._getframe(1))
        return self.method.__get__(instance, owner)


def on_lookup(
    owner: type | None, name: str, look: Callable[[Any, FrameType], None]
) -> Restore | None:
    """Look at who looks up a method of a class from now on; what is returned ends that.

    None where the class has no such method of its own.
    """
    method = vars(owner).get(name) if owner is not None else None
    if method is None or not callable(method):
        return None
    asked = _Asked(method, look)
    setattr(owner, name, asked)

    def restore() -> None:
        if vars(owner).get(name) is asked:
            setattr(owner, name, method)

    return restore
