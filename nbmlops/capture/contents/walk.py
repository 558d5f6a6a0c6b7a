"""One walk over an object and all that can be reached from it: a digest, and who may share it.

A walk goes level by level, so that where it is cut short, what is near was seen. It comes in two
forms. The sketch takes a bounded time: of long sequences, large buffers and wide graphs it reads
what is spread evenly over them, and always the same. Where that left something out, the whole is
read as well, if there is time. Sketches can be compared with sketches and wholes with wholes,
whatever time there was for the one and for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from gc import get_referents
from itertools import islice
from marshal import dumps
from sys import getrefcount
from typing import Any

from xxhash import xxh3_128

from nbmlops.capture.contents.clock import Clock
from nbmlops.capture.contents.kinds import Kinds

__all__ = ["Sight", "Walk", "look_whole", "sketch_of"]

SKETCH_WORK = 1_000  # values that a sketch looks at; to go into an object is as much as a few
NODE_WORK = 4
LONG = 200  # items, from which on a sketch reads some of them
ITEM_BLOCKS, BLOCK_ITEMS = 16, 8
LARGE_BYTES = 256 * 1024  # from which on a sketch reads some of them
BYTE_BLOCKS, BLOCK_BYTES = 64, 1024
TEXT_LENGTH = 1_000  # of strings that stand for themselves; longer ones keep a hash of their own
FEW = 16  # items that are looked at one by one
CHUNK_ITEMS = 4_096
CHUNK_BYTES = 8 << 20
WITHOUT_REFERENCES = 2  # the form of marshal that does not depend on who else holds an object

_ATOMS = frozenset(map(id, (int, float, bool, complex, type(None), type(...))))
_TEXTS = frozenset(map(id, (str, bytes)))


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of an object. Digests hold for the life of this process only.

    `whole` is None where there was no time for it. `shared` marks objects and memory that others
    may hold too; `reads` are global names that functions read which it holds. `is_opaque` says that
    something in it cannot be looked into, as what is behind a database connection.
    """

    sketch: int
    whole: int | None
    shared: frozenset[int]
    reads: frozenset[str]
    is_opaque: bool

    def is_same(self, before: Sight) -> bool | None:
        """Whether it holds what it held before; None where only a part says that it does."""
        if self.whole is not None and before.whole is not None:
            return self.whole == before.whole
        return False if self.sketch != before.sketch else None


def sketch_of(value: Any, kinds: Kinds, clock: Clock) -> Sight | None:
    """The sketch of an object; None where there is nothing in it that could change.

    Raises OutOfTimeError where there is no time for it, as `look_whole` does.
    """
    if not kinds.is_changeable(value):
        return None
    walk = Walk(kinds, clock, is_whole=False)
    walk.go(value)
    return walk.sight(whole=None if walk.is_part else walk.digest())


def look_whole(value: Any, sketch: Sight, kinds: Kinds, clock: Clock) -> Sight:
    """The sight of an object of which the sketch did not see everything."""
    walk = Walk(kinds, clock, is_whole=True)
    walk.go(value)
    return replace(walk.sight(whole=walk.digest()), sketch=sketch.sketch)


class Walk:
    """A walk, and what readers (see `kinds`) say to it about one object after the other."""

    def __init__(self, kinds: Kinds, clock: Clock, *, is_whole: bool) -> None:
        self.kinds, self.clock, self.is_whole = kinds, clock, is_whole
        self.is_part = False  # something was left out that a whole walk reads
        self.is_opaque = False
        self.shared: set[int] = set()
        self.reads: set[str] = set()
        self._work = 0
        self._hasher = xxh3_128()
        self._found: list[Any] = []  # alive as long as the walk, so that ids stay what they are
        self._places: dict[int, int] = {}

    def go(self, value: Any) -> None:
        """Read an object and all that can be reached from it."""
        found, kinds = self._found, self.kinds
        self.place(value)
        at = 0
        while at < len(found):
            if at % 32 == 0:
                self.clock.check()
            self._work += NODE_WORK
            if self._work > SKETCH_WORK and not self.is_whole:
                self.is_part = True
                return
            node = found[at]
            if getrefcount(node) > _OURS + 1 or at == 0:
                self.shared.add(id(node))
            at += 1
            kind = kinds.kind(type(node))
            if kind.reads:
                self.reads |= kind.reads
            if kind.reader is not None:
                kind.reader(self, node)

    def digest(self) -> int:
        """The digest of all that was read."""
        return int(self._hasher.intdigest())

    def sight(self, *, whole: int | None) -> Sight:
        """What was seen."""
        shared, reads = frozenset(self.shared), frozenset(self.reads)
        return Sight(self.digest(), whole, shared, reads, self.is_opaque)

    # -- what readers say ------------------------------------------------------------------------

    def add(self, data: Any) -> None:
        """Take bytes into the digest."""
        self._hasher.update(data)

    def add_plain(self, *facts: Any) -> None:
        """Take in numbers, short texts and tuples of them."""
        self._hasher.update(dumps(facts, WITHOUT_REFERENCES))

    def row(self, items: Iterable[Any]) -> None:
        """Take in values: numbers and short texts as they are, all others to be read later."""
        atoms, place = _ATOMS, self.place
        row = list(items)
        self._work += len(row)
        if len(row) <= FEW or not _is_plain(row):
            row = [item if id(type(item)) in atoms else place(item) for item in row]
        self._hasher.update(dumps(row, WITHOUT_REFERENCES))

    def place(self, item: Any) -> Any:
        """What stands for a value that is no number: a tuple, or a short text itself."""
        kind = type(item)
        if id(kind) in _TEXTS:
            return item if len(item) <= TEXT_LENGTH else (len(item), hash(item))
        number = self._places.get(id(item))
        if number is not None:
            return (number,)
        encoded = self.kinds.value_of(item)
        if encoded is not None:
            return (encoded, id(kind))
        self._places[id(item)] = number = len(self._found)
        self._found.append(item)
        return (number,)

    def referents(self, node: Any, *, without: Sequence[Any] = ()) -> list[Any]:
        """What an object holds as the garbage collector sees it, without its class."""
        kind = type(node)
        return [
            held
            for held in get_referents(node)
            if held is not kind and not any(held is each for each in without)
        ]

    def sequence(self, get: Callable[[int, int], Any], length: int) -> None:
        """Take in a sequence, of which `get(start, stop)` gives a part."""
        self._hasher.update(b"%d;" % length)
        if length <= LONG:
            self.row(get(0, length))
        elif self.is_whole:
            for first in range(0, length, CHUNK_ITEMS):
                self.clock.check()
                self.row(get(first, first + CHUNK_ITEMS))
        else:
            self.is_part = True
            last = length - BLOCK_ITEMS
            for number in range(ITEM_BLOCKS):
                first = last * number // (ITEM_BLOCKS - 1)
                self.row(get(first, first + BLOCK_ITEMS))

    def stream(self, items: Iterable[Any], length: int) -> int:
        """Take in what can only be iterated, and by a code of C; how many items were taken."""
        iterator = iter(items)
        self._hasher.update(b"%d;" % length)
        most = length if self.is_whole or length <= LONG else ITEM_BLOCKS * BLOCK_ITEMS
        self.is_part = self.is_part or most < length
        for _ in range(0, most, CHUNK_ITEMS):
            self.clock.check()
            self.row(islice(iterator, min(most, CHUNK_ITEMS)))
        return most

    def memory(self, get: Callable[[int, int], Any], size_bytes: int) -> None:
        """Take in memory, of which `get(start, stop)` gives a part as bytes or a view of them."""
        update = self._hasher.update
        update(b"%d;" % size_bytes)
        if size_bytes <= LARGE_BYTES:
            update(get(0, size_bytes))
        elif self.is_whole:
            self.clock.check(size_bytes)
            for first in range(0, size_bytes, CHUNK_BYTES):
                update(get(first, first + CHUNK_BYTES))
        else:
            self.is_part = True
            last = size_bytes - BLOCK_BYTES
            for number in range(BYTE_BLOCKS):
                first = last * number // (BYTE_BLOCKS - 1)
                update(get(first, first + BLOCK_BYTES))


def _is_plain(items: list[Any]) -> bool:
    """True for numbers alone, and for texts alone that are short; told by types, many at once."""
    kinds = set(map(id, map(type, items)))
    if kinds <= _ATOMS:
        return True
    return kinds <= _TEXTS and sum(map(len, items)) <= TEXT_LENGTH * FEW


def _references_of_a_walk() -> int:
    found = [object()]
    node = found[0]
    return getrefcount(node)


_OURS = _references_of_a_walk()
