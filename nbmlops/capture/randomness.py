"""Random numbers of a cell: which generators it drew from, where those stood, which seeds they had.

The states of the global generators (of `random`, NumPy and torch) and of generators that names are
bound to are looked at before and after: drawing changes them. Two cells that begin in one state
draw the same numbers, whatever anybody says of seeds. Nothing is imported for it, no state is
changed.
"""

from __future__ import annotations

import ast
import sys
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xxhash import xxh3_64_hexdigest

from nbmlops.capture.draws import can_draw
from nbmlops.capture.seeding import EVERY, NUMPY, PYTHON, TORCH, Seeding, may_seed, seedings
from nbmlops.data.classes import class_name

__all__ = ["Drawn", "Randomness"]

GLOBAL = (PYTHON, NUMPY, TORCH)
_CLASSES = frozenset(
    {"numpy.Generator", "numpy.RandomState", "random.Random", "random.SystemRandom"}
    | {"torch.Generator"}
)
_ASKED = ((PYTHON, "getstate"), (NUMPY, "get_state"), (TORCH, "get_rng_state"))
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_WORDS = 100  # from which on a tuple holds the words of a Mersenne twister
_States = dict[str, tuple[int, Any]]  # name → which generator it is, and its state


@dataclass(slots=True)
class Drawn:
    """What a cell did with random numbers.

    `unseeded` are the generators without a seed that it drew from; `states` tells where those stood
    from which it drew, unless it seeded them itself. `seeds` holds each seed, what it was given to,
    and which earlier cell gave it ("" for this one). `moved` are the global ones that stand
    elsewhere now.
    """

    unseeded: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    seeds: list[tuple[str, Any, str]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


class Randomness:
    """Watches generators from cell to cell of one session."""

    def __init__(self) -> None:
        self._before: _States = {}
        self._module_count = 0
        self._given: dict[str, list[tuple[Seeding, str]]] = {}  # by generator, or by function

    def before(self, namespace: Mapping[str, Any] | None = None) -> None:
        """Remember the states."""
        self._before = _states(namespace or {})
        self._module_count = len(sys.modules)

    def after(
        self,
        tree: ast.Module | None,
        namespace: Mapping[str, Any] | None = None,
        source: str | None = None,
        *,
        reads: Collection[str] = (),
        bound: Collection[str] = (),
        where: str = "",
    ) -> Drawn:
        """What the cell drew, and the seeds that it gave or that earlier cells gave for it."""
        namespace = namespace or {}
        before, self._before = self._before, {}
        now = _states(namespace, [name for name in before if name not in GLOBAL])
        drawn = [
            name
            for name, (number, state) in now.items()
            if name in before and before[name][0] == number and not _is_same(before[name][1], state)
        ]
        if NUMPY not in before and NUMPY in now and _has_been_drawn():  # loaded by this very cell
            drawn.append(NUMPY)
        has_imported = len(sys.modules) != self._module_count
        if PYTHON in drawn and has_imported and not can_draw(tree, namespace, reads):
            drawn.remove(PYTHON)  # some libraries draw from it while they are imported
        given = seedings(tree, namespace) if source is None or may_seed(source) else []
        here = {seeding.generator for seeding in given if not seeding.owner}
        if EVERY in here:
            here.update(GLOBAL)
        # A function that this cell defines is not the one that an earlier cell defined.
        made = {node.name for node in tree.body if isinstance(node, _DEFINED)} if tree else set()
        of_names = sorted(name for name in reads if name not in GLOBAL and name not in made)
        earlier = [name for name in [*drawn, EVERY, *of_names] if name not in here]
        found = Drawn(moved=[name for name in drawn if name in GLOBAL])
        found.states = {
            name: _digest(before[name][1]) for name in drawn if name in before and name not in here
        }
        found.seeds = list(_told(self._of(earlier, drawn), given))
        makers = self._take(given, bound, where)
        found.unseeded = [name for name in drawn if not self._is_seeded(name)]
        found.unseeded += [maker for maker in makers if maker not in found.unseeded]
        return found

    def learn(
        self,
        tree: ast.Module,
        namespace: Mapping[str, Any] | None = None,
        *,
        bound: Collection[str] = (),
        where: str = "",
    ) -> None:
        """Take in a cell that nobody watched."""
        self._take(seedings(tree, namespace or {}), bound, where)

    def _of(self, names: Iterable[str], drawn: Collection[str]) -> list[tuple[Seeding, str]]:
        """The seeds that earlier cells gave to these generators and functions."""
        found = []
        for name in dict.fromkeys(names):
            if name != EVERY or any(each in GLOBAL for each in drawn):
                found += self._given.get(name, [])
        return found

    def _take(self, given: list[Seeding], bound: Collection[str], where: str) -> list[str]:
        """Keep what is given from now on; the generators that are made without a seed."""
        for name in bound:
            self._given.pop(name, None)
        for name in {seeding.owner or seeding.generator for seeding in given}:
            self._given.pop(name, None)
        if any(seeding.generator == EVERY and not seeding.owner for seeding in given):
            for name in GLOBAL:
                self._given.pop(name, None)
        makers = []
        for seeding in given:
            for name in filter(None, {seeding.owner, seeding.generator}):
                self._given.setdefault(name, []).append((seeding, where))
            if seeding.is_maker:
                makers.append(seeding.what)
        return makers

    def _is_seeded(self, name: str) -> bool:
        """True for a generator that some cell gave a seed, whatever it was."""
        known = self._given.get(name, [])
        if name in GLOBAL:
            return bool(known) or EVERY in self._given
        return not any(seeding.is_maker for seeding, _ in known)  # what was not seen being made


def _told(
    earlier: Iterable[tuple[Seeding, str]], given: Iterable[Seeding]
) -> Iterable[tuple[str, Any, str]]:
    counts: dict[str, int] = {}
    for seeding, where in (*earlier, *((seeding, "") for seeding in given)):
        if seeding.value is not None:
            number = counts[seeding.what] = counts.get(seeding.what, 0) + 1
            numbered = seeding.what if number == 1 else f"{seeding.what} #{number}"
            yield numbered, seeding.value, where


def _has_been_drawn() -> bool:
    """True unless NumPy's global generator is as fresh as it is made: its state is used up."""
    state = sys.modules[NUMPY].__dict__["get_state"](legacy=False)["state"]
    return "key" in state and bool(state["pos"] < len(state["key"]) - 1)


def _states(namespace: Mapping[str, Any], known: Collection[str] | None = None) -> _States:
    """The states of the global generators, and of those that names hold: all, or those `known`."""
    found: _States = {}
    for name, state_of in _ASKED:
        module = sys.modules.get(name)
        ask = module.__dict__.get(state_of) if module is not None else None
        if ask is not None:
            found[name] = (0, _numpy_state(ask) if name == NUMPY else ask())
    kinds: dict[int, bool] = {}
    for name in list(namespace) if known is None else known:
        value = namespace.get(name)
        kind = type(value)
        is_one = kinds.get(id(kind))
        if is_one is None:
            is_one = kinds[id(kind)] = class_name(kind) in _CLASSES
        if is_one and not name.startswith("_"):
            found[name] = (id(value), _state_of(value))
    return found


def _numpy_state(ask: Any) -> Any:
    # The older form is told in half of the time; asked of another generator, it would warn.
    generator = sys.modules["numpy.random.mtrand"].__dict__["_rand"]._bit_generator
    return ask(legacy=type(generator).__name__ == "MT19937")


def _state_of(generator: Any) -> Any:
    match class_name(type(generator)):
        case "numpy.Generator":
            return generator.bit_generator.state
        case "numpy.RandomState":
            return generator.get_state(legacy=False)
        case "random.Random":
            return generator.getstate()
        case "torch.Generator":
            return generator.get_state()
    return id(generator)  # one that has no state of its own


def _is_same(one: Any, other: Any) -> bool:
    """Whether two states are the same."""
    if type(one) is dict and type(other) is dict:
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if type(one) is tuple and type(other) is tuple and len(one) < _WORDS:
        return len(one) == len(other) and all(map(_is_same, one, other))
    if hasattr(one, "numpy"):
        one, other = one.numpy(), other.numpy()
    return bool(one.tobytes() == other.tobytes() if hasattr(one, "tobytes") else one == other)


def _digest(state: Any) -> str:
    """The same text for the same state, in any process."""
    parts: list[bytes] = []
    _feed(state, parts)
    return str(xxh3_64_hexdigest(b"|".join(parts)))


def _feed(state: Any, parts: list[bytes]) -> None:
    if type(state) is dict:
        for key, value in state.items():
            parts.append(str(key).encode())
            _feed(value, parts)
    elif type(state) is tuple:
        if len(state) >= _WORDS:
            parts.append(array("Q", state).tobytes())
        else:
            for value in state:
                _feed(value, parts)
    elif hasattr(state, "numpy"):
        parts.append(state.numpy().tobytes())
    elif hasattr(state, "tobytes"):
        parts.append(state.tobytes())
    else:
        parts.append(repr(state).encode())
