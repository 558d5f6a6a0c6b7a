"""Settings that a cell changed: told in words, without values, and not where an import did it."""

from __future__ import annotations

import ast
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.capture.ambient import Ambient

NAME = "nbmlops_test_settings"


@pytest.fixture(autouse=True)
def _as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"{NAME}.py").write_text(
        "import os, sys, warnings\nos.environ['NBMLOPS_BY_IMPORT'] = '1'\n"
        "warnings.simplefilter('ignore')\nsys.path.append('nowhere')\n"
    )
    known = dict(os.environ)
    with warnings.catch_warnings():
        yield
    os.environ.clear()
    os.environ.update(known)
    sys.modules.pop(NAME, None)


def told(cell: str) -> list[str]:
    ambient, tree = Ambient(), ast.parse(cell)
    ambient.before()
    exec(cell, {})
    return ambient.after(tree)


def test_what_an_import_sets_is_not_the_cells_doing() -> None:
    assert told(f"import {NAME}") == []


def test_what_a_cell_sets_beside_an_import_is() -> None:
    found = told(
        f"import {NAME}, os, warnings\nwarnings.simplefilter('error')\nos.environ['MINE'] = '2'"
    )

    assert found == ["environment variables (MINE, NBMLOPS_BY_IMPORT)", "warning filters"]


def test_variables_are_told_by_name_and_never_by_value() -> None:
    (found,) = told("import os\nfor k in range(7): os.environ[f'NBMLOPS_V{k}'] = 'secret'")

    names = ", ".join(f"NBMLOPS_V{number}" for number in range(5))
    assert found == f"environment variables ({names} and 2 more)"
    ambient = Ambient()
    os.environ["NBMLOPS_V0"] = "a very secret value"
    ambient.before()
    assert "a very secret value" not in repr(vars(ambient))


def test_a_folder_that_was_removed_and_broken_settings_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    assert told("import os\nos.chdir('gone')") == ["working directory"]
    (tmp_path / "gone").rmdir()
    assert told("x = 1") == []
    os.chdir(tmp_path)


def test_what_is_put_back_was_not_changed() -> None:
    assert told("import os\nos.environ['NBMLOPS_X'] = '1'\ndel os.environ['NBMLOPS_X']") == []
    assert told(
        "import warnings\nwith warnings.catch_warnings(): warnings.simplefilter('error')"
    ) == ([])


def test_settings_of_libraries_are_told_by_the_library() -> None:
    import matplotlib as mpl
    import polars as pl
    import sklearn

    mpl.use("Agg")
    try:
        assert told("import matplotlib\nmatplotlib.rcParams['font.size'] = 33") == [
            "matplotlib settings"
        ]
        assert told("import matplotlib\nwith matplotlib.rc_context({'font.size': 3}): pass") == []
        assert told("import sklearn\nsklearn.set_config(assume_finite=True)") == [
            "scikit-learn settings"
        ]
        assert told("import polars\npolars.Config.set_tbl_rows(3)") == ["polars settings"]
    finally:
        mpl.rcdefaults()
        pl.Config.restore_defaults()
        sklearn.set_config(assume_finite=False)
