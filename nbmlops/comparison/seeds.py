"""Seeds of random numbers: of parameters, of models, in the code, and where there is none.

What was recorded of generators proves more than seeds do: in which state they were when a run began
to draw from them. Only where that is not known, a missing seed is a suspicion.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

from nbmlops.comparison.code import code_of, read_code
from nbmlops.comparison.records import SeedChange, State, ValueChange
from nbmlops.comparison.values import changes, flat, is_seed
from nbmlops.records import ParamValue, Run

__all__ = ["compare_seeds", "seeds_of", "unseeded_of"]

_WARNING = re.compile(r"Random numbers came from (.+?) without a seed")
_SEEDING = {"seed", "manual_seed", "seed_everything", "set_seed", "default_rng", "RandomState"}


def compare_seeds(runs: Sequence[Run]) -> dict[str, SeedChange]:
    """The change of each run after the first."""
    first, seeds_first = runs[0], seeds_of(runs[0])
    found = {}
    for run in runs[1:]:
        seeds = seeds_of(run)
        differing = _once(changes(seeds_first, seeds))
        began = _Began(first, run)
        said = tuple(
            dict.fromkeys(
                told
                for each in (first, run)
                for told in unseeded_of(each, began.known, is_known=began.is_known)
            )
        )
        none = not (seeds_first or seeds or began.is_known)
        state: State = (
            "differs"
            if differing or began.moved
            else "unsure"
            if said
            else "missing"
            if none
            else "same"
        )
        found[run.id] = SeedChange(state, differing, said, began.moved)
    return found


def _once(changed: Sequence[ValueChange]) -> tuple[ValueChange, ...]:
    """The changes without those that follow from another: a seed is handed on by its name."""
    found: dict[Hashable, ValueChange] = {}
    for each in changed:
        given = [value for value in (each.before, each.after) if value is not None]
        is_plain = bool(given) and all(isinstance(value, (int, str)) for value in given)
        key: Hashable = (each.state, each.before, each.after) if is_plain else each.name
        found.setdefault(key, each)
    return tuple(found.values())


class _Began:
    """Where generators stood when two runs began to draw from them.

    The same state gives the same numbers, with or without a seed; another state gives others.
    """

    def __init__(self, first: Run, run: Run) -> None:
        before, after = _states(first), _states(run)
        self.is_known = before is not None and after is not None
        both = (before or {}).keys() & (after or {}).keys()
        moved = {name for name in both if (before or {})[name] != (after or {})[name]}
        self.known = frozenset(both)
        self.moved = tuple(sorted(moved))


def _states(run: Run) -> Mapping[str, str] | None:
    """The state of each generator that a run drew from; None where nobody recorded it."""
    return run.observed.random_states if run.observed is not None else None


def seeds_of(run: Run) -> dict[str, ParamValue]:
    """Every seed: of parameters and models, those that were recorded, and literals of the code."""
    found: dict[str, ParamValue] = {
        ".".join(path): value for path, value in flat(run.params).items() if is_seed(path[-1])
    }
    for model in run.models.values():
        for path, value in flat(model.params).items():
            if is_seed(path[-1]) and value is not None:
                found.setdefault(f"{model.name}.{'.'.join(path)}", value)
    for seed in run.observed.seeds if run.observed is not None else ():
        found.setdefault(seed.given_to, seed.value)
    text = code_of(run)
    tree = read_code(text) if text else None
    if tree is not None:
        for name, value in _literals(tree):
            found.setdefault(name, value)
    return found


def _literals(tree: ast.Module) -> Iterator[tuple[str, ParamValue]]:
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = [(word.arg, word.value) for word in node.keywords if word.arg and is_seed(word.arg)]
        if called.rpartition(".")[2] in _SEEDING and node.args:
            given.append(("", node.args[0]))
        for word, value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, (int, str, type(None))):
                name = f"{called}({word + '=' if word else ''}…)"
                counts[name] = counts.get(name, 0) + 1
                yield (name if counts[name] == 1 else f"{name} #{counts[name]}"), value.value


def unseeded_of(
    run: Run, known: Collection[str] = (), *, is_known: bool = False
) -> tuple[str, ...]:
    """What says that random numbers of this run had no seed: its warnings, and its models.

    Of generators that are `known`, their states say whether the numbers were the same; where it
    `is_known` from which generators it drew, a model that drew from none needs no seed.
    """
    said = [
        " and ".join(_generators(warning.message)) or warning.message
        for warning in run.warnings
        if ("seed" in warning.code.lower() or "unseeded" in warning.message.lower())
        and not (
            set(_generators(warning.message)) and set(_generators(warning.message)) <= set(known)
        )
    ]
    for model in run.models.values():
        if is_known and model.class_name.startswith("sklearn."):
            continue  # it draws from NumPy's generator, whose state is known
        for path, value in flat(model.params).items():
            if is_seed(path[-1]) and value is None:
                said.append(f"{model.name} has {'.'.join(path)}=None")
    return tuple(dict.fromkeys(said))


def _generators(message: str) -> list[str]:
    """The generators that our own warning names."""
    match = _WARNING.match(message)
    return match[1].split(" and ") if match else []
