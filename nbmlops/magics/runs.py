"""`%%track`, `%track` and `%runs`."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.capture.found import read_keep, read_skip
from nbmlops.capture.naming import given_name
from nbmlops.errors import InvalidOptionError
from nbmlops.events import experiment_key
from nbmlops.magics.hooks import attach
from nbmlops.magics.options import Option, parse, split_first, unquoted
from nbmlops.magics.track_options import SWITCHES, looks_like_switch, read_track_line
from nbmlops.workspace import current_workspace, tracking_workspace
from nbmlops.workspace.runs import RunTable

__all__ = ["RUNS_OPTIONS", "runs", "track", "track_cell"]

VERBS = ("find", "list")
RUNS_OPTIONS = (
    Option("--experiment", "text", "only its runs; all other words are a filter"),
    Option("--sort", "order", "a column and a direction, as 'metrics.auc desc'"),
    Option("--limit", "text", "at most so many runs (100)"),
    Option("--deleted", "flag", "deleted runs instead"),
)


@dataclass(frozen=True, slots=True)
class Tracking:
    """Whether every later cell that deserves it becomes a run, and of which experiment."""

    experiment: str | None  # "" for the default one, None when it is off

    def __repr__(self) -> str:
        if self.experiment is None:
            return "Tracking is off: only cells with a track line become runs."
        where = f" of {self.experiment}" if self.experiment else ""
        return f"Tracking is on: every later cell that fits a model or logs becomes a run{where}."


def track(shell: Any, line: str) -> Any:
    """Record this cell as a run, or with on and off every later cell that deserves it.

        %track churn --name baseline --tag team=risk
        model.fit(X, y)

        %track on churn        # every later cell that fits a model or logs a metric is a run
        %track on churn --silent --skip data,git
        %track off

    The line stands in the cell it is about, so that editors and formatters see plain Python. A
    word that looks like on or off and is no experiment yet is not taken for one. It takes the
    options of %%track:

        --name N                name of the run; without one it gets two words of its own
        --tag NAME=VALUE        tag of the run, repeatable
        --param NAME=VALUE      parameter of the run, repeatable
        --metric NAME=EXPR      metric computed after the cell, repeatable
        --skip KINDS            what not to record, as data,git
        --keep KINDS            displays (tables with their values) and models, kept beside it
        --keep-models           the same as --keep models
        --silent                record and show nothing under the cell

    All but the name may follow `on [EXPERIMENT]` as well, for all later cells.
    """
    hooks = attach(shell)
    words = line.split()
    if words and words[0] in SWITCHES:
        rest = line.strip().removeprefix(words[0]).strip()
        hooks.always = _switched(words[0], rest)
        hooks.always_line = rest if hooks.always is not None else ""
        return Tracking(hooks.always)
    execution = hooks.outermost()
    if execution is None:
        raise InvalidOptionError("%track", "it stands inside of a cell")
    if execution.capture is not None:
        hooks.track_more(execution, line)
    elif looks_like_switch(words) and not _is_experiment(words[0], execution.facts.notebook_path):
        _refuse(shell, words[0])
    else:
        hooks.track(execution, line)
    return None


def _switched(switch: str, rest: str) -> str | None:
    """The experiment of `%track on`, "" for the default one; None for `off`."""
    options = read_track_line(rest)
    if switch == "off":
        if rest:
            raise InvalidOptionError(rest.rsplit(maxsplit=1)[-1], "%track off takes nothing more")
        return None
    if options.problems:
        raise options.problems[0]
    if "name" in options.texts:
        raise InvalidOptionError("--name", "%track on makes many runs; name one by its own %track")
    read_skip(options.texts.get("skip", ""), "--skip")
    read_keep(options.texts.get("keep", ""), "--keep")
    return given_name("an experiment", options.operands[0]) if options.operands else ""


def _is_experiment(name: str, notebook: str | None) -> bool:
    try:
        workspace, _ = tracking_workspace(Path(notebook).parent if notebook else None)
        key = experiment_key(name)
        return any(experiment_key(known.name) == key for known in workspace.runs.experiments())
    except Exception:  # noqa: BLE001 - where nobody can say, it is taken as it was typed
        return True


def _refuse(shell: Any, word: str) -> None:
    """Say beside the cell, which goes on, that its line was not understood."""
    text = (
        f"%track {word}: nothing is tracked. {word!r} looks like on or off, and there is no "
        "experiment of this name.\n"
        f"Write %track on or %track off. Where a new experiment is really called {word!r}, write "
        f"%%track {word} on top of its cell, or %track on {word} for all later cells."
    )
    shown = html.escape(text).replace("\n", "<br>")
    shell.display_pub.publish(data={"text/plain": text, "text/html": f"<div>{shown}</div>"})


def track_cell(shell: Any, line: str, cell: str) -> Any:
    """Record this cell as a run; the cell runs exactly as if the line were not there.

        %%track churn --name baseline --tag team=risk --metric gap=train_auc-auc
        model = RandomForestClassifier(max_depth=8).fit(X_train, y_train)
        auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])

    Recorded are the code, parameters, metrics, output, errors, environment, git state, time and
    memory. A failed cell is a failed run, an interrupted one a cancelled run. The first word is
    the experiment; without it the notebook's name is. Options:

        --name N                name of the run; without one it gets two words of its own
        --tag NAME=VALUE        tag of the run, repeatable
        --param NAME=VALUE      parameter of the run, repeatable
        --metric NAME=EXPR      metric computed after the cell, repeatable
        --skip KINDS            what not to record, as data,git
        --keep KINDS            displays (tables with their values) and models, kept beside it
        --keep-models           the same as --keep models
        --silent                record and show nothing under the cell
    """
    # Only reached where code calls the magic itself (a notebook turned into a script); a cell
    # that begins with %%track never gets here (see hooks.py).
    attach(shell)
    __tracebackhide__ = True  # IPython's word for a frame that its tracebacks leave out
    result = shell.run_cell(f"%%track{' ' + line if line else ''}\n{cell}", store_history=False)
    result.raise_error()
    return None


def runs(shell: Any, line: str) -> RunTable:
    """The table of runs; assign it to go on with it: `found = %runs churn`.

        %runs
        %runs churn "metrics.auc > 0.8 and params.depth = 8" --sort 'metrics.auc desc' --limit 20

    The first word is an experiment, and all after it a filter, as it stands or in quotes. A name
    with spaces stands in quotes too; an experiment that exists wins over a filter. Filters speak of
    metrics.NAME, params.NAME, tags.NAME, status, name, experiment, started_at and
    duration_seconds. Options:

        --experiment NAME       only its runs; all other words are a filter
        --sort COLUMN           a column and a direction, as 'metrics.auc desc'
        --limit N               at most so many runs (100)
        --deleted               deleted runs instead
    """
    parsed = parse(line, RUNS_OPTIONS)
    if parsed.problems:
        raise parsed.problems[0]
    verbs = current_workspace().runs
    first, rest = split_first(parsed.text)
    text = parsed.text
    if first in VERBS:
        text, (first, rest) = rest, split_first(rest)
    named, filter_ = verbs.read_words(first, unquoted(rest), unquoted(text))
    experiment = parsed.texts.get("experiment")
    if named and experiment:
        raise InvalidOptionError("--experiment", f"{named!r} is named besides {experiment!r}")
    limit = parsed.texts.get("limit", "100")
    if not (limit.isascii() and limit.isdigit() and int(limit) > 0):
        raise InvalidOptionError("--limit", f"{limit!r} is not a whole number from 1 on")
    return verbs.find(
        filter_,
        experiment=experiment or named,
        sort=parsed.texts.get("sort"),
        limit=int(limit),
        deleted="deleted" in parsed.flags,
    )
