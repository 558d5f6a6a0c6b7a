"""The views of a drift report by their names; what the faces import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.drift.records import DriftReport
from nbmlops.views.drift_lines import lines_of, verdict_of

if TYPE_CHECKING:
    from nbmlops.views.drift_terminal import DriftPanel

__all__ = ["drift_bundle", "drift_page", "drift_text", "drift_verdict", "rich_drift"]


def drift_verdict(report: DriftReport) -> str:
    """The report in a sentence."""
    return verdict_of(report)


def drift_bundle(report: DriftReport) -> dict[str, str]:
    """The report as a MIME bundle in the notebook format's own terms."""
    from nbmlops.views.drift_html import drift_html
    from nbmlops.views.drift_text import text_of

    lines = lines_of(report)
    return {"text/html": drift_html(lines), "text/plain": text_of(lines)}


def drift_page(report: DriftReport) -> str:
    """A page of its own, which needs nothing else."""
    from nbmlops.views.drift_html import drift_page as made

    return made(lines_of(report, is_page=True))


def drift_text(report: DriftReport, width: int = 100) -> str:
    """The report as plain text."""
    from nbmlops.views.drift_text import text_of

    return text_of(lines_of(report), width)


def rich_drift(report: DriftReport) -> DriftPanel:
    """The report for a rich console."""
    from nbmlops.views.drift_terminal import DriftPanel

    return DriftPanel(lines_of(report))
