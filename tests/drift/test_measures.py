"""Every measure beside SciPy or the published value, and the contract that all of them keep."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from nbmlops.data.numbers import Numbers
from nbmlops.data.profile import profile_of
from nbmlops.drift import null_laws
from nbmlops.drift.compare import compare
from nbmlops.drift.measures import BUILT_IN, Measured, find_measures, get_measure
from nbmlops.drift.measures.cramer_von_mises import CramerVonMises
from nbmlops.drift.pairs import LevelPair, NumericPair, RowPair, level_pair, numeric_pair
from nbmlops.errors import InvalidOptionError
from nbmlops.testing import check_measure

SIZES = [(40, 60), (500, 300), (5_000, 5_000)]


def draws(n: int, m: int, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng([n, m])
    first, second = random.normal(size=n), random.normal(0.1, 1.1, size=m)
    return (np.round(first * 2), np.round(second * 2)) if ties else (first, second)


@pytest.mark.parametrize("name", list(BUILT_IN))
def test_a_measure_keeps_the_contract(name: str) -> None:
    check_measure(get_measure(name))


def test_each_measure_is_a_class_of_its_own_file_with_an_example() -> None:
    for name, measure in find_measures().items():
        kind = type(measure)
        assert kind.__module__ == f"nbmlops.drift.measures.{name}"
        assert ">>>" in (kind.__doc__ or "")
        assert any(sign.isdigit() for sign in measure.source), "a source has a year"


def test_a_measure_that_breaks_the_contract_is_told_why() -> None:
    class Biased(CramerVonMises):
        def measure(self, pair: NumericPair) -> Measured | None:
            return Measured(1.0, 0.01, 1.0)

    class Nameless(CramerVonMises):
        source = ""

    with pytest.raises(AssertionError, match="equal numbers are significant"):
        check_measure(Biased())
    with pytest.raises(AssertionError, match="source is empty"):
        check_measure(Nameless())
    with pytest.raises(AssertionError, match="it lacks"):
        check_measure(object())


def test_an_unknown_measure_is_told_with_the_nearest_one() -> None:
    with pytest.raises(InvalidOptionError, match="cramer_von_mises"):
        get_measure("cramer_von_mise")


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_cramer_von_mises_is_that_of_scipy(n: int, m: int) -> None:
    first, second = draws(n, m)

    found = CramerVonMises().measure(numeric_pair(first, second))
    expected = stats.cramervonmises_2samp(first, second, method="asymptotic")

    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("x", [0.05, 0.3, 0.46136, 0.74346, 1.16786])
def test_the_law_of_cramer_von_mises_has_the_published_values(x: float) -> None:
    published = {0.46136: 0.05, 0.74346: 0.01, 1.16786: 0.001}  # Anderson and Darling (1952)
    many = 10**8

    found = null_laws.cramer_von_mises_tail(x, many, many)

    if x in published:
        assert found == pytest.approx(published[x], rel=2e-5)
    values = 1 / (np.pi * np.arange(1, 400)) ** 2
    values[-1] += 1 / 6 - values.sum()
    assert null_laws.weighted_chi_squared_tail(x, values) == pytest.approx(found, rel=0.06)


def test_the_tail_of_cramer_von_mises_goes_on_where_one_minus_the_law_ends() -> None:
    tails = [null_laws.cramer_von_mises_tail(x, 10**6, 10**6) for x in np.arange(1, 40, 0.1)]

    assert all(after < before for before, after in pairwise(tails))
    assert 0 < tails[-1] < 1e-80
    assert tails[1] == pytest.approx(tails[2] * 1.72, rel=0.05)  # no step where formulas change


@pytest.mark.parametrize("weights", [(1.0,), (1.0, 1.0, 1.0), (1.0, 0.9), (1.0, 0.2, 0.1)])
def test_weighted_chi_squared_variables_have_the_tail_that_they_have(
    weights: tuple[float, ...],
) -> None:
    drawn = np.random.default_rng(3).chisquare(1, (400_000, len(weights))) @ np.array(weights)

    for x in (0.5, 2.0, 4.0, 7.0):
        share = float((drawn >= x).mean())
        found = null_laws.weighted_chi_squared_tail(x, np.array(weights))
        assert found == pytest.approx(share, rel=0.08, abs=0.003)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_mann_whitney_is_that_of_scipy(n: int, m: int, ties: bool) -> None:
    first, second = draws(n, m, ties=ties)

    found = get_measure("mann_whitney").measure(numeric_pair(first, second))
    expected = stats.mannwhitneyu(second, first, method="asymptotic", use_continuity=False)

    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic / n / m, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-3)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_kolmogorov_smirnov_is_that_of_scipy(n: int, m: int, ties: bool) -> None:
    first, second = draws(n, m, ties=ties)

    found = get_measure("kolmogorov_smirnov").measure(numeric_pair(first, second))
    expected = stats.ks_2samp(first, second, method="asymp")

    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.2 if n < 100 else 0.1)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_wasserstein_is_that_of_scipy(n: int, m: int, ties: bool) -> None:
    first, second = draws(n, m, ties=ties)
    low, high = np.quantile(first, [0.25, 0.75], method="inverted_cdf")

    found = get_measure("wasserstein").measure(numeric_pair(first, second))

    assert found is not None
    expected = stats.wasserstein_distance(first, second) / (high - low)
    assert found.statistic == pytest.approx(expected, rel=1e-9)


def table() -> tuple[LevelPair, np.ndarray]:
    random = np.random.default_rng(5)
    counts = np.array([random.multinomial(900, p) for p in ([0.5, 0.3, 0.2], [0.45, 0.3, 0.25])])
    pair = level_pair(*(dict(zip("abc", row.tolist(), strict=True)) for row in counts))
    return pair, counts


@pytest.mark.parametrize(
    ("name", "power"), [("chi_squared", "pearson"), ("g_test", "log-likelihood")]
)
def test_tests_of_labels_are_those_of_scipy(name: str, power: str) -> None:
    pair, counts = table()

    found = get_measure(name).measure(pair)
    expected = stats.chi2_contingency(counts, correction=False, lambda_=power)

    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


def test_cramers_v_without_bias_is_that_of_bergsma() -> None:
    pair, counts = table()
    total, kinds = counts.sum(), 3
    phi = stats.chi2_contingency(counts, correction=False).statistic / total
    phi = max(0.0, phi - (kinds - 1) * (2 - 1) / (total - 1))
    sides, labels = 2 - 1 / (total - 1), kinds - (kinds - 1) ** 2 / (total - 1)

    found = get_measure("cramers_v").measure(pair)

    assert found is not None
    assert found.statistic == pytest.approx(math.sqrt(phi / (min(sides, labels) - 1)), rel=1e-12)


def test_the_effect_of_labels_does_not_shrink_beside_a_large_reference() -> None:
    def effect(scale: int) -> float:
        pair = level_pair({"a": 600 * scale, "b": 400 * scale}, {"a": 500, "b": 500})
        found = get_measure("chi_squared").measure(pair)
        assert found is not None
        assert found.effect is not None
        return found.effect

    assert effect(1000) == pytest.approx(effect(1), abs=0.02)


def test_the_two_forms_of_cramers_v_have_a_name_each() -> None:
    first, second = {"a": 500_000, "b": 500_000}, {"a": 663, "b": 137}
    counts = np.array([list(first.values()), list(second.values())])
    usual = stats.contingency.association(counts, method="cramer")
    equal = stats.contingency.association(counts * np.array([[4], [5000]]), method="cramer")
    sides = [{"x": np.repeat(list(side), list(side.values()))} for side in (first, second)]

    report = compare(profile_of(sides[0]), profile_of(sides[1]))
    leading = report["x"].leading

    assert leading is not None
    assert leading.effect == pytest.approx(equal, abs=0.005)
    assert leading.effect_unit == "Cramér's V at equal sizes"
    assert report["x"].measures["cramers_v"] == pytest.approx(usual, abs=0.001)
    assert get_measure("cramers_v").title == "Cramér's V at these sizes"
    assert leading.effect > 10 * usual


def test_distances_of_labels_are_those_of_scipy() -> None:
    pair, counts = table()
    p, q = counts / counts.sum(1, keepdims=True)

    values = {
        name: getattr(get_measure(name).measure(pair), "statistic", None)
        for name in ("jensen_shannon", "hellinger", "l_infinity")
    }

    assert values["jensen_shannon"] == pytest.approx(jensenshannon(p, q, base=2), rel=1e-12)
    expected = np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / math.sqrt(2)
    assert values["hellinger"] == pytest.approx(expected, rel=1e-12)
    assert values["l_infinity"] == pytest.approx(np.abs(p - q).max(), rel=1e-12)


def test_psi_is_that_of_its_definition_on_deciles() -> None:
    first, second = draws(5_000, 5_000)
    edges = np.quantile(first, np.arange(1, 10) / 10, method="inverted_cdf")
    p, q = (
        np.bincount(np.searchsorted(edges, side, "left"), minlength=10) / len(side)
        for side in (first, second)
    )

    found = get_measure("population_stability").measure(numeric_pair(first, second))

    assert found is not None
    assert found.statistic == pytest.approx(float(((p - q) * np.log(p / q)).sum()), rel=1e-9)


@pytest.mark.parametrize(
    ("reference", "current"),
    [((5_000, 150), (1, 1)), ((5_000, 150), (3, 1)), ((20_000, 9_000), (6, 6)), ((9, 8), (900, 9))],
)
def test_missing_rates_beside_a_tiny_side_are_those_of_fisher(
    reference: tuple[int, int], current: tuple[int, int]
) -> None:
    (n, gone), (m, lost) = reference, current

    found = get_measure("missing_rate").measure(RowPair(n, m, gone, lost))
    expected = stats.fisher_exact([[gone, n - gone], [lost, m - lost]]).pvalue

    assert found is not None
    assert found.p_value == pytest.approx(expected, rel=1e-6)


def every_deal(first: np.ndarray, second: np.ndarray) -> float:
    """The share of all ways to deal these rows whose statistic is as large, by its definition."""

    def statistic(one: np.ndarray, other: np.ndarray) -> float:
        values, counts = np.unique(np.concatenate((one, other)), return_counts=True)
        gaps = [(one <= value).mean() - (other <= value).mean() for value in values]
        before = [0.0, *gaps[:-1]]
        squares = [(low * low + high * high) / 2 for low, high in zip(before, gaps, strict=True)]
        total = len(one) + len(other)
        return len(one) * len(other) / total**2 * float(np.dot(counts, squares))

    rows = np.concatenate((first, second))
    found = []
    for chosen in combinations(range(len(rows)), len(first)):
        taken = np.isin(np.arange(len(rows)), chosen)
        found.append(statistic(rows[taken], rows[~taken]))
    return float(np.mean(np.array(found) >= statistic(first, second) - 1e-9))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, 1, 1], [2, 2, 2]),
        ([0, 0, 0, 0, 1], [0, 2, 2, 3]),
        ([5, 1, 1], [0, 0, 0, 1, 1, 2, 2, 3]),
        ([0.3, -1.0, 0.1, 2.0], [4.0, 3.0, 1.5, 0.2]),
    ],
)
def test_few_rows_are_judged_by_all_ways_to_deal_them(
    first: list[float], second: list[float]
) -> None:
    sides = np.array(first, float), np.array(second, float)

    found = CramerVonMises().measure(numeric_pair(*sides))
    turned = CramerVonMises().measure(numeric_pair(*reversed(sides)))

    assert found is not None
    assert turned is not None
    assert found.p_value == pytest.approx(every_deal(*sides), rel=1e-12)
    assert turned.p_value == pytest.approx(found.p_value, rel=1e-12)
    if len(set(first + second)) == len(first + second):
        exact = stats.cramervonmises_2samp(*sides, method="exact").pvalue
        assert found.p_value == pytest.approx(exact, rel=1e-12)


def test_missing_rates_are_compared_exactly_where_few_are_missing() -> None:
    few = get_measure("missing_rate").measure(RowPair(300, 200, 2, 9))
    many = get_measure("missing_rate").measure(RowPair(3000, 2000, 200, 190))

    assert few is not None
    assert few.p_value == pytest.approx(stats.fisher_exact([[2, 298], [9, 191]]).pvalue, rel=1e-9)
    assert many is not None
    z = (190 / 2000 - 200 / 3000) / math.sqrt(390 / 5000 * (1 - 390 / 5000) * (1 / 3000 + 1 / 2000))
    assert many.statistic == pytest.approx(z, rel=1e-12)
    assert many.p_value == pytest.approx(2 * stats.norm.sf(z), rel=1e-9)


def test_a_label_is_new_by_accident_as_often_as_it_is_said() -> None:
    counts = np.array([900, 60, 30, 6])
    random = np.random.default_rng(11)
    labels = np.repeat(np.arange(4), counts)
    p_values = []
    for _ in range(2000):
        random.shuffle(labels)
        sides = [np.bincount(half, minlength=4) for half in (labels[:498], labels[498:])]
        found = get_measure("new_levels").measure(LevelPair(("a", "b", "c", "d"), *sides))
        assert found is not None
        assert found.p_value is not None
        p_values.append(found.p_value)

    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= level + 3 * math.sqrt(level / 2000)


numbers = st.lists(
    st.floats(allow_nan=False, width=64)
    | st.sampled_from([0.0, -0.0, 1.0, 2.0, math.inf, -math.inf, 5e-324]),
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(numbers, numbers)
def test_merged_steps_are_the_distribution_functions(
    first: list[float], second: list[float]
) -> None:
    """Whatever the numbers: each side's function at each value, up to the last bit of a number."""
    steps = numeric_pair(first, second).steps

    for values, upto in ((first, steps.reference_upto), (second, steps.current_upto)):
        ordered = np.sort(np.array(values) + 0.0)
        limits = np.nextafter(steps.values, np.inf)
        expected = np.searchsorted(ordered, limits, "right") / len(values)
        # Where neighbors differ by the last bit they are one.
        assert np.abs(expected - upto).max() < 1e-12 or not _are_apart(first + second)
    assert steps.reference_upto[-1] == steps.current_upto[-1] == 1.0


def _are_apart(values: list[float]) -> bool:
    ordered = np.unique(np.array(values) + 0.0)
    return bool((np.nextafter(np.nextafter(ordered[:-1], np.inf), np.inf) < ordered[1:]).all())


@pytest.mark.parametrize("ties", [False, True])
def test_grids_measure_what_all_values_measure(ties: bool) -> None:
    first, second = draws(60_000, 50_000, ties=ties)
    whole = numeric_pair(first, second)
    grids = NumericPair(Numbers.of(first).grid(), Numbers.of(second).grid())

    assert whole.steps.is_exact
    for name in ("cramer_von_mises", "kolmogorov_smirnov", "mann_whitney", "wasserstein"):
        exact, near = (get_measure(name).measure(pair) for pair in (whole, grids))
        assert exact is not None
        assert near is not None
        assert near.statistic == pytest.approx(exact.statistic, rel=0.01, abs=4e-4), name
