"""Free text and vectors: how often their tests are wrong, and what they find and name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbmlops.drift.contents import text_test, vector_test
from nbmlops.drift.records import report_from_dict
from nbmlops.workspace import Workspace

WORDS = np.array([f"word{place}" for place in range(400)])
SHARES = 1 / np.arange(1, 401)


def texts(random: np.random.Generator, n: int, more: str = "", share: float = 0.0) -> list[str]:
    made = []
    for _ in range(n):
        words = random.choice(WORDS, random.integers(8, 20), p=SHARES / SHARES.sum()).tolist()
        if random.random() < share:
            words.append(more)
        made.append(" ".join(words))
    return made


def vectors(random: np.random.Generator, n: int, size: int = 32) -> np.ndarray:
    """Vectors that lie in a few directions, with heavy tails."""
    ways = np.random.default_rng(0).normal(size=(6, size))
    return random.standard_t(4, (n, 6)) @ ways + 0.3 * random.normal(size=(n, size))


def at_most(rate: float, repetitions: int) -> float:
    return rate + 3.1 * math.sqrt(rate * (1 - rate) / repetitions)


def test_texts_without_drift_are_flagged_no_more_often_than_the_level_says() -> None:
    repetitions, found = 40, 0
    for study in range(repetitions):
        random = np.random.default_rng([1, study])
        test = text_test(texts(random, 250), texts(random, 150))
        assert test is not None
        found += test.p_value <= 0.05
    assert found / repetitions <= at_most(0.05, repetitions)


def test_vectors_without_drift_are_flagged_no_more_often_than_the_level_says() -> None:
    repetitions, found = 40, 0
    for study in range(repetitions):
        random = np.random.default_rng([2, study])
        test = vector_test(vectors(random, 300), vectors(random, 200))
        assert test is not None
        found += test.p_value <= 0.05
    assert found / repetitions <= at_most(0.05, repetitions)


def test_a_word_that_came_is_found_and_named_with_its_shares() -> None:
    random = np.random.default_rng(3)

    test = text_test(texts(random, 900, "refund", 0.02), texts(random, 700, "refund", 0.3))

    assert test is not None
    assert test.p_value < 1e-6
    assert test.auc > 0.55
    name, before, _, now = test.moved.split(",")[0].replace(" %", "%").split()
    assert name == "'refund'"
    assert float(before[:-1]) == pytest.approx(2, abs=2)
    assert float(now[:-1]) == pytest.approx(30, abs=5)


def test_a_language_without_spaces_is_told_by_its_signs() -> None:
    random = np.random.default_rng(4)
    signs = [chr(0x4E00 + place) for place in range(200)]

    def side(more: str) -> list[str]:
        return ["".join(random.choice(signs, 20)) + more for _ in range(200)]

    test = text_test(side(""), side("退款"))

    assert test is not None
    assert test.p_value < 1e-6
    assert "退" in test.moved


@pytest.mark.parametrize("change", ["middle", "spread"])
def test_a_direction_that_moved_is_found_and_named(change: str) -> None:
    random = np.random.default_rng(5)
    first, second = vectors(random, 800), vectors(random, 800)
    way = np.random.default_rng(0).normal(size=(6, 32))[2]
    along = (second @ way / (way @ way))[:, None] * way
    second = second + (1.5 * way if change == "middle" else 0.8 * along)

    test = vector_test(first, second)

    assert test is not None
    assert test.p_value < 1e-6
    assert "component" in test.moved
    assert ("sd" if change == "middle" else "times the spread") in test.moved


@pytest.mark.parametrize("text", ["", "the", "same text", "a"])
def test_texts_that_say_nothing_are_no_drift(text: str) -> None:
    test = text_test([text] * 60, [text] * 60)

    assert test is not None
    assert test.p_value > 0.05
    assert text_test([text] * 10, [text] * 900) is None


def test_vectors_that_are_constant_or_broken_do_no_harm() -> None:
    for value in (0.0, np.nan, np.inf, 1e30):
        test = vector_test(np.full((60, 3), value), np.full((60, 3), value))
        assert test is not None
        assert test.p_value > 0.05
    assert vector_test(np.zeros((60, 1)), np.ones((60, 1))) is not None


def reviews(seed: int, *, is_drifted: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    n = 600
    made = vectors(random, n)
    if is_drifted:
        made[:, :5] += 2
    return pd.DataFrame(
        {
            "review": [f"{text} and so on for longer" for text in
                       texts(random, n, "refund", 0.4 if is_drifted else 0.02)],
            "embedding": list(made),
            "stars": random.integers(1, 6, n),
        }
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_columns_of_text_and_vectors_stand_in_the_report(kind: str, workspace: Workspace) -> None:
    def made(frame: pd.DataFrame) -> Any:
        if kind == "pandas":
            return frame
        table = pa.table({name: frame[name].tolist() for name in frame})
        return table if kind == "arrow" else pl.from_arrow(table)

    first, second = made(reviews(1)), made(reviews(2, is_drifted=True))

    report = workspace.drift.check(first, second, texts=True)

    assert set(report.drifted_columns) == {"review", "embedding"}
    assert report["review"].kind == "text"
    assert report["embedding"].kind == "vector"
    assert report["review"].leading is not None
    assert report["review"].leading.measure == "content"
    assert "'refund'" in report.to_text(200)
    assert "component" in str(report._repr_mimebundle_()["text/html"])
    kept = workspace.drift.show(str(report.run_id))
    assert kept.columns == report.columns
    assert report_from_dict(report.to_dict()) == report


def test_without_drift_no_word_is_named(workspace: Workspace) -> None:
    report = workspace.drift.check(reviews(1), reviews(3), texts=True)

    assert report["review"].state == report["embedding"].state == "none"
    assert "refund" not in report.to_html()


def test_texts_are_tested_only_when_asked(workspace: Workspace) -> None:
    report = workspace.drift.check(reviews(1), reviews(2, is_drifted=True))

    assert report["review"].state == "untested"
    assert "--texts" in report["review"].reason
