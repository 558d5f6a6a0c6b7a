"""Runs compared: two to fifty of them side by side, and why they differ. Values in, values out.

`compare` is the recipe; each part is a module of its own, told against the first run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbmlops.capture.metrics import better as known_better
from nbmlops.comparison.code import compare_code
from nbmlops.comparison.curves import compare_curves, curve_names, points_of_each
from nbmlops.comparison.data import compare_data
from nbmlops.comparison.figures import compare_figures
from nbmlops.comparison.metrics import compare_metrics
from nbmlops.comparison.models import compare_models
from nbmlops.comparison.params import compare_params
from nbmlops.comparison.records import ComparedRun, Comparison
from nbmlops.comparison.seeds import compare_seeds
from nbmlops.comparison.surroundings import compare_environments, compare_git
from nbmlops.comparison.why import Parts, explain
from nbmlops.errors import InvalidComparisonError
from nbmlops.events import experiment_key
from nbmlops.headline import Better
from nbmlops.records import Course, Run, Status

__all__ = ["MOST_RUNS", "Comparison", "check_count", "compare", "curve_names", "points_of_each"]

MOST_RUNS = 50


def compare(
    runs: Sequence[Run],
    courses: Mapping[str, Mapping[str, Course]] | None = None,
    *,
    better: Better = known_better,
    more_curves: int = 0,
    notes: Sequence[str] = (),
) -> Comparison:
    """The comparison of these runs, told against the first one.

    `courses` gives what is drawn: run id → metric → course; `more_curves` is how many were left
    out; `notes` come before those that are found here. Runs that are given twice count once. Raises
    InvalidComparisonError for fewer than two different runs and for more than fifty.
    """
    chosen = list({run.id: run for run in runs}.values())
    _check_different(runs, chosen)
    parts = Parts(
        params=compare_params(chosen),
        metrics=compare_metrics(chosen, better),
        code=compare_code(chosen),
        data=compare_data(chosen),
        models=compare_models(chosen),
        environment=compare_environments(chosen),
        git=compare_git(chosen),
        seeds=compare_seeds(chosen),
    )
    return Comparison(
        runs=tuple(map(_compared, chosen)),
        why=tuple(explain(chosen[0], run, parts) for run in chosen[1:]),
        metrics=tuple(parts.metrics),
        params=tuple(parts.params),
        curves=compare_curves(courses or {}, better),
        data=tuple(parts.data),
        models=tuple(parts.models),
        code=tuple(parts.code),
        environment=parts.environment,
        git=parts.git,
        seeds=parts.seeds,
        notes=(*notes, *_notes(runs, chosen)),
        more_curves=more_curves,
        figures=compare_figures(chosen),
        _load_bytes=chosen[0]._load_bytes,
    )


def check_count(runs: Sequence[object]) -> None:
    """Raise InvalidComparisonError unless there are two to fifty."""
    if not runs:
        raise InvalidComparisonError("no run is named")
    if len(runs) == 1:
        shown = repr(getattr(runs[0], "name", runs[0]))
        problem = f"{shown[:80]} is one"
        raise InvalidComparisonError(problem, hint="Name another run to compare it with.")
    if len(runs) > MOST_RUNS:
        problem = f"{len(runs):,} are too many"
        raise InvalidComparisonError(problem, hint="Choose some by a filter and a limit.")


def _check_different(given: Sequence[Run], runs: Sequence[Run]) -> None:
    check_count(given)
    if len(runs) == 1:
        problem = f"all {len(given)} are {runs[0].name!r} ({runs[0].id[-8:]})"
        hint = "Name another run to compare it with."
        raise InvalidComparisonError(problem, hint=hint, is_one=True)


def _compared(run: Run) -> ComparedRun:
    error = run.error
    line = error.message.strip().partition("\n")[0] if error else ""
    return ComparedRun(
        id=run.id,
        name=run.name,
        experiment=run.experiment,
        status=run.status,
        kind=run.kind,
        started_at=run.started_at,
        duration_seconds=run.duration_seconds,
        peak_memory_bytes=run.resources.peak_memory_bytes if run.resources else None,
        error=(f"{error.type}: {line}" if line else error.type) if error else None,
        notes=tuple(_about(run)),
    )


def _about(run: Run) -> list[str]:
    notes = []
    if not run.status.is_final:
        notes.append("it has not ended: what it recorded so far")
    if run.status is Status.LOST:
        notes.append("it was lost: what it had recorded before")
    if run.deleted_at is not None:
        notes.append("it was deleted")
    return notes


def _notes(given: Sequence[Run], runs: Sequence[Run]) -> tuple[str, ...]:
    notes = []
    if len(given) > len(runs):
        twice = dict.fromkeys(
            run.name for at, run in enumerate(given) if run.id in {one.id for one in given[:at]}
        )
        names = ", ".join(map(repr, twice))
        notes.append(f"Named more than once and counted once: {names}.")
    spellings: dict[str, str] = {}
    for run in runs:
        spellings.setdefault(experiment_key(run.experiment), run.experiment)
    experiments = list(spellings.values())
    if len(experiments) > 1:
        named = ", ".join(experiments[:4]) + (" and more" if len(experiments) > 4 else "")
        notes.append(f"The runs are of {len(experiments)} experiments: {named}.")
    return tuple(notes)
