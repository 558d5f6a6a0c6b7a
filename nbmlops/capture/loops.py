"""How far a loop that logs is: what its steps run from and to is read from the code, never called.

Loops over `range`, `enumerate`, `tqdm` and `trange` are understood, nested ones too, with bounds
that are numbers, names of numbers and `len` of plain containers. Whatever else there is, nobody
knows, and no progress is shown.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Course", "find_course"]

_SIZED = (list, tuple, dict, set, frozenset, range, str, bytes)
_BARS = ("tqdm", "tqdm_notebook", "track")
_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
MOST = 1 << 53
_Names = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Course:
    """From which step to which the loop runs; without `first`, only how often it logs."""

    total: int
    first: int | None = None
    last: int | None = None

    def done(self, step: int | None, count: int) -> int | None:
        """How many of `total` are done after `step`, or after so many calls."""
        if self.first is None or self.last is None:
            return count if count <= self.total else None
        if step is None or not min(self.first, self.last) <= step <= max(self.first, self.last):
            return None
        if self.first == self.last:
            return self.total
        share = (step - self.first) / (self.last - self.first)
        return 1 + round(share * (self.total - 1))


@dataclass(frozen=True, slots=True)
class _Loop:
    """One `for`: how often it goes round, and the values that its index begins and ends with."""

    count: int
    index: str | None
    first: int
    last: int


def find_course(tree: ast.AST | None, namespace: _Names) -> Course | None:
    """The course of the first loop of a cell that logs; None where it cannot be told."""
    if tree is None:
        return None
    for loops, call in _logs(tree, ()):
        known = [_read_loop(loop, namespace) for loop in loops]
        if any(loop is None for loop in known):
            continue
        course = _course_of(call, [loop for loop in known if loop is not None], namespace)
        if course is not None:
            return course
    return None


def _logs(node: ast.AST, loops: tuple[ast.For, ...]) -> Iterator[tuple[tuple[ast.For, ...], Any]]:
    """Each call of `log` in a loop, with the loops around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        inside = (*loops, child) if isinstance(child, ast.For) else loops
        if isinstance(child, ast.Call) and loops and _called(child) == "log":
            yield loops, child
        # What stands in a condition or in an unbounded loop does not come each time.
        if not isinstance(child, (ast.While, ast.AsyncFor)):
            yield from _logs(child, inside)


def _course_of(call: ast.Call, loops: list[_Loop], namespace: _Names) -> Course | None:
    total = 1
    for loop in loops:
        total *= loop.count
    if not 1 < total < MOST:
        return None
    step = next((word.value for word in call.keywords if word.arg == "step"), None)
    if step is None:
        return Course(total)
    ends = []
    for end in ("first", "last"):
        indexes = {loop.index: getattr(loop, end) for loop in loops if loop.index}
        ends.append(_number(step, {**namespace, **indexes}))
    first, last = ends
    moving = {loop.index for loop in loops} & {
        name.id for name in ast.walk(step) if isinstance(name, ast.Name)
    }
    if first is None or last is None or not moving:
        return Course(total)  # a counter of its own
    named = [loop for loop in loops if loop.index in moving]
    steps = 1
    for loop in named:
        steps *= loop.count
    return Course(steps, first, last) if steps > 1 else None


def _read_loop(loop: ast.For, namespace: _Names) -> _Loop | None:
    over, index = loop.iter, loop.target
    while isinstance(over, ast.Call) and _called(over) in _BARS and over.args:
        over = over.args[0]
    if isinstance(over, ast.Name) and type(namespace.get(over.id)) is range:
        return _loop(namespace[over.id], index)
    if isinstance(over, ast.Call) and _called(over) in ("range", "trange"):
        bounds = [_number(each, namespace) for each in over.args[:3]]
        if not bounds or None in bounds or bounds[2:] == [0]:
            return None
        return _loop(range(*[bound for bound in bounds if bound is not None]), index)
    if isinstance(over, ast.Call) and _called(over) == "enumerate" and over.args:
        inner = over.args[0]
        while isinstance(inner, ast.Call) and _called(inner) in _BARS and inner.args:
            inner = inner.args[0]
        starts = [*over.args[1:2], *(word.value for word in over.keywords if word.arg == "start")]
        start = _number(starts[0], namespace) if starts else 0
        count = _length(inner, namespace)
        if count is None or start is None:
            return None
        counted = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else None
        return _loop(range(start, start + count), counted)
    count = _length(over, namespace)
    return None if count is None else _loop(range(count), None)


def _loop(steps: range, index: ast.expr | None) -> _Loop | None:
    if not steps:
        return None
    name = index.id if isinstance(index, ast.Name) else None
    return _Loop(len(steps), name, steps[0], steps[-1])


def _length(node: ast.expr, namespace: _Names) -> int | None:
    """How many there are in what a loop goes over."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        plain = not any(isinstance(each, ast.Starred) for each in node.elts)
        return len(node.elts) if plain else None
    if isinstance(node, ast.Name):
        value: Any = namespace.get(node.id)
        if type(value) in _SIZED:
            return len(value)
        if type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
            return int(value.shape[0]) if value.shape else None
        return None
    if isinstance(node, ast.Call) and _called(node) == "range":
        loop = _read_loop(ast.For(ast.Name("_"), node, [], []), namespace)
        return loop.count if loop else None
    return None


def _number(node: ast.expr, namespace: _Names) -> int | None:
    """A whole number that the code says, by itself or by a name."""
    match node:
        case ast.Constant(int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(name):
            known: Any = namespace.get(name)
            return known if type(known) is int and abs(known) < MOST else None
        case ast.UnaryOp(ast.USub(), operand):
            positive = _number(operand, namespace)
            return None if positive is None else -positive
        case ast.Call(args=[inner], keywords=[]) if _called(node) == "len":
            return _length(inner, namespace)
        case ast.BinOp(left, sign, right) if type(sign) in _OPERATORS:
            one, other = _number(left, namespace), _number(right, namespace)
            if one is None or other is None or (isinstance(sign, ast.FloorDiv) and other == 0):
                return None
            value = _OPERATORS[type(sign)](one, other)
            return value if abs(value) < MOST else None
    return None


def _called(call: ast.expr) -> str:
    """The last name of what is called."""
    function = call.func if isinstance(call, ast.Call) else call
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
