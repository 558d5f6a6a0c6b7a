"""What a tracked cell did to its notebook: recorded with its run, used, shown, and left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from nbmlops.comparison import compare
from nbmlops.records import Run, Seed
from nbmlops.testing import Shell
from nbmlops.views.runs import card_html, card_text, rich_run
from nbmlops.workspace import open_workspace

Track = Callable[..., Run]


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run(
        "import numpy as np, pandas as pd, random, nbmlops\n"
        "pd.DataFrame({'a': range(9), 'b': 1.5}).to_csv('in.csv', index=False)"
    )
    yield opened
    opened.close()


@pytest.fixture
def track(shell: Shell, workspace_folder: Path) -> Track:
    def run(cell: str, options: str = "", *, cell_id: str | None = None) -> Run:
        source = f"%%track names --silent {options}\n{cell}"
        result = shell.ip.run_cell(source, store_history=True, cell_id=cell_id)
        assert result.success, shell.printed
        return latest(workspace_folder)

    return run


def latest(folder: Path) -> Run:
    workspace = open_workspace(folder)
    workspace.runs.flush()
    found = workspace.runs.get("last")
    workspace.store.close()
    return found


def test_names_that_were_made_changed_and_read_are_recorded(shell: Shell, track: Track) -> None:
    shell.run("frame = pd.read_csv('in.csv')\ntable = {'rows': []}\nalias = table['rows']")
    seen = track(
        "total = frame['a'].sum()\nframe['c'] = 0\ntable['rows'].append(total)\n"
        "pd.set_option('display.precision', 4)\nframe.to_csv('out.csv')"
    ).observed

    assert seen is not None
    assert (seen.bound, seen.mutated) == (("total",), ("alias", "frame", "table"))
    assert (seen.read, seen.used) == (("frame", "table"), ("pd",))
    assert (seen.settings, seen.made_files) == (("pandas options",), ("out.csv",))
    assert (seen.unsure, seen.seeds, seen.random_states) == ((), (), {})
    shell.run("pd.reset_option('display.precision')")


def test_magics_await_and_output_history_are_followed(shell: Shell, track: Track) -> None:
    shell.run("rows = []\nx = 5\nimport asyncio\nasync def get(): return x")

    assert track("%time rows.append(1)").observed.mutated == ("rows",)
    assert track("y = await get()").observed.read == ("x",)
    assert track("lines = !echo {x}").observed.read == ("x",)
    assert track("get_ipython().run_cell('rows.append(2)')").observed.mutated == ("rows",)


def test_a_failed_cell_and_an_interrupted_one_tell_how_far_they_came(
    shell: Shell, workspace_folder: Path
) -> None:
    shell.run("rows = []")
    for ending in ("1 / 0", "raise KeyboardInterrupt"):
        shell.ip.run_cell(f"%%track names --silent\nrows.append(1)\nmade = 2\n{ending}\nlater = 3")
        seen = latest(workspace_folder).observed

        assert seen is not None
        assert (seen.bound, seen.mutated) == (("made",), ("rows",))


def test_what_a_cell_did_is_shown_in_a_line(shell: Shell, track: Track) -> None:
    shell.run("frame = pd.read_csv('in.csv')\nSEED = 7")
    run = track("frame['z'] = 1\nrng = np.random.default_rng(SEED)\nmodel = rng.normal()")
    expected = (
        "made rng, model · changed frame · read SEED, frame · seeds np.random.default_rng(…) 7"
    )
    printed = StringIO()
    Console(file=printed, width=200).print(rich_run(run))
    page = card_html(run)

    assert expected in printed.getvalue()
    assert "changed </span>frame" in page


def test_it_can_be_left_out(shell: Shell, track: Track) -> None:
    shell.run("rows = []")
    cell = "rows.append(np.random.rand())\nx = 1"

    assert track(cell, "--skip names").observed.bound == ()
    assert track(cell, "--skip randomness").observed.random_states is None
    assert track(cell, "--skip names,randomness").observed is None
    assert track("pass").observed is None


# ---------------------------------------------------------------------------------------- data


def roles(run: Run) -> dict[str, tuple[str, str | None]]:
    return {data.name: (data.role, data.source) for data in run.datasets.values()}


def test_a_frame_that_was_changed_in_place_stands_for_its_file_no_longer(
    shell: Shell, track: Track
) -> None:
    shell.run("df = pd.read_csv('in.csv')\nother = pd.read_csv('in.csv')")
    assert roles(track("mean = df['a'].mean()"))["df"] == ("read", "in.csv")

    assert roles(track("df['c'] = 1"))["df"] == ("changed", None)
    assert roles(track("mean = df['a'].mean()"))["df"] == ("read", None)
    shell.run("def clean(frame):\n    frame.drop(0, inplace=True)\n\nclean(other)")
    assert roles(track("mean = other['a'].mean()"))["other"] == ("read", None)


def test_a_frame_that_is_changed_by_another_name_is_changed(shell: Shell, track: Track) -> None:
    shell.run("df = pd.read_csv('in.csv')\nalias = df")
    track("alias.loc[0, 'a'] = 5")

    assert roles(track("mean = df['a'].mean()"))["df"] == ("read", None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("df = pd.read_csv('in.csv')\ndf['c'] = 1", "df"),
        ("df = pd.read_csv('in.csv')\ndf.drop(columns='a', inplace=True)", "df"),
        ("df = pd.read_csv('in.csv')\ndf = df[df.a > 3]", "df"),
        ("df = pd.read_csv('in.csv')\ndel df['a']", "df"),
        ("df = pd.read_csv('in.csv')\nfor c in 'ab':\n    df[c] = 0", "df"),
    ],
)
def test_what_is_changed_where_it_is_read_is_told_apart_from_the_file(
    track: Track, code: str, name: str
) -> None:
    found = roles(track(code))

    assert found[name] == ("made", None)
    assert found["in.csv"] == ("read", "in.csv")


def test_what_was_fitted_on_before_it_was_changed_keeps_its_role(track: Track) -> None:
    run = track(
        "from sklearn.linear_model import LinearRegression\nX = pd.read_csv('in.csv')\n"
        "y = X['a'] * 2\nmodel = LinearRegression().fit(X, y)\nX['c'] = 0"
    )

    assert roles(run)["X"] == ("train", None)
    assert roles(run)["in.csv"] == ("read", "in.csv")


def test_what_was_changed_is_an_effect_and_no_reason(
    shell: Shell, track: Track, workspace_folder: Path
) -> None:
    shell.run("df = pd.read_csv('in.csv')")
    for value in (1, 2):
        track(f"df['c'] = {value}\nnbmlops.log(score={value / 4})")
    workspace = open_workspace(workspace_folder)
    first, second = reversed(list(workspace.runs.find("experiment = 'names'", limit=2)))
    (why,) = workspace.runs.compare(first.id, second.id).why
    workspace.store.close()

    assert [reason.kind for reason in why.reasons] == ["code"]


# ---------------------------------------------------------------------------------- parameters


def test_a_literal_that_cells_write_to_is_a_parameter_as_it_is_now(
    shell: Shell, track: Track
) -> None:
    shell.run("config = {'depth': 3, 'model': {'rate': 0.1}}\nrows = []")
    assert track("config, rows").params == {
        "config": {"depth": 3, "model": {"rate": 0.1}},
        "rows": [],
    }

    shell.run("config['depth'] = 5\nconfig['model']['rate'] = 0.5\nrows.append(1)")
    run = track("config, rows")

    assert run.params == {"config": {"depth": 5, "model": {"rate": 0.5}}}
    assert run.param_sources == {"config": "cell 5"}
    shell.run("config['depth'] = sum(rows)")
    assert track("config").params == {}


def test_a_literal_is_compared_without_asking_what_is_in_it(shell: Shell, track: Track) -> None:
    shell.run(
        "asked = []\nclass Odd:\n    def __eq__(self, other):\n        asked.append(other)\n"
        "    __hash__ = None\nlayers = [64, 32]\nlayers[0] = Odd()"
    )
    run = track("layers\nlen(asked)")

    assert "layers" not in run.params
    assert shell.ip.user_ns["asked"] == []


# --------------------------------------------------------------------------------------- order


def test_a_change_by_a_cell_further_down_is_out_of_order(
    shell: Shell, track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = {"one": "frame = 1", "two": "frame.mean()", "three": "frame['c'] = 1"}
    notebook = tmp_path / "study.ipynb"
    notebook.write_text(
        json.dumps(
            {"cells": [{"cell_type": "code", "id": key, "source": text}
                       for key, text in cells.items()]}
        )
    )  # fmt: skip
    monkeypatch.setenv("NBMLOPS_NOTEBOOK", str(notebook))

    def told(run: Run) -> list[str]:
        return [warning.message for warning in run.warnings if warning.code == "order"]

    shell.ip.run_cell("frame = pd.read_csv('in.csv')", cell_id="one", store_history=True)
    assert told(track("frame.mean()", cell_id="two")) == []
    shell.ip.run_cell("frame['c'] = 1", cell_id="three", store_history=True)
    (message,) = told(track("frame.mean()", cell_id="two"))
    assert "frame was changed by a cell further down" in message
    assert told(track("frame['c'] = 1", cell_id="three")) == []

    shell.ip.run_cell("frame = pd.read_csv('in.csv')", cell_id="one", store_history=True)
    assert told(track("frame.mean()", cell_id="two")) == []


# --------------------------------------------------------------------------------------- seeds


def test_seeds_of_this_cell_and_of_earlier_ones_are_recorded(shell: Shell, track: Track) -> None:
    shell.run("np.random.seed(7)\nrandom.seed(8)\nSEED = 3\nrng = np.random.default_rng(SEED)")
    shell.run("def split(X):\n    return make(X, random_state=5)")

    assert track("x = 1").observed.seeds == ()
    assert track("x = np.random.rand()").observed.seeds == (Seed("np.random.seed(…)", 7, "cell 3"),)
    assert track("x = rng.normal()").observed.seeds == (
        Seed("np.random.default_rng(…)", 3, "cell 3"),
    )
    assert track("split").observed.seeds == (Seed("make(random_state=…)", 5, "cell 4"),)
    run = track("random.seed(SEED)\nx = random.random()")
    assert run.observed.seeds == (Seed("random.seed(…)", 3),)
    assert run.observed.random_states == {}  # from where it began makes no difference


def test_a_function_that_is_defined_anew_gives_its_seed_once(shell: Shell, track: Track) -> None:
    cell = "def split(X):\n    return dict(X, random_state=5)\nx = split({})"
    first, second = track(cell), track(cell.replace("{}", "{'a': 1}"))
    assert first.observed.seeds == (Seed("dict(random_state=…)", 5),)
    assert second.observed.seeds == first.observed.seeds
    assert not [each for each in second_reasons(first, second) if each.kind == "seed"]


def second_reasons(first: Run, second: Run) -> list[Any]:
    return list(compare([first, second]).why[0].reasons)


def test_where_a_generator_stood_is_recorded_when_it_was_drawn_from(
    shell: Shell, track: Track
) -> None:
    shell.run("np.random.seed(7)\nrng = np.random.default_rng(3)")
    first = track("x = np.random.rand(), rng.normal()").observed.random_states
    second = track("x = np.random.rand(), rng.normal()").observed.random_states
    shell.run("np.random.seed(7)\nrng = np.random.default_rng(3)")
    again = track("x = np.random.rand(), rng.normal()").observed.random_states

    assert first.keys() == {"numpy.random", "rng"}
    assert first == again
    assert all(first[name] != second[name] for name in first)
    assert track("np.random.seed(1)\nx = np.random.rand()").observed.random_states == {}


def test_a_seed_of_another_generator_does_not_count(shell: Shell, track: Track) -> None:
    shell.run("random.seed(1)\nloose = np.random.default_rng()")

    def unseeded(run: Run) -> list[str]:
        return [each.message for each in run.warnings if each.code == "unseeded"]

    assert "numpy.random" in unseeded(track("x = np.random.rand()"))[0]
    assert unseeded(track("x = random.random()")) == []
    assert "loose" in unseeded(track("x = loose.normal()"))[0]


def test_the_card_says_that_other_random_numbers_were_drawn(
    shell: Shell, track: Track, workspace_folder: Path
) -> None:
    def card(cell: str) -> str:
        run = track(cell, cell_id="one")
        workspace = open_workspace(workspace_folder)
        told = card_text(run, workspace.runs.history_of(run))
        workspace.store.close()
        return told

    shell.run("np.random.seed(7)")
    card("score = np.random.rand()")
    assert "numpy.random began in another state" in card("score = np.random.rand()")
    card("score = len([np.random.rand()]) / 2")
    assert "same attempt as" in card("score = len([np.random.rand()]) / 2")
    shell.run("np.random.seed(7)")
    card("np.random.seed(7)\nscore = np.random.rand()")
    assert "same attempt as" in card("np.random.seed(7)\nscore = np.random.rand()")
