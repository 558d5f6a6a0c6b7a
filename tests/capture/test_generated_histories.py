"""Generated notebooks: what changed in place is what a comparison of everything says, and no more."""

from __future__ import annotations

import gc
import types
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from notebooks import Notebook

SETUP = """
import numpy as np, pandas as pd
class Thing:
    pass
class Slim:
    __slots__ = ("part", "n")
def counting():
    total = 0
    while True:
        total += 1
        yield total
def adder():
    kept = []
    def add(value=None):
        if value is not None:
            kept.append(value)
        return kept
    return add
def change(value):
    if isinstance(value, list): value.append(1)
    elif isinstance(value, dict): value["changed"] = len(value)
    elif isinstance(value, np.ndarray): value += 1
    elif isinstance(value, pd.DataFrame): value["changed"] = len(value.columns)
    elif isinstance(value, (Thing, Slim)): value.n = getattr(value, "n", 0) + 1
def look(value):
    return repr(value), id(value), bool(id(value))
"""
NAMES = "abcde"
MAKES = {
    "list": "{n} = [{k}]",
    "dict": "{n} = {{'k': {k}}}",
    "thing": "{n} = Thing()\n{n}.n = {k}",
    "slim": "{n} = Slim()\n{n}.n = {k}",
    "array": "{n} = np.arange({k}.0, {k} + 6)",
    "frame": "{n} = pd.DataFrame({{'x': [{k}, 2.5], 'y': ['p', 'q']}})",
    "generator": "{n} = counting()",
    "closure": "{n} = adder()",
}
CHANGES = {
    "list": [
        "{n}.append({k})",
        "{n}[0:1] = [{k}]",
        "{n} += [{k}]",
        "{n}.append({m})",
        "{n}.sort(key=id)",
    ],
    "dict": [
        "{n}['k'] = {k}",
        "{n}['m'] = {m}",
        "{n}.pop('k', None)",
        "{n}.setdefault('s', []).append({k})",
    ],
    "thing": ["{n}.n = {k}", "{n}.part = {m}", "{n}.__dict__.pop('part', None)", "vars({n})"],
    "slim": ["{n}.n = {k}", "{n}.part = {m}"],
    "array": ["{n}[0] = {k}", "{n} += {k}", "{n}[1:] *= 2", "{n}.sort()"],
    "frame": [
        "{n}['z'] = {k}",
        "{n}.loc[0, 'x'] = {k}",
        "{n}.index.is_unique",
        "{n}.sum(numeric_only=True)",
    ],
    "generator": ["next({n})", "{n}.gi_code"],
    "closure": ["{n}({k})", "{n}()", "{n}({m})", "{n}().clear()"],
}
OTHERS = [
    "change({n})",
    "look({n})",
    "for _ in range(2): change({n})",
    "(lambda value: change(value))({n})",
    "held = {n}\nchange(held)",
    "box = {{'in': [{n}]}}\nchange(box['in'][0])",
    "if {k} > 2: change({n})",
]


def content(value: Any, seen: dict[int, int] | None = None) -> Any:
    """All of a value, written out without any of what is tested here."""
    seen = {} if seen is None else seen
    if isinstance(value, (int, float, str, type(None))):
        return (type(value).__name__, repr(value))
    if id(value) in seen:
        return ("again", seen[id(value)])
    seen[id(value)] = len(seen)
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return (kind, [content(each, seen) for each in value])
    if isinstance(value, dict):
        return (kind, [(key, content(each, seen)) for key, each in value.items()])
    if isinstance(value, np.ndarray):
        return (kind, value.tolist())
    if isinstance(value, pd.DataFrame):
        return (kind, list(value.columns), value.astype(object).to_numpy().tolist())
    if isinstance(value, types.GeneratorType):
        # Asking its frame for local names would leave a dictionary of them behind.
        return (kind, [each for each in gc.get_referents(value) if isinstance(each, int)])
    if isinstance(value, types.FunctionType):
        cells = [each.cell_contents for each in value.__closure__ or ()]
        return (kind, content(cells, seen))
    slots = {name: getattr(value, name) for name in ("part", "n") if hasattr(value, name)}
    return (kind, [(name, content(each, seen)) for name, each in slots.items()])


@st.composite
def histories(draw: Any) -> list[str]:
    """Cells of one to three statements about five names, of which the kinds are known."""
    kinds: dict[str, str] = {}
    cells = []
    for _ in range(draw(st.integers(3, 12))):
        statements = []
        for _ in range(draw(st.integers(1, 3))):
            name, number = draw(st.sampled_from(NAMES)), draw(st.integers(0, 4))
            choice = draw(st.integers(0, 9))
            if name not in kinds or choice == 0:
                kinds[name] = draw(st.sampled_from(list(MAKES)))
                form = MAKES[kinds[name]]
            elif choice == 1:
                other = draw(st.sampled_from(sorted(kinds)))
                kinds[name] = kinds[other]
                form = f"{{n}} = {other}"
            elif choice == 2 and kinds[name] == "array":
                target = draw(st.sampled_from(NAMES))
                kinds[target] = "array"
                form = f"{target} = {{n}}[:]"
            elif choice <= 4:
                form = draw(st.sampled_from(OTHERS))
            else:
                form = draw(st.sampled_from(CHANGES[kinds[name]]))
            second = draw(st.sampled_from(sorted(kinds)))
            statements.append(form.format(n=name, m=second, k=number))
        cells.append("\n".join(statements))
    return cells


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
@example(["c = {}", "d = Slim()\nd.n = 0", "d.part = c"])  # a slot that holds a dictionary
def test_what_was_changed_in_place_is_found_and_nothing_else(cells: list[str]) -> None:
    watched, plain = Notebook(), Notebook()
    watched.run(SETUP)
    exec(SETUP, plain.namespace)
    for cell in cells:
        before = {name: (value, content(value)) for name, value in named(watched.namespace).items()}
        found = watched.run(cell)
        now = named(watched.namespace)
        expected = {
            name
            for name, (value, was) in before.items()
            if now[name] is value and content(value) != was
        }

        bound = set(found.bound)
        assert set(found.mutated) == expected - bound, cell
        assert {
            name for name in now if name not in before or now[name] is not before[name][0]
        } <= bound
        assert not found.unsure
        assert not found.partial
        plain.error = None
        try:
            exec(cell, plain.namespace)
        except Exception as error:
            plain.error = error
        assert type(plain.error) is type(watched.error), cell
    assert {name: content(each) for name, each in named(plain.namespace).items()} == {
        name: content(each) for name, each in named(watched.namespace).items()
    }


def named(namespace: dict[str, Any]) -> dict[str, Any]:
    return {name: namespace[name] for name in (*NAMES, "held", "box") if name in namespace}
