"""Fits of estimators whose class no library watches over: a person's own, and other libraries'.

Such a class asks nothing that we answer. What the cell itself says without condition was done when
the cell has succeeded, so these fits are found in its syntax.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.capture.datasets import is_data
from nbmlops.capture.fits import model_of
from nbmlops.capture.watching import Seen, Watch

__all__ = ["find_own_fits"]

FITS = frozenset({"fit", "fit_predict", "fit_resample", "fit_transform", "partial_fit"})
_MAYBE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.IfExp)


def find_own_fits(
    watch: Watch, seen: Seen, tree: ast.Module | None, namespace: Mapping[str, Any]
) -> None:
    """Add the fits that a cell which succeeded says it does, and that nobody has seen.

    Only models that have `get_params` and still go by the name that they were fitted by count.
    """
    stored = _stored(tree)
    for statement in _certain(tree):
        for call, name in _fit_calls(statement):
            model = namespace.get(name)
            is_later = stored.get(name, 0) > (statement.end_lineno or statement.lineno)
            if is_later or not _is_estimator(model):
                continue
            if any(model_of(fit) is model for fit in seen.fits):
                continue
            given = [each.id if isinstance(each, ast.Name) else "" for each in call.args[:2]]
            names = [each for each in given if is_data(namespace.get(each))]
            watch.also(seen, [(each, namespace[each], "train") for each in names])
            fit = watch.fit_afterwards(seen, model, name)
            if given and given[0] in names:
                fit.train = given[0]


def _certain(tree: ast.Module | None) -> Iterator[ast.stmt]:
    """The statements that surely ran, in order."""
    todo = list(reversed(tree.body)) if tree is not None else []
    while todo:
        statement = todo.pop()
        if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign)):
            yield statement
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            if not any("suppress" in ast.unparse(each) for each in statement.items):
                todo += reversed(statement.body)


def _fit_calls(statement: ast.stmt) -> Iterator[tuple[ast.Call, str]]:
    """The calls of a fit, each with the name of its model, before or after it was fitted."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, (*_MAYBE, ast.BoolOp)):
            continue
        todo += ast.iter_child_nodes(node)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in FITS:
            continue
        if isinstance(node.func.value, ast.Name):
            yield node, node.func.value.id
        elif isinstance(statement, ast.Assign) and statement.value is node:
            target = statement.targets[0]
            if node.func.attr == "fit" and isinstance(target, ast.Name):
                yield node, target.id  # `model = Model().fit(X)`


def _stored(tree: ast.Module | None) -> dict[str, int]:
    """The last line in which each name is given something, wherever in the cell."""
    found: dict[str, int] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = max(found.get(node.id, 0), node.lineno)
    return found


def _is_estimator(model: Any) -> bool:
    kind = type(model)
    return callable(getattr(kind, "get_params", None)) and callable(getattr(kind, "fit", None))
