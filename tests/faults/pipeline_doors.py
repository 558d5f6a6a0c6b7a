"""The doors that a notebook is run with parameters through; a later one is one more function."""

from __future__ import annotations

from collections.abc import Callable

from bad_notebooks import Refusal
from doors import KINDS, Outcome, Terminal, outcome_of, quoted

from nbmlops.errors import NbmlopsError
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

__all__ = ["is_typed", "through_magic", "through_python", "through_terminal"]

NOTEBOOK = "given.ipynb"


def through_python(row: Refusal, ws: Workspace) -> Outcome:
    options = {"output": "output", "run name": "name", "experiment": "experiment"}
    more = {options[row.verb]: row.given} if row.verb in options else {}
    try:
        params = ws.pipelines.parse(NOTEBOOK, [row.given] if row.verb == "pair" else [])
        return Outcome(stored=ws.pipelines.run(NOTEBOOK, params=params, **more))
    except NbmlopsError as error:
        return outcome_of(error)


def _words(row: Refusal) -> list[str]:
    option = {
        "pair": "-p={}",
        "output": "--output={}",
        "run name": "--name={}",
        "experiment": "--experiment={}",
    }.get(row.verb)
    return [] if option is None else [option.format(row.given)]


def through_magic(row: Refusal, ws: Workspace, shell: Shell) -> Outcome:
    # A word that begins with a quote is never an option, so that only what it is given has quotes.
    parts = [word.replace("{", "{{").replace("}", "}}").partition("=") for word in _words(row)]
    words = [f"{option}={quoted(given)}" for option, _, given in parts]
    result = shell.run(" ".join(["%pipeline run", NOTEBOOK, *words]))
    error = result.error_before_exec or result.error_in_exec
    assert "Traceback" not in shell.printed
    return Outcome(stored=result.result) if error is None else outcome_of(error)


def through_terminal(row: Refusal, ws: Workspace, terminal: Terminal) -> Outcome:
    words = [word.replace("-p=", "--param=", 1) for word in _words(row)]
    code, out, err = terminal("pipelines", "run", NOTEBOOK, *words)
    assert "Traceback" not in err
    return Outcome(kinds=[KINDS.get(code, str(code))], message=err) if code else Outcome(stored=out)


def is_typed(row: Refusal) -> bool:
    """Whether the row can be typed on the line of a magic."""
    # IPython's own expansion takes minutes on thousands of brackets.
    return row.verb == "notebook" or (
        not set(row.given) & set("\n\0$\ud800") and row.given.count("{") < 100
    )


Door = Callable[..., Outcome]
