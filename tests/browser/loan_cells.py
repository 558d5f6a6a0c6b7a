"""Cells that read data, split it, train a model, score it and write a file that another one reads.

Run as `NBMLOPS_WORKSPACE=… python loan_cells.py`; it records five runs.
"""

from __future__ import annotations

from nbmlops.testing import Shell

__all__ = ["CELLS"]

PREPARE = """%load_ext nbmlops
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
rng = np.random.default_rng(0)
raw = pd.DataFrame(rng.normal(size=(600, 5)), columns=list('abcde'))
raw['label'] = (raw.a + rng.normal(size=600) > 0).astype(int)
raw.to_csv('raw_loans.csv', index=False)"""
READ = """%%track loans --name read
loans = pd.read_csv('raw_loans.csv')"""
SPLIT = """%%track loans --name split
parts = train_test_split(loans.drop(columns='label'), loans.label, random_state=0)
X_train, X_test, y_train, y_test = parts
X_test.to_parquet('test_rows.parquet')"""
TRAIN = """%%track loans --name train
C = 0.5
classifier = LogisticRegression(C=C).fit(X_train, y_train)"""
SCORE = """%%track loans --name score
auc = roc_auc_score(y_test, classifier.predict_proba(X_test)[:, 1])"""
REPORT = """%%track reports --name report
rows = pd.read_parquet('test_rows.parquet')
told = rows.describe()"""

CELLS = [PREPARE, READ, SPLIT, TRAIN, SCORE, REPORT]


def main() -> None:
    shell = Shell()
    for source in CELLS:
        shell.run(source).raise_error()
    shell.run("%nbmlops flush")
    shell.close()


if __name__ == "__main__":
    main()
