"""What a cell's trainings with catboost leave in its run."""

from __future__ import annotations

IMPORT = "import catboost as cb\nquiet = {'verbose': 0, 'allow_writing_files': False}\n"


def test_a_class_leaves_its_model_params_data_and_history(tracked, shell):
    run = tracked(
        IMPORT + "model = cb.CatBoostClassifier(n_estimators=9, depth=3, **quiet)\n"
        "model.fit(X, y, eval_set=(X_val, y_val))\n"
    )

    model, own = run.models["model"], shell.ip.user_ns["model"]
    assert model.class_name == "catboost.core.CatBoostClassifier"
    assert set(model.changed) == {"n_estimators", "depth", "verbose", "allow_writing_files"}
    assert model.params["learning_rate"] == own.get_all_params()["learning_rate"]
    assert "iterations" not in model.params  # it was given as n_estimators
    assert model.feature_names == ("age", "pay", "hours")
    assert model.size_bytes > 1000
    assert {name: data.role for name, data in run.datasets.items()} == {
        "X": "train",
        "y": "train",
        "X_val": "test",
        "y_val": "test",
    }
    for data, metrics in own.get_evals_result().items():
        for metric, values in metrics.items():
            assert [point.value for point in run.series(f"{data}-{metric}")] == values
    assert run.metrics["validation-Logloss"] > 0
    assert set(run.metric_sources.values()) == {"CatBoostClassifier.fit"}


def test_train_with_pools(tracked):
    run = tracked(
        IMPORT + "seen, held = cb.Pool(X, y), cb.Pool(X_val, y_val)\n"
        "model = cb.train(seen, {'loss_function': 'Logloss', 'iterations': 5, **quiet}, eval_set=held)\n"
    )

    assert run.models["model"].class_name == "catboost.core.CatBoost"
    assert run.models["model"].train_dataset == "X"
    assert run.params["iterations"] == 5
    assert run.param_sources["iterations"] == "catboost.train"
    assert len(run.series("validation-Logloss")) == 5
    assert run.datasets["X"].role == "train"
    assert run.datasets["X_val"].role == "test"


def test_models_that_a_loop_drops_keep_their_histories(tracked):
    run = tracked(
        IMPORT + "for depth in (1, 2):\n"
        "    cb.CatBoostRegressor(iterations=4, depth=depth, **quiet).fit(X, y)\n"
    )

    assert run.params["depth"] == 2
    assert len(run.series("learn-RMSE")) == 4
    assert len(run.series("learn-RMSE fit 1")) == 4


def test_cross_validation_is_what_it_returns(tracked, shell):
    run = tracked(
        IMPORT + "table = cb.cv(cb.Pool(X, y), {'loss_function': 'Logloss', 'iterations': 5,\n"
        "    'allow_writing_files': False}, fold_count=3, verbose=False)\n"
    )

    table = shell.ip.user_ns["table"]
    assert not run.models
    assert set(run.metrics) == set(table.columns) - {"iterations"}
    assert [point.value for point in run.series("test-Logloss-mean")] == list(
        table["test-Logloss-mean"]
    )
    assert run.params["fold_count"] == 3


def test_a_fit_that_fails_leaves_no_model_and_no_number(tracked):
    run = tracked(IMPORT + "cb.CatBoostClassifier(iterations='many', **quiet).fit(X, y)\n")

    assert run.status == "failed"
    assert not run.metrics
    assert "nbmlops" not in run.error.traceback
