"""How far a loop is, as its code says it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from nbmlops.capture.loops import Course, find_course

ITEMS = [1, 2, 3]


@pytest.mark.parametrize(
    ("code", "course"),
    [
        ("for i in range(10):\n log(a=1, step=i)", Course(10, 0, 9)),
        ("for i in range(n):\n nbmlops.log(a=1, step=i)", Course(7, 0, 6)),
        ("for i in range(1, n + 1):\n run.log(a=1, step=i)", Course(7, 1, 7)),
        ("for i in range(0, 100, 5):\n log(a=1, step=i)", Course(20, 0, 95)),
        ("for i in range(10, 0, -1):\n log(a=1, step=i)", Course(10, 10, 1)),
        ("for i, each in enumerate(items):\n log(a=1, step=i)", Course(3, 0, 2)),
        ("for i, each in enumerate(tqdm(items), start=1):\n log(a=1, step=i)", Course(3, 1, 3)),
        ("for i in tqdm.tqdm(range(len(items))):\n log(a=1, step=i)", Course(3, 0, 2)),
        ("for i in trange(n):\n log(a=1, step=i)", Course(7, 0, 6)),
        ("for i in steps:\n log(a=1, step=i)", Course(5, 2, 10)),
        ("for e in range(3):\n for i in range(4):\n  log(a=1, step=e * 4 + i)", Course(12, 0, 11)),
        ("for e in range(3):\n for i in range(4):\n  pass\n log(a=1, step=e)", Course(3, 0, 2)),
        ("for each in items:\n log(a=1)", Course(3)),
        ("k = 0\nfor each in items:\n log(a=1, step=k)\n k += 1", Course(3)),
    ],
)
def test_a_loop_that_logs_says_from_where_to_where(code: str, course: Course) -> None:
    namespace = {"n": 7, "items": ITEMS, "steps": range(2, 12, 2), "k": 2}

    assert find_course(ast.parse(code), namespace) == course


class Liar:
    """Calling anything of it would be somebody's code."""

    def __len__(self) -> int:
        raise AssertionError

    def __iter__(self) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    "code",
    [
        "log(a=1)",
        "for i in loader:\n log(a=1, step=i)",
        "for i, each in enumerate(loader):\n log(a=1, step=i)",
        "while True:\n log(a=1)",
        "for i in range(unknown):\n log(a=1, step=i)",
        "for i in range(0):\n log(a=1, step=i)",
        "for i in range(5, 1, 0):\n log(a=1, step=i)",
        "for i in range(flag):\n log(a=1, step=i)",
        "def f():\n for i in range(3):\n  log(a=1, step=i)",
        "for i in range(3):\n print(i)",
    ],
)
def test_where_nobody_knows_nothing_is_said_and_nothing_is_called(code: str) -> None:
    assert find_course(ast.parse(code), {"loader": Liar(), "flag": True}) is None


@pytest.mark.parametrize(
    ("course", "step", "count", "done"),
    [
        (Course(10, 0, 9), 0, 1, 1),
        (Course(10, 0, 9), 9, 10, 10),
        (Course(20, 0, 95), 50, 11, 11),
        (Course(10, 10, 1), 8, 3, 3),
        (Course(10, 0, 9), 12, 13, None),
        (Course(10, 0, 9), None, 3, None),
        (Course(3), None, 2, 2),
        (Course(3), 100, 4, None),
    ],
)
def test_what_is_done_follows_from_the_step(
    course: Course, step: int | None, count: int, done: int | None
) -> None:
    assert course.done(step, count) == done
