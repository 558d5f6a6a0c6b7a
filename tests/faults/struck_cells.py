"""Tracked cells in which calls of ours fail, and what a person sees of them."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from striking import Call, Recorder, Strike, spread

from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

__all__ = ["ONE_TRY", "strike_cells"]

CELLS = {
    "result": """{line}
import nbmlops, sys
lr = 0.1
nbmlops.log_params({{"depth": 3}})
nbmlops.set_tags({{"team": "risk"}})
nbmlops.set_note("a note")
for step in range(3):
    nbmlops.log(loss=1.0 / (step + 1), step=step)
nbmlops.log({{"val/auc": 0.75, "bad": "text"}})
print("out")
print("err", file=sys.stderr)
auc = lr * 2
auc + 1
""",
    "error": """{line}
import nbmlops
partial = 0.25
nbmlops.log(partial=partial)
print("before")
[][1]
after = 1
""",
    "await": """{line}
import asyncio, nbmlops
got = await asyncio.sleep(0, 0.5)
nbmlops.log(got=got)
print(got)
got
""",
}
SEED = random.randrange(10**6)

IPYTHON_TELLS = {  # IPython calls them, shows what they raise and goes on with the cell
    "magics/hooks.py:Hooks.before",
    "magics/hooks.py:Hooks.after",
    "magics/hooks.py:Hooks.before_silent",
    "magics/hooks.py:Hooks.after_silent",
    "magics/hooks.py:_SyntaxWatcher.visit",
}
# Where the user's cell or IPython enters our code there is nobody of us yet who could catch.
ENTERED = {
    "magics/track_line.py:take_track_line": "IPython gives up the cell of a transformer that raises",
    "capture/shadows.py:Shadow.__init__.<locals>.listening": "the cell's print calls it",
    "capture/active.py:_make_log.<locals>.log": "the cell calls it",
    "verbs.py:log_params": "the cell calls it",
    "verbs.py:set_tags": "the cell calls it",
    "verbs.py:set_note": "the cell calls it",
}
# Nothing but one `try`, which a test below reads; so entering them is all that could fail.
ONE_TRY = {
    "capture/active.py:open_quietly",
    "capture/run.py:ActiveRun.log",
    "capture/run.py:ActiveRun.log_params",
    "capture/run.py:ActiveRun.set_note",
    "capture/run.py:ActiveRun.set_tags",
    "capture/telling.py:tell",
    "magics/hooks.py:Hooks._close",
    "magics/hooks.py:Hooks._tell",
    "magics/track_line.py:take_track_line",
}
GIVES_BACK = "interrupts.py:interrupts_held.__exit__"
SETTLES = "capture/run.py:ActiveRun._settle"  # raises what a strict run owes, and then is one try
CANNOT_FAIL = {  # (where, what): why
    ("", "ock.__exit__"): "letting go of a lock",
    ("", "Condition.__exit__"): "letting go of a lock",
    ("", GIVES_BACK): "gives back the signal handler that was there",
    (GIVES_BACK, "signal"): "the main thread may set the handler that it had",
    ("Shadow.__init__.<locals>.listening", "write"): "the stream's own failure is the cell's",
    ("Shadow.__init__.<locals>.listening", ".listening"): "both streams are one here",
    ("_make_log.<locals>.log", ""): "the one loop that has to be fast catches what its calls raise",
}


class Unspeakable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


ERRORS = (RuntimeError("ours"), OSError(5, "ours"), MemoryError("ours"), Unspeakable())


def is_struck(call: Call) -> bool:
    """Whether somebody of us stands around this call who could catch."""
    if not call.place and call.called in ENTERED:
        return False
    if call.place in (ENTERED.keys() | IPYTHON_TELLS) and call.called in ONE_TRY:
        return False
    return not any(
        call.place.endswith(place) and call.called.endswith(called) for place, called in CANNOT_FAIL
    )


@dataclass
class Seen:
    """What a person sees of a cell."""

    result: str
    error: str
    printed: str
    names: dict[str, Any]
    displays: int
    told: int

    def differs(self, plain: Seen, told: int, *, but: str = "") -> list[str]:
        """In what it is another cell than the plain one, told of at most once more than `told`."""
        parts = ("result", "error", "printed", "names")
        found = [
            part for part in parts if part != but and getattr(self, part) != getattr(plain, part)
        ]
        found += ["displays"] if self.displays > 1 else []
        return found + (["told"] if self.told > told + 1 and not but else [])


NAMES = ("lr", "auc", "step", "partial", "after", "got")


def look(shell: Shell, cell: str) -> Seen:
    for name in NAMES:
        shell.ip.user_ns.pop(name, None)
    result = shell.run(cell)
    error = result.error_before_exec or result.error_in_exec
    told = [shown for shown in shell.displayed if "could not record all" in str(shown)]
    printed, warned = re.subn(
        r"(?m)^\S+: (?:User|Runtime)Warning: nbmlops.*\n(?:  .*\n)?", "", shell.printed
    )
    printed = re.sub(r"Out\[\d+\]|In\[\d+\]|input-\d+-\w+|\x1b\[[\d;]*m", "", printed)
    printed = re.sub("# %%track .*", "# plain", printed)
    return Seen(
        repr(result.result),
        repr(error),
        printed,
        {name: shell.ip.user_ns[name] for name in NAMES if name in shell.ip.user_ns},
        len(shell.displayed) - len(told),
        len(told) + warned,
    )


@contextlib.contextmanager
def quiet_shell() -> Iterator[Shell]:
    shell = Shell()
    shell.ip.displayhook.cache_size = 10**6  # flushing old results is told in a cell
    shell.ip.InteractiveTB.set_mode("Plain")  # quickly drawn
    try:
        yield shell
    finally:
        sys.setprofile(None)
        shell.close()


def strike_cells(
    kind: str,
    options: str,
    folder: Path,
    *,
    places: tuple[str, ...] = ("",),
    most: int = 3,
    part: tuple[int, int] = (0, 1),
    twice: int = 0,
) -> list[str]:
    """Let a cell be struck at each call of ours that it makes, one at a time: what that changed.

    `places` are the callers that matter, `most` how often a call of one place is struck, `part`
    (which, of how many) the share of all that; with `twice`, a sample of that many, in which
    what deals with the failure fails as well.
    """
    dice = random.Random(SEED)
    tracked = CELLS[kind].format(line=f"%%track hurt {options}")
    hurts: list[str] = []
    names, struck = {}, 0
    with quiet_shell() as shell:
        plain = look(shell, CELLS[kind].format(line="# plain"))
        recorder = Recorder()
        for _ in range(3):  # what is imported or kept at first use is there the second time
            recorder.counts.clear()
            sys.setprofile(recorder)
            told = look(shell, tracked).told
            sys.setprofile(None)
        calls = [
            (call, time)
            for call, time in spread(recorder, dice, most=most)
            if is_struck(call) and call.place.startswith(places)
        ][part[0] :: part[1]]
        if twice:
            calls = dice.sample(calls, twice)
        for number, (call, time) in enumerate(calls):
            ipython_tells = not call.place and call.called in IPYTHON_TELLS
            is_shown = twice or ipython_tells or call.place.startswith("capture/active.py:")
            error = ERRORS[(number + SEED) % (3 if is_shown else 4)]
            then = dice.randrange(12) if twice else None
            spared = ENTERED.keys() | IPYTHON_TELLS | ONE_TRY | {GIVES_BACK, SETTLES}
            strike = Strike(recorder, call, time, error, then=then, spared=spared)
            sys.setprofile(strike)
            try:
                seen = look(shell, tracked.replace("hurt", f"hurt --name n{number}"))
            finally:
                sys.setprofile(None)
                sys.settrace(None)
            struck += bool(strike.struck)
            names[f"n{number}"] = (strike.struck, time, repr(type(error)))
            different = seen.differs(
                plain, told + (twice > 0), but="printed" if ipython_tells else ""
            )
            if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
                different.append("handler")
            if shell.run("%%track next --silent\nz = 1.5 * 2\nz").result != 3.0:
                different.append("next")
            if different:
                hurts.append(f"{different}: {names[f'n{number}']}: {seen}")
    workspace = open_workspace(folder)
    found = workspace.runs.find(experiment="next", limit=5000)
    if {(str(run.status), run.metrics.get("z")) for run in found} != {("succeeded", 3.0)}:
        hurts.append("a following cell was not recorded whole")
    left = workspace.runs.find("status = 'running'")
    hurts += [f"left running: {names.get(str(run.name), run.name)}" for run in left]
    workspace.store.close()
    assert found.total == len(calls)
    assert struck > 0.9 * len(calls) > 9, "the calls of one cell are not those of the next"
    return [f"seed {SEED}", *hurts] if hurts else []
