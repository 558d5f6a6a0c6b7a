"""What no single row of the table of bad input can say."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bad_input import NAMES, PAYLOADS
from doors import CALLS, Terminal

import nbmlops
from nbmlops.testing import Shell
from nbmlops.views.runs import run_bundle
from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.usefixtures("here", "nothing_outside")


class _Active(HTMLParser):
    """Collects whatever in a page could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "meta"):
            self.found.append(tag)
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith(("on", "data-commandlinker")):
                self.found.append(name)
            if name in ("href", "src", "action", "xlink:href") and not text.startswith(
                "data:image/png"
            ):
                self.found.append(f"{name}={text}")


@pytest.mark.parametrize("id_", PAYLOADS)
def test_hostile_text_is_shown_and_does_nothing(
    id_: str, ws: Workspace, terminal: Terminal
) -> None:
    texts = PAYLOADS[id_]
    with ws.runs.track("hostile") as run:
        run.log_params({f"p{i}": text for i, text in enumerate(texts)})
        run.set_tags({f"t{i}": text for i, text in enumerate(texts)})
        run.set_note("\n".join(texts))
        run.log({text: 0.5 for text in texts if text.isprintable()})
    stored = ws.runs.get(run.id)

    bundle = run_bundle(stored)
    active = _Active()
    active.feed(bundle["text/html"])
    _, out, _ = terminal("runs", "show", run.id)
    _, table, _ = terminal("runs", "find", "hostile")

    assert active.found == []
    assert "<script>alert" not in bundle["text/html"]
    for text in (bundle["text/plain"], out, table):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert "[49]" not in out


@pytest.mark.parametrize("text", PAYLOADS["B25"])
def test_no_cell_of_a_csv_is_a_formula(
    text: str, ws: Workspace, shell: Shell, terminal: Terminal
) -> None:
    with ws.runs.track("sheet", name="sheet") as run:
        run.set_tags({"t": text, "=name()": "v"})
        run.log_params({"p": text, "@p": [text]})

    ways = [
        ws.runs.find(experiment="sheet").to_csv(),
        terminal("runs", "find", "sheet", "--csv")[1],
        shell.run("found = %runs sheet\nfound.to_csv()").result,
    ]  # fmt: skip

    import csv

    for written in ways:
        cells = [cell for line in csv.reader(written.splitlines()) for cell in line]
        assert any(cell.startswith("'=") for cell in cells)
        assert not [cell for cell in cells if cell[:1] in "=+@\t\r" and cell]
        assert not [cell for cell in cells if cell.startswith("-") and not _is_number(cell)]


def _is_number(cell: str) -> bool:
    with contextlib.suppress(ValueError):
        float(cell)
        return True
    return False


SETTINGS = [row.given for row in NAMES if row.verb == "experiment" and row.expect == "refused"]


def test_an_experiment_that_a_setting_names_is_held_to_the_same_rules(ws: Workspace) -> None:
    """A cloned repository brings a pyproject.toml with it."""
    for text in filter(None, SETTINGS):
        other = Workspace(replace(ws.settings, experiment=text))
        with other.runs.track() as run:
            pass
        other.close()
        found = ws.runs.get(run.id)

        assert found.experiment == "default", ascii(text)
        assert [warning.code for warning in found.warnings] == ["option"]
        assert "cannot be the name of an experiment" in found.warnings[0].message


def test_a_parent_that_is_no_run_is_none(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("../x", "a\u202eb", "x" * 26, "01jd8z3k5v9q2w4x6y8z0a1b2c"):
        monkeypatch.setenv("NBMLOPS_PARENT_RUN", text)
        with ws.runs.track("orphan") as run:
            pass
        assert ws.runs.get(run.id).parent_id is None
        with pytest.raises(nbmlops.errors.InvalidNameError, match="no ULID"):
            ws.runs.track("orphan", parent_id=text)


def test_an_experiment_without_a_name_is_a_mistake_and_not_the_default(ws: Workspace) -> None:
    for verb in (ws.runs.track, nbmlops.track):
        with pytest.raises(nbmlops.errors.InvalidNameError, match="it is empty"):
            verb("")


def test_steps_may_repeat_fall_and_be_missing(ws: Workspace) -> None:
    with ws.runs.track("steps") as run:
        for step, value in ((3, 0.1), (1, 0.2), (1, 0.3), (None, 0.4)):
            run.log(loss=value, step=step)

    points = ws.runs.series(run.id, "loss")

    assert [(point.step, point.value) for point in points] == [
        (3, 0.1),
        (1, 0.2),
        (1, 0.3),
        (None, 0.4),
    ]


def test_a_limit_is_told_once(ws: Workspace) -> None:
    with ws.runs.track("limits") as run, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for start in range(0, 20_000, 500):
            run.log({f"m{i}": float(i) for i in range(start, start + 500)})
        run.set_tags({f"t{i}": "x" for i in range(1_001)})
        for index in range(1_005):
            run.set_tags({"again": str(index), "t5": "y"})
    found = ws.runs.get(run.id)

    assert len(found.metrics) == 10_000
    assert len(found.tags) == 1_000
    assert found.tags["t5"] == "y"
    assert len(told) == 2
    assert sorted(warning.message for warning in found.warnings) == [
        "Metric '…': a run has at most 10000 metric names.",
        "Tag '…': a run has at most 1000 tags.",
    ]


def test_the_fast_loop_is_as_careful_as_the_first_call(ws: Workspace) -> None:
    with ws.runs.track("fast") as run:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for value in (0.5, math.nan, math.inf, 2**53 + 1, -0.0, "text", True, 10**30, 0.75):
                nbmlops.log(loss=value, step=1)
            for step in (2**63, -(2**63) - 1, 1.5, True, "x", None, 2**63 - 1):
                nbmlops.log(loss=0.25, step=step)
    points = ws.runs.series(run.id, "loss")
    report = ws.store.drain()

    assert report.quarantined_count == 0
    assert repr([point.value for point in points[:7]]) == repr(
        [0.5, math.nan, math.inf, 2**53 + 1, -0.0, 1, 0.75]
    )
    assert [point.step for point in points[7:]] == [1, None, 2**63 - 1]


@pytest.fixture
def foreign(ws: Workspace) -> str:
    """The id of a run of another workspace."""
    other = open_workspace(ws.settings.root.parent.parent / "other")
    with other.runs.track("elsewhere", name="elsewhere") as run:
        pass
    other.close()
    return run.id


UNKNOWN = "01JD8Z3K5V9Q2W4X6Y8Z0A1B2C"


def test_unknown_runs_get_the_same_answer_at_every_door(
    ws: Workspace, shell: Shell, terminal: Terminal, foreign: str
) -> None:
    def python(run: str) -> str:
        with pytest.raises(nbmlops.errors.NotFoundError) as caught:
            ws.runs.get(run)
        return str(caught.value)

    def magic(run: str) -> str:
        result = shell.run(f"%compare known {run}")
        assert isinstance(result.error_in_exec, nbmlops.errors.NotFoundError)
        return shell.printed

    def typed(run: str) -> str:
        code, out, err = terminal("runs", "show", run)
        assert (code, out) == (3, "")
        return err

    for door in (python, magic, typed):
        answers = {door(run).replace(run, "ID") for run in (UNKNOWN, foreign, UNKNOWN[::-1])}
        assert len(answers) == 1, answers


def test_unknown_runs_take_the_same_time(ws: Workspace, foreign: str) -> None:
    """Nobody learns from how long an answer takes whether somebody else has such a run."""
    taken: dict[str, list[float]] = {UNKNOWN: [], foreign: []}
    for _ in range(40):
        for run, times in taken.items():
            began = time.thread_time()
            with contextlib.suppress(nbmlops.errors.NotFoundError):
                ws.runs.get(run)
            times.append(time.thread_time() - began)
    one, other = (statistics.median(times) for times in taken.values())

    assert max(one, other) < 2 * min(one, other)


def test_a_text_of_100_megabytes_costs_what_is_kept_of_it(ws: Workspace) -> None:
    text = "password " * (10**8 // 9)
    began = time.thread_time()
    digest = hashlib.sha256(text.encode()).hexdigest()
    bare_seconds = time.thread_time() - began
    with ws.runs.track("large") as run:
        tracemalloc.start()
        began = time.thread_time()
        for verb in (
            lambda: run.log_params({"p": text, "of it": [text[:50_000]]}),
            lambda: run.set_tags({"t": text}),
            lambda: run.set_note(text),
            lambda: run.log({text: 0.5}),
        ):
            verb()
        seconds = time.thread_time() - began
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    found = ws.runs.get(run.id)

    for kept in (found.params["p"], found.tags["t"], found.note):
        assert kept.endswith(f"… [{len(text)} bytes in all, sha256 {digest}]")
    assert peak_bytes < 20 << 20
    # Three count and digest all of it. To look for secrets in all of it would take 500 times that.
    assert seconds < 60 * bare_seconds


@pytest.mark.parametrize("ending", ["finished", "deleted"])
def test_a_run_that_has_ended_takes_no_more(ending: str, ws: Workspace) -> None:
    with ws.runs.track("ended") as run:
        run.log(loss=0.5)
    if ending == "deleted":
        ws.runs.delete(run.id)

    for call in CALLS.values():
        with pytest.raises(nbmlops.errors.ConflictError):
            call(run, "it")
    assert ws.runs.get(run.id).metrics == {"loss": 0.5}


@pytest.mark.parametrize("door", ["magic", "python", "terminal"])
def test_a_deleted_run_takes_no_tags_notes_and_names(
    door: str, ws: Workspace, shell: Shell, terminal: Terminal
) -> None:
    with ws.runs.track("deleted") as run:
        run.log(loss=0.5)
    ws.runs.delete(run.id)
    verbs = {"set_tags": {"k": "v"}, "set_note": "text", "rename": "other"}
    words = {
        "set_tags": ["tag", "k=v"],
        "set_note": ["note", "text"],
        "rename": ["rename", "other"],
    }
    for verb, given in verbs.items():
        if door == "python":
            with pytest.raises(nbmlops.errors.ConflictError, match="was deleted"):
                getattr(ws.runs, verb)(run.id, given)
        elif door == "magic":
            shell.run(f"nbmlops.open_workspace().runs.{verb}({run.id!r}, {given!r})")
            assert "was deleted and takes no more" in shell.printed
            assert "Traceback" not in shell.printed
        else:
            code, _, err = terminal("runs", words[verb][0], run.id, words[verb][1])
            assert (code, "was deleted and takes no more" in err) == (4, True), err
    found = ws.runs.restore(run.id)

    assert (found.tags, found.note, found.name) == ({}, "", run.name)
    assert ws.runs.set_tags(run.id, {"k": "v"}).tags == {"k": "v"}


def test_a_run_that_is_deleted_while_it_is_open_ends_with_that(ws: Workspace, shell: Shell) -> None:
    shell.run("run = nbmlops.track('open').__enter__()\nrun.log(loss=0.5, step=1)")
    run = shell.ip.user_ns["run"]
    deleted = ws.runs.delete(run.id, why="a mistake")
    cell = shell.run("run.log(loss=0.7, step=2)")

    assert (str(deleted.status), deleted.reason) == ("cancelled", "It was deleted.")
    assert isinstance(cell.error_in_exec, nbmlops.errors.ConflictError)
    for call in CALLS.values():
        with pytest.raises(nbmlops.errors.ConflictError, match="was deleted"):
            call(run, "it")
    assert shell.run("nbmlops.log(loss=0.9)\n6 * 7").result == 42  # of the cell, elsewhere
    shell.run("run.__exit__(None, None, None)")
    found = ws.runs.restore(run.id)
    assert [point.value for point in found.series("loss")] == [0.5]
    assert str(found.status) == "cancelled"
    assert ws.runs.find("status = 'running'").total == 0


def test_a_run_of_another_process_goes_on_out_of_sight(ws: Workspace, tmp_path: Path) -> None:
    """Nobody's training ends because somebody tidies up; what it records is there when it comes back."""
    code = """
import nbmlops, sys
with nbmlops.track('elsewhere') as run:
    nbmlops.log(loss=0.5)
    print(run.id, flush=True)
    sys.stdin.read()
    nbmlops.log(loss=0.25)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NBMLOPS_WORKSPACE": str(ws.settings.root)},
    )
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    ws.runs.delete(run_id)
    process.communicate("")

    assert process.returncode == 0
    assert run_id not in {run.id for run in ws.runs.find(limit=1000)}
    found = ws.runs.restore(run_id)
    assert (str(found.status), found.metrics) == ("succeeded", {"loss": 0.25})


def test_log_after_the_end_inside_of_the_block_goes_elsewhere(ws: Workspace, shell: Shell) -> None:
    result = shell.run(
        "with nbmlops.track('ended') as early:\n"
        "    nbmlops.log(loss=0.5, step=1)\n"
        "    early.end('succeeded')\n"
        "    nbmlops.log(loss=0.7, step=2)\n"
        "early.id, early.snapshot().metrics"
    )

    run_id, snapshot = result.result
    assert ws.runs.get(run_id).metrics == snapshot == {"loss": 0.5}
