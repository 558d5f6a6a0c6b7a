"""A realistic table of runs."""

from __future__ import annotations

import math
from datetime import timedelta

from sample_runs import START, run

from nbmlops.records import Run, Status


class Listed(list[Run]):
    """What `find_runs` gives, as far as the views look at it."""

    total = 132
    sort = "metrics.auc desc"


NAMES = [
    "deeper-trees",
    "baseline",
    "wide-forest",
    "one-hot",
    "target-encoding",
    "no-capital-gain",
    "grid-1",
    "grid-2",
    "grid-3",
    "grid-4",
    "monotonic",
    "calibrated",
]
TABLE = Listed()
for index, name in enumerate(NAMES):
    status = {3: Status.FAILED, 8: Status.CANCELLED, 10: Status.LOST, 0: Status.RUNNING}.get(
        index, Status.SUCCEEDED
    )
    metrics = {
        "auc": 0.86 + 0.03 * math.sin(index * 1.3),
        "accuracy": 0.83 + 0.02 * math.cos(index),
        "log_loss": 0.31 + 0.02 * math.sin(index),
    }
    TABLE.append(
        run(
            id=f"01JPA7Q2M8K4X6R9T1V3Z5B7{index:02d}",
            name=name,
            status=status,
            started_at=START - timedelta(minutes=37 * index),
            duration_seconds=None if status in (Status.LOST, Status.RUNNING) else 1.7 + index * 4.1,
            params={
                "learning_rate": [0.05, 0.1, 0.2][index % 3],
                "max_depth": 4 + index % 5,
                "encoder": ["ordinal", "one-hot", "target"][index % 3],
                "random_state": 7,
                "max_iter": 200,
                "early_stopping": True,
            },
            metrics={} if status is Status.FAILED else metrics | {"n_leaves": 31 * (index + 1)},
        )
    )
