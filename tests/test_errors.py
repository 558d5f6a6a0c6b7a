"""Errors: one form, one meaning per kind, every leaf in use."""

from __future__ import annotations

import inspect
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nbmlops import errors
from nbmlops.errors import NbmlopsError
from nbmlops.wording import RunLabel

PACKAGE = Path(errors.__file__).parent
CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, NbmlopsError)
]
KINDS = [found for found in CLASSES if NbmlopsError in found.__bases__]
LEAVES = [found for found in CLASSES if found is not NbmlopsError and found not in KINDS]

EXAMPLES: dict[str, Any] = {
    "artifacts": "s3",
    "by": "Ctrl-C",
    "cell": 3,
    "error": "ValueError: no",
    "extra": "postgres",
    "file": "churn.nbmlops",
    "found": "ab" * 32,
    "kind": "Run",
    "known": 4,
    "matches": [
        RunLabel("01JQ8V3M5N7P9R1S3T5V7X9Z1B", "deep", "churn", datetime(2026, 3, 1, tzinfo=UTC)),
        RunLabel("01JQ8V3M5N7P9R1S3T5V7X9Z2C", "deep", "fraud", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
    "position": 5,
    "digest": "cd" * 32,
    "purpose": "A team's database",
    "seconds": 3.5,
    "what": "The database",
}


def name_of(kind: type[NbmlopsError]) -> str:
    return kind.__name__


def example(leaf: type[NbmlopsError]) -> NbmlopsError:
    """An instance made from the leaf's own arguments."""
    parameters = inspect.signature(leaf).parameters.values()
    required = [given for given in parameters if given.default is given.empty]
    values = [
        6 if (leaf is errors.SchemaTooNewError) else EXAMPLES.get(given.name, given.name)
        for given in required
    ]
    return leaf(*values)


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_a_leaf_is_raised_somewhere(leaf: type[NbmlopsError]) -> None:
    raised = re.compile(rf"\b{leaf.__name__}\(")
    places = [
        file
        for file in PACKAGE.rglob("*.py")
        if file.name != "errors.py" and raised.search(file.read_text("utf-8"))
    ]

    assert places


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_a_leaf_says_what_happened_and_what_to_do(leaf: type[NbmlopsError]) -> None:
    error = example(leaf)

    assert error.message[0].isupper() or error.message[0] in "'\""
    assert error.message.endswith(".") or "\n" in error.message
    assert not re.search(r"^error|invalid input|sorry|oops|please", error.message, re.IGNORECASE)
    assert not error.hint or error.hint.endswith((".", "?"))
    between = "\n" if "\n" in error.message else " "  # a list or a pointer has lines of its own
    assert str(error) == f"{error.message}{between}{error.hint}".strip()


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_a_leaf_belongs_to_one_kind(leaf: type[NbmlopsError]) -> None:
    assert len([kind for kind in KINDS if issubclass(leaf, kind)]) == 1


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_a_leaf_survives_the_way_to_another_process(leaf: type[NbmlopsError]) -> None:
    error = example(leaf)

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is leaf
    assert (copy.message, copy.hint, copy.details) == (error.message, error.hint, error.details)


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_a_notebook_shows_a_leaf_without_traceback(leaf: type[NbmlopsError]) -> None:
    error = example(leaf)

    shown = error._render_traceback_()

    assert shown[0] == f"{leaf.__name__}: {error.message}"
    assert shown[1:] == ([error.hint] if error.hint else [])
    assert "Traceback" not in "\n".join(shown)


def test_kinds_have_a_status_and_an_exit_code_of_their_own() -> None:
    assert {kind.__name__: (kind.status, kind.exit_code) for kind in KINDS} == {
        "InvalidError": (422, 2),
        "NotFoundError": (404, 3),
        "ConflictError": (409, 4),
        "RefusedError": (412, 5),
        "ExecutionError": (424, 6),
        "CorruptionError": (500, 7),
        "UnavailableError": (503, 8),
    }


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_only_kinds_decide_on_status_and_exit_code(leaf: type[NbmlopsError]) -> None:
    assert not {"status", "exit_code"} & set(vars(leaf))


def test_the_tree_at_the_top_of_the_file_is_the_tree() -> None:
    drawn = set(re.findall(r"\b\w+Error\b", errors.__doc__ or "")) - {"ValueError", "LookupError"}

    assert drawn == {found.__name__ for found in CLASSES}


def test_a_kind_of_ours_is_a_kind_of_python_where_there_is_one() -> None:
    assert issubclass(errors.InvalidError, ValueError)
    assert issubclass(errors.NotFoundError, LookupError)
