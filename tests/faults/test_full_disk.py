"""A disk that is full, takes a part of what it is given, or fails: told once, and nothing is made up."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import nbformat
import pytest
from disks import FULL_WAYS, full
from programs import answered, program, records

from nbmlops.store import journal
from nbmlops.workspace import Workspace


@pytest.mark.parametrize("way", FULL_WAYS)
def test_a_full_disk_is_told_once_and_recording_resumes(
    way: str, workspace_folder: Path, tmp_path: Path
) -> None:
    within, functions = full(way, workspace_folder)
    found = answered(
        program(
            """
            from nbmlops.testing import Shell
            shell = Shell()
            shell.run("import nbmlops")
            shell.run("%%track full --silent\\nnbmlops.log(loss=1.0, step=0)")
            cell = "%%track full --silent\\n"
            cell += "for step in range(300): nbmlops.log(loss=0.5, step=step)\\n'done'"
            fill(4096)
            cells = [(shell.run(cell).result, shell.printed) for _ in range(2)]
            free()
            cells += [(shell.run(cell).result, shell.printed) for _ in range(2)]
            runs = nbmlops.find_runs(experiment="full", limit=10)
            kept = [len(current_workspace().runs.series(run.id, "loss")) for run in runs]
            warned = [[w.message for w in run.warnings if w.code == "gap"] for run in runs]
            codes = [finding.code for finding in current_workspace().doctor.check()]
            from nbmlops.store import journal
            parts = [
                part.kind
                for path in current_workspace().settings.journal_dir.rglob("*.nbj")
                for part in journal.scan(path.read_bytes())
            ]
            statuses = [str(run.status) for run in runs]
            print(json.dumps([cells, statuses, kept, warned, codes, "bad" in parts]))
            """,
            tmp_path,
            before=functions,
            within=within,
        )
    )
    cells, statuses, kept, warned, codes, is_torn = found

    assert [result for result, _ in cells] == ["done"] * 4
    assert [printed.count("could not record") for _, printed in cells] == [1, 0, 0, 0]
    # Newest first; of the third the start and the end alone could be written, afterwards.
    assert statuses == ["succeeded"] * 5
    assert (kept[:2], kept[2], kept[4]) == ([300, 300], 0, 1)
    assert 0 < kept[3] < 300
    missing = [sum(int(message.split()[0]) for message in messages) for messages in warned]
    assert missing[:2] == [0, 0]
    assert missing[2] >= 300
    assert missing[3] >= 300 - kept[3]
    # A record that ends where the room ends is not torn; the test of the cuts below has each case.
    assert "gaps" in codes
    assert ("damaged" in codes) == is_torn


# Every verb that changes a run, a notebook that is run, and blocks; each in a process of its own
# where the disk itself is full, else in one that may write no more.
DOORS = """
import subprocess, contextlib, io, nbformat
from nbmlops.cli import main

def typed(*words):
    if {apart}:
        said = subprocess.run([sys.executable, "-m", "nbmlops", *words], capture_output=True, text=True)
        return said.returncode, said.stdout, said.stderr
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try: main(list(words))
        except SystemExit as left: return left.code or 0, out.getvalue(), err.getvalue()

notebook = nbformat.v4.new_notebook()
notebook.metadata.kernelspec = {{"name": "python3", "display_name": "p", "language": "python"}}
notebook.cells = [
    nbformat.v4.new_code_cell("depth = 1", metadata={{"tags": ["parameters"]}}),
    nbformat.v4.new_code_cell("print(depth * 14)"),
]
nbformat.write(notebook, "takes.ipynb")
with nbmlops.track("full", name="one") as run: run.log(m=0.5)
assert nbmlops.find_runs().total == 1
fill(0)
changed = [
    typed("runs", *words)
    for words in (("tag", "one", "k=v"), ("note", "one", "x"), ("rename", "one", "two"),
                  ("delete", "one"), ("restore", "one"))
]
ran = typed("pipelines", "run", "takes.ipynb", "-p", "depth=3", "--output", "taken.ipynb")
computed = []
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    current_workspace().store.writer.is_over("journal")
    for _ in range(3):
        with nbmlops.track("full", tags={{"t": "x" * 5000}}) as run:
            nbmlops.log(m=1.0)
            computed.append(6 * 7)
before = [str(warning.message) for warning in told]
free()
answer = [changed, ran, computed, before, typed("runs", "tag", "one", "k=v"),
          [[run.name, str(run.status), run.tags] for run in nbmlops.find_runs(experiment="full")]]
print(json.dumps(answer))
"""


@pytest.mark.parametrize("way", dict.fromkeys((FULL_WAYS[0], FULL_WAYS[-1])))
def test_a_full_disk_at_the_other_doors_is_told_once_and_changes_nothing(
    way: str, workspace_folder: Path, tmp_path: Path
) -> None:
    within, functions = full(way, workspace_folder)
    code = DOORS.format(apart=way != FULL_WAYS[-1])
    done = program(code, tmp_path, before=functions, within=within)
    changed, ran, computed, told, after, runs = answered(done)

    for exit_code, out, err in changed:
        assert (exit_code, out) == (8, ""), err
        assert "Nothing was changed. Free some space" in err
        assert "Traceback" not in err
        assert len(err.splitlines()) == 2
    exit_code, out, err = ran
    assert exit_code == 0, err
    assert "succeeded" in out
    assert (out + err).count("could not record to") == 1
    assert "Traceback" not in err
    assert "Warning" not in err
    taken = nbformat.read(tmp_path / "taken.ipynb", as_version=4)
    assert "42" in str(taken.cells[-1].outputs)
    assert computed == [42] * 3
    assert [message.count("could not record to") for message in told] == [1]
    assert after[0] == 0
    assert [run[1:] for run in runs if run[0] == "one"] == [["succeeded", {"k": "v"}]]
    assert {status for _, status, _ in runs} == {"succeeded"}
    assert len(runs) == 4


# The kernel itself cuts each write after so many bytes, once in the loop that is fast and once in
# the careful way, and takes nothing more until it is told otherwise.
CUTS = """
with nbmlops.track("cut") as run:
    run.log(loss=-1.0, step=0)
    writer = current_workspace().store.writer
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    told = []
    for cut in range(0, 140):
        room = writer.position()[1] + cut
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            {verb}
        took = writer.position()[1] - room + cut
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        run.log(loss=cut + 0.25, step=cut)
        told.append([cut, took])
print(json.dumps([run.id, told]))
"""


@pytest.mark.parametrize(
    "verb", ["nbmlops.log(loss=cut + 0.5, step=cut)", "run.log_params({'p': cut})"]
)
def test_a_write_that_is_cut_anywhere_leaves_no_half_of_a_fact(
    verb: str, workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    run_id, told = answered(program(CUTS.format(verb=verb), tmp_path))
    run = workspace.runs.get(run_id)
    points = [point.value for point in workspace.runs.series(run_id, "loss")]
    whole = {point for point in points if point % 1 == 0.5}
    parts = [
        part
        for path in workspace_folder.glob("journal/**/*.nbj")
        for part in journal.scan(path.read_bytes())
    ]
    torn = sum(part.kind == "bad" for part in parts)

    # What follows a torn record is there, every time.
    assert [point for point in points if point % 1 == 0.25] == [cut + 0.25 for cut in range(140)]
    assert torn >= 60
    cut_short = [cut for cut, took in told if took == cut]
    assert len(cut_short) >= 60
    # One that was not cut, and one that lacks its last newline alone: the next begins behind it.
    assert len([cut for cut in cut_short if cut + 0.5 in whole]) <= 2
    assert len(points) == len(set(points))
    gaps = [warning.message for warning in run.warnings if warning.code == "gap"]
    assert sum(int(message.split()[0]) for message in gaps) >= len(cut_short) - 1


@pytest.mark.parametrize("second", [OSError(28, "full"), MemoryError("none")])
def test_an_end_that_fails_a_second_time_is_said_the_third_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, second: BaseException
) -> None:
    framed, failures = journal.frame, [OSError(28, "full"), second]

    def frame(payload: bytes) -> bytes:
        if b'"run_ended"' in payload and failures:
            raise failures.pop(0)
        return framed(payload)

    monkeypatch.setattr(journal, "frame", frame)
    told = pytest.warns(RuntimeWarning, match="could not record")
    with told, workspace.runs.track("ends", name="owed"):
        pass
    for name in ("next", "after"):
        with workspace.runs.track("ends", name=name) as run:
            run.log(loss=0.5)

    found = workspace.runs.find(experiment="ends")
    assert failures == []
    assert {run.name: run.status for run in found} == dict.fromkeys(
        ("owed", "next", "after"), "succeeded"
    )


@pytest.mark.parametrize("cut", [1, 30, 70, "all but one"])
def test_a_short_write_is_written_again(
    cut: int | str, workspace: Workspace, workspace_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.runs.track("short") as run:
        write, calls = os.write, []

        def short(descriptor: int, data: bytes) -> int:
            calls.append(len(data))
            end = cut if isinstance(cut, int) else len(data) - 1
            return write(descriptor, data[:end]) if len(calls) == 1 else write(descriptor, data)

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", short)
            run.log_params({"depth": 3})
        run.log(loss=0.5)
    report = workspace.store.drain()
    found = workspace.runs.get(run.id)

    assert len(calls) == 2
    assert (found.params, found.metrics) == ({"depth": 3}, {"loss": 0.5})
    assert report.quarantined_count == 0


def test_a_short_write_in_the_fast_loop_is_written_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    run_id = answered(
        program(
            """
            with nbmlops.track("short") as run:
                run.log(loss=-1.0, step=-1)
                for step in range(120):
                    cut = step
                    nbmlops.log(loss=float(step), step=step)
            print(json.dumps(run.id))
            """,
            tmp_path,
            before="""
            write, cut = os.write, None

            def short(descriptor, data):
                global cut
                if cut is None or not data.startswith(b"["):
                    return write(descriptor, data)
                end, cut = min(cut, len(data) - 2), None
                return write(descriptor, data[:end]) if end > 0 else 0

            os.write = short
            """,
        )
    )
    points = workspace.runs.series(run_id, "loss")

    assert [point.value for point in points] == [float(step) for step in range(-1, 120)]


def test_a_disk_error_while_syncing_leaves_the_file_and_flags_the_run(
    workspace: Workspace, workspace_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with workspace.runs.track("eio") as run:
        run.log(loss=0.5, step=0)
        with monkeypatch.context() as patch:
            patch.setattr(journal, "_fdatasync", broken)
            workspace.store.writer.sync()
        with pytest.warns(RuntimeWarning, match="while syncing"):
            run.log(loss=0.4, step=1)
    found = workspace.runs.get(run.id)

    assert len(records(workspace_folder)) == 2
    assert [point.value for point in workspace.runs.series(run.id, "loss")] == [0.5, 0.4]
    assert "durability" in {warning.code for warning in found.warnings}
    assert found.status == "succeeded"


def test_a_disk_that_never_syncs_does_not_use_up_descriptors(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(journal, "_fdatasync", broken)
    monkeypatch.setattr("warnings.showwarning", lambda *told, **more: None)
    with workspace.runs.track("eio"):
        pass
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        with workspace.runs.track("eio") as run:
            run.log(loss=0.5)

    assert len(os.listdir("/proc/self/fd")) <= before + journal.MAX_FAILED_SYNCS
    assert workspace.runs.find(experiment="eio").total == 51
