"""Why runs differ, in the order of proof, told of runs that a real workspace recorded."""

from __future__ import annotations

from typing import Any

import pytest
from attempts import COLUMNS, ENVIRONMENT, GIT, SOURCE, attempt, dataset, fitted

from nbmlops.comparison.records import Explanation
from nbmlops.workspace import Workspace

SEEDLESS = SOURCE.replace(", random_state=0", "")
DEEPER: dict[str, Any] = {"params": {"max_depth": 8, "rounds": 100}}
OLDER = {**ENVIRONMENT, "packages": {**ENVIRONMENT["packages"], "scikit-learn": "1.4.0"}}


def why(workspace: Workspace, first: dict[str, Any], other: dict[str, Any]) -> Explanation:
    runs = attempt(workspace, "first", **first), attempt(workspace, "other", **other)
    (explanation,) = workspace.runs.compare(*runs).why
    return explanation


def kinds(explanation: Explanation) -> list[str]:
    return [reason.kind for reason in explanation.reasons]


@pytest.mark.parametrize(
    ("changed", "kind", "says"),
    [
        (
            {"datasets": [dataset(columns={**COLUMNS, "age": "ff"})]},
            "data",
            "the training data 'X_train' differ: column age differs",
        ),
        (DEEPER, "parameter", "max_depth 4 → 8"),
        (
            {"source": SOURCE + "auc = auc * 1\n"},
            "code",
            "the code differs: 1 line added, none removed",
        ),
        ({"environment": OLDER}, "library", "scikit-learn 1.5.2 → 1.4.0"),
        ({"params": {"max_depth": 4, "rounds": 100, "seed": 7}}, "seed", "seed 7 is new"),
        (
            {"source": SOURCE.replace("random_state=0", "random_state=1")},
            "seed",
            "HistGradientBoostingClassifier(random_state=…) 0 → 1",
        ),
    ],
    ids=["data", "parameter", "code", "library", "seed", "literal seed"],
)
def test_the_only_difference_is_named_as_such(
    workspace: Workspace, changed: dict[str, Any], kind: str, says: str
) -> None:
    found = why(workspace, {}, {"metrics": {"auc": 0.9}, **changed})

    assert found.reasons[0].kind == kind
    assert found.reasons[0].says == says
    assert found.reasons[0].sure == "certain"
    assert found.gaps == ()
    assert found.verdict == f"The metrics differ, and there is one recorded difference: {says}."


def test_a_value_that_was_replaced_later_is_a_possible_reason(workspace: Workspace) -> None:
    found = why(
        workspace,
        {"source": "max_depth = 2\nmax_depth = 4\n"},
        {"source": "max_depth = 3\nmax_depth = 4\n", "metrics": {"auc": 0.9}},
    )

    assert [(reason.kind, reason.sure) for reason in found.reasons] == [("code", "possible")]


def test_reasons_stand_in_the_order_of_proof(workspace: Workspace) -> None:
    found = why(
        workspace,
        {},
        {
            "metrics": {"auc": 0.9},
            "params": {"max_depth": 8, "rounds": 100, "random_state": 3},
            "datasets": [dataset(columns={**COLUMNS, "age": "ff"})],
            "source": SOURCE + "auc = auc * 1\n",
            "environment": OLDER,
        },
    )

    assert kinds(found) == ["data", "parameter", "code", "library", "seed"]
    assert found.verdict == (
        "The metrics differ, and 5 things differ at once (data, parameters, code, libraries, seed), "
        "so their effects cannot be told apart."
    )


def test_an_identical_attempt_is_called_one(workspace: Workspace) -> None:
    found = why(workspace, {}, {})

    assert found.reasons == ()
    assert found.verdict == (
        "Nothing recorded differs and the metrics are equal: an identical attempt."
    )


def test_metrics_that_differ_without_a_reason_and_without_a_seed(workspace: Workspace) -> None:
    found = why(workspace, {"source": SEEDLESS}, {"source": SEEDLESS, "metrics": {"auc": 0.8}})

    assert "nothing recorded does" in found.verdict
    assert "without a seed" in found.verdict


def test_metrics_that_differ_without_a_reason_in_spite_of_a_seed(workspace: Workspace) -> None:
    found = why(workspace, {}, {"metrics": {"auc": 0.8}})

    assert "nothing recorded does" in found.verdict
    assert "without a seed" not in found.verdict


def test_a_warning_of_unseeded_numbers_is_a_possible_reason(workspace: Workspace) -> None:
    told = {"unseeded": "numpy's global generator was used without a seed."}
    found = why(workspace, {}, {"metrics": {"auc": 0.8}, "warnings": told})

    (reason,) = found.reasons
    assert (reason.kind, reason.sure) == ("seed", "possible")
    assert told["unseeded"] in reason.evidence


def test_a_model_without_a_random_state_is_a_possible_reason(workspace: Workspace) -> None:
    loose = fitted(params={"max_depth": 4, "random_state": None})
    found = why(workspace, {"models": [loose]}, {"models": [loose], "metrics": {"auc": 0.8}})

    (reason,) = found.reasons
    assert (reason.kind, reason.sure) == ("seed", "possible")
    assert "model has random_state=None" in reason.says


def test_what_was_made_is_no_cause(workspace: Workspace) -> None:
    made = dataset(name="scores", role="made", columns={"score": "aa"})
    other = dataset(name="scores", role="made", columns={"score": "bb"})
    found = why(
        workspace,
        {"datasets": [dataset(), made]},
        {"datasets": [dataset(), other], **DEEPER, "metrics": {"auc": 0.9}},
    )

    assert kinds(found) == ["parameter"]


def test_last_digits_are_told_from_real_differences(workspace: Workspace) -> None:
    found = why(workspace, {"metrics": {"auc": 0.3}}, {"metrics": {"auc": 0.1 + 0.2}})

    assert found.verdict.startswith("The metrics differ in their last digits")


def test_numbers_of_many_digits_read_well_and_are_told_exactly_where_they_would_read_the_same(
    workspace: Workspace,
) -> None:
    for before, after, says in (
        (0.1 + 0.2, 1 / 3, "rate 0.3 → 0.333333"),
        (0.1 + 0.2, 0.3, "rate 0.30000000000000004 → 0.3"),
        ([0.1 + 0.2], [0.5], "rate [0.3] → [0.5]"),
    ):
        found = why(workspace, {"params": {"rate": before}}, {"params": {"rate": after}})
        assert says in [reason.says for reason in found.reasons]


def test_time_is_no_outcome(workspace: Workspace) -> None:
    found = why(
        workspace,
        {"metrics": {"auc": 0.8, "fit_seconds": 3.1}},
        {"metrics": {"auc": 0.8, "fit_seconds": 3.4}},
    )

    assert found.verdict.endswith("an identical attempt.")


def test_a_difference_that_changed_nothing_is_told_so(workspace: Workspace) -> None:
    found = why(workspace, {}, DEEPER)

    assert found.verdict == (
        "The metrics are equal in spite of one recorded difference (parameters)."
    )


def test_a_metric_that_only_one_has_is_no_equality(workspace: Workspace) -> None:
    both: dict[str, Any] = {"auc": 0.875}
    more = {**both, "f1": 0.7, "recall": 0.6, "score_seconds": 2.0}
    code = {"source": SOURCE + "f1 = 0.7\n"}
    other = {"auc": 0.9, "accuracy": 0.8}

    assert why(workspace, {}, {"metrics": more, **code}).verdict == (
        "The metrics that both have are equal in spite of one recorded difference (code). "
        "Only this run has f1, recall."
    )
    assert why(workspace, {"metrics": more}, {}).verdict == (
        "The metrics that both have are equal, and nothing else that was recorded differs. "
        "Only 'first' has f1, recall."
    )
    assert why(workspace, {"metrics": more}, {"metrics": other, **code}).verdict == (
        "The metrics that both have differ, and there is one recorded difference: "
        "the code differs: 1 line added, none removed. "
        "Only this run has accuracy, and only 'first' has f1, recall."
    )
    assert why(workspace, {}, {"metrics": {"f1": 0.7}}).verdict == (
        "They have no metric in common. Only this run has f1, and only 'first' has auc."
    )


def test_only_what_certainly_differs_is_counted_and_listed(workspace: Workspace) -> None:
    told = {"unseeded": "numpy's global generator was used without a seed."}

    assert why(workspace, {}, {**DEEPER, "warnings": told}).verdict == (
        "The metrics are equal in spite of one recorded difference (parameters)."
    )


@pytest.mark.parametrize("status", ["failed", "cancelled", "lost", None])
def test_what_did_not_end_well_is_not_explained(workspace: Workspace, status: str | None) -> None:
    lacks: dict[str, Any] = {"metrics": {}, "datasets": [], "params": {}}
    found = why(workspace, {"models": [fitted()]}, {"status": status, **lacks})

    assert found.verdict.startswith("This is ")
    assert found.verdict.endswith("what is not there may not have been reached.")
    assert found.reasons == ()


def test_what_was_not_recorded_is_said(workspace: Workspace) -> None:
    bare: dict[str, Any] = {"source": None, "environment": None, "git": None, "datasets": []}
    found = why(workspace, bare, {**bare, "metrics": {"auc": 0.9}})

    assert found.gaps == ("data", "code", "environment")
    assert "were not recorded" in found.verdict


def test_another_commit_is_a_possible_reason(workspace: Workspace) -> None:
    found = why(workspace, {}, {"git": {**GIT, "commit": "9c1d2e3f"}, "metrics": {"auc": 0.9}})

    (reason,) = found.reasons
    assert (reason.kind, reason.sure) == ("code", "possible")
    assert "4f2c9a7 → 9c1d2e3" in reason.says


def test_a_saved_notebook_is_no_reason_but_a_changed_module_is(workspace: Workspace) -> None:
    def dirty(file: str) -> dict[str, Any]:
        diff = f"diff --git a/{file} b/{file}\n@@ -1 +1 @@\n-a\n+b\n"
        return {"git": {**GIT, "dirty": True, "diff": diff}, "metrics": {"auc": 0.9}}

    notebook = why(workspace, {}, dirty("train.ipynb"))
    module = why(workspace, {}, dirty("features.py"))

    assert kinds(notebook) == []
    assert "features.py" in module.reasons[0].says


def test_another_class_of_model_is_a_difference_of_code(workspace: Workspace) -> None:
    found = why(
        workspace,
        {"models": [fitted()]},
        {
            "models": [fitted(class_name="sklearn.linear_model.LogisticRegression")],
            "metrics": {"auc": 0.9},
        },
    )

    assert kinds(found) == ["code"]
    assert "LogisticRegression" in found.reasons[0].says


def test_a_parameter_of_the_model_that_nobody_wrote_down_is_a_reason(workspace: Workspace) -> None:
    deep = fitted(params={"max_depth": 9, "learning_rate": 0.1, "random_state": 0})
    found = why(workspace, {"models": [fitted()]}, {"models": [deep], "metrics": {"auc": 0.9}})

    assert [reason.says for reason in found.reasons] == ["model.max_depth 4 → 9"]


def test_a_parameter_of_the_run_and_of_its_model_is_told_once(workspace: Workspace) -> None:
    deep = fitted(params={"max_depth": 8, "learning_rate": 0.1, "random_state": 0})
    found = why(
        workspace,
        {"models": [fitted()]},
        {"models": [deep], "metrics": {"auc": 0.9}, **DEEPER},
    )

    assert [reason.says for reason in found.reasons] == ["max_depth 4 → 8"]


def test_other_features_are_a_difference_of_data(workspace: Workspace) -> None:
    fewer = fitted(feature_names=["age", "hours", "income"])
    found = why(workspace, {"models": [fitted()]}, {"models": [fewer], "metrics": {"auc": 0.9}})

    assert kinds(found) == ["data"]
    assert "−schooling" in found.reasons[0].says
