"""The doors that every row of the table of bad input goes through, and what became of it there.

A later door (REST, a file of parameters) is one more function here that gives an `Outcome`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from bad_input import Row

from nbmlops.cli import main
from nbmlops.errors import NbmlopsError
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

__all__ = [
    "CALLS",
    "KINDS",
    "SEARCHES",
    "Outcome",
    "Terminal",
    "flagged",
    "is_typed",
    "judge",
    "outcome_of",
    "quoted",
    "through_magic",
    "through_python",
    "through_terminal",
]


@dataclass
class Outcome:
    """What became of an input: the kinds of error it met, or what was stored."""

    kinds: list[str] = field(default_factory=list)
    message: str = ""
    stored: Any = None
    warned: bool = False
    flagged: bool = False


def outcome_of(error: BaseException) -> Outcome:
    assert isinstance(error, NbmlopsError), f"{type(error).__name__}: {error}"
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return Outcome(kinds=kinds, message=str(error))


def flagged(run: Run) -> bool:
    """Whether a run says that something in it is not what was given."""
    return any(warning.code == "replaced" for warning in run.warnings)


def read(run: Run, row: Row, ws: Workspace) -> Any:
    """What a run says of the row's input, after it was read back from the tables."""
    match row.verb:
        case "experiment":
            return run.experiment
        case "run name":
            return run.name
        case "artifact name" | "figure name":
            return next(iter(run.artifacts), None)
        case "dataset name":
            return next(iter(run.datasets), None)
        case "metric name":
            return next(iter(run.metrics), None)
        case "param name":
            return next(iter(run.params), None)
        case "tag name":
            return next(iter(run.tags), None)
        case "metric" | "param" | "tag" | "param option" | "tag option":
            return getattr(run, f"{row.verb.partition(' ')[0]}s").get("it")
        case "metrics" | "params" | "tags":
            return getattr(run, row.verb)
        case "note":
            return run.note
        case "step":
            return [point.step for point in ws.runs.series(run.id, "it")]
    raise AssertionError(row.verb)


def same(stored: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(stored, float):
        if math.isnan(expected):
            return math.isnan(stored)
        return stored == expected and math.copysign(1, stored) == math.copysign(1, expected)
    return type(stored) is type(expected) and stored == expected


class Picture:
    """A figure."""

    def _repr_png_(self) -> bytes:
        return b"PNG"


DATA = np.arange(3.0)

# What is done with a run, by verb; the same calls in a script and in a cell.
CALLS: dict[str, Callable[[Any, Any], None]] = {
    "artifact name": lambda run, given: run.log_artifact(b"bytes", name=given),
    "figure name": lambda run, given: run.log_figure(Picture(), given),
    "dataset name": lambda run, given: run.log_dataset(DATA, given),
    "metric name": lambda run, given: run.log({given: 0.5}),
    "param name": lambda run, given: run.log_params({given: 1}),
    "tag name": lambda run, given: run.set_tags({given: "v"}),
    "metric": lambda run, given: run.log({"it": given}),
    "param": lambda run, given: run.log_params({"it": given}),
    "tag": lambda run, given: run.set_tags({"it": given}),
    "metrics": lambda run, given: run.log(given),
    "params": lambda run, given: run.log_params(given),
    "tags": lambda run, given: run.set_tags(given),
    "note": lambda run, given: run.set_note(given),
    "step": lambda run, given: run.log({"it": 0.5}, step=given),
}
SEARCHES = ("filter", "sort", "limit", "cursor")


def through_python(row: Row, ws: Workspace) -> Outcome:
    try:
        if row.verb in SEARCHES:
            options = {row.verb: row.given}
            return Outcome(stored=list(ws.runs.find(options.pop("filter", ""), **options)))
        if row.verb == "run":
            return Outcome(stored=ws.runs.get(row.given))
        if row.verb == "export":
            return Outcome(stored=ws.runs.export(row.given, "never.zip"))
        if row.verb == "tag removed":
            with ws.runs.track("python", tags={"other": "v"}) as run:
                pass
            changed = ws.runs.set_tags(run.id, remove=[row.given])
            assert changed.tags == {"other": "v"}
            return Outcome(stored=row.stored)
        opening = (
            {"experiment": row.given} if row.verb == "experiment" else {"experiment": "python"}
        )
        if row.verb == "run name":
            opening["name"] = row.given
        with ws.runs.track(**opening, strict=True) as run:
            if row.verb in CALLS:
                CALLS[row.verb](run, row.given)
    except NbmlopsError as error:
        return outcome_of(error)
    found = ws.runs.get(run.id)
    return Outcome(stored=read(found, row, ws), flagged=flagged(found))


def through_magic(row: Row, ws: Workspace, shell: Shell) -> Outcome:
    """In a tracked cell nothing is raised, and the cell's result is the same."""
    if row.verb in (*SEARCHES, "run"):
        return _asked_by_magic(row, shell)
    line = "%%track magic --silent"
    if row.verb == "experiment":
        line = f"%%track {quoted(row.given)} --silent"
    elif row.verb == "run name":
        line = f"%%track magic --silent --name {quoted(row.given)}"
    elif row.verb.endswith(" option"):
        line = f"%%track magic --silent --{row.verb.split()[0]} {quoted(f'it={row.given}')}"
        if row.verb == "param option":
            line = line.replace("{", "{{").replace("}", "}}")
    shell.ip.user_ns.update(given=row.given, call=CALLS.get(row.verb), caught=None)
    body = ""
    if row.verb in ("artifact name", "figure name"):  # what answers may say no
        body = "try: call(nbmlops, given)\nexcept nbmlops.errors.InvalidError as e: caught = e"
    elif row.verb in CALLS:
        body = "call(nbmlops, given)"
    result = shell.run(f"{line}\n{body}\n6 * 7")
    assert result.success, shell.printed
    assert result.result == 42
    assert "Error in callback" not in shell.printed
    assert not shell.displayed
    run = ws.runs.get("last")
    assert run.status == "succeeded"
    assert run.cell is not None
    if shell.ip.user_ns["caught"] is not None:
        return outcome_of(shell.ip.user_ns["caught"])
    warned = any(warning.code in ("option", "not-recorded") for warning in run.warnings)
    return Outcome(stored=read(run, row, ws), warned=warned, flagged=flagged(run))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _asked_by_magic(row: Row, shell: Shell) -> Outcome:
    shell.ip.user_ns["given"] = row.given
    cell = {
        "filter": "%runs known {given!r}",
        "sort": "%runs known --sort {given!r}",
        "limit": "%runs known --limit {given}",
        "cursor": "nbmlops.find_runs(cursor=given)",
        "run": "nbmlops.get_run(given)",
    }[row.verb]
    if row.verb in ("filter", "sort"):
        words = f"{quoted(row.given)}"
        cell = f"%runs known {'--sort ' if row.verb == 'sort' else ''}{words}"
    result = shell.run(cell)
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return Outcome(stored=list(result.result))
    assert "Traceback" not in shell.printed or row.verb in ("cursor", "run")
    return outcome_of(error)


class Terminal:
    """Commands in this process: exit code, standard output and error."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capture.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = self._capture.readouterr()
        code = left.value.code
        return code if isinstance(code, int) else 0, out.decode(), err.decode()


KINDS = {2: "InvalidError", 3: "NotFoundError", 4: "ConflictError", 5: "RefusedError"}


def through_terminal(row: Row, ws: Workspace, terminal: Terminal) -> Outcome:
    run = ws.runs.get("known")
    text = row.given
    if row.verb in ("run name", "tag", "note", "tag name", "tag removed"):
        with ws.runs.track("terminal") as fresh:
            fresh.log(a=0.5)
        run = ws.runs.get(fresh.id)
    command = {
        "run name": lambda: ("rename", "--", run.id, text),
        "tag": lambda: ("tag", "--", run.id, f"it={text}"),
        "tag name": lambda: ("tag", "--", run.id, f"{text}=v"),
        "tag removed": lambda: ("tag", f"--remove={text}", "--", run.id),
        "export": lambda: ("export", "--output=never.zip", "--", text),
        "note": lambda: ("note", "--", run.id, text),
        "artifact name": lambda: ("artifact", "--", run.id, text),
        "filter": lambda: ("find", "--json", "--experiment", "known", "--", text),
        "sort": lambda: ("find", "--json", f"--sort={text}"),
        "limit": lambda: ("find", "--json", f"--limit={text}"),
        "cursor": lambda: ("find", "--json", f"--cursor={text}"),
        "run": lambda: ("show", "--", text),
    }[row.verb]()
    code, out, err = terminal("runs", *command)
    assert "Traceback" not in err
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err), (
        "controls reached the terminal"
    )
    if code:
        return Outcome(kinds=[KINDS.get(code, str(code))], message=err)
    if row.verb == "filter":
        return Outcome(stored=json.loads(out)["runs"])
    if row.verb == "tag removed":
        return Outcome(stored=row.stored)
    found = ws.runs.get(run.id)
    return Outcome(stored=read(found, row, ws), flagged=flagged(found))


def judge(row: Row, outcome: Outcome) -> None:
    if row.expect in ("kept", "flagged"):
        assert outcome.kinds == [], outcome.message
        assert outcome.flagged == (row.expect == "flagged")
        expected = [row.stored] if row.verb == "step" else row.stored
        expected = str(expected) if row.verb in ("tag", "note") else expected
        assert same(outcome.stored, expected), (outcome.stored, expected)
        return
    if outcome.kinds:
        assert row.kind in outcome.kinds, outcome.message
        return
    assert outcome.warned, f"accepted: {outcome.stored!r}"
    if row.verb in ("metrics", "params", "tags"):
        assert not isinstance(row.given, dict) or len(outcome.stored) < len(row.given)
    elif row.verb == "experiment":
        assert outcome.stored == "default"
    elif row.verb == "step":
        assert outcome.stored == []
    elif row.verb not in ("run name", "note"):
        assert outcome.stored is None
    else:
        assert outcome.stored != row.given


def is_typed(row: Row) -> bool:
    """Whether the row can be typed on the line of a magic."""
    if row.verb not in ("experiment", "run name", "filter", "sort"):
        return True
    if not isinstance(row.given, str) or len(row.given) >= 10_000:
        return False  # IPython's own expansion of $name and {expr} takes minutes on a megabyte
    if row.verb in ("filter", "sort") and not row.given:
        return False  # none at all
    if row.verb == "experiment" and row.given.startswith("-"):
        return False  # an option
    return not re.search(r"[\n\0{$\ud800]", row.given)
