"""Which files the code of a cell reads and writes, as far as it says so.

Only what stands there is looked at: a call whose name says that it reads or writes, and a path that
is a literal, a variable or made of both. Nothing of the user's is called to find out. A variable
stands for a file as long as the code neither assigns it again nor stores anything in it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

__all__ = ["FileUse", "files_used", "may_use_files"]

_READERS = frozenset(
    {
        *("load", "loadtxt", "genfromtxt", "fromfile", "load_npz", "loadmat", "imread"),
        *("load_dataset", "open_dataset", "load_svmlight_file", "read", "from_csv"),
    }
)
_WRITERS = frozenset(
    {"save", "savetxt", "savez", "savez_compressed", "dump", "savefig", "imwrite", "sink_parquet"}
)
_PATHS = ("filepath_or_buffer", "path", "path_or_buf", "source", "io", "file", "fname", "filename")
_READING = ("read_text", "read_bytes")
_WRITING = ("write_text", "write_bytes")
_IN_PLACE = frozenset({"fill", "insert", "partition", "pop", "put", "resize", "sort", "update"})
_MOST = 50
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class FileUse:
    """A file that a cell reads, or that it writes; `name` is the variable that holds the data."""

    path: str
    name: str
    writes: bool


_MAY_USE_FILES = re.compile(
    r"read|load|open|scan|from_?file|from_csv|genfrom|to_|write|save|dump|sink"
)


def may_use_files(source: str) -> bool:
    """False for code in which there is no word of files, so that its syntax need not be read."""
    return _MAY_USE_FILES.search(source) is not None


def files_used(tree: ast.Module | None, namespace: Mapping[str, Any]) -> list[FileUse]:
    """The files, in the order of the code; one that is read or written twice comes once.

    >>> code = "a = pd.read_csv(folder + '/x.csv').dropna()\\na.to_parquet('out.parquet')"
    >>> [(f.path, f.name, f.writes) for f in files_used(ast.parse(code), {"folder": "data"})]
    [('data/x.csv', 'a', False), ('out.parquet', 'a', True)]
    >>> code = "a = pd.read_csv('x.csv')\\na['b'] = 1"
    >>> [(f.path, f.name) for f in files_used(ast.parse(code), {})]
    [('x.csv', '')]
    """
    found: dict[tuple[str, bool], FileUse] = {}
    for target, node in _statements(tree):
        changed = _changed(node, target)
        for key, known in found.items() if changed else ():
            if known.name in changed and not known.writes:
                found[key] = replace(known, name="")
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            use = _use(call, target, namespace)
            if use is not None and len(found) < _MOST:
                found.setdefault((use.path, use.writes), use)
    return list(found.values())


def _statements(tree: ast.Module | None) -> Iterator[tuple[str, ast.AST]]:
    """Every simple statement outside of functions and classes, with the name it assigns."""
    todo: list[ast.stmt] = list(tree.body) if tree is not None else []
    while todo:
        statement = todo.pop(0)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = [
            child
            for name in ("body", "orelse", "finalbody")
            for child in getattr(statement, name, ())
        ]
        inner += [child for each in getattr(statement, "handlers", ()) for child in each.body]
        if inner:
            for item in getattr(statement, "items", ()):
                yield "", item.context_expr
            todo[:0] = inner
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement
        else:
            yield "", statement


def _changed(node: ast.AST, target: str) -> set[str]:
    """The variables that a statement assigns, or stores something in."""
    found = {target} if target else set()
    for each in ast.walk(node):
        if isinstance(each, (ast.Subscript, ast.Attribute)):
            if not isinstance(each.ctx, ast.Load):
                found.add(_owner(each))
        elif isinstance(each, ast.Name):
            if not isinstance(each.ctx, ast.Load):
                found.add(each.id)
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            if each.func.attr in _IN_PLACE or any(map(_is_in_place, each.keywords)):
                found.add(_owner(each.func.value))
    return found - {""}


def _owner(node: ast.AST) -> str:
    """The variable whose own parts these are: `a` for `a.loc[0]`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_in_place(word: ast.keyword) -> bool:
    given = word.value.value if isinstance(word.value, ast.Constant) else None
    return word.arg == "inplace" and given is True


def _use(call: ast.Call, target: str, namespace: Mapping[str, Any]) -> FileUse | None:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    function = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    if function in _READING + _WRITING and owner is not None:
        path = _path(owner, namespace)
        return FileUse(path, target, function in _WRITING) if path else None
    if function == "open":
        path = _path(owner, namespace) if owner is not None else ""
        mode = call.args[1:2] if not path else call.args[:1]
        path = path or _argument(call, namespace)
        modes = [*mode, *(each.value for each in call.keywords if each.arg == "mode")]
        writes = any(
            isinstance(each, ast.Constant) and set(str(each.value)) & set("wax") for each in modes
        )
        return FileUse(path, "", writes) if path else None
    reads = function.startswith(("read_", "scan_")) or function in _READERS
    writes = function.startswith(("to_", "write_")) or function in _WRITERS
    if not reads and not writes:
        return None
    path = _argument(call, namespace)
    if not path:
        return None
    name = owner.id if writes and isinstance(owner, ast.Name) else target
    if writes and not function.startswith(("to_", "write_")):
        name = ""
    return FileUse(path, name, writes)


def _argument(call: ast.Call, namespace: Mapping[str, Any]) -> str:
    """The path among the arguments: the first that is one."""
    named = [each.value for each in call.keywords if each.arg in _PATHS]
    for argument in [*named, *call.args[:2]]:
        path = _path(argument, namespace)
        if path:
            return path
    return ""


def _path(node: ast.expr, namespace: Mapping[str, Any]) -> str:
    """The path or URL that an expression stands for, or ""."""
    try:
        value = _value(node, namespace)
    except (TypeError, ValueError, RecursionError):
        return ""
    if isinstance(value, PurePath):
        value = os.fspath(value)
    if not isinstance(value, str) or not value or len(value) > _MOST_CHARACTERS or "\n" in value:
        return ""
    return value


def _value(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """What an expression of literals, names and paths stands for; None for any other."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name):
            value = namespace.get(name)
            return value if type(value) is str or isinstance(value, PurePath) else None
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, namespace) for part in parts)
        case ast.BinOp(op=ast.Add() | ast.Div() as operator):
            left, right = _value(node.left, namespace), _value(node.right, namespace)
            if left is None or right is None:
                return None
            if isinstance(operator, ast.Add):
                return left + right if isinstance(left, str) and isinstance(right, str) else None
            return left / right
        case ast.Call(func=ast.Name(id="Path" | "str"), args=[only]):
            value = _value(only, namespace)
            return None if value is None else Path(value)
        case ast.Call(func=ast.Attribute(attr="join"), args=args) if len(args) > 1:
            parts = [_value(each, namespace) for each in args]
            paths = [each for each in parts if isinstance(each, (str, PurePath))]
            return os.path.join(*paths) if len(paths) == len(parts) else None
    return None


def _text(part: ast.expr, namespace: Mapping[str, Any]) -> str:
    """A piece of an f-string."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    if isinstance(part, ast.FormattedValue) and part.format_spec is None and part.conversion == -1:
        if isinstance(part.value, ast.Name):
            value = namespace.get(part.value.id)
            if type(value) in (str, int) or isinstance(value, PurePath):
                return str(value)
    raise ValueError("an expression that would have to be called")
