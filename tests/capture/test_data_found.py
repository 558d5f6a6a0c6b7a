"""The data that a cell reads, makes and logs: told by fingerprints and by where they came from."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import xxhash

import nbmlops
from nbmlops.capture.sources import files_used
from nbmlops.data.files import fingerprint_file
from nbmlops.records import Run
from nbmlops.workspace import Workspace

DATA = """
import numpy as np, pandas as pd, nbmlops
from pathlib import Path
pd.DataFrame({'a': range(9), 'b': 1.5}).to_csv('in.csv', index=False)
folder = Path('.')
"""


def told(run: Run) -> dict[str, tuple[str, str, str | None]]:
    return {data.name: (data.role, data.kind, data.source) for data in run.datasets.values()}


def test_frames_and_files_that_a_cell_reads_and_makes(tracked):
    run = tracked(
        "df = pd.read_csv(folder / 'in.csv')\n"
        "clean = df.dropna()\n"
        "clean.to_parquet('out.parquet')\n"
        "np.save('rows.npy', clean['a'].to_numpy())\n"
        "number, text, few = 3, 'text', [1, 2]\n"
    )

    assert told(run) == {
        "df": ("read", "pandas.DataFrame", "in.csv"),
        "clean": ("made", "pandas.DataFrame", None),
        "out.parquet": ("made", "file", "out.parquet"),
        "rows.npy": ("made", "file", "rows.npy"),
    }
    assert run.datasets["df"].shape == (9, 2)
    assert run.datasets["df"].digest == run.datasets["clean"].digest
    assert not run.warnings


def test_a_later_cell_knows_where_a_frame_came_from_until_it_is_another(tracked):
    tracked("df = pd.read_csv('in.csv')")

    assert told(tracked("mean = df['a'].mean()"))["df"] == ("read", "pandas.DataFrame", "in.csv")
    tracked("df = df.copy()")
    assert told(tracked("mean = df['a'].mean()"))["df"] == ("read", "pandas.DataFrame", None)


def test_data_that_only_a_function_reads_is_found(tracked, shell):
    shell.run("frame = pd.DataFrame({'x': [1.0, 2.0]})\ndef mean(): return frame['x'].mean()")

    assert told(tracked("value = mean()")) == {"frame": ("read", "pandas.DataFrame", None)}


def test_a_fit_says_the_role_and_the_file_is_told_as_well(tracked):
    run = tracked(
        "from sklearn.linear_model import LinearRegression\n"
        "X = pd.read_csv('in.csv')\n"
        "model = LinearRegression().fit(X, X['a'])\n"
    )

    assert told(run)["X"] == ("train", "pandas.DataFrame", "in.csv")
    assert len([name for name in told(run) if name != "X"]) <= 1  # the labels


def test_a_file_without_a_frame_is_told_by_its_bytes(tracked, tmp_path: Path):
    run = tracked("words = len(open('in.csv').read())\nopen('new.txt', 'w').write('words')")
    content = (tmp_path / "in.csv").read_bytes()

    assert told(run) == {
        "in.csv": ("read", "file", "in.csv"),
        "new.txt": ("made", "file", "new.txt"),
    }
    assert run.datasets["in.csv"].size_bytes == len(content)
    size = len(content).to_bytes(8, "little")
    assert run.datasets["in.csv"].digest == xxhash.xxh3_128_hexdigest(size + content)


def test_data_is_never_read_twice_or_called_for(tracked, shell):
    shell.run("class Path2(str):\n  def __fspath__(self): raise SystemExit\np = Path2('in.csv')")

    assert tracked(
        "n = 1\nif False:\n    x = pd.read_csv(p)\n    y = pd.read_csv(missing())"
    ).status == ("succeeded")


@pytest.mark.parametrize(
    ("code", "path", "name", "writes"),
    [
        ("a = pd.read_csv('x.csv')", "x.csv", "a", False),
        ("a = pl.scan_parquet(source='x')", "x", "a", False),
        ("a = np.load(f'{folder}/x.npy')", "data/x.npy", "a", False),
        ("a = pd.read_csv(os.path.join(folder, 'x.csv'))", "data/x.csv", "a", False),
        ("a = pd.read_csv(Path(folder) / 'x.csv')", "data/x.csv", "a", False),
        ("with open(folder + '/x', 'rb') as f: pass", "data/x", "", False),
        ("a.to_csv('y.csv')", "y.csv", "a", True),
        ("joblib.dump(model, 'm.joblib')", "m.joblib", "", True),
        ("np.savetxt('y.txt', a)", "y.txt", "", True),
        ("Path('y').write_text('x')", "y", "", True),
        ("for i in range(3): a = pd.read_csv('x.csv')", "x.csv", "a", False),
    ],
)
def test_which_files_code_names(code: str, path: str, name: str, writes: bool):
    found = files_used(ast.parse(code), {"folder": "data"})

    assert [(use.path, use.name, use.writes) for use in found] == [(path, name, writes)]


@pytest.mark.parametrize(
    "code",
    [
        "a = pd.read_csv(buffer)",
        "a = pd.read_csv(f'{1 + 1}.csv')",
        "a = pd.read_csv(find('x'))",
        "def f(): return pd.read_csv('x.csv')",
        "print('x.csv')",
        "a = folder / 'x'",
    ],
)
def test_what_names_no_file(code: str):
    assert files_used(ast.parse(code), {"folder": "data", "buffer": object()}) == []


def test_log_dataset_records_frames_and_files_whole(workspace: Workspace, tmp_path: Path):
    import numpy as np

    rows = np.arange(3_000_000.0)
    (tmp_path / "log.txt").write_text("told")
    with workspace.runs.track("data") as run:
        named = run.log_dataset(rows, "rows", role="validation")
        file = run.log_dataset(tmp_path / "log.txt")
    found = workspace.runs.get(run.id).datasets

    assert found == {"rows": named, "log.txt": file}
    assert (named.role, named.shape, named.partial) == ("validation", (3_000_000,), False)
    assert (file.role, file.kind, file.source) == ("train", "file", str(tmp_path / "log.txt"))


def test_log_dataset_goes_by_the_callers_name_and_holds_against_what_is_found(tracked):
    run = tracked("holdout = pd.read_csv('in.csv')\nnbmlops.log_dataset(holdout, role='test')")

    assert told(run) == {
        "holdout": ("test", "pandas.DataFrame", None),
        "in.csv": ("read", "file", "in.csv"),
    }


@pytest.mark.parametrize("data", [[1, 2], "no-such-file.csv", 3, None])
def test_log_dataset_of_what_is_no_data_is_a_warning(workspace: Workspace, data):
    with pytest.warns(UserWarning, match="is no frame, array, tensor or file"):
        with workspace.runs.track("data") as run:
            assert run.log_dataset(data) is None
    found = workspace.runs.get(run.id)

    assert found.datasets == {}
    assert [warning.code for warning in found.warnings] == ["not-recorded"]


def test_log_dataset_raises_in_a_strict_run(workspace: Workspace):
    with pytest.raises(nbmlops.errors.InvalidValueError, match="list"):
        with workspace.runs.track("data", strict=True) as run:
            run.log_dataset([1])


def test_a_file_in_part_is_never_taken_for_the_whole(tmp_path: Path):
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * 4096)
    whole, part = fingerprint_file(path), fingerprint_file(path, budget_bytes=100_000)
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    assert (whole.partial, part.partial) == (False, True)
    assert part.digest.startswith("~")
    assert fingerprint_file(path, budget_bytes=100_000).digest != part.digest
    assert fingerprint_file(tmp_path) is None
    assert fingerprint_file(tmp_path / "missing") is None
