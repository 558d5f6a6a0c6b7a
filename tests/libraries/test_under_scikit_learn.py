"""Trainings that scikit-learn starts belong to what the user called."""

from __future__ import annotations

IMPORT = """
import lightgbm as lgb, xgboost as xgb, catboost as cb
from sklearn.ensemble import StackingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""


def test_a_pipeline_has_the_history_of_its_last_step(tracked):
    run = tracked(
        IMPORT
        + "pipe = make_pipeline(StandardScaler(), lgb.LGBMClassifier(n_estimators=3, verbose=-1))\n"
        "pipe.fit(X, y, lgbmclassifier__eval_set=[(X_val, y_val)])\n"
    )

    assert set(run.models) == {"pipe"}
    assert len(run.series("valid_0-binary_logloss")) == 3
    assert run.metric_sources["valid_0-binary_logloss"] == "Pipeline.fit"
    assert run.params["lgbmclassifier__n_estimators"] == 3
    assert "lgbmclassifier__num_leaves" not in run.params  # it is as by default


def test_a_search_has_the_history_of_its_refit(tracked, shell):
    run = tracked(
        IMPORT
        + "search = GridSearchCV(xgb.XGBClassifier(n_estimators=4), {'max_depth': [1, 2]}, cv=3)\n"
        "search.fit(X, y, eval_set=[(X_val, y_val)], verbose=False)\n"
    )

    best = shell.ip.user_ns["search"].best_estimator_
    values = [point.value for point in run.series("validation_0-logloss")]
    assert set(run.models) == {"search"}
    assert values == best.evals_result()["validation_0"]["logloss"]
    assert run.params["best.max_depth"] == best.max_depth


def test_members_of_an_ensemble_leave_no_history_of_theirs(tracked):
    run = tracked(
        IMPORT + "stack = StackingClassifier([('x', xgb.XGBClassifier(n_estimators=2)),\n"
        "    ('c', cb.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False))]).fit(X, y)\n"
    )

    assert set(run.models) == {"stack"}
    assert not run.metrics


def test_cross_validation_leaves_no_model(tracked):
    run = tracked(IMPORT + "scores = cross_val_score(xgb.XGBClassifier(n_estimators=2), X, y)\n")

    assert not run.models
    assert set(run.metrics) == {"scores", "scores std"}
