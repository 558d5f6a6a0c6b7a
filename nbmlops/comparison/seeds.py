"""Seeds of random numbers: of parameters, of models, in the code, and where there is none."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbmlops.comparison.code import code_of, read_code
from nbmlops.comparison.records import SeedChange, State
from nbmlops.comparison.values import changes, flat, is_seed
from nbmlops.records import ParamValue, Run

__all__ = ["compare_seeds", "seeds_of", "unseeded_of"]

_SEEDING = {"seed", "manual_seed", "seed_everything", "set_seed", "default_rng", "RandomState"}


def compare_seeds(runs: Sequence[Run]) -> dict[str, SeedChange]:
    """The change of each run after the first."""
    first, unseeded = seeds_of(runs[0]), unseeded_of(runs[0])
    found = {}
    for run in runs[1:]:
        seeds = seeds_of(run)
        differing = changes(first, seeds)
        said = tuple(dict.fromkeys((*unseeded, *unseeded_of(run))))
        none = not (first or seeds)
        state: State = (
            "differs" if differing else "unsure" if said else "missing" if none else "same"
        )
        found[run.id] = SeedChange(state, differing, said)
    return found


def seeds_of(run: Run) -> dict[str, ParamValue]:
    """Every value that is named like a seed: of parameters, of models, and literals of the code."""
    found: dict[str, ParamValue] = {
        ".".join(path): value for path, value in flat(run.params).items() if is_seed(path[-1])
    }
    for model in run.models.values():
        for path, value in flat(model.params).items():
            if is_seed(path[-1]) and value is not None:
                found.setdefault(f"{model.name}.{'.'.join(path)}", value)
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


def unseeded_of(run: Run) -> tuple[str, ...]:
    """What says that random numbers of this run had no seed: its warnings, and its models."""
    said = [
        warning.message
        for warning in run.warnings
        if "seed" in warning.code.lower() or "unseeded" in warning.message.lower()
    ]
    for model in run.models.values():
        for path, value in flat(model.params).items():
            if is_seed(path[-1]) and value is None:
                said.append(f"{model.name} has {'.'.join(path)}=None")
    return tuple(dict.fromkeys(said))
