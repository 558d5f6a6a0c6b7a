"""Eight days of loans beside the loans that a model learned from, each day checked for drift."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from nbmlops.drift.records import DriftReport
from nbmlops.workspace import Workspace

INPUTS = ["age", "income", "debt_ratio"]
CHANNELS = ["branch", "web", "phone", "partner"]


def loans(rows: int, seed: int, day: int = 0) -> pd.DataFrame:
    """Loans of one day; from the fourth on people earn less, and more come by a partner."""
    random = np.random.default_rng(seed)
    late = max(0, day - 3)
    age = random.normal(41, 11, rows).clip(18, 92).round()
    income = random.lognormal(10.3 - 0.13 * late, 0.42, rows)
    debt = random.beta(2, 5 - 0.2 * late, rows)
    shares = np.array([0.38, 0.34, 0.2, 0.08 + 0.05 * late])
    risk = 1 / (1 + np.exp(-(7 * debt - (income - 30_000) / 15_000 - 1.5)))
    frame = pd.DataFrame(
        {
            "age": age,
            "income": income,
            "debt_ratio": debt,
            "channel": random.choice(CHANNELS, rows, p=shares / shares.sum()),
            "region": random.choice([f"region {n}" for n in range(9)], rows),
            "owns_home": random.random(rows) < 0.55,
            "loan_id": [f"L{seed}-{n}" for n in range(rows)],
            "months_employed": random.exponential(60, rows),
        }
    )
    frame["defaulted"] = random.random(rows) < risk
    frame.loc[random.random(rows) < 0.02 + 0.03 * late, "months_employed"] = np.nan
    return frame


def watch_loans(workspace: Workspace, days: int = 8) -> list[DriftReport]:
    """A report for each day; the last one knows the model and its labels."""
    known = loans(4000, 0)
    model = LogisticRegression(max_iter=2000).fit(known[INPUTS], known["defaulted"])
    reference = loans(3000, 1)
    found = []
    for day in range(days):
        current = loans(1500, 10 + day, day)
        names = ("loans_2025", f"loans day {day + 1}")
        if day < days - 1:
            sides = [each.drop(columns="defaulted") for each in (reference, current)]
            found.append(workspace.drift.check(*sides, experiment="loans", names=names))
        else:
            found.append(
                workspace.drift.check(
                    reference,
                    current,
                    experiment="loans",
                    names=names,
                    model=model,
                    target="defaulted",
                )
            )
    workspace.runs.flush()
    return found
