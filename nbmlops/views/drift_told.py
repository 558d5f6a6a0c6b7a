"""A drift report in words for a live view, which draws its numbers itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbmlops.drift.measures import find_measures
from nbmlops.drift.records import DriftReport
from nbmlops.views.drift_lines import change_of, columns_verdict_of, facts_of, together_of
from nbmlops.views.escaping import visible
from nbmlops.views.harm_lines import HarmLines, effect_text, harm_lines

__all__ = ["DriftTold", "MeasureTold", "told_of"]


@dataclass(frozen=True, slots=True)
class MeasureTold:
    """A measure: what people call it, its formula, and where that is from."""

    title: str
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class DriftTold:
    """What a report says in words: `changes` and `moves` follow the order of its columns, and the
    `verdict` is on them one by one.
    """

    verdict: str
    facts: tuple[str, ...]
    changes: tuple[str, ...]
    moves: tuple[str, ...]
    harm: HarmLines | None
    together: tuple[str, str] | None
    measures: Mapping[str, MeasureTold]


def told_of(report: DriftReport) -> DriftTold:
    """The words of a report."""
    effects = report.harm.effect if report.harm is not None else {}
    known = find_measures()
    named = {one.measure for one in report.results} | {
        name for column in report.columns for name in column.measures
    }
    return DriftTold(
        verdict=columns_verdict_of(report),
        facts=facts_of(report),
        changes=tuple(change_of(column) for column in report.columns),
        moves=tuple(
            effect_text(effects[column.name]) if column.name in effects else ""
            for column in report.columns
        ),
        harm=harm_lines(report.harm),
        together=together_of(report.multivariate),
        measures={
            name: MeasureTold(
                visible(known[name].title, 80),
                visible(known[name].formula, 300),
                visible(known[name].source, 300),
            )
            for name in sorted(named)
            if name in known
        },
    )
