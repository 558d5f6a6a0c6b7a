"""What the syntax of a cell says: literals, bound names, names that are read, evidence of a fit.

Static facts only suggest; what was really bound is told by the namespace before and after
(`observer.py`). Nothing here runs the cell's code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Syntax", "read_syntax"]

FITTING_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit"})
FITTING_FUNCTIONS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})


@dataclass(slots=True)
class Syntax:
    """The static facts of one cell."""

    literals: dict[str, Any] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    fits: bool = False


def read_syntax(tree: ast.Module) -> Syntax:
    """The facts of a parsed cell.

    >>> code = "lr = -0.1\\nfor i in a: s = i\\nauc = model.fit(X).score(y)"
    >>> syntax = read_syntax(ast.parse(code))
    >>> syntax.literals, sorted(syntax.assigned), sorted(syntax.loops), syntax.fits
    ({'lr': -0.1}, ['auc', 'lr', 's'], ['i'], True)
    """
    syntax = Syntax()
    for statement in tree.body:
        _top_level(statement, syntax)
    scan = _Names(syntax)
    scan.visit(tree)
    syntax.loops -= syntax.always
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


class _Names(ast.NodeVisitor):
    """Collects names of the cell's own scope, and evidence of a fit anywhere."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.depth = 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.syntax.reads.add(node.id)
        elif isinstance(node.ctx, ast.Store) and self.depth == 0:
            self.syntax.assigned.add(node.id)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        if self.depth == 0:
            for target in ast.walk(node.target):
                if isinstance(target, ast.Name):
                    self.syntax.loops.add(target.id)
        for child in (node.iter, *node.body, *node.orelse):
            self.visit(child)

    visit_AsyncFor = visit_For

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.syntax.reads.add(node.target.id)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in FITTING_METHODS:
            self.syntax.fits = True
        elif isinstance(called, ast.Name) and called.id in FITTING_FUNCTIONS:
            self.syntax.fits = True
        elif isinstance(called, ast.Attribute) and (
            called.attr in FITTING_FUNCTIONS
            or (
                called.attr in ("train", "cv")
                and isinstance(called.value, ast.Name)
                and called.value.id in ("xgb", "xgboost", "lgb", "lightgbm")
            )
        ):
            self.syntax.fits = True
        self.generic_visit(node)

    def _inner(self, node: ast.AST) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._definition(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        fits = self.syntax.fits
        self._inner(node)
        self.syntax.fits = fits  # defining a function that fits is not fitting

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        fits = self.syntax.fits
        self._inner(node)
        self.syntax.fits = fits

    visit_Lambda = _inner
    visit_ListComp = _inner
    visit_SetComp = _inner
    visit_DictComp = _inner
    visit_GeneratorExp = _inner


def calls_fit(function: Any, namespace: dict[str, Any], seen: set[int] | None = None) -> bool:
    """True where a function of the user's, or one that it calls, fits a model."""
    code = getattr(function, "__code__", None)
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
