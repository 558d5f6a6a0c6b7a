"""`nbmlops pipelines …`: notebooks run with parameters, from the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from nbmlops.cli.completion import complete_experiment
from nbmlops.cli.groups import AliasedGroup
from nbmlops.cli.output import console, echo, echo_json, is_watched, printable
from nbmlops.cli.session import Session, session_options, workspace_of
from nbmlops.cli.usage import Seconds
from nbmlops.errors import InvalidOptionError, NbmlopsError, NotFoundError, UnavailableError
from nbmlops.settings import folder_of

if TYPE_CHECKING:
    from nbmlops.notebooks.execution import CellProgress
    from nbmlops.records import Run

__all__ = ["pipelines"]


@click.group(cls=AliasedGroup)
def pipelines() -> None:
    """Run notebooks with parameters.

    A notebook is a program: the cell with the tag `parameters` declares what it takes, papermill
    executes it in a kernel of its own, and the run records what became of it.
    """


def _complete_param(
    context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    # Of an option that still lacks its value, click leaves the words before as they were typed.
    notebook = context.params.get("notebook") or next(iter(context.args), None)
    try:
        found = workspace_of(context).pipelines.params(notebook) if notebook else []
    except NbmlopsError:
        return []
    return [
        CompletionItem(f"{one.name}=", help=f"{one.type} {one.help}")
        for one in found
        if one.name.startswith(incomplete)
    ]


notebook_argument = click.argument("notebook", type=click.Path(), metavar="NOTEBOOK")


@pipelines.command(
    epilog="\b\nnbmlops pipelines run train.ipynb -p depth=8 -p lr=1e-3\n"
    "nbmlops pipelines run train.ipynb --output runs/tonight.ipynb --timeout 600"
)
@notebook_argument
@click.option(
    "-p",
    "--param",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=_complete_param,
    help="A parameter of the notebook; read by the type it declares.",
)
@click.option("--output", type=click.Path(), help="Write the executed notebook to this new file.")
@click.option("--name", metavar="TEXT", help="The run's name.")
@click.option(
    "--experiment",
    metavar="NAME",
    shell_complete=complete_experiment,
    help="The run's experiment; else the notebook's.",
)
@click.option("--tag", "tags", multiple=True, metavar="NAME=VALUE", help="A tag of the run.")
@click.option("--timeout", type=Seconds(), metavar="SECONDS", help="What any one cell may take.")
@session_options
@click.pass_obj
def run(
    session: Session,
    notebook: str,
    pairs: tuple[str, ...],
    output: str | None,
    name: str | None,
    experiment: str | None,
    tags: tuple[str, ...],
    timeout: float | None,
) -> None:
    """Run a notebook with parameters and record it.

    It works in the notebook's own folder. The executed notebook is kept with the run and written
    to a new file. Ctrl-C stops the cell, and the run says so.
    """
    workspace = session.open(may_be_new=True, near=folder_of(notebook))
    verbs = workspace.pipelines
    values = verbs.parse(notebook, list(pairs))
    with _progress(os.path.basename(notebook), quiet=session.json) as progress:
        made = verbs.run(
            notebook,
            params=values,
            output=output,
            name=name,
            experiment=experiment,
            tags=_tags(tags),
            timeout=timeout,
            progress=progress,
        )
    if session.json:
        echo_json(made)
        return
    from nbmlops.views.runs import card_text, rich_table

    echo(card_text(made))
    children: list[Run] = []
    with suppress(NotFoundError, UnavailableError):  # it is recorded where nobody looks yet
        children = workspace.runs.children(made.id)
    if children:
        echo()
        console().print(rich_table(children))
    if file := output or verbs.executed_file(made):
        echo(f"Executed notebook: {file}")


@pipelines.command(epilog="\b\nnbmlops pipelines params train.ipynb")
@notebook_argument
@session_options
@click.pass_obj
def params(session: Session, notebook: str) -> None:
    """Show the parameters that a notebook takes."""
    found = session.open(may_be_new=True).pipelines.params(notebook)
    if session.json:
        echo_json({"notebook": notebook, "params": found})
        return
    if not found:
        echo(f"{notebook} takes no parameters. Tag the cell that sets them with `parameters`.")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("name", "type", "default", "help"):
        table.add_column(title)
    for one in found:
        default = "required" if one.required else one.source
        table.add_row(*(_plain(text) for text in (one.name, one.type, default, one.help)))
    console().print(table)


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(printable(text))


def _tags(pairs: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InvalidOptionError("--tag", f"{pair!r} is not of the form NAME=VALUE")
        if name.strip() in found:
            raise InvalidOptionError("--tag", f"{name.strip()!r} is given twice")
        found[name.strip()] = value
    return found


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Callable[[CellProgress], None] | None]:
    """A bar on standard error that counts cells; nothing where nobody watches."""
    screen = console(error=True)
    if quiet or not is_watched(screen):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(printable(name).replace("[", r"\["), total=None, said="starting")

        def show(at: CellProgress) -> None:
            is_done = at.status not in ("running", "starting")
            bar.update(
                task,
                total=at.total or None,
                completed=at.cell - (0 if is_done or at.cell == 0 else 1),
                said=f"cell {at.cell}, {at.seconds:.0f} s" if at.cell else "starting a kernel",
            )

        yield show
