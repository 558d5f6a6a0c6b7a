"""Watching a training changes nothing: not its result, not the library, not what stays alive."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest
from trainings import FAILING, TRAININGS

from nbmlops.capture.watching.libraries import LIBRARIES

PLACES = {
    "xgboost.training": ("CallbackContainer.before_training", "Booster.copy"),
    "xgboost.data": ("_is_iter",),
    "lightgbm.engine": ("attrgetter", "Dataset._update_params"),
    "catboost.core": (
        "_CatBoostBase._train",
        "_CatBoostBase._set_trained_model_attributes",
        "Pool._check_data_type",
        "plot_wrapper",
    ),
    "keras.src.callbacks.callback_list": ("CallbackList.on_train_begin",),
    "pytorch_lightning.trainer.trainer": (
        "Trainer._fit_impl",
        "_LoggerConnector.update_train_epoch_metrics",
    ),
}


def at(module: str, place: str) -> object:
    """What stands at a place, without looking it up as a library would."""
    owner, _, name = place.rpartition(".")
    found = sys.modules[module]
    return vars(vars(found)[owner])[name] if owner else vars(found)[name]


def places() -> dict[tuple[str, str], object]:
    return {
        (module, place): at(module, place)
        for module, listed in PLACES.items()
        if module in sys.modules
        for place in listed
    }


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_comes_out_the_same_with_and_without(shell, tracked, name):
    assert shell.run(TRAININGS[name]).success
    without = shell.ip.user_ns["made"]
    random = str(shell.ip.user_ns["np"].random.get_state())
    run = tracked(TRAININGS[name])

    assert run.status == "succeeded"
    assert shell.ip.user_ns["made"] == without
    assert run.models["model"].class_name
    assert name == "keras" or str(shell.ip.user_ns["np"].random.get_state()) == random


@pytest.mark.parametrize("name", FAILING)
def test_an_error_of_the_library_has_no_frame_of_ours(shell, tracked, name):
    error = shell.run(FAILING[name]).error_in_exec
    assert error is not None
    run = tracked(FAILING[name])

    assert run.status == "failed"
    assert run.error.type.rpartition(".")[2] == type(error).__name__
    trace, files = sys.last_value.__traceback__, []
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    assert not [file for file in files if "nbmlops" in file and "testing" not in file]


def test_every_place_is_there_in_the_version_that_is_installed(shell):
    for training in TRAININGS.values():
        shell.run(training)

    assert len(places()) == sum(map(len, PLACES.values()))
    assert {module for library in LIBRARIES for module in library.modules} - set(PLACES) == {
        "sklearn.base",
        "sklearn.utils._param_validation",
        "sklearn.utils.validation",
        "sklearn.model_selection._validation",
        "sklearn.preprocessing._label",
        "lightning.pytorch.trainer.trainer",  # the same code under another name
    }


@pytest.mark.parametrize("cell", [*TRAININGS.values(), *FAILING.values()])
def test_everything_is_as_it_was_after_the_cell(shell, tracked, cell):
    shell.run(cell)
    before = places(), list(sys.meta_path), sys.getprofile()
    tracked(cell)
    after = places(), list(sys.meta_path), sys.getprofile()

    assert after[1:] == before[1:]
    assert all(after[0][place] is stood for place, stood in before[0].items())


@pytest.mark.parametrize("name", TRAININGS)
def test_nothing_is_kept_alive(shell, tracked, name):
    tracked(TRAININGS[name] + "\ncopy = X.copy()\n")
    gone = [weakref.ref(shell.ip.user_ns[each]) for each in ("model", "copy")]
    shell.run("del model, copy\nmatrix = trainer = None\n_ = __ = ___ = None\nOut.clear()")
    gc.collect()

    assert [each() for each in gone] == [None, None]


def test_a_library_that_was_not_imported_is_not_imported(tmp_path):
    import subprocess

    code = (
        "import sys; from nbmlops.testing import Shell; shell = Shell()\n"
        "shell.run('%%track l --silent\\nfrom sklearn.dummy import DummyClassifier\\n"
        "m = DummyClassifier().fit([[0], [1]], [0, 1])')\n"
        "print([n for n in ('xgboost', 'lightgbm', 'catboost', 'keras', 'torch') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )

    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_another_version_of_a_library_is_left_alone(shell, tracked, monkeypatch):
    import xgboost

    monkeypatch.setattr(xgboost, "__version__", "4.0.0")
    run = tracked(TRAININGS["xgboost"])

    assert run.status == "succeeded"
    assert set(run.models) == {"model"}  # for the cell says that it is fitted
    assert not run.metrics  # but its history is what only a known version tells
    assert not run.warnings


def test_trainings_in_threads_of_the_users_are_seen(shell, tracked):
    run = tracked(
        "import threading, xgboost as xgb\n"
        "def learn(name):\n"
        "    globals()[name] = xgb.XGBClassifier(n_estimators=3, n_jobs=1).fit(\n"
        "        X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
        "threads = [threading.Thread(target=learn, args=(name,)) for name in 'abc']\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
    )

    assert set(run.models) == {"a", "b", "c"}
    assert sum("logloss" in name for name in run.metrics) == 3
