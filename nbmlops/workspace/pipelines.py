"""Verbs on notebooks that are run with parameters: run one, say what it takes.

The notebook's run is the parent of the runs that its cells record. What happened to it is said in
three places that agree: the run, the executed notebook that is kept as its artifact, and the copy
of that notebook as a file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.facts import CellFacts, cell_data, guard
from nbmlops.capture.redaction import MARK, is_secret_name, redact, redact_value
from nbmlops.capture.run import ActiveRun
from nbmlops.errors import (
    CancelledError,
    CellFailedError,
    ExecutionError,
    InvalidOptionError,
    NbmlopsError,
    NotFoundError,
    StoreUnavailableError,
)
from nbmlops.events import check_name
from nbmlops.interrupts import interrupts_held
from nbmlops.records import Failure, Run, Status
from nbmlops.store.folders import make_plain

if TYPE_CHECKING:
    from nbmlops.notebooks.execution import CellProgress, Plan
    from nbmlops.notebooks.parameters import Parameter
    from nbmlops.notebooks.preparation import Prepared
    from nbmlops.workspace import Workspace

__all__ = ["Pipelines"]

MEDIA_TYPE = "application/x-ipynb+json"
SHORT_ID = 8
MIN_SECRET = 4  # characters; shorter ones are parts of words
MAX_TIMEOUT_SECONDS = 30 * 86_400


class Pipelines:
    """`ws.pipelines`: notebooks as programs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def params(self, notebook: str | os.PathLike[str]) -> list[Parameter]:
        """The parameters a notebook takes: name, type, default, help.

        They are read from the cell with the tag `parameters`; a notebook without one takes none.
        Raises NotebookNotFoundError and InvalidNotebookError.
        """
        from nbmlops.notebooks.preparation import declared_in

        return declared_in(notebook)

    def parse(self, notebook: str | os.PathLike[str], pairs: list[str]) -> dict[str, Any]:
        """The values that `NAME=VALUE` texts mean for this notebook, by its declared types.

        Raises InvalidParameterError for an unknown name or a text that is not of its type.
        """
        from nbmlops.notebooks.preparation import parse_pairs

        return parse_pairs(notebook, pairs) if pairs else {}

    def run(
        self,
        notebook: str | os.PathLike[str],
        *,
        params: Mapping[str, Any] | None = None,
        output: str | os.PathLike[str] | None = None,
        name: str | None = None,
        experiment: str | None = None,
        tags: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        progress: Callable[[CellProgress], None] | None = None,
    ) -> Run:
        """Execute a notebook with these parameters in a kernel of its own; the run it made.

        The kernel works in the notebook's own folder, as in JupyterLab. `timeout` is in seconds
        for any one cell. The executed notebook is an artifact of the run, and a new file: `output`,
        or one in the workspace's folder `notebooks`. `progress` is called as cells begin and end.

        Before a kernel starts it raises InvalidNotebookError, NotebookNotFoundError,
        KernelNotFoundError, InvalidParameterError, UnsafePathError or AlreadyExistsError;
        afterwards CellFailedError, KernelDiedError or TimedOutError, whose `details["run"]` is
        the run's id. Ctrl-C raises KeyboardInterrupt, SIGTERM ends the process; both when the run
        is recorded as cancelled and the kernel is gone.
        """
        from nbmlops.notebooks.preparation import check_output, prepare

        _check_timeout(timeout)
        target = None if output is None else check_output(output)
        prepared = prepare(notebook, params or {}, redact_value)
        folder = self._folder() if target is None else ""
        run: ActiveRun | None = None
        try:
            with interrupts_held():  # a run that has begun is one that we can end
                run = self._workspace.runs.track(
                    self._experiment(experiment, prepared),
                    name=name,
                    kind="notebook",
                    tags=tags,
                    place=Path(prepared.path),
                )
            self._describe(run, prepared)
            if target is None:
                target = os.path.join(folder, f"{prepared.stem}-{run.id[-SHORT_ID:]}.ipynb")
            return self._execute(run, prepared, target, timeout, progress)
        except BaseException as exc:
            if run is not None:
                run.end_with(exc)  # what strikes before the execution begins; later it has ended
                if isinstance(exc, KeyboardInterrupt) and (which := _which(run)) not in str(exc):
                    said = str(exc) or f"The run of {prepared.name!r} was cancelled by Ctrl-C."
                    exc.args = (f"{said} {which}",)
            raise

    def executed_file(self, run: Run) -> Path | None:
        """The executed notebook of this run in the workspace's folder; None where it is not."""
        for artifact in run.artifacts.values():
            if artifact.kind == "notebook":
                stem = artifact.name.removesuffix(".ipynb")
                file = self._workspace.settings.root / "notebooks" / f"{stem}-{run.id[-SHORT_ID:]}"
                file = file.with_name(file.name + ".ipynb")
                return file if file.is_file() else None
        return None

    def _experiment(self, experiment: str | None, prepared: Prepared) -> str:
        chosen = self._workspace.settings.experiment if experiment is None else experiment
        if chosen is not None:
            return chosen
        try:
            return check_name("an experiment", os.path.splitext(prepared.name)[0])
        except NbmlopsError:
            return prepared.stem

    def _describe(self, run: ActiveRun, prepared: Prepared) -> None:
        from nbmlops.notebooks.preparation import percent_script

        run.log_params(prepared.given, source="papermill")
        run.log_params(prepared.defaults, source="default")
        with guard(run, "cell"):
            facts = CellFacts(
                percent_script(prepared.document),
                notebook_path=prepared.path,
                notebook_name=prepared.name,
            )
            run.record("cell", cell_data(facts))

    def _execute(
        self,
        run: ActiveRun,
        prepared: Prepared,
        target: str,
        timeout: float | None,
        progress: Callable[[CellProgress], None] | None,
    ) -> Run:
        from nbmlops.notebooks.costs import Usage
        from nbmlops.notebooks.execution import Plan, execute
        from nbmlops.notebooks.recording import Recording

        settings = self._workspace.settings
        plan = Plan(
            name=prepared.name,
            recording=Recording(
                prepared.document, target, new=True, redact=_redactor(prepared.given)
            ),
            kernel=prepared.kernel,
            env={
                "NBMLOPS_WORKSPACE": str(settings.root)
                if settings.is_folder
                else settings.database,
                "NBMLOPS_ARTIFACTS": settings.artifacts,
                "NBMLOPS_EXPERIMENT": run.experiment,
                "NBMLOPS_PARENT_RUN": run.id,
                "NBMLOPS_NOTEBOOK": prepared.path,
            },
            cwd=os.path.dirname(prepared.path),
            timeout=timeout,
            progress=progress,
            usage=Usage(tell=partial(run.record, "resources")),
        )
        with self._ended(run, plan, f"{prepared.stem}.ipynb"):
            try:
                execute(plan)
            except ExecutionError as exc:
                exc.details["run"] = run.id
                exc.hint = f"{exc.hint} {_which(run)}".strip()
                raise
        try:
            return self._workspace.runs.get(run.id)
        except (NotFoundError, StoreUnavailableError):
            return run.snapshot()  # it is recorded where this workspace does not look yet

    def _folder(self) -> str:
        folder = self._workspace.settings.root / "notebooks"
        try:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_plain(folder)
        except OSError as exc:
            what = f"The folder {str(folder)!r} for executed notebooks"
            raise StoreUnavailableError(
                what, exc.strerror or str(exc), hint="Name another place with output."
            ) from None
        return str(folder)

    @contextmanager
    def _ended(self, run: ActiveRun, plan: Plan, artifact: str) -> Iterator[None]:
        """End the run by what happens inside of this: status, reason, children, artifact."""
        status, reason, error = Status.SUCCEEDED, None, None
        raised: BaseException | None = None
        clean = plan.recording.redact or redact
        try:
            yield
        except CancelledError as exc:
            from nbmlops.notebooks.interruption import as_signal

            status, reason = Status.CANCELLED, exc.message
            raised = as_signal(exc)
        except (KeyboardInterrupt, SystemExit) as exc:
            status, reason, raised = Status.CANCELLED, str(exc) or type(exc).__name__, exc
        except BaseException as exc:  # noqa: BLE001  it is raised again below
            status, reason, error = Status.FAILED, _message(exc), _failure(exc, clean)
            raised = exc
        reason = reason and clean(reason)
        if status is Status.SUCCEEDED:
            with guard(run, "metrics of the cells' runs"):
                self._gather_metrics(run)
        else:
            with guard(run, "ending of the cells' runs"):
                self._end_children(run.id, status, reason or "")
        with guard(run, "executed notebook"):
            self._keep(run, plan, artifact)
        _measure(run, plan)
        run.end(status, reason=reason, error=error)
        if raised is not None:
            raise raised

    def _keep(self, run: ActiveRun, plan: Plan, artifact: str) -> None:
        from nbmlops.notebooks.documents import encode

        if "papermill" in plan.recording.nb.metadata and plan.recording.nb.metadata.papermill.get(
            "status"
        ):
            run.log_artifact(
                encode(plan.recording.document()),
                artifact,
                media_type=MEDIA_TYPE,
                kind="notebook",
            )

    def _end_children(self, run_id: str, status: Status, reason: str) -> None:
        """End what the kernel could not end itself, as its notebook ended."""
        store = self._workspace.store
        store.refresh(whole=True)
        for child in store.runs.children(run_id):
            self._end_children(child.id, status, reason)
            if child.status in (Status.RUNNING, Status.LOST):
                store.writer.append(
                    "run_ended", {"status": str(status), "reason": reason}, run=child.id
                )

    def _gather_metrics(self, run: ActiveRun) -> None:
        """Give the run the last values of its children's metrics, where they do not differ."""
        self._workspace.store.refresh(whole=True)  # all that the kernel has logged, however much
        found: dict[str, list[Any]] = {}
        for child in self._workspace.store.runs.children(run.id):
            if child.status is not Status.FAILED:
                for metric, value in child.metrics.items():
                    found.setdefault(metric, []).append(value)
        single = {metric: values[0] for metric, values in found.items() if len(values) == 1}
        if single:
            run.log_found(single, "child")


def _which(run: ActiveRun) -> str:
    return f"Its run is {run.name} ({run.id[-SHORT_ID:]})."


def _redactor(given: Mapping[str, Any]) -> Callable[[str], str]:
    """`redact`, which also knows the values of the parameters that are secrets by name."""
    secrets = [
        value
        for name, value in given.items()
        if isinstance(value, str) and len(value) >= MIN_SECRET and is_secret_name(name)
    ]

    @lru_cache(maxsize=1024)  # a notebook is saved after every cell; most of it stays the same
    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, MARK)
        return redact(text)

    return clean


def _measure(run: ActiveRun, plan: Plan) -> None:
    """Record what the kernel cost, and not what this process did while it waited."""
    usage, before = plan.usage, run.on_end

    def at_end(ending: ActiveRun) -> None:
        if before is not None:
            before(ending)
        meta = plan.recording.nb.metadata.papermill
        with guard(ending, "resources"):
            ending.record("resources", usage.data(float(meta.get("duration") or 0.0)))

    run.on_end = at_end


def _check_timeout(timeout: Any) -> None:
    if timeout is None:
        return
    is_number = isinstance(timeout, Real) and not isinstance(timeout, bool)
    if not is_number or not 0 < timeout <= MAX_TIMEOUT_SECONDS:
        raise InvalidOptionError("timeout", "it is a number of seconds, above 0 and up to 30 days")


def _message(error: BaseException) -> str:
    return error.message if isinstance(error, NbmlopsError) else f"{type(error).__name__}: {error}"


def _failure(error: BaseException, clean: Callable[[str], str]) -> Failure:
    """The failure as a reader wants it: of the user's own error where a cell raised."""
    if isinstance(error, CellFailedError):
        details = error.details
        return Failure(
            type=str(details.get("error_type", "Exception")),
            message=clean(str(details.get("error", ""))),
            traceback=clean(str(details.get("traceback", ""))),
        )
    return Failure(type=type(error).__name__, message=clean(_message(error)))
