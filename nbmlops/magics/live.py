"""The live card: what a tracked cell does, shown under it while it runs.

One thread looks after the cell that is executing. After a second it makes the widget and shows it
beside the static form; then it sends what came since, with at most a fiftieth of a core. At the end
of the cell the static card takes its place, so that no notebook that is saved depends on a widget.

Where nobody can see it (papermill, a terminal), nothing of this begins: a widget in an executed
notebook would hide the static form from everybody who reads the file.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from typing import Any

from nbmlops.capture.environment import OURS
from nbmlops.capture.facts import guard
from nbmlops.capture.following import Following, Points
from nbmlops.capture.listening import Listening
from nbmlops.capture.loops import Course, find_course
from nbmlops.capture.run import ActiveRun
from nbmlops.interrupts import Wake, start_thread
from nbmlops.magics.notebook import kernel_id
from nbmlops.magics.places import place_of
from nbmlops.workspace import Workspace

__all__ = ["LiveCard", "LiveCards", "delay_of", "said_of"]

DELAY_SECONDS = 1.0
TICK_SECONDS = 0.1
FACTS_SECONDS = 1.0
SHARE = 0.02  # of a core, at most, goes into looking and sending
PACE_SECONDS = 20.0  # the speed of a loop is that of its latest past
RESOURCES = ("at_seconds", "cpu_percent", "memory_bytes")
COURSE_POINTS = 120
PACKAGES = {"anywidget", "comm", "ipywidgets", "mypy_extensions", "psygnal"}
ANEW_SECONDS = (0.5, 1.5, 4.0)  # after it is shown, all is told again


def delay_of(setting: str) -> float | None:
    """After how many seconds a live card is shown; None for never.

    >>> delay_of(""), delay_of("off"), delay_of("5"), delay_of("soon")
    (1.0, None, 5.0, 1.0)
    """
    if setting.strip().lower() in ("off", "false", "no", "never"):
        return None
    with contextlib.suppress(ValueError):
        seconds = float(setting)
        return seconds if 0 <= seconds < 1e9 else DELAY_SECONDS
    return DELAY_SECONDS


class LiveCard:
    """The live card of one cell, shown or not yet."""

    def __init__(
        self,
        shell: Any,
        run: ActiveRun,
        workspace: Workspace,
        listening: Listening,
        tree: Callable[[], Any],
        delay_seconds: float,
    ) -> None:
        self.run, self.workspace = run, workspace
        self.due = time.monotonic() + delay_seconds
        self._shell, self._listening, self._tree = shell, listening, tree
        self._context: Context = copy_context()
        self._publisher = shell.display_pub  # that of the notebook, whatever the cell puts there
        self._parent = self._publisher.parent_header
        self._began = time.monotonic()
        self._clearings = listening.clearing_count
        self._lock = threading.Lock()  # over whether it is shown and whether it has ended
        self._shown = self._ended = False
        self._view: Any = None
        self._following = Following(run)
        self._pace: deque[tuple[float, int]] = deque()
        self._course: Course | None = None
        self._facts_at = self._shown_at = 0.0
        self._anew_at = list(ANEW_SECONDS)

    @property
    def place(self) -> str:
        """The id of its display."""
        return f"nbmlops-{self.run.id}"

    def end(self) -> bool:
        """End it; True where its display stands and has to become the static card."""
        with self._lock:
            self._ended = True
            return self._shown and not self._is_cleared

    def close(self) -> None:
        """Take the widget away, when nothing shows it any more."""
        view, self._view = self._view, None
        if view is not None:
            self._context.run(view.close)

    @property
    def _is_cleared(self) -> bool:
        # A cell that clears its output wants it for itself.
        return self._listening.clearing_count != self._clearings

    # ── in the thread ────────────────────────────────────────────────────────────────────────

    def step(self) -> float | None:
        """Do what is due; the seconds until the next time, None where there is none."""
        with guard(self.run, "live card"):
            return self._context.run(self._step)
        return None

    def _step(self) -> float | None:
        if self._ended or self.run.ended or self._is_cleared:
            return None
        if (wait := self.due - time.monotonic()) > 0:
            return wait
        began = time.thread_time()
        if self._view is None:
            if not self._show():
                return None
        else:
            self._push()
        return max(TICK_SECONDS, (time.thread_time() - began) / SHARE)

    def _show(self) -> bool:
        from nbmlops.views.runs import bundle_metadata, run_bundle
        from nbmlops.widgets.card import CardView
        from nbmlops.widgets.view import is_built

        if not is_built():
            return False
        record = self.run.snapshot()
        bundle = run_bundle(record)
        cell_id = record.cell.cell_id if record.cell is not None else None
        view = CardView(self._about(), on_stop=self._stop, everything=self._everything)
        data = {**view._nbm_bundle(), **bundle}
        with self._lock:
            if not self._ended and not self._is_cleared:
                metadata = {**bundle_metadata(bundle), **said_of(self.run, status="running")}
                self._send(data, metadata, cell_id)
                self._shown, self._view = True, view
                self._shown_at = time.monotonic()
        if not self._shown:
            view.close()
            return False
        self._push()
        return True

    def _send(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], cell_id: str | None
    ) -> None:
        """Publish it under the cell, whatever the cell has done to its displays and streams."""
        publisher = self._publisher
        said = said_of(self.run, cell=cell_id, **place_of(self.workspace))
        transient = {"display_id": self.place, **said}
        content = {"data": data, "metadata": metadata, "transient": transient}
        publisher.session.send(
            publisher.pub_socket,
            "display_data",
            content,
            parent=self._parent,
            ident=publisher.topic,
        )

    def _about(self) -> dict[str, Any]:
        return {
            "run": self.run.id,
            "name": self.run.name,
            "experiment": self.run.experiment,
            "kernel": kernel_id() or "",
        }

    def _push(self) -> None:
        now = time.monotonic()
        # A view that is being loaded hears nothing yet, and cannot say so to a busy kernel.
        is_anew = bool(self._anew_at) and now - self._shown_at >= self._anew_at[0]
        if is_anew:
            del self._anew_at[0]
            self._following = Following(self.run)
        points = self._following.take()
        is_due = now - self._facts_at >= FACTS_SECONDS
        if is_due:
            self._facts_at = now
        if (points or is_due or is_anew) and (view := self._view) is not None and not self._ended:
            view._nbm_push(points, self._facts(now, more=is_due or is_anew), anew=is_anew)

    def _facts(self, now: float, *, more: bool) -> dict[str, Any]:
        facts: dict[str, Any] = {"elapsed_seconds": now - self._began}
        if self._course is None and more:
            self._course = find_course(self._tree(), self._shell.user_ns)
        following, course = self._following, self._course
        if course is not None:
            done = course.done(following.last_step, following.most_count)
            if done is not None:
                facts |= {"done": done, "total": course.total}
                facts["remaining_seconds"] = self._remaining(now, done, course.total)
        if not more:
            return facts
        latest = {name: _number(value) for name, value in list(self.run.latest.items())[:200]}
        facts["metrics"] = latest
        history = self.workspace.runs.background.history(self.run.experiment, seconds=0)
        if history is not None:
            facts["best"] = {
                name: {"value": _number(best.value), "name": best.run_name}
                for name, best in history.best.items()
                if name in latest
            }
            before = history.previous
            facts["before_seconds"] = before.duration_seconds if before else None
        if (meter := self._listening.meter) is not None:
            cost = meter.data()
            facts["peak_memory_bytes"] = cost["peak_memory_bytes"]
            courses = cost.get("series", {})
            facts["resources"] = {
                name: _thinned(values) for name, values in courses.items() if name in RESOURCES
            }
        return facts

    def _remaining(self, now: float, done: int, total: int) -> float | None:
        pace = self._pace
        if not pace or pace[-1][1] != done:
            pace.append((now, done))
        while len(pace) > 2 and now - pace[0][0] > max(PACE_SECONDS, 0.3 * (now - self._began)):
            pace.popleft()
        (since, first), (_, last) = pace[0], pace[-1]
        if last <= first or now <= since:
            return None
        return (total - done) * (now - since) / (last - first)

    # ── what a view asks for ─────────────────────────────────────────────────────────────────

    def _stop(self) -> None:
        if not self._ended and not self.run.ended:
            os.kill(os.getpid(), signal.SIGINT)

    def _everything(self) -> Mapping[str, Points]:
        return Following(self.run).take()


class LiveCards:
    """The one thread that looks after the live card of a shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._wake = Wake()
        self._card: LiveCard | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def warm_up(self) -> None:
        """Load what live cards need before the first cell needs it."""
        self._start()

    def begin(self, card: LiveCard) -> LiveCard:
        """Look after the card of a cell that has begun."""
        self._card = card
        self._start()
        self._wake.set()
        return card

    def _start(self) -> None:
        if self._thread is None or self._pid != os.getpid():
            self._pid, self._wake = os.getpid(), Wake()
            self._thread = start_thread("nbmlops-live", self._look)

    def _look(self) -> None:
        with contextlib.suppress(Exception):  # where there is no anywidget, there is no live card
            _load()
        while True:
            card, wait = self._card, None
            if card is not None:
                # Whatever fails, the cell is recorded and gets its static card.
                with contextlib.suppress(Exception):
                    wait = card.step()
                if wait is None and self._card is card:
                    self._card = None
            self._wake.wait(wait)


def said_of(run: ActiveRun, **more: str | None) -> dict[str, Any]:
    """What a card says of itself, so that a page that did not ask for it can place it."""
    return {"nbmlops": {"run": run.id, **{key: value for key, value in more.items() if value}}}


def _load() -> None:
    """Import what shows a card, which is no part of the environment that a run had."""
    before = set(sys.modules)
    import nbmlops.widgets.card  # noqa: F401

    OURS.update(PACKAGES & {name for name in set(sys.modules) - before if "." not in name})


def _number(value: Any) -> float | str:
    """A number as JSON takes it."""
    number = float(value)
    return number if number - number == 0 else str(number)


def _thinned(values: list[Any]) -> list[Any]:
    stride = -(-len(values) // COURSE_POINTS)
    return values[::-1][::stride][::-1] if stride > 1 else values
