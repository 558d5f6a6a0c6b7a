"""What the card says of data and models, and of a cell's attempt beside the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from nbmlops.records import Dataset, FittedModel, ParamValue, Run, Status
from nbmlops.views.escaping import visible
from nbmlops.views.fitted import briefly

__all__ = ["inputs", "reasons", "same_cell", "shape_of"]

TELLING = ("data", "code", "library")  # parameters have a form of their own on the card
MOST_NAMED = 3
_DONE = (Status.SUCCEEDED, Status.REUSED)


def inputs(run: Run) -> str:
    """One line on what was fitted and on which data; "" where nothing is known of either.

    As in: `LogisticRegression C 0.5 · trained on X_train 9,000 × 12 · tested on X_test 3,000 × 12`.
    """
    models = [briefly(model, _best(model, run)) for model in run.models.values()]
    parts = [_some(models)] if models else []
    is_told = False
    for role, told in (("train", "trained on"), ("test", "tested on"), ("read", "read")):
        # Labels are a single column beside their features and would only make the line longer.
        found = [each for each in run.datasets.values() if each.role == role]
        tables = [each for each in found if len(each.shape) != 1] or ([] if is_told else found)
        if tables:
            is_told = True
            parts.append(f"{told} {_some(map(_dataset, tables))}")
    return visible(" · ".join(parts), 300)


def reasons(run: Run, previous: Run) -> tuple[tuple[str, ...], str]:
    """What certainly changed since the cell's attempt before, beside parameters, in words; and
    where nothing did, what that amounts to: that it is the same attempt, as far as all that it
    read was compared. It is "" otherwise.
    """
    global _latest
    if run.id == previous.id or not same_cell(run, previous):
        return (), ""
    if _latest is None or _latest[0] is not run or _latest[1] is not previous:
        _latest = (run, previous, _compared(run, previous))
    return _latest[2]


# A card is drawn as HTML, text and picture in a row; what they compare is the same.
_latest: tuple[Run, Run, tuple[tuple[str, ...], str]] | None = None


def _compared(run: Run, previous: Run) -> tuple[tuple[str, ...], str]:
    from nbmlops.comparison import (
        compare,
        reads,
    )  # loaded while the first cell runs, see runs.warm_up

    comparison = compare([previous, run])
    found, moved = comparison.why[0], comparison.seeds[run.id].moved
    told = tuple(
        visible(reason.says, 120)
        for reason in found.reasons
        if reason.sure == "certain"
        and (reason.kind in TELLING or (reason.kind == "seed" and reason.evidence == moved))
    )
    complete = run.status in _DONE and previous.status in _DONE
    # Other random numbers that come to the same make no other attempt.
    comes_to_same = run.metrics == previous.metrics
    differs = any(
        each.sure == "certain" and not (each.kind == "seed" and comes_to_same)
        for each in found.reasons
    )
    if not complete or differs:
        return told, ""
    before = visible(previous.name, 30)
    if unknown := reads.not_compared(previous, run):
        return (), f"nothing recorded differs from {before}; {visible(reads.told(unknown), 200)}"
    return (), f"same attempt as {before}"


def same_cell(run: Run, other: Run) -> bool:
    """True for two executions of one cell, whatever was edited in between."""
    if run.cell is None or other.cell is None:
        return False
    if run.cell.cell_id is not None and other.cell.cell_id is not None:
        return (run.cell.cell_id, run.cell.notebook_name) == (
            other.cell.cell_id,
            other.cell.notebook_name,
        )
    return run.cell.digest == other.cell.digest


def shape_of(dataset: Dataset) -> str:
    """The size of a dataset in words, as `9,000 × 12`."""
    return " × ".join(f"{size:,}" for size in dataset.shape)


def _best(model: FittedModel, run: Run) -> dict[str, ParamValue]:
    """What a search found to be best, which stands among the parameters of the run."""
    found = f"{model.name}.best"
    return {
        name.rpartition("best.")[2]: value
        for name, value in run.params.items()
        if run.param_sources.get(name) == found
    }


def _dataset(dataset: Dataset) -> str:
    return f"{dataset.name} {shape_of(dataset)}".strip()


def _some(told: Iterable[str]) -> str:
    listed = list(told)
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
