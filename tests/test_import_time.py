"""`import nbmlops` loads the vocabulary only; heavy packages wait until they are used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import nbmlops

HEAVY = [
    "IPython", "PIL", "click", "fsspec", "importlib.metadata", "ipykernel", "matplotlib",
    "nbclient", "nbformat", "numpy", "pandas", "papermill", "psycopg", "pyarrow", "rich",
    "sklearn", "sqlalchemy",
]  # fmt: skip


def loaded_after(statement: str) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded after a statement."""
    program = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1])) & set(HEAVY)


def test_a_bare_interpreter_has_none_of_them() -> None:
    assert loaded_after("pass") <= {"importlib.metadata"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import nbmlops") <= loaded_after("pass")


def test_the_magics_load_nothing_heavy_either() -> None:
    shell = "from IPython.core.interactiveshell import InteractiveShell as S; shell = S.instance()"
    loaded = f"{shell}; shell.run_line_magic('load_ext', 'nbmlops')"
    assert loaded_after(loaded) <= loaded_after(shell)


def test_a_script_that_records_loads_nothing_that_looks_into_cells(workspace_folder) -> None:
    program = (
        "import nbmlops, sys\n"
        "with nbmlops.track('script') as run: run.log(loss=0.5)\n"
        "print([name for name in ('nbmlops.capture.cell', 'nbmlops.capture.watching', 'numpy')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_the_package_shows_its_public_names_alone() -> None:
    program = "import nbmlops, json; print(json.dumps([dir(nbmlops), nbmlops.__all__]))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    shown, public = json.loads(done.stdout)

    assert shown == sorted([*public, "__version__"])
    assert not [name for name in public if name.startswith("_")]


def test_a_slip_of_the_pen_names_what_was_meant() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'find_runs'") as caught:
        nbmlops.find_run
    assert caught.value.name == "find_run"
    assert not hasattr(nbmlops, "__path_of_something_else__")


def test_asking_for_the_names_loads_nothing_heavy() -> None:
    assert loaded_after("import nbmlops; dir(nbmlops)") <= loaded_after("pass")


@pytest.mark.parametrize("name", nbmlops.__all__)
def test_every_public_name_can_be_had_first(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import nbmlops; print(nbmlops.{name}); dir(nbmlops)"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_extension_can_be_loaded_by_its_name() -> None:
    assert callable(nbmlops.load_ipython_extension)
    assert callable(nbmlops.unload_ipython_extension)


@pytest.mark.parametrize(
    "statement",
    [
        "from nbmlops.cli import nbmlops",
        "from nbmlops.cli import nbmlops; nbmlops.main(['--version'], standalone_mode=False)",
        "from nbmlops.cli import nbmlops; nbmlops.main(['--help'], standalone_mode=False)",
    ],
)
def test_the_terminal_starts_with_click_alone(statement: str) -> None:
    assert loaded_after(statement) <= {"click", *loaded_after("pass")}
