"""Names of pictures, and interactive figures without what they only carry along."""

from __future__ import annotations

import pytest

from nbmlops.capture.drawn import figure_json, vega_in, vega_type_of
from nbmlops.capture.picture_names import free_name, name_of, slug

PLOTLY = "application/vnd.plotly.v1+json"
VEGA = "application/vnd.vegalite.v5+json"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("ROC curve", "roc-curve"),
        ("Loss = 0.123, epoch 3", "loss-epoch-3"),
        ("Accuracy: 93.1 %", "accuracy"),
        ("../../etc/passwd", "etc-passwd"),
        ("con:", "con"),
        ("a\nb\x00c", "a-b-c"),
        ("x" * 200, "x" * 60),
        ("Größe über Zeit", "größe-über-zeit"),
        ("password=hunter2hunter2", ""),
        ("\u202e\u200b", ""),
        ("", ""),
    ],
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert slug(title) == name


def test_a_name_that_will_not_do_gives_way_to_a_number() -> None:
    assert free_name("con", ".png", set()) == "figure-1.png"
    assert free_name("pаypal", ".png", set()) == "figure-1.png"  # one letter is Cyrillic
    assert free_name("", ".html", {"output-1.md"}, kind="output") == "output-2.html"


def test_a_variable_names_a_figure_unless_it_says_nothing() -> None:
    class Thing:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    thing = object()
    assert name_of(thing, "image/png", "", {"fig2": thing}) == ""
    assert name_of(thing, "image/png", "", {"_": thing, "confusion": thing}) == "confusion"
    assert name_of(thing, "image/png", "", {"api_token": thing}) == ""
    assert name_of(Thing(), "image/png", "", {}) == ""


def test_plotly_keeps_what_it_draws() -> None:
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [1],
        "y": {"dtype": "f8", "bdata": "AKIAAAAAAAAAAAAA"},
        "text": ["Alice"],
        "hovertext": ["Alice"],
        "customdata": [["Alice"]],
        "ids": ["Alice"],
    }
    labels = {"type": "scatter", "mode": "markers+text", "text": ["drawn"]}
    bars = {"type": "bar", "y": [1], "text": ["above the bar"]}
    figure = {"data": [trace, labels, bars], "layout": {"title": "token: hunter2hunter2"}}
    figure["frames"] = [{"name": "1", "data": [trace]}]

    kept = figure_json(PLOTLY, figure)

    assert kept["data"][0] == {key: trace[key] for key in ("type", "mode", "x", "y")}
    assert kept["data"][1:] == [labels, bars]
    assert "Alice" not in str(kept)
    assert "hunter2" not in str(kept)
    assert "Alice" in str(figure_json(PLOTLY, figure, whole=True))
    assert trace["text"] == ["Alice"]


def test_vega_keeps_the_columns_that_it_speaks_of() -> None:
    row = {
        "age": 1,
        "in.come": 2,
        "group": 3,
        "size": 4,
        "name": "Alice",
        "type": "Bob",
        "x": "Eve",
    }
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"name": "d"},
        "transform": [{"calculate": "datum.group + datum['size']", "as": "both"}],
        "encoding": {
            "x": {"field": "age", "type": "quantitative"},
            "y": {"field": "in\\.come"},
            "tooltip": [{"field": "name"}],
        },
        "layer": [{"mark": {"type": "point", "tooltip": True}, "data": {"values": [row]}}],
        "datasets": {"d": [row], "plain": [1, 2]},
    }

    kept = figure_json(VEGA, spec)

    drawn = {"age": 1, "in.come": 2, "group": 3, "size": 4}
    assert kept["datasets"] == {"d": [drawn], "plain": [1, 2]}
    assert kept["layer"][0]["data"]["values"] == [drawn]
    assert "tooltip" not in str(kept)
    assert spec["datasets"]["d"] == [row]
    assert figure_json(VEGA, {**spec, "data": {"values": "name,age\nAlice,1"}}) is None


def test_a_figure_is_found_in_altairs_page() -> None:
    page = (
        '<div id="altair-viz-1" class="vega-embed"></div><script>(function(spec, o){ f(()=>{})(1) '
        '})({"title": "})(", "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json"}'
        ', {"mode": "vega-lite"});</script>'
    )

    assert vega_type_of(page) == "application/vnd.vegalite.v6+json"
    assert vega_type_of(page.replace("vega-embed", "")) is None
    assert vega_in(page)["title"] == "})("
    with pytest.raises(ValueError):
        vega_in("<div>vega-embed</div>")
