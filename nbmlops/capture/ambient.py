"""What a cell changes beside its names: the folder it works in, and settings of libraries.

Only what is imported already is looked at, before the cell and after it, and by the identity of its
parts as far as that tells enough. Values are never kept: of the environment, the names of variables
are told.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

__all__ = ["Ambient"]

MOST_NAMES = 5
# Importing a library may change these as well; then the cell has to speak of them.
_CHANGED_BY_IMPORTS = {
    "warning filters": frozenset({"warnings", "filterwarnings", "simplefilter"}),
    "search path": frozenset({"path"}),
    "environment variables": frozenset({"environ", "putenv", "unsetenv", "setenv", "env"}),
}


class Ambient:
    """Looks at the surroundings of each cell of one session."""

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}
        self._loaded = 0

    def before(self) -> None:
        """Remember how things stand."""
        self._before, self._loaded = _look(), len(sys.modules)

    def after(self, tree: ast.Module | None) -> list[str]:
        """What stands otherwise than before the cell, in words."""
        before, self._before = self._before, {}
        now = _look()
        found = []
        for name, value in now.items():
            if name not in before or before[name] == value:
                continue
            words = _CHANGED_BY_IMPORTS.get(name)
            if words is not None and len(sys.modules) != self._loaded and not _speaks(tree, words):
                continue
            if name == "environment variables":
                name = f"{name} ({_changed_names(before[name], value)})"
            found.append(name)
        return found


def _look() -> dict[str, Any]:
    found = {}
    for name, module, look in _LOOKS:
        loaded = sys.modules.get(module)
        if type(loaded) is ModuleType:
            try:
                found[name] = look(loaded)
            except Exception:  # noqa: BLE001 - a library that is half loaded, or of another version
                continue
    return found


def _speaks(tree: ast.Module | None, words: frozenset[str]) -> bool:
    if tree is None:
        return True
    for node in ast.walk(tree):
        if getattr(node, "id", None) in words or getattr(node, "attr", None) in words:
            return True
        if isinstance(node, ast.alias) and node.name in words:
            return True
    return False


def _changed_names(before: dict[Any, int], now: dict[Any, int]) -> str:
    names = sorted(
        os.fsdecode(name)
        for name in before.keys() | now.keys()
        if before.get(name) != now.get(name)
    )
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _ids(values: Iterable[Any]) -> tuple[int, ...]:
    return tuple(map(id, values))


def _environment(module: Any) -> dict[Any, int]:
    known = module.environ._data.items()
    return {name: hash(value) for name, value in known if not name.startswith(b"POLARS_")}


def _working_directory(module: Any) -> str | None:
    try:
        return str(module.getcwd())
    except OSError:  # it was removed
        return None


def _warning_filters(module: Any) -> tuple[Any, ...]:
    return tuple(
        (action, _pattern(message), id(category), _pattern(name), line)
        for action, message, category, name, line in module.filters
    )


def _pattern(pattern: Any) -> Any:
    return getattr(pattern, "pattern", None) if pattern is not None else None


def _pandas_options(module: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    todo = [module._global_config]
    while todo:
        for value in todo.pop().values():
            if type(value) is dict:
                todo.append(value)
            else:
                found.append(_settled(value))
    return tuple(found)


def _matplotlib_settings(module: Any) -> tuple[Any, ...]:
    # Which of its windows it uses, it finds out by itself when it draws.
    values = [value for name, value in dict.items(module.rcParams) if name != "backend"]
    ids, known = _ids(values), _told_of.get("matplotlib")
    if known is None or known[0] != ids:
        known = _told_of["matplotlib"] = ids, tuple(map(_settled, values))
    return known[1]


_told_of: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {}  # which hundreds of values say


def _settled(value: Any) -> Any:
    """What a setting is compared by: numbers and texts by value, all else by identity."""
    if type(value) in (str, int, float, bool):
        return value
    if type(value) in (list, tuple):
        return tuple(_settled(each) for each in value)
    return id(value) if value is not None else None


def _open_figures(module: Any) -> tuple[Any, ...]:
    found = []
    for number, manager in module.Gcf.figs.items():
        axes = [len(each._children) for each in manager.canvas.figure.axes]
        found.append((number, *axes))
    return tuple(found)


def _sklearn_settings(module: Any) -> tuple[Any, ...]:
    # Past its own function, which fills in what was not asked for before.
    config = getattr(module._threadlocal, "global_config", None) or module._global_config
    return tuple(_settled(value) for value in config.values())


def _numpy_settings(module: Any) -> tuple[Any, ...]:
    options = module.get_printoptions()
    return (*module.geterr().items(), *map(_settled, options.values()))


_LOOKS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("working directory", "os", _working_directory),
    ("environment variables", "os", _environment),
    ("search path", "sys", lambda module: tuple(map(_settled, module.path))),
    ("warning filters", "warnings", _warning_filters),
    ("NumPy settings", "numpy", _numpy_settings),
    ("pandas options", "pandas._config.config", _pandas_options),
    ("matplotlib settings", "matplotlib", _matplotlib_settings),
    ("open figures", "matplotlib._pylab_helpers", _open_figures),
    ("scikit-learn settings", "sklearn._config", _sklearn_settings),
    ("polars settings", "polars.config", lambda module: dict(module.Config.state(if_set=True))),
)
