"""What fits evaluated on their way becomes series of metrics, each number once."""

from __future__ import annotations

import pytest

from nbmlops.capture.histories import number_key
from nbmlops.capture.watching.trainings import spaced

DATA = """
import warnings; warnings.simplefilter("ignore")
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3)); y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
net = MLPClassifier((3,), max_iter=6, random_state=0)
"""


def test_a_loss_curve_is_a_series(tracked, shell):
    run = tracked("net.fit(X, y)\n")

    own = shell.ip.user_ns["net"].loss_curve_
    assert [(point.step, point.value) for point in run.series("loss")] == list(enumerate(own))
    assert run.metrics == {"loss": own[-1]}
    assert run.metric_sources == {"loss": "MLPClassifier.fit"}


@pytest.mark.parametrize(
    ("cell", "origin"),
    [
        ("pipe = make_pipeline(StandardScaler(), net).fit(X, y)\n", "Pipeline.fit"),
        ("search = GridSearchCV(net, {'alpha': [1, 2]}, cv=2).fit(X, y)\n", "GridSearchCV.fit"),
    ],
)
def test_a_curve_inside_of_something_else_is_found(tracked, cell, origin):
    run = tracked(cell)

    assert len(run.series("loss")) == 6
    assert run.metric_sources["loss"] == origin


def test_scores_of_early_stopping_are_series(tracked):
    run = tracked(
        "model = HistGradientBoostingClassifier(max_iter=4, early_stopping=True, random_state=0)\n"
        "model.fit(X, y)\n"
    )

    assert set(run.metrics) == {"train_score", "validation_score"}
    assert [point.step for point in run.series("validation_score")] == [0, 1, 2, 3, 4]


def test_a_model_without_a_curve_of_its_own_adds_none(tracked):
    run = tracked("model = GradientBoostingClassifier(n_estimators=3).fit(X, y)\n")

    assert not run.metrics


def test_the_users_own_loss_stays_theirs(tracked):
    run = tracked("net.fit(X, y)\nloss = 2 * net.loss_curve_[-1]\n")

    assert run.metric_sources["loss"] == "assigned"
    assert not [point for point in run.series("loss") if point.step is not None]
    assert len(run.series("net.loss")) == 6


def test_the_last_of_a_curve_that_was_assigned_is_the_curve(tracked):
    run = tracked("net.fit(X, y)\nfinal = net.loss_curve_[-1]\nbest = min(net.loss_curve_[:3])\n")

    assert len(run.series("final")) == 6
    assert set(run.metrics) == {"final", "best"}


def test_a_curve_that_was_logged_is_not_kept_again(tracked):
    run = tracked(
        "import nbmlops\nnet.fit(X, y)\n"
        "for step, value in enumerate(net.loss_curve_):\n    nbmlops.log(mine=value, step=step)\n"
    )

    assert set(run.metrics) == {"mine"}
    assert len(run.series("mine")) == 6


def test_a_model_that_another_cell_fitted_has_no_history_here(tracked, shell):
    shell.run("net.fit(X, y)")
    run = tracked("net.predict(X)\n")

    assert not run.metrics
    assert not run.models


def test_parameters_of_the_parts_of_a_pipeline_are_changed_only_where_they_differ(tracked):
    run = tracked("pipe = make_pipeline(StandardScaler(with_mean=False), net).fit(X, y)\n")

    nested = {name for name in run.params if "__" in name}
    assert nested == {
        "standardscaler__with_mean",
        "mlpclassifier__hidden_layer_sizes",
        "mlpclassifier__max_iter",
        "mlpclassifier__random_state",
    }
    assert run.models["pipe"].params["standardscaler__copy"] is True


def test_numbers_that_may_be_equal_by_chance_are_two():
    assert number_key(0.97) == number_key(1.0) == number_key(float("nan")) == number_key("x") == ""
    assert number_key(2 / 3) == number_key(2 / 3) != ""


def test_values_that_come_less_often_than_epochs_have_the_steps_of_their_own():
    assert spaced([0.5, 0.4, 0.3], 2, 3) == [(2, 0.5), (3, 0.4), (4, 0.3)]
    assert spaced([0.5, 0.4], 0, 6) == [(2, 0.5), (5, 0.4)]
    assert spaced([], 0, 6) == []
