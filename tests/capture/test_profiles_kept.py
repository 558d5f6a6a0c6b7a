"""What a cell's models learned from is kept as a profile, and later data is compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.capture import later
from nbmlops.data.profile import Profile
from nbmlops.errors import ArtifactNotFoundError
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace, current_workspace, open_workspace

DATA = """import numpy as np, pandas as pd
from sklearn.linear_model import Ridge
from sklearn.dummy import DummyRegressor
rng = np.random.default_rng(0)
X_train = pd.DataFrame({"age": rng.normal(40, 9, 900), "income": rng.lognormal(10, 0.4, 900)})
y_train = rng.normal(size=900)
"""


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    opened = Shell()
    opened.run(DATA)
    yield opened
    opened.close()


@pytest.fixture
def workspace(workspace_folder: Path) -> Workspace:
    return open_workspace(workspace_folder)


def track(shell: Shell, code: str, options: str = "") -> Run:
    shell.run(f"%%track profiles --silent {options}\n{code}\n")
    later.wait()
    opened = current_workspace()
    return next(iter(opened.runs.find(experiment="profiles", limit=1)))


def profiles(run: Run) -> list[str]:
    return sorted(name for name, one in run.artifacts.items() if one.kind == "profile")


def test_data_that_a_model_learned_from_is_compared_without_its_rows(
    shell: Shell, workspace: Workspace
) -> None:
    run = track(shell, "model = Ridge().fit(X_train, y_train)")
    live = pd.DataFrame(
        {"age": np.random.default_rng(1).normal(47, 9, 700),
         "income": np.random.default_rng(2).lognormal(10, 0.4, 700)}
    )  # fmt: skip

    assert profiles(run) == ["X_train.profile", "y_train.profile"]
    by_name = nbmlops.check_drift(f"run:{run.id}/X_train", live)
    by_role = nbmlops.check_drift(f"run:{run.id}/train", live)
    exact = nbmlops.check_drift(shell.ip.user_ns["X_train"], live)

    assert by_name.drifted_columns == by_role.drifted_columns == ("age",)
    for told, known in zip(by_name.results, exact.results, strict=True):
        assert told.effect == pytest.approx(known.effect, abs=1e-3)
        assert told.state == known.state
    assert not by_name.notes
    with pytest.raises(ArtifactNotFoundError, match=r"y_train\.profile"):
        nbmlops.check_drift(f"run:{run.id}/test", live)


def test_a_part_of_a_frame_that_is_gone_in_the_end_was_read_when_the_fit_began(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("people = X_train.assign(bought=y_train, city='Rome')")
    run = track(shell, "model = Ridge().fit(people[['age', 'income']], people['bought'])")

    profile = workspace.drift.profile(f"run:{run.id}/train")
    assert [column.name for column in profile.columns] == ["age", "income"]
    assert profile.row_count == 900


def test_too_much_data_for_the_time_of_a_cell_is_sampled_and_said_to_be(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run(
        "X = pd.DataFrame(rng.normal(size=(400_000, 12))).rename(columns=str)\ny = X['0'] * 2"
    )
    run = track(shell, "import time\nmodel = DummyRegressor().fit(X, y)\ntime.sleep(1)")
    (name,) = set(profiles(run)) & {"X.profile"}

    profile = workspace.drift.profile(f"run:{run.id}/{name}")
    assert profile.partial
    assert 200 <= profile.row_count < profile.whole_count == 400_000
    report = workspace.drift.check(f"run:{run.id}/train", shell.ip.user_ns["X"].head(5000))
    assert not report.drifted
    assert "evenly spread rows of 400,000" in report.notes[0]


@pytest.mark.parametrize("options", ["--skip profiles", "--skip data"])
def test_nothing_of_it_is_kept_where_that_is_not_wanted(shell: Shell, options: str) -> None:
    run = track(shell, "model = Ridge().fit(X_train, y_train)", options)

    assert profiles(run) == []
    assert run.models["model"].class_name.endswith("Ridge")


def test_data_that_is_no_more_what_the_model_saw_is_not_kept_as_that(shell: Shell) -> None:
    changed = track(shell, "model = Ridge().fit(X_train, y_train)\nX_train['age'] = 0.0")
    before = track(shell, "X_train['age'] += 1.0\nmodel = Ridge().fit(X_train, y_train)")

    assert profiles(changed) == ["y_train.profile"]
    assert profiles(before) == ["X_train.profile", "y_train.profile"]


SECRET = "ghp_" + "a1B2c3D4" * 5


def test_secrets_and_names_of_rows_are_in_no_profile(shell: Shell, workspace: Workspace) -> None:
    shell.run(
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import OneHotEncoder\n"
        "X = pd.DataFrame({'plan': ['free', 'gold', 'SECRET'] * 300,"
        " 'api_key': ['alpha', 'beta', 'gamma'] * 300,"
        " 'who': [f'person number {n}' for n in range(900)]})".replace("SECRET", SECRET)
    )
    run = track(shell, "model = make_pipeline(OneHotEncoder(), DummyRegressor()).fit(X, y_train)")

    kept: Profile = workspace.drift.profile(f"run:{run.id}/train")
    assert set(kept["plan"].levels) == {"free", "gold", "[redacted]"}
    assert kept["plan"].counts is not None
    assert kept["plan"].counts.tolist() == [300, 300, 300]
    assert kept["who"].levels == ()
    assert kept["api_key"].levels == ()
    content = workspace.runs.artifact(run.id, "X.profile")
    for text in (SECRET, "person number", "gamma"):
        assert text.encode() not in content


def read_with_any_library(kind: str, rows: int) -> Any:
    frame = pd.DataFrame(
        {"x": np.arange(rows) % 97 + 0.5, "label": np.array(["a", "b", "c"])[np.arange(rows) % 3]}
    )
    if kind == "polars":
        return pytest.importorskip("polars").from_pandas(frame)
    if kind == "pyarrow":
        return pytest.importorskip("pyarrow").Table.from_pandas(frame)
    return frame[["x"]].to_numpy() if kind == "numpy" else frame


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "numpy"])
def test_a_sample_is_of_evenly_spread_rows_whatever_holds_them(kind: str) -> None:
    from nbmlops.data.columns import columns_of
    from nbmlops.data.samples import sample_within

    rows = 50_000
    data = read_with_any_library(kind, rows)
    whole = sample_within(data, 60.0)
    part = columns_of(data).spread(5000)

    assert whole is not None
    assert whole.row_count == whole.whole_count == rows
    assert not whole.profile().partial
    numbers = part.read(0).numbers
    assert numbers is not None
    assert 4800 <= len(numbers) <= 5000
    # The values follow each other in a rhythm, and no part of it is preferred.
    counts = np.bincount(numbers.astype(int), minlength=97)
    assert counts.min() > 20
    assert abs(numbers.mean() - 48.5) < 1.5
    assert sample_within(data, 1e-9) is None


def test_a_profile_of_thirty_columns_is_at_most_a_megabyte() -> None:
    from nbmlops.data.samples import sample_within

    random = np.random.default_rng(5)
    told: dict[str, Any] = {f"x{n}": random.normal(size=60_000) for n in range(20)}
    told |= {f"c{n}": random.choice([f"level {k}" for k in range(50)], 60_000) for n in range(10)}
    sample = sample_within(pd.DataFrame(told), 60.0)

    assert sample is not None
    assert len(sample.profile().to_bytes()) <= 1_000_000
