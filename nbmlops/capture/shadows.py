"""A method of somebody's object that is listened to for a while, and stands in no traceback.

An exception that passes through a frame is given that frame; a bare `raise` does not add it once
more. So the frame between is taken away from what the method raises.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

__all__ = ["Shadow"]


class Shadow:
    """Calls `heard` with the arguments of each call of `owner.name` that has returned.

    Raises AttributeError or TypeError for an object whose methods cannot be shadowed. `stop` puts
    back what was there; a shadow that somebody kept does nothing but pass on.
    """

    def __init__(self, owner: Any, name: str, heard: Callable[..., object]) -> None:
        self._owner, self._name = owner, name
        self._is_on = True
        self._earlier = vars(owner).get(name)
        method = getattr(owner, name)

        def listening(*args: Any, **options: Any) -> Any:
            try:
                result = method(*args, **options)
            except BaseException as error:
                trace = error.__traceback__
                error.__traceback__ = None if trace is None else trace.tb_next
                raise
            if self._is_on:
                try:
                    heard(*args, **options)
                except Exception:  # noqa: BLE001 - what was done was done
                    self._is_on = False
            return result

        listening.listener = self  # type: ignore[attr-defined]
        self._shadow = listening
        setattr(owner, name, listening)

    def stop(self) -> None:
        """Listen no more."""
        self._is_on = False
        if vars(self._owner).get(self._name) is self._shadow:  # else another listens above it
            while isinstance(below := getattr(self._earlier, "listener", None), Shadow):
                if below._is_on:
                    break
                self._earlier = below._earlier  # which ended before this one did
            with contextlib.suppress(AttributeError, TypeError):
                if self._earlier is None:
                    delattr(self._owner, self._name)
                else:
                    setattr(self._owner, self._name, self._earlier)
