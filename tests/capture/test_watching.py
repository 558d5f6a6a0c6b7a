"""What a cell's calls into scikit-learn leave in its run, in a real shell with the real library."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

DATA = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["age", "pay", "hours"])
label = (frame["age"] + rng.normal(size=200) > 0).astype(int)
X_train, X_test, y_train, y_test = frame[:150], frame[150:], label[:150], label[150:]
"""


def test_a_fit_leaves_the_model_its_params_and_what_it_learned_from(tracked):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression\n"
        "model = LogisticRegression(C=0.5, max_iter=300).fit(X_train, y_train)\n"
    )

    assert not run.warnings
    model = run.models["model"]
    assert model.class_name.endswith("LogisticRegression")
    assert set(model.changed) == {"C", "max_iter"}
    assert model.params["C"] == 0.5
    assert model.params["fit_intercept"] is True
    assert model.feature_names == ("age", "pay", "hours")
    assert model.train_dataset == "X_train"
    assert run.params["C"] == 0.5
    assert run.params["max_iter"] == 300
    assert run.param_sources["C"] == "LogisticRegression.fit"
    assert run.datasets["X_train"].role == "train"
    assert run.datasets["X_train"].row_count == 150
    assert [column.name for column in run.datasets["X_train"].columns] == [
        "index",
        "age",
        "pay",
        "hours",
    ] or [column.name for column in run.datasets["X_train"].columns] == ["age", "pay", "hours"]
    assert run.datasets["y_train"].role == "train"


def test_scores_are_metrics_named_after_their_name_else_their_function(tracked):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.metrics import accuracy_score, f1_score, roc_auc_score\n"
        "model = LogisticRegression().fit(X_train, y_train)\n"
        "auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])\n"
        "print(f1_score(y_test, model.predict(X_test)))\n"
        "model.score(X_test, y_test)\n"
    )

    assert set(run.metrics) == {"auc", "f1_score", "score"}
    assert run.metric_sources == {"auc": "roc_auc_score", "f1_score": "f1_score", "score": "score"}
    assert 0.5 < run.metrics["auc"] <= 1
    assert run.datasets["X_test"].role == "test"


def test_functions_imported_by_earlier_cells_and_called_in_functions_are_seen(tracked, shell):
    shell.run(
        "from sklearn.tree import DecisionTreeClassifier\n"
        "from sklearn.metrics import accuracy_score\n"
        "def attempt(depth):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X_train, y_train)\n"
        "    return accuracy_score(y_test, tree.predict(X_test))\n"
    )
    run = tracked("for depth in (1, 2, 3):\n    acc = attempt(depth)\n")

    assert run.params["max_depth"] == 3
    assert run.models["DecisionTreeClassifier"].changed
    (name,) = [each for each in run.metrics if run.metric_sources[each] == "accuracy_score"]
    assert [point.step for point in run.series(name)] == [0, 1, 2]


def test_pipelines_and_searches_are_one_fit_with_nested_params(tracked):
    run = tracked(
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "pipeline = make_pipeline(StandardScaler(), Ridge(alpha=3.0)).fit(X_train, y_train)\n"
        "search = GridSearchCV(Ridge(), {'alpha': [0.1, 1.0]}, cv=3).fit(X_train, y_train)\n"
    )

    assert set(run.models) == {"pipeline", "search"}
    assert run.params["ridge__alpha"] == 3.0
    assert run.params["best.alpha"] in (0.1, 1.0)
    assert "best_score" in run.metrics
    assert "best_score std" in run.metrics


def test_a_loop_of_scores_is_one_series(tracked):
    run = tracked(
        "from sklearn.metrics import mean_squared_error\n"
        "for power in range(1, 6):\n"
        "    print(mean_squared_error([1.0, 2.0], [1.0, 2.0 + 1 / power]))\n"
    )

    series = run.series("mean_squared_error")
    assert [round(point.value, 6) for point in series] == [0.5, 0.125, 0.055556, 0.03125, 0.02]
    assert set(run.metrics) == {"mean_squared_error"}


def test_a_loop_of_scores_that_were_logged_is_kept_once(tracked):
    run = tracked(
        "import nbmlops\n"
        "from sklearn.metrics import mean_absolute_error, mean_squared_error\n"
        "for power in (1, 2, 3, 4, 5, 6):\n"
        "    nbmlops.log(loss=mean_squared_error([1.0], [1.0 + 1 / power]), step=power)\n"
        "    print(mean_absolute_error([1.0], [1.0 + 1 / power]))\n"
    )

    assert set(run.metrics) == {"loss", "mean_absolute_error"}
    assert [point.step for point in run.series("loss")] == [1, 2, 3, 4, 5, 6]


def test_the_same_function_on_two_data_sets_is_two_metrics(tracked):
    run = tracked(
        "from sklearn.metrics import accuracy_score\n"
        "print(accuracy_score(y_train, y_train * 0))\n"
        "print(accuracy_score(y_test, y_test * 0))\n"
    )

    assert set(run.metrics) == {"accuracy_score", "accuracy_score y_test"}


def test_a_score_that_was_logged_is_not_kept_twice(tracked):
    run = tracked(
        "import nbmlops\n"
        "from sklearn.metrics import accuracy_score\n"
        "nbmlops.log({'val/acc': accuracy_score(y_test, y_test * 0)})\n"
    )

    assert set(run.metrics) == {"val/acc"}


@pytest.mark.parametrize(
    "given",
    [
        "share=accuracy_score(y_test, y_test * k)",
        "{'share': float(accuracy_score(y_test, y_test * k))}",
    ],
)
def test_scores_that_a_loop_logs_are_not_kept_twice(tracked, given):
    run = tracked(
        "import nbmlops\n"
        "from sklearn.metrics import accuracy_score\n"
        f"for k in range(3):\n    nbmlops.log({given}, step=k)\n"
        "nbmlops.log(gap=1 - accuracy_score(y_test, y_test))\n"
    )

    assert set(run.metrics) == {"share", "gap", "accuracy_score"}
    assert run.metrics["accuracy_score"] == 1.0  # which is in no metric as it is
    assert len(run.series("share")) == 3


def test_everything_is_as_it_was_after_the_cell(tracked, shell):
    import sklearn.base
    import sklearn.utils._param_validation as validation

    before = sklearn.base.get_config, validation.get_config, list(sys.meta_path), sys.getprofile()
    tracked(
        "from sklearn.linear_model import Ridge\n"
        "model = Ridge().fit(X_train, y_train)\nmodel.score(X_test, y_test)\n"
    )
    tracked("from sklearn.metrics import r2_score\nr2_score([1, 2], [1])\n")
    tracked("from sklearn.linear_model import Ridge\nRidge(alpha='x').fit(X_train, y_train)\n")
    tracked("raise KeyboardInterrupt\n")

    after = sklearn.base.get_config, validation.get_config, list(sys.meta_path), sys.getprofile()
    assert after == before


@pytest.mark.parametrize(
    "cell",
    [
        "from sklearn.metrics import r2_score\nr2_score([1, 2], [1])\n",
        "from sklearn.linear_model import Ridge\nRidge(alpha='x').fit(X_train, y_train)\n",
        "from sklearn.linear_model import Ridge\nRidge().predict(X_train)\n",
        "from sklearn.linear_model import no_such_thing\n",
    ],
)
def test_an_error_of_the_library_has_no_frame_of_ours(tracked, shell, cell):
    run = tracked(cell)

    assert run.status == "failed"
    assert "nbmlops" not in run.error.traceback
    trace, files = sys.last_value.__traceback__, []
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    assert not [file for file in files if "nbmlops" in file and "testing" not in file]


def test_nothing_is_kept_alive(tracked, shell):
    tracked(
        "from sklearn.linear_model import Ridge\n"
        "copy = X_train.copy()\n"
        "model = Ridge(alpha=2.0).fit(copy, y_train)\nmodel.score(copy, y_train)\n"
    )
    gone = weakref.ref(shell.ip.user_ns["model"]), weakref.ref(shell.ip.user_ns["copy"])
    shell.run("del model, copy")
    shell.run("_ = __ = ___ = None\nOut.clear()")
    gc.collect()

    assert [each() for each in gone] == [None, None]


def test_a_profiler_of_the_users_stays_theirs(tracked, shell):
    run = tracked(
        "import cProfile\n"
        "from sklearn.metrics import accuracy_score\n"
        "with cProfile.Profile() as profile:\n"
        "    print(accuracy_score([0, 1], [0, 1]))\n"
        "counted = len(profile.getstats()) > 10\n"
        "counted\n"
    )

    assert shell.ip.user_ns["counted"]
    assert run.status == "succeeded"


@pytest.mark.in_its_share
def test_the_first_calls_of_a_cell_are_seen_however_slow_the_machine_is(tracked, monkeypatch):
    for name in ("FREE_SECONDS", "SHARE"):
        monkeypatch.setattr(f"nbmlops.capture.watching.watch.{name}", 0.0)
    some, many = (
        tracked(
            "from sklearn.dummy import DummyClassifier\n"
            f"for _ in range({count}):\n"
            "    DummyClassifier().fit([[0], [1]], [0, 1]).score([[0]], [0])\n"
        )
        for count in (5, 200)
    )

    assert [model.fit_count for model in some.models.values()] == [5]
    assert len(some.series("score")) == 5
    assert sum(model.fit_count for model in many.models.values()) < 200
    assert "partial" in {warning.code for warning in many.warnings}


@pytest.mark.in_its_share
def test_a_loop_of_many_fits_stays_within_its_time(tracked):
    run = tracked(
        "import time\n"
        "from sklearn.dummy import DummyClassifier\n"
        "for _ in range(3000):\n    DummyClassifier().fit([[0], [1]], [0, 1])\n"
    )

    (model,) = run.models.values()
    assert model.class_name.endswith("DummyClassifier")
    assert model.fit_count == 3000 or "partial" in {warning.code for warning in run.warnings}
