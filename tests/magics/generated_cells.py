"""Two hundred cells over frames, arrays, estimators, functions, threads and interrupts."""

from __future__ import annotations

import random

__all__ = ["SETUP", "generate"]

SETUP = """
import gc, hashlib, os, pickle, random, signal, threading, warnings, weakref
import numpy as np, pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
random.seed(5); np.random.seed(5)
rng = np.random.default_rng(5)
X = rng.normal(size=(80, 3)); y = (X[:, 0] + rng.normal(size=80) > 0).astype(int)
frame = pd.DataFrame(X, columns=['a', 'b', 'c'])
arr = rng.normal(size=(20, 4))
est = LogisticRegression().fit(X, y)
table = {'rows': []}
"""

CELLS = [
    "frame = pd.DataFrame({{'a': rng.normal(size={n}), 'b': rng.integers(0, 5, {n})}})\nframe.groupby('b').a.mean().round(9)",
    "frame['c{k}'] = frame['a'] * {x}\nframe.shape",
    "frame.loc[0, 'a'] = {x}\nfloat(frame['a'].sum().round(9))",
    "arr = rng.normal(size=({n}, {m}))\narr[0] = {x}\nfloat(arr.sum().round(9))",
    "view = arr[1:]\nview += {x}\nround(float(arr.sum()), 6), view.base is arr",
    "table['rows'].append({x})\nlen(table['rows'])",
    "est = LogisticRegression(C={x}).fit(X, y)\nround(est.score(X, y), 9)",
    "est = DecisionTreeClassifier(max_depth={m}).fit(X, y)\naccuracy_score(y, est.predict(X))",
    "est = make_pipeline(StandardScaler(), LogisticRegression(C={x})).fit(frame_of := pd.DataFrame(X), y)\nprint(f1_score(y, est.predict(frame_of)))",
    "search = GridSearchCV(Ridge(), {{'alpha': [0.1, {x}]}}, cv=3).fit(X, y)\nsearch.best_params_, round(search.best_score_, 9)",
    "scores = cross_val_score(DecisionTreeClassifier(max_depth={m}), X, y, cv=3)\nscores.round(9)",
    "auc = roc_auc_score(y, X[:, 0] * {x})\nauc",
    "for k in range({m}):\n    mse = mean_squared_error(y, X[:, 0] * k)\nprint(mse)",
    "X_a, X_b, y_a, y_b = train_test_split(X, y, test_size=0.{k:02d})\nlen(X_a), y_b.sum()",
    "def f{k}(value):\n    return np.random.rand() + value\n\nf{k}({x})",
    "def g{k}(depth):\n    tree = DecisionTreeClassifier(max_depth=depth).fit(X, y)\n    return accuracy_score(y, tree.predict(X))\n\n[g{k}(d) for d in range(1, {m})]",
    "random.random(), np.random.normal(), rng.normal()",
    "found = []\nthreads = [threading.Thread(target=lambda i=i: found.append(int(DummyClassifier().fit(X, y).predict(X)[:i].sum()))) for i in range(3)]\n[t.start() for t in threads]; [t.join() for t in threads]\nsorted(found)",
    "LogisticRegression(C={x}).fit(X, y[:-{m}])",
    "accuracy_score([1], [1, {m}])",
    "Ridge(alpha='wrong').fit(X, y)",
    "LogisticRegression().predict(X)",
    "DummyClassifier().fit(X, y)\nraise KeyboardInterrupt",
    "def stop():\n    DummyClassifier().fit(X, y)\n    signal.raise_signal(signal.SIGINT)\n\nstop()",
    "hashlib.sha256(pickle.dumps((arr, X, y, est))).hexdigest()",
    "temporary = DecisionTreeClassifier(random_state={k}).fit(X, y)\nprint(temporary.score(X, y))\nreference = weakref.ref(temporary)",
    "temporary = X.copy()\nest2 = DummyClassifier().fit(temporary, y)\nreference = weakref.ref(temporary)",
    "del temporary\ngc.collect()\nreference() is None",
    "warnings.warn('number {k}')\n{x}",
    "result = {x} * {m}\nresult",
    "1 / 0",
    "class Model{k}(LogisticRegression):\n    def fit(self, X, y):\n        return super().fit(X, y)\n\nround(Model{k}(C={x}).fit(X, y).score(X, y), 9)",
]
STATE = (
    "hashlib.sha256(repr((random.getstate(), np.random.get_state()[1].tolist(), "
    "np.random.get_state()[2], rng.bit_generator.state)).encode()).hexdigest()"
)


def generate(count: int, seed: int) -> list[str]:
    """Cells in an order that the seed decides, each with `{track}` as its first line."""
    chance = random.Random(seed)
    cells = []
    while len(cells) < count:
        at = len(cells)
        if at % 20 == 19:
            cells.append(f"{{track}}\n{STATE}")
            continue
        form = chance.choice(CELLS)
        values = {
            "n": chance.randrange(5, 400),
            "m": chance.randrange(2, 6),
            "k": chance.randrange(10, 60),
            "x": round(chance.uniform(0.1, 9), 3),
        }
        cells.append("{track}\n" + form.format(**values))
        if form.startswith("temporary"):
            cells.append("{track}\n" + CELLS[27].format())
    return cells[:count]
