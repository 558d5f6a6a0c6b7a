"""The fitted models are artifacts of a run where that was asked for; their size is told in any case."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

from nbmlops.capture.models import feature_names, size_of
from nbmlops.capture.models.skops_files import canonical
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

FIT = "model = Ridge(alpha=0.5).fit(X, y)\n"
X = np.random.default_rng(0).normal(size=(200, 4))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run(
        "import numpy as np\nfrom sklearn.linear_model import Ridge\n"
        "rng = np.random.default_rng(0)\nX, y = rng.normal(size=(90, 3)), rng.normal(size=90)\n"
    )
    yield opened
    opened.close()


@pytest.fixture
def latest(workspace_folder: Path):
    def get() -> Run:
        return next(iter(open_workspace(workspace_folder).runs.find(experiment="k", limit=1)))

    return get


@pytest.fixture
def kept(workspace_folder: Path):
    def read(run: Run, name: str) -> bytes:
        return open_workspace(workspace_folder).runs.artifact(run.id, name)

    return read


def models_in(run: Run) -> set[str]:
    """The kept models; the profiles of what they learned from stand beside them."""
    return {name for name, artifact in run.artifacts.items() if artifact.kind == "model"}


def test_a_model_is_kept_under_its_name_and_predicts_the_same(shell, latest, kept):
    shell.run("%%track k --silent --keep-models\n" + FIT)
    run = latest()

    model, artifact = run.models["model"], run.artifacts["model.skops"]
    again = skops.io.loads(kept(run, "model.skops"))
    assert not run.warnings
    assert (model.artifact, model.size_bytes) == ("model.skops", artifact.size_bytes)
    assert (artifact.kind, artifact.media_type) == ("model", "application/zip")
    assert model.params["alpha"] == 0.5
    assert np.array_equal(again.coef_, shell.ip.user_ns["model"].coef_)


def test_nothing_is_kept_without_being_asked(shell, latest):
    shell.run("%%track k --silent\n" + FIT)
    run = latest()

    assert not models_in(run)
    assert run.models["model"].artifact is None
    assert run.models["model"].size_bytes > 0


@pytest.mark.parametrize(
    "cell",
    [
        "%track k --silent --keep-models\n" + FIT,
        "%track k --silent\n" + FIT + "%track --keep-models\n",
    ],
)
def test_the_line_inside_of_a_cell_asks_for_it_as_well(shell, latest, cell):
    shell.run(cell)

    assert models_in(latest()) == {"model.skops"}


def test_track_on_and_the_setting_ask_for_it_for_every_cell(shell, latest, monkeypatch, tmp_path):
    shell.run("%track on k --silent --keep-models")
    shell.run(FIT)
    shell.run("%track off")
    assert models_in(latest()) == {"model.skops"}

    (tmp_path / "pyproject.toml").write_text('[tool.nbmlops]\nkeep = "models"\n')
    monkeypatch.setenv("NBMLOPS_EXPERIMENT", "k")  # settings are read again where they changed
    shell.run("%%track k --silent\n" + FIT.replace("model", "other"))
    assert models_in(latest()) == {"other.skops"}

    monkeypatch.setenv("NBMLOPS_KEEP", "")
    shell.run("%%track k --silent\n" + FIT)
    assert not models_in(latest())


def test_equal_models_are_the_same_bytes(shell, latest):
    shell.run("%%track k --silent --keep-models\n" + FIT)
    first = latest().artifacts["model.skops"].digest
    shell.run("%%track k --silent --keep-models\n" + FIT)

    assert latest().artifacts["model.skops"].digest == first


def test_an_artifact_of_the_users_is_not_replaced(shell, latest, kept):
    shell.run(
        "%%track k --silent --keep-models\nimport nbmlops\n"
        "nbmlops.log_artifact(b'mine', name='model.skops')\n" + FIT
    )
    run = latest()

    assert kept(run, "model.skops") == b"mine"
    assert run.models["model"].artifact == "model-2.skops"


def test_what_cannot_be_kept_is_told_and_the_cell_goes_on(shell, latest):
    result = shell.run(
        "%%track k --silent --keep-models\n"
        "from sklearn.base import BaseEstimator, _fit_context\n"
        "class Odd(Ridge):\n"
        "    def __getstate__(self):\n        raise ValueError('not this one')\n"
        "odd = Odd().fit(X, y)\nRidge().fit(X, y)\n'done'"
    )
    run = latest()

    assert result.result == "done"
    assert run.status == "succeeded"
    told = [warning.message for warning in run.warnings if warning.code == "model-not-kept"]
    assert len(told) == 2
    assert any("'odd'" in message and "not this one" in message for message in told)
    assert any("not bound to a name" in message for message in told)


def test_without_skops_the_run_says_what_to_install(shell, latest, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "skops" else find(name)
    )
    shell.run("%%track k --silent --keep-models\n" + FIT)

    (warning,) = latest().warnings
    assert 'pip install "nbmlops[models]"' in warning.message
    assert not models_in(latest())


def test_keeping_changes_neither_the_model_nor_random_numbers_nor_the_duration(shell, latest):
    shell.run("%%track k --silent\nnp.random.seed(0)\n" + FIT + "before = str(vars(model))")
    shell.run(
        "%%track k --silent --keep-models\nnp.random.seed(0)\n"
        + FIT
        + "state = np.random.get_state()"
    )
    shell.run("same = (np.random.get_state()[1] == state[1]).all(), str(vars(model)) == before")

    assert tuple(map(bool, shell.ip.user_ns["same"])) == (True, True)
    run = latest()
    assert run.duration_seconds == pytest.approx(
        (run.ended_at - run.started_at).total_seconds(), abs=1
    )


def test_a_failed_cell_keeps_the_model_that_it_fitted(shell, latest):
    shell.run("%%track k --silent --keep-models\n" + FIT + "1 / 0\n")
    run = latest()

    assert run.status == "failed"
    assert models_in(run) == {"model.skops"}


def test_a_fit_that_failed_is_not_kept(shell, latest):
    shell.run("%%track k --silent --keep-models\nmodel = Ridge(alpha='x')\nmodel.fit(X, y)\n")
    run = latest()

    assert not models_in(run)
    assert "model-not-kept" in {warning.code for warning in run.warnings}


@pytest.mark.parametrize(
    "model", [RandomForestClassifier(5, random_state=0), HistGradientBoostingClassifier(max_iter=5)]
)
def test_dumps_of_one_model_are_the_same_bytes_when_they_are_canonical(model):
    fitted = model.fit(X, Y)
    dumps = [skops.io.dumps(fitted) for _ in range(2)]
    data = {canonical(each) for each in dumps}

    assert dumps[0] != dumps[1]
    (only,) = data
    assert len(only) < len(dumps[0]) / 2
    again = skops.io.loads(only, trusted=skops.io.get_untrusted_types(data=only))
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    with zipfile.ZipFile(BytesIO(only)) as archive:
        assert json.loads(archive.read("schema.json"))["_skops_version"]


def test_a_size_is_about_that_of_the_arrays_or_not_told():
    ridge = Ridge().fit(X, Y)
    forest = RandomForestClassifier(20, random_state=0).fit(X, Y)

    def told(model):
        """The size, which is not told where that took longer than it may."""
        return next(filter(None, (size_of(model) for _ in range(500))))

    assert ridge.coef_.nbytes <= told(ridge) < 1000
    nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    assert 64 * nodes < told(forest) < 200 * nodes + 20_000
    assert told(HistGradientBoostingClassifier(max_iter=3).fit(X, Y)) > 1000
    assert size_of(KNeighborsClassifier(algorithm="kd_tree").fit(X, Y)) is None
    assert size_of(object()) is None
    assert size_of(None) is None


def test_a_size_of_something_that_goes_round_in_circles_comes_to_an_end():
    ridge = Ridge().fit(X, Y)
    ridge.itself = ridge
    ridge.deep = []
    for _ in range(100_000):
        ridge.deep = [ridge.deep]

    assert size_of(ridge) is None
    while ridge.deep:
        ridge.deep = ridge.deep[0]


def test_names_that_a_library_made_up_are_no_feature_names():
    class Booster:
        def feature_name(self):
            return ["Column_0", "Column_1"]

    class Named(Booster):
        feature_names = ("age", "f1")

    assert feature_names(Booster()) == []
    assert feature_names(Named()) == ["age", "f1"]
