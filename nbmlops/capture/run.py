"""A run while it is open: what is said to it becomes journal records, redacted and checked.

Nothing here raises into a tracked cell: a record that cannot be written is counted and told once,
a value that cannot be recorded becomes a warning of the run. `strict=True` raises instead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import Token
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from nbmlops.capture import active
from nbmlops.capture.failures import failure_of
from nbmlops.capture.late_ends import owe_end, say_ends
from nbmlops.capture.naming import GivenNames, friendly_name
from nbmlops.capture.nowhere import Nowhere
from nbmlops.capture.pieces import parts_of
from nbmlops.capture.redaction import is_secret_name
from nbmlops.capture.refusal import as_refusal, items_of, shown
from nbmlops.capture.said import Said, gap
from nbmlops.capture.telling import tell, words_of
from nbmlops.capture.values import encoded, to_number, to_param, to_step, to_tag, to_text
from nbmlops.errors import InvalidValueError, NbmlopsError, RunEndedError, StoreUnavailableError
from nbmlops.events import dataset_of, decode_value, encode_value
from nbmlops.interrupts import interrupts_held
from nbmlops.records import Artifact, Dataset, Failure, Run, Status, to_dict
from nbmlops.store.journal import Writer, new_ulid

__all__ = ["ActiveRun", "failure_of"]

MAX_METRIC_NAMES = 10_000
QUICK_NAMES = 500  # of which one call surely makes one record
MAX_TAGS = 1_000
NOTE_BYTES = 64 * 1024
MESSAGE_BYTES = 8 * 1024
MAX_WARNINGS = 200
WARNING_BYTES = 2000
MAX_TELLS = 20
KIND_BYTES = 100


class ActiveRun:
    """A run that is being recorded; also a context manager that ends it."""

    def __init__(
        self,
        writer: Writer,
        *,
        experiment: str,
        name: str | None = None,
        kind: str = "block",
        parent_id: str | None = None,
        strict: bool = False,
        started_ns: int | None = None,
        started_clock: float | None = None,
        store_bytes: Callable[[bytes | Path], tuple[str, int]] | None = None,
        user: str | None = None,
        host: str | None = None,
    ) -> None:
        self.id = new_ulid()
        self.experiment = experiment
        self.name = name or friendly_name(self.id)
        self.kind = kind
        self.parent_id = parent_id
        self.status = Status.RUNNING
        self.strict = strict
        self.segment = writer.segment
        self.ended = False
        self.is_deleted = False
        self._writer = writer
        self._store_bytes = store_bytes
        self.on_end: Callable[[ActiveRun], None] | None = None  # the last words before the end
        self.problems: list[str] = []  # told as warnings when the run starts
        self.started = False
        self.environment_digest = ""  # of the environment that was told last
        self.owner_pid = os.getpid()
        self._started_clock = time.perf_counter() if started_clock is None else started_clock
        self._tag_names: set[str] = set()
        self._names = GivenNames()
        self._tells = 0
        self._warned: set[tuple[str, str]] = set()
        self._missing_count = 0  # records that the journal did not take since it last took one
        self._start_said = False
        self._is_fault_told = False
        self.latest: dict[str, Any] = {}
        self.quick = self.latest  # what the fast loop may write to; empty where it may not
        self._final: dict[str, Any] = {}  # what `latest` was when the run ended
        self._origins: dict[str, str] = {}
        self.began_at: tuple[str, int] = ("", 0)  # its place in the journal
        self._token: Token[ActiveRun | None] | None = None
        started_at = time.time_ns() if started_ns is None else started_ns
        self._start = {
            "name": self.name,
            "experiment": experiment,
            "kind": kind,
            "parent": parent_id,
            "started_at": started_at,
            "user": user,
            "host": host,
        }
        self._said = Said(self.id, self._start, started_at)

    def __repr__(self) -> str:
        name, experiment = ascii(self.name), ascii(self.experiment)
        return f"<Run {self.id[-8:]} {name} in {experiment}, {self.status.value}>"

    @property
    def is_recorded(self) -> bool:
        """False where nothing of it is kept, because it could not be opened."""
        return not isinstance(self._writer, Nowhere)

    # ── life ─────────────────────────────────────────────────────────────────────────────────

    def start(self, *, sync: bool = True) -> Self:
        """Write the start; with `sync` it is on disk when this returns.

        Without it the start goes to disk at once where that costs nothing to speak of, else in a
        thread while the caller goes on.
        """
        self.started = True  # also where the rest fails: it is said with the next record
        self._writer.owned.add(self.id)
        self.began_at = self._writer.position()
        if self._say_start(sync=sync) and not sync:
            self._writer.sync_cheaply()
        for problem in self.problems:
            self.warn("option", problem)
        return self

    def end(
        self,
        status: Status | str,
        *,
        reason: str | None = None,
        error: Failure | None = None,
        sync: bool = True,
    ) -> None:
        """End the run; the first call holds, later ones do nothing."""
        if self.ended or self.owner_pid != os.getpid():
            return  # a forked child records to its parent's run but does not end it
        self.status = Status(status)
        if error is not None:
            self.record(
                "error",
                {
                    "type": to_text(error.type, 250),
                    "message": to_text(error.message, MESSAGE_BYTES),
                    "traceback": to_text(error.traceback),
                },
            )
        last_words, self.on_end = self.on_end, None
        if last_words is not None:
            try:
                last_words(self)
            except Exception as exc:  # noqa: BLE001 - a run ends whatever its last words do
                self.warn("capture-failed", f"end: {words_of(exc)}")
        duration = max(time.perf_counter() - self._started_clock, 0.0)
        ending = {
            "status": str(self.status),
            "duration_seconds": duration,
            "reason": to_text(reason, MESSAGE_BYTES) if reason else None,
        }
        if not self.record("run_ended", ending, sync=sync):
            start = None if self._start_said else self._start
            owe_end(self._writer, self.id, ending, start=start)
            self._remember("run_ended", ending, None, None, time.time_ns())
        self.ended = True
        # The fast loop takes only names it finds here, so a run that has ended takes no more.
        self.quick = {}
        self._final, self.latest = self.latest, {}
        self._writer.owned.discard(self.id)

    def end_deleted(self) -> None:
        """End the run because somebody has deleted it; nothing is recorded out of sight."""
        self.is_deleted = True
        self.end(Status.CANCELLED, reason="It was deleted.")

    def __enter__(self) -> Self:
        try:
            self._token = active.enter(self)
        except Exception:
            if self.strict:
                raise
            with suppress(Exception):
                self._token = active.enter(self)
        except BaseException as struck:  # an interrupt: `__exit__` is never called
            self._leave(struck)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            with interrupts_held():
                self._leave(error)
        except Exception:
            if self.strict:
                raise
            with suppress(Exception):
                self._leave(error)  # what was not done yet
        except BaseException as struck:
            if not self.ended:  # an interrupt that came before it could be held back
                self._leave(struck)
            raise

    def _leave(self, error: BaseException | None) -> None:
        token, self._token = self._token, None
        try:
            active.leave(self, token)
        finally:
            if error is None:
                self.end(Status.SUCCEEDED)
            else:
                self.end_with(error)

    def end_with(self, error: BaseException) -> None:
        """End the run as what this exception makes of it."""
        if isinstance(error, (KeyboardInterrupt, GeneratorExit)) or type(error).__name__ == (
            "CancelledError"
        ):
            self.end(Status.CANCELLED, reason=f"{type(error).__name__}")
        elif isinstance(error, SystemExit) and error.code in (None, 0):
            self.end(Status.SUCCEEDED, reason="SystemExit")
        else:
            self.end(Status.FAILED, error=failure_of(error))

    # ── what is said to it ───────────────────────────────────────────────────────────────────

    def log(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *more: Any,
        step: int | None = None,
        **metrics: Any,
    ) -> None:
        """Record numbers at an optional step; see `nbmlops.log`."""
        try:
            self._refuse_when_ended()
            if more:  # as log("loss", 0.3) and log({…}, 5), which other trackers take
                raise InvalidValueError(
                    "Metric",
                    shown(values),
                    "log takes numbers by their names, and a step by the name step",
                    hint="Write log(loss=0.3, step=1), or log({'val/auc': 0.9}, step=1).",
                )
            self._take_numbers(values, step, metrics, origin=None)
        except Exception as exc:  # noqa: BLE001 - see _settle
            self._settle("log", exc)

    def log_found(
        self, metrics: Mapping[str, Any], origin: str, *, step: int | None = None
    ) -> None:
        """Record numbers that were found and not logged, with where they were found."""
        self._refuse_when_ended()
        self._take_numbers(metrics, step, {}, origin=origin)

    def log_params(self, params: Mapping[str, Any], *, source: str = "explicit") -> None:
        """Record parameters; secrets are taken out, what cannot be recorded becomes a warning.

        With another `source` than "explicit" nobody asked for them: what has no form here is left
        out without a word, because the cell's source says it anyway.
        """
        try:
            self._refuse_when_ended()
            kept: dict[str, Any] = {}
            for given, value in items_of(params, "Parameter", "log_params"):
                name, flaws = "", set[str]()
                try:
                    with as_refusal("Parameter", given):
                        name = self._names.name("a parameter", given)
                        kept[name] = encode_value(to_param(name, value, flaws))
                except NbmlopsError as exc:
                    if source == "explicit":
                        self._problem(exc)
                self._flag("Parameter", name, flaws)
            for part in parts_of(kept):
                self.record("params", {"values": part, "source": source})
        except Exception as exc:  # noqa: BLE001 - see _settle
            self._settle("log_params", exc)

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags: short texts by name."""
        try:
            self._refuse_when_ended()
            kept: dict[str, str] = {}
            for given, value in items_of(tags, "Tag", "set_tags"):
                name, flaws = "", set[str]()
                try:
                    with as_refusal("Tag", given):
                        name = self._names.name("a tag", given)
                        self._know_tag(name)
                        kept[name] = to_tag(name, value, flaws)
                except NbmlopsError as exc:
                    self._problem(exc)
                self._flag("Tag", name, flaws)
            for part in parts_of(kept):
                self.record("tags", {"set": part})
        except Exception as exc:  # noqa: BLE001 - see _settle
            self._settle("set_tags", exc)

    def set_note(self, text: str) -> None:
        """Set the run's note (Markdown)."""
        try:
            self._refuse_when_ended()
            flaws: set[str] = set()
            with as_refusal("Note", "text"):
                note = to_text(str(text), NOTE_BYTES, flaws)
            self.record("note", {"text": note})
            self._flag("Note", "text", flaws)
        except Exception as exc:  # noqa: BLE001 - see _settle
            self._settle("set_note", exc)

    def log_artifact(
        self,
        source: str | Path | bytes,
        name: str | None = None,
        *,
        media_type: str | None = None,
        kind: str = "file",
    ) -> Artifact:
        """Keep a file or bytes under a name; what comes back says their digest.

        Raises InvalidNameError for a name that looks like a path, InvalidValueError for a file
        that is not there, StoreUnavailableError when the bytes cannot be kept.
        """
        self._refuse_when_ended()
        return self.keep_artifact(source, name, media_type=media_type, kind=kind)

    def keep_artifact(
        self,
        source: str | Path | bytes,
        name: str | None = None,
        *,
        media_type: str | None = None,
        kind: str = "file",
    ) -> Artifact:
        """As `log_artifact`, also for what is written when the run has ended, as its models are."""
        from nbmlops.capture.artifacts import describe

        data, name, media_type = describe(source, name, media_type, self._names)
        return self.keep(data, name, media_type, to_text(kind, KIND_BYTES))

    def keep(self, data: bytes | Path, name: str, media_type: str, kind: str) -> Artifact:
        """Keep what belongs to the run under a name that is known to be good.

        What was found in a cell is kept while the next one may run, when the run has ended.
        """
        if self._store_bytes is None:
            raise InvalidValueError("Artifact", name, "this run has no artifact store")
        digest, size = self._store_bytes(data)
        artifact = Artifact(name, digest, size, media_type, kind)
        self.record("artifact", to_dict(artifact), sync=True)
        return artifact

    def log_figure(self, figure: Any, name: str | None = None) -> Artifact:
        """Keep a figure (matplotlib, plotly, PIL, or whatever shows itself as PNG, SVG or HTML)."""
        from nbmlops.capture.artifacts import render

        data, extension, media_type = render(figure)
        count = self._said.count("artifact")
        chosen = f"figure-{count + 1}" if name is None else self._names.name("an artifact", name)
        if "." not in chosen.rsplit("/", 1)[-1]:
            chosen += extension
        return self.log_artifact(data, chosen, media_type=media_type, kind="figure")

    def log_dataset(
        self, data: Any, name: str | None = None, *, role: str = "train"
    ) -> Dataset | None:
        """Record which data this is, by fingerprints and without any of its values.

        `data` is a frame, an array, a tensor or the path of a file, and is read whole, whatever
        its size. None, and a warning of the run, where it is something else.
        """
        try:
            from nbmlops.capture.datasets import given_data

            self._refuse_when_ended()
            record = given_data(data, name, role)
            self.record("dataset", record)
            return dataset_of(record)
        except Exception as exc:  # noqa: BLE001 - see _settle
            self._settle("log_dataset", exc)
            return None

    def warn(self, code: str, message: str) -> bool:
        """Add something worth knowing to the run; False for what it knows, or after too many."""
        if (code, message) in self._warned or len(self._warned) >= MAX_WARNINGS:
            return False
        self._warned.add((code, message))
        if len(self._warned) == MAX_WARNINGS:
            code, message = "more", "There were more warnings than are kept."
        self.record("warning", {"code": code, "message": to_text(message, WARNING_BYTES)})
        return True

    def segment_id(self) -> str:
        """The journal that records go to now."""
        return self._writer.id

    def record(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        step: int | None = None,
        origin: str | None = None,
        sync: bool = False,
    ) -> bool:
        """Append one record; False (and one warning) where the journal does not take it."""
        at_ns: int | None = None
        try:
            if self._start_said or kind == "run_started" or self._say_start():
                at_ns = self._append(kind, data, step=step, origin=origin, sync=sync)
            else:
                self._miss()
            if at_ns is not None:
                self._taken(kind, data, step, origin, at_ns)
        except Exception as exc:
            if self.strict:
                raise
            with suppress(Exception):  # whatever it was: the block goes on
                self._fault(kind, exc, is_lost=at_ns is None)
        return at_ns is not None

    def _append(self, kind: str, data: Mapping[str, Any], **more: Any) -> int | None:
        try:
            return self._writer.append(kind, data, run=self.id, **more)
        except (OSError, ValueError, TypeError) as exc:
            if kind != "run_started":  # which is said again
                self._miss()
            reason = getattr(exc, "strerror", None) or exc
            if self.strict and isinstance(exc, OSError):
                place = f"The journal in {self._writer.directory}"
                hint = "This record is missing. Free some space or choose another workspace."
                raise StoreUnavailableError(place, str(reason), hint=hint) from exc
            if self.strict:
                raise
            if self._writer.is_news("journal"):
                tell(
                    f"nbmlops could not record to {self._writer.directory}: {reason}. The cell "
                    "goes on; recording resumes when the journal can be written.",
                    RuntimeWarning,
                )
            return None

    def _taken(
        self, kind: str, data: Mapping[str, Any], step: int | None, origin: str | None, at_ns: int
    ) -> None:
        self._writer.is_over("journal")
        say_ends(self._writer)
        if self._missing_count:
            told, self._missing_count = gap(self._missing_count), 0
            self._remember("warning", told, None, None, at_ns)
        if problem := self._writer.problem:
            if self._writer.is_news(problem):
                tell(f"nbmlops: {problem}.", RuntimeWarning)
            self.warn("journal", f"{problem}.")
        self._remember(kind, data, step, origin, at_ns)

    def _fault(self, kind: str, fault: Exception, *, is_lost: bool) -> None:
        """Tell of a failure of ours: the run always, the user once for each run."""
        if is_lost and kind != "run_started":
            self._miss()
        is_news, self._is_fault_told = not self._is_fault_told, True
        if is_news and is_lost:
            tell(f"nbmlops could not record all of this run: {words_of(fault)}", RuntimeWarning)
        self.warn("capture-failed", f"{kind}: {words_of(fault)}")

    def snapshot(self) -> Run:
        """The run as recorded so far, without asking any database.

        Start and end belong to it also where the journal did not take them yet, because they are
        said again.
        """
        run = self._said.fold(missing_count=self._missing_count) if self.started else None
        if run is None:
            raise RunEndedError(self.id, "not started")
        latest = dict(self._final if self.ended else self.latest)
        sources = {name: self._origins.get(name, "log") for name in latest}
        return replace(run, metrics=latest, metric_sources=sources)

    def journal_position(self) -> tuple[str, int]:
        """Where the next record will go: the journal's path and its size."""
        return self._writer.position()

    def sample_records(self, since: tuple[str, int], most: int) -> list[dict[str, Any]]:
        """At most `most` or so of the journal's records since a position, evenly spread."""
        return self._writer.sample(since, most)

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _take_numbers(
        self,
        values: Mapping[str, Any] | None,
        step: Any,
        metrics: Mapping[str, Any],
        *,
        origin: str | None,
    ) -> None:
        kept: dict[str, Any] = {}
        new: set[str] = set()
        try:
            with as_refusal("Metric", "log"):
                first = {} if values is None else values
                given = {**dict(items_of(first, "Metric", "log")), **metrics}
            with as_refusal("Step", "step"):
                step = None if step is None else to_step(step)
        except NbmlopsError as exc:
            self._problem(exc)
            return
        for named, value in given.items():
            try:
                with as_refusal("Metric", named):
                    name = self._know(named, new)
                    kept[name] = to_number(name, value)
            except NbmlopsError as exc:
                if origin is None:
                    self._problem(exc)
                elif origin == "expression":
                    self.warn("not-recorded", str(exc))
        for part in parts_of(encoded(kept)):
            self.record("metric", part, step=step, origin=origin)

    def _know(self, name: Any, new: set[str]) -> str:
        if name in self.latest:
            return str(name)
        checked = self._names.name("a metric", name)
        if is_secret_name(checked):
            raise InvalidValueError("Metric", checked, "its name says it is a secret")
        if checked not in self.latest and checked not in new:
            if len(self.latest) + len(new) >= MAX_METRIC_NAMES:
                problem = f"a run has at most {MAX_METRIC_NAMES} metric names"
                raise InvalidValueError("Metric", "…", problem)
            new.add(checked)
        return checked

    def _flag(self, kind: str, name: str, flaws: Iterable[str]) -> None:
        for flaw in flaws:
            self.warn("replaced", f"{kind} {name!r}: {flaw}.")

    def _know_tag(self, name: str) -> None:
        if name not in self._tag_names and len(self._tag_names) >= MAX_TAGS:
            raise InvalidValueError("Tag", "…", f"a run has at most {MAX_TAGS} tags")
        self._tag_names.add(name)

    def _refuse_when_ended(self) -> None:
        if self.ended:
            raise RunEndedError(self.id, str(self.status), is_deleted=self.is_deleted)

    def _say_start(self, *, sync: bool = False) -> bool:
        # Where the journal cannot take the start, it is said before the first record it can take.
        said, self._start_said = False, True
        try:
            said = self.record("run_started", self._start, sync=sync)
        finally:
            self._start_said = said
        return said

    def _miss(self) -> None:
        self._missing_count += 1
        self._writer.miss(self.id)

    def _settle(self, verb: str, failure: Exception) -> None:
        """A failure inside of a verb stays with us, unless the run is strict or has ended."""
        if self.strict or isinstance(failure, RunEndedError):
            raise failure
        try:
            if isinstance(failure, NbmlopsError):
                self._problem(failure)
            else:
                self.warn("capture-failed", f"{verb}: {words_of(failure)}")
        except Exception:  # noqa: BLE001 - a failure of ours never reaches the cell
            return

    def _problem(self, error: NbmlopsError) -> None:
        if self.strict:
            raise error
        if self.warn("not-recorded", str(error)) and self._tells < MAX_TELLS:
            self._tells += 1
            tell(f"nbmlops: {error}")

    def _remember(
        self, kind: str, data: Mapping[str, Any], step: int | None, origin: str | None, at_ns: int
    ) -> None:
        if kind == "metric":
            for name, value in data.items():
                self.latest[name] = decode_value(value)
                self._origins[name] = origin or "log"
            if len(self.latest) > QUICK_NAMES:
                self.quick = {}
            return
        self._said.add(kind, data, at_ns, step=step, writer=self._writer.id)
