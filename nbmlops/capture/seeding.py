"""Which seeds the code of a cell gives, and to which generators; read from its syntax.

A value that is a name is looked up, as far as it is a plain number or text. Nothing is called.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from nbmlops.capture.redaction import redact_head

__all__ = ["EVERY", "NUMPY", "PYTHON", "TORCH", "Seeding", "may_seed", "seedings"]

PYTHON, NUMPY, TORCH = "random", "numpy.random", "torch"
EVERY = "every generator"
TOLD_CHARACTERS = 80
_SEEDS = frozenset({"seed", "manual_seed", "set_state", "setstate", "set_rng_state"})
_SEED_EVERYTHING = frozenset({"seed_everything", "set_seed", "set_random_seed", "fix_seed"})
_MAKERS = frozenset({"default_rng", "RandomState", "Random", "PCG64", "MT19937", "Philox", "SFC64"})
_MODULES = {"random": PYTHON, "numpy.random": NUMPY, "numpy": NUMPY, "torch": TORCH}
_ARGUMENTS = frozenset({"random_state", "seed", "random_seed", "rng", "seeds", "np_seed"})


@dataclass(frozen=True, slots=True)
class Seeding:
    """One call that takes a seed, or that makes a generator without one (`is_maker`, no value).

    `generator` is a global one, the name of a variable, or "" where only this call uses the seed;
    `owner` is the function or class in whose body it stands.
    """

    generator: str
    what: str
    value: Any
    owner: str = ""
    is_maker: bool = False


_MAY_SEED = re.compile(r"(?i)seed|random|rng|manual|state|PCG64|MT19937|Philox|SFC64|\bcv\b")


def may_seed(source: str) -> bool:
    """False for code in which there is no word of seeds, so that its syntax need not be read."""
    return _MAY_SEED.search(source) is not None


def seedings(tree: ast.Module | None, namespace: Mapping[str, Any]) -> list[Seeding]:
    """The seeds that code gives, in its order.

    >>> code = "np.random.seed(7)\\nrng = default_rng(s)\\nsplit(X, random_state=0)\\nRandom()"
    >>> [(s.generator, s.what, s.value) for s in seedings(ast.parse(code), {"s": 3})]
    [('numpy.random', 'np.random.seed(…)', 7), ('rng', 'default_rng(…)', 3), \
('', 'split(random_state=…)', 0), ('', 'Random()', None)]
    """
    found: list[Seeding] = []
    for statement in tree.body if tree is not None else ():
        owner = ""
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            owner = statement.name
        made: dict[int, str] = {}
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                made[id(node.value)] = node.targets[0].id
            elif isinstance(node, ast.Call):
                found += _of_call(node, made.get(id(node), ""), owner, namespace)
    return found


def _of_call(
    node: ast.Call, name: str, owner: str, namespace: Mapping[str, Any]
) -> Iterator[Seeding]:
    function = node.func
    last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    first = node.args[0] if node.args else None
    if last in _MAKERS:
        given = first if first is not None else _word(node, "seed")
        if given is None:
            yield Seeding(name, f"{last}()", None, owner, is_maker=True)
        else:
            yield Seeding(name, f"{_told(function)}(…)", _value(given, namespace), owner)
        return
    if last in _SEED_EVERYTHING and (node.args or node.keywords):
        given = first if first is not None else node.keywords[0].value
        yield Seeding(EVERY, f"{_told(function)}(…)", _value(given, namespace), owner)
        return
    if last == "cv" and _is_of("xgboost", function, last, namespace):
        # It seeds NumPy's global generator in any case, with 0 where nobody gives it a seed.
        value = _value(_word(node, "seed"), namespace)
        yield Seeding(NUMPY, f"{_told(function)}(seed=…)", value, owner)
        return
    if last in _SEEDS:
        given = first if first is not None else _word(node, "seed") or _word(node, "a")
        generator = _seeded_by(function, last, namespace) or name
        yield Seeding(generator, f"{_told(function)}(…)", _value(given, namespace), owner)
        return
    for word in node.keywords:
        if word.arg in _ARGUMENTS:
            value = _value(word.value, namespace)
            if value is not None:
                yield Seeding("", f"{_told(function)}({word.arg}=…)", value, owner)


def _told(function: ast.expr) -> str:
    return redact_head(ast.unparse(function), TOLD_CHARACTERS)[:TOLD_CHARACTERS]


def _word(node: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in node.keywords if word.arg == name), None)


def _value(node: ast.expr | None, namespace: Mapping[str, Any]) -> Any:
    """The seed that an expression stands for, or None where that would have to be found out."""
    if isinstance(node, ast.Name):
        value = namespace.get(node.id)
    elif isinstance(node, ast.Constant):
        value = node.value
    else:
        return None
    return value if type(value) in (int, str) else None


def _seeded_by(function: ast.expr, last: str, namespace: Mapping[str, Any]) -> str:
    """The generator that a call of `seed` and the like is about."""
    if last == "manual_seed" and not isinstance(function, ast.Attribute):
        return TORCH
    if isinstance(function, ast.Name):
        for module, generator in _MODULES.items():
            if _is_of(module, function, last, namespace):
                return generator
        return ""
    if not isinstance(function, ast.Attribute):
        return ""
    module = _module(function.value, namespace)
    if module:
        return _MODULES.get(module.removesuffix(".random") if "torch" in module else module, "")
    owner = ast.unparse(function.value)
    if isinstance(function.value, ast.Name) and owner in namespace:
        return owner
    # The name it was imported by may be gone.
    guesses = {"random": PYTHON, "np.random": NUMPY, "numpy.random": NUMPY, "torch": TORCH}
    return guesses.get(owner, "")


def _is_of(module: str, function: ast.expr, last: str, namespace: Mapping[str, Any]) -> bool:
    """Whether a function is the one that a module has under its `last` name."""
    if isinstance(function, ast.Attribute):
        return _module(function.value, namespace) == module
    loaded = sys.modules.get(module)
    called = namespace.get(function.id) if isinstance(function, ast.Name) else None
    return called is not None and bool(loaded) and vars(loaded).get(last) is called


def _module(node: ast.expr, namespace: Mapping[str, Any]) -> str:
    """The module that an expression such as `np.random` stands for, or ""."""
    path = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    value = namespace.get(node.id) if isinstance(node, ast.Name) else None
    for part in reversed(path):
        value = value.__dict__.get(part) if type(value) is ModuleType else None
    return str(value.__dict__.get("__name__")) if type(value) is ModuleType else ""
