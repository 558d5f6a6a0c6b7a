"""Which names a cell gives to what its calls return, by where the calls stand in its source.

It assigns it to a name, or logs it under one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbmlops.capture.frames import Span

__all__ = ["logged_as", "repeated_in", "targets_of"]

_OF_SEVERAL = frozenset(
    {"max", "min", "sum", "mean", "median", "maximum", "minimum", "amax", "amin", "nanmax"}
    | {"nanmin", "nanmean", "nanmedian", "sorted"}
)


def targets_of(tree: ast.Module | None) -> dict[Span, tuple[str, ...]]:
    """The names of each call that is assigned as it is or as a `float`: one, or several for what
    is unpacked.

    >>> targets_of(ast.parse("acc = score(y)\\nfor k in ks: a, b = curve(k)\\nprint(f(x))"))
    {(1, 1, 6, 14): ('acc',), (2, 2, 20, 28): ('a', 'b')}
    """
    found: dict[Span, tuple[str, ...]] = {}
    for target, value in _assigned(tree):
        pairs = [(target, value)]
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            pairs = list(zip(target.elts, value.elts, strict=False))
        for name, each in pairs:
            call = _bare(each)
            if isinstance(call, ast.Call) and (names := _names(name)):
                found[_span(call)] = names
    return found


def repeated_in(tree: ast.Module | None) -> frozenset[str]:
    """Names to which a loop assigns what a call returns each time, which is no summary of several.

    >>> sorted(repeated_in(ast.parse("for m in ms: a = f(m); b = max(b, a)\\nc = f(0)")))
    ['a']
    """
    loops = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor))
    ]
    found: set[str] = set()
    for loop in loops:
        for target, value in _assigned(ast.Module(loop.body, [])):
            call = _bare(value)
            if isinstance(call, ast.Call) and _called(call) not in _OF_SEVERAL:
                found.update(_names(target))
    return frozenset(found)


def _bare(value: ast.expr) -> ast.expr:
    """The call in `float(call)`; any other expression as it is."""
    match value:
        case ast.Call(ast.Name("float"), [ast.Call() as call]):
            return call
    return value


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def logged_as(tree: ast.Module | None) -> dict[Span, str]:
    """The metric that each call is which stands as it is in a call of `log`.

    >>> logged_as(ast.parse("log(loss=f(y), step=1)\\nrun.log({'val/auc': float(g(y))})"))
    {(1, 1, 9, 13): 'loss', (2, 2, 26, 30): 'val/auc'}
    """
    found: dict[Span, str] = {}
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Call(ast.Name("log") | ast.Attribute(attr="log")):
                given: list[tuple[object, ast.expr]] = [
                    (word.arg, word.value) for word in node.keywords
                ]
                if node.args and isinstance(node.args[0], ast.Dict):
                    keys = [getattr(key, "value", None) for key in node.args[0].keys]
                    given += zip(keys, node.args[0].values, strict=True)
                for name, value in given:
                    match value:
                        case ast.Call(ast.Name("float"), [ast.Call() as call]) | (
                            ast.Call() as call
                        ) if isinstance(name, str):
                            found[_span(call)] = name
    return found


def _span(call: ast.Call) -> Span:
    return call.lineno, call.end_lineno or 0, call.col_offset, call.end_col_offset or 0


def _assigned(tree: ast.Module | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets and values of the assignments that the cell makes itself, in order."""
    todo: list[ast.AST] = list(reversed(tree.body)) if tree is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Assign):
            for target in reversed(node.targets):  # the first that is a name is the last word
                yield target, node.value
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
