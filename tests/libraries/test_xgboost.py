"""What a cell's trainings with xgboost leave in its run."""

from __future__ import annotations

IMPORT = "import xgboost as xgb\n"


def test_a_class_leaves_its_model_params_data_and_history(tracked):
    run = tracked(
        IMPORT
        + "model = xgb.XGBClassifier(n_estimators=9, max_depth=3, eval_metric=['logloss', 'auc'])\n"
        "model.fit(X, y, eval_set=[(X, y), (X_val, y_val)], verbose=False)\n"
    )

    assert run.status == "succeeded"
    assert not run.warnings
    model = run.models["model"]
    assert model.class_name == "xgboost.sklearn.XGBClassifier"
    assert set(model.changed) == {"n_estimators", "max_depth", "eval_metric"}
    assert "learning_rate" in model.params
    assert model.feature_names == ("age", "pay", "hours")
    assert model.train_dataset == "X"
    assert model.size_bytes > 1000
    assert run.params == {"n_estimators": 9, "max_depth": 3, "eval_metric": ["logloss", "auc"]}
    assert set(run.param_sources.values()) == {"XGBClassifier.fit"}
    assert {name: data.role for name, data in run.datasets.items()} == {
        "X": "train",
        "y": "train",
        "X_val": "test",
        "y_val": "test",
    }
    assert set(run.metrics) == {
        f"validation_{at}-{name}" for at in (0, 1) for name in ("logloss", "auc")
    }
    assert set(run.metric_sources.values()) == {"XGBClassifier.fit"}


def test_a_history_is_what_the_library_itself_says(tracked, shell):
    run = tracked(
        IMPORT + "model = xgb.XGBClassifier(n_estimators=7).fit(\n"
        "    X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
    )

    own = shell.ip.user_ns["model"].evals_result()["validation_0"]["logloss"]
    series = run.series("validation_0-logloss")
    assert [point.value for point in series] == own
    assert [point.step for point in series] == list(range(7))
    assert run.metrics["validation_0-logloss"] == own[-1]


def test_early_stopping_tells_the_round_it_chose(tracked, shell):
    run = tracked(
        IMPORT + "model = xgb.XGBClassifier(n_estimators=60, early_stopping_rounds=4).fit(\n"
        "    X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
    )

    assert run.metrics["best_iteration"] == shell.ip.user_ns["model"].best_iteration
    assert len(run.series("validation_0-logloss")) == run.metrics["best_iteration"] + 5


def test_train_with_matrices_of_an_earlier_cell(tracked, shell):
    made = tracked(
        IMPORT
        + "seen = xgb.DMatrix(X, y); held = xgb.DMatrix(X_val[['age', 'pay', 'hours']], y_val)"
    )
    run = tracked(
        "booster = xgb.train({'max_depth': 2, 'objective': 'binary:logistic'}, seen, 6,\n"
        "    evals=[(seen, 'train'), (held, 'held')], verbose_eval=False)\n"
    )

    assert {data.role for data in made.datasets.values()} == {"read"}
    assert run.models["booster"].class_name == "xgboost.core.Booster"
    assert run.models["booster"].feature_names == ("age", "pay", "hours")
    assert run.models["booster"].train_dataset == "X"
    assert run.params == {"max_depth": 2, "objective": "binary:logistic", "num_boost_round": 6}
    assert set(run.metrics) == {"train-logloss", "held-logloss"}
    assert run.metric_sources["held-logloss"] == "xgboost.train"
    assert run.datasets["X"].role == "train"
    assert run.datasets["X"].digest == made.datasets["X"].digest
    assert {data.role for name, data in run.datasets.items() if name not in ("X", "y")} == {"test"}


def test_cross_validation_is_mean_and_spread_over_rounds_and_no_model(tracked, shell):
    run = tracked(
        IMPORT + "table = xgb.cv({'objective': 'binary:logistic'}, xgb.DMatrix(X, y), 5, nfold=4)\n"
    )

    table = shell.ip.user_ns["table"]
    assert not run.models
    assert set(run.metrics) == set(table.columns)
    assert [point.value for point in run.series("test-logloss-mean")] == list(
        table["test-logloss-mean"]
    )
    assert run.params == {"objective": "binary:logistic", "num_boost_round": 5, "nfold": 4}
    assert run.metric_sources["test-logloss-std"] == "xgboost.cv"


def test_fits_in_a_function_of_an_earlier_cell_keep_a_history_each(tracked, shell):
    shell.run(
        IMPORT + "def attempt(depth):\n"
        "    clf = xgb.XGBClassifier(n_estimators=4, max_depth=depth)\n"
        "    clf.fit(X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
        "    return clf.score(X_val, y_val)\n"
    )
    run = tracked("for depth in (1, 2, 3):\n    acc = attempt(depth)\n")

    assert run.params["max_depth"] == 3
    assert run.models["clf"].feature_names == ("age", "pay", "hours")
    assert [point.step for point in run.series("acc")] == [0, 1, 2]
    for name in ("", " fit 1", " fit 2"):
        assert len(run.series(f"validation_0-logloss{name}")) == 4


def test_two_models_have_two_histories(tracked):
    run = tracked(
        IMPORT
        + "a = xgb.XGBClassifier(n_estimators=3).fit(X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
        "b = xgb.XGBClassifier(n_estimators=5).fit(X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
    )

    assert len(run.series("validation_0-logloss")) == 3
    assert len(run.series("b.validation_0-logloss")) == 5
    assert run.params == {"n_estimators": 3, "b.n_estimators": 5}


def test_a_number_that_was_assigned_is_the_series_and_one_that_was_logged_stays_alone(tracked):
    fit = (
        IMPORT + "import nbmlops\nm = xgb.XGBClassifier(n_estimators=4).fit(\n"
        "    X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
        "losses = m.evals_result()['validation_0']['logloss']\n"
    )
    assigned = tracked(fit + "held_out_loss = losses[-1]\n")
    logged = tracked(fit + "nbmlops.log({'val/loss': losses[-1]})\n")

    assert set(assigned.metrics) == {"held_out_loss"}
    assert assigned.metric_sources["held_out_loss"] == "XGBClassifier.fit"
    assert len(assigned.series("held_out_loss")) == 4
    assert set(logged.metrics) == {"val/loss"}


def test_a_training_that_fails_keeps_the_rounds_it_reached(tracked):
    run = tracked(
        IMPORT + "def odd(predicted, matrix):\n"
        "    odd.count += 1\n"
        "    if odd.count > 3:\n        raise ValueError('mine')\n"
        "    return 'odd', 0.5 * odd.count\n"
        "odd.count = 0\n"
        "xgb.train({}, xgb.DMatrix(X, y), 9, evals=[(xgb.DMatrix(X_val, y_val), 'val')],\n"
        "    custom_metric=odd, verbose_eval=False)\n"
    )

    assert run.status == "failed"
    assert [point.value for point in run.series("val-odd")] == [0.5, 1.0, 1.5]
    assert "nbmlops" not in run.error.traceback


def test_histories_can_be_left_out(tracked):
    run = tracked(
        IMPORT
        + "m = xgb.XGBClassifier(n_estimators=4).fit(X, y, eval_set=[(X_val, y_val)], verbose=False)\n",
        "--skip histories",
    )

    assert not run.metrics
    assert run.models["m"].params["n_estimators"] == 4


def test_a_long_training_is_kept_evenly_with_its_extremes(tracked, shell):
    run = tracked(
        IMPORT + "m = xgb.XGBRegressor(n_estimators=2500, max_depth=1).fit(\n"
        "    X[:40], y[:40], eval_set=[(X_val[:20], y_val[:20])], verbose=False)\n"
    )

    own = shell.ip.user_ns["m"].evals_result()["validation_0"]["rmse"]
    points = {point.step: point.value for point in run.series("validation_0-rmse")}
    assert 1000 <= len(points) <= 1010
    assert all(own[step] == value for step, value in points.items())
    assert {0, 2499} <= points.keys()
    assert min(own) in points.values()
    assert "partial" in {warning.code for warning in run.warnings}


def test_of_very_many_fits_the_last_ones_count(tracked):
    run = tracked(
        IMPORT + "matrix = xgb.DMatrix(X[:20], y[:20])\n"
        "for rounds in range(1, 13):\n"
        "    booster = xgb.train({}, matrix, rounds, evals=[(matrix, 'seen')], verbose_eval=False)\n"
    )

    assert run.params["num_boost_round"] == 12
    assert len(run.series("seen-rmse")) == 12
    assert len(run.series("seen-rmse fit 11")) == 11
    assert len(run.series("seen-rmse fit 3")) == 3
    assert "seen-rmse fit 2" not in run.metrics
    (warning,) = [each for each in run.warnings if each.code == "partial"]
    assert "Of 12 fits the evaluation histories of the last 10 are kept." in warning.message


def test_with_track_on_a_cell_that_trains_is_a_run(shell, latest):
    shell.run(IMPORT + "matrix = xgb.DMatrix(X, y)")
    shell.run("%track on l --silent")
    shell.run("def learn():\n    return xgb.train({}, matrix, 2)")
    shell.run("booster = learn()")
    shell.run("%track off")

    assert latest().models["booster"].params["num_boost_round"] == 2


def test_cross_validation_seeds_numpys_generator_itself(tracked):
    given = "folds = dict(num_boost_round=3, nfold=3)\ndata = xgb.DMatrix(X, y)\n"
    seeded = tracked(IMPORT + given + "result = xgb.cv({'seed': 3}, data, seed=7, **folds)\n")
    plain = tracked(IMPORT + given + "result = xgb.cv({}, data, **folds)\n")

    assert not seeded.warnings
    assert not plain.warnings
    assert [(seed.given_to, seed.value) for seed in seeded.observed.seeds] == [
        ("xgb.cv(seed=…)", 7)
    ]
