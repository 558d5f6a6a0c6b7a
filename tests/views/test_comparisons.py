"""What a comparison of runs shows, in every form."""

from __future__ import annotations

import base64
import csv
import io
import math
import re
from dataclasses import replace

import pytest
from payloads import PAYLOADS, PLACES, everywhere, series_of
from sample_comparisons import BASELINE, COMPARISONS, PARAMS, attempt, courses, trainings
from sample_runs import curve
from test_hostile_text import (
    ACTING_ON_TERMINALS,
    Document,
    check_characters,
    check_html,
    printed,
)

from nbmlops.comparison import Comparison, compare
from nbmlops.comparison.records import Curve
from nbmlops.records import Column, Dataset, FittedModel, Run
from nbmlops.views import compare as views
from nbmlops.views.compare_chart import WIDTH, chart
from nbmlops.views.compare_report import report
from nbmlops.views.escaping import visible

DATASET = Dataset(
    "X", "train", "pandas.DataFrame", "d" * 32, 3, (Column("a", "int64", "c" * 32, 0),)
)
FITTED = FittedModel("model", "sklearn.svm.SVC", {"C": 1.0}, ("C",), ("a",), "X")

NEW_PLACES = {
    "dataset name": lambda text: {"datasets": {text: replace(DATASET, name=text)}},
    "dataset role": lambda text: {"datasets": {"X": replace(DATASET, role=text)}},
    "dataset kind": lambda text: {"datasets": {"X": replace(DATASET, kind=text, digest="e")}},
    "dataset source": lambda text: {"datasets": {"X": replace(DATASET, source=text, digest="e")}},
    "column name": lambda text: {
        "datasets": {"X": replace(DATASET, columns=(Column(text, "int64", "f"),), digest="e")}
    },
    "column type": lambda text: {
        "datasets": {"X": replace(DATASET, columns=(Column("a", text, "f"),), digest="e")}
    },
    "model name": lambda text: {"models": {text: replace(FITTED, name=text, params={"C": 2})}},
    "model class": lambda text: {"models": {"model": replace(FITTED, class_name=text)}},
    "model param": lambda text: {"models": {"model": replace(FITTED, params={text: text})}},
    "feature": lambda text: {"models": {"model": replace(FITTED, feature_names=(text,))}},
}  # fmt: skip


def usual() -> Run:
    return replace(BASELINE, id="first", datasets={"X": DATASET}, models={"model": FITTED})


def hostile(place: str, text: str) -> Comparison:
    """The usual run against one in which the text stands in this place."""
    if place in NEW_PLACES:
        other = replace(usual(), id="other", **NEW_PLACES[place](text))
    else:
        other, _ = PLACES[place](text)
        if place != "id":
            other = replace(other, id="other")
    series = series_of(next(iter(other.metrics), "auc"))
    return compare([usual(), other], {other.id: courses(series)})


def forms(comparison: Comparison) -> dict[str, str]:
    return {**views.comparison_bundle(comparison), "page": views.comparison_page(comparison)}


def body_of(page: str) -> str:
    return re.sub(r"^<!doctype html>.*?<body style=\"[^\"]*\">|</body></html>\n$", "", page)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", [*PLACES, *NEW_PLACES])
def test_text_of_a_run_stays_text_in_every_form(place: str, payload: str) -> None:
    text = PAYLOADS[payload]
    shown = forms(hostile(place, text))
    check_html(shown["text/html"])
    check_html(body_of(shown["page"]))
    check_characters(shown["text/plain"])


@pytest.mark.parametrize("place", [*PLACES, *NEW_PLACES])
def test_text_of_a_run_does_nothing_to_a_terminal(place: str) -> None:
    for payload in ACTING_ON_TERMINALS:
        comparison = hostile(place, PAYLOADS[payload])
        check_characters(printed(views.rich_comparison(comparison)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_everywhere_in_few_and_in_many_runs_stays_text(payload: str) -> None:
    run, _ = everywhere(PAYLOADS[payload])
    for count in (2, 9):
        runs = [
            replace(run, id=f"{run.id}{at}", params={**run.params, "n": at}) for at in range(count)
        ]
        comparison = compare([usual(), *runs[1:]])
        shown = forms(comparison)
        check_html(shown["text/html"])
        check_html(body_of(shown["page"]))
        check_characters(shown["text/plain"])
        check_characters(printed(views.rich_comparison(comparison)))


@pytest.mark.parametrize("payload", ["formula", "lines", "control", "surrogate"])
def test_a_spreadsheet_runs_nothing(payload: str) -> None:
    run, _ = everywhere(PAYLOADS[payload])
    text = compare([usual(), replace(run, id="=other")]).to_csv()
    text.encode()
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or _is_number(cell), cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_very_long_text_does_not_make_a_very_long_comparison() -> None:
    run, _ = everywhere("<b>" * 400_000)
    run = replace(run, metrics={"<b>" * 80: 0.5}, id="other")
    comparison = compare([usual(), run])

    assert len(views.comparison_html(comparison)) < 120_000
    assert len(views.comparison_text(comparison)) < 12_000


# ── what is said ─────────────────────────────────────────────────────────────────────────────


def test_up_to_four_runs_are_columns_and_more_of_them_rows() -> None:
    few, many = report(trainings(4)).grid, report(trainings(5)).grid

    assert [head.text for head in few.columns] == [f"resnet18-{at}" for at in range(4)]
    assert [row.head.text for row in many.rows] == [f"resnet18-{at}" for at in range(5)]
    assert "lr" in {row.head.text for row in few.rows} & {head.text for head in many.columns}


def test_what_is_equal_is_folded_into_a_line() -> None:
    shown = views.comparison_text(COMPARISONS["two"])

    assert "6 parameters are equal" in shown
    assert "2 datasets are equal" in shown
    assert "early_stopping" not in shown
    assert "early_stopping = True" in views.comparison_html(COMPARISONS["two"])


def test_a_metric_tells_how_far_it_is_and_whether_that_is_better() -> None:
    shown = views.comparison_text(COMPARISONS["two"])

    assert re.search(r"auc +0\.8789 +★ 0\.8912 {2}▲ 0\.0123 better", shown)
    assert re.search(r"accuracy +★ 0\.8431 +0\.8423 {2}▼ 0\.0008 worse", shown)
    assert re.search(r"n_leaves +31 +62 {2}▲ 31\n", shown)


def test_a_model_that_differs_in_the_parameters_above_is_not_told_again() -> None:
    shown = views.comparison_text(COMPARISONS["two"])

    assert "HistGradientBoostingClassifier" not in shown.split("Code of")[0]
    assert "1 model differs in these parameters only" in shown


def test_models_of_other_sizes_are_told_with_them() -> None:
    def sized(index: int, name: str, size: int) -> Run:
        made = attempt(index, name)
        models = {key: replace(model, size_bytes=size) for key, model in made.models.items()}
        return replace(made, models=models)

    larger = compare([sized(0, "small", 240_000), sized(1, "large", 615_000)])
    assert re.search(
        r"HistGradientB\S+ +240 kB +HistGradientB\S+ +615 kB", views.comparison_text(larger)
    )
    assert "615 kB" in views.comparison_html(larger)
    (row,) = (
        row
        for row in csv.reader(io.StringIO(views.comparison_csv(larger)))
        if "model size_bytes" in row
    )
    assert row[-2:] == ["240000", "615000"]
    alike = compare([sized(0, "small", 240_000), sized(1, "large", 241_000)])
    assert "1 model is equal" in views.comparison_text(alike)


def test_values_that_look_alike_and_differ_are_told_by_their_type() -> None:
    runs = attempt(0, "number"), attempt(1, "text", params={**PARAMS, "max_depth": "6"})

    assert re.search(r"max_depth +6 +'6'", views.comparison_text(compare(runs)))


def test_a_nested_parameter_is_named_by_its_path() -> None:
    assert "features.encode" in views.comparison_text(COMPARISONS["statuses"])


def test_identical_runs_are_named_and_said_to_be_identical() -> None:
    for shown in (*forms(COMPARISONS["identical"]).values(),
                  printed(views.rich_comparison(COMPARISONS["identical"]))):  # fmt: skip
        assert "identical attempt" in shown
        assert "once-more" in shown
        assert "Nothing that was recorded differs." in shown


def test_what_no_run_recorded_is_said_once() -> None:
    shown = views.comparison_text(COMPARISONS["bare"])

    assert shown.count("Not recorded and therefore not compared: data, code, environment.") == 1


def test_runs_of_one_name_have_their_ids_where_they_are_rows() -> None:
    runs = [attempt(at, "same", params={**PARAMS, "max_depth": at}) for at in range(6)]

    shown = views.comparison_text(compare(runs))

    for run in runs:
        assert run.id[-8:] in shown


def test_the_code_that_differs_is_shown_as_a_diff_of_lines() -> None:
    shown = views.comparison_text(COMPARISONS["three"])

    assert "Code of C differs (+1 −0)." in shown
    assert "  +X_train['age'] //= 10" in shown
    assert "-max_depth" not in shown  # of B, which differs in parameters only


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
@pytest.mark.parametrize("name", COMPARISONS)
def test_it_fits_into_its_width(name: str, width: int) -> None:
    for shown in (
        printed(views.rich_comparison(COMPARISONS[name]), width=width),
        views.comparison_text(COMPARISONS[name], width),
    ):
        lines = [line.rstrip() for line in shown.split("Code of")[0].splitlines()]
        if width >= 20 * min(len(COMPARISONS[name].runs), 4):
            assert max(map(len, lines)) <= width


@pytest.mark.parametrize("name", COMPARISONS)
def test_heads_have_scopes_and_pictures_words(name: str) -> None:
    document = check_html(views.comparison_html(COMPARISONS[name]))

    scopes = [value for _, attribute, value in document.attributes if attribute == "scope"]
    count = len(COMPARISONS[name].runs)
    assert scopes.count("col" if count <= 4 else "row") >= count
    alternatives = [
        value for tag, name, value in document.attributes if (tag, name) == ("img", "alt")
    ]
    assert document.tags.count("img") == len(alternatives)


def test_fifty_runs_make_a_comparison_of_a_reasonable_size() -> None:
    assert len(views.comparison_html(COMPARISONS["fifty"])) < 300_000
    assert len(views.comparison_text(COMPARISONS["fifty"])) < 12_000


def test_a_page_needs_nothing_else() -> None:
    page = views.comparison_page(COMPARISONS["curves"])

    assert '<meta name="color-scheme" content="light dark">' in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:image/svg)", page)
    assert page.count("<details open") == page.count("<details")


# ── curves ───────────────────────────────────────────────────────────────────────────────────


def drawn(picture: str) -> str:
    return base64.b64decode(picture.partition(",")[2]).decode()


def course(values: dict[str, list[float]]) -> Curve:
    series = {key: courses({"loss": curve(points)}) for key, points in values.items()}
    runs = [attempt(at, key, id=key) for at, key in enumerate(values)]
    return compare(runs, series).curves[0]


def test_a_spike_of_one_point_in_a_million_is_drawn() -> None:
    values = [0.0] * 100_000
    values[34_567] = 1.0
    made = chart(course({"a": values, "b": [0.0, 0.1]}), ["a", "b"])

    assert made is not None
    assert made.highest == "1"
    heights = [int(y) for y in re.findall(r"l-?\d+ (-?\d+)", drawn(made.picture))]
    assert min(heights) < -180  # half pixels, upwards
    assert len(drawn(made.picture)) < 20_000


def test_a_line_breaks_where_a_value_is_not_finite() -> None:
    values = [0.0, 1.0, float("nan"), 0.5, float("inf"), 0.2]
    made = chart(course({"a": values, "b": [0.0, 1.0]}), ["a", "b"])

    assert made is not None
    lines = re.findall(r'<path d="([^"]+)"', drawn(made.picture))[1:]
    assert [line.count("M") for line in lines] == [3, 1]


def test_nothing_finite_makes_no_picture() -> None:
    values = [float("nan")] * 3
    assert chart(course({"a": values, "b": values}), ["a", "b"]) is None


def test_lines_of_few_runs_differ_in_color_and_in_dashes() -> None:
    made = chart(course({name: [0.0, 1.0] for name in "abcdef"}), list("abcdef"))

    assert made is not None
    strokes = re.findall(
        r'stroke="(#\w+)" stroke-width="3.4".*?(dasharray="[\d ]+"|/>)', drawn(made.picture)
    )
    assert len({color for color, _ in strokes}) == 6
    assert len({dash for _, dash in strokes}) == 6


def test_courses_of_one_metric_as_text_are_on_one_scale() -> None:
    runs = [replace(BASELINE, id=name, name=name) for name in ("first", "other", "flat", "lost")]
    values = ([0.9, 0.1], [0.5, 0.4], [0.9, 0.9], [math.nan, math.nan])
    series = {
        run.id: courses({"loss": curve(each)}) for run, each in zip(runs, values, strict=True)
    }
    comparison = compare(runs, series)

    text = views.comparison_text(comparison)
    for shown in (text, printed(views.rich_comparison(comparison))):
        drawn = re.findall(r"^(?:loss)? +([A-D]) +([▁-█]+)\s*$", shown, re.MULTILINE)
        assert drawn == [("A", "█▁"), ("B", "▅▄"), ("C", "██")]


def test_of_many_runs_the_first_and_the_best_stand_out() -> None:
    shown = views.comparison_html(COMPARISONS["nine"])
    made = chart(COMPARISONS["nine"].curves[0], [run.id for run in COMPARISONS["nine"].runs],
                 COMPARISONS["nine"].runs[2].id)  # fmt: skip

    assert made is not None
    assert drawn(made.picture).count('stroke-opacity=".45"') == 7
    assert "the best" in Document(shown).text
    assert str(2 * WIDTH) in drawn(made.picture)


def test_extremes_of_floats_can_be_drawn() -> None:
    made = chart(course({"a": [-1.7e308, 1.7e308], "b": [5e-324, 0.0]}), ["a", "b"])

    assert made is not None
    assert visible(made.told) == made.told
