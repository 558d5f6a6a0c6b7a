"""The cells of the workloads that run notebooks: the same for every tool, plain Python.

MIX is what a notebook is mostly made of, small and large; TRAINING trains for seconds; AUTOLOG is
what a tracker is to find things in, with what there is, counted by hand: expressions that give the
numbers anew, the fits, and the keyword arguments of the estimators.
"""

from __future__ import annotations

from typing import NamedTuple

SETUP = """
import numpy as np, pandas as pd
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
chance = np.random.default_rng(0)
X, y = make_classification({rows}, 20, n_informative=8, n_classes=3, random_state=0)
X = pd.DataFrame(X, columns=[f"feature_{{at}}" for at in range(20)])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
frame = X.assign(label=y, group=chance.integers(0, 12, len(X)).astype(str))
"""

MIX = {
    "a number": "rate = 0.1",
    "imports": "import json, math, itertools\nfrom pathlib import Path",
    "a function": "def double(value):\n    return [each * 2 for each in value]",
    "a call": "doubled = double(list(range(200)))\nlen(doubled)",
    "a long list": "numbers = [number ** 2 for number in range(100_000)]",
    "nested values": "tree = {number: {'a': [number] * 5, 'b': str(number)} for number in range(2000)}",
    "text": "words = ' '.join(str(number) for number in range(20_000)).split()\nwords[:3]",
    "an array": "matrix = chance.normal(size=(1000, 50))\nmatrix.mean(axis=0)[:3]",
    "a large array": "large = np.arange(2_000_000, dtype=float)\nlarge.sum()",
    "a look at a frame": "frame.head()",
    "a summary": "frame.describe()",
    "a filter": "few = frame[frame['feature_0'] > 0.5]\nlen(few)",
    "groups": "frame.groupby('group').agg({'feature_1': ['mean', 'std'], 'label': 'max'})",
    "a new column": "frame['ratio'] = frame['feature_2'] / (frame['feature_3'].abs() + 1)",
    "a join": "joined = frame.merge(frame.groupby('group')['ratio'].mean().rename('m'), on='group')",
    "a file": "frame.to_csv('frame.csv', index=False)\nagain = pd.read_csv('frame.csv')\nagain.shape",
    "a figure": (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots()\naxes.hist(frame['feature_0'], bins=30)\nplt.close(figure)"
    ),
    "a loop that prints": "for number in range(200):\n    print(number, number / 7)",
    "a fit": (
        "from sklearn.linear_model import LogisticRegression\n"
        "model = LogisticRegression(C=0.5, max_iter=500).fit(X_train, y_train)"
    ),
    "a score": "model.score(X_test, y_test)",
    "metrics": (
        "from sklearn.metrics import accuracy_score, f1_score\n"
        "predictions = model.predict(X_test)\n"
        "accuracy = accuracy_score(y_test, predictions)\n"
        "print(f1_score(y_test, predictions, average='macro'))"
    ),
    "a pipeline": (
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))\n"
        "pipeline.fit(X_train, y_train)\npipeline.score(X_test, y_test)"
    ),
    "a loop of fits": (
        "from sklearn.neighbors import KNeighborsClassifier\nscores = []\n"
        "for number in range(1, 16):\n"
        "    near = KNeighborsClassifier(number).fit(X_train, y_train)\n"
        "    scores.append(near.score(X_test, y_test))"
    ),
    "cross-validation": (
        "from sklearn.model_selection import cross_val_score\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "print(cross_val_score(DecisionTreeClassifier(max_depth=4), X, y, cv=3).mean())"
    ),
    "a search": (
        "from sklearn.model_selection import GridSearchCV\n"
        "grid = {'max_depth': [2, 4], 'min_samples_leaf': [1, 5]}\n"
        "search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=3)\n"
        "search.fit(X_train, y_train)\nsearch.best_params_"
    ),
    "a forest": (
        "from sklearn.ensemble import RandomForestClassifier\n"
        "forest = RandomForestClassifier(40, random_state=0).fit(X_train, y_train)\n"
        "forest.score(X_test, y_test)"
    ),
}

TRAINING = """
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
trees = {trees}

frame.describe()

forest = RandomForestClassifier(trees, random_state=0).fit(X_train, y_train)
forest.score(X_test, y_test)

predictions = forest.predict(X_test)
accuracy = accuracy_score(y_test, predictions)
print(accuracy, f1_score(y_test, predictions, average="macro"))

boosted = HistGradientBoostingClassifier(max_iter=trees, random_state=0)
boosted.fit(X_train, y_train)
boosted.score(X_test, y_test)

line = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=500))
print(cross_val_score(line, X, y, cv=5).mean())

grid = {{"max_depth": [2, 4, 8], "min_samples_leaf": [1, 5, 20]}}
search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=5)
search.fit(X_train, y_train)
search.score(X_test, y_test)

scores = []
for depth in range(2, 2 + trees // 10):
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
    tree.fit(X_train, y_train)
    scores.append(tree.score(X_test, y_test))
"""  # a blank line is between cells


class Told(NamedTuple):
    """A cell and what there is to be found in it, counted by hand."""

    source: str
    fits: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()  # keyword arguments, and any value they had
    scores: str = "[]"  # expressions of the numbers, for when the cell has run
    metrics: str = "[]"
    validations: str = "[]"


AUTOLOG = (
    Told("frame.groupby('group')['label'].mean()"),
    Told(
        "from sklearn.ensemble import RandomForestClassifier\n"
        "model = RandomForestClassifier(n_estimators=30, max_depth=4, random_state=0)\n"
        "model.fit(X_train, y_train)",
        ("RandomForestClassifier",),
        (("n_estimators", "30"), ("max_depth", "4"), ("random_state", "0")),
    ),
    Told("model.score(X_test, y_test)", scores="[model.score(X_test, y_test)]"),
    Told(
        "from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score\n"
        "predictions = model.predict(X_test)\n"
        "print(f1_score(y_test, predictions, average='macro'))\n"
        "accuracy_score(y_train, model.predict(X_train))",
        metrics="[f1_score(y_test, predictions, average='macro'),"
        " accuracy_score(y_train, model.predict(X_train))]",
    ),
    Told(
        "auc = roc_auc_score(y_test, model.predict_proba(X_test), multi_class='ovr')",
        metrics="[roc_auc_score(y_test, model.predict_proba(X_test), multi_class='ovr')]",
    ),
    Told(
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "line = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=500))\n"
        "line.fit(X_train, y_train)\n"
        "print('test', line.score(X_test, y_test))",
        ("Pipeline",),
        (("C", "0.5"), ("max_iter", "500")),
        scores="[line.score(X_test, y_test)]",
    ),
    Told(
        "from sklearn.tree import DecisionTreeClassifier\n"
        "scores = []\n"
        "for depth in (2, 4, 8):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=0)\n"
        "    tree.fit(X_train, y_train)\n"
        "    scores.append(tree.score(X_test, y_test))",
        ("DecisionTreeClassifier",) * 3,
        (("max_depth", "2 4 8"), ("random_state", "0")),
        scores="scores",
    ),
    Told(
        "from sklearn.model_selection import GridSearchCV\n"
        "grid = {'min_samples_leaf': [1, 5, 20]}\n"
        "search = GridSearchCV(DecisionTreeClassifier(max_depth=5, random_state=0), grid, cv=3)\n"
        "search.fit(X_train, y_train)\n"
        "print(search.best_params_, search.score(X_test, y_test))",
        ("GridSearchCV",),
        (("max_depth", "5"), ("random_state", "0"), ("cv", "3")),
        scores="[search.score(X_test, y_test)]",
        validations="[search.best_score_]",
    ),
    Told(
        "from sklearn.model_selection import cross_val_score\n"
        "print(cross_val_score(DecisionTreeClassifier(max_depth=3, random_state=0), X, y).mean())",
        (),
        (("max_depth", "3"), ("random_state", "0")),
        validations="[cross_val_score("
        "DecisionTreeClassifier(max_depth=3, random_state=0), X, y).mean()]",
    ),
    Told(
        "def loss_of(one):\n"
        "    one.fit(X_train, y_train)\n"
        "    return log_loss(y_test, one.predict_proba(X_test))\n"
        "ways = {'few': RandomForestClassifier(n_estimators=5, random_state=1),\n"
        "        'one': DecisionTreeClassifier(max_depth=3, random_state=1)}\n"
        "losses = {name: loss_of(one) for name, one in ways.items()}",
        ("RandomForestClassifier", "DecisionTreeClassifier"),
        (("n_estimators", "5"), ("random_state", "1"), ("max_depth", "3"), ("random_state", "1")),
        metrics="[log_loss(y_test, one.predict_proba(X_test)) for one in ways.values()]",
    ),
    Told(
        "from sklearn.cluster import KMeans\n"
        "from sklearn.metrics import silhouette_score\n"
        "scaled = StandardScaler().fit_transform(X_train[:400])\n"
        "clusters = KMeans(n_clusters=3, n_init=2, random_state=0).fit(scaled)\n"
        "silhouette_score(scaled, clusters.labels_)",
        ("StandardScaler", "KMeans"),
        (("n_clusters", "3"), ("n_init", "2"), ("random_state", "0")),
        metrics="[silhouette_score(scaled, clusters.labels_)]",
    ),
    Told("X_test.assign(prediction=predictions).head()"),
)
