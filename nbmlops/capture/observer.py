"""The one observer: what a cell bound and read, found from its namespace before and after.

Before the cell it keeps no object alive: small immutable scalars are kept as they are, everything
else by identity. After it, names that are new, identical no longer or surely assigned are what the
cell bound. Literals of earlier cells are remembered with the cell they stood in, because a value
that a cell reads and that somebody wrote down as a literal is a parameter of that cell, as the
parameters of papermill are.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Number as AnyNumber
from typing import Any

from nbmlops.capture.names import Syntax, calls_fit, read_syntax
from nbmlops.capture.randomness import Randomness
from nbmlops.capture.redaction import is_secret_name

__all__ = ["Found", "Observer", "is_number"]

_SCALARS = (bool, int, float, complex, str, bytes, type(None))
_KEPT_BYTES = 256
PAPERMILL_MARK = "# Parameters"


@dataclass(slots=True)
class Found:
    """What the observer says of one cell."""

    params: dict[str, dict[str, Any]] = field(default_factory=dict)  # source → name → value
    metrics: dict[str, Any] = field(default_factory=dict)
    bound: list[str] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)  # through the functions that it names as well
    fits: bool = False
    made_in: dict[str, str] = field(default_factory=dict)  # what it reads → the cell it is from


@dataclass(slots=True)
class _Literal:
    value: Any
    source: str


class Observer:
    """Watches one namespace from cell to cell."""

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}
        self._literals: dict[str, _Literal] = {}
        self._made_in: dict[str, str] = {}  # name → id of the cell that bound it last
        self.randomness = Randomness()
        self.sources: dict[str, tuple[weakref.ref[Any], str]] = {}  # frames that came from a file

    def before(self, namespace: Mapping[str, Any]) -> None:
        """Remember what is bound, without keeping any of it alive."""
        self._before = {name: _mark(value) for name, value in namespace.items()}

    def after(
        self,
        namespace: dict[str, Any],
        tree: ast.Module | None,
        source: str,
        *,
        count: int | None,
        cell_id: str | None = None,
    ) -> Found:
        """What the cell bound and read."""
        syntax = read_syntax(tree) if tree is not None else Syntax()
        missing = object()
        bound = [
            name
            for name, value in namespace.items()
            if not name.startswith("_")
            and (name in syntax.always or self._before.get(name, missing) != _mark(value))
        ]
        changed = set(bound)
        found = Found(bound=bound, reads=_reached(syntax.reads, namespace), fits=syntax.fits)
        literals = {
            name: value
            for name, value in syntax.literals.items()
            if name in namespace and _same(namespace[name], value)
        }
        self._add_params(found, namespace, syntax, literals)
        for name in bound:
            value = namespace[name]
            if name in literals or name in syntax.loops or is_secret_name(name):
                continue
            if name in syntax.assigned and is_number(value):
                found.metrics[name] = value
        if not found.fits:
            seen: set[int] = set()
            found.fits = any(
                calls_fit(namespace.get(name), namespace, seen)
                for name in syntax.reads
                if callable(namespace.get(name))
            )
        found.made_in = {
            name: self._made_in[name]
            for name in found.reads
            if name not in changed and name in self._made_in and name in namespace
        }
        for name in bound if cell_id is not None else ():
            self._made_in[name] = str(cell_id)
        self._learn(changed, literals, source, count)
        if tree is not None:
            self.randomness.learn(tree)
        return found

    def learn(
        self, namespace: Mapping[str, Any], tree: ast.Module, source: str, *, count: int | None
    ) -> None:
        """Take in a cell that ran before anybody watched, as far as its literals still stand."""
        syntax = read_syntax(tree)
        literals = {
            name: value
            for name, value in syntax.literals.items()
            if name in namespace and _same(namespace[name], value)
        }
        self._learn(syntax.always, literals, source, count)
        self.randomness.learn(tree)

    def _add_params(
        self, found: Found, namespace: dict[str, Any], syntax: Syntax, literals: dict[str, Any]
    ) -> None:
        for name, value in literals.items():
            if not name.startswith("_"):
                found.params.setdefault("literal", {})[name] = value
        for name, literal in self._literals.items():
            if name in literals or name in syntax.always or name not in namespace:
                continue
            if not _same(namespace[name], literal.value):
                continue
            if literal.source == "papermill" or name in found.reads:
                found.params.setdefault(literal.source, {})[name] = literal.value

    def _learn(
        self, changed: set[str], literals: dict[str, Any], source: str, count: int | None
    ) -> None:
        injected = source.lstrip().startswith(PAPERMILL_MARK)
        where = "papermill" if injected else f"cell {count}" if count else "earlier cell"
        for name in changed:
            if name not in literals:
                self._literals.pop(name, None)
        for name, value in literals.items():
            self._literals[name] = _Literal(value, where)


def _reached(reads: set[str], namespace: dict[str, Any]) -> set[str]:
    """The global names that are read by a cell itself or by functions it names."""
    reached, todo = set(reads), list(reads)
    while todo and len(reached) < 2000:
        code = getattr(namespace.get(todo.pop()), "__code__", None)
        codes = [code] if code is not None else []
        while codes:
            current = codes.pop()
            codes += [part for part in current.co_consts if hasattr(part, "co_names")]
            new = set(current.co_names) - reached
            reached |= new
            todo += new
    return reached


def _mark(value: Any) -> Any:
    if isinstance(value, _SCALARS) and type(value) in _SCALARS:
        if not isinstance(value, (str, bytes)) or len(value) <= _KEPT_BYTES:
            return (type(value), repr(value) if isinstance(value, float) else value)
    return id(value)


def _same(value: Any, literal: Any) -> bool:
    try:
        return type(value) is type(literal) and bool(value == literal)
    except Exception:  # noqa: BLE001 - a comparison of the user's own objects may do anything
        return False


def is_number(value: Any) -> bool:
    """True for what a metric can be: real scalars, and arrays and tensors without dimensions."""
    if isinstance(value, (bool, complex, type)):
        return False
    if isinstance(value, (int, float)):
        return not isinstance(value, int) or -(2**63) <= value < 2**63
    shape = getattr(value, "shape", None)
    if shape is not None and hasattr(value, "item"):
        kind = getattr(getattr(value, "dtype", None), "kind", "f")
        return len(shape) == 0 and kind in "iuf"
    return isinstance(value, AnyNumber)
