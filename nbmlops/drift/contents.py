"""Drift of free text and of vectors: can a classifier tell which side a row is from, and by what?

A classifier two-sample test (Lopez-Paz and Oquab, 2017), cross-fitted: what one half of the rows
teaches (words and their weights, components) is tested on the other, both ways. Given what was
learned, rows that it has not seen are exchangeable without drift, so that each half's
Mann–Whitney p-value holds; twice the smaller of them holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.drift.multivariate import separation
from nbmlops.drift.scores import Array

__all__ = ["MOST_ROWS", "Content", "text_test", "vector_test"]

MOST_ROWS = 5_000  # of each side
FEWEST_ROWS = 40
LONGEST = 2_000  # characters of a text that are read
MOST_WORDS = 20_000
MOST_PARTS = 50  # components of a vector
NAMED = 4


@dataclass(frozen=True, slots=True)
class Content:
    """How well the sides can be told apart, and what moved, in words."""

    auc: float
    p_value: float
    moved: str


def text_test(first: Sequence[str], second: Sequence[str], seed: int = 0) -> Content | None:
    """The test of texts by their words (tf-idf), with the words that moved; None of too few."""
    texts = [text[:LONGEST] for text in (*first, *second)]
    analyzer = _analyzer(texts)

    def learn(rows: list[str], side: Array) -> Callable[[list[str]], Array]:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        words = TfidfVectorizer(
            **analyzer, min_df=2, max_features=MOST_WORDS, sublinear_tf=True, dtype=np.float32
        )
        try:
            seen = words.fit_transform(rows)
        except ValueError:  # there is no word twice
            return lambda some: np.zeros(len(some))
        model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=200).fit(seen, side)

        def score(some: list[str]) -> Array:
            found: Array = model.decision_function(words.transform(some))
            return found

        return score

    return _tested(texts, (len(first), len(second)), learn,
                   lambda side: _words(texts, side, analyzer), seed)  # fmt: skip


def vector_test(first: Array, second: Array, seed: int = 0) -> Content | None:
    """The test of vectors by their principal components, with those that moved; None of too few."""
    rows = np.concatenate([first, second]).astype(np.float64)
    rows = np.where(np.isfinite(rows), rows, 0.0)
    if not (rows != rows[:1]).any():  # which has no direction
        enough = min(len(first), len(second)) >= FEWEST_ROWS
        return Content(0.5, 1.0, "") if enough else None

    def learn(some: Array, side: Array) -> Callable[[Array], Array]:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        parts = _components(some, seed)

        def terms(these: Array) -> Array:
            found: Array = parts(these)
            return np.column_stack([found, np.minimum(found**2, 25.0)])

        line = LogisticRegression(C=0.1, class_weight="balanced", max_iter=200)
        line.fit(terms(some), side)
        trees = HistGradientBoostingClassifier(
            max_iter=30, max_leaf_nodes=15, class_weight="balanced", random_state=seed
        ).fit(parts(some), side)

        def score(these: Array) -> Array:
            both = line.predict_proba(terms(these)) + trees.predict_proba(parts(these))
            found: Array = both[:, 1]
            return found

        return score

    return _tested(rows, (len(first), len(second)), learn,
                   lambda side: _directions(rows, side, seed), seed)  # fmt: skip


def _tested(
    rows: Any,
    counts: tuple[int, int],
    learn: Callable[[Any, Array], Callable[[Any], Array]],
    moved: Callable[[Array], str],
    seed: int,
) -> Content | None:
    if min(counts) < FEWEST_ROWS:
        return None
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(seed)
    side = np.repeat([0, 1], counts)
    half = np.concatenate([random.permutation(count) % 2 for count in counts])
    found = []
    # So few rows are learned fastest by one thread, above all on a machine that is busy.
    with threadpool_limits(limits=1):
        for left in (0, 1):
            known, test = np.flatnonzero(half != left), np.flatnonzero(half == left)
            score = learn(_taken(rows, known), side[known])
            found.append(separation(score(_taken(rows, test)), side[test]))
        told = moved(side)
    auc = float(np.mean([one[0] for one in found]))
    return Content(auc, min(1.0, 2 * min(one[1] for one in found)), told)


def _taken(rows: Any, places: Array) -> Any:
    return rows[places] if isinstance(rows, np.ndarray) else [rows[place] for place in places]


# ── what moved ───────────────────────────────────────────────────────────────────────────────


def _analyzer(texts: Sequence[str]) -> dict[str, Any]:
    """Words, or pairs of signs where a language has no spaces between its words."""
    spaced = sum(" " in text.strip() for text in texts)
    if 2 * spaced >= len(texts):
        return {"analyzer": "word"}
    return {"analyzer": "char", "ngram_range": (1, 2)}


def _words(texts: Sequence[str], side: Array, analyzer: dict[str, Any]) -> str:
    """The words whose share of the texts moved most for certain, each with both shares."""
    from sklearn.feature_extraction.text import CountVectorizer

    try:
        counter = CountVectorizer(**analyzer, binary=True, min_df=2, max_features=MOST_WORDS)
        there = counter.fit_transform(texts)
    except ValueError:
        return ""
    sizes = np.bincount(side, minlength=2)
    before, now = (np.asarray(there[side == each].mean(axis=0)).ravel() for each in (0, 1))
    rate = (before * sizes[0] + now * sizes[1]) / sizes.sum()
    rest = np.maximum(1 - rate, 0.0)  # a sum of floats may pass one
    error = np.sqrt(rate * rest * (1 / sizes[0] + 1 / sizes[1])) + 1e-12
    z = (now - before) / error
    names = counter.get_feature_names_out()
    order = [place for place in np.argsort(-np.abs(z))[:NAMED] if abs(z[place]) > 3]
    return ", ".join(f"{str(names[place])!r} {before[place]:.1%} → {now[place]:.1%}".replace(
        "%", " %") for place in order)  # fmt: skip


def _components(rows: Array, seed: int) -> Callable[[Array], Array]:
    """What gives the principal components of rows, each with a spread of one on these."""
    from sklearn.decomposition import PCA

    count = min(MOST_PARTS, rows.shape[1], len(rows) - 1)
    parts = PCA(count, svd_solver="randomized" if count < rows.shape[1] else "auto",
                random_state=seed).fit(rows)  # fmt: skip
    spread = np.sqrt(parts.explained_variance_) + 1e-12
    return lambda some: np.asarray(parts.transform(some) / spread)


def _directions(rows: Array, side: Array, seed: int) -> str:
    """The components that moved most, by their middle or their spread, and where they lie."""
    from sklearn.decomposition import PCA

    count = min(MOST_PARTS, rows.shape[1], len(rows) - 1)
    parts = PCA(count, random_state=seed).fit(rows)
    first, second = (parts.transform(rows[side == each]) for each in (0, 1))
    width = first.std(axis=0) + 1e-12
    shift = (second.mean(axis=0) - first.mean(axis=0)) / width
    wider = second.std(axis=0) / width
    error = (1 / len(first) + 1 / len(second)) ** 0.5
    size = np.maximum(np.abs(shift), np.abs(np.log(wider + 1e-12)) * 2**0.5) / error
    told = []
    for place in np.argsort(-size)[:2]:
        if size[place] <= 3:
            continue
        loads = np.argsort(-np.abs(parts.components_[place]))[:3]
        if abs(shift[place]) * 2 >= abs(np.log(wider[place] + 1e-12)):
            what = f"by {shift[place]:+.2f} sd".replace("-", "−")
        else:
            what = f"to {wider[place]:.2f} times the spread"
        share = parts.explained_variance_ratio_[place]
        told.append(
            f"component {place + 1} ({share:.0%} of the variance, most in dimensions "
            f"{', '.join(map(str, loads))}) {what}".replace("%", " %")
        )
    return "; ".join(told)
