"""Opening runs: what a run is called, what it belongs to, and what is recorded around it."""

from __future__ import annotations

import atexit
import getpass
import os
import platform
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture import active, surroundings
from nbmlops.capture.facts import CellFacts, cell_data, guard
from nbmlops.capture.frames import in_library
from nbmlops.capture.naming import given_name
from nbmlops.capture.nowhere import Nowhere, refuse_bytes
from nbmlops.capture.outputs import Tee
from nbmlops.capture.resources import Meter
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.telling import tell, words_of
from nbmlops.capture.workers import run_of_parent
from nbmlops.errors import CorruptionError, NbmlopsError, UnavailableError
from nbmlops.events import check_run_id
from nbmlops.interrupts import interrupts_held
from nbmlops.records import Status

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["open_block", "open_here", "open_run", "or_unrecorded", "set_facts", "set_teller"]

DEFAULT_EXPERIMENT = "default"
OURS = (CorruptionError, UnavailableError)  # errors that no other argument would mend

_facts: Callable[[], CellFacts | None] | None = None
_teller: Callable[[ActiveRun, Workspace], None] | None = None
_unfinished: set[ActiveRun] = set()


def set_facts(facts: Callable[[], CellFacts | None] | None) -> None:
    """Name the function that knows the cell which is executing (the notebook's face does)."""
    global _facts
    _facts = facts


def set_teller(teller: Callable[[ActiveRun, Workspace], None] | None) -> None:
    """Name the function that tells front ends where a block's run goes."""
    global _teller
    _teller = teller


@cache
def user_and_host() -> tuple[str, str]:
    """Who records, and where."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "unknown"
    return user, platform.node()


def open_run(
    workspace: Workspace,
    experiment: str | None,
    *,
    name: str | None = None,
    kind: str = "block",
    parent_id: str | None = None,
    strict: bool = False,
    notebook: str | None = None,
    lenient: bool = False,
    **timing: Any,
) -> ActiveRun:
    """A run that has not been started; `lenient` mends names that will not do and warns.

    Raises InvalidNameError for an experiment, a name or a parent's id that will not do.
    """
    problems: list[str] = []
    parent = active.active_run()
    if parent_id is not None:
        parent_id = check_run_id(parent_id)
    else:
        parent_id = parent.id if parent and parent.is_recorded else None
    inherited = [parent.experiment if parent else None, workspace.settings.experiment]
    if parent is None and parent_id is None and (outer := run_of_parent()) is not None:
        parent_id, inherited[0] = outer
    parent_id = parent_id or _outer_run()
    chosen = None
    if experiment is not None:
        try:
            chosen = given_name("an experiment", experiment)
        except NbmlopsError as exc:
            if not lenient:
                raise
            problems.append(str(exc))
            inherited = inherited[1:]
    chosen = chosen or _first_name(inherited, problems)
    if chosen is None and experiment is None:  # a file may have any name
        chosen = _first_name([Path(notebook).stem if notebook else None, _script_stem()], [])
    if name is not None:
        try:
            name = given_name("a run", name)
        except NbmlopsError as exc:
            if not lenient:
                raise
            problems.append(str(exc))
            name = None
    user, host = user_and_host()
    run = ActiveRun(
        workspace.store.writer,
        experiment=chosen or DEFAULT_EXPERIMENT,
        name=name,
        kind=kind,
        parent_id=parent_id,
        strict=strict,
        store_bytes=workspace.store.artifacts.put,
        user=user,
        host=host,
        **timing,
    )
    run.problems = problems
    _unfinished.difference_update([earlier for earlier in _unfinished if earlier.ended])
    _unfinished.add(run)
    return run


def _outer_run() -> str | None:
    """The run of the notebook whose kernel this is."""
    with suppress(NbmlopsError):
        return check_run_id(os.environ.get("NBMLOPS_PARENT_RUN"))
    return None


def _first_name(names: list[str | None], problems: list[str]) -> str | None:
    """The first of the names that can be one of an experiment; `problems` says of the others."""
    for name in filter(None, names):
        try:
            return given_name("an experiment", name)
        except NbmlopsError as exc:
            problems.append(str(exc))
    return None


def open_here(run_id: str) -> ActiveRun | None:
    """The run of this id while this process records it."""
    return next((run for run in list(_unfinished) if run.id == run_id and not run.ended), None)


def open_block(
    workspace: Workspace,
    experiment: str | None,
    *,
    name: str | None = None,
    kind: str | None = None,
    parent_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    strict: bool = False,
    place: Path | None = None,
) -> ActiveRun:
    """A started run of a block of code, with its surroundings; `place` is the file of its code.

    The run of a notebook says nothing of an environment and of what is printed: both are the
    kernel's, and its cells' runs say it. What threads beside the main one print is nobody's: nobody
    can tell which block of the others it belongs to.
    """
    active.join_cell()
    facts = _facts() if _facts is not None else None
    kind = kind or ("block" if facts is not None else "script" if _script() else "block")
    run = open_run(
        workspace,
        experiment,
        name=name,
        kind=kind,
        parent_id=parent_id,
        strict=strict,
        notebook=facts.notebook_path if facts else None,
    )
    try:
        with interrupts_held():
            with nullcontext() if strict else guard(run, "start"):
                run.start(sync=True)
            _surround(run, facts, place)
            if _teller is not None:
                with guard(run, "place"):
                    _teller(run, workspace)
            if tags:
                run.set_tags(tags)
            if params:
                run.log_params(params)
    except Exception as exc:
        if strict:
            raise
        with suppress(Exception):  # the run has begun, and its block goes on
            run.warn("capture-failed", f"start: {words_of(exc)}")
    except BaseException as struck:  # its block is never entered
        run.end_with(struck)
        raise
    return run


def _surround(run: ActiveRun, facts: CellFacts | None, place: Path | None) -> None:
    """Record what surrounds a run that has begun, and let its end record the rest."""
    kind = run.kind
    tee = Tee()
    meter: Meter | None = None

    def at_end(ending: ActiveRun) -> None:
        with guard(ending, "resources"):
            if meter is not None:
                ending.record("resources", meter.stop())
        with guard(ending, "output"):
            for said in tee.stop():
                ending.record("output", said)
        if kind != "notebook":
            with guard(ending, "environment"):
                surroundings.environment(ending)

    run.on_end = at_end
    with guard(run, "code"):
        if kind in ("block", "script", "cell"):
            facts = facts or _script_facts()
            if facts is not None:
                run.record("cell", cell_data(facts))
    with guard(run, "git"):
        notebook = facts.notebook_path if facts else None
        surroundings.begin(run, place or Path(notebook or Path.cwd()))
    if kind == "notebook":
        return  # which costs what its kernel costs
    with guard(run, "environment"):
        surroundings.environment(run)
    with guard(run, "resources"):
        meter = Meter(tell=partial(run.record, "resources"))
    with guard(run, "output"):
        if threading.current_thread() is threading.main_thread():
            tee.start()


def or_unrecorded(opener: Callable[[], ActiveRun], *, strict: bool) -> ActiveRun:
    """The run that `opener` opens; where that fails by a fault of ours, one that keeps nothing.

    Raises what a person has to correct, and with `strict` everything.
    """
    for is_last in (False, True):  # what fails for want of memory or files may do a moment later
        try:
            return opener()
        except Exception as exc:
            if strict or (isinstance(exc, NbmlopsError) and not isinstance(exc, OURS)):
                raise
            if is_last:
                tell(f"nbmlops could not open a run: {words_of(exc)}. This block is not recorded.")
    run = ActiveRun(Nowhere(), experiment=DEFAULT_EXPERIMENT, store_bytes=refuse_bytes)
    return run.start(sync=False)


def _script() -> Path | None:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file or not str(file).endswith(".py"):
        return None
    path = Path(file)
    # What a worker process of joblib or Dask runs is no script of the user's.
    return None if path.name == "__main__.py" or in_library(str(path)) else path


def _script_stem() -> str | None:
    script = _script()
    return script.stem if script else None


def _script_facts() -> CellFacts | None:
    script = _script()
    if script is None:
        return None
    try:
        source = script.read_text("utf-8", "replace")
    except OSError:
        return None
    return CellFacts(source, notebook_path=str(script.absolute()), notebook_name=script.name)


def _end_all() -> None:
    # The interpreter leaves here what ended a script, after it has shown it.
    error = getattr(sys, "last_value", None)
    for run in list(_unfinished):
        if run.ended or not run.started or run.owner_pid != os.getpid():
            continue
        with guard(run, "end"):
            if run.kind != "script" or error is None:
                run.end(Status.SUCCEEDED, reason="The process ended.")
            else:
                run.end_with(error)


atexit.register(_end_all)
