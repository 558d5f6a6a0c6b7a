"""The views of runs by their names; what the faces import.

A card says what happened to one run and how it compares with the runs before it. Its forms (HTML,
text, PNG) are drawn from the same summary.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from nbmlops import headline
from nbmlops.capture.metrics import better as known_better
from nbmlops.headline import Better
from nbmlops.records import History, Metric, Run
from nbmlops.views import card, plain
from nbmlops.views.summary import summarize

if TYPE_CHECKING:
    from nbmlops.views.terminal import RunPanel, RunTable

__all__ = [
    "bundle_metadata",
    "card_html",
    "card_png",
    "card_text",
    "headline_names",
    "rich_run",
    "rich_table",
    "run_bundle",
    "run_page_html",
    "runs_csv",
    "table_bundle",
    "warm_up",
]

Series = Mapping[str, Sequence[Metric]]


def run_bundle(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> dict[str, str]:
    """The card as a MIME bundle in the notebook format's own terms (the PNG is base64 text).

    `history` gives the comparison with earlier runs, `series` the points of metrics with steps.
    """
    from nbmlops.views import png

    summary = summarize(run, history, series, better=better)
    picture = png.card_png(summary)
    return {
        "text/html": card.card_html(summary, run, history),
        "text/plain": plain.card_text(summary),
        "image/png": base64.b64encode(picture).decode(),
    }


def headline_names(run: Run, *, better: Better = known_better) -> list[str]:
    """The names of a run's metrics, those that speak for it first."""
    return headline.headline_names([run], better)


def bundle_metadata(bundle: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """The display metadata of a bundle: the picture is drawn at twice its size."""
    if "image/png" not in bundle:
        return {}
    head = base64.b64decode(bundle["image/png"][:32])
    width, height = (int.from_bytes(head[start : start + 4]) for start in (16, 20))
    return {"image/png": {"width": width // 2, "height": height // 2}}


def warm_up() -> None:
    """Loads what cards are drawn with and the usual letters, so that the first card is not late."""
    from importlib import import_module

    from nbmlops.views import png

    import_module("nbmlops.comparison")
    png.warm_up()


def card_html(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> str:
    """The card as static HTML that survives saving, sanitizing and exporting."""
    return card.card_html(summarize(run, history, series, better=better), run, history)


def card_text(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> str:
    """The card as a few lines of plain text."""
    return plain.card_text(summarize(run, history, series, better=better))


def card_png(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> bytes:
    """The card as a PNG at twice its size."""
    from nbmlops.views import png

    return png.card_png(summarize(run, history, series, better=better))


def run_page_html(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> str:
    """The complete run: the card with its details open and nothing but the very long cut."""
    summary = summarize(run, history, series, better=better)
    return card.card_html(summary, run, history, is_page=True)


def table_bundle(
    runs: Iterable[Run], *, now: datetime | None = None, better: Better = known_better
) -> dict[str, str]:
    """A table of runs as a MIME bundle; a RunTable also tells its `total` and `sort`."""
    from nbmlops.views import table
    from nbmlops.views.tabulation import tabulate

    tabulation = tabulate(runs, better=better, now=now)
    return {
        "text/html": table.table_html(tabulation),
        "text/plain": table.table_text(tabulation),
    }


def runs_csv(runs: Iterable[Run]) -> str:
    """The runs as CSV with the columns of `to_pandas()`, safe to open in a spreadsheet."""
    from nbmlops.views import csv

    return csv.runs_csv(runs)


def rich_table(
    runs: Iterable[Run], *, now: datetime | None = None, better: Better = known_better
) -> RunTable:
    """A table of runs for a rich console; with `now`, starts are told as ages."""
    from nbmlops.views.terminal import RunTable

    return RunTable(runs, better=better, now=now)


def rich_run(
    run: Run,
    history: History | None = None,
    series: Series | None = None,
    *,
    better: Better = known_better,
) -> RunPanel:
    """One run with everything known about it, for a rich console."""
    from nbmlops.views.terminal import RunPanel

    return RunPanel(run, history, series, better=better)
