"""Whose code something is, and which global names code reads, as its bytecode tells."""

from __future__ import annotations

import dis
import os
import sysconfig
from functools import lru_cache
from types import CodeType

__all__ = ["globals_read", "is_library_file"]

_LOAD_GLOBAL = dis.opmap["LOAD_GLOBAL"]
_OTHERS = tuple(dis.opmap[name] for name in ("LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"))
_EXTENDED = dis.opmap["EXTENDED_ARG"]


def globals_read(code: CodeType) -> set[str]:
    """The global names that code and the functions inside of it read or bind.

    >>> sorted(globals_read(compile("lambda x: scale * (lambda: x.mean + shift)()", "", "eval")))
    ['scale', 'shift']
    """
    found: set[str] = set()
    codes = [code]
    while codes:
        current = codes.pop()
        codes += [part for part in current.co_consts if type(part) is CodeType]
        names = current.co_names
        if not names:
            continue
        steps = current.co_code
        operations = steps[::2]
        for operation in (_LOAD_GLOBAL, *_OTHERS):
            at = operations.find(operation)
            while at >= 0:
                argument, before = steps[2 * at + 1], at - 1
                shift = 8
                while before >= 0 and operations[before] == _EXTENDED:
                    argument |= steps[2 * before + 1] << shift
                    before, shift = before - 1, shift + 8
                place = argument >> 1 if operation == _LOAD_GLOBAL else argument
                if place < len(names):
                    found.add(names[place])
                at = operations.find(operation, at + 1)
    return found


def _roots() -> tuple[str, ...]:
    keys = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {path for key in keys if (path := sysconfig.get_paths().get(key))}
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return tuple(os.path.join(path, "") for path in {*paths, ours})


_LIBRARIES = _roots()


@lru_cache(maxsize=4096)
def is_library_file(file: str) -> bool:
    """True for a file of Python, of an installed package, or of ours."""
    if file.startswith("<frozen"):
        return True
    return file.startswith(_LIBRARIES) or "site-packages" in file or "dist-packages" in file
