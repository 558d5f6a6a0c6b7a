"""`nbmlops drift …`: data sets compared from the terminal, with an exit code for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.completion import complete_experiment, complete_run
from nbmlops.cli.groups import AliasedGroup
from nbmlops.cli.output import echo, echo_json
from nbmlops.cli.reports import check_page, show_report
from nbmlops.cli.session import Session, session_options
from nbmlops.errors import InvalidOptionError

if TYPE_CHECKING:
    from nbmlops.drift.records import DriftReport

__all__ = ["drift"]

FOUND_DRIFT = 1
side = click.Path()


@click.group(cls=AliasedGroup)
def drift() -> None:
    """Tell what drifted between two data sets, whether it matters.

    A column drifted where its p-value, corrected for all tests, is below the level and its effect
    is above the floor. With --target and --prediction the performance is told as well: by labels
    where both sides have them, else estimated.
    """


@drift.command(
    epilog="\b\nnbmlops drift check train.parquet live.parquet --fail-on drifted\n"
    "nbmlops drift check train.profile 'logs/*.csv' --html report.html"
)
@click.argument("reference", type=side)
@click.argument("current", type=side)
@click.option("--columns", metavar="NAMES", help="Only these, with commas between them.")
@click.option("--target", metavar="NAME", help="The column of labels, shown first.")
@click.option("--prediction", metavar="NAME", help="The column of scores, shown first.")
@click.option(
    "--multivariate", is_flag=True, help="Can a classifier tell the sides apart by all columns?"
)
@click.option("--time", metavar="NAME", help="The column of times, by which CURRENT is cut.")
@click.option("--every", metavar="LENGTH", help="Of a chunk: 1d, 6h, 1mo, or so many rows; 1d.")
@click.option(
    "--by", metavar="NAME", help="Groups, each for itself: a column, or weekday, hour or month."
)
@click.option(
    "--segments", is_flag=True, help="In which slices of the rows does drift concentrate?"
)
@click.option(
    "--texts", is_flag=True, help="Test free text and vectors, with the words that moved."
)
@click.option(
    "--correction",
    type=click.Choice(["bh", "by", "holm", "bonferroni", "none"]),
    default="bh",
    help="For many tests at once; bh is Benjamini–Hochberg.",
)
@click.option("--level", type=float, default=0.05, help="Of the corrected p-values; 0.05.")
@click.option(
    "--experiment",
    metavar="NAME",
    shell_complete=complete_experiment,
    help="The experiment of the check's run.",
)
@click.option("--html", "html_file", type=click.Path(), help="Write the report to this new file.")
@click.option(
    "--fail-on",
    type=click.Choice(["drifted", "harm"]),
    help="Leave with exit code 1 where a column drifted, or where the performance is worse.",
)
@session_options
@click.pass_obj
def check(
    session: Session,
    reference: str,
    current: str,
    columns: str | None,
    target: str | None,
    prediction: str | None,
    multivariate: bool,
    segments: bool,
    texts: bool,
    time: str | None,
    every: str | None,
    by: str | None,
    correction: str,
    level: float,
    experiment: str | None,
    html_file: str | None,
    fail_on: str | None,
) -> int:
    """Compare two data sets: files, folders, globs or URLs of CSV or Parquet, profiles,
    `run:RUN/NAME`.
    """
    from nbmlops.workspace.drift import columns_from

    check_page(html_file)
    report = session.open(may_be_new=True).drift.check(
        reference,
        current,
        columns=None if columns is None else columns_from(columns),
        target=target,
        prediction=prediction,
        multivariate=multivariate,
        segments=segments,
        texts=texts,
        time=time,
        every=every,
        by=by,
        correction=correction,
        level=level,
        experiment=experiment,
    )
    _show(session, report, html_file)
    if fail_on != "harm":
        return FOUND_DRIFT if fail_on == "drifted" and report.drifted else 0
    if report.harm is None or not report.harm.performance:
        raise InvalidOptionError(
            "--fail-on harm",
            "the performance is not known",
            hint="Give --target and --prediction, of a reference that has both.",
        )
    return FOUND_DRIFT if report.harm.found else 0


@drift.command()
@click.argument("data", type=side)
@click.option(
    "--output", type=click.Path(), required=True, metavar="FILE", help="The file to write."
)
@session_options
@click.pass_obj
def profile(session: Session, data: str, output: str) -> None:
    """Keep what later checks need of a data set, without any of its rows.

    The file takes the place of the data in `nbmlops drift check` and `%drift`.
    """
    kept = session.open(may_be_new=True).drift.keep_profile(data, output)
    size = Path(output).stat().st_size
    if session.json:
        echo_json(
            {
                "file": output,
                "size_bytes": size,
                "row_count": kept.row_count,
                "columns": [column.name for column in kept.columns],
            }
        )
    else:
        echo(f"{output}  {kept.row_count:,} rows, {len(kept.columns)} columns, {size:,} bytes")


@drift.command()
@click.argument("run", shell_complete=complete_run)
@click.option("--html", "html_file", type=click.Path(), help="Write the report to this new file.")
@session_options
@click.pass_obj
def show(session: Session, run: str, html_file: str | None) -> None:
    """Show the report that an earlier check has kept."""
    _show(session, session.open().drift.show(run), html_file)


def _show(session: Session, report: DriftReport, html_file: str | None) -> None:
    def rich() -> Any:
        from nbmlops.views.drift import rich_drift

        return rich_drift(report)

    show_report(session, report, html_file, rich)
