"""Literals that cells wrote down, as long as they stand: they are the parameters of later cells."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nbmlops.capture.names import Syntax

__all__ = ["PAPERMILL_MARK", "Literals"]

PAPERMILL_MARK = "# Parameters"
MOST_VALUES = 2_000  # in one literal
_ATOMS = frozenset(map(id, (bool, int, float, complex, str, bytes, type(None), type(...))))

_SEQUENCES = frozenset(map(id, (list, tuple, set, frozenset)))


@dataclass(slots=True)
class _Literal:
    value: Any
    source: str


class Literals:
    """The literals of one namespace, by name, with the cell that wrote each of them down."""

    def __init__(self) -> None:
        self._known: dict[str, _Literal] = {}

    @staticmethod
    def here(namespace: Mapping[str, Any], syntax: Syntax) -> dict[str, Any]:
        """The literals of a cell that still stand at its end."""
        return {
            name: value
            for name, value in syntax.literals.items()
            if name in namespace and _same(namespace[name], value)
        }

    def params(
        self,
        namespace: Mapping[str, Any],
        syntax: Syntax,
        literals: Mapping[str, Any],
        reads: Collection[str],
    ) -> dict[str, dict[str, Any]]:
        """The parameters of a cell, by where they come from: its own literals and earlier ones."""
        found: dict[str, dict[str, Any]] = {}
        for name, value in literals.items():
            if not name.startswith("_"):
                found.setdefault("literal", {})[name] = value
        for name, literal in self._known.items():
            if name in literals or name in syntax.always or name not in namespace:
                continue
            if not _same(namespace[name], literal.value):
                continue
            if literal.source == "papermill" or name in reads:
                found.setdefault(literal.source, {})[name] = literal.value
        return found

    def learn(
        self,
        namespace: Mapping[str, Any],
        syntax: Syntax,
        literals: Mapping[str, Any],
        bound: Collection[str],
        source: str,
        count: int | None,
    ) -> None:
        """Remember what a cell wrote down, and forget what it made otherwise.

        A dictionary into which it stored a literal is one that it wrote down, as far as that is
        all.
        """
        injected = source.lstrip().partition("\n")[0].rstrip() == PAPERMILL_MARK
        where = "papermill" if injected else f"cell {count}" if count else "earlier cell"
        for name in bound:
            if name not in literals:
                self._known.pop(name, None)
        for name, value in literals.items():
            self._known[name] = _Literal(value, where)
        for name, edits in syntax.edits.items():
            known = self._known.get(name)
            if known is None or name not in namespace or _same(namespace[name], known.value):
                continue
            value = _edited(known.value, edits)
            if value is not None and _same(namespace[name], value):
                self._known[name] = _Literal(value, where)


def _edited(value: Any, edits: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """A literal after items of it were set; None where that cannot be done."""
    value = copy.deepcopy(value)
    try:
        for path, item in edits:
            inner = value
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = copy.deepcopy(item)
    except (LookupError, TypeError, ValueError):
        return None
    return value


def _same(value: Any, literal: Any) -> bool:
    """Whether a value is this literal, asked of no class but Python's own."""
    if type(value) is not type(literal) or not _is_plain(value):
        return False
    return bool(value == literal)


def _is_plain(value: Any) -> bool:
    """True for values of Python's own exact types, all through."""
    todo, seen = [value], 0
    while todo:
        each = todo.pop()
        kind, seen = type(each), seen + 1
        if id(kind) in _ATOMS:
            continue
        if seen > MOST_VALUES:
            return False
        if kind is dict:
            todo += (*each.keys(), *each.values())
        elif id(kind) in _SEQUENCES:
            todo += each
        else:
            return False
    return True
