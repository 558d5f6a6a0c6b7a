"""`%monitor`: drift checks that repeat, from a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidError, InvalidOptionError, NbmlopsError, did_you_mean
from nbmlops.magics.drift import data_names, side_of
from nbmlops.magics.files import files_that_begin
from nbmlops.magics.options import Option, Parsed, parse
from nbmlops.workspace import current_workspace

if TYPE_CHECKING:
    from nbmlops.records import Monitor

__all__ = ["MONITOR_OPTIONS", "complete_monitor", "monitor_magic"]

VERBS = ("add", "run", "find", "show", "remove")
ALIASES = {"list": "find"}
MONITOR_OPTIONS = (
    Option("--reference", "text", "what is compared with: data, a file, or a profile"),
    Option("--source", "text", "what to watch: a folder, glob or URL of files, or a SELECT"),
    Option("--database", "text", "of a SELECT: an address, or env:NAME of a variable"),
    Option("--time", "text", "the column of times, for files that grow"),
    Option("--every", "text", "what one look stands for: 1d, 6h, 1w; 1d"),
    Option("--by", "text", "groups, each for itself: a column, or weekday, hour or month"),
    Option("--budget", "text", "how rare a false alarm is: '1 in 5 years', '… at 1 %'"),
    Option("--columns", "text", "only these, with commas between"),
    Option("--target", "text", "the column of labels, for the loss"),
    Option("--prediction", "text", "the column of scores, for the loss"),
    Option("--key", "text", "the column that names a row, for labels that come later"),
    Option("--experiment", "text", "the experiment of the looks' runs"),
    Option("--why", "text", "why it is removed"),
)


def monitor_magic(shell: Any, line: str) -> object:
    """Check drift again and again, on what is new, with few false alarms however often one looks.

        %monitor add churn-live --reference X_train --source 'logs/*.parquet'
        %monitor add sales --reference ref.csv --source sales.csv --time sold_at --by weekday
        %monitor run churn-live
        %monitor find
        %monitor show churn-live
        %monitor remove churn-live --why "the model is retired"

    Each run looks at the files that are new since the last one, or with `--time` at the rows that
    are new, and is recorded as a run. An alarm stays. `report = %monitor run …` has drifted,
    is_harmful, columns, to_pandas(), to_html(path) and to_dict(). Options of `add`:

        --reference REF      what is compared with: data, a file, or a profile
        --source GLOB        what to watch: a folder, glob or URL of files, or a SELECT
        --database ADDRESS   of a SELECT: an address, or env:NAME of a variable
        --time NAME          the column of times, for files that grow
        --every LENGTH       what one look stands for: 1d, 6h, 1w; 1d
        --by NAME            groups, each for itself: a column, or weekday, hour or month
        --budget TEXT        how rare a false alarm is: '1 in 5 years', '… at 1 %'
        --columns NAMES      only these, with commas between
        --target NAME        the column of labels, for the loss
        --prediction NAME    the column of scores, for the loss
        --key NAME           the column that names a row, for labels that come later
        --experiment NAME    the experiment of the looks' runs

    and of `remove`: --why TEXT.
    """
    parsed = parse(line, MONITOR_OPTIONS)
    if parsed.problems:
        raise parsed.problems[0]
    verb, operands = _verb(parsed.operands)
    given = [f"--{name}" for name in parsed.texts]
    allowed = {"remove": ["--why"]}.get(verb, [])
    if verb == "add":
        allowed = [option.name for option in MONITOR_OPTIONS if option.name != "--why"]
    for option in given:
        if option not in allowed:
            raise InvalidOptionError(option, f"%monitor {verb} does not take it", known=allowed)
    verbs = current_workspace().monitors
    if verb == "find":
        if operands:
            raise InvalidOptionError(operands[0], "%monitor find takes no name, %monitor show does")
        return verbs.find()
    if len(operands) != 1:
        raise InvalidOptionError(verb, f"it takes one name, as in %monitor {verb} churn-live")
    if verb == "add":
        return _add(shell, operands[0], parsed)
    if verb == "remove":
        return verbs.remove(operands[0], why=parsed.texts.get("why", ""))
    return verbs.run(operands[0]) if verb == "run" else verbs.show(operands[0])


def _verb(operands: Sequence[str]) -> tuple[str, list[str]]:
    if not operands:
        raise InvalidOptionError("%monitor", f"say what to do: {', '.join(VERBS)}")
    verb = ALIASES.get(operands[0], operands[0])
    if verb not in VERBS:
        hint = did_you_mean(operands[0], VERBS) or f"It has {', '.join(VERBS)}."
        raise InvalidError(f"%monitor has no verb {operands[0]!r}.", hint=hint)
    return verb, list(operands[1:])


def _add(shell: Any, name: str, parsed: Parsed) -> Monitor:
    texts = parsed.texts
    for option in ("reference", "source"):
        if option not in texts:
            hint = f"As in %monitor add {name} --reference X_train --source 'logs/*.parquet'"
            raise InvalidOptionError(f"--{option}", "a monitor needs it", hint=hint)
    columns = texts.get("columns")
    plain = (
        "database",
        "time",
        "every",
        "by",
        "budget",
        "target",
        "prediction",
        "key",
        "experiment",
    )
    return current_workspace().monitors.add(
        name,
        reference=side_of(shell, texts["reference"], texts["reference"]),
        reference_name=texts["reference"],
        source=texts["source"],
        columns=None if columns is None else [one for one in re.split(r"\s*,\s*", columns) if one],
        **{key: texts[key] for key in plain if key in texts},
    )


def complete_monitor(shell: Any, event: Any) -> list[str]:
    """Verbs, options, the names of monitors, data and files."""
    if event.symbol.startswith("-"):
        return [option.name for option in MONITOR_OPTIONS]
    before = event.line.removesuffix(event.symbol).split()
    if len(before) <= 1:
        return list(VERBS)
    if before[-1] == "--reference":
        return [*data_names(shell), *files_that_begin(event.symbol)]
    if before[-1] == "--source":
        return files_that_begin(event.symbol)
    try:
        return [monitor.name for monitor in current_workspace().monitors.find()]
    except NbmlopsError:
        return []
