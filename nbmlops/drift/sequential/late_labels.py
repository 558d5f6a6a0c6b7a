"""Rows that were looked at before their label was there, and what becomes of them.

With a column that names each row, a row without a label is waited for: its prediction is kept under
a hash of its key, and when a label comes under that key, its loss is counted in that look, with the
prediction of then. At most `MOST_WAITING` rows are waited for, the latest; without a key nobody can
say which row a label belongs to. Rows that are not waited for are left out of the loss, and their
number is told.

A loss is counted once, when its label comes, so that the wager goes on as before; it speaks of the
rows whose labels have come. Where bad outcomes are reported sooner than good ones, those are no
fair sample of all rows, early labels as little as late ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xxhash

__all__ = ["MOST_WAITING", "LateLabels", "hashes_of"]

Array = np.ndarray[Any, Any]
MOST_WAITING = 100_000  # at most about 4 MB of the state


@dataclass(frozen=True)
class LateLabels:
    """The rows that wait, by the hash of their key, with their predictions; the oldest first."""

    is_keyed: bool = False
    keys: tuple[int, ...] = ()
    predictions: tuple[float | str | bool, ...] = ()
    late_count: int = 0  # labels that came after their row, and are counted in the loss
    left_out_count: int = 0  # rows without a label that are not waited for any more, or never were

    def known(self, hashes: Array) -> Array:
        """Which of these rows are waited for, and so were looked at before."""
        return np.isin(hashes, np.array(self.keys, np.uint64))

    def taken(self, hashes: Array, target: Any, prediction: Any) -> tuple[LateLabels, Any, Any]:
        """What waits after these rows, and the labels and predictions that they give.

        `hashes` are those of the keys, 0 where a row has none; the others are pandas Series.
        """
        import pandas as pd

        target, prediction = (each.reset_index(drop=True) for each in (target, prediction))
        is_known, has_label = self.known(hashes), target.notna().to_numpy()
        kept = dict(zip(self.keys, self.predictions, strict=True))
        said, told = target.to_numpy(object), prediction.to_numpy(object)
        labels, guesses = [], []
        for place in np.flatnonzero(is_known & has_label):
            guess = kept.pop(int(hashes[place]), None)
            if guess is not None:
                labels.append(said[place])
                guesses.append(guess)
        is_new = ~is_known & prediction.notna().to_numpy()
        is_now, waits = is_new & has_label, is_new & ~has_label
        left_out = 0
        for place in np.flatnonzero(waits):
            key = int(hashes[place])
            if not self.is_keyed or key == 0 or key in kept:
                left_out += 1
            else:
                kept[key] = _plain(told[place])
        over = max(len(kept) - MOST_WAITING, 0)
        latest = list(kept.items())[over:]
        after = replace(
            self,
            keys=tuple(key for key, _ in latest),
            predictions=tuple(guess for _, guess in latest),
            late_count=self.late_count + len(labels),
            left_out_count=self.left_out_count + left_out + over,
        )
        if not labels:
            return after, target[is_now], prediction[is_now]
        both = [pd.Series(labels, dtype=object), pd.Series(guesses, dtype=object)]
        parts = zip((target, prediction), both, strict=True)
        found = [pd.concat([now[is_now].astype(object), late]) for now, late in parts]
        return after, found[0].infer_objects(), found[1].infer_objects()

    def to_dict(self) -> dict[str, Any]:
        """What waits, JSON-safe."""
        return {
            "is_keyed": self.is_keyed,
            "keys": list(self.keys),
            "predictions": list(self.predictions),
            "late_count": self.late_count,
            "left_out_count": self.left_out_count,
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> LateLabels:
        """What `to_dict` told."""
        return cls(**{**said, "keys": tuple(said["keys"]),
                      "predictions": tuple(said["predictions"])})  # fmt: skip


def _plain(value: Any) -> float | str | bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.number)) and np.isfinite(float(value)):
        return float(value)
    return str(value)


def hashes_of(keys: Any) -> Array:
    """A number for each key, 0 where there is none; 7, 7.0 and "7" are the same key.

    >>> found = hashes_of([7, 7.0, "7", None, 8])
    >>> [bool(each) for each in (found[0] == found[1] == found[2], found[3] == 0)]
    [True, True]
    """
    import pandas as pd

    series = pd.Series(keys)
    there = series.notna().to_numpy()
    found = np.zeros(len(series), np.uint64)
    found[there] = [
        xxhash.xxh3_64_intdigest(_name(key).encode("utf-8", "surrogatepass")) or 1
        for key in series[there].tolist()
    ]
    return found


def _name(key: Any) -> str:
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
