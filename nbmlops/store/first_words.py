"""Which names a cell assigns before it reads them, by the order in which they stand in its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

__all__ = ["assigned_first"]

_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def assigned_first(source: str) -> set[str]:
    """The names whose first use in the code is an assignment, none where it cannot be read.

    A loop may be empty and a branch not taken, so that the code does not say for sure that a name
    is the cell's own; in the words of a person it is.

    >>> sorted(assigned_first("for step in steps:\\n    loss = f(step)\\nprint(loss)"))
    ['loss', 'step']
    >>> sorted(assigned_first("%%track\\ndf = df.dropna()\\ntotal += 1\\nn = len(df)"))
    ['n']
    """
    found: dict[str, bool] = {}
    try:
        for name, is_assigned in _uses(ast.parse(_MAGIC.sub("", source))):
            found.setdefault(name, is_assigned)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {name for name, is_assigned in found.items() if is_assigned}


def _uses(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Names in the order in which they are used, each with whether it is assigned there."""
    if isinstance(node, ast.Name):
        yield node.id, isinstance(node.ctx, ast.Store)
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        for each in [*node.decorator_list, *node.body]:
            yield from ((name, False) for name, is_assigned in _uses(each) if not is_assigned)
        yield node.name, True
        return
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        inner = [use for each in ast.iter_child_nodes(node) for use in _uses(each)]
        own = {name for name, is_assigned in inner if is_assigned}
        yield from (use for use in inner if use[0] not in own)
        return
    if isinstance(node, ast.Lambda):
        own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        yield from (use for use in _uses(node.body) if use[0] not in own)
        return
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, False
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0], True
    for each in sorted(ast.iter_child_nodes(node), key=lambda child: _is_later(node, child)):
        yield from _uses(each)


def _is_later(node: ast.AST, child: ast.AST) -> int:
    """0 for what is found first, 1 for the targets that get it, 2 for what is done after that."""
    if child is getattr(node, "target", None) or child in _listed(node, "targets"):
        return 1
    return 2 if child in (*_listed(node, "body"), *_listed(node, "orelse")) else 0


def _listed(node: ast.AST, field: str) -> list[ast.AST]:
    found = getattr(node, field, ())
    return found if isinstance(found, list) else []
