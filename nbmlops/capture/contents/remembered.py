"""The last sight of each name, and what the next one tells: whose objects were changed in place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from nbmlops.capture.contents.clock import Clock, OutOfTimeError
from nbmlops.capture.contents.kinds import Kinds
from nbmlops.capture.contents.walk import Sight, look_whole, sketch_of

__all__ = ["Changed", "Remembered"]


@dataclass(slots=True)
class Changed:
    """Names whose objects a cell changed in place; `unsure` where nobody could see whether it did.

    `reads` are the names that it could read through functions and objects. `is_partial` says that
    not everything was looked at.
    """

    names: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    is_partial: bool = False


class Remembered:
    """The sights of the names of one namespace. No object is kept, only digests."""

    def __init__(self) -> None:
        self._sights: dict[str, Sight] = {}
        self._unseen: set[str] = set()  # there was no time to look at these at all
        self._too_long: dict[str, float] = {}  # seconds in which a name could not be seen whole

    def look_ahead(
        self, names: Iterable[str], namespace: Mapping[str, Any], kinds: Kinds, clock: Clock
    ) -> None:
        """Look at names that were never seen, before a cell may change what they hold."""
        todo, seen = list(names), set(names)
        while todo:
            name = todo.pop()
            if name in namespace and name not in self._sights:
                look = _Look(namespace[name], kinds, clock)
                look.go_on(clock, self._too_long.get(name, 0.0))
                if look.sight is not None:
                    self._sights[name] = look.sight
            if (sight := self._sights.get(name)) is not None:
                todo += sight.reads - seen
                seen |= sight.reads

    def look_again(
        self,
        namespace: Mapping[str, Any],
        *,
        bound: Collection[str],
        touched: Collection[str],
        read: Collection[str],
        stored: Collection[str],
        patched: Collection[str],
        kinds: Kinds,
        clock: Clock,
    ) -> Changed:
        """Look at what a cell bound, may have changed and read, and at all that shares with it.

        Into `stored` the cell has surely stored something; of `patched` it has set an attribute.
        """
        before = self._sights
        for name in [name for name in before if name not in namespace]:
            before.pop(name)
            self._too_long.pop(name, None)
        found = Changed()
        looks: dict[str, _Look] = {}
        objects: dict[int, _Look] = {}  # names of one object look at it once
        shared: set[int] = set()
        used = {*stored, *touched, *read}
        order = [*stored, *touched, *read, *bound]
        while order:
            order = [name for name in dict.fromkeys(order) if name in namespace]
            self._look_at(order, namespace, looks, objects, kinds, clock)
            reads: set[str] = set()
            for name in order:
                for sight in (before.get(name), looks[name].sight):
                    if sight is not None:
                        shared |= sight.shared
                        if name in used:
                            reads |= sight.reads
            used |= reads
            order = sorted(reads - looks.keys())
            found.reads |= reads
        others = [
            name
            for name, sight in before.items()
            if name not in looks and not shared.isdisjoint(sight.shared)
        ]
        self._look_at(others, namespace, looks, objects, kinds, clock)
        missed = {name for name in self._unseen if name in namespace and name not in looks}
        found.is_partial = bool(missed)  # they may share what was changed
        handed = {*touched, *found.reads}
        for name, look in looks.items():
            if name not in bound:
                look.go_on(clock, self._too_long.get(name, 0.0))
                if name in patched and look.is_code and look.is_left_alone:
                    found.names.add(name)
                _judge(found, name, look, before.get(name), name in handed, name in stored)
        self._look_at(missed, namespace, looks, objects, kinds, clock)
        for name, look in looks.items():
            look.go_on(clock, self._too_long.get(name, 0.0))
            self._keep(name, look)
        return found

    @staticmethod
    def _look_at(
        names: Iterable[str],
        namespace: Mapping[str, Any],
        looks: dict[str, _Look],
        objects: dict[int, _Look],
        kinds: Kinds,
        clock: Clock,
    ) -> None:
        for name in names:
            if name not in looks:
                value = namespace[name]
                look = objects.get(id(value)) or _Look(value, kinds, clock)
                looks[name] = objects[id(value)] = look

    def _keep(self, name: str, look: _Look) -> None:
        (self._unseen.add if look.is_late else self._unseen.discard)(name)
        if look.sight is None:
            self._sights.pop(name, None)
        else:
            self._sights[name] = look.sight
        if look.too_long:
            self._too_long[name] = look.too_long
        elif look.is_whole:
            self._too_long.pop(name, None)


class _Look:
    """One look at an object: a sketch at once, the whole later and if there is time."""

    def __init__(self, value: Any, kinds: Kinds, clock: Clock) -> None:
        self._value, self._kinds = value, kinds
        self.sight: Sight | None = None
        self.is_failed = self.is_late = False
        self.too_long = 0.0
        try:
            self.sight = sketch_of(value, kinds, clock)
        except OutOfTimeError:
            self.is_failed = self.is_late = True
        except Exception:  # noqa: BLE001 - an object of any kind; what cannot be read is unseen
            self.is_failed = True

    @property
    def is_whole(self) -> bool:
        """True where there is nothing left to be seen."""
        return not self.is_failed and (self.sight is None or self.sight.whole is not None)

    @property
    def is_code(self) -> bool:
        """True for modules and classes."""
        return issubclass(type(self._value), (ModuleType, type))

    @property
    def is_left_alone(self) -> bool:
        """True where there is nothing in it that could change, or nobody looks."""
        return self.sight is None and not self.is_failed

    def go_on(self, clock: Clock, needed_seconds: float) -> None:
        """Look at the whole, unless it took longer than there is time."""
        left = clock.left_seconds
        if self.is_whole or self.is_failed or self.too_long or left <= needed_seconds:
            return
        try:
            assert self.sight is not None
            self.sight = look_whole(self._value, self.sight, self._kinds, clock)
        except OutOfTimeError:
            self.too_long = left
        except Exception:  # noqa: BLE001 - as above; the sketch stays
            self.too_long = left


def _judge(
    found: Changed, name: str, look: _Look, before: Sight | None, touched: bool, stored: bool
) -> None:
    """Say whether the object of a name was changed, as far as that was seen."""
    sight = look.sight
    if look.is_left_alone:
        return
    same = None if sight is None or before is None else sight.is_same(before)
    found.is_partial = found.is_partial or same is None
    if same is False or (stored and (same is None or (sight and sight.is_opaque))):
        found.names.add(name)
    elif touched and not look.is_code:
        if sight is None or before is None or sight.is_opaque:
            found.unsure.add(name)
