"""The views of a comparison by their names; what the faces import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.comparison.records import Comparison
from nbmlops.views.compare_pictures import INLINE_PICTURES, PAGE_PICTURES, side_by_side
from nbmlops.views.compare_report import INLINE, PAGE, report

if TYPE_CHECKING:
    from nbmlops.views.compare_terminal import ComparisonPanel

__all__ = [
    "comparison_bundle",
    "comparison_csv",
    "comparison_html",
    "comparison_page",
    "comparison_text",
    "rich_comparison",
]


def comparison_bundle(comparison: Comparison) -> dict[str, str]:
    """The comparison as a MIME bundle in the notebook format's own terms."""
    from nbmlops.views.compare_html import report_html
    from nbmlops.views.compare_text import report_text

    shown = report(comparison, INLINE)
    pictures = side_by_side(comparison, INLINE_PICTURES)
    return {"text/html": report_html(shown, pictures), "text/plain": report_text(shown)}


def comparison_html(comparison: Comparison) -> str:
    """The comparison as static HTML that survives saving, sanitizing and exporting."""
    from nbmlops.views.compare_html import report_html

    return report_html(report(comparison, INLINE), side_by_side(comparison, INLINE_PICTURES))


def comparison_page(comparison: Comparison) -> str:
    """A page of its own with everything open, which needs nothing else."""
    from nbmlops.views.compare_html import page_html

    return page_html(report(comparison, PAGE), side_by_side(comparison, PAGE_PICTURES))


def comparison_text(comparison: Comparison, width: int = 100) -> str:
    """The comparison as plain text."""
    from nbmlops.views.compare_text import report_text

    return report_text(report(comparison, INLINE), width)


def comparison_csv(comparison: Comparison) -> str:
    """A row for each thing that was compared, a column for each run, safe in a spreadsheet."""
    from nbmlops.views.compare_csv import comparison_csv as made

    return made(comparison)


def rich_comparison(comparison: Comparison) -> ComparisonPanel:
    """The comparison for a rich console."""
    from nbmlops.views.compare_terminal import ComparisonPanel

    return ComparisonPanel(report(comparison, INLINE))
