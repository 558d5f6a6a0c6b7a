"""The verbs on runs, as `import nbmlops` has them."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nbmlops
from nbmlops.errors import (
    AmbiguousRunError,
    ArtifactNotFoundError,
    InvalidNameError,
    InvalidValueError,
    NotDeletedError,
    RunEndedError,
    RunNotFoundError,
)
from nbmlops.workspace import Workspace


def test_a_block_is_recorded_whole(workspace: Workspace) -> None:
    with nbmlops.track("churn", name="baseline", tags={"team": "risk"}) as run:
        nbmlops.log_params({"depth": 8, "lr": 0.1, "features": ["a", "b"]})
        nbmlops.log(loss=0.5, step=0)
        nbmlops.log(loss=0.25, step=1)
        nbmlops.log({"val/auc": 0.9}, step=3)
        nbmlops.set_note("# first try")

    found = nbmlops.get_run(run.id)

    assert found.id == run.id
    assert (found.name, found.experiment, found.status) == ("baseline", "churn", "succeeded")
    assert found.params == {"depth": 8, "lr": 0.1, "features": ["a", "b"]}
    assert found.metrics == {"loss": 0.25, "val/auc": 0.9}
    assert [(p.step, p.value) for p in found.series("loss")] == [(0, 0.5), (1, 0.25)]
    assert found.tags == {"team": "risk"}
    assert found.note == "# first try"
    assert found.started_at.tzinfo is not None
    assert found.ended_at is not None
    assert found.duration_seconds is not None
    assert found.duration_seconds >= 0
    assert found.error is None
    assert found.parent_id is None
    assert found.environment is not None
    assert found.environment.python == ".".join(map(str, sys.version_info[:3]))
    assert "orjson" in found.environment.packages
    assert found.resources is not None
    assert found.user
    assert found.host


def test_a_failed_block_is_a_failed_run_and_the_error_is_the_users(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError) as raised, nbmlops.track("churn") as run:
        1 / 0

    found = nbmlops.get_run(run.id)

    assert found.status == "failed"
    assert found.error is not None
    assert found.error.type == "ZeroDivisionError"
    assert "1 / 0" in found.error.traceback
    assert all("nbmlops/capture" not in str(entry.path) for entry in raised.traceback)


def test_an_interrupted_block_is_cancelled(workspace: Workspace) -> None:
    with pytest.raises(KeyboardInterrupt), nbmlops.track("churn") as run:
        raise KeyboardInterrupt

    assert nbmlops.get_run(run.id).status == "cancelled"


def test_nested_blocks_are_children(workspace: Workspace) -> None:
    with nbmlops.track("churn") as outer:
        with nbmlops.track(name="inner") as inner:
            nbmlops.log(a=1)
        nbmlops.log(b=2)

    assert nbmlops.get_run(inner.id).parent_id == outer.id
    assert nbmlops.get_run(inner.id).experiment == "churn"
    assert nbmlops.get_run(inner.id).metrics == {"a": 1}
    assert nbmlops.get_run(outer.id).metrics == {"b": 2}
    assert [child.id for child in workspace.runs.children(outer.id)] == [inner.id]


def test_a_run_can_be_sent_to_another_process_and_be_a_key(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    with nbmlops.track("churn", name="sent", params={"depth": 8}):
        for step in range(3):
            nbmlops.log(loss=1 / (step + 1), step=step)
    run = nbmlops.get_run("sent")
    (tmp_path / "run.pickle").write_bytes(pickle.dumps(run))
    program = (
        "import pickle, sys\n"
        "run = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(run.name, run.params, [point.value for point in run.series('loss')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "run.pickle")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "sent {'depth': 8} [1.0, 0.5, 0.3333333333333333]\n"
    assert str(workspace_folder).encode() not in (tmp_path / "run.pickle").read_bytes()
    for other in (pickle.loads(pickle.dumps(run)), copy.copy(run), copy.deepcopy(run)):
        assert other == run
        assert {run: "known"}[other] == "known"
        assert len(other.series("loss")) == 3


def test_a_run_names_itself_wherever_a_run_is_asked_for(workspace: Workspace) -> None:
    with nbmlops.track("churn", name="größe") as run:
        nbmlops.log(auc=0.9, step=1)
        nbmlops.log_artifact(b"bytes", name="a.bin")
        assert repr(run) == f"<Run {run.id[-8:]} 'gr\\xf6\\xdfe' in 'churn', running>"
    before = nbmlops.get_run(run)
    workspace.runs.set_tags(before, {"team": "risk"})

    for one in (run, before):
        now = nbmlops.get_run(one)
        assert (now.id, now.tags) == (run.id, {"team": "risk"})
        assert [point.value for point in workspace.runs.series(one, "auc")] == [0.9]
        assert workspace.runs.artifact(one, "a.bin") == b"bytes"
        assert workspace.runs.children(one) == []
    workspace.runs.delete(run)
    assert nbmlops.get_run(before).deleted_at is not None


def test_what_was_recorded_can_be_renamed_tagged_noted_deleted_and_restored(
    workspace: Workspace,
) -> None:
    with nbmlops.track("edit") as run:
        nbmlops.set_tags({"old": "1"})

    assert workspace.runs.rename(run.id, "better name").name == "better name"
    assert workspace.runs.set_tags(run.id, {"new": "2"}, remove=["old"]).tags == {"new": "2"}
    assert workspace.runs.set_note(run.id, "note").note == "note"
    assert workspace.runs.delete(run.id, why="a typo").deleted_at is not None
    assert len(nbmlops.find_runs(experiment="edit")) == 0
    assert len(workspace.runs.find(experiment="edit", deleted=True)) == 1
    assert workspace.runs.restore(run.id).deleted_at is None
    assert len(nbmlops.find_runs(experiment="edit")) == 1


def test_purge_needs_a_deleted_run_and_a_reason(workspace: Workspace) -> None:
    with nbmlops.track("purge") as run:
        nbmlops.log_artifact(b"private", name="data.bin")

    with pytest.raises(NotDeletedError, match="not deleted"):
        workspace.runs.purge(run.id, why="privacy")
    workspace.runs.delete(run.id)
    with pytest.raises(InvalidValueError, match="reason"):
        workspace.runs.purge(run.id, why=" ")
    digests = workspace.runs.purge(run.id, why="privacy")

    assert len(digests) == 1
    assert not workspace.store.artifacts.has(digests[0])


def test_artifacts_come_back_as_they_went_in(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("<b>report</b>")
    with nbmlops.track("artifacts") as run:
        kept = nbmlops.log_artifact(file)
        nbmlops.log_artifact(b"\x00\x01", name="raw/data.bin")

    found = nbmlops.get_run(run.id)

    assert kept.media_type == "text/html"
    assert set(found.artifacts) == {"report.html", "raw/data.bin"}
    assert workspace.runs.artifact(run.id, "report.html") == b"<b>report</b>"
    assert workspace.runs.artifact("last", "raw/data.bin") == b"\x00\x01"
    with pytest.raises(ArtifactNotFoundError, match=r"report\.html"):
        workspace.runs.artifact(run.id, "report.htm")
    with nbmlops.track("artifacts"), pytest.raises(InvalidNameError):
        nbmlops.log_artifact(b"x", name="../escape")
    with nbmlops.track("artifacts"), pytest.raises(InvalidValueError, match="no such file"):
        nbmlops.log_artifact(tmp_path / "missing.txt")


def test_figures_are_kept_as_pictures(workspace: Workspace) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2])
    with nbmlops.track("figures") as run:
        nbmlops.log_figure(figure, name="curve")
        nbmlops.log_figure(axes)
    plt.close(figure)

    found = nbmlops.get_run(run.id)

    assert found.artifacts["curve.png"].kind == "figure"
    assert workspace.runs.artifact(run.id, "curve.png").startswith(b"\x89PNG")
    assert "figure-2.png" in found.artifacts


def test_a_run_is_named_by_any_unique_part(workspace: Workspace) -> None:
    with nbmlops.track("names", name="alpha one") as first:
        pass
    with nbmlops.track("names", name="alpha two"):
        pass

    assert nbmlops.get_run(first.id[-8:]).id == first.id
    assert nbmlops.get_run("alpha one").id == first.id
    with pytest.raises(AmbiguousRunError):
        nbmlops.get_run(first.id[:6])
    with pytest.raises(RunNotFoundError, match="nothing"):
        nbmlops.get_run("nothing-like-it")


def test_an_ended_run_takes_no_more_records(workspace: Workspace) -> None:
    with nbmlops.track("ended") as run:
        pass

    with pytest.raises(RunEndedError):
        run.log(late=1.0)
    with pytest.raises(RunEndedError):
        run.log_params({"late": 1})
    assert nbmlops.get_run(run.id).metrics == {}


def test_what_cannot_be_recorded_is_a_warning_or_raises_when_strict(workspace: Workspace) -> None:
    with nbmlops.track("strict") as run, pytest.warns(UserWarning, match="not a number"):
        nbmlops.log(good=1.0, bad=object())
    with nbmlops.track("strict", strict=True), pytest.raises(InvalidValueError):
        nbmlops.log(bad="text")

    found = nbmlops.get_run(run.id)
    assert found.metrics == {"good": 1.0}
    assert any("'bad'" in warning.message for warning in found.warnings)


@pytest.mark.parametrize("step", ["x", "3", 0.5, 2**70, [1]])
def test_a_step_that_is_none_is_told_as_a_step(workspace: Workspace, step: object) -> None:
    with nbmlops.track("steps") as run, pytest.warns(UserWarning, match="Step") as told:
        nbmlops.log(loss=0.1, step=step)
    with nbmlops.track("steps", strict=True), pytest.raises(InvalidValueError, match="Step"):
        nbmlops.log(loss=0.1, step=step)

    (warning,) = nbmlops.get_run(run.id).warnings
    assert warning.message in str(told[0].message)
    assert "step=3" in warning.message
    assert "Metric" not in warning.message
    assert "log_params" not in warning.message


def _fail_strictly() -> None:
    nbmlops.log(loss="text")


@pytest.mark.parametrize("chained", [False, True])
def test_the_recorded_traceback_of_a_strict_run_is_the_users_own(
    workspace: Workspace, chained: bool
) -> None:
    def fail() -> None:
        try:
            _fail_strictly()
        except InvalidValueError as error:
            if chained:
                raise RuntimeError("mine") from error
            raise

    expected = RuntimeError if chained else InvalidValueError
    with pytest.raises(expected), nbmlops.track("strict", strict=True) as run:
        fail()

    found = nbmlops.get_run(run.id).error
    assert found is not None
    assert "_fail_strictly()" in found.traceback
    assert 'nbmlops.log(loss="text")' in found.traceback
    assert "InvalidValueError: Metric 'loss'" in found.traceback
    files = re.findall(r'File "([^"]+)"', found.traceback)
    assert set(files) == {__file__}


def test_a_script_records_itself(workspace_folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import nbmlops\nnbmlops.log(loss=0.5)\nnbmlops.log(loss=0.25)\n")
    subprocess.run([sys.executable, str(script)], check=True, cwd=tmp_path)

    (run,) = nbmlops.find_runs()

    assert run.experiment == "train"
    assert run.kind == "script"
    assert run.status == "succeeded"
    assert run.metrics == {"loss": 0.25}
    assert run.cell is not None
    assert "log(loss=0.25)" in run.cell.source
    assert run.cell.notebook_name == "train.py"


def test_the_git_state_is_recorded_without_credentials(
    workspace_folder: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "project"
    repository.mkdir()
    (repository / "train.py").write_text("import nbmlops\nwith nbmlops.track('git'): pass\n")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(
            command, cwd=repository, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q", "-b", "trunk")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("remote", "add", "origin", "https://me:s3cr3tV4lue@example.org/r.git")
    with (repository / "train.py").open("a") as file:
        file.write("api_key = 'abcdef123'\n")
    subprocess.run([sys.executable, "train.py"], check=True, cwd=repository)

    (run,) = nbmlops.find_runs()

    assert run.git is not None
    assert run.git.commit == git("rev-parse", "HEAD")
    assert run.git.branch == "trunk"
    assert run.git.dirty
    assert "s3cr3tV4lue" not in (run.git.remote or "")
    assert "example.org" in (run.git.remote or "")
    assert "+api_key = '[redacted]'" in run.git.diff


def test_exported_runs_are_equal_in_another_workspace(workspace: Workspace, tmp_path: Path) -> None:
    with nbmlops.track("travel", name="one") as run:
        for step in range(5):
            nbmlops.log(loss=1 / (step + 1), step=step)
        nbmlops.log_artifact(b"bytes", name="a.bin")
    file = workspace.runs.export("travel", tmp_path / "travel.zip")
    other = nbmlops.open_workspace(tmp_path / "other")

    imported = other.runs.import_(file)

    assert imported == [run.id]
    ours, theirs = nbmlops.get_run(run.id), other.runs.get(run.id)
    assert theirs.metrics == ours.metrics
    assert theirs.params == ours.params
    assert [p.value for p in theirs.series("loss")] == [p.value for p in ours.series("loss")]
    assert other.runs.artifact(run.id, "a.bin") == b"bytes"
    assert other.runs.import_(file) == []
    other.store.close()


def test_environments_are_shared_by_runs(workspace: Workspace) -> None:
    ids = []
    for _ in range(3):
        with nbmlops.track("shared") as run:
            ids.append(run.id)

    environments = [nbmlops.get_run(each).environment for each in ids]
    assert len({each.digest for each in environments if each is not None}) == 1
    assert None not in environments


def test_a_run_is_compared_with_the_one_most_like_it(workspace: Workspace) -> None:
    with nbmlops.track("like") as first:
        nbmlops.log(auc=0.5)
    with nbmlops.track("like"):
        nbmlops.log(rows=3.0)
    with nbmlops.track("like") as run:
        nbmlops.log(auc=0.75)

    history = workspace.runs.history_of(nbmlops.get_run(run.id))

    assert history.previous is not None
    assert history.previous.id == first.id
    assert history.best["auc"].value == 0.5


def test_a_damaged_database_does_not_hold_a_headless_cell(
    workspace_folder: Path, tmp_path: Path
) -> None:
    import time

    from nbmlops.testing import Kernel

    workspace_folder.mkdir()
    (workspace_folder / "workspace.db").write_bytes(b"no database at all" * 1000)

    with Kernel(metadata={}, folder=tmp_path) as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run("%%track held\nfirst = 1.0 * 2")
        began = time.monotonic()
        answers = [kernel.run("%%track held\nnumber = 1.0 * 2") for _ in range(3)]
        spent = time.monotonic() - began

    assert [answer.status for answer in answers] == ["ok"] * 3
    assert all(answer.cards for answer in answers)
    assert spent < 3 * 5  # each would wait five seconds for the tables


def test_a_run_has_its_environment_while_it_runs(workspace: Workspace) -> None:
    with nbmlops.track("early") as run:
        assert nbmlops.get_run(run.id).environment is not None
