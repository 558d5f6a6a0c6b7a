"""`nbmlops doctor`: what is wrong with a workspace, and the repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nbmlops.cli.output import console, echo, echo_json, printable
from nbmlops.cli.session import Session, session_options
from nbmlops.cli.usage import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.store.doctor import Finding

__all__ = ["doctor"]

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}
FOUND_ERRORS = 1


@click.command(cls=Command)
@click.option("--repair", is_flag=True, help="Repair what can be repaired without a choice.")
@click.option("--rebuild", is_flag=True, help="Make the tables again from journals and archives.")
@click.option(
    "--trust-project",
    is_flag=True,
    help="Agree once that the project here records where its pyproject.toml says.",
)
@session_options
@click.pass_obj
def doctor(session: Session, repair: bool, rebuild: bool, trust_project: bool) -> int:
    """Say what is wrong with a workspace, and repair it.

    Leaves with exit code 1 where an error remains.
    """
    if trust_project:
        _trust(session)
    workspace = session.open()
    if rebuild:
        workspace.doctor.rebuild()
    if repair:
        workspace.doctor.repair()
    findings = workspace.doctor.check()
    if session.json:
        echo_json({"workspace": workspace.settings.location, "findings": list(findings)})
    else:
        _print(workspace.settings.location, workspace.settings.source, findings)
    return FOUND_ERRORS if any(finding.severity == "error" for finding in findings) else 0


def _trust(session: Session) -> None:
    from nbmlops.settings import give_consent, without_password

    agreed = give_consent()
    if session.json:
        return
    for place in agreed:
        echo(f"This project may record to {without_password(place)}.")
    if not agreed:
        echo("There is no project here that records elsewhere; nothing to agree to.")


def _print(location: str, source: str, findings: Sequence[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = console()
    screen.print(Text(f"Workspace {printable(location)}", style="bold"), Text(f"({source})"))
    table = Table.grid(padding=(0, 1))
    for finding in findings:
        mark, color = MARKS.get(finding.severity, ("?", "default"))
        told = Text(printable(finding.message))
        if finding.remedy and finding.severity != "ok":
            told.append("\n" + printable(finding.remedy), style="dim")
        table.add_row(Text(mark, style=color), told)
    screen.print(table)
    if any(finding.repairable and finding.severity != "ok" for finding in findings):
        screen.print("`nbmlops doctor --repair` repairs what it can.", style="dim")
