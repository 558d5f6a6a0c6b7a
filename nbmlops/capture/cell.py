"""The recipe of a tracked cell: begin, let it run as it is, finish.

`guard` holds the one broad `except` around what we do to a cell: a failure of ours becomes a
warning of the run, never something that the cell sees.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from nbmlops.capture import active, surroundings
from nbmlops.capture.calls import keep_fitted, record_seen
from nbmlops.capture.datasets import call_by_notebook, find_data
from nbmlops.capture.expressions import cross_validated, last_number
from nbmlops.capture.facts import CellFacts, cell_data, guard
from nbmlops.capture.figures import keep_figures
from nbmlops.capture.library_warnings import library_warnings
from nbmlops.capture.listening import Listening
from nbmlops.capture.observed import observed_data
from nbmlops.capture.observer import Found, Observer
from nbmlops.capture.own_fits import find_own_fits
from nbmlops.capture.profiles import keep_profiles
from nbmlops.capture.run import ActiveRun, failure_of
from nbmlops.capture.targets import logged_as, repeated_in, targets_of
from nbmlops.capture.telling import words_of
from nbmlops.capture.watching import Seen, Watch
from nbmlops.errors import NbmlopsError
from nbmlops.records import Failure, Status

__all__ = ["CellCapture"]

UNSEEDED = (
    "Random numbers came from {} without a seed, so this may come out otherwise next time. Give "
    "random_state= or call a seed function first."
)


class CellCapture:
    """One tracked cell, from before its first statement to after its last."""

    def __init__(
        self,
        run: ActiveRun,
        facts: CellFacts,
        observer: Observer,
        watch: Watch | None = None,
        listening: Listening | None = None,
        *,
        skip: frozenset[str] = frozenset(),
        keep: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.facts = facts
        self._observer = observer
        self._watch = watch or Watch()
        self._listening = listening or Listening()
        self._skip, self._keep = skip, keep
        self.git: Thread | None = None  # that records the state of the repository

    def begin(self, folder: Path, *, since: float | None = None) -> None:
        """Record the start and begin to listen; `since` is it on the clock `time.monotonic`."""
        with guard(self.run, "start"):
            self.run.start(sync=False)
        with guard(self.run, "code"):
            self.run.record("cell", cell_data(self.facts))
        if "git" not in self._skip:
            with guard(self.run, "git"):
                place = Path(self.facts.notebook_path or folder)
                self.git = surroundings.begin(self.run, place, since=since)
        if "environment" not in self._skip:
            with guard(self.run, "environment"):
                surroundings.environment(self.run)
        with guard(self.run, "output"):
            self._listening.begin(self._skip, self._keep)
        if {"models", "metrics", "histories", "spread", "data"} <= self._skip:
            self._watch.stop()
        else:
            with guard(self.run, "calls"):
                self._watch.begin()
                self._watch.samples = not {"data", "profiles"} & self._skip
        if "resources" not in self._skip:
            self._listening.tell(self.run)

    def keep_also(self, kinds: frozenset[str]) -> None:
        """Keep these kinds as well, which a later line of the cell asks for."""
        self._keep |= kinds

    def finish(
        self,
        namespace: dict[str, Any],
        tree: ast.Module | None,
        *,
        error: BaseException | None,
        expressions: Mapping[str, Callable[[], Any]],
        cancelled: bool = False,
        shown: Any = None,
        order: Mapping[str, int] | None = None,
    ) -> None:
        """Stop listening, record what the cell bound, printed and cost, and end the run."""
        run = self.run
        with guard(run, "start"):
            if not run.started:  # something at its very beginning failed
                run.start(sync=False)
        with guard(run, "resources"):
            if (meter := self._listening.meter) is not None:
                cost = meter.stop()
                if "resources" not in self._skip:
                    run.record("resources", cost)
        seen = Seen()
        with guard(run, "calls"):
            seen = self._watch.stop()
        with guard(run, "output"):
            for data in self._listening.tee.stop():
                if "output" not in self._skip:
                    run.record("output", data)
                if data["stream"] == "stderr" and "warnings" not in self._skip:
                    for message in library_warnings(data["head"] + data["tail"]):
                        run.warn("library", message)
        with guard(run, "figures"):
            displays = self._listening.displays
            seen_at_end = displays.stop(shown)
            if "figures" not in self._skip:
                whole = "displays" in self._keep
                keep_figures(run, seen_at_end, displays.left_out(whole=whole), whole=whole)
        found = Found()
        with guard(run, "names"):
            found = self._observer.after(
                namespace,
                tree,
                self.facts.source,
                count=self.facts.execution_count,
                cell_id=self.facts.cell_id,
                run_id=run.id,
            )
            self._record_found(found, seen, tree, namespace, succeeded=error is None)
            self._warn_of_order(found, order or {})
        with guard(run, "expressions"):
            self._record_unnamed(tree, namespace, shown)
        with guard(run, "random numbers"):
            if found.drawn.unseeded and "randomness" not in self._skip:
                run.warn("unseeded", UNSEEDED.format(" and ".join(found.drawn.unseeded)))
        with guard(run, "observed"):
            if data := observed_data(found, self._skip):
                run.record("observed", data)
        for name, evaluate in expressions.items():
            with guard(run, f"--metric {name}"):
                self._record_expression(name, evaluate, failed=error is not None)
        status, reason, failure = Status.FAILED if error else Status.SUCCEEDED, None, None
        with guard(run, "outcome"):
            status, reason = outcome(error, cancelled=cancelled)
        if status is Status.FAILED and error is not None:
            with guard(run, "error"):
                failure = cleaned_failure(error)
        with guard(run, "end"):
            run.end(status, reason=reason, error=failure)
        if not run.ended:  # something in its last words failed
            with guard(run, "end"):
                run.end(status, reason=reason)
        if "environment" not in self._skip:
            with guard(run, "environment"):
                surroundings.environment(run)
        self._keep_learned(seen, found, namespace)

    def _keep_learned(self, seen: Seen, found: Found, namespace: Mapping[str, Any]) -> None:
        """Keep what models were made from and of, when the run has ended."""
        run = self.run
        if not {"data", "profiles"} & self._skip:
            with guard(run, "profiles"):
                keep_profiles(run, self._watch, seen, namespace, changed=set(found.mutated))
        if "models" in self._keep - self._skip:
            with guard(run, "models"):
                keep_fitted(run, seen, namespace)

    def close(self, *, failed: bool) -> None:
        """End the run where `finish` did not come to it."""
        active.set_cell_run(None)
        try:
            if not self.run.ended:
                self.run.end(Status.FAILED if failed else Status.SUCCEEDED)
        finally:
            self._watch.stop()
            self._listening.stop()

    def _record_found(
        self,
        found: Found,
        seen: Seen,
        tree: ast.Module | None,
        namespace: Mapping[str, Any],
        *,
        succeeded: bool,
    ) -> None:
        skip = self._skip
        if "parameters" not in skip:
            for source, params in found.params.items():
                self.run.log_params(params, source=source)
        fresh = {
            name: value
            for name, value in found.metrics.items()
            if name not in self.run.latest and "metrics" not in skip
        }
        if "models" not in skip and succeeded:
            with guard(self.run, "fits"):
                find_own_fits(self._watch, seen, tree, namespace)
        with guard(self.run, "calls"):
            call_by_notebook(seen, namespace)
        if "data" not in skip:
            with guard(self.run, "data"):
                find_data(
                    self._watch,
                    seen,
                    found,
                    namespace,
                    sources=self._observer.sources,
                    told=self.run.snapshot().datasets,
                )
        with guard(self.run, "calls"):
            record_seen(
                self.run,
                seen,
                fresh,
                namespace,
                targets_of(tree),
                logs=logged_as(tree),
                repeated=repeated_in(tree) if seen.scores else (),
                skip=skip,
            )

    def _warn_of_order(self, found: Found, order: Mapping[str, int]) -> None:
        """Warn of names that come from cells below, which a run from top to bottom lacks."""
        place = order.get(self.facts.cell_id or "")
        if place is None:
            return
        made = {name for name, cell in found.made_in.items() if order.get(cell, -1) > place}
        changed = {
            name
            for name, cells in found.changed_in.items()
            if name not in made and any(order.get(cell, -1) > place for cell in cells)
        }
        for late, what in ((sorted(made), "made"), (sorted(changed), "changed")):
            if late:
                more = f" and {len(late) - 3} more" if len(late) > 3 else ""
                self.run.warn(
                    "order",
                    f"The notebook was run out of order: {', '.join(late[:3])}{more} was {what} by "
                    "a cell further down, so that this comes out otherwise from top to bottom.",
                )

    def _record_unnamed(
        self, tree: ast.Module | None, namespace: Mapping[str, Any], shown: Any
    ) -> None:
        """Numbers without a name of their own, unless they are kept already."""
        if "spread" not in self._skip:
            for function, numbers in cross_validated(tree, namespace).items():
                new = {name: numbers[name] for name in numbers.keys() - self.run.latest.keys()}
                if new:
                    self.run.log_found(new, origin=function)
        last = last_number(tree, shown) if "metrics" not in self._skip else None
        if last is not None:
            name, value = last
            kept = [known for known in self.run.latest.values() if known == value]
            if not kept and name not in self.run.latest:
                self.run.log_found({name: value}, origin="last expression")

    def _record_expression(self, name: str, evaluate: Callable[[], Any], *, failed: bool) -> None:
        try:
            self.run.log_found({name: evaluate()}, origin="expression")
        except NbmlopsError as exc:
            self.run.warn("not-recorded", str(exc))
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - the user's expression may do anything
            if not failed:
                self.run.warn("not-recorded", f"--metric {name}: {words_of(exc)}")


def outcome(error: BaseException | None, *, cancelled: bool = False) -> tuple[Status, str | None]:
    """How a run ended that raised this: interrupted is cancelled, `sys.exit(0)` a success."""
    if cancelled or isinstance(error, KeyboardInterrupt):
        return Status.CANCELLED, "Interrupted."
    if error is None:
        return Status.SUCCEEDED, None
    if type(error).__name__ == "CancelledError":
        return Status.CANCELLED, "Cancelled."
    if isinstance(error, SystemExit) and isinstance(error.__context__, KeyboardInterrupt):
        return Status.CANCELLED, "Interrupted."  # Lightning leaves by the other door
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return Status.SUCCEEDED, "The cell called sys.exit()."
    return Status.FAILED, None


def cleaned_failure(error: BaseException) -> Failure:
    """The record of a cell's exception: only the frames from the cell on."""
    trace = error.__traceback__
    while (
        trace is not None
        and "<ipython-input" not in trace.tb_frame.f_code.co_filename
        and ("ipykernel_" not in trace.tb_frame.f_code.co_filename)
    ):
        trace = trace.tb_next
    return failure_of(error, trace)
