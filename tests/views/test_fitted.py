"""What is said of a fitted model: what it is made of, and what of it somebody chose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_runs import run

from nbmlops.capture.metrics import better
from nbmlops.capture.watching.params import params_of
from nbmlops.records import Dataset, FittedModel
from nbmlops.views import runs as views
from nbmlops.views.fitted import briefly

sklearn = pytest.importorskip("sklearn")


def model_of(estimator: object, name: str = "model") -> FittedModel:
    """What is recorded of an estimator."""
    params, changed = params_of(estimator)
    kind = type(estimator)
    return FittedModel(name, f"{kind.__module__}.{kind.__name__}", params, changed)


def pipeline() -> object:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (StandardScaler(), ["age"]), (OneHotEncoder(handle_unknown="ignore"), ["sex", "race"])
    )
    return make_pipeline(columns, LogisticRegression(C=0.5, max_iter=500))


def test_a_pipeline_is_told_by_its_steps_and_their_settings() -> None:
    assert briefly(model_of(pipeline())) == (
        "Pipeline (ColumnTransformer → LogisticRegression) C 0.5, max_iter 500, "
        "handle_unknown ignore"
    )


def test_a_search_is_told_by_what_it_searches_and_finds() -> None:
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(pipeline(), {"logisticregression__C": [0.1, 1]}, scoring="roc_auc")
    told = briefly(model_of(search), {"logisticregression__C": 1})
    assert told == (
        "GridSearchCV of Pipeline (ColumnTransformer → LogisticRegression) best C 1, "
        "scoring roc_auc, max_iter 500"
    )


def test_ensembles_are_told_by_their_members() -> None:
    from sklearn.ensemble import AdaBoostClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    boosted = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=9)
    assert briefly(model_of(boosted)) == (
        "AdaBoostClassifier of DecisionTreeClassifier n_estimators 9, max_depth 2"
    )
    both = VotingClassifier([("one", LogisticRegression(C=3)), ("two", DecisionTreeClassifier())])
    assert briefly(model_of(both)) == (
        "VotingClassifier of LogisticRegression, DecisionTreeClassifier C 3"
    )


def test_settings_of_one_name_are_told_apart() -> None:
    from sklearn.decomposition import PCA
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    forest = RandomForestClassifier(random_state=2)
    told = briefly(model_of(make_pipeline(PCA(3, random_state=1), forest)))
    assert told == (
        "Pipeline (PCA → RandomForestClassifier) n_components 3, pca__random_state 1, "
        "randomforestclassifier__random_state 2"
    )


def test_the_card_of_a_pipeline_is_a_line_to_read() -> None:
    def data(name: str, role: str, *shape: int) -> Dataset:
        return Dataset(name, role, "pandas.DataFrame", "0" * 32, shape=shape)

    datasets = [
        data("X_train", "train", 7318, 16),
        data("y_train", "train", 7318),
        data("X_test", "test", 2440, 16),
        data("y_test", "read", 2440),
    ]
    given = replace(
        run(),
        models={"model": model_of(pipeline())},
        datasets={each.name: each for each in datasets},
    )
    text = views.card_text(given, better=better)
    assert (
        "  Pipeline (ColumnTransformer → LogisticRegression) C 0.5, max_iter 500, handle_unknown "
        "ignore · trained on X_train 7,318 × 16 · tested on X_test 2,440 × 16\n"
    ) in text + "\n"
    # Labels that are all there is of data are told.
    labels = replace(given, datasets={"y_test": datasets[-1]})
    assert "read y_test 2,440" in views.card_text(labels, better=better)
    page = views.run_page_html(
        replace(given, models={"m": replace(given.models["model"], fit_seconds=2.5)})
    )
    assert "fitted in 2.5 s" in page
