"""The types of a notebook's parameters: read from an annotation or a default, checked, parsed.

Values are those that JSON knows (None, bool, int, float with nan and inf, str, list, dict with
string keys) and nothing else, because they have to arrive in another process equal.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ANY",
    "TwiceError",
    "Type",
    "literal",
    "normalize",
    "type_of_annotation",
    "type_of_value",
]

MAX_DEPTH = 50  # Python's own parser gives up at 100 open brackets
_LISTS = ("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection")
_DICTS = ("dict", "Dict", "Mapping", "MutableMapping")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class TwiceError(ValueError):
    """A key stands twice in one dict as it was typed, and nobody can say which one is meant."""

    def __init__(self, key: object) -> None:
        shown = repr(key) if len(repr(key)) <= 60 else f"{repr(key)[:59]}…"
        super().__init__(f"the key {shown} stands twice in one dict")


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `any none bool int float str list dict literal union`, and what it holds."""

    kind: str
    items: tuple[Type, ...] = ()
    options: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.kind == "union":
            return " | ".join(str(item) for item in self.items)
        if self.kind == "literal":
            return f"Literal[{', '.join(repr(option) for option in self.options)}]"
        inside = f"[{', '.join(str(item) for item in self.items)}]" if self.items else ""
        return ("None" if self.kind == "none" else self.kind) + inside

    def accepts(self, value: Any) -> bool:
        """True where a normalized value is of this type; True is no int, 3 is a float."""
        match self.kind:
            case "any":
                return True
            case "none":
                return value is None
            case "bool":
                return isinstance(value, bool)
            case "int":
                return isinstance(value, int) and not isinstance(value, bool)
            case "float":
                return isinstance(value, (int, float)) and not isinstance(value, bool)
            case "str":
                return isinstance(value, str)
            case "literal":
                return any(type(value) is type(one) and value == one for one in self.options)
            case "union":
                return any(item.accepts(value) for item in self.items)
            case "list":
                return isinstance(value, list) and all(
                    item.accepts(one) for item in self.items[:1] for one in value
                )
            case _:
                return isinstance(value, dict) and all(
                    item.accepts(one) for item in self.items[1:2] for one in value.values()
                )

    def parse(self, text: str) -> Any:
        """The value that a text from a terminal means; raises ValueError where it means none.

        >>> INT.parse("8"), FLOAT.parse("1e-3"), BOOL.parse("true"), STR.parse("8")
        (8, 0.001, True, '8')
        """
        stripped = text.strip()
        match self.kind:
            case "str":
                return text
            case "none":
                if stripped in ("None", "null"):
                    return None
            case "bool":
                if stripped.lower() in (*_TRUE, *_FALSE):
                    return stripped.lower() in _TRUE
            case "int":
                return int(stripped)
            case "float":
                return float(stripped)
            case "literal":
                for option in self.options:
                    if text == str(option):
                        return option
            case "union":
                return self._parse_union(text)
            case "any":
                try:
                    return literal(stripped)
                except TwiceError:
                    raise
                except ValueError:
                    return text
            case _:
                return literal(stripped)
        raise ValueError(text)

    def _parse_union(self, text: str) -> Any:
        # A text fits every str, so the narrower members are asked first.
        for item in sorted(self.items, key=lambda item: item.kind in ("str", "any")):
            try:
                value = normalize(item.parse(text))
            except TwiceError:
                raise
            except ValueError:
                continue
            if item.accepts(value):
                return value
        raise ValueError(text)


ANY, NONE, BOOL, INT = Type("any"), Type("none"), Type("bool"), Type("int")
FLOAT, STR = Type("float"), Type("str")
_PLAIN = {"bool": BOOL, "int": INT, "float": FLOAT, "str": STR, "Any": ANY, "object": ANY}


def literal(text: str) -> Any:
    """The value of a Python or JSON literal; ValueError where it is neither, TwiceError for a dict
    with a key that stands in it twice.

    >>> literal("[1, 'a']"), literal('{"a": null}')
    ([1, 'a'], {'a': None})
    """
    for read in (_python, _json):
        try:
            return read(text)
        except TwiceError:
            raise
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    raise ValueError(text)


def _python(text: str) -> Any:
    tree = ast.parse(text.lstrip(" \t"), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            _once(key.value for key in node.keys if isinstance(key, ast.Constant))
    return ast.literal_eval(tree)


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _once(key for key, _ in pairs)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


def _once(keys: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            raise TwiceError(key)
        seen.add(key)


def type_of_annotation(node: ast.expr) -> Type:
    """The type an annotation says; ANY for one that is not ours to check (a class, an array).

    >>> str(type_of_annotation(ast.parse("Optional[list[int]]", mode="eval").body))
    'list[int] | None'
    """
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            try:
                return type_of_annotation(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return ANY
        case ast.Name() | ast.Attribute():
            name = _name(node)
            if name in _LISTS:
                return Type("list")
            return Type("dict") if name in _DICTS else _PLAIN.get(name, ANY)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union(type_of_annotation(left), type_of_annotation(right))
        case ast.Subscript(value=value, slice=inside):
            return _of_subscript(_name(value), inside)
    return ANY


def _of_subscript(name: str, inside: ast.expr) -> Type:
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if name == "Literal":
        try:
            return Type("literal", options=tuple(ast.literal_eval(part) for part in parts))
        except ValueError:
            return ANY
    if name in ("Annotated", "Final", "ClassVar"):
        return type_of_annotation(parts[0])
    items = tuple(type_of_annotation(part) for part in parts)
    if name == "Optional":
        return _union(*items, NONE)
    if name == "Union":
        return _union(*items)
    if name in _LISTS:
        return Type("list", items)
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
    return (
        Type("list")
        if isinstance(value, list)
        else Type("dict")
        if (isinstance(value, dict))
        else ANY
    )


def normalize(value: Any, depth: int = 0) -> Any:
    """The same value in exactly the built-in types; ValueError says why it cannot be passed.

    Subclasses and NumPy scalars become what they are equal to. What would arrive as something
    else (a tuple as a list, a key 1 as '1') is refused.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [normalize(one, depth + 1) for one in value]
    if isinstance(value, Mapping):
        return {_key(key): normalize(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (tuple, set, frozenset)):
        kind = type(value).__name__
        raise ValueError(f"a {kind} would arrive as a list; give a list")
    raise ValueError(
        f"a {type(value).__name__} cannot be passed to a kernel; "
        "give numbers, texts, lists and dicts"
    )


def _integer(value: int) -> int:
    limit = getattr(sys, "get_int_max_str_digits", lambda: 4300)() or 4300
    if abs(value).bit_length() > limit * 3:  # below 3.32 bits a digit: always safe to write out
        raise ValueError(f"the number has more than {limit * 3 // 3.33:,.0f} digits")
    return int(value)


def _text(value: str) -> str:
    plain = str.__str__(value)
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text holds lone surrogates, which no file can hold") from None
    return plain


def _key(key: Any) -> str:
    if not isinstance(key, str):
        problem = f"the key {key!r} would arrive as a text; keys have to be texts"
        raise ValueError(problem)
    return _text(key)
