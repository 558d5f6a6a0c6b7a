"""Signals, and a process that has no descriptors left: nothing is lost, and the user's stay theirs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import answered, program, records

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run("import nbmlops")
    yield opened
    opened.close()


def test_signals_that_break_into_calls_of_the_system_lose_nothing(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    # A handler that Python sets does not ask the kernel to go on by itself (SA_RESTART), so that
    # writes, syncs and locks come back with EINTR, and Python makes them again.
    run_id, count = answered(
        program(
            """
            seen = []
            signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            with nbmlops.track("eintr") as run:
                step = 0
                while step < 20_000 or len(seen) < 200:
                    nbmlops.log(loss=0.5, step=step)
                    step += 1
                    if step % 1000 == 0:
                        nbmlops.flush()
                        run.log_params({"step": step})
                        run.log_artifact(b"x" * step, name=f"at {step}")
            signal.setitimer(signal.ITIMER_REAL, 0)
            print(json.dumps([run.id, step]))
            """,
            tmp_path,
        )
    )
    lines = [line for found in records(workspace_folder).values() for line in found]
    run = workspace.runs.get(run_id)

    assert (str(run.status), run.warnings) == ("succeeded", ())
    # The thread that looks at the environment writes between two points, and may come after one
    # that took its number later.
    assert sorted(line["s"] for line in lines) == list(range(len(lines)))
    points = [point.step for point in workspace.runs.series(run_id, "loss")]
    assert points == list(range(count)), [each for each in lines if each.get("k") == "warning"]
    assert run.params["step"] == count // 1000 * 1000
    assert len(run.artifacts) == count // 1000


FEW = "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n"
DOORS = {
    "python": """
        with nbmlops.track("few") as run:
            for step in range(20): run.log(m=step, step=step)
            run.log_artifact(b"bytes", name="a.bin")
        found = nbmlops.find_runs(experiment="few")
        print(json.dumps([len(found), len(found[0].series("m"))]))
        """,
    "magic": """
        from nbmlops.testing import Shell
        shell = Shell()
        shell.run("import nbmlops")
        cell = "%%track few --silent\\nfor s in range(20): nbmlops.log(m=s, step=s)\\n6 * 7"
        assert shell.run(cell).result == 42, shell.printed
        found = shell.run("%runs few").result
        print(json.dumps([len(found), len(found[0].series("m"))]))
        """,
    "terminal": """
        import contextlib, io
        from nbmlops.cli import main
        with nbmlops.track("few", name="one") as run:
            for step in range(20): run.log(m=step, step=step)
        for command in (["runs", "show", "one"], ["runs", "tag", "one", "a=b"]):
            with contextlib.suppress(SystemExit): main(command)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            main(["runs", "find", "few", "tags.a = 'b'", "--json"])
        found = json.loads(said.getvalue())["runs"]
        print(json.dumps([len(found), found[0]["metrics"]["m"] + 1]))
        """,
}


@pytest.mark.parametrize("door", DOORS)
def test_few_descriptors_are_enough_at_every_door(
    door: str, workspace: Workspace, tmp_path: Path
) -> None:
    done = program(DOORS[door], tmp_path, before=FEW)

    assert answered(done) == [1, 20]
    assert "Too many open files" not in done.stdout + done.stderr


def test_a_write_that_would_block_is_told_and_counted(workspace: Workspace, tmp_path: Path) -> None:
    told, kept, gaps = answered(
        program(
            """
            write, blocks = os.write, iter([0, 1, 1, 0, 1] + [0] * 10**6)
            def at_times(descriptor, data):
                if next(blocks): raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
                return write(descriptor, data)
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                with nbmlops.track("again") as run:
                    run.log(m=0, step=0)
                    os.write = at_times
                    for step in range(1, 20): run.log(m=step, step=step)
                    os.write = write
            found = nbmlops.get_run(run.id)
            kept = [point.step for point in found.series("m")]
            gaps = [warning.message for warning in found.warnings if warning.code == "gap"]
            print(json.dumps([[str(each.message) for each in seen], kept, gaps]))
            """,
            tmp_path,
        )
    )

    assert len(told) == 1
    assert "Resource temporarily unavailable" in told[0]
    missing = set(range(20)) - set(kept)
    assert sum(int(gap.split()[0]) for gap in gaps) == len(missing) <= 3
    assert kept == sorted(set(kept))


def test_out_of_descriptors_is_told_and_passes(workspace: Workspace, tmp_path: Path) -> None:
    told, kept, leaked = answered(
        program(
            """
            with nbmlops.track("emfile") as run:
                run.log(loss=0.0)
            nbmlops.flush()  # what it says late of its surroundings would end the trouble below
            writer = current_workspace().store.writer
            writer.close()
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            # Below every number that is in use: what other threads close meanwhile frees nothing.
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                with nbmlops.track("emfile") as run:
                    for step in range(5): run.log(loss=0.1, step=step)
                    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
                    for step in range(5, 9): run.log(loss=0.1, step=step)
            nbmlops.flush()
            kept = len(current_workspace().runs.series(run.id, "loss"))
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(300):
                with nbmlops.track("many", name="n") as run: run.log(loss=0.1)
            leaked = len(os.listdir("/proc/self/fd")) - before
            print(json.dumps([[str(w.message) for w in seen], kept, leaked]))
            """,
            tmp_path,
        )
    )

    assert len(told) == 1
    assert "Too many open files" in told[0]
    assert kept == 4
    assert leaked <= 3


def test_interrupts_strike_cells_anywhere_and_every_run_is_closed(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    outcomes, still_tracked = answered(
        program(
            """
            from nbmlops.testing import Shell
            random.seed(7)
            shell = Shell()
            shell.ip.InteractiveTB.set_mode("Plain")  # quickly drawn
            shell.run("import nbmlops")
            cell = "%%track stop --silent\\nfor step in range(500): nbmlops.log(loss=0.5, step=step)\\n42"
            shell.run(cell)
            outcomes = {}

            def settle():
                # Returns when no interrupt is under way any more, neither this one nor a second.
                while True:
                    try:
                        for thread in threading.enumerate():
                            if isinstance(thread, threading.Timer): thread.join()
                        return
                    except KeyboardInterrupt:
                        pass

            for _ in range(250):
                stop = threading.Timer(random.uniform(0, 0.008), os.kill, (os.getpid(), signal.SIGINT))
                said = "outside"
                try:
                    stop.start()
                    result = shell.run(cell)
                    error = result.error_before_exec or result.error_in_exec
                    said = type(error).__name__ if error else str(result.result)
                    settle()
                except KeyboardInterrupt:
                    settle()
                outcomes[said] = outcomes.get(said, 0) + 1
            result = shell.run("%%track after --silent\\nz = 1.5 * 2")
            run = nbmlops.get_run("last")
            after = [run.experiment, str(run.status), run.metrics]
            os.write(1, json.dumps([outcomes, after]).encode())
            """,
            tmp_path,
        )
    )
    found = workspace.runs.find(experiment="stop", limit=500)
    statuses = {str(run.status) for run in found}
    for lines in records(workspace_folder).values():
        assert lines[0]["k"] == "head"

    assert outcomes.get("KeyboardInterrupt", 0) >= 10, outcomes
    assert set(outcomes) <= {"KeyboardInterrupt", "42", "outside"}, outcomes
    assert statuses == {"succeeded", "cancelled"}, outcomes
    assert still_tracked == ["after", "succeeded", {"z": 3.0}]


def test_interrupts_strike_blocks_anywhere_and_every_run_is_closed(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    still_open, unseen = answered(
        program(
            """
            import traceback
            random.seed(11)
            with nbmlops.track("warm") as run: run.log(loss=0.1)
            entered, lasted, unseen = [], [], []
            for _ in range(9):  # how long a block lasts on this machine, so that most are struck
                began = time.perf_counter()
                with nbmlops.track("whole") as run:
                    for step in range(1000): nbmlops.log(loss=0.5, step=step)
                lasted.append(time.perf_counter() - began)
            whole = sorted(lasted)[4]
            signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
            for _ in range(250):
                try:  # most of a block is its loop, in which an interrupt cancels it
                    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0002, whole))
                    with nbmlops.track("stop") as run:
                        entered.append(run.id)
                        for step in range(1000): nbmlops.log(loss=0.5, step=step)
                    signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt as error:
                    # CPython looks for signals as it enters a function, before its first line:
                    # what strikes `__exit__` there is nothing that `__exit__` can see.
                    frames = list(traceback.walk_tb(error.__traceback__))
                    if any(
                        frame.f_code.co_name == "__exit__" and line == frame.f_code.co_firstlineno
                        for frame, line in frames
                    ):
                        unseen.append(entered[-1])
            nbmlops.flush()
            open_runs = [r.id for r in nbmlops.find_runs("status = 'running'", limit=500)]
            print(json.dumps([[r for r in entered if r in open_runs and r not in unseen], unseen]))
            """,
            tmp_path,
        )
    )
    runs = workspace.runs.find(experiment="stop", limit=500)
    records(workspace_folder)

    assert (still_open, len(unseen) <= 5) == ([], True)
    assert {str(run.status) for run in runs} <= {"succeeded", "cancelled", "lost"}
    assert workspace.runs.find("status = 'cancelled'").total >= 20


def test_an_interrupt_while_we_write_is_the_cells(shell: Shell) -> None:
    hooks = shell.ip._nbmlops_hooks
    begin = hooks._begin

    def struck(*arguments: Any, **options: Any) -> None:
        begin(*arguments, **options)
        os.kill(os.getpid(), 2)

    hooks._begin = struck
    result = shell.run("import time\nfor _ in range(6000): time.sleep(0.01)\n'not interrupted'")
    hooks._begin = begin

    assert isinstance(result.error_in_exec, KeyboardInterrupt)
