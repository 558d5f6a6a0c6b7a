"""The terminal: `nbmlops SUBJECT VERB`, the same words as the magics.

Human output on a terminal, `--json` for machines, errors on standard error. The exit code says
what kind of error it was: 2 malformed, 3 not found, 4 conflict, 5 refused, 6 execution failed,
7 corruption, 8 unavailable; 130 interrupted. A fault of nbmlops itself shows its traceback.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from nbmlops.cli.groups import LazyGroup
from nbmlops.cli.output import complain, remark, show_error
from nbmlops.cli.session import Session, session_options
from nbmlops.cli.streams import ReaderGoneError, speak_plainly
from nbmlops.cli.usage import as_ours
from nbmlops.errors import NbmlopsError
from nbmlops.version import __version__

__all__ = ["main", "nbmlops"]

INTERRUPTED, BROKEN_PIPE, USAGE = 130, 141, 2

PLACES = {
    "demo": ("nbmlops.cli.demo:demo", "Run the quickstart on census data; start here."),
    "runs": ("nbmlops.cli.runs:runs", "Find, show and look after recorded runs."),
    "pipelines": ("nbmlops.cli.pipelines:pipelines", "Run notebooks with parameters."),
    "drift": ("nbmlops.cli.drift:drift", "Tell what drifted between two data sets."),
    "monitors": ("nbmlops.cli.monitors:monitors", "Check drift again and again, on what is new."),
    "doctor": ("nbmlops.cli.doctor:doctor", "Say what is wrong with a workspace; repair it."),
    "completion": ("nbmlops.cli.completion:completion", "Print the shell's completion script."),
}
# Singular and plural of a subject both work.
ALIASES = {"run": "runs", "pipeline": "pipelines", "monitor": "monitors"}


class Terminal(LazyGroup):
    """The root command."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """What was typed, as click understands it; `--help` prints already."""
        with _reader_there():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was typed, to its last byte of output."""
        with _reader_there():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _reader_there() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderGoneError from None


@click.group(
    cls=Terminal,
    places=PLACES,
    aliases=ALIASES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`nbmlops COMMAND --help` tells more. Inside a notebook, `%load_ext nbmlops` adds the "
    "magics.",
)
@session_options
@click.version_option(__version__, prog_name="nbmlops", message="%(prog)s %(version)s")
@click.pass_context
def nbmlops(context: click.Context) -> None:
    """Experiments, models and drift, tracked from the notebook you already have."""
    context.ensure_object(Session)


def main(arguments: Sequence[str] | None = None, *, json_errors: bool = False) -> None:
    """Run one command and leave the process with the exit code of what happened.

    With `json_errors` an error is one object also where the output is for people: `%nbmlops` raises
    it again in its own process.
    """
    speak_plainly()
    session = Session()
    with warnings.catch_warnings():
        warnings.showwarning = _showing(warnings.showwarning)
        code = _run(session, None if arguments is None else list(arguments), json_errors)
    sys.exit(code)


def _showing(others: Callable[..., None]) -> Callable[..., None]:
    """Show our own warnings as remarks; nobody's line of code is to blame for them here."""

    def show(message: Warning | str, *rest: Any, **more: Any) -> None:
        if str(message).startswith("nbmlops"):
            remark(str(message).removeprefix("nbmlops").removeprefix(":").strip())
        else:
            others(message, *rest, **more)

    return show


def _run(session: Session, arguments: list[str] | None, json_errors: bool) -> int:
    try:
        result = nbmlops.main(arguments, prog_name="nbmlops", standalone_mode=False, obj=session)
    except NbmlopsError as error:
        show_error(error, as_json=session.json or json_errors)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(error.format_message() + "\n")
        return 0
    except click.UsageError as error:
        # Where the words do not parse, no option of them is known yet.
        words = sys.argv[1:] if arguments is None else arguments
        asked = "--json" in words[: words.index("--") if "--" in words else None]
        show_error(as_ours(error), as_json=session.json or json_errors or asked)
        return USAGE
    except click.ClickException as error:
        show_error(NbmlopsError(error.format_message()), as_json=session.json or json_errors)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        # click's Abort hides the interrupt, which says what was recorded as cancelled.
        complain(str(stopped.__cause__ or stopped) or "interrupted")
        return INTERRUPTED
    except ReaderGoneError:
        # Nothing may be written when Python closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return result if isinstance(result, int) else 0
