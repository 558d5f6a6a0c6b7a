"""Being asked instead of a library, and answering what it would have answered itself.

Nothing of ours may stand between a library and an error of its own. So we look while something is
looked up, which is over before it begins: the `__call__` of what stands in a function's place
(`answer`), which is the function itself, or a method of a class (`on_lookup`). Where a library
enters a context of its own, it is told when that is left (`on_leaving`).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from types import FrameType, ModuleType, TracebackType
from typing import Any

__all__ = ["Restore", "answer", "on_leaving", "on_lookup"]

Restore = Callable[[], None]


def answer(module: ModuleType, name: str, look: Callable[[FrameType], None]) -> Restore | None:
    """Look at who asks for a function's answer from now on; what is returned ends that.

    None where the module has no such function, as in another version of it.
    """
    original = getattr(module, name, None)
    if not callable(original):
        return None
    answering = _Answering(original, look)
    setattr(module, name, answering)

    def restore() -> None:
        if getattr(module, name, None) is answering:
            setattr(module, name, original)

    return restore


class _Call:
    """What Python calls where something is called is looked up first: here it is the original."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with contextlib.suppress(Exception):
            instance.look(sys._getframe(1))
        return instance.original


class _Answering:
    """Stands in a function's place; who calls it calls the function, without a frame of ours."""

    __slots__ = ("look", "original")
    __call__ = _Call()

    def __init__(self, original: Any, look: Callable[[FrameType], None]) -> None:
        self.original = original
        self.look = look


class _Context:
    """A library's context manager that tells when it was left, and whether without an error."""

    __slots__ = ("leave", "manager")

    def __init__(self, manager: Any, leave: Callable[[bool], None]) -> None:
        self.manager = manager
        self.leave = leave

    def __enter__(self) -> Any:
        return self.manager.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        done: bool | None = self.manager.__exit__(kind, error, trace)
        with contextlib.suppress(Exception):
            self.leave(error is None)
        return done


def on_leaving(
    module: ModuleType, name: str, look: Callable[[FrameType], Callable[[bool], None] | None]
) -> Restore | None:
    """Look at who enters a context from now on, and call what `look` returned when it is left, with
    whether that was without an error.

    What is returned ends that; None where the module has no such context manager.
    """
    original = getattr(module, name, None)
    if not callable(original):
        return None

    def entered(*args: Any, **kwargs: Any) -> Any:
        manager, leave = original(*args, **kwargs), None
        with contextlib.suppress(Exception):
            leave = look(sys._getframe(1))
        return manager if leave is None else _Context(manager, leave)

    setattr(module, name, entered)

    def restore() -> None:
        if getattr(module, name, None) is entered:
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
