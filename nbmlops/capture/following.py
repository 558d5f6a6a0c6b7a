"""The points of an open run as they come, read back from its own journal.

`log` in a loop writes one line and tells nobody, so that whoever wants to see the points while the
cell runs reads them where they are. What is read at once is bounded: of a faster loop, a sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nbmlops.capture.run import ActiveRun
from nbmlops.capture.values import is_finite
from nbmlops.events import decode_value, utc
from nbmlops.records import Metric

__all__ = ["Following", "Points", "sampled_series"]

AT_ONCE = 100
FROM_BEGINNING = 600


@dataclass(slots=True)
class Points:
    """Places and values of one metric, in the order in which they were logged."""

    steps: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class Following:
    """Reads what a run has logged since it was asked last."""

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._position = run.began_at
        self._sequence = -1
        self._counts: dict[str, int] = {}
        self.last_step: int | None = None
        self.most_count = 0  # of the points that were read of one metric

    def take(self) -> dict[str, Points]:
        """The new points of each metric."""
        position = self._run.journal_position()
        if position == self._position:
            return {}
        most = FROM_BEGINNING if self._sequence < 0 else AT_ONCE
        found: dict[str, Points] = {}
        for record in self._run.sample_records(self._position, most):
            if record["s"] <= self._sequence:
                continue
            self._sequence = record["s"]
            if record.get("k") != "metric" or record.get("r") != self._run.id:
                continue
            step = record.get("x")
            self.last_step = step if step is not None else self.last_step
            for name, told in record["d"].items():
                self._add(found, name, step, told)
        self._position = position
        return found

    def _add(self, found: dict[str, Points], name: str, step: int | None, told: object) -> None:
        value = decode_value(told)
        count = self._counts[name] = self._counts.get(name, 0) + 1
        self.most_count = max(self.most_count, count)
        points = found.setdefault(name, Points())
        points.steps.append(float(count - 1 if step is None else step))
        points.values.append(float(value) if is_finite(value) else float("nan"))


def sampled_series(run: ActiveRun, points: int = 120) -> dict[str, list[Metric]]:
    """A sample of the points of each metric with steps, read back from the journal.

    At most `points` records are read, evenly spread over the run, first and last included; it
    serves pictures. The database has every point.
    """
    series: dict[str, list[Metric]] = {}
    for record in run.sample_records(run.began_at, points):
        if record.get("k") != "metric" or record.get("r") != run.id:
            continue
        if (step := record.get("x")) is None:
            continue
        for name, value in record["d"].items():
            point = Metric(step, decode_value(value), utc(record["t"]))
            series.setdefault(name, []).append(point)
    return series
