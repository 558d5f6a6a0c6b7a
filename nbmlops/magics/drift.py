"""`%drift`: what drifted between two data sets, from a notebook."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidOptionError, PathNotFoundError
from nbmlops.magics.files import files_that_begin
from nbmlops.magics.options import Option, parse
from nbmlops.workspace import current_workspace

if TYPE_CHECKING:
    from nbmlops.drift.records import DriftReport

__all__ = ["DRIFT_OPTIONS", "complete_drift", "data_names", "drift_magic", "side_of"]

DRIFT_OPTIONS = (
    Option("--columns", "text", "only these, with commas between, each perhaps with :KIND"),
    Option("--model", "text", "the model, whose performance and mean prediction are told"),
    Option("--target", "text", "the column of labels, shown first"),
    Option("--prediction", "text", "the column of scores, shown first"),
    Option("--multivariate", "flag", "can a classifier tell the sides apart by all columns?"),
    Option("--segments", "flag", "in which slices of the rows does drift concentrate?"),
    Option("--texts", "flag", "test free text and vectors, with the words that moved"),
    Option("--time", "text", "the column of times, by which the current data are cut"),
    Option("--every", "text", "how long a chunk is: 1d, 6h, 1mo, or so many rows"),
    Option("--by", "text", "groups, each for itself: a column, or weekday, hour or month"),
    Option("--method", "text", "default, or evidently, nannyml or psi for the verdict of those"),
    Option("--correction", "text", "for many tests: bh, by, holm, bonferroni or none"),
    Option("--level", "text", "of the corrected p-values, 0.05"),
    Option("--experiment", "text", "the experiment of the check's run"),
)


def drift_magic(shell: Any, line: str) -> DriftReport:
    """Tell what drifted between two data sets: `%drift REFERENCE CURRENT`.

        %drift X_train X_live
        %drift train.parquet live.parquet --columns age,zip:categorical
        %drift test live --model model --target employed
        %drift train live --time seen_at --every 1d
        report = %drift X_train 'logs/2026-03-*.csv'

    Either side is a variable (a frame, an array or a table), a file, folder, glob or URL of CSV
    or Parquet, a stored profile, or `run:RUN/NAME`. A column drifted where its p-value, corrected
    for all tests of the report, is below the level and its effect is above the floor. What it
    returns displays itself and has drifted, results, to_pandas(), to_html(path) and to_dict(). With
    `--model`, or with both `--target` and `--prediction`, it has `harm`: the performance, by labels
    where both sides have them, else estimated. Each check is a run. Options:

        --columns NAMES      only these, with commas between, each perhaps with :KIND
        --model NAME         the model, whose performance and mean prediction are told
        --target NAME        the column of labels, shown first
        --prediction NAME    the column of scores, shown first
        --multivariate       can a classifier tell the sides apart by all columns?
        --segments           in which slices of the rows does drift concentrate?
        --texts              test free text and vectors, with the words that moved
        --time NAME          the column of times, by which the current data are cut
        --every LENGTH       how long a chunk is: 1d, 6h, 1mo, or so many rows; 1d
        --by NAME            groups, each for itself: a column, or weekday, hour or month
        --method NAME        default, or evidently, nannyml or psi for the verdict of those
        --correction NAME    for many tests: bh, by, holm, bonferroni or none
        --level NUMBER       of the corrected p-values, 0.05
        --experiment NAME    the experiment of the check's run
    """
    from nbmlops.workspace.drift import columns_from  # which brings NumPy

    parsed = parse(line, DRIFT_OPTIONS)
    if parsed.problems:
        raise parsed.problems[0]
    if len(parsed.operands) != 2:
        raise InvalidOptionError("%drift", "it takes two data sets, e.g. %drift X_train X_live")
    texts = parsed.texts
    # An expression keeps the quotes that a path loses.
    typed = shlex.split(parsed.text, posix=False)
    typed = typed if len(typed) == 2 else parsed.operands
    sides = [side_of(shell, *each) for each in zip(parsed.operands, typed, strict=True)]
    return current_workspace().drift.check(
        *sides,
        columns=columns_from(texts["columns"]) if "columns" in texts else None,
        model=_model(shell, texts.get("model")),
        target=texts.get("target"),
        prediction=texts.get("prediction"),
        multivariate="multivariate" in parsed.flags,
        segments="segments" in parsed.flags,
        texts="texts" in parsed.flags,
        time=texts.get("time"),
        every=texts.get("every"),
        by=texts.get("by"),
        method=texts.get("method", "default"),
        correction=texts.get("correction", "bh"),
        level=_level(texts.get("level")),
        experiment=texts.get("experiment"),
        names=(parsed.operands[0], parsed.operands[1]),
    )


def side_of(shell: Any, operand: str, typed: str) -> Any:
    """The variable of this name, else the file or run that it names; `a.b` and `a["b"]` too."""
    namespace = shell.user_ns
    if operand.isidentifier() and operand in namespace:
        return namespace[operand]
    if os.path.exists(os.path.expanduser(operand)) or ":" in operand.partition("/")[0]:
        return operand
    first = operand.partition(".")[0].partition("[")[0]
    if first.isidentifier() and first in namespace:
        return shell.ev(typed)
    if operand.isidentifier():
        raise PathNotFoundError("variable or file", operand, known=data_names(shell))
    return operand


def _model(shell: Any, name: str | None) -> Any:
    """The variable that is the model; `a.b` and `a["b"]` too."""
    if name is None:
        return None
    first = name.partition(".")[0].partition("[")[0]
    if first not in shell.user_ns:
        known = [each for each, value in shell.user_ns.items()
                 if hasattr(value, "predict") and not each.startswith("_")]  # fmt: skip
        raise PathNotFoundError("model", name, known=known)
    return shell.ev(name)


def _level(text: str | None) -> float:
    try:
        return 0.05 if text is None else float(text)
    except ValueError:
        raise InvalidOptionError("--level", f"{text!r} is not a number") from None


def complete_drift(shell: Any, event: Any) -> list[str]:
    """Options, the variables that hold data, and files."""
    if event.symbol.startswith("-"):
        return [option.name for option in DRIFT_OPTIONS]
    return [*data_names(shell), *files_that_begin(event.symbol)]


def data_names(shell: Any) -> list[str]:
    """The variables that hold frames, arrays or tables, by their classes alone."""
    names = ("DataFrame", "Series", "ndarray", "Table", "RecordBatch", "Profile")
    return [
        name
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and type(value).__name__ in names
    ]
