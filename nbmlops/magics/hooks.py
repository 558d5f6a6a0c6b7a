"""How a tracked cell runs exactly as if nothing were there: it is not wrapped, it is watched.

`%%track` is no wrapper around the cell's code. An input transformer turns its line into a comment
(so that line numbers stay), IPython runs what remains as it runs any cell, and the
hooks before and after a cell do the recording. So `Out`, `await`, tracebacks, `%debug` and other
cell magics below are IPython's own, untouched.
"""

from __future__ import annotations

import ast
import contextlib
import html
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from nbmlops.capture import active, surroundings
from nbmlops.capture.cell import CellCapture
from nbmlops.capture.facts import CellFacts, guard
from nbmlops.capture.found import KEPT, read_keep, read_skip
from nbmlops.capture.listening import Listening
from nbmlops.capture.observer import Observer
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.telling import words_of
from nbmlops.errors import InvalidOptionError, InvalidSettingError
from nbmlops.events import experiment_key
from nbmlops.interrupts import interrupt_again, interrupts_held
from nbmlops.magics.executions import Executing, Executions
from nbmlops.magics.ipython import error_of, execution_count, is_same, running_cell
from nbmlops.magics.live import LiveCard, LiveCards, delay_of
from nbmlops.magics.notebook import (
    as_cell_id,
    cell_id_in,
    cell_order,
    executing_notebook,
    has_person,
    is_headless,
    kernel_id,
)
from nbmlops.magics.options import Parsed
from nbmlops.magics.places import PlaceTeller
from nbmlops.magics.track_line import body_below_magic, find_track_line, take_track_line
from nbmlops.magics.track_options import SWITCHES, read_track_line, say
from nbmlops.records import Status
from nbmlops.workspace import Workspace, set_notebook_folder, tracking_workspace
from nbmlops.workspace.tracking import open_run, set_facts, set_teller

__all__ = ["Hooks", "attach", "attached", "detach"]

LOOK_BACK_CELLS = 200
LOOK_BACK_CHARACTERS = 100_000


class _SyntaxWatcher(ast.NodeTransformer):
    """Sees the syntax tree that IPython is about to run, and changes nothing."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def visit(self, node: ast.AST) -> ast.AST:
        # IPython would tell the user of an error in here, and not ask again.
        try:
            execution = self._hooks.executing
            if execution is not None and isinstance(node, ast.Module) and execution.tree is None:
                execution.tree = body_below_magic(node, self._hooks.shell)
                self._hooks.about_to_run(execution.tree)
        except Exception:  # noqa: BLE001 - the cell runs whatever we make of it
            return node
        return node


class Hooks:
    """The recording side of one IPython shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.always: str | None = None  # the experiment of `%track on`, "" for the default one
        self.always_line = ""  # what follows `on`
        self.show_card: Callable[..., None] | None = None
        self.live = LiveCards(shell)
        self._told: set[str] = set()
        self._local = Executions()
        self._observer = Observer()
        self._watcher = _SyntaxWatcher(self)
        self._leaving = False
        self._folder: Path | None = None  # of the notebook
        self._tell_place = PlaceTeller(shell)

    # ── the shell's events ───────────────────────────────────────────────────────────────────

    def attach(self) -> None:
        """Begin to watch."""
        self.shell.ast_transformers.insert(0, self._watcher)
        for event, told in self._events():
            self.shell.events.register(event, told)
        set_facts(self.facts)
        set_teller(self._tell_place)
        set_notebook_folder(lambda: self._folder)
        active.set_cell_opener(self.open_implicit)
        active.set_cell_joiner(self.join)
        try:
            self._look_back()
            self._join_cell()
        except Exception as exc:  # noqa: BLE001 - what comes is recorded all the same
            self._tell(exc)

    def take_lines(self) -> None:
        """Begin to see `%%track` lines, which is what loading the extension adds."""
        if take_track_line not in self.shell.input_transformers_cleanup:
            self.shell.input_transformers_cleanup.append(take_track_line)

    def detach(self) -> None:
        """Stop watching; runs of cells that are executing go on to their end."""
        self.always = None
        with contextlib.suppress(ValueError):
            self.shell.input_transformers_cleanup.remove(take_track_line)
        with contextlib.suppress(ValueError):
            self.shell.ast_transformers.remove(self._watcher)
        for event, told in self._events()[:2]:
            with contextlib.suppress(ValueError):
                self.shell.events.unregister(event, told)
        self._leaving = True
        if not self._stack:
            self._leave()

    def _events(self) -> list[tuple[str, Callable[..., None]]]:
        return [
            ("pre_execute", self.before_silent),
            ("pre_run_cell", self.before),
            ("post_execute", self.after_silent),
            ("post_run_cell", self.after),
        ]

    def _leave(self) -> None:
        for event, told in self._events()[2:]:
            with contextlib.suppress(ValueError):
                self.shell.events.unregister(event, told)
        if attached(self.shell) is None:  # it may have been loaded again in the same cell
            set_facts(None)
            set_teller(None)
            set_notebook_folder(None)
            active.set_cell_opener(None)
            active.set_cell_joiner(None)

    def _look_back(self) -> None:
        """Learn the literals of earlier cells: papermill's stand above `%load_ext`."""
        history = self.shell.history_manager
        cells = list(
            enumerate(zip(history.input_hist_raw, history.input_hist_parsed, strict=False))
        )
        # The last one is executing.
        for count, (source, parsed) in cells[-LOOK_BACK_CELLS:-1]:
            if len(source) <= LOOK_BACK_CHARACTERS:
                with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                    tree = ast.parse(parsed)
                    self._observer.learn(self.shell.user_ns, tree, source, count=count)

    def _join_cell(self) -> None:
        """Watch the cell that is executing already: the one that loads the extension or logs."""
        result = getattr(self.shell.displayhook, "exec_result", None)
        info = getattr(result, "info", None)
        if result is None or info is None or info.raw_cell is None:
            return
        self._begin(info, lambda: result.execution_count)
        with contextlib.suppress(SyntaxError, ValueError):
            self._stack[-1].tree = ast.parse(str(self.shell.transform_cell(info.raw_cell)))

    @property
    def _stack(self) -> list[Executing]:
        return self._local.stack

    @property
    def executing(self) -> Executing | None:
        """The cell that is executing in this thread, the innermost one."""
        stack = self._stack
        return stack[-1] if stack else None

    def outermost(self) -> Executing | None:
        """The executing cell of the notebook, whatever it runs inside."""
        stack = self._stack
        return stack[0] if stack else None

    def facts(self) -> CellFacts | None:
        """What is known of the executing cell (of the outermost, which is the notebook's)."""
        stack = self._stack
        return stack[0].facts if stack else None

    def before(self, info: Any = None) -> None:
        """IPython is about to run a cell."""
        # IPython would show an error in here above the cell's output, and lose an interrupt.
        try:
            with interrupts_held(later=True):
                self._begin(info, lambda: execution_count(self.shell))
        except KeyboardInterrupt:
            interrupt_again()
        except Exception as exc:  # noqa: BLE001 - the notebook always wins
            self._tell(exc)

    def about_to_run(self, tree: ast.Module) -> None:
        """IPython has read a cell of the notebook, and will run it now."""
        if len(self._stack) == 1:
            self._observer.about_to_run(self.shell.user_ns, tree)

    def after(self, result: Any = None) -> None:
        """IPython has run a cell."""
        ending: Executing | None = None
        try:
            with interrupts_held(later=True):
                ending = self._take(result)
                if ending is not None:
                    self._finish(ending, result)
        except KeyboardInterrupt:
            interrupt_again()
        except Exception as exc:  # noqa: BLE001 - the notebook always wins
            self._tell(exc)
        self._close(ending, result)

    def before_silent(self) -> None:
        """IPython is about to run code of which it tells nobody: the cells of `ipython file.ipy`.

        Front ends ask for things of their own this way, so that only a track line counts here.
        """
        try:
            info: Any = running_cell().get("info")
            if getattr(info, "silent", False) and "%track" in str(info.raw_cell):
                self.before(info)
        except Exception as exc:  # noqa: BLE001 - the notebook always wins
            self._tell(exc)

    def after_silent(self) -> None:
        """IPython has run such code."""
        try:
            execution = self.executing
            if execution is not None and getattr(execution.info, "silent", False):
                result = self.shell.last_execution_result
                ended = getattr(result, "info", None) is execution.info
                self.after(result if ended else None)
        except Exception as exc:  # noqa: BLE001 - the notebook always wins
            self._tell(exc)

    def _close(self, ending: Executing | None, result: Any) -> None:
        """End the run of a cell where `_finish` did not come to its end."""
        try:
            if ending is None and result is not None:
                ending = self._take(result)  # which is what failed
            capture = ending.capture if ending is not None else None
            if capture is not None and not capture.run.ended:
                capture.close(failed=error_of(result) is not None)
            if self._leaving and not self._stack:
                self._leave()
        except Exception as exc:  # noqa: BLE001 - the notebook always wins
            self._tell(exc)

    def _take(self, result: Any) -> Executing | None:
        """The cell whose end this is; an empty one has an end without a beginning."""
        stack, info = self._stack, getattr(result, "info", None)
        for place in range(len(stack) - 1, -1, -1):
            if result is None or is_same(stack[place].info, info):
                execution = stack[place]
                del stack[place:]  # above it are those whose end was not told
                return execution
        return None

    # ── tracking ─────────────────────────────────────────────────────────────────────────────

    def _begin(self, info: Any, count: Callable[[], int | None]) -> None:
        source = getattr(info, "raw_cell", "") or ""
        execution = Executing(info, CellFacts(source), time.time_ns(), time.perf_counter())
        execution.listening = Listening(self.shell)
        if self._stack:
            self._forget_abandoned()
        nested = bool(self._stack)
        if not nested:
            self._end_unended()
            active.set_main_task()
        if not any(known is self._watcher for known in self.shell.ast_transformers):
            self.shell.ast_transformers.insert(0, self._watcher)  # IPython gave it up
        # From here on the cell is known, whatever of what follows fails.
        self._stack.append(execution)
        notebook = executing_notebook(self.shell)
        execution.facts = CellFacts(
            source=source,
            cell_id=as_cell_id(getattr(info, "cell_id", None)) or notebook.cell_id,
            notebook_path=notebook.path,
            notebook_name=notebook.name,
            execution_count=count() if getattr(info, "store_history", True) else None,
        )
        self._folder = _folder(execution.facts) or self._folder
        if not nested:
            self._observer.before(self.shell.user_ns)
        taken = take_track_line in self.shell.input_transformers_cleanup
        line = find_track_line(source) if taken else None
        if line is not None and not self._tracked_above():
            self.track(execution, self._expand(line))
        elif self.always is not None and not nested:
            execution.watch.begin()  # whether it fits a model is seen when it does
            execution.watch.on_first = partial(self._expect, execution)
            execution.listening.begin(keep=frozenset(KEPT))  # what is kept is chosen then, too

    def _expect(self, execution: Executing) -> None:
        """A cell will be a run when it has ended; its repository takes time to look at."""
        if "git" not in self.always_line:  # which may skip it
            surroundings.expect(Path(execution.facts.notebook_path or Path.cwd()))

    def _forget_abandoned(self) -> None:
        """Close the cells whose end IPython never told, as when Ctrl-C struck its own code."""
        executing, frame = 0, sys._getframe().f_back
        while frame is not None:
            code, frame = frame.f_code, frame.f_back
            executing += code.co_name == "run_cell_async" and "IPython" in code.co_filename
        while len(self._stack) >= max(executing, 1):
            abandoned = self._stack.pop()
            try:
                self._finish(abandoned, None)
            except Exception as exc:  # noqa: BLE001 - the cell that begins now is recorded
                self._tell(exc)
            self._close(abandoned, None)

    def _expand(self, line: str) -> str:
        try:
            return str(self.shell.var_expand(line))
        except Exception:  # noqa: BLE001 - an expression of the user's inside of {…}
            return line

    def _tracked_above(self) -> bool:
        return any(execution.capture is not None for execution in self._stack)

    def track(self, execution: Executing, line: str) -> ActiveRun:
        """Begin the run of a cell; used by the cell magic, the line magic and `%track on`."""
        options = read_track_line(line)
        for word in options.operands[:1]:
            if word in SWITCHES:
                options.operands.remove(word)
                options.problems.append(
                    InvalidOptionError(word, f"this word switches tracking: write %track {word}")
                )
        workspace, problem = tracking_workspace(_folder(execution.facts))
        run = self._open(execution, workspace, options)
        run.problems += [str(each) for each in options.problems]
        if problem:
            run.problems.append(problem)
        execution.options = options
        execution.workspace = workspace
        facts = execution.facts
        cell_id = facts.cell_id or cell_id_in(facts.notebook_path, facts.source)
        execution.facts = replace(facts, cell_id=cell_id, kernel_id=kernel_id())
        execution.capture = CellCapture(
            run,
            execution.facts,
            self._observer,
            execution.watch,
            execution.listening,
            skip=_named(run, "skip", workspace.settings.skip, options),
            keep=_named(run, "keep", workspace.settings.keep, options),
        )
        since = time.monotonic() - (time.perf_counter() - execution.started_clock)
        execution.capture.begin(_folder(execution.facts) or Path.cwd(), since=since)
        active.set_cell_run(run)
        self._local.unended.append((run, Status.CANCELLED))
        say(run, options)
        runs = workspace.runs
        runs.background.start(0.5)
        if "silent" not in options.flags:
            runs.background.want(run.snapshot())
            self._begin_live(execution, run, workspace)
        return run

    def _begin_live(self, execution: Executing, run: ActiveRun, workspace: Workspace) -> None:
        """Let the cell have a live card when it has run for a while, where somebody can see it."""
        with guard(run, "live card"):
            delay = delay_of(workspace.settings.live)
            if delay is None or self.show_card is None or not has_person(self.shell):
                return
            execution.live = self.live.begin(
                LiveCard(
                    self.shell,
                    run,
                    workspace,
                    execution.listening,
                    lambda: execution.tree,
                    delay,
                )
            )

    def track_more(self, execution: Executing, line: str) -> None:
        """Add the options of one more `%track` line to the run of its cell."""
        if execution.capture is None or execution.options is None:
            return
        options, run = read_track_line(line), execution.capture.run
        for problem in options.problems:
            run.warn("option", str(problem))
        for asked, is_so, key in (
            (options.operands[:1], run.experiment, experiment_key),
            (_name_of(options), run.name, str),
        ):
            if asked and key(asked[0]) != key(is_so):
                run.warn("option", f"{asked[0]!r} comes too late: this cell's run is {is_so!r}.")
        say(run, options)
        execution.options.flags |= options.flags
        execution.capture.keep_also(_named(run, "keep", "", options))
        execution.options.pairs.setdefault("metric", {}).update(options.pairs.get("metric", {}))

    def _open(self, execution: Executing, workspace: Workspace, options: Parsed) -> ActiveRun:
        experiment = options.operands[0] if options.operands else self.always or None
        return open_run(
            workspace,
            experiment,
            name=options.texts.get("name"),
            kind="cell",
            notebook=execution.facts.notebook_path,
            lenient=True,
            started_ns=execution.started_ns,
            started_clock=execution.started_clock,
        )

    def open_implicit(self) -> ActiveRun:
        """The run of a `log` without one: of the executing cell, with `%track on` a full one.

        Where no cell is executing, as in the callback of a widget, it ends when the next begins.
        """
        execution = self._stack[0] if self._stack else None
        if execution is not None and execution.capture is not None:
            return execution.capture.run
        if execution is not None and threading.current_thread() is threading.main_thread():
            return self.track(execution, self.always_line)
        workspace, problem = tracking_workspace()
        run = workspace.runs.track()
        if threading.current_thread() is threading.main_thread():
            self._local.unended.append((run, Status.SUCCEEDED))
            active.set_cell_run(run)
        else:
            active.keep_here(run)
        if problem:
            run.warn("workspace", problem)
        return run

    def join(self) -> None:
        """With `%track on`, a block in a cell is a child of the cell's run, which begins now."""
        execution = self._stack[0] if self._stack else None
        if self.always is not None and execution is not None and execution.capture is None:
            self.track(execution, self.always_line)

    def _end_unended(self) -> None:
        unended, self._local.unended = self._local.unended, []
        for run, status in unended:
            if not run.ended:
                active.set_cell_run(None)
                run.end(status, reason="The next cell began.")

    def _finish(self, execution: Executing, result: Any) -> None:
        capture = execution.capture
        error = error_of(result)
        if error is None and getattr(self.shell, "_last_traceback_during_displayhook", False):
            error = getattr(sys, "last_value", None)  # showing the result failed: so did the cell
        if capture is None and not self._stack:
            capture = self._late(execution, error)
        if capture is None:
            execution.watch.stop()
            execution.listening.stop()
            if not self._stack:
                self._observer.after(
                    self.shell.user_ns,
                    execution.tree,
                    execution.facts.source,
                    count=execution.facts.execution_count,
                    cell_id=execution.facts.cell_id,
                )
            return
        active.set_cell_run(None)
        options = execution.options or Parsed()
        namespace = self.shell.user_ns
        expressions = {
            name: (lambda text=text: eval(text, namespace))  # noqa: S307 - the user's own line
            for name, text in options.pairs.get("metric", {}).items()
        }
        capture.finish(
            namespace,
            execution.tree,
            error=error,
            expressions=expressions,
            cancelled=result is None,
            shown=getattr(result, "result", None),
            order=cell_order(execution.facts.notebook_path),
        )
        workspace = execution.workspace
        live = execution.live
        if workspace is None:
            return
        silent = "silent" in options.flags or (
            getattr(execution.info, "silent", False) and getattr(self.shell, "kernel", None)
        )
        # A card would be what a `clear_output(wait=True)` at the end of the cell waits for.
        is_live = live is not None and live.end()
        waits = execution.listening.is_clearing and not is_live
        if not silent and not waits and self.show_card is not None:
            seconds = time.perf_counter() - execution.started_clock
            self.show_card(capture.run, workspace, seconds, capture.git, live)
        workspace.runs.background.ended(capture.run.snapshot())

    def _tell(self, failure: Exception) -> None:
        """A failure of ours is one gray line, once, and never an error."""
        try:
            message = f"nbmlops could not record all of this cell: {words_of(failure)}"
            if message not in self._told:
                self._told.add(message)
                shown = f'<div style="opacity:.6">{html.escape(message)}</div>'
                data = {"text/plain": message, "text/html": shown}
                self.shell.display_pub.publish(data=data)
        except Exception:  # noqa: BLE001 - nobody is left to tell
            return

    def _late(self, execution: Executing, error: BaseException | None) -> CellCapture | None:
        """With `%track on`, the run of a cell that turned out to fit a model or to score."""
        if self.always is None:
            return None
        from nbmlops.capture.names import calls_fit, read_syntax

        seen = execution.watch.seen
        fits = bool(seen.fits) or any(score.values for score in seen.scores.values())
        if not fits and execution.tree is not None:
            namespace = self.shell.user_ns
            syntax = read_syntax(execution.tree)
            fits = syntax.fits or any(
                calls_fit(namespace.get(name), namespace) for name in syntax.reads
            )
        if not fits:
            return None
        self.track(execution, self.always_line)
        return execution.capture


def attach(shell: Any) -> Hooks:
    """The hooks of a shell, attached once."""
    hooks = attached(shell)
    if hooks is None:
        hooks = Hooks(shell)
        hooks.attach()
        shell._nbmlops_hooks = hooks
        from nbmlops.magics.card import show_card

        hooks.show_card = lambda run, workspace, seconds, git, live: show_card(
            shell, run, workspace, seconds, headless=is_headless(shell), git=git, live=live
        )
    return hooks


def attached(shell: Any) -> Hooks | None:
    """The hooks of a shell, if there are any."""
    found: Hooks | None = getattr(shell, "_nbmlops_hooks", None)
    return found


def detach(shell: Any) -> None:
    """Take the hooks away from a shell."""
    hooks = attached(shell)
    if hooks is not None:
        hooks.detach()
        del shell._nbmlops_hooks


def _named(run: ActiveRun, what: str, setting: str, options: Parsed) -> frozenset[str]:
    """The kinds that the user wants to skip, or to keep, in this cell."""
    read = {"skip": read_skip, "keep": read_keep}[what]
    named = frozenset({"models"} if what == "keep" and "keep-models" in options.flags else ())
    for text, source in ((setting, "this workspace"), (options.texts.get(what, ""), f"--{what}")):
        try:
            named |= read(text, source)
        except InvalidSettingError as exc:
            run.problems.append(str(exc))
    return named


def _name_of(options: Parsed) -> list[str]:
    return [options.texts["name"]] if "name" in options.texts else []


def _folder(facts: CellFacts) -> Path | None:
    return Path(facts.notebook_path).parent if facts.notebook_path else None
