"""Whether random numbers were the same: proven by states of generators, suspected without them."""

from __future__ import annotations

from typing import Any

from attempts import SOURCE, attempt, fitted

from nbmlops.comparison.records import Explanation
from nbmlops.workspace import Workspace

SEEDLESS = SOURCE.replace(", random_state=0", "")
UNSEEDED = {
    "unseeded": "Random numbers came from numpy.random without a seed, so this may come out "
    "otherwise next time. Give random_state= or call a seed function first."
}
LOOSE = fitted(params={"max_depth": 4, "random_state": None})


def why(workspace: Workspace, first: dict[str, Any], other: dict[str, Any]) -> Explanation:
    plain = {"source": SEEDLESS}
    runs = (
        attempt(workspace, "first", **plain, **first),
        attempt(workspace, "other", **plain, **other),
    )
    (explanation,) = workspace.runs.compare(*runs).why
    return explanation


def began(**states: str) -> dict[str, Any]:
    return {"observed": {"random_states": {k.replace("_", "."): v for k, v in states.items()}}}


def test_another_state_proves_other_random_numbers(workspace: Workspace) -> None:
    found = why(
        workspace,
        {**began(numpy_random="aa"), "warnings": UNSEEDED},
        {**began(numpy_random="bb"), "warnings": UNSEEDED, "metrics": {"auc": 0.9}},
    )

    (reason,) = found.reasons
    assert (reason.kind, reason.sure) == ("seed", "certain")
    assert reason.says == "numpy.random began in another state: other random numbers were drawn"
    assert found.verdict == (
        f"The metrics differ, and there is one recorded difference: {reason.says}."
    )


def test_the_same_state_clears_random_numbers_without_a_seed(workspace: Workspace) -> None:
    same = {**began(numpy_random="aa"), "warnings": UNSEEDED, "models": [LOOSE]}
    found = why(workspace, same, {**same, "metrics": {"auc": 0.9}})

    assert found.reasons == ()
    assert "without a seed" not in found.verdict


def test_a_model_that_drew_nothing_needs_no_seed(workspace: Workspace) -> None:
    quiet = {**began(), "models": [LOOSE]}
    found = why(workspace, quiet, {**quiet, "metrics": {"auc": 0.9}})

    assert found.reasons == ()
    assert "look at what the code reads from outside" in found.verdict


def test_what_nobody_recorded_stays_a_suspicion(workspace: Workspace) -> None:
    old = {"warnings": UNSEEDED, "models": [LOOSE]}
    found = why(workspace, old, {**old, **began(numpy_random="aa"), "metrics": {"auc": 0.9}})

    assert [(reason.kind, reason.sure) for reason in found.reasons] == [("seed", "possible")]


def test_a_generator_of_ones_own_without_a_seed_stays_a_suspicion(workspace: Workspace) -> None:
    told = {"unseeded": UNSEEDED["unseeded"].replace("numpy.random", "default_rng()")}
    same = {**began(numpy_random="aa"), "warnings": told}
    found = why(workspace, same, {**same, "metrics": {"auc": 0.9}})

    assert [(reason.kind, reason.sure) for reason in found.reasons] == [("seed", "possible")]
    assert found.reasons[0].says == "random numbers without a seed: default_rng()"


def test_a_seed_of_an_earlier_cell_is_a_reason(workspace: Workspace) -> None:
    def seeded(value: int) -> dict[str, Any]:
        seeds = [["np.random.seed(…)", value, "cell 2"]]
        return {"observed": {"seeds": seeds, "random_states": {}}}

    found = why(workspace, seeded(7), {**seeded(8), "metrics": {"auc": 0.9}})

    assert [reason.says for reason in found.reasons] == ["np.random.seed(…) 7 → 8"]


def test_a_seed_that_is_handed_on_is_told_once(workspace: Workspace) -> None:
    def seeded(value: int) -> dict[str, Any]:
        seeds = [["split(random_state=…)", value, ""], ["Forest(random_state=…)", value, ""]]
        return {"observed": {"seeds": seeds}, "params": {"SEED": value}}

    found = why(workspace, seeded(7), {**seeded(8), "metrics": {"auc": 0.9}})

    assert [reason.says for reason in found.reasons] == ["SEED 7 → 8"]
    fresh = why(workspace, {}, {**seeded(8), "metrics": {"auc": 0.9}})
    assert [reason.says for reason in fresh.reasons if reason.kind == "seed"] == ["SEED 8 is new"]
