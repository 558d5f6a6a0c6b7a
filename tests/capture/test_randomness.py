"""Whether random numbers were drawn without a seed, from real generators."""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nbmlops.capture.randomness import Randomness
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace


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


# A library that draws while it is imported; each test imports it for the first time.
LIBRARY = "import random\nids = random.getrandbits(24)\ndef fit(**options): return len(options)\n"
HELPERS = "import random\ndef draw(): return random.random()\n"
OWN = "import random\ndef draw(): return random.random()"


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "drawing_library.py").write_text(LIBRARY)
    (tmp_path / "own_helpers.py").write_text(HELPERS)
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    state = random.getstate()
    opened = Shell()
    yield opened
    opened.close()
    random.setstate(state)
    for name in ("drawing_library", "own_helpers"):
        sys.modules.pop(name, None)


def drawn_by(shell: Shell, folder: Path, cell: str, *earlier: str) -> tuple[list[str], set[str]]:
    """What the run of a cell warns of, and the generators whose states it holds."""
    for each in earlier:
        shell.run(each)
    shell.run("%%track drawn --silent\n" + cell)
    workspace = open_workspace(folder)
    workspace.runs.flush()
    run = workspace.runs.get("last")
    workspace.store.close()
    warned = [each.message for each in run.warnings if each.code == "unseeded"]
    return warned, set(run.observed.random_states or ()) if run.observed is not None else set()


@pytest.mark.parametrize(
    ("cell", "earlier"),
    [
        ("from drawing_library import fit\nn = fit(random_state=7)", ()),
        ("from drawing_library import fit\nseed = 7\nsample = fit(random_state=seed)", ()),
        ("import drawing_library\nn = drawing_library.fit()", ("import random",)),
        ("import drawing_library, random\nn = 1", ()),
        ("import drawing_library\nn = f(2)", ("def f(seed): return dict(random=seed)",)),
        ("import drawing_library\nn = d.describe()", ("import pandas\nd = pandas.DataFrame([1])",)),
    ],
)
def test_what_a_library_draws_while_it_is_imported_is_no_draw_of_the_cell(
    shell: Shell, workspace_folder: Path, cell: str, earlier: tuple[str, ...]
) -> None:
    assert drawn_by(shell, workspace_folder, cell, *earlier) == ([], set())


@pytest.mark.parametrize(
    ("cell", "earlier"),
    [
        ("import drawing_library, random\nx = random.random()", ()),
        ("import drawing_library\nfrom random import choice as pick\nx = pick([1, 2])", ()),
        ("import drawing_library\nx = r.random()", ("import random as r",)),
        ("import drawing_library\nx = draw()", (OWN,)),
        ("import drawing_library\nx = list(map(draw, [0]))", (OWN.replace("()", "(_)", 1),)),
        (
            "import drawing_library\ndef f():\n    import random as r\n    return r.random()\nx = f()",
            (),
        ),
        (
            "import drawing_library\nx = Dice().roll()",
            ("import random\nclass Dice:\n    def roll(self): return random.random()",),
        ),
        (
            "import drawing_library\nx = dice.roll()",
            (
                "import random\nclass Dice:\n    def roll(self): return random.random()\ndice = Dice()",
            ),
        ),
        ("import drawing_library, own_helpers\nx = own_helpers.draw()", ()),
        ("import drawing_library\nfrom own_helpers import draw\nx = draw()", ()),
        ("x = draw()", (OWN,)),
        ("x = random.random()", ("import random",)),
        ("import drawing_library, random\nx = random.random()\ndel random", ()),
    ],
)
def test_draws_of_the_cells_own_code_are_told_whatever_is_imported(
    shell: Shell, workspace_folder: Path, cell: str, earlier: tuple[str, ...]
) -> None:
    warned, states = drawn_by(shell, workspace_folder, cell, *earlier)

    assert [message[:36] for message in warned] == ["Random numbers came from random with"]
    assert states == {"random"}


def test_looking_draws_nothing() -> None:
    watch = Randomness()
    before = random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2]
    watch.before()
    watch.after(ast.parse("random.random()"))

    assert (random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2]) == (
        before
    )
