"""`nbmlops monitors …`: drift checks that repeat, with an exit code for scripts and schedulers."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.completion import complete_experiment, complete_monitor
from nbmlops.cli.groups import AliasedGroup
from nbmlops.cli.output import echo, echo_json
from nbmlops.cli.reports import check_page, show_report
from nbmlops.cli.session import Session, session_options
from nbmlops.errors import InvalidOptionError

if TYPE_CHECKING:
    from nbmlops.drift.monitor_report import MonitorReport

__all__ = ["monitors"]

ALARM = 1


@click.group(cls=AliasedGroup, aliases={"list": "find"})
def monitors() -> None:
    """Check drift again and again, on what is new.

    Each run looks at new files, or with --time at new rows, and is recorded. However
    often one looks, false alarms stay within the monitor's budget.
    """


@monitors.command(
    epilog="\b\nnbmlops monitors add churn --reference train.profile --source 'logs/*.parquet'\n"
    "nbmlops monitors add sales --reference ref.csv --source sales.csv --time sold_at --by weekday"
)
@click.argument("name")
@click.option(
    "--reference", required=True, metavar="REF", help="A file, folder, glob, URL or profile."
)
@click.option("--source", required=True, metavar="GLOB", help="The files to watch, or a SELECT.")
@click.option("--database", metavar="ADDRESS", help="Of a SELECT: an address, or env:NAME.")
@click.option("--time", metavar="NAME", help="The column of times, for files that grow.")
@click.option("--every", metavar="LENGTH", help="What one look stands for: 1d, 6h, 1w; 1d.")
@click.option(
    "--by", metavar="NAME", help="Groups, each for itself: a column, or weekday, hour or month."
)
@click.option(
    "--budget",
    metavar="TEXT",
    default="1 in 5 years",
    help="How rare a false alarm is, also as '1 in 5 years at 1 %'.",
)
@click.option("--columns", metavar="NAMES", help="Only these, with commas between them.")
@click.option("--target", metavar="NAME", help="The column of labels, for the loss.")
@click.option("--prediction", metavar="NAME", help="The column of scores, for the loss.")
@click.option(
    "--key", metavar="NAME", help="The column that names a row, for labels that come later."
)
@click.option(
    "--experiment",
    metavar="NAME",
    shell_complete=complete_experiment,
    help="The experiment of the looks' runs.",
)
@session_options
@click.pass_obj
def add(session: Session, /, name: str, columns: str | None, **options: Any) -> None:
    """Watch a source of files against a reference."""
    wanted = None if columns is None else [one.strip() for one in columns.split(",") if one.strip()]
    added = session.open(may_be_new=True).monitors.add(name, columns=wanted, **options)
    if session.json:
        echo_json(added)
    else:
        echo(f"{added.name}  watches {added.source} against {added.reference}")
        echo(f"Look with `nbmlops monitors run {shlex.quote(added.name)}`.")


@monitors.command()
@click.argument("name", shell_complete=complete_monitor)
@click.option("--html", "html_file", type=click.Path(), help="Write the report to this new file.")
@click.option(
    "--fail-on",
    type=click.Choice(["drifted", "harm"]),
    help="Leave with exit code 1 where a column, or the loss, has raised an alarm.",
)
@session_options
@click.pass_obj
def run(session: Session, name: str, html_file: str | None, fail_on: str | None) -> int:
    """Look at what is new, and record it as a run."""
    verbs = session.open().monitors
    if fail_on == "harm" and verbs.get(name).target is None:
        raise InvalidOptionError(
            "--fail-on harm",
            f"monitor {name!r} does not watch the loss",
            hint="Add it with --target and --prediction.",
        )
    check_page(html_file)
    report = verbs.run(name)
    _show(session, report, html_file)
    has_alarm = report.drifted if fail_on == "drifted" else report.is_harmful
    return ALARM if fail_on is not None and has_alarm else 0


@monitors.command()
@session_options
@click.pass_obj
def find(session: Session) -> None:
    """List the monitors."""
    found = session.open().monitors.find()
    if session.json:
        echo_json(found.to_dicts())
    else:
        for line in repr(found).split("\n"):
            echo(line)


@monitors.command()
@click.argument("name", shell_complete=complete_monitor)
@click.option("--html", "html_file", type=click.Path(), help="Write the report to this new file.")
@session_options
@click.pass_obj
def show(session: Session, name: str, html_file: str | None) -> None:
    """Show what a monitor has found so far, without a new look."""
    _show(session, session.open().monitors.show(name), html_file)


@monitors.command()
@click.argument("name", shell_complete=complete_monitor)
@click.option("--why", default="", metavar="TEXT", help="Why; it is kept.")
@session_options
@click.pass_obj
def remove(session: Session, name: str, why: str) -> None:
    """Watch no longer; the runs of its looks stay."""
    removed = session.open().monitors.remove(name, why=why)
    if session.json:
        echo_json(removed)
    else:
        echo(f"{removed.name}  removed after {removed.look_count:,} looks")


def _show(session: Session, report: MonitorReport, html_file: str | None) -> None:
    def rich() -> Any:
        from nbmlops.views.monitors import rich_monitor

        return rich_monitor(report)

    show_report(session, report, html_file, rich)
