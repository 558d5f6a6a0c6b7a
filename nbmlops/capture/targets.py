"""Which names a cell gives to what its calls return, by where the calls stand in its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbmlops.capture.watching.frames import Span

__all__ = ["targets_of"]


def targets_of(tree: ast.Module | None) -> dict[Span, tuple[str, ...]]:
    """The names of each call that is assigned as it is: one, or several for what is unpacked.

    >>> targets_of(ast.parse("acc = score(y)\\nfor k in ks: a, b = curve(k)\\nprint(f(x))"))
    {(1, 1, 6, 14): ('acc',), (2, 2, 20, 28): ('a', 'b')}
    """
    found: dict[Span, tuple[str, ...]] = {}
    for target, value in _assigned(tree):
        pairs = [(target, value)]
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            pairs = list(zip(target.elts, value.elts, strict=False))
        for name, call in pairs:
            if isinstance(call, ast.Call) and (names := _names(name)):
                end_line, end_column = call.end_lineno or 0, call.end_col_offset or 0
                found[call.lineno, end_line, call.col_offset, end_column] = names
    return found


def _assigned(tree: ast.Module | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets and values of the assignments that the cell makes itself, in order."""
    todo: list[ast.AST] = list(reversed(tree.body)) if tree is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Assign):
            yield node.targets[0], node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            yield node.target, node.value
        todo += reversed(list(ast.iter_child_nodes(node)))


def _names(target: ast.expr) -> tuple[str, ...]:
    """Plain names, and keys that are text as `results.auc` for `results["auc"]`; () for others."""
    match target:
        case ast.Name(name):
            return (name,)
        case ast.Subscript(ast.Name(name), ast.Constant(str(key))):
            return (f"{name}.{key}",)
        case ast.Tuple(elements) | ast.List(elements):
            names = [_names(each) for each in elements]
            return tuple(name for each in names for name in each) if all(names) else ()
    return ()
