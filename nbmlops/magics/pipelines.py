"""`%pipeline`: notebooks run with parameters, from a notebook."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

from nbmlops.errors import (
    ExecutionError,
    InvalidError,
    InvalidOptionError,
    NbmlopsError,
    did_you_mean,
)
from nbmlops.magics.files import files_that_begin
from nbmlops.magics.options import Option, Parsed, parse
from nbmlops.settings import folder_of
from nbmlops.views.escaping import html, visible
from nbmlops.workspace import Workspace, current_workspace

if TYPE_CHECKING:
    from nbmlops.notebooks.execution import CellProgress
    from nbmlops.notebooks.parameters import Parameter
    from nbmlops.records import Run

__all__ = ["PIPELINE_OPTIONS", "ParameterTable", "complete_pipeline", "pipeline_magic"]

VERBS = ("run", "params")
PIPELINE_OPTIONS = (
    Option("--param", "pairs", "a parameter of the notebook, NAME=VALUE", "-p"),
    Option("--output", "text", "write the executed notebook to this new file"),
    Option("--name", "text", "the run's name"),
    Option("--experiment", "text", "the run's experiment; else the notebook's name"),
    Option("--tag", "pairs", "a tag of the run, NAME=VALUE"),
    Option("--timeout", "text", "seconds that any one cell may take"),
)


def pipeline_magic(line: str) -> object:
    """Run a notebook with other parameters, in a kernel of its own, tracked as a run.

        %pipeline run train.ipynb -p depth=8 -p lr=1e-3
        %pipeline params train.ipynb

    The parameters are the names that the notebook's cell with the tag `parameters` sets; unknown
    names and values of another type are refused before anything runs. `%%track` cells of the
    notebook become children of its run. Options of `run`:

        -p NAME=VALUE       a parameter; as often as needed
        --output FILE       write the executed notebook to this new file
        --name N            the run's name
        --experiment E      the run's experiment; else the notebook's name
        --tag NAME=VALUE    a tag of the run
        --timeout SECONDS   what any one cell may take

    `run = %pipeline run …` gives the run, `%pipeline params …` the parameters.
    """
    parsed = parse(line, PIPELINE_OPTIONS)
    if parsed.problems:
        raise parsed.problems[0]
    verb, operands = _verb(parsed.operands)
    if len(operands) != 1:
        raise InvalidOptionError(verb, "it takes one notebook, e.g. %pipeline run train.ipynb")
    notebook = os.path.expanduser(operands[0])
    if verb == "params":
        return ParameterTable(notebook, current_workspace().pipelines.params(notebook))
    return _run(notebook, parsed)


def _verb(operands: Sequence[str]) -> tuple[str, list[str]]:
    if not operands:
        raise InvalidOptionError("%pipeline", "say what to do: run NOTEBOOK, or params NOTEBOOK")
    if operands[0] not in VERBS:
        hint = did_you_mean(operands[0], VERBS)
        raise InvalidError(f"%pipeline has no verb {operands[0]!r}.", hint=hint)
    return operands[0], list(operands[1:])


def _run(notebook: str, parsed: Parsed) -> Run:
    workspace = current_workspace(folder_of(notebook))
    pairs = [f"{name}={text}" for name, text in parsed.pairs.get("param", {}).items()]
    values = workspace.pipelines.parse(notebook, pairs)
    texts = parsed.texts
    output = texts.get("output")
    progress = _progress(os.path.basename(notebook))
    try:
        return workspace.pipelines.run(
            notebook,
            params=values,
            output=output and os.path.expanduser(output),
            name=texts.get("name"),
            experiment=texts.get("experiment"),
            tags=parsed.pairs.get("tag"),
            timeout=_seconds(texts.get("timeout")),
            progress=progress,
        )
    except ExecutionError as exc:
        _show_failed(exc, workspace)
        raise


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidOptionError("--timeout", f"{text!r} is not a number of seconds") from None


def _show_failed(error: ExecutionError, workspace: Workspace) -> None:
    from IPython.display import display

    run = error.details.get("run")
    if isinstance(run, str):
        display(workspace.runs.get(run))


def _progress(name: str) -> Callable[[CellProgress], None] | None:
    """A display that is updated in place: HTML in a notebook, a line in a terminal."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return None
    if not hasattr(shell, "kernel"):
        return _terminal_progress(name)
    from IPython.display import display

    began = time.monotonic()
    shown: list[Any] = []

    def show(at: CellProgress) -> None:
        bundle = _bundle(name, at, time.monotonic() - began)
        if shown:
            shown[0].update(bundle, raw=True)
        else:  # not before it begins: what is refused leaves no display
            shown.append(display(bundle, raw=True, display_id=True))

    return show


def _terminal_progress(name: str) -> Callable[[CellProgress], None]:
    from tqdm.auto import tqdm

    bars: list[Any] = []

    def show(at: CellProgress) -> None:
        if not bars:  # not before something runs: what is refused leaves no bar behind
            bars.append(tqdm(desc=visible(name), unit="cell", leave=False))
        bar = bars[0]
        bar.total = at.total
        bar.n = at.cell - (at.status == "running")
        bar.refresh()
        if at.status in ("failed", "cancelled") or bar.n == bar.total:
            bar.close()

    return show


def _bundle(name: str, at: CellProgress, seconds: float) -> dict[str, str]:
    total = at.total
    done = at.cell if at.status == "completed" else max(at.cell - 1, 0)
    if at.cell == 0:
        said = "starting a kernel"
    elif at.status == "running":
        said = f"cell {at.cell} of {total}"
    elif at.status == "completed":
        said = f"{done} of {total} cells"
    else:
        said = f"{at.status} in cell {at.cell} of {total}"
    text = f"{visible(name)}: {said}, {seconds:.0f} s"
    width = 100 * done / total if total else 0
    color = "#c0392b" if at.status == "failed" else "#23874f"
    bar = (
        '<span style="display:inline-block;width:120px;height:6px;border-radius:3px;'
        'background:rgba(128,128,128,.25);margin:0 10px 2px 0;overflow:hidden">'
        f'<span style="display:block;width:{width:.0f}%;height:6px;background:{color}"></span>'
        "</span>"
    )
    shown = html(f"{said} · {seconds:.0f} s")
    return {
        "text/plain": text,
        "text/html": f'<div style="font-size:12px">{bar}<b>{html(name)}</b> '
        f'<span style="opacity:.68">{shown}</span></div>',
    }


class ParameterTable(Sequence["Parameter"]):
    """The parameters of a notebook; displays itself."""

    def __init__(self, notebook: str, parameters: Sequence[Parameter]) -> None:
        self.notebook = notebook
        self._parameters = list(parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    @overload
    def __getitem__(self, index: int) -> Parameter: ...
    @overload
    def __getitem__(self, index: slice) -> list[Parameter]: ...
    def __getitem__(self, index: int | slice) -> Parameter | list[Parameter]:
        return self._parameters[index]

    def __repr__(self) -> str:
        rows = self._rows()
        if not rows:
            return self._empty()
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _empty(self) -> str:
        name = visible(self.notebook)
        return f"{name} takes no parameters. Tag the cell that sets them with `parameters`."

    def _rows(self) -> list[tuple[str, str, str, str]]:
        if not self._parameters:
            return []
        return [
            ("name", "type", "default", "help"),
            *(
                (
                    one.name,
                    visible(one.type),
                    "required" if one.required else visible(one.source),
                    visible(one.help),
                )
                for one in self._parameters
            ),
        ]

    def _repr_html_(self) -> str:
        rows = self._rows()
        if not rows:
            return f"<div>{html(self._empty(), 400)}</div>"
        cell = '<{0} style="text-align:left;padding:2px 18px 2px 0;{1}">{2}</{0}>'
        head = "".join(cell.format("th", "font-weight:400;opacity:.68", text) for text in rows[0])
        body = "".join(
            "<tr>"
            + "".join(
                cell.format("td", "font-weight:600" if place == 0 else "", html(text))
                for place, text in enumerate(row)
            )
            + "</tr>"
            for row in rows[1:]
        )
        return (
            '<table style="border-collapse:collapse;font-size:13px;margin:4px 0">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def complete_pipeline(shell: Any, event: Any) -> list[str]:
    """What may follow: verbs, notebooks, options, and the notebook's parameters after `-p`."""
    del shell
    words = event.line.split()
    symbol = event.symbol
    before = words[:-1] if symbol and words and words[-1].endswith(symbol) else words
    if len(before) <= 1:
        return list(VERBS)
    if before[-1] in ("-p", "--param"):
        notebooks = [word for word in before if word.endswith(".ipynb")]
        return [f"{name}=" for name in _parameter_names(notebooks)]
    if symbol.startswith("-"):
        return [*(option.name for option in PIPELINE_OPTIONS), "-p"]
    return files_that_begin(symbol, ".ipynb")


def _parameter_names(notebooks: Sequence[str]) -> list[str]:
    try:
        return [
            one.name
            for notebook in notebooks[:1]
            for one in current_workspace().pipelines.params(os.path.expanduser(notebook))
        ]
    except NbmlopsError:
        return []
