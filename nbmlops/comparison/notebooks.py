"""The run of a notebook with what its cells recorded: pictures, data, models, environment, curves.

A notebook's own run knows its parameters, its code and the numbers of its cells; the rest stands in
the runs of the cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from nbmlops.records import Artifact, Course, Dataset, FittedModel, Observed, Run

__all__ = ["with_cells", "with_courses"]

Named = TypeVar("Named", Dataset, FittedModel, Artifact)
Courses = Mapping[str, Mapping[str, Course]]


def with_cells(run: Run, cells: Sequence[Run]) -> Run:
    """The run with the artifacts, datasets, models, environment, seeds and seed warnings of its
    cells.

    What two cells call by the same name and is not the same is told apart by a number.
    """
    if not cells:
        return run
    known = [cell.environment for cell in cells if cell.environment is not None]
    return replace(
        run,
        artifacts=_merged([run.artifacts, *(cell.artifacts for cell in cells)]),
        datasets=_merged([run.datasets, *(cell.datasets for cell in cells)]),
        models=_merged([run.models, *(cell.models for cell in cells)]),
        environment=run.environment or (known[-1] if known else None),
        git=run.git or next((cell.git for cell in cells if cell.git is not None), None),
        warnings=(*run.warnings, *(one for cell in cells for one in cell.warnings)),
        observed=run.observed or _observed([cell.observed for cell in cells]),
    )


def _observed(cells: Sequence[Observed | None]) -> Observed | None:
    """The seeds of all cells, and where each generator stood when one first drew from it."""
    seen = [each for each in cells if each is not None]
    if len(seen) < len(cells) or any(each.random_states is None for each in seen):
        return None  # of some nobody knows
    states: dict[str, str] = {}
    for each in seen:
        states = {**(each.random_states or {}), **states}
    seeds = dict.fromkeys(seed for each in seen for seed in each.seeds if not seed.source)
    return Observed(seeds=tuple(seeds), random_states=states)


def _merged(groups: Sequence[Mapping[str, Named]]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for group in groups:
        for name, one in group.items():
            chosen, number = name, 1
            while chosen in found and found[chosen] != replace(one, name=chosen):
                number += 1
                chosen = f"{name} #{number}"
            found[chosen] = replace(one, name=chosen)
    return found


def with_courses(courses: Courses, cells: Mapping[str, Sequence[Run]]) -> Courses:
    """The courses by run, where a notebook also has those that only one of its cells has."""
    inside = {cell.id for each in cells.values() for cell in each}
    found = {run: dict(of_run) for run, of_run in courses.items() if run not in inside}
    for run, each in cells.items():
        mine = found.setdefault(run, {})
        names = [name for cell in each for name in courses.get(cell.id, {})]
        for cell in each:
            for name, course in courses.get(cell.id, {}).items():
                # Of a number that its cells log the notebook has the last one.
                if names.count(name) == 1 and (name not in mine or mine[name].point_count < 2):
                    mine[name] = course
    return found
