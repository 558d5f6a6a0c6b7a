"""The measures of drift, by name: one file, one class, one formula each.

A measure says what it `takes` ("numbers", "levels" or "rows") and gives a `Measured` for a pair of
that. A package adds its own by the entry point group `nbmlops.measures`; `check_measure` of
`nbmlops.testing` holds a third party's measure to what ours promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from nbmlops.errors import InvalidOptionError

__all__ = ["BUILT_IN", "Measure", "Measured", "find_measures", "get_measure"]

BUILT_IN = {
    "cramer_von_mises": "CramerVonMises",
    "kolmogorov_smirnov": "KolmogorovSmirnov",
    "mann_whitney": "MannWhitney",
    "wasserstein": "Wasserstein",
    "population_stability": "PopulationStability",
    "jensen_shannon": "JensenShannon",
    "hellinger": "Hellinger",
    "chi_squared": "ChiSquared",
    "g_test": "GTest",
    "cramers_v": "CramersV",
    "l_infinity": "LInfinity",
    "missing_rate": "MissingRate",
    "new_levels": "NewLevels",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure found: the statistic; a p-value where it is a test; an effect that does not
    grow with the number of rows, where it has one; and a word on it.
    """

    statistic: float
    p_value: float | None = None
    effect: float | None = None
    detail: str = ""


@runtime_checkable
class Measure(Protocol):
    """One formula of drift."""

    name: str  # as it stands in results
    title: str  # as people call it
    takes: str  # "numbers", "levels" or "rows"
    formula: str
    source: str

    def measure(self, pair: Any) -> Measured | None:
        """The measure of a pair; None where the pair has nothing to measure."""
        ...


@cache
def find_measures() -> dict[str, Measure]:
    """Every measure there is, ours first; one of a package that cannot be loaded is left out."""
    from importlib.metadata import entry_points

    found: dict[str, Measure] = {}
    for name, class_name in BUILT_IN.items():
        found[name] = getattr(import_module(f"nbmlops.drift.measures.{name}"), class_name)()
    for entry in entry_points(group="nbmlops.measures"):
        try:
            made = entry.load()()
        except Exception:  # noqa: BLE001 - what another package fails at is not ours
            continue
        if isinstance(made, Measure) and made.name not in found:
            found[made.name] = made
    return found


def get_measure(name: str) -> Measure:
    """The measure of this name. Raises InvalidOptionError.

    >>> get_measure("cramer_von_mises").title
    'Cramér–von Mises'
    """
    measures = find_measures()
    if name not in measures:
        raise InvalidOptionError(name, "there is no such measure", known=list(measures))
    return measures[name]
