"""The types of a notebook's parameters: values are checked, parsed and written as code by them.

Values travel as those that JSON knows (None, bool, int, float with nan and inf, str, list, dict
with string keys) and nothing else, because they have to arrive in another process equal. A date, a
path, a tuple and a member of an enumeration travel as what stands for them: ISO 8601, a text, a
list, a name. They are made again by the code that the notebook gets.
"""

from __future__ import annotations

import ast
import datetime as dt
import enum
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ANY",
    "BOOL",
    "FLOAT",
    "INT",
    "NONE",
    "STR",
    "TwiceError",
    "Type",
    "literal",
    "normalize",
]

MAX_DEPTH = 50  # Python's own parser gives up at 100 open brackets
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_MOMENTS = {"date": dt.date, "datetime": dt.datetime}


class TwiceError(ValueError):
    """A key stands twice in one dict as it was typed, and nobody can say which one is meant."""

    def __init__(self, key: object) -> None:
        shown = repr(key) if len(repr(key)) <= 60 else f"{repr(key)[:59]}…"
        super().__init__(f"the key {shown} stands twice in one dict")


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `any none bool int float str list dict literal union`, and what it holds; or one
    whose values are made in the kernel: `date datetime path tuple enum`.

    `code` is how the notebook itself calls such a class. A tuple has `...` as last of its `options`
    where any number may follow; those of an enum are its members, name and value.
    """

    kind: str
    items: tuple[Type, ...] = ()
    options: tuple[Any, ...] = ()
    code: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "union":
                return " | ".join(str(item) for item in self.items)
            case "literal":
                return f"Literal[{', '.join(repr(option) for option in self.options)}]"
            case "enum":
                return " | ".join(f"{self.code}.{name}" for name, _ in self.options) or self.code
            case "path":
                return "Path"
            case "none":
                return "None"
        inside = [str(item) for item in self.items] + ["..."] * len(self.options)
        return self.kind + (f"[{', '.join(inside)}]" if inside else "")

    def accepts(self, value: Any) -> bool:
        """True where a plain value is of this type; True is no int, 3 is a float."""
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
            case "date" | "datetime":
                return isinstance(value, str) and _is_moment(self.kind, value)
            case "path":
                return isinstance(value, str) and bool(value.strip()) and "\0" not in value
            case "enum":
                return value in [name for name, _ in self.options]
            case "literal":
                return any(type(value) is type(one) and value == one for one in self.options)
            case "union":
                return any(item.accepts(value) for item in self.items)
            case "list":
                return isinstance(value, list) and all(
                    item.accepts(one) for item in self.items[:1] for one in value
                )
            case "tuple":
                return isinstance(value, list) and self._fits(value)
            case _:
                return isinstance(value, dict) and all(
                    item.accepts(one) for item in self.items[1:2] for one in value.values()
                )

    def _fits(self, values: list[Any]) -> bool:
        if not self.items:
            return True
        if not self.options and len(values) != len(self.items):
            return False
        return all(item.accepts(one) for item, one in zip(self._each(values), values, strict=True))

    def _each(self, values: Any) -> list[Type]:
        """The type of each of these items."""
        if self.kind == "tuple" and not self.options and len(values) == len(self.items):
            return list(self.items)
        return [self.items[0] if self.items else ANY] * len(values)

    def plain(self, value: Any) -> Any:
        """What stands for a value of this type; any other value as it is."""
        match self.kind:
            case "date" if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                return value.isoformat()
            case "datetime" if isinstance(value, dt.datetime):
                return value.isoformat()
            case "path" if isinstance(value, os.PathLike):
                return os.fspath(value)
            case "enum":
                return self._member(value)
            case "tuple" if isinstance(value, (tuple, list)):
                return [item.plain(one) for item, one in zip(self._each(value), value, strict=True)]
            case "list" if isinstance(value, list):
                return [item.plain(one) for item, one in zip(self._each(value), value, strict=True)]
            case "dict" if isinstance(value, dict) and self.items:
                return {key: self.items[1].plain(one) for key, one in value.items()}
            case "union":
                for item in self.items:
                    one = item.plain(value)
                    if one is not value and item.accepts(one):
                        return one
        return value

    def _member(self, value: Any) -> Any:
        """The name of the member that a name, a value or a member of an enumeration means."""
        for name, held in self.options:
            if isinstance(value, enum.Enum) and value.name == name:
                return name
            if value == name or (held is not None and value == held and type(value) is type(held)):
                return name
        return value

    def written(self, value: Any) -> str:
        """The Python code that makes a value of this type from what stands for it."""
        match self.kind:
            case "date" | "datetime":
                return f"{self.code}.fromisoformat({value!r})"
            case "path":
                return f"{self.code}({value!r})"
            case "enum":
                return f"{self.code}.{value}"
            case "tuple" | "list" if isinstance(value, list):
                inside = [
                    item.written(one) for item, one in zip(self._each(value), value, strict=True)
                ]
                if self.kind == "list":
                    return f"[{', '.join(inside)}]"
                return f"({', '.join(inside)}{',' if len(inside) == 1 else ''})"
            case "dict" if self.items:
                inside = [f"{key!r}: {self.items[1].written(one)}" for key, one in value.items()]
                return f"{{{', '.join(inside)}}}"
            case "union":
                return next(item for item in self._narrow() if item.accepts(value)).written(value)
        return _written(value)

    def is_made(self) -> bool:
        """True where a value of it may be one that is made in the kernel."""
        made = self.kind in ("date", "datetime", "path", "tuple", "enum")
        return made or any(item.is_made() for item in self.items)

    def parse(self, text: str) -> Any:
        """The plain value that a text from a terminal means; ValueError where it means none.

        >>> INT.parse("8"), FLOAT.parse("1e-3"), BOOL.parse("true"), STR.parse("8")
        (8, 0.001, True, '8')
        """
        stripped = text.strip()
        match self.kind:
            case "str" | "path":
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
            case "date" | "datetime":
                return _MOMENTS[self.kind].fromisoformat(stripped).isoformat()
            case "enum":
                found = self._member(stripped.removeprefix(f"{self.code}."))
                return found if self.accepts(found) else self._member(literal(stripped))
            case "literal":
                for option in self.options:
                    if text == str(option):
                        return option
            case "union":
                return self._parse_union(text)
            case "any":
                return _literal_or_text(text)
            case _:
                return self.plain(literal(stripped))
        raise ValueError(text)

    def _parse_union(self, text: str) -> Any:
        for item in self._narrow():
            try:
                value = normalize(item.parse(text))
            except TwiceError:
                raise
            except ValueError:
                continue
            if item.accepts(value):
                return value
        raise ValueError(text)

    def _narrow(self) -> list[Type]:
        """The members, those last which any text fits."""
        return sorted(self.items, key=lambda item: item.kind in ("str", "any", "path"))


ANY, NONE, BOOL, INT = Type("any"), Type("none"), Type("bool"), Type("int")
FLOAT, STR = Type("float"), Type("str")


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


def _literal_or_text(text: str) -> Any:
    try:
        return literal(text.strip())
    except TwiceError:
        raise
    except ValueError:
        return text


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


def _is_moment(kind: str, text: str) -> bool:
    try:
        _MOMENTS[kind].fromisoformat(text)
    except ValueError:
        return False
    return True


def _written(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_written(one)}' for key, one in value.items())}}}"
    return repr(value)


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
