"""What a cell's trainings with lightgbm leave in its run."""

from __future__ import annotations

IMPORT = "import lightgbm as lgb\n"


def test_a_class_leaves_its_model_params_data_and_history(tracked, shell):
    run = tracked(
        IMPORT + "model = lgb.LGBMClassifier(n_estimators=9, num_leaves=7, verbose=-1)\n"
        "model.fit(X, y, eval_set=[(X, y), (X_val, y_val)], eval_metric='auc')\n"
    )

    model = run.models["model"]
    assert model.class_name == "lightgbm.sklearn.LGBMClassifier"
    assert set(model.changed) == {"n_estimators", "num_leaves", "verbose"}
    assert model.params["learning_rate"] == 0.1
    assert model.feature_names == ("age", "pay", "hours")
    assert {name: data.role for name, data in run.datasets.items()} == {
        "X": "train",
        "y": "train",
        "X_val": "test",
        "y_val": "test",
    }
    for data, metrics in shell.ip.user_ns["model"].evals_result_.items():
        for metric, values in metrics.items():
            series = run.series(f"{data}-{metric}")
            assert [point.value for point in series] == values
            assert [point.step for point in series] == list(range(9))
    assert len(run.metrics) == 4
    assert set(run.metric_sources.values()) == {"LGBMClassifier.fit"}


def test_train_without_callbacks_has_a_history_all_the_same(tracked, shell):
    run = tracked(
        IMPORT + "seen = lgb.Dataset(X, y)\n"
        "booster = lgb.train({'num_leaves': 7, 'objective': 'binary', 'verbose': -1}, seen, 6,\n"
        "    valid_sets=[seen, lgb.Dataset(X_val, y_val)], valid_names=['train', 'held'])\n"
    )

    assert run.models["booster"].class_name == "lightgbm.basic.Booster"
    assert run.models["booster"].train_dataset == "X"
    assert run.params["num_boost_round"] == 6
    assert run.params["num_leaves"] == 7
    assert run.param_sources["num_leaves"] == "lightgbm.train"
    assert set(run.metrics) == {"train-binary_logloss", "held-binary_logloss"}
    best = shell.ip.user_ns["booster"].best_score
    assert run.metrics["held-binary_logloss"] == best["held"]["binary_logloss"]
    assert run.datasets["X"].role == "train"
    assert run.datasets["X_val"].role == "test"


def test_a_dataset_that_was_built_by_an_earlier_training_still_has_its_data(tracked):
    call = "lgb.train({'objective': 'binary', 'verbose': -1}, seen, 2)\n"
    first = tracked(IMPORT + "seen = lgb.Dataset(X, y)\n" + call)
    again = tracked(call)

    assert again.datasets["X"].role == "train"
    assert again.datasets["X"].digest == first.datasets["X"].digest


def test_early_stopping_tells_the_round_it_chose(tracked, shell):
    run = tracked(
        IMPORT
        + "booster = lgb.train({'objective': 'binary', 'verbose': -1, 'learning_rate': 0.5},\n"
        "    lgb.Dataset(X, y), 80, valid_sets=[lgb.Dataset(X_val, y_val)],\n"
        "    callbacks=[lgb.early_stopping(3, verbose=False)])\n"
    )

    best = shell.ip.user_ns["booster"].best_iteration
    assert run.metrics["best_iteration"] == best
    assert len(run.series("valid_0-binary_logloss")) == best + 3


def test_cross_validation_is_mean_and_spread_over_rounds_and_no_model(tracked, shell):
    run = tracked(
        IMPORT + "told = lgb.cv({'objective': 'binary', 'verbose': -1, 'metric': 'auc'},\n"
        "    lgb.Dataset(X, y), 5, nfold=4)\n"
    )

    own = shell.ip.user_ns["told"]
    assert not run.models
    assert set(run.metrics) == {"valid-auc-mean", "valid-auc-std"}
    assert [point.value for point in run.series("valid-auc-mean")] == own["valid auc-mean"]
    assert [point.value for point in run.series("valid-auc-std")] == own["valid auc-stdv"]
    assert run.params["nfold"] == 4
    assert run.datasets["X"].role == "train"


def test_an_interrupted_training_keeps_the_rounds_it_reached(tracked):
    run = tracked(
        IMPORT + "def stop(env):\n"
        "    if env.iteration == 4:\n        raise KeyboardInterrupt\n"
        "lgb.train({'verbose': -1}, lgb.Dataset(X, y), 9,\n"
        "    valid_sets=[lgb.Dataset(X_val, y_val)], callbacks=[stop])\n"
    )

    assert run.status == "cancelled"
    assert [point.step for point in run.series("valid_0-l2")] == [0, 1, 2, 3]


def test_the_callbacks_of_the_users_stay_theirs(tracked, shell):
    tracked(
        IMPORT + "record, seen = {}, []\n"
        "callbacks = [lgb.record_evaluation(record), lambda env: seen.append(env.iteration)]\n"
        "lgb.train({'verbose': -1}, lgb.Dataset(X, y), 5,\n"
        "    valid_sets=[lgb.Dataset(X_val, y_val)], callbacks=callbacks)\n"
    )

    names = shell.ip.user_ns
    assert len(names["callbacks"]) == 2
    assert names["seen"] == [0, 1, 2, 3, 4]
    assert len(names["record"]["valid_0"]["l2"]) == 5
