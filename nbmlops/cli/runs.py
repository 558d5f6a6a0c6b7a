"""`nbmlops runs …`: find, show and look after recorded runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.completion import (
    complete_artifact,
    complete_experiment,
    complete_field,
    complete_run,
    complete_words,
)
from nbmlops.cli.groups import AliasedGroup
from nbmlops.cli.output import console, echo, echo_json, printable, remark
from nbmlops.cli.session import Session, session_options
from nbmlops.cli.usage import Count, Sorting
from nbmlops.errors import (
    InvalidOptionError,
    NotDeletedError,
    RefusedError,
)

if TYPE_CHECKING:
    from nbmlops.records import Run
    from nbmlops.workspace.runs import Runs, RunTable

__all__ = ["runs"]

run_argument = click.argument("run", shell_complete=complete_run)
run_arguments = click.argument("run", nargs=-1, required=True, shell_complete=complete_run)
why_option = click.option("--why", default="", metavar="TEXT", help="The reason, kept with it.")


@click.group(cls=AliasedGroup, aliases={"list": "find"})
def runs() -> None:
    """Find, show and look after recorded runs.

    RUN is an id, a unique part of one, a name, `last` or `best`.
    """


@runs.command(
    cls=Sorting,
    epilog="\b\nnbmlops runs find demo\n"
    "nbmlops runs find \"metrics.auc > 0.8 and params.max_depth = '8'\" --sort 'metrics.auc desc'",
)
@click.argument("words", nargs=-1, metavar="[EXPERIMENT] [FILTER]", shell_complete=complete_words)
@click.option(
    "--experiment", metavar="NAME", shell_complete=complete_experiment, help="Only its runs."
)
@click.option(
    "--sort",
    metavar="'FIELD [desc]'",
    shell_complete=complete_field,
    help="E.g. 'metrics.auc desc'.",
)
@click.option(
    "--limit",
    type=Count(),
    default=20,
    show_default=True,
    metavar="N",
    help="At most so many.",
)
@click.option("--cursor", metavar="TEXT", help="Go on after the page that printed it.")
@click.option("--deleted", is_flag=True, help="Deleted runs instead.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@session_options
@click.pass_obj
def find(
    session: Session,
    words: tuple[str, ...],
    experiment: str | None,
    sort: str | None,
    limit: int,
    cursor: str | None,
    deleted: bool,
    as_csv: bool,
) -> None:
    """Find runs, of an experiment or by a filter."""
    verbs = session.open().runs
    first, rest = words[:1], words[1:]
    named, text = verbs.read_words(*map(" ".join, (first, rest, words)))
    if named and experiment:
        raise InvalidOptionError("--experiment", f"{named!r} is named besides {experiment!r}")
    table = verbs.find(
        text,
        experiment=experiment or named,
        sort=sort,
        limit=limit,
        cursor=cursor,
        deleted=deleted,
    )
    if session.json:
        notes = {"notes": table.notes} if table.notes else {}
        echo_json({"runs": list(table), "total": table.total, "cursor": table.cursor, **notes})
    elif as_csv:
        for note in table.notes:
            remark(note)
        sys.stdout.write(table.to_csv())
        if table.cursor:
            remark(f"{len(table):,} of {table.total:,} runs. Next page: --cursor {table.cursor}")
    else:
        _print_table(table)


def _print_table(table: RunTable) -> None:
    from nbmlops.views.runs import rich_table

    screen = console()
    screen.print(rich_table(table, now=datetime.now(UTC)))
    if table.cursor:
        screen.print(
            f" Next page: --cursor {table.cursor}",
            style="dim",
            soft_wrap=True,
        )


@runs.command()
@run_argument
@session_options
@click.pass_obj
def show(session: Session, run: str) -> None:
    """Show one run: everything that was recorded of it."""
    verbs = session.open().runs
    found = verbs.get(run)
    _remark_age(verbs)
    if session.json:
        echo_json(found)
        return
    from nbmlops.views.runs import rich_run

    console().print(rich_run(found, verbs.history_of(found)))


@runs.command(
    epilog="\b\nnbmlops runs compare last best\nnbmlops runs compare baseline deeper "
    "--html report.html"
)
@run_arguments
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(),
    metavar="FILE",
    help="Write comma-separated values; - prints.",
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(),
    metavar="FILE",
    help="Write a page that needs nothing else.",
)
@session_options
@click.pass_obj
def compare(
    session: Session, run: tuple[str, ...], csv_file: str | None, html_file: str | None
) -> None:
    """Compare two to fifty runs, and say why they differ.

    Everything is told against the run that is named first.
    """
    from nbmlops.cli.comparing import print_comparison

    comparison = session.open().runs.compare(*run)
    print_comparison(session, comparison, csv_file=csv_file, html_file=html_file)


@runs.command()
@run_arguments
@why_option
@session_options
@click.pass_obj
def delete(session: Session, run: tuple[str, ...], why: str) -> None:
    """Delete runs; `restore` brings them back."""
    verbs = session.open().runs
    _each(session, run, "Deleted", lambda name: verbs.delete(name, why=why))


@runs.command()
@run_arguments
@session_options
@click.pass_obj
def restore(session: Session, run: tuple[str, ...]) -> None:
    """Bring deleted runs back."""
    verbs = session.open().runs
    _each(session, run, "Restored", verbs.restore)


@runs.command()
@run_arguments
@click.option("--why", required=True, metavar="TEXT", help="The reason, kept for good.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@session_options
@click.pass_obj
def purge(session: Session, run: tuple[str, ...], why: str, yes: bool) -> None:
    """Remove deleted runs and their bytes for good.

    What stays says which run it was, who removed it and why.
    """
    verbs = session.open().runs
    found = [verbs.get(name) for name in run]
    for one in found:  # all of them may be purged before one is
        if one.deleted_at is None:
            raise NotDeletedError(one.name)
    if not yes and not _is_agreed([one.name for one in found]):
        raise RefusedError("Nothing was removed, because you did not agree.")
    _each(session, run, "Purged", lambda name: verbs.purge(name, why=why))


def _is_agreed(names: Sequence[str]) -> bool:
    if not sys.stdin.isatty():
        raise InvalidOptionError("--yes", "nobody is here to be asked, and a purge is for good")
    listed = ", ".join(repr(printable(name)) for name in names)
    return click.confirm(f"Remove {listed} for good?", err=True)


@runs.command()
@run_argument
@click.argument("name")
@session_options
@click.pass_obj
def rename(session: Session, run: str, name: str) -> None:
    """Give a run another name."""
    verbs = session.open().runs
    _each(session, (run,), "Renamed", lambda which: verbs.rename(which, name))


@runs.command()
@run_argument
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--remove", multiple=True, metavar="KEY", help="Take this tag away.")
@session_options
@click.pass_obj
def tag(session: Session, run: str, pairs: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Set and remove tags of a run."""
    if not pairs and not remove:
        raise InvalidOptionError("KEY=VALUE", "give at least one tag, or --remove KEY")
    tags = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidOptionError(pair, "a tag is written KEY=VALUE")
        tags[key] = value
    verbs = session.open().runs
    _each(session, (run,), "Tagged", lambda name: verbs.set_tags(name, tags, remove=list(remove)))


@runs.command()
@run_argument
@click.argument("text")
@session_options
@click.pass_obj
def note(session: Session, run: str, text: str) -> None:
    """Write the note of a run; an empty one removes it."""
    verbs = session.open().runs
    _each(session, (run,), "Noted", lambda name: verbs.set_note(name, text))


@runs.command()
@run_argument
@click.argument("name", shell_complete=complete_artifact)
@click.option(
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="Write it there; without it the bytes go to standard output.",
)
@session_options
@click.pass_obj
def artifact(session: Session, run: str, name: str, output: str | None) -> None:
    """Get an artifact's bytes, verified."""
    verbs = session.open().runs
    content = verbs.artifact(run, name)
    _remark_age(verbs)
    if output is None:
        if sys.stdout.isatty() and b"\0" in content:
            raise InvalidOptionError("--output", "binary bytes do not belong on a terminal")
        sys.stdout.buffer.write(content)
        return
    from nbmlops.store.new_files import write_new

    write_new(Path(output), content)
    if session.json:
        echo_json({"name": name, "file": output, "size_bytes": len(content)})
    else:
        echo(f"{output}  {len(content):,} bytes")


@runs.command()
@click.argument("experiment", shell_complete=complete_experiment)
@click.option(
    "--output", type=click.Path(), required=True, metavar="FILE", help="The file to write."
)
@session_options
@click.pass_obj
def export(session: Session, experiment: str, output: str) -> None:
    """Export an experiment as one file."""
    verbs = session.open().runs
    file = verbs.export(experiment, output)
    _remark_age(verbs)
    if session.json:
        echo_json({"experiment": experiment, "file": str(file)})
    else:
        echo(str(file))


@runs.command("import")
@click.argument("file", type=click.Path())
@session_options
@click.pass_obj
def import_(session: Session, file: str) -> None:
    """Import an exported experiment.

    Every digest is checked before anything is taken.
    """
    taken = session.open(may_be_new=True).runs.import_(file)
    if session.json:
        echo_json(
            {
                "runs": taken,
                "already": taken.already,
                "monitors": taken.monitors,
                "monitors_already": taken.monitors_already,
                "monitors_left_out": taken.monitors_left_out,
            }
        )
        return
    here = f", {len(taken.already):,} already here" if taken.already else ""
    echo(f"{len(taken):,} run{'' if len(taken) == 1 else 's'} imported{here}.")
    verbs = session.open().monitors if taken.monitors else None
    for name in taken.monitors:
        assert verbs is not None
        echo(
            f"Monitor {name} imported; a run of it reads {' '.join(verbs.get(name).source.split())}"
        )
    for name in taken.monitors_left_out:
        echo(
            f"Monitor {name} left out: another one of that name is here. Remove it to import this."
        )


def _each(session: Session, names: Sequence[str], done: str, verb: Callable[[str], Any]) -> None:
    verbs = session.open().runs
    ids = [_resolve(verbs, name) for name in names]  # all of them are known before one changes
    for run_id in ids:
        verb(run_id)
    _remark_age(verbs)
    if session.json:
        echo_json({"runs": ids})
        return
    for run_id in ids:
        echo(f"{done} {run_id}.")


def _remark_age(verbs: Runs) -> None:
    """Say beside the answer where it may be older than what was recorded."""
    if verbs.behind:
        remark(verbs.behind)


def _resolve(verbs: Any, name: str) -> str:
    run: Run = verbs.get(name)
    return run.id
