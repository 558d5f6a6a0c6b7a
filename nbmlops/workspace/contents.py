"""A drift check of free text and of vectors, which takes rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.drift.compare import UNITS, Question, with_tests
from nbmlops.drift.contents import MOST_ROWS, Content, text_test, vector_test
from nbmlops.drift.records import DriftReport, DriftResult
from nbmlops.workspace.drawing import drawn_rows

__all__ = ["with_contents"]

MOST_COLUMNS = 20


def with_contents(report: DriftReport, data: tuple[Any, Any], question: Question) -> DriftReport:
    """The report with a test of each column of texts or of vectors."""
    names = [
        one.name
        for one in report.columns
        if one.kind in ("text", "other") and one.state == "untested" and one.reference
        and one.current
    ][:MOST_COLUMNS]  # fmt: skip
    if not names:
        return report
    first, second = (drawn_rows(side, MOST_ROWS, names).frame for side in data)
    results, kinds = {}, {}
    for name in names:
        sides = first[name].dropna().tolist(), second[name].dropna().tolist()
        kind, found = _tested(*sides)
        if found is None:
            continue
        kinds[name] = kind
        results[name] = DriftResult(
            name,
            kind,
            "content",
            found.auc,
            found.p_value,
            None,
            max(found.auc - 0.5, 0.0),
            "none",
            found.moved,
            UNITS["content"],
        )
    return with_tests(report, results, kinds, question)


def _tested(first: list[Any], second: list[Any]) -> tuple[str, Content | None]:
    if all(isinstance(one, str) for one in (*first[:100], *second[:100])):
        return "text", text_test([str(one) for one in first], [str(one) for one in second])
    matrices = _matrix(first), _matrix(second)
    if matrices[0] is None or matrices[1] is None or len({one.shape[1] for one in matrices
                                                          if one is not None}) != 1:  # fmt: skip
        return "other", None
    return "vector", vector_test(matrices[0], matrices[1])


def _matrix(rows: list[Any]) -> np.ndarray[Any, Any] | None:
    """Vectors of one length as a matrix; None where they are something else."""
    try:
        found = np.array([np.asarray(one, dtype=float) for one in rows])
    except (TypeError, ValueError):
        return None
    return found if found.ndim == 2 and found.shape[1] else None
