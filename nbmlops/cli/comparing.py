"""What `nbmlops runs compare` prints and writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.cli.output import console, echo, echo_json

if TYPE_CHECKING:
    from nbmlops.cli.session import Session
    from nbmlops.comparison import Comparison

__all__ = ["print_comparison"]


def print_comparison(
    session: Session, comparison: Comparison, *, csv_file: str | None, html_file: str | None
) -> None:
    """Write the files that were asked for; without any, print the comparison."""
    from nbmlops.store.new_files import write_new

    if html_file is not None:
        write_new(Path(html_file), comparison.to_html().encode())
    if csv_file is not None and csv_file != "-":
        write_new(Path(csv_file), comparison.to_csv().encode())
    if session.json:
        echo_json(comparison)
    elif csv_file == "-":
        sys.stdout.write(comparison.to_csv())
    elif html_file is None and csv_file is None:
        from nbmlops.views.compare import rich_comparison

        console().print(rich_comparison(comparison))
    else:
        for file in filter(None, (html_file, csv_file)):
            echo(file)
