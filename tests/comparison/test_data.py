"""Datasets and models are compared by what was recorded of them, down to the column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from attempts import COLUMNS, attempt, dataset, fitted
from scipy import sparse

from nbmlops.capture.datasets import dataset_data
from nbmlops.comparison.records import DataChange, DatasetRow, ModelChange
from nbmlops.data.fingerprint import fingerprint
from nbmlops.workspace import Workspace


def rows(workspace: Workspace, first: list[Any], other: list[Any]) -> tuple[str, list[DatasetRow]]:
    runs = attempt(workspace, datasets=first), attempt(workspace, "other", datasets=other)
    return runs[1], list(workspace.runs.compare(*runs).data)


def change(workspace: Workspace, first: dict[str, Any], other: dict[str, Any]) -> DataChange:
    run, (row,) = rows(workspace, [first], [other])
    return row.changes[run]


def without(*names: str) -> dict[str, str]:
    return {name: mark for name, mark in COLUMNS.items() if name not in names}


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"columns": {**COLUMNS, "age": "ff"}}, ("column age differs",)),
        (
            {"columns": {**COLUMNS, "age": "ff"}, "missing": {"age": 120}},
            ("column age (0 missing → 120 missing) differs",),
        ),
        ({"columns": {**COLUMNS, "age": "ff", "hours": "ee"}}, ("columns age, hours differ",)),
        ({"columns": {**COLUMNS, "city": "aa"}}, ("column city added",)),
        ({"columns": without("age")}, ("column age removed",)),
        ({"columns": without("age", "hours")}, ("columns age, hours removed",)),
        (
            {"columns": {**COLUMNS, "age": "ff"}, "dtypes": {"age": "float64"}},
            ("column age int64 → float64 changed type",),
        ),
        (
            {"columns": dict.fromkeys(COLUMNS, "99"), "row_count": 11_950, "digest": "f" * 64},
            ("rows 12,000 → 11,950",),
        ),
        (
            {"columns": dict(reversed(COLUMNS.items()))},
            ("the columns stand in another order",),
        ),
        ({"digest": "f" * 64}, ("the index or the order differs",)),
        (
            {"kind": "polars.DataFrame", "digest": "f" * 64},
            ("pandas.DataFrame → polars.DataFrame",),
        ),
        (
            {"columns": {**without("age"), "years": "a1"}},
            ("column age removed", "column years added"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_differs_is_said_in_words(
    workspace: Workspace, other: dict[str, Any], says: tuple[str, ...]
) -> None:
    found = change(workspace, dataset(), dataset(**other))

    assert found.state == "differs"
    assert found.says == says


def test_columns_that_all_differ_are_rows_in_another_order_or_other_rows(
    workspace: Workspace,
) -> None:
    many = {f"column_{at}": f"{at:02}" for at in range(12)}
    moved = {name: mark[::-1] + "x" for name, mark in many.items()}
    found = change(workspace, dataset(columns=many), dataset(columns=moved))

    assert found.says == ("all 12 columns differ: other rows, or another order of them",)
    assert len(found.columns) == 12


def test_many_columns_are_counted(workspace: Workspace) -> None:
    many = {f"column_{at}": f"{at:02}" for at in range(12)}
    changed = {name: "ff" if at < 6 else mark for at, (name, mark) in enumerate(many.items())}
    found = change(workspace, dataset(columns=many), dataset(columns=changed))

    (told,) = found.says
    assert told == "columns column_0, column_1, column_2, column_3 and 2 more differ"


def test_equal_data_are_the_same(workspace: Workspace) -> None:
    assert change(workspace, dataset(), dataset()).state == "same"


def test_equal_parts_prove_nothing_and_different_ones_do(workspace: Workspace) -> None:
    part = dataset(partial=True)
    other = dataset(partial=True, columns={**COLUMNS, "age": "ff"})

    assert change(workspace, part, part).state == "unsure"
    assert change(workspace, part, other).says == ("column age differs",)


def test_a_part_cannot_be_compared_with_the_whole(workspace: Workspace) -> None:
    other = {"partial": True, "columns": dict.fromkeys(COLUMNS, "77")}
    found = change(workspace, dataset(), dataset(**other))
    fewer = change(workspace, dataset(), dataset(**other, row_count=10))

    assert found.state == "unsure"
    assert found.says[0].startswith("partial: ")
    assert fewer.says == ("rows 12,000 → 10",)


def test_arrays_are_told_by_their_shape(workspace: Workspace) -> None:
    def array(*shape: int) -> dict[str, Any]:
        return dataset(columns={}, shape=shape, row_count=shape[0], digest=str(shape), kind="array")

    run, (row,) = rows(workspace, [array(60, 28, 28)], [array(60, 32, 32)])

    assert row.sizes[run] == "60 × 32 × 32"
    assert row.changes[run].says == ("shape 60 × 28 × 28 → 60 × 32 × 32",)


def test_values_of_an_array_are_no_column(workspace: Workspace) -> None:
    def array(values: np.ndarray) -> dict[str, Any]:
        return dataset_data("X_train", "train", fingerprint(values))

    table = np.arange(12.0).reshape(6, 2)
    run, (row,) = rows(workspace, [array(table)], [array(np.arange(18.0).reshape(6, 3))])
    assert row.changes[run].says == ("shape 6 × 2 → 6 × 3",)
    run, (row,) = rows(workspace, [array(table)], [array(table + 1)])
    assert row.changes[run].says == ("the values differ",)


def recorded(value: Any, name: str = "X") -> dict[str, Any]:
    """What is recorded of a real value."""
    found = fingerprint(value)
    assert found is not None
    return dataset_data(name, "train", found)


def test_the_index_of_data_is_no_column_in_its_size(workspace: Workspace) -> None:
    index = [3, 5, 8, 1, 0, 2, 9, 4, 7, 6]
    series = pd.Series(np.arange(10.0), index=index, name="t")
    given = [series, series.to_frame(), series.reset_index(drop=True), series.to_numpy()]

    sizes = []
    for value in given:
        run, (row,) = rows(workspace, [recorded(value)], [recorded(value)])
        sizes.append(row.sizes[run])
    assert sizes == ["10", "10 × 1", "10", "10"]


TABLE = np.arange(12.0).reshape(6, 2)
FRAME = pd.DataFrame(TABLE, columns=["age", "hours"])
SERIES = pd.Series(np.arange(6.0), name="t")
BECAME_TABLE = "an array became a table (numpy.ndarray → pandas.DataFrame)"
BECAME_SERIES = "an array became a series (numpy.ndarray → pandas.Series)"


@pytest.mark.parametrize(
    ("first", "other", "state", "says"),
    [
        (TABLE, FRAME, "unsure", (f"{BECAME_TABLE}, so that their values cannot be compared",)),
        (
            FRAME,
            TABLE,
            "unsure",
            (
                (
                    "a table became an array (pandas.DataFrame → numpy.ndarray), "
                    "so that their values cannot be compared"
                ),
            ),
        ),
        (TABLE, FRAME[:4], "differs", ("rows 6 → 4", BECAME_TABLE)),
        (TABLE, FRAME[["age"]], "differs", ("shape 6 × 2 → 6 × 1", BECAME_TABLE)),
        (
            TABLE,
            FRAME.where(FRAME > 0),
            "differs",
            ("missing values 0 → 1", BECAME_TABLE),
        ),
        (np.arange(6.0), SERIES, "differs", (f"the same values, but {BECAME_SERIES}",)),
        (
            np.arange(6.0),
            SERIES.set_axis([3, 1, 2, 5, 0, 4]),
            "differs",
            (f"the same values, but {BECAME_SERIES}",),
        ),
        (np.arange(6.0), SERIES.to_frame(), "differs", (f"the same values, but {BECAME_TABLE}",)),
        (np.arange(6.0), SERIES + 1, "differs", ("the values differ", BECAME_SERIES)),
        (np.arange(6), SERIES, "differs", ("type int64 → float64", BECAME_SERIES)),
        (np.arange(6), np.arange(6.0), "differs", ("type int64 → float64",)),
        (
            SERIES.rename(None),
            SERIES,
            "differs",
            ("the same values, but the name changed (none → t)",),
        ),
        (
            SERIES.rename(None),
            SERIES.rename(None).set_axis([3, 1, 2, 5, 0, 4]),
            "differs",
            ("the index differs",),
        ),
        (SERIES, SERIES + 1, "differs", ("column t differs",)),
        (
            TABLE,
            sparse.csr_matrix(TABLE),
            "unsure",
            ("numpy.ndarray → scipy.sparse.csr_matrix, so that their values cannot be compared",),
        ),
    ],
)
def test_what_has_no_columns_is_compared_as_far_as_it_can_be(
    workspace: Workspace, first: Any, other: Any, state: str, says: tuple[str, ...]
) -> None:
    found = change(workspace, recorded(first), recorded(other))

    assert (found.state, found.says) == (state, says)
    assert "values" not in [column.name for column in found.columns]


def test_an_array_in_one_run_and_a_part_of_it_as_a_table_are_told_so(workspace: Workspace) -> None:
    part = dataset(partial=True)
    whole = recorded(np.zeros((12_000, 4)), "X_train")

    (said,) = change(workspace, whole, part).says
    assert said.startswith(f"{BECAME_TABLE}; partial: ")


def test_a_renamed_dataset_is_found_by_its_role_and_then_by_its_content(
    workspace: Workspace,
) -> None:
    run, (by_role,) = rows(workspace, [dataset()], [dataset(name="X_tr")])
    other, (by_content,) = rows(workspace, [dataset()], [dataset(name="frame", role="read")])

    assert by_role.changes[run].state == "same"
    assert by_content.changes[other].state == "same"


def test_two_of_one_role_are_not_mixed_up(workspace: Workspace) -> None:
    first = [dataset(), dataset(name="y_train", columns={"y": "aa"})]
    other = [dataset(name="X_a"), dataset(name="X_b", columns={"y": "bb"})]
    run, found = rows(workspace, first, other)

    states = {row.name: row.changes[run].state for row in found}
    assert states == {"X_train": "same", "y_train": "missing", "X_b": "missing"}


def test_a_dataset_of_one_run_only_is_missing_in_the_other(workspace: Workspace) -> None:
    run, (row,) = rows(workspace, [], [dataset()])

    assert row.changes[run].state == "missing"
    assert list(row.sizes) == [run]


def model_change(workspace: Workspace, **changed: Any) -> ModelChange:
    runs = (
        attempt(workspace, models=[fitted()]),
        attempt(workspace, "b", models=[fitted(**changed)]),
    )
    (row,) = workspace.runs.compare(*runs).models
    return row.changes[runs[1]]


def test_models_are_compared_by_class_parameters_and_features(workspace: Workspace) -> None:
    assert model_change(workspace).state == "same"
    deep = model_change(workspace, params={"max_depth": 9, "learning_rate": 0.1, "random_state": 0})
    assert [(one.name, one.before, one.after) for one in deep.params] == [("max_depth", 4, 9)]
    features = model_change(workspace, feature_names=["age", "hours", "city"])
    assert features.features_added == ("city",)
    assert set(features.features_removed) == {"income", "schooling"}
    turned = model_change(workspace, feature_names=list(reversed(COLUMNS)))
    assert turned.is_other_order
    other = model_change(workspace, name="forest", class_name="sklearn.ensemble.RandomForest")
    assert (other.class_before, other.class_after, other.params) == (
        fitted()["class_name"],
        "sklearn.ensemble.RandomForest",
        (),
    )
