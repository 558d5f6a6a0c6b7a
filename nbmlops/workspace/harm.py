"""A drift check with a model or its predictions: rows of both sides beside their profiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nbmlops.data.profile import Profile
from nbmlops.data.rows import Rows
from nbmlops.drift import slicing
from nbmlops.drift.assess import assessment_of
from nbmlops.drift.compare import Question, compare
from nbmlops.drift.multivariate import MOST_COLUMNS, classifier_test
from nbmlops.drift.predictions import inputs_of
from nbmlops.drift.records import DriftReport
from nbmlops.errors import InvalidDataError
from nbmlops.workspace.contents import with_contents
from nbmlops.workspace.drawing import drawn_rows

__all__ = ["HarmCheck"]

SLICED = ("numeric", "discrete", "categorical", "boolean")  # kinds that are cut into cells
PREDICTION = "prediction"  # as the model's answers are called among the columns


@dataclass(frozen=True)
class HarmCheck:
    """What is asked about harm, which may be nothing."""

    model: Any
    target: str | None
    prediction: str | None
    multivariate: bool = False
    segments: bool = False
    texts: bool = False

    def compare(
        self, data: tuple[Any, Any], sides: tuple[Profile, Profile], question: Question
    ) -> DriftReport:
        """The drift of both sides, with its harm where that can be told."""
        report = self._with_harm(data, sides, question)
        if self.texts:
            report = with_contents(report, data, question)
        if self.multivariate:
            report = self._together(report, data, question)
        return self._sliced(report, data, question) if self.segments else report

    def _together(
        self, report: DriftReport, data: tuple[Any, Any], question: Question
    ) -> DriftReport:
        # Labels that name rows and times that move on by themselves would tell the sides apart.
        names = [one.name for one in report.columns
                 if one.role == "feature" and one.state != "untested"
                 and not one.is_vanished]  # fmt: skip
        frames = [side.frame for side in self._rows(data)]
        numbers = inputs_of(frames, names)
        test = classifier_test(numbers[0], numbers[1], names, question.level)
        if test is None:
            note = "There are too few rows for a test of all columns together."
            return replace(report, notes=(*report.notes, note))
        if len(names) > MOST_COLUMNS:
            note = (
                f"All columns together: of {len(names):,} columns each half of the rows learned "
                f"from the {MOST_COLUMNS:,} that differ most there, and left the others out."
            )
            report = replace(report, notes=(*report.notes, note))
        return replace(report, multivariate=test)

    def _sliced(
        self, report: DriftReport, data: tuple[Any, Any], question: Question
    ) -> DriftReport:
        """The report with the slices where drift concentrates."""
        answered = self.model is not None and self.prediction is None  # no column of the data
        kinds = {
            one.name: one.kind
            for one in report.columns
            if one.kind in SLICED and one.reference and one.current
            and not (answered and one.role == "prediction")
        }  # fmt: skip
        drawn = list(kinds)[: slicing.MOST_COLUMNS]
        first, second = (drawn_rows(side, slicing.MOST_ROWS, drawn).frame for side in data)
        features = [one.name for one in report.columns if one.role == "feature"]
        found = slicing.find_segments(
            first, second, kinds, features, level=question.level, correction=question.correction
        )
        if found is None:
            note = "There are too few rows for a search of slices: it takes 400 of each side."
            return replace(report, notes=(*report.notes, note))
        return replace(report, segments=found)

    def _with_harm(
        self, data: tuple[Any, Any], sides: tuple[Profile, Profile], question: Question
    ) -> DriftReport:
        if self.model is None and (self.target is None or self.prediction is None):
            return compare(*sides, question)
        if self.model is None:
            report = compare(*sides, question)  # which knows whether the columns are there
            if not all(any(one.name == self.prediction for one in s.columns) for s in sides):
                return report
            try:
                rows = self._rows(data)
            except InvalidDataError as problem:
                note = f"The performance is not told: {problem.message}"
                return replace(report, notes=(*report.notes, note))
            found = assessment_of(*rows, target=self.target, prediction=self.prediction)
            return found.judge(report)
        rows = self._rows(data)
        found = assessment_of(
            *rows, model=self.model, target=self.target, prediction=self.prediction
        )
        if self.prediction is None:
            taken = {column.name for side in sides for column in side.columns}
            name = PREDICTION if PREDICTION not in taken else f"{PREDICTION} of the model"
            first, second = found.with_prediction(sides, name)
            columns = question.columns
            if columns is not None:
                columns = {**columns, name: None}
            question = replace(question, prediction=name, columns=columns)
            sides = (first, second)
        return found.judge(compare(*sides, question))

    def _rows(self, data: tuple[Any, Any]) -> tuple[Rows, Rows]:
        return drawn_rows(data[0]), drawn_rows(data[1])
