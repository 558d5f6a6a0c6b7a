"""Every error nbmlops raises on purpose, and what its catcher should do about it.

NbmlopsError
├── InvalidError (ValueError)      you gave something malformed    422  exit 2
│   ├── InvalidOptionError  InvalidNameError  InvalidValueError  InvalidFilterError
│   ├── InvalidSettingError  InvalidNotebookError  InvalidParameterError  InvalidArchiveError
│   └── InvalidComparisonError  InvalidDataError
├── NotFoundError (LookupError)    no such thing; did you mean     404  exit 3
│   ├── RunNotFoundError (ExperimentNotFoundError, BestNotFoundError)  ArtifactNotFoundError
│   ├── MonitorNotFoundError
│   └── NotebookNotFoundError  KernelNotFoundError  WorkspaceNotFoundError  PathNotFoundError
├── ConflictError                  someone was first               409  exit 4
│   └── RunEndedError  AmbiguousRunError  AlreadyExistsError  MonitorMovedError
├── RefusedError                   a rule said no                  412  exit 5
│   └── ConsentNeededError  UnsafePathError  NotDeletedError
├── ExecutionError                 your code or kernel failed      424  exit 6
│   └── CellFailedError  KernelDiedError  TimedOutError  CancelledError
├── CorruptionError                bytes are not what they were    500  exit 7
│   └── ArtifactCorruptError  DatabaseCorruptError
└── UnavailableError               a service or package is away    503  exit 8
    └── StoreUnavailableError  SchemaTooNewError  MissingPackageError

A kind says what the catcher does and carries the HTTP status and the exit code; a leaf says what
happened and builds its own message, so that the wording stands in this file alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nbmlops.wording import (
    SHOWN_RUNS,
    RunLabel,
    did_you_mean,
    listed,
    nearest,
    printable,
    short_ids,
)

__all__ = [
    "AlreadyExistsError",
    "AmbiguousRunError",
    "ArtifactCorruptError",
    "ArtifactNotFoundError",
    "BestNotFoundError",
    "CancelledError",
    "CellFailedError",
    "ConflictError",
    "ConsentNeededError",
    "CorruptionError",
    "DatabaseCorruptError",
    "ExecutionError",
    "ExperimentNotFoundError",
    "InvalidArchiveError",
    "InvalidComparisonError",
    "InvalidDataError",
    "InvalidError",
    "InvalidFilterError",
    "InvalidNameError",
    "InvalidNotebookError",
    "InvalidOptionError",
    "InvalidParameterError",
    "InvalidSettingError",
    "InvalidValueError",
    "KernelDiedError",
    "KernelNotFoundError",
    "MissingPackageError",
    "MonitorMovedError",
    "MonitorNotFoundError",
    "NbmlopsError",
    "NotDeletedError",
    "NotFoundError",
    "NotebookNotFoundError",
    "PathNotFoundError",
    "RefusedError",
    "RunEndedError",
    "RunNotFoundError",
    "SchemaTooNewError",
    "StoreUnavailableError",
    "TimedOutError",
    "UnavailableError",
    "UnsafePathError",
    "WorkspaceNotFoundError",
    "did_you_mean",
    "revived",
]


class NbmlopsError(Exception):
    """What nbmlops raises on purpose: a message, one hint, and the facts as `details`.

    Message and hint are shown as they are, by whoever catches them, and often hold what came from a
    file or a colleague; so they are made of characters that act nowhere. `details` are as given.
    """

    status = 500
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", **details: object) -> None:
        message, hint = printable(message), printable(hint)
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        between = "\n" if "\n" in self.message else " "
        return f"{self.message}{between}{self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Leaves take their own arguments; a copy that crossed a process keeps the finished text.
        return revived, (type(self), self.message, self.hint, self.details)

    def _render_traceback_(self) -> list[str]:
        """Message and hint, which IPython shows in place of a traceback."""
        lines = [f"{type(self).__name__}: {self.message}"]
        return [*lines, self.hint] if self.hint else lines


def revived(
    kind: type[NbmlopsError], message: str, hint: str, details: Mapping[str, object]
) -> NbmlopsError:
    """An error as it was in another process, whose message was finished there."""
    error = kind.__new__(kind)
    NbmlopsError.__init__(error, message, hint=hint, **details)
    return error


class InvalidError(NbmlopsError, ValueError):
    """You gave something malformed; correct it."""

    status, exit_code = 422, 2


class NotFoundError(NbmlopsError, LookupError):
    """There is no such thing."""

    status, exit_code = 404, 3


class ConflictError(NbmlopsError):
    """Someone or something was first; look again, then retry."""

    status, exit_code = 409, 4


class RefusedError(NbmlopsError):
    """A rule said no."""

    status, exit_code = 412, 5


class ExecutionError(NbmlopsError):
    """Your code or its kernel failed."""

    status, exit_code = 424, 6


class CorruptionError(NbmlopsError):
    """Stored bytes are not what they were; stop and look."""

    status, exit_code = 500, 7


class UnavailableError(NbmlopsError):
    """A service or a package is away; a retry may help."""

    status, exit_code = 503, 8


class InvalidOptionError(InvalidError):
    """An option of a magic or command that does not exist or does not fit."""

    def __init__(
        self, option: str, problem: str, *, known: Iterable[str] = (), hint: str = ""
    ) -> None:
        super().__init__(
            f"Option {option!r}: {problem}.",
            hint=hint or did_you_mean(option, known),
            option=option,
        )


class InvalidNameError(InvalidError):
    """A name that cannot be a name of this kind of thing."""

    def __init__(self, kind: str, name: object, problem: str) -> None:
        shown = repr(name) if len(repr(name)) <= 80 else repr(name)[:77] + "…"
        super().__init__(
            f"{shown} cannot be the name of {kind}: {problem}.",
            hint="Use letters, digits, spaces and . _ - / in at most 250 bytes.",
            kind=kind,
            name=str(name)[:250],
        )


class InvalidValueError(InvalidError):
    """A value that cannot be recorded as what it was given as."""

    def __init__(self, kind: str, name: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{kind} {name!r}: {problem}.", hint=hint, kind=kind, name=name)


class InvalidFilterError(InvalidError):
    """A filter or an order that does not parse or fit; `position` is its 0-based column, and
    `unknown` a word that is no key.
    """

    def __init__(
        self,
        text: str,
        position: int,
        problem: str,
        *,
        hint: str = "",
        part: str = "Filter",
        unknown: str = "",
    ) -> None:
        start = max(0, position - 30)
        near = text[start : position + 30]
        pointer = " " * len(printable(text[start:position])) + "^"
        super().__init__(
            f"{part}, position {position + 1}: {problem}.\n  {near}\n  {pointer}",
            hint=hint,
            position=position,
            **({"unknown": unknown} if unknown else {}),
        )


class InvalidSettingError(InvalidError):
    """A setting of the environment or of pyproject.toml that does not fit."""

    def __init__(self, setting: str, source: str, problem: str, *, hint: str = "") -> None:
        place = "given as an argument" if source == "argument" else f"of {source}"
        super().__init__(f"Setting {setting!r} {place}: {problem}.", hint=hint, setting=setting)


class InvalidNotebookError(InvalidError):
    """A file that is not a notebook that can be run."""

    def __init__(self, notebook: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"Notebook {notebook!r}: {problem}.", hint=hint, notebook=notebook)


class InvalidParameterError(InvalidError):
    """A parameter of a notebook that is unknown, ill-typed or not a name."""

    def __init__(
        self, notebook: str, name: str, problem: str, *, known: Sequence[str] = ()
    ) -> None:
        super().__init__(
            f"Parameter {name!r} of {notebook!r}: {problem}.",
            hint=did_you_mean(name, known) if name not in known else "",
            parameter=name,
            known=list(known),
        )


class InvalidArchiveError(InvalidError):
    """An export file that is damaged, edited or not ours."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(
            f"Export {file!r}: {problem}.",
            hint="Export the experiment again from its workspace; nothing was imported.",
        )


class InvalidComparisonError(InvalidError):
    """Runs that cannot be compared with each other: one alone, or too many.

    `is_one` where several names were given, and all are of one run.
    """

    def __init__(
        self, problem: str, *, hint: str = "Name two to fifty runs.", is_one: bool = False
    ) -> None:
        self.is_one = is_one
        super().__init__(f"A comparison takes two to fifty runs: {problem}.", hint=hint)


class InvalidDataError(InvalidError):
    """A value or a file that has no columns, or none that can be compared."""

    def __init__(self, data: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"Data {data!r}: {problem}.", hint=hint, data=data)


class RunNotFoundError(NotFoundError):
    """No run answers to this id, name or word; `known` are the latest ones, of `count` in all."""

    def __init__(self, run: str, *, known: Sequence[RunLabel] = (), count: int = 0) -> None:
        message, hint = f"No run {run!r}.", "Record one with %%track; %runs lists them."
        meant, near = nearest(run, known)
        if near:
            message += f" The nearest:\n{listed(near)}"
            hint = f"Did you mean {meant!r}?"
        elif known:
            message += f" The latest are:\n{listed(known, count)}"
            hint = "%runs and `nbmlops runs find` list all of them."
        super().__init__(message, hint=hint, run=run, runs=list(near or known)[:SHOWN_RUNS])


class ExperimentNotFoundError(RunNotFoundError):
    """No run belongs to an experiment of this name."""

    def __init__(self, experiment: str, *, known: Iterable[str] = ()) -> None:
        NotFoundError.__init__(
            self,
            f"No experiment {experiment!r} has a run.",
            hint=did_you_mean(experiment, known) or "Record a run with %%track.",
            experiment=experiment,
        )


class BestNotFoundError(RunNotFoundError):
    """No run of an experiment is the best; `metrics` are those that it might have been by."""

    def __init__(
        self, experiment: str, metrics: Sequence[str], *, is_directed: bool = False
    ) -> None:
        names = ", ".join(map(repr, metrics[:3])) + (" and others" if len(metrics) > 3 else "")
        if not metrics:
            why = f"no run of {experiment!r} that succeeded has a metric"
            hint = "Log one, as nbmlops.log(auc=0.9)."
        elif is_directed:
            why = f"no run of {experiment!r} that succeeded has a finite {names}"
            hint = "%runs and `nbmlops runs find` show the values."
        else:
            why = f"whether more or less is better cannot be told from the name of {names}"
            hint = f"Sort instead: --sort 'metrics.{metrics[0]} desc' --limit 1."
        NotFoundError.__init__(
            self, f"No run 'best': {why}.", hint=hint, experiment=experiment, metrics=list(metrics)
        )


class ArtifactNotFoundError(NotFoundError):
    """The run has no artifact of this name, or its bytes are not in the store."""

    def __init__(
        self, name: str, *, known: Iterable[str] = (), run: str = "", hint: str = ""
    ) -> None:
        of_run = f" in the run {run!r}" if run else ""
        hint = hint or did_you_mean(name, known)
        super().__init__(f"No artifact {name!r}{of_run}.", hint=hint, name=name)


class MonitorNotFoundError(NotFoundError):
    """There is no monitor of this name; `known` are those that there are."""

    def __init__(self, monitor: str, *, known: Sequence[str] = ()) -> None:
        super().__init__(
            f"No monitor {monitor!r}.",
            hint=did_you_mean(monitor, known)
            or "Add one with `%monitor add` or `nbmlops monitors add`.",
            monitor=monitor,
        )


class NotebookNotFoundError(NotFoundError):
    """There is no notebook file here."""

    def __init__(self, notebook: str, *, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"No notebook {notebook!r}.", hint=did_you_mean(notebook, known), notebook=notebook
        )


class KernelNotFoundError(NotFoundError):
    """The notebook names a kernel that is not installed."""

    def __init__(self, kernel: str, *, known: Iterable[str] = ()) -> None:
        super().__init__(f"No kernel {kernel!r}.", hint=did_you_mean(kernel, known), kernel=kernel)


class WorkspaceNotFoundError(NotFoundError):
    """Nothing was ever recorded in this folder, or a server does not look there."""

    def __init__(self, workspace: str, *, hint: str = "") -> None:
        super().__init__(
            f"No workspace in {workspace!r}.",
            hint=hint or "Look for a typing error; the first run that is recorded there makes one.",
            workspace=workspace,
        )


class PathNotFoundError(NotFoundError):
    """There is no file or folder at a path that a command was given."""

    def __init__(self, kind: str, path: str, *, known: Iterable[str] = (), hint: str = "") -> None:
        super().__init__(
            f"No {kind} {path!r}.",
            hint=hint or did_you_mean(path, known) or "Look for a typing error.",
            path=path,
        )


class RunEndedError(ConflictError):
    """Something was recorded for a run that has ended or was deleted."""

    def __init__(self, run: str, status: str = "", *, is_deleted: bool = False) -> None:
        message = f"Run {run!r} has ended ({status}) and takes no more records."
        hint = "Tags, notes and names can still be changed."
        if is_deleted:  # which has ended it, where this process has recorded it
            message = f"Run {run!r} was deleted and takes no more records."
            hint = f"`nbmlops runs restore {run}` brings back what it has."
        super().__init__(message, hint=hint, run=run)


class AmbiguousRunError(ConflictError):
    """Part of an id or name fits several runs; `matches` are the latest ones, of `count` in all."""

    def __init__(self, run: str, matches: Sequence[RunLabel], *, count: int = 0) -> None:
        count = max(count, len(matches))
        super().__init__(
            f"{run!r} fits {count:,} runs:\n{listed(matches, count)}",
            hint=f"Name one by the id in front of it, as {short_ids(matches[:SHOWN_RUNS])[0]}.",
            run=run,
            count=count,
            runs=list(matches[:SHOWN_RUNS]),
        )


class AlreadyExistsError(ConflictError):
    """Something of this name is there and is not overwritten."""

    def __init__(self, kind: str, name: str, *, hint: str = "Choose another name.") -> None:
        super().__init__(f"{kind} {name!r} already exists.", hint=hint, name=name)


class MonitorMovedError(ConflictError):
    """Somebody else has looked, or changed the monitor, since this look began."""

    def __init__(self, monitor: str) -> None:
        super().__init__(
            f"Monitor {monitor!r} was moved by somebody else while this look was at work.",
            hint="Nothing was counted twice. Run it again: it looks at what is new since then.",
            monitor=monitor,
        )


class ConsentNeededError(RefusedError):
    """A project file wants data to go somewhere that this user has not agreed to."""

    def __init__(self, project: str, setting: str, value: str) -> None:
        super().__init__(
            f"The project {project!r} wants to record to {setting} = {value!r}, "
            "which lies outside the project.",
            hint="If you trust it, run `nbmlops doctor --trust-project` there once.",
            setting=setting,
        )


class UnsafePathError(RefusedError):
    """A path or location that is not followed."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"Path {path!r} is refused: {problem}.", path=path)


class NotDeletedError(RefusedError):
    """A run that was not deleted is not purged."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"Run {run!r} is not purged: it is not deleted.",
            hint="Delete it first; that can be undone, this cannot.",
            run=run,
        )


class CellFailedError(ExecutionError):
    """A cell of a notebook raised."""

    def __init__(self, notebook: str, cell: int, error: str, *, output: str = "") -> None:
        super().__init__(
            f"Cell {cell} of {notebook!r} failed with {error}.",
            hint=f"The executed notebook is {output!r}." if output else "",
            cell=cell,
        )


class KernelDiedError(ExecutionError):
    """The kernel went away while a notebook ran."""

    def __init__(self, notebook: str, cell: int | None, reason: str) -> None:
        where = f" in cell {cell}" if cell is not None else ""
        super().__init__(f"The kernel of {notebook!r} died{where}: {reason}.", cell=cell)


class TimedOutError(ExecutionError):
    """A cell, a kernel or a search took longer than it was allowed."""

    def __init__(self, what: str, seconds: float, *, hint: str = "") -> None:
        message = f"{what} took longer than {seconds:g} seconds."
        super().__init__(message, hint=hint, seconds=seconds)


class CancelledError(ExecutionError):
    """Somebody stopped it."""

    def __init__(self, what: str, by: str) -> None:
        super().__init__(f"{what} was cancelled by {by}.")


class ArtifactCorruptError(CorruptionError):
    """Stored bytes do not have the digest under which they were kept."""

    def __init__(self, digest: str, found: str) -> None:
        super().__init__(
            f"The bytes stored as {digest[:12]}… have the digest {found[:12]}….",
            hint="They are not served. Restore them from a backup or log the artifact again.",
            digest=digest,
        )


class DatabaseCorruptError(CorruptionError):
    """The database fails its integrity check or is not the one that was opened."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The workspace's database is not usable: {problem}.",
            hint="Nothing recorded is lost: `nbmlops doctor --rebuild` makes the tables again "
            "from the journals.",
        )


class StoreUnavailableError(UnavailableError):
    """The database or the artifact store cannot be reached or written."""

    def __init__(self, what: str, problem: str, *, hint: str = "") -> None:
        super().__init__(
            f"{what} is not available: {problem}.",
            hint=hint or "What was recorded waits in the journal and follows by itself.",
        )


class SchemaTooNewError(UnavailableError):
    """The workspace was upgraded by a newer nbmlops."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"This workspace has schema {found}; this nbmlops knows schemas up to {known}.",
            hint="Upgrade nbmlops (`pip install -U nbmlops`); recording goes on meanwhile.",
        )


class MissingPackageError(UnavailableError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, purpose: str, extra: str = "") -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}.",
            hint=f'Install it with `pip install "nbmlops[{extra}]"`.'
            if extra
            else f"Install it with `pip install {package}`.",
            package=package,
        )
