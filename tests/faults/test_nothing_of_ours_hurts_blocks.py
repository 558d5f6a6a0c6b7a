"""As `test_nothing_of_ours_hurts`, for blocks of code: each call that we make around one fails once."""

from __future__ import annotations

import io
import random
import signal
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from striking import Call, Recorder, Strike, spread
from struck_cells import SEED, is_struck

import nbmlops
from nbmlops.capture import active
from nbmlops.capture.run import ActiveRun
from nbmlops.workspace import Workspace
from nbmlops.workspace.tracking import or_unrecorded

# Where the user's code enters ours, and what is there nothing but a try around all the rest.
ENTERED = {
    "capture/active.py:_make_log.<locals>.log",
    "verbs.py:set_tags",
    "verbs.py:track",
    "workspace/runs.py:Runs.track",
    "capture/run.py:ActiveRun.__enter__",
    "capture/run.py:ActiveRun.__exit__",
    "capture/run.py:ActiveRun.log",
    "capture/run.py:ActiveRun.log_params",
    "capture/run.py:ActiveRun.set_note",
}
ONE_TRY = {
    "capture/active.py:open_quietly",
    "workspace/tracking.py:or_unrecorded",
    "capture/run.py:ActiveRun.set_tags",
}
# The least that any run is made of, also one that keeps nothing.
MADE_OF = (
    "capture/run.py:ActiveRun.__init__",
    "capture/said.py:Said.__init__",
    "store/journal.py:new_ulid",
)


class Theirs(Exception):
    """The user's own."""


THEIRS = Theirs("of the user")
ERRORS = (RuntimeError("ours"), OSError(5, "ours"), MemoryError("ours"))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """A block that could not be left, and the run that `log` opened then, are of this test alone."""
    yield
    active._blocks.clear()
    active._context.set(None)
    active._process_run = None
    active.set_cell_run(None)


def block(track: Callable[..., ActiveRun], *, fails: bool, name: str) -> list[object]:
    """A block, and all that the code around it sees of it."""
    seen: list[object] = []
    try:
        with track("hurt", name=name, tags={"a": "b"}, params={"k": 1}) as run:
            seen.append("begun")
            for step in range(3):
                nbmlops.log(loss=1.0 / (step + 1), step=step)
            run.log({"x": 1.5})
            run.set_note("a note")
            run.log_params({"depth": 3})
            nbmlops.set_tags({"t": "u"})
            print("printed", end="")
            seen.append("done")
            if fails:
                raise THEIRS
    except Theirs as error:
        seen.append(error is THEIRS)
    return seen


def is_met(call: Call, *, always: bool) -> bool:
    """Whether somebody of us stands around this call who could catch."""
    if always and (call.place in MADE_OF or call.called in MADE_OF):
        return False
    if not is_struck(call) or (not call.place and call.called in ENTERED):
        return False
    return not (call.place in ENTERED and call.called in ONE_TRY)


@pytest.mark.parametrize(
    ("fails", "flow", "always"),
    [
        pytest.param(False, "main", False, id="whole"),
        pytest.param(True, "main", False, id="failing"),
        pytest.param(False, "thread", False, id="in a thread"),
        pytest.param(True, "main", True, id="failing, always"),
    ],
)
def test_a_block_is_the_same_whichever_of_our_calls_fails(
    fails: bool,
    flow: str,
    always: bool,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    (tmp_path / "script.py").write_text("with nbmlops.track(): …", "utf-8")
    script = types.ModuleType("__main__")
    script.__file__ = str(tmp_path / "script.py")
    monkeypatch.setitem(sys.modules, "__main__", script)
    track = nbmlops.track if flow == "main" else workspace.runs.track
    plain = ["begun", "done", *([True] if fails else [])]
    answers: list[Any] = []

    def look(profile: Any, name: str = "whole") -> Any:
        """What is seen of a block while `profile` is the profile function."""

        def run() -> None:
            sys.setprofile(profile)
            try:
                answers.append(block(track, fails=fails, name=name))
            except BaseException as error:
                answers.append(repr(error))
            finally:
                sys.settrace(None)
                sys.setprofile(None)

        if flow == "main":
            run()
        else:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        return answers.pop()

    recorder = Recorder()
    for _ in range(3):  # what is imported or kept at first use is there the second time
        recorder.counts.clear()
        assert look(recorder) == plain
    chosen = spread(recorder, random.Random(SEED), most=1)
    calls = [each for each in chosen if is_met(each[0], always=always)]
    hurts, struck = [], 0
    with warnings.catch_warnings(record=True) as messages:
        warnings.simplefilter("always")
        for number, (call, time) in enumerate(calls):
            error = ERRORS[(number + SEED) % 3]
            strike = Strike(recorder, call, time, error, always=always)
            messages.clear()
            seen = look(strike, f"n{number}")
            struck += bool(strike.struck)
            # What fails always may be told for each value, and leave a run to the process's end.
            is_odd = not always and (len(messages) > 1 or active.active_run() is not None)
            if (
                seen != plain
                or is_odd
                or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
            ):
                texts = [str(message.message) for message in messages]
                hurts.append(f"{call}, time {time}: {seen} {texts}")
    with workspace.runs.track("next", name="next") as run:
        run.log(z=3.0)

    assert hurts == [], f"seed {SEED}"
    assert struck > 0.9 * len(calls) > 100, "the calls of one block are not those of the next"
    assert workspace.runs.get("next").metrics == {"z": 3.0}
    if always:
        return
    left = workspace.runs.find("status = 'running'", limit=1000)
    odd = {f"n{number}": call for number, call in enumerate(calls)}
    assert [(run.name, odd.get(run.name)) for run in left] == [], f"seed {SEED}"
    recorded = workspace.runs.find(experiment="hurt", limit=5000)
    assert recorded.total > 0.95 * len(calls)  # hardly any run is lost, and of others one record
    parts = sum(len(run.metrics) + len(run.params) + len(run.tags) for run in recorded)
    assert parts > 0.9 * 6 * recorded.total


def test_a_block_that_cannot_be_opened_goes_on_and_is_told_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any, **more: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("nbmlops.workspace.runs.open_block", broken)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with nbmlops.track("deaf") as run:
            for step in range(3):
                nbmlops.log(loss=0.5, step=step)
            run.log_params({"a": 1})
            run.set_tags({"a": "b"})
            run.set_note("text")
            with pytest.raises(nbmlops.errors.StoreUnavailableError):
                run.log_artifact(b"bytes", name="a.txt")
            with nbmlops.track("inner") as inner:
                done = 6 * 7
    assert [str(message.message) for message in told][1:] == [str(told[0].message)]  # and of inner
    assert "could not open a run: RuntimeError: a fault of ours" in str(told[0].message)
    assert (done, run.is_recorded, inner.is_recorded) == (42, False, False)
    assert (str(run.status), run.latest, active.active_run()) == ("succeeded", {}, None)
    assert workspace.runs.find(limit=1).total == 0
    with pytest.raises(RuntimeError, match="fault of ours"), nbmlops.track("deaf", strict=True):
        pass
    with (
        pytest.raises(Theirs),
        pytest.warns(UserWarning, match="could not open"),
        nbmlops.track("deaf"),
    ):
        raise Theirs


def test_a_run_inside_of_one_that_is_not_recorded_has_no_parent(workspace: Workspace) -> None:
    def broken() -> ActiveRun:
        raise RuntimeError("a fault of ours")

    with pytest.warns(UserWarning, match="could not open"):
        outer = or_unrecorded(broken, strict=False)
    with outer, nbmlops.track("whole", name="inner"):
        nbmlops.log(a=1.5)

    found = workspace.runs.get("inner")
    assert (found.parent_id, found.metrics) == (None, {"a": 1.5})


def test_what_a_person_gave_that_cannot_be_is_still_theirs_to_correct(workspace: Workspace) -> None:
    with pytest.raises(nbmlops.errors.InvalidNameError), nbmlops.track("a\0b"):
        pass
