"""Every fit, score and metric call of a cell is found, in the ways in which notebooks write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nbmlops.comparison import compare
from nbmlops.records import History, Run
from nbmlops.views.runs import card_text

DATA = """
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


def classes(run: Run) -> dict[str, str]:
    return {name: model.class_name.rpartition(".")[2] for name, model in run.models.items()}


def test_transformers_are_fitted_by_fit_transform_too(tracked):
    run = tracked(
        "from sklearn.preprocessing import LabelEncoder, PolynomialFeatures, StandardScaler\n"
        "scaler = StandardScaler()\n"
        "scaled = scaler.fit_transform(X_train)\n"
        "powers = PolynomialFeatures(degree=2)\n"
        "powers.set_output(transform='pandas')\n"
        "grown = powers.fit_transform(X_train)\n"
        "encoder = LabelEncoder()\n"
        "codes = encoder.fit_transform(['a', 'b', 'a'])\n"
    )

    assert classes(run) == {
        "scaler": "StandardScaler",
        "powers": "PolynomialFeatures",
        "encoder": "LabelEncoder",
    }
    assert run.models["scaler"].train_dataset == "X_train"


def test_a_loop_over_models_leaves_each_of_them_and_how_often_it_was_fitted(tracked):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "def attempt(model):\n"
        "    return model.fit(X_train, y_train).score(X_test, y_test)\n"
        "for number in (1, 3, 5):\n"
        "    knn = KNeighborsClassifier(number)\n"
        "    knn.fit(X_train, y_train)\n"
        "models = {'tree': DecisionTreeClassifier(max_depth=2), 'line': LogisticRegression(C=9)}\n"
        "for name, model in models.items():\n"
        "    model.fit(X_train, y_train)\n"
        "for depth in range(25):\n"
        "    DecisionTreeClassifier(max_depth=depth + 1).fit(X_train, y_train)\n"
        "attempt(KNeighborsClassifier(7))\n"
    )

    assert classes(run) == {
        "knn": "KNeighborsClassifier",
        "DecisionTreeClassifier": "DecisionTreeClassifier",
        "model": "LogisticRegression",
        "DecisionTreeClassifier 2": "DecisionTreeClassifier",
        "KNeighborsClassifier": "KNeighborsClassifier",
    }
    assert {name: model.fit_count for name, model in run.models.items()} == {
        "knn": 3,
        "DecisionTreeClassifier": 1,
        "model": 1,
        "DecisionTreeClassifier 2": 25,
        "KNeighborsClassifier": 1,
    }
    assert run.models["knn"].params["n_neighbors"] == 5
    assert run.models["DecisionTreeClassifier"].params["max_depth"] == 2
    assert run.models["DecisionTreeClassifier 2"].params["max_depth"] == 25
    assert run.models["KNeighborsClassifier"].params["n_neighbors"] == 7


def test_models_of_one_call_that_have_names_of_their_own_are_told_apart(tracked):
    run = tracked(
        "from sklearn.linear_model import Ridge\n"
        "def learn(alpha):\n"
        "    return Ridge(alpha=alpha).fit(X_train, y_train)\n"
        "weak, strong = learn(0.1), learn(10.0)\n"
    )

    alphas = {name: (model.params["alpha"], model.fit_count) for name, model in run.models.items()}
    assert alphas == {"weak": (0.1, 1), "strong": (10.0, 1)}


def test_a_model_that_is_fitted_again_is_one_model_with_its_last_parameters(tracked):
    run = tracked(
        "from sklearn.linear_model import SGDClassifier\n"
        "model = SGDClassifier(random_state=0)\n"
        "for alpha in (0.1, 0.01):\n"
        "    model.set_params(alpha=alpha)\n"
        "    model.fit(X_train, y_train)\n"
        "for _ in range(100):\n"
        "    model.partial_fit(X_train, y_train)\n"
    )

    (model,) = run.models.values()
    assert (model.name, model.params["alpha"]) == ("model", 0.01)
    assert model.fit_count == 102


def test_a_name_that_is_used_again_is_the_last_model_of_that_name(tracked):
    run = tracked(
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "knn = KNeighborsClassifier(5)\n"
        "knn.fit(X_train, y_train)\n"
        "print(knn.score(X_test, y_test))\n"
        "knn = KNeighborsClassifier(1)\n"
        "knn.fit(X_train, y_train)\n"
        "print(knn.score(X_test, y_test))\n"
    )

    assert {name: model.params["n_neighbors"] for name, model in run.models.items()} == {
        "KNeighborsClassifier": 5,
        "knn": 1,
    }
    assert set(run.metrics) == {"score", "score X_test"}


def test_cross_validation_is_found_in_loops_in_print_and_where_nobody_keeps_it(tracked, shell):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import cross_val_score, cross_validate\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "means = []\n"
        "for number in (1, 3, 5):\n"
        "    scores = cross_val_score(KNeighborsClassifier(number), X, y, cv=4)\n"
        "    means.append(scores.mean())\n"
        "print(cross_val_score(LogisticRegression(C=9, max_iter=999), X, y, cv=3).mean())\n"
        "both = pd.DataFrame(cross_validate(\n"
        "    KNeighborsClassifier(), X, y, scoring=['accuracy', 'f1_macro'], cv=3\n"
        "))\n"
    )

    assert [point.value for point in run.series("scores")] == shell.ip.user_ns["means"]
    assert [point.step for point in run.series("scores std")] == [0, 1, 2]
    assert {name for name in run.metrics if run.metric_sources[name] == "cross_validate"} == {
        "cross_validate.test_accuracy",
        "cross_validate.test_accuracy std",
        "cross_validate.test_f1_macro",
        "cross_validate.test_f1_macro std",
    }
    assert 0.9 < run.metrics["cross_val_score"] < 1
    assert run.metrics["cross_val_score std"] > 0
    assert run.params["C"] == 9
    assert run.param_sources["C"] == "cross_val_score"
    assert run.models == {}
    assert run.datasets["X"].role == "train"


def test_learning_and_validation_curves_are_series(tracked):
    run = tracked(
        "from sklearn.model_selection import learning_curve, validation_curve\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "sizes, train_scores, valid_scores = learning_curve(\n"
        "    KNeighborsClassifier(), X, y, train_sizes=[40, 80, 112], shuffle=True, cv=4\n"
        ")\n"
        "validation_curve(\n"
        "    KNeighborsClassifier(), X, y, param_name='n_neighbors', param_range=[1, 5, 25], cv=4\n"
        ")\n"
    )

    assert [point.step for point in run.series("valid_scores")] == [40, 80, 112]
    assert [point.step for point in run.series("train_scores std")] == [40, 80, 112]
    assert [point.step for point in run.series("validation_curve.test")] == [1, 5, 25]
    assert run.metric_sources["validation_curve.train"] == "validation_curve"


def test_cross_validation_inside_of_a_fit_belongs_to_the_fit(tracked):
    run = tracked(
        "from sklearn.feature_selection import SequentialFeatureSelector\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "chosen = SequentialFeatureSelector(KNeighborsClassifier(), n_features_to_select=1, cv=3)\n"
        "chosen.fit(X_train, y_train)\n"
    )

    assert classes(run) == {"chosen": "SequentialFeatureSelector"}
    assert run.metrics == {}


def test_two_searches_keep_what_each_of_them_found(tracked):
    run = tracked(
        "from sklearn.model_selection import GridSearchCV\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "near = GridSearchCV(KNeighborsClassifier(), {'n_neighbors': [1, 5]}).fit(X, y)\n"
        "tree = GridSearchCV(DecisionTreeClassifier(), {'max_depth': [1, 2]}).fit(X, y)\n"
        "print(near.score(X, y), tree.score(X, y))\n"
    )

    assert {"best_score", "best_score std", "tree.best_score", "score"} <= set(run.metrics)
    assert {"best.n_neighbors", "tree.best.max_depth"} <= set(run.params)


def test_the_score_of_a_search_is_what_it_was_told_to_look_for(tracked):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "labels = y > y.mean()\n"
        "plain = GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2).fit(X, labels)\n"
        "area = GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2, scoring='roc_auc')\n"
        "area.fit(X, labels)\n"
        "print(plain.score(X, labels), area.score(X, labels))\n"
    )

    assert run.metric_sources["score"] == "score"
    assert run.metric_sources["roc_auc"] == "roc_auc"
    assert run.metrics["roc_auc"] != run.metrics["score"]


def test_a_fit_whose_error_was_caught_leaves_its_parameters_and_no_model(tracked):
    run = tracked(
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.neighbors import KNeighborsRegressor\n"
        "for model in (Ridge(alpha=3.0), KNeighborsRegressor(4)):\n"
        "    try: model.fit(X, y[:-1] if isinstance(model, Ridge) else y)\n"
        "    except ValueError: print('other lengths')\n"
    )

    assert classes(run) == {"model": "KNeighborsRegressor"}
    assert run.params == {"alpha": 3.0, "n_neighbors": 4}


def test_a_score_is_the_number_that_the_call_was_given_to(tracked):
    run = tracked(
        "from sklearn.metrics import accuracy_score, f1_score\n"
        "best = int(1)\n"
        "right = accuracy_score(y_test, y_test)\n"
        "print(f1_score(y_test, y_test, average='macro'))\n"
        "results = {}\n"
        "results['all'] = accuracy_score(y, y * 0)\n"
        "accuracy_score(y_train, y_train), accuracy_score(y_test, y_test * 0)\n"
    )

    assert {name: run.metric_sources[name] for name in run.metrics} == {
        "best": "assigned",
        "right": "accuracy_score",
        "f1_score": "f1_score",
        "results.all": "accuracy_score",
        "accuracy_score": "accuracy_score",
        "accuracy_score y_test": "accuracy_score",
    }


def test_scores_that_come_from_no_metric_function_are_found_too(tracked):
    run = tracked(
        "from sklearn.cluster import KMeans\n"
        "from sklearn.decomposition import PCA\n"
        "from sklearn.linear_model import PoissonRegressor\n"
        "from sklearn.mixture import GaussianMixture\n"
        "from sklearn.neighbors import KernelDensity\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "clusters = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X)\n"
        "print(clusters.score(X))\n"
        "main = PCA(2).fit(X)\n"
        "likely = main.score(X)\n"
        "mixed = GaussianMixture(3, random_state=0).fit(X).score(X)\n"
        "dense = KernelDensity().fit(X)\n"
        "densities = [dense.score(X[:rows]) for rows in (50, 100)]\n"
        "explained = PoissonRegressor().fit(X, y).score(X, y)\n"
    )

    assert {name: run.metric_sources[name] for name in run.metrics} == dict.fromkeys(
        ("score", "likely", "mixed", "score 2", "explained"), "score"
    )
    assert [point.step for point in run.series("score 2")] == [0, 1]
    fitted = {"Pipeline", "PCA", "GaussianMixture", "KernelDensity", "PoissonRegressor"}
    assert set(classes(run).values()) == fitted


def test_a_call_that_fails_leaves_no_frame_of_ours_and_no_score(tracked, shell):
    result = shell.run(
        "%%track calls --silent\n"
        "from sklearn.metrics import f1_score\n"
        "from sklearn.model_selection import cross_validate\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "def odd(model, X, y):\n"
        "    return {'a' if len(y) == 37 else 'b': 1.0}\n"
        "frames, failed = [], 0\n"
        "for call in (\n"
        "    lambda: f1_score(y_test, y_test),\n"
        "    lambda: f1_score(y_test, y_test, average='no such'),\n"
        "    lambda: cross_validate(KNeighborsClassifier(), X, y, cv=4, scoring=odd),\n"
        "):\n"
        "    try:\n"
        "        call()\n"
        "    except Exception as error:\n"
        "        failed += 1\n"
        "        trace = error.__traceback__\n"
        "        while trace is not None:\n"
        "            frames.append(trace.tb_frame.f_code.co_filename)\n"
        "            trace = trace.tb_next\n"
    )

    assert result.success
    assert shell.ip.user_ns["failed"] == 3
    assert not [name for name in shell.ip.user_ns["frames"] if "nbmlops/capture" in name]


OWN = """
from sklearn.base import BaseEstimator, ClassifierMixin
class Mine(BaseEstimator, ClassifierMixin):
    def __init__(self, rate=1.0, rounds=10):
        self.rate, self.rounds = rate, rounds
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])
"""


def test_estimators_of_ones_own_are_found_where_the_cell_surely_fits_them(tracked, shell):
    shell.run(OWN)
    run = tracked(
        "first = Mine(rate=0.5)\n"
        "first.fit(X_train, y_train)\n"
        "second = Mine(rounds=3).fit(X_test, y_test)\n"
        "third, fourth, fifth = Mine(), Mine(), Mine()\n"
        "if len(X) < 3:\n"
        "    third.fit(X, y)\n"
        "fourth.fit(X, y)\n"
        "fourth = Mine(rate=7)\n"
        "if_any = len(X) < 3 and fifth.fit(X, y)\n"
        "print(first.score(X_test, y_test))\n"
    )

    assert classes(run) == {"first": "Mine", "second": "Mine"}
    assert run.models["first"].train_dataset == "X_train"
    assert run.datasets["X_train"].role == "train"
    assert run.params["rate"] == 0.5
    assert run.params["rounds"] == 3
    assert run.param_sources["rounds"] == "Mine.fit"
    assert run.metric_sources["score"] == "score"


def test_of_a_loop_over_folds_the_data_of_the_first_ones_is_told_and_every_score(tracked):
    run = tracked(
        "from sklearn.model_selection import StratifiedKFold\n"
        "from sklearn.naive_bayes import GaussianNB\n"
        "model, values, labels = GaussianNB(), X.to_numpy(), y.to_numpy()\n"
        "for train, test in StratifiedKFold(12).split(values, labels):\n"
        "    model.fit(values[train], labels[train])\n"
        "    score = model.score(values[test], labels[test])\n"
    )

    assert [point.step for point in run.series("score")] == list(range(12))
    assert run.models["model"].fit_count == 12
    roles = [dataset.role for dataset in run.datasets.values()]
    assert 0 < roles.count("test") <= 10  # values and labels
    assert "partial" in {warning.code for warning in run.warnings}


def test_data_goes_by_the_notebooks_name_where_a_function_calls_it_otherwise(tracked, shell):
    shell.run("from sklearn.linear_model import LogisticRegression\nX = X[X.columns[:2]]")
    run = tracked(
        "def evaluate(model, X, y):\n"
        "    return model.score(X, y)\n"
        "def train(data, labels):\n"
        "    return LogisticRegression().fit(data, labels)\n"
        "model = train(X_train, y_train)\n"
        "accuracy = evaluate(model, X_test, y_test)\n"
        "half = evaluate(model, X_test[:20], y_test[:20])\n"
    )
    roles = {name: data.role for name, data in run.datasets.items()}
    assert {name: roles[name] for name in ("X_train", "y_train", "X_test", "y_test")} == {
        "X_train": "train",
        "y_train": "train",
        "X_test": "test",
        "y_test": "test",
    }
    assert run.models["model"].train_dataset == "X_train"
    # What has no name in the notebook goes by the function's, and not for a frame of that name.
    part = run.datasets["X_2"]
    assert (part.role, part.shape, part.source) == ("test", (20, 4), None)


def test_rows_that_are_shared_are_told_by_the_names_of_the_notebook(tracked, shell):
    shell.run(
        "from sklearn.linear_model import LogisticRegression\n"
        "values = np.random.default_rng(0).normal(size=(300, 3))\n"
        "labels = values[:, 0] > 0\n"
        "seen, unseen = values[:200], values[100:]\n"
        "def accuracy_on(model, X, y):\n"
        "    return model.score(X, y)\n"
    )
    run = tracked(
        "model = LogisticRegression().fit(seen, labels[:200])\n"
        "accuracy = accuracy_on(model, unseen, labels[100:])\n"
    )
    (told,) = [each.message for each in run.warnings if each.code == "shared-rows"]
    assert " rows of unseen that were looked at are in seen too" in told


def test_a_fit_tells_what_it_took(tracked):
    run = tracked(
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "import time\n"
        "began = time.perf_counter()\n"
        "search = GridSearchCV(RandomForestClassifier(random_state=0), {'max_depth': [1, 2]}, cv=2)\n"
        "search.fit(X_train, y_train)\n"
        "took = time.perf_counter() - began\n"
        "time.sleep(0.3)\n"
    )
    seconds = run.models["search"].fit_seconds
    assert 0 < seconds < run.metrics["took"] < run.duration_seconds


def test_a_fit_that_fails_and_the_one_after_it_are_told_apart(tracked):
    run = tracked(
        "from sklearn.linear_model import LogisticRegression, Ridge\n"
        "broken = LogisticRegression(C='much')\n"
        "try:\n"
        "    broken.fit(X_train, y_train)\n"
        "except ValueError:\n"
        "    pass\n"
        "ridge = Ridge().fit(X_train, y_train)\n"
    )
    assert run.models["broken"].fit_seconds is None
    assert run.models["ridge"].fit_seconds > 0


@pytest.mark.in_its_share
def test_calls_that_nobody_saw_are_told_before_data_that_nobody_saw(tracked):
    run = tracked(
        "from sklearn.linear_model import Ridge\n"
        "for alpha in range(600):\n"
        "    model = Ridge(alpha=alpha).fit(X_train[:8], y_train[:8])\n"
    )
    told = [each.message for each in run.warnings if each.code == "partial"]
    missed = run.models["model"].fit_count < 600
    assert any("looking at them took" in each for each in told) or not missed


def test_what_a_model_had_by_default_is_what_a_change_begins_from(tracked):
    cell = (
        "from sklearn.linear_model import Ridge\nmodel = Ridge({})\nmodel.fit(X_train, y_train)\n"
    )
    plain, strong = tracked(cell.format("")), tracked(cell.format("alpha=30.0"))
    weak = tracked(cell.format(""))
    assert (dict(plain.params), dict(strong.params)) == ({}, {"alpha": 30.0})
    (row,) = compare([plain, strong]).params
    assert dict(row.values) == {plain.id: 1.0, strong.id: 30.0}
    (reason,) = [
        each for each in compare([plain, strong]).why[0].reasons if each.kind == "parameter"
    ]
    assert reason.says == "alpha 1.0 → 30.0"
    before = replace(strong, cell=plain.cell)
    for one, other, told in ((plain, before, "1.0 → 30.0"), (before, weak, "30.0 → 1.0")):
        assert f"changed: alpha {told}" in card_text(other, History(previous=one, count=1))
