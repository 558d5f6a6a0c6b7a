"""`nbmlops demo`: the quickstart on census data, executed with three sets of parameters.

1. Put the example notebooks and their data into a folder `nbmlops-demo`, never over a file that
   was edited.
2. Run it by papermill, once for each set; each time it tracks a run in the experiment `demo`.
3. Show the runs, the best of them, where the executed notebooks are and how to open JupyterLab.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shutil import copyfile, which
from typing import TYPE_CHECKING, Any

import click

from nbmlops.capture.metrics import better
from nbmlops.cli.output import console, echo_json, is_watched
from nbmlops.cli.session import Session, session_options
from nbmlops.cli.usage import Command
from nbmlops.errors import NotebookNotFoundError, StoreUnavailableError
from nbmlops.headline import best_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from nbmlops.notebooks.execution import CellProgress
    from nbmlops.records import Run
    from nbmlops.workspace import Workspace

__all__ = ["demo"]

EXPERIMENT = "demo"
QUICKSTART = "01_track.ipynb"
FOLDER = "nbmlops-demo"
SETS: Mapping[str, Mapping[str, Any]] = {
    "shallow": {"max_depth": 2, "learning_rate": 0.3},
    "balanced": {"max_depth": 4, "learning_rate": 0.1},
    "deep": {"max_depth": 8, "learning_rate": 0.02},
}
WHY = "auc decides: it judges the order of the people at every threshold, accuracy only at one."


@dataclass(frozen=True)
class Attempt:
    """One execution of the quickstart and the notebook that it left."""

    run: Run
    output: Path


@click.command(cls=Command)
@click.option("--lab", is_flag=True, help="Open the quickstart in JupyterLab afterwards.")
@session_options
@click.pass_obj
def demo(session: Session, lab: bool) -> None:
    """Run the quickstart on census data; start here.

    Makes a folder nbmlops-demo here, executes the notebook in it with three sets of parameters and
    shows the recorded runs. It needs no network and may be repeated.
    """
    workspace = session.open(may_be_new=True)
    folder = prepare_folder(Path.cwd())
    # Data this small are learned fastest by one thread, above all on a machine that is busy.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    quiet = session.json
    screen = console(error=quiet)
    if not quiet:
        _greet(screen)
    attempts = [_attempt(workspace, folder, name, screen) for name in SETS]
    if quiet:
        echo_json(_as_record(attempts, folder))
    else:
        _report(screen, workspace, attempts, folder)
    if lab:
        _open_lab(folder / QUICKSTART)


def prepare_folder(parent: Path) -> Path:
    """A folder with the example notebooks and their data: `nbmlops-demo` below `parent`.

    It is a numbered one beside it when a file in there was edited, and one of the user's own where
    nothing can be written.
    """
    from nbmlops.settings import state_dir

    for place in (parent, state_dir(), Path(tempfile.gettempdir())):
        number = 1
        while True:
            folder = place / (FOLDER if number == 1 else f"{FOLDER}-{number}")
            if not _is_edited(folder):
                break
            number += 1
        try:
            _fill(folder)
        except OSError:
            continue
        return folder
    raise StoreUnavailableError("A folder for the demo", "no folder here can be written")


def _examples() -> Path:
    """The example notebooks: in the wheel a part of the package, in a checkout beside it."""
    package = Path(str(files("nbmlops")))
    for place in (package / "example_notebooks", package.parent / "example_notebooks"):
        if (place / QUICKSTART).is_file():
            return place
    raise NotebookNotFoundError(QUICKSTART)


def _parts() -> Iterator[tuple[Path, Path]]:
    examples = _examples()
    for notebook in sorted(examples.glob("*.ipynb")):
        yield notebook, Path(notebook.name)
    for source in sorted((examples / "data").iterdir()):
        yield source, Path("data") / source.name


def _is_edited(folder: Path) -> bool:
    return any(
        (folder / target).exists() and _content(folder / target) != _content(source)
        for source, target in _parts()
    )


def _content(file: Path) -> object:
    """What a person would call the content: a notebook that was only executed is not edited."""
    try:
        content = file.read_bytes()
        if file.suffix != ".ipynb":
            return content
        cells = json.loads(content)["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fill(folder: Path) -> None:
    for source, target in _parts():
        file = folder / target
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            copyfile(source, file.with_name(f".{file.name}.part"))
            os.replace(file.with_name(f".{file.name}.part"), file)
    (folder / "executed").mkdir(exist_ok=True)
    # The folder stays out of the version control of wherever the demo was tried.
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    if not os.access(folder / "executed", os.W_OK):
        raise PermissionError(folder)


def _greet(screen: Console) -> None:
    screen.print()
    screen.print("[bold]nbmlops demo[/bold]  Who in Massachusetts has a job?")
    screen.print(
        f"The quickstart {QUICKSTART} learns from 12,000 census records, three times.", style="dim"
    )
    screen.print()


def _attempt(workspace: Workspace, folder: Path, name: str, screen: Console) -> Attempt:
    from nbmlops.views import quantities

    params = SETS[name]
    told = " · ".join(f"{key} {value}" for key, value in params.items())
    output = folder / "executed" / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.ipynb"
    label = f"[bold]{name:<9}[/bold] {told:<35}"
    with _progress(screen, label) as advance:
        run = workspace.pipelines.run(
            folder / QUICKSTART,
            params=dict(params),
            output=output,
            name=name,
            experiment=EXPERIMENT,
            progress=advance,
        )
    # The run's own time, as in the table: what came before it is the start of this program.
    took = quantities.duration(run.duration_seconds)
    screen.print(f"[green]✓[/green] {label} [dim]took {took}[/dim]")
    return Attempt(run, output)


@contextmanager
def _progress(screen: Console, label: str) -> Iterator[Callable[[CellProgress], None]]:
    """A line that moves on a terminal while the notebook is executed."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    bar = Progress(
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24, complete_style="green", pulse_style="dim"),
        TextColumn("[dim]{task.fields[note]}[/dim]"),
        console=screen,
        transient=True,
        disable=not is_watched(screen),
    )
    with bar:
        task = bar.add_task(label, total=None, note="starting a kernel")

        def advance(at: CellProgress) -> None:
            note = f"cell {at.cell} of {at.total}" if at.cell else "starting a kernel"
            bar.update(task, completed=at.cell, total=at.total, note=note)

        yield advance


def _report(
    screen: Console, workspace: Workspace, attempts: Sequence[Attempt], folder: Path
) -> None:
    from rich.markup import escape

    from nbmlops.views.runs import rich_table

    screen.print()
    screen.print(rich_table([attempt.run for attempt in attempts]))
    screen.print()
    metric, best = _best(attempts)
    way = "highest" if better(metric) == "higher" else "lowest"
    place = escape(_shown(Path(workspace.settings.location)))
    told = {
        "Best": f"[green]★[/green] {best.name} has the {way} {metric}, {best.metrics[metric]:.4f}",
        "": f"[dim]{WHY}[/dim]",
        "Executed": f"{len(attempts)} notebooks in {escape(_shown(folder / 'executed'))}{os.sep}",
        "Recorded": f"experiment {EXPERIMENT} in {place}",
    }
    for title, text in told.items():
        screen.print(f"[bold]{title:<8}[/bold]  {text}", soft_wrap=True)
    screen.print()
    screen.print("02_compare.ipynb and 03_drift.ipynb beside the quickstart go on from here.")
    screen.print("Open the quickstart in JupyterLab:")
    screen.print()
    screen.print(f"    [bold cyan]{escape(_lab_command(folder))}[/bold cyan]", soft_wrap=True)
    screen.print()


def _best(attempts: Sequence[Attempt]) -> tuple[str, Run]:
    """The metric that speaks for these runs, and the best of them by it."""
    found = best_of([attempt.run for attempt in attempts], better)
    assert found is not None  # the quickstart computes its metrics
    return found


def _shown(path: Path) -> str:
    """A path as a person would type it: from here, or from home."""
    for start, said in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(start):
            return said + str(path.relative_to(start))
    return str(path)


def _lab_command(folder: Path) -> str:
    """The command as it works when it is pasted here."""
    import shlex

    notebook = folder / QUICKSTART
    here = notebook.is_relative_to(Path.cwd())
    jupyter = Path(sys.executable).with_name("jupyter")
    found = which("jupyter")
    is_ours = found is not None and Path(found).resolve() == jupyter.resolve()
    program = "jupyter" if is_ours else str(jupyter)
    return shlex.join(
        [program, "lab", *_root_option(), _shown(notebook) if here else str(notebook)]
    )


def _root_option() -> list[str]:
    # JupyterLab refuses to start as root unless told; in containers everybody is root.
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _as_record(attempts: Sequence[Attempt], folder: Path) -> dict[str, Any]:
    return {
        "experiment": EXPERIMENT,
        "folder": str(folder),
        "runs": [attempt.run for attempt in attempts],
        "best": _best(attempts)[1].id,
        "notebooks": [str(attempt.output) for attempt in attempts],
        "open": _lab_command(folder),
    }


def _open_lab(notebook: Path) -> None:
    sys.stdout.flush()
    command = [sys.executable, "-m", "jupyter", "lab", *_root_option(), str(notebook)]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted
