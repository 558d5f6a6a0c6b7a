"""Whether code of the user's can draw from Python's `random`: of a cell, or of functions it reads.

Some libraries draw from it while they are imported, which is no draw of the cell that happens to
import them first. It is asked only where that generator was drawn from while modules were imported,
so that this may look at functions; nothing is called.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dis import get_instructions
from functools import partial
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from nbmlops.capture.frames import in_library

__all__ = ["can_draw"]

RANDOM = "random"
MOST = 500  # functions and classes that are looked into


def can_draw(
    tree: ast.Module | None, namespace: Mapping[str, Any], reads: Iterable[str] = ()
) -> bool:
    """True where the cell's code, or a function of the user's that it reads, reaches `random`.

    >>> can_draw(ast.parse("import random as r, rich\\nr.random()"), {})
    True
    >>> can_draw(ast.parse("import rich, random\\nseed = 7\\nnp.random.rand(seed)"), {})
    False
    """
    if tree is None:
        return False
    imported = set(_imported(tree))
    if RANDOM not in namespace:  # it may have been deleted by now
        imported.add(RANDOM)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if names & imported:
        return True
    search = _Search()
    wanted = [name for name in sorted(names.union(reads)) if name in namespace]
    return any(search.reaches(namespace[name]) for name in wanted)


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names by which the code imports the module and its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.asname or RANDOM for each in node.names if each.name == RANDOM)
        elif isinstance(node, ast.ImportFrom) and node.module == RANDOM and not node.level:
            yield from (each.asname or each.name for each in node.names)


class _Search:
    """Looks for the global generator behind values, into each of them once."""

    def __init__(self) -> None:
        self._module = sys.modules.get(RANDOM)
        self._generator = getattr(self._module, "_inst", None)
        self._seen: set[int] = set()

    def reaches(self, value: Any) -> bool:
        """True for the module, its functions, and functions and classes that use them."""
        kind = type(value)
        if kind is ModuleType:
            return value is self._module or (
                _is_users(value.__name__)
                and self._is_new(value)
                and any(map(self.reaches, list(vars(value).values())))
            )
        if kind is BuiltinMethodType:
            return value.__self__ is self._generator
        if kind is MethodType:
            owner = value.__self__
            return owner is self._generator or self.reaches(value.__func__) or self.reaches(owner)
        if kind is partial:
            return self.reaches(value.func)
        if kind is FunctionType:
            return self._is_new(value) and self._function(value)
        if issubclass(kind, type):
            return self._is_new(value) and self._class(value)
        return self._is_new(kind) and self._class(kind)

    def _is_new(self, value: Any) -> bool:
        if id(value) in self._seen or len(self._seen) >= MOST:
            return False
        self._seen.add(id(value))
        return True

    def _class(self, kind: Any) -> bool:
        for base in type.__dict__["__mro__"].__get__(kind):
            if not _is_users(base.__module__):
                continue
            parts = list(vars(base).values())
            parts = [getattr(part, "__func__", getattr(part, "fget", part)) for part in parts]
            if any(self.reaches(part) for part in parts if type(part) is FunctionType):
                return True
        return False

    def _function(self, function: FunctionType) -> bool:
        code, around = function.__code__, function.__globals__
        if in_library(code.co_filename):
            return False
        cells = function.__closure__ or ()
        held = [cell.cell_contents for cell in cells if not _is_empty(cell)]
        if any(self.reaches(each) for each in held):
            return True
        wrapped = function.__dict__.get("__wrapped__")
        if wrapped is not None and self.reaches(wrapped):
            return True
        for each in _codes(code):
            if RANDOM in each.co_names and any(
                step.opname == "IMPORT_NAME" and step.argval == RANDOM
                for step in get_instructions(each)
            ):
                return True
            if any(self.reaches(around[name]) for name in each.co_names if name in around):
                return True
        return False


def _is_users(module: Any) -> bool:
    """True for the notebook's own module, and for one from a file of the user's."""
    file = vars(sys.modules[module]).get("__file__") if module in sys.modules else None
    return module == "__main__" or (isinstance(file, str) and not in_library(file))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _is_empty(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return True
    return False
