"""What the syntax of a cell says: literals, bound names, names that are read, evidence of a fit.

Static facts only suggest; what was really bound and changed is told by the namespace before and
after (`observer.py`). Nothing here runs the cell's code.
"""

from __future__ import annotations

import ast
from types import FunctionType, MethodType
from typing import Any

from nbmlops.capture.scopes import FITTING_FUNCTIONS, FITTING_METHODS, Scan, Syntax

__all__ = ["Syntax", "calls_fit", "read_syntax"]


def read_syntax(tree: ast.Module) -> Syntax:
    """The facts of a parsed cell.

    >>> code = "lr = -0.1\\nfor i in a: s = i\\nauc = model.fit(X).score(y)\\nX['c'] = lr"
    >>> syntax = read_syntax(ast.parse(code))
    >>> syntax.literals, sorted(syntax.assigned), sorted(syntax.loops), syntax.fits
    ({'lr': -0.1}, ['auc', 'i', 'lr', 's'], ['i'], True)
    >>> sorted(syntax.exposed), sorted(syntax.touched), sorted(syntax.stored)
    (['X', 'a', 'model', 'y'], ['X', 'a', 'model', 'y'], ['X'])
    """
    syntax = Syntax()
    for statement in tree.body:
        _top_level(statement, syntax)
    scan = Scan(syntax)
    try:
        for statement in tree.body:
            scan.statement(statement)
    except RecursionError:  # an expression of a thousand terms
        syntax.is_dynamic = True
    syntax.mentions -= syntax.reads
    syntax.loops -= syntax.always
    syntax.augmented -= scan.plainly
    return syntax


def _top_level(statement: ast.stmt, syntax: Syntax) -> None:
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        syntax.always.add(statement.target.id)
        syntax.literals.pop(statement.target.id, None)
        return
    else:
        return
    for target in targets:
        _bind(target, value, syntax)


def _bind(target: ast.expr, value: ast.expr | None, syntax: Syntax) -> None:
    if isinstance(target, ast.Name):
        syntax.always.add(target.id)
        try:
            if value is None:
                raise ValueError
            syntax.literals[target.id] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            syntax.literals.pop(target.id, None)
    elif isinstance(target, (ast.Tuple, ast.List)):
        items: list[ast.expr | None] = [None] * len(target.elts)
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and not starred:
            if len(value.elts) == len(target.elts):
                items = list(value.elts)
        for item, part in zip(target.elts, items, strict=True):
            _bind(item, part, syntax)
    elif isinstance(target, ast.Starred):
        _bind(target.value, None, syntax)
    elif isinstance(target, ast.Subscript) and value is not None:
        _edit(target, value, syntax)


def _edit(target: ast.expr, value: ast.expr, syntax: Syntax) -> None:
    """Take in that a literal is stored in something under literal keys."""
    path: list[Any] = []
    try:
        while isinstance(target, ast.Subscript):
            path.insert(0, ast.literal_eval(target.slice))
            target = target.value
        if isinstance(target, ast.Name):
            item = ast.literal_eval(value)
            syntax.edits.setdefault(target.id, []).append((tuple(path), item))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return


def calls_fit(function: Any, namespace: dict[str, Any], seen: set[int] | None = None) -> bool:
    """True where a function of the user's, or one that it calls, fits a model."""
    if type(function) is MethodType:
        function = function.__func__
    code = function.__code__ if type(function) is FunctionType else None
    if code is None or id(code) in (seen := set() if seen is None else seen) or len(seen) > 200:
        return False
    seen.add(id(code))
    codes = [code]
    while codes:
        current = codes.pop()
        if FITTING_METHODS & set(current.co_names) or FITTING_FUNCTIONS & set(current.co_names):
            return True
        codes += [constant for constant in current.co_consts if hasattr(constant, "co_names")]
        for name in current.co_names:
            inner = namespace.get(name)
            if inner is not function and calls_fit(inner, namespace, seen):
                return True
    return False
