"""Verbs on drift: check two data sets, keep a profile of one, show an earlier report."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.naming import found_name, given_name
from nbmlops.data.chunks import SEASONS
from nbmlops.data.columns import columns_of
from nbmlops.data.profile import Profile, profile_of
from nbmlops.data.profile_stream import ProfileStream
from nbmlops.data.scans import DataFile, profile_files
from nbmlops.drift.compare import Question
from nbmlops.drift.parity import METHODS, compare_as
from nbmlops.drift.records import DriftReport, report_from_dict
from nbmlops.errors import (
    ArtifactNotFoundError,
    InvalidDataError,
    InvalidOptionError,
    NbmlopsError,
)
from nbmlops.records import Run
from nbmlops.settings import without_password
from nbmlops.workspace.drift_options import (
    check_texts,
    columns_from,
    floors_from,
    names_of,
    wanted_columns,
)
from nbmlops.workspace.drift_trends import DriftTrends, trends_of
from nbmlops.workspace.harm import HarmCheck
from nbmlops.workspace.over_time import cut_from, with_over_time

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["REPORT", "Drift", "columns_from", "metric_of"]

REPORT = "drift-report.json"
MOST_SEARCHED = 100  # runs, for the latest one with a profile
MOST_METRICS = 300  # columns whose effects become metrics of the run, the worst first


class Drift:
    """`ws.drift`: either side is data, a path or URL, `run:RUN/NAME`, or a profile."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def check(
        self,
        reference: Any,
        current: Any,
        *,
        model: Any = None,
        target: str | None = None,
        prediction: str | None = None,
        columns: Sequence[str] | Mapping[str, str | None] | None = None,
        multivariate: bool = False,
        segments: bool = False,
        texts: bool = False,
        time: str | None = None,
        every: str | int | None = None,
        by: str | None = None,
        method: str = "default",
        correction: str = "bh",
        level: float = 0.05,
        floors: Mapping[str, float] | None = None,
        experiment: str | None = None,
        names: tuple[str, str] | None = None,
    ) -> DriftReport:
        """What drifted from the reference to the current data; it is recorded as a run.

        `columns` limits the report, and may say as what a column is taken: `{"zip": "categorical"}`
        (or `numeric`, `discrete`). `target` and `prediction` name the columns of labels and of
        scores, which are shown first. With both, or with a `model` (an object with `predict`, or a
        function of a frame), the report has `harm`: the performance, realised where both sides have
        labels, else estimated where the reference has them. With a `model`, each drifted column is
        swapped back to the reference, and the report is ranked by what that does to the estimated
        performance, else to the mean prediction. `multivariate` also asks whether a classifier can
        tell the sides apart by all columns together, `segments` for the slices of rows (of one or
        two conditions) where drift concentrates, `texts` for a test of columns of free text and of
        vectors, with the words and directions that moved. With `time`, a column of times, the
        current data are also compared chunk by chunk, `every` "1d", "6h", "1mo" or so many rows,
        and the report has `over_time`; with `by`, a column or the weekday, hour or month of the
        time, each group is compared with the same group of it; the tests of chunks or groups and
        those of the columns have one half of the level each. `method` is "default", "evidently",
        "nannyml" or "psi" for the verdict of those tools by their formulas, which takes data in
        memory. `correction` for many tests is "bh", "by", "holm", "bonferroni" or "none", at the
        `level`; `floors` are the smallest effects that matter, by measure. Raises InvalidDataError,
        InvalidOptionError and PathNotFoundError.
        """
        named = {"target": target, "prediction": prediction, "time": time, "by": by}
        check_texts({**named, "method": method, "correction": correction})
        question = Question(
            columns=wanted_columns(columns),
            target=target,
            prediction=prediction,
            correction=correction,
            level=level,
            floors=floors_from(floors),
            method=method,
        )
        if method not in METHODS:
            raise InvalidOptionError(method, "there is no such method", known=METHODS)
        if method != "default":
            asked = {"model": model, "time": time, "every": every, "by": by}
            given = {option: value is not None for option, value in asked.items()}
            given |= {"multivariate": multivariate, "segments": segments, "texts": texts}
            for option, is_given in given.items():
                if is_given:
                    problem = f"it is asked by the default method, not by {method!r}"
                    raise InvalidOptionError(option, problem)
            report = _by_another(reference, current, question, names)
            return self._recorded(report, experiment)
        cut = cut_from(time, every, by)
        if by in SEASONS and time is None and by not in names_of(reference, self.profile):
            problem = f"a {by} is that of a time, and no column of times is given"
            raise InvalidOptionError("by", problem, hint="Name it, as with `--time seen_at`.")
        if experiment is not None:
            given_name("an experiment", experiment)
        if cut is not None:
            question = replace(question, families=2)
        kept = None
        if question.columns is not None:
            wanted = (*question.columns, target, prediction)
            kept = [name for name in wanted if name is not None]
        shown = names or ("reference", "current")
        sides = [
            profile if profile.source else replace(profile, source=name)
            for profile, name in zip(
                (self.profile(side, kept) for side in (reference, current)), shown, strict=True
            )
        ]
        data = (reference, current)
        if kept is not None and (unknown := _unknown(kept, sides)):
            known = [name for side in data for name in names_of(side, self.profile)]
            problem = "neither side has a column of this name"
            raise InvalidOptionError(unknown, problem, known=known)
        report = HarmCheck(model, target, prediction, multivariate, segments, texts).compare(
            data, (sides[0], sides[1]), question
        )
        report = replace(report, notes=(*report.notes, *_of_samples(sides)))
        if cut is not None:
            report = with_over_time(report, data, sides[0], question, cut, kept)
        return self._recorded(report, experiment)

    def profile(self, data: Any, columns: Sequence[str] | None = None) -> Profile:
        """The profile of data, of files, or of a run's data set.

        Raises InvalidDataError, PathNotFoundError, RunNotFoundError and ArtifactNotFoundError.
        """
        if isinstance(data, Profile):
            return data
        if isinstance(data, ProfileStream):
            return data.profile()
        if isinstance(data, (str, os.PathLike)):
            return self._stored(os.fspath(data), columns)
        return profile_of(data, columns)

    def stream(self) -> ProfileStream:
        """A profile that takes in rows one by one, `stream.add(row)`, in memory that stays small.

        It is a side of a check at any time; what its sketches may be off is taken from each effect.
        """
        return ProfileStream()

    def keep_profile(self, data: Any, path: str | os.PathLike[str]) -> Profile:
        """The profile of data, written to a new file. Raises AlreadyExistsError and its like."""
        from nbmlops.store.new_files import check_new, write_new

        file = Path(path)
        check_new(file)  # before a large file is read for it
        profile = self.profile(data).thin()
        write_new(file, profile.to_bytes())
        return profile

    def show(self, run: str | Run) -> DriftReport:
        """The report that a run has kept. Raises RunNotFoundError and ArtifactNotFoundError."""
        found = self._workspace.runs.get(run)
        content = self._workspace.runs.artifact(found, REPORT)
        try:
            return replace(report_from_dict(json.loads(content)), run_id=found.id)
        except (ValueError, TypeError, KeyError) as problem:
            raise InvalidDataError(REPORT, f"it is no drift report ({problem})") from None

    def trends(self, run: str | Run, limit: int = 60) -> DriftTrends:
        """A check's columns over the latest checks of the same reference, itself among them.

        Raises RunNotFoundError.
        """
        found = self._workspace.runs.get(run)
        return trends_of(self._workspace, found, REPORT, limit)

    def _stored(self, place: str, columns: Sequence[str] | None) -> Profile:
        from nbmlops.data.profile_files import profile_from_bytes
        from nbmlops.store.data_files import find_data_files

        if place.startswith("run:"):
            run, _, name = place.removeprefix("run:").partition("/")
            found = self._latest_profiled() if run == "last" else None
            found = found or self._workspace.runs.get(run)
            kept = [one for one in found.artifacts if one.endswith(".profile")]
            wanted = name if name.endswith(".profile") else f"{name}.profile"
            if not name and len(kept) == 1:
                wanted = kept[0]
            elif wanted not in kept:
                wanted = _of_role(found, name, kept) or wanted
            if wanted not in kept:
                there = [*kept, *(one for one in found.artifacts if one not in kept)]
                hint = f"It has: {', '.join(map(repr, there[:5]))}." if there else "It has none."
                hint = hint if not kept else ""
                raise ArtifactNotFoundError(wanted, known=kept, run=found.name, hint=hint)
            content = self._workspace.runs.artifact(found, wanted)
            return profile_from_bytes(content, f"{found.name}/{wanted.removesuffix('.profile')}")
        files = [DataFile(name, opened) for name, opened in find_data_files(place)]
        shown = without_password(place) if "://" in place else place
        return profile_files(files, os.path.basename(shown.rstrip("/")) or shown, columns)

    def _latest_profiled(self) -> Run | None:
        """The latest run that has kept a profile: a check of drift in between is not meant."""
        for run in self._workspace.runs.find(limit=MOST_SEARCHED):
            found = self._workspace.runs.get(run.id)
            if any(one.endswith(".profile") for one in found.artifacts):
                return found
        return None

    def _recorded(self, report: DriftReport, experiment: str | None) -> DriftReport:
        """The report, kept as a run; where that fails it says so, and is there all the same."""
        try:
            name = f"drift {report.reference.name} → {report.current.name}"
            run = self._workspace.runs.track(experiment, name=_run_name(name), kind="check")
        except NbmlopsError as problem:
            return replace(report, notes=(*report.notes, f"It is not recorded: {problem.message}"))
        with run:
            report = replace(report, run_id=run.id)
            run.log_params(
                {
                    "reference": report.reference.name,
                    "current": report.current.name,
                    "method": report.method,
                    "correction": report.correction,
                    "level": report.level,
                }
            )
            run.log(_metrics(report))
            content = json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False)
            try:
                run.log_artifact(
                    content.encode("utf-8", "replace"), REPORT, media_type="application/json"
                )
            except NbmlopsError as problem:
                note = f"Its report is not kept: {problem.message}"
                report = replace(report, notes=(*report.notes, note))
        return report


def _unknown(names: Sequence[str], sides: Sequence[Profile]) -> str:
    """The first name that neither side has; nothing where there is none."""
    there = {column.name for side in sides for column in side.columns}
    return next((name for name in names if name not in there), "")


def _of_role(run: Run, role: str, kept: Sequence[str]) -> str | None:
    """The profile of the run's widest data set of this role: that of the inputs, not the labels."""
    there = [
        each
        for each in run.datasets.values()
        if each.role == role and f"{each.name}.profile" in kept
    ]
    widest = max(there, key=lambda each: len(each.columns), default=None)
    return None if widest is None else f"{widest.name}.profile"


def _of_samples(sides: Sequence[Profile]) -> tuple[str, ...]:
    """What is to be said of profiles that stand for more rows than they have."""
    return tuple(
        f"The profile of {side.source} is of {side.row_count:,} evenly spread rows of "
        f"{side.whole_count:,}."
        for side in sides
        if side.partial and side.whole_count is not None
    )


def _by_another(
    reference: Any, current: Any, question: Question, names: tuple[str, str] | None
) -> DriftReport:
    """The report by the formulas of another tool, which are of rows."""
    for side in (reference, current):
        if isinstance(side, (Profile, str, os.PathLike)):
            problem = f"the method {question.method!r} needs its rows in memory"
            raise InvalidDataError(str(side)[:80], problem, hint="Read it into a data frame first.")
    report = compare_as(columns_of(reference), columns_of(current), question)
    shown = names or ("reference", "current")
    return replace(
        report,
        reference=replace(report.reference, name=shown[0]),
        current=replace(report.current, name=shown[1]),
    )


def _metrics(report: DriftReport) -> dict[str, float]:
    counts = dict.fromkeys(("drifted", "tiny", "untested"), 0)
    for column in report.columns:
        if column.state in counts:
            counts[column.state] += 1
    metrics: dict[str, float] = {
        "drifted": float(report.drifted),
        "drifted_columns": counts["drifted"],
        "tiny_columns": counts["tiny"],
        "untested_columns": counts["untested"],
        "columns": len(report.columns),
    }
    if report.multivariate is not None:
        metrics["multivariate_auc"] = report.multivariate.auc
        metrics["multivariate_p_value"] = report.multivariate.p_value
    if report.segments is not None:
        metrics["segments"] = len(report.segments.found)
    if report.over_time is not None:
        metrics["chunks"] = len(report.over_time.chunks)
        metrics["drifted_chunks"] = len(report.over_time.drifted_chunks)
    if report.harm is not None:
        performance = [each for each in report.harm.performance if each.decides]
        if performance:
            metrics["harm"] = float(report.harm.found)
        for one in performance:
            metrics[f"current/{one.metric}"] = one.current
            metrics[f"reference/{one.metric}"] = one.reference
        for each in report.harm.effects:
            metrics[metric_of("prediction_effect", each.column)] = each.effect
            if each.performance_effect is not None:
                metrics[metric_of("performance_effect", each.column)] = each.performance_effect
    for column in report.columns[:MOST_METRICS]:
        leading = column.leading
        if leading is not None and leading.effect is not None:
            metrics[metric_of("effect", column.name)] = leading.effect
        if column.state == "drifted":  # so that the checks are found in which a column drifted
            metrics[metric_of("drifted", column.name)] = 1.0
    return metrics


def metric_of(what: str, column: str) -> str:
    """The metric that tells something of a column, whatever signs its name holds."""
    return f"{what}/{found_name('a column', column)}"


def _run_name(text: str) -> str:
    """A name that a run can have, whatever the sides are called."""
    kept = "".join(sign if sign.isalnum() or sign in " ._-→" else "-" for sign in text)
    return kept[:120].strip(" .-") or "drift"
