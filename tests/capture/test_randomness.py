"""Whether random numbers were drawn without a seed, from real generators."""

from __future__ import annotations

import ast
import random

import numpy as np
import pytest

from nbmlops.capture.randomness import Randomness


def told(cell: str, *earlier: str) -> list[str]:
    states = random.getstate(), np.random.get_state()
    watch = Randomness()
    namespace: dict[str, object] = {}
    for source in earlier:
        exec(source, namespace)
        watch.learn(ast.parse(source))
    watch.before()
    try:
        exec(cell, namespace)
        return watch.after(ast.parse(cell)).unseeded
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("import numpy as np\nnp.random.rand(3)", ["numpy.random"]),
        ("import random\nrandom.shuffle([1, 2])", ["random"]),
        ("import numpy as np\nnp.random.default_rng().normal()", ["default_rng()"]),
        ("import numpy as np\nnp.random.default_rng(3).normal()", []),
        ("import numpy as np\nnp.random.seed(1)\nnp.random.rand(3)", []),
        (
            "import numpy as np\nset_seed = np.random.seed\nset_seed(seed=3)\nnp.random.rand()",
            [],
        ),
        ("x = 1", []),
        (
            "from sklearn.model_selection import train_test_split\ntrain_test_split([1, 2, 3])",
            ["numpy.random"],
        ),
        (
            "import sklearn.model_selection as m\nm.train_test_split([1, 2, 3], random_state=1)",
            [],
        ),
    ],
)
def test_what_was_drawn_without_a_seed_is_told(cell: str, expected: list[str]) -> None:
    assert told(cell) == expected


def test_a_seed_in_an_earlier_cell_counts() -> None:
    seed = "import numpy as np\nnp.random.seed(7)"

    assert told("np.random.rand(2)", seed) == []
    assert told("np.random.rand(2)", "import numpy as np") == ["numpy.random"]


def test_looking_draws_nothing() -> None:
    watch = Randomness()
    before = random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2]
    watch.before()
    watch.after(ast.parse("random.random()"))

    assert (random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2]) == (
        before
    )
