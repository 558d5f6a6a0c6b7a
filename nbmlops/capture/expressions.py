"""Numbers that a cell shows or cross-validates without giving them a name of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.capture.numerals import is_number
from nbmlops.capture.redaction import redact_head

__all__ = ["cross_validated", "last_number"]

NAME_CHARACTERS = 60
MOST_SCORES = 1000


def last_number(tree: ast.Module | None, shown: Any) -> tuple[str, Any] | None:
    """Name and value of a scalar as last expression; named after its function, else as written.

    >>> last_number(ast.parse("x = 1\\nscores.mean()"), 0.5), last_number(ast.parse("1 - err"), 0.2)
    (('mean', 0.5), ('1 - err', 0.2))
    """
    if tree is None or not tree.body or not is_number(shown):
        return None
    last = tree.body[-1]
    if not isinstance(last, ast.Expr) or isinstance(last.value, (ast.Constant, ast.Name)):
        return None  # a name that is looked at again is no new number
    if not any(isinstance(node, ast.Name) for node in ast.walk(last.value)):
        return None  # nor is what only stands there, as 6 * 7
    value = last.value
    while isinstance(value, ast.Call) and _called(value) in ("round", "float", "int", "abs"):
        if not value.args:
            break
        value = value.args[0]
    name = _called(value) if isinstance(value, ast.Call) else ""
    return redact_head(name or ast.unparse(value), NAME_CHARACTERS)[:NAME_CHARACTERS], shown


def cross_validated(
    tree: ast.Module | None, namespace: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Mean and spread of cross-validated scores that the cell assigned: function → name → number.

    What `cross_val_score` returned to `scores` becomes `scores` and `scores std`; of
    `cross_validate` each of its test and train scores does.
    """
    found: dict[str, dict[str, float]] = {}
    for name, function in _assigned_calls(tree):
        value = namespace.get(name)
        if function == "cross_val_score":
            found.setdefault(function, {}).update(_spread(name, value))
        elif function == "cross_validate" and isinstance(value, dict):
            for key, scores in value.items():
                if str(key).startswith(("test_", "train_")):
                    found.setdefault(function, {}).update(_spread(f"{name}.{key}", scores))
    return found


def _assigned_calls(tree: ast.Module | None) -> Iterator[tuple[str, str]]:
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, _called(statement.value)


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _spread(name: str, scores: Any) -> dict[str, float]:
    kind = getattr(getattr(scores, "dtype", None), "kind", "")
    is_numbers = kind != "" and kind in "iuf" and getattr(scores, "ndim", 0) == 1
    if not is_numbers or not 1 < len(scores) < MOST_SCORES:
        return {}
    return {name: float(scores.mean()), f"{name} std": float(scores.std())}
