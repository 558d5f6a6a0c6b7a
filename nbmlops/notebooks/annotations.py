"""The type of a parameter, read from its annotation or from its default."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from nbmlops.notebooks.value_types import ANY, BOOL, FLOAT, INT, NONE, STR, Type

__all__ = ["classes_in", "type_of_annotation", "type_of_value"]

_LISTS = ("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection")
_DICTS = ("dict", "Dict", "Mapping", "MutableMapping")
_TUPLES = ("tuple", "Tuple")
_PLAIN = {"bool": BOOL, "int": INT, "float": FLOAT, "str": STR, "Any": ANY, "object": ANY}
# Name in an annotation → kind, and the module that has it.
_MADE = {
    "date": ("date", "datetime"),
    "datetime": ("datetime", "datetime"),
    "Path": ("path", "pathlib"),
    "PurePath": ("path", "pathlib"),
}


def classes_in(statements: Iterable[ast.stmt]) -> dict[str, Type]:
    """The classes that a parameters cell defines itself: enumerations with their members."""
    found: dict[str, Type] = {}
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            is_enum = any(_name(base).endswith("Enum") for base in statement.bases)
            members = tuple(_members(statement)) if is_enum else ()
            found[statement.name] = (
                Type("enum", options=members, code=statement.name) if members else ANY
            )
    return found


def _members(definition: ast.ClassDef) -> Iterable[tuple[str, Any]]:
    """Name and value of each member; None for a value that is no literal."""
    for statement in definition.body:
        if not isinstance(statement, ast.Assign):
            continue
        value = statement.value
        for target in statement.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(value, ast.Tuple) and len(names) > 1 else [value]
            for name, one in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and not name.id.startswith("_"):
                    try:
                        yield name.id, ast.literal_eval(one)
                    except ValueError:
                        yield name.id, None


def type_of_annotation(
    node: ast.expr, classes: Mapping[str, Type] | None = None, *, is_evaluated: bool = True
) -> Type:
    """The type an annotation says; ANY for one that is not ours to check (a class, an array).

    `classes` are those that the cell defines. What an annotation names is there when the cell has
    run, unless it is a text, which nobody evaluates.

    >>> str(type_of_annotation(ast.parse("Optional[list[int]]", mode="eval").body))
    'list[int] | None'
    """
    known = classes or {}

    def read(inner: ast.expr, is_evaluated: bool = is_evaluated) -> Type:
        return type_of_annotation(inner, known, is_evaluated=is_evaluated)

    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            try:
                return read(ast.parse(text, mode="eval").body, is_evaluated=False)
            except SyntaxError:
                return ANY
        case ast.Name() | ast.Attribute():
            return _named(node, known, is_evaluated)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union(read(left), read(right))
        case ast.Subscript(value=value, slice=inside):
            parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            name = _name(value)
            if name == "Literal":
                return _literal(parts)
            if name in ("Annotated", "Final", "ClassVar"):
                return read(parts[0])
            endless = name in _TUPLES and [ast.unparse(part) for part in parts[1:]] == ["..."]
            items = tuple(read(part) for part in (parts[:1] if endless else parts))
            return _of_items(name, items, endless=endless)
    return ANY


def _named(node: ast.Name | ast.Attribute, known: Mapping[str, Type], is_evaluated: bool) -> Type:
    name = _name(node)
    if isinstance(node, ast.Name) and name in known:
        return known[name]
    if name in _LISTS:
        return Type("list")
    if name in _TUPLES:
        return Type("tuple")
    if name in _MADE:
        kind, module = _MADE[name]
        code = ast.unparse(node) if is_evaluated else f"__import__({module!r}).{name}"
        return Type(kind, code=code)
    return Type("dict") if name in _DICTS else _PLAIN.get(name, ANY)


def _literal(parts: Iterable[ast.expr]) -> Type:
    try:
        return Type("literal", options=tuple(ast.literal_eval(part) for part in parts))
    except ValueError:
        return ANY


def _of_items(name: str, items: tuple[Type, ...], *, endless: bool) -> Type:
    if name == "Optional":
        return _union(*items, NONE)
    if name == "Union":
        return _union(*items)
    if name in _LISTS:
        return Type("list", items)
    if name in _TUPLES:
        return Type("tuple", items, options=(...,) if endless else ())
    return Type("dict", items) if name in _DICTS and len(items) == 2 else ANY


def _union(*types: Type) -> Type:
    flat: list[Type] = []
    for one in types:
        for item in one.items if one.kind == "union" else (one,):
            if item not in flat:
                flat.append(item)
    if ANY in flat:
        return ANY
    return flat[0] if len(flat) == 1 else Type("union", tuple(flat))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def type_of_value(value: Any) -> Type:
    """The type a default value implies; None implies nothing.

    >>> str(type_of_value(3)), str(type_of_value(None)), str(type_of_value([1]))
    ('int', 'any', 'list')
    """
    for kind, one in ((bool, BOOL), (int, INT), (float, FLOAT), (str, STR)):
        if isinstance(value, kind):
            return one
    for container in (list, tuple, dict):
        if isinstance(value, container):
            return Type(container.__name__)
    return ANY
