"""How a command shows the report it made: as JSON, as a file, or on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from nbmlops.cli.output import console, echo, echo_json
from nbmlops.cli.session import Session

__all__ = ["Report", "check_page", "show_report"]


class Report(Protocol):
    """What has a verdict, a page and a record."""

    @property
    def verdict(self) -> str:
        """The finding in a sentence."""

    def to_html(self) -> str:
        """The page."""

    def to_dict(self) -> dict[str, Any]:
        """The record."""


def check_page(html_file: str | None) -> None:
    """Raise where a page has no place, before what stands on it is done and recorded."""
    from nbmlops.store.new_files import check_new

    if html_file is not None:
        check_new(Path(html_file))


def show_report(
    session: Session, report: Report, html_file: str | None, rich: Callable[[], Any]
) -> None:
    """Write the page to a new file; print the record, the verdict and that file, or what `rich`
    makes.
    """
    from nbmlops.store.new_files import write_new

    if html_file is not None:
        write_new(Path(html_file), report.to_html().encode())
    if session.json:
        echo_json(report.to_dict())
    elif html_file is not None:
        echo(report.verdict)
        echo(html_file)
    else:
        console().print(rich())
