"""Forms of a library's own that data goes into before a training: which data is inside of one."""

from __future__ import annotations

import weakref
from types import FrameType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.watching.seen import DataSeen, FitSeen

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["Containers"]


class Containers:
    """The matrices or pools that were seen being made, in this cell or an earlier one.

    They are held weakly, with the fingerprint of what went in, which may be gone since. They are
    told apart by identity, because not all of them have a hash.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Any], DataSeen | None, DataSeen | None]] = {}

    def made(
        self, watch: Watch, container: Any, data: Any, target: Any, user: FrameType | None
    ) -> None:
        """A container is made of data and of what is to be predicted."""
        key, made = id(container), self._made
        seen = watch.reading(data, user, "X"), watch.reading(target, user, "y")
        made[key] = (weakref.ref(container, lambda _: made.pop(key, None)), *seen)

    def knows(self, container: Any) -> bool:
        """Whether a container was seen being made."""
        held = self._made.get(id(container))
        return held is not None and held[0]() is container

    def learn(self, watch: Watch, fit: FitSeen, container: Any) -> None:
        """A fit learns from what is in a container."""
        if self.knows(container):
            _, data, target = self._made[id(container)]
            fit.train = watch.becomes(data, "train")
            watch.becomes(target, "train")

    def use(self, watch: Watch, container: Any) -> None:
        """A model looks at what is in a container while it learns."""
        if self.knows(container):
            for known in self._made[id(container)][1:]:
                watch.becomes(known, "test")
