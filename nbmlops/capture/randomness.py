"""Whether a cell drew random numbers that nobody seeded, so that it may differ from run to run.

The states of the global generators of `random` and NumPy are looked at before and after: drawing
changes them. Generators of one's own are told by how they are made. Nothing is imported for it, no
state is changed.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

__all__ = ["Randomness"]

NUMPY = "numpy.random"
_SEEDING = frozenset(
    {"seed", "set_state", "setstate", "manual_seed", "set_seed", "seed_everything"}
)
_MAKERS = frozenset({"default_rng", "RandomState", "Random"})


class Randomness:
    """Watches the global generators from cell to cell of one session."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._seeded = False

    def before(self) -> None:
        """Remember the states."""
        self._before = _states()

    def after(self, tree: ast.Module | None) -> list[str]:
        """Which generators were drawn from without a seed, in words; [] where all is seeded."""
        states = _states()
        drawn = [name for name, state in states.items() if self._before.get(name, state) != state]
        if NUMPY not in self._before and _has_been_drawn():  # it was loaded by this very cell
            drawn.append(NUMPY)
        self._before = {}
        makers = self.learn(tree) if tree is not None else []
        if "random" in drawn and not _speaks_of_random(tree):
            drawn.remove("random")  # some libraries draw from it while they are imported
        return ([] if self._seeded else drawn) + makers

    def learn(self, tree: ast.Module) -> list[str]:
        """Take in a cell that seeds; the generators that it makes without a seed."""
        makers = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = _name(node.func)
                self._seeded = self._seeded or name in _SEEDING
                if name in _MAKERS and not node.args and not node.keywords:
                    makers.append(f"{name}()")
        return makers


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _speaks_of_random(tree: ast.Module | None) -> bool:
    functions = set(dir(sys.modules["random"]))
    return tree is not None and any(
        isinstance(node, ast.Name) and node.id in functions | {"random"} for node in ast.walk(tree)
    )


def _has_been_drawn() -> bool:
    """True unless NumPy's global generator is as fresh as it is made: all of its state is left."""
    numpy: Any = sys.modules.get(NUMPY)
    if numpy is None or not hasattr(numpy, "get_state"):
        return False
    state = numpy.get_state(legacy=False)
    return bool(state["state"]["pos"] != len(state["state"]["key"]) or state["has_gauss"])


def _states() -> dict[str, int]:
    found: dict[str, int] = {}
    plain: Any = sys.modules.get("random")
    if plain is not None:
        found["random"] = hash(plain.getstate())
    numpy: Any = sys.modules.get(NUMPY)
    if numpy is not None and hasattr(numpy, "get_state"):
        state = numpy.get_state(legacy=False)["state"]
        found[NUMPY] = hash((state["key"].tobytes(), state["pos"]))
    return found
