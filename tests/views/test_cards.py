"""What a card says, in each of its forms."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Sequence

import pytest
from payloads import PAYLOADS, replace
from sample_runs import EXAMPLES, HISTORY, PREVIOUS, SERIES, START, TRAINING, curve, run
from test_hostile_text import Document, check_html

from nbmlops.capture.metrics import better
from nbmlops.records import Best, Failure, History, Metric, RunWarning, Status
from nbmlops.views import palette, png
from nbmlops.views import runs as views
from nbmlops.views.summary import Change, Summary, changes, points, summarize


def said(*given: object, **named: object) -> Summary:
    return summarize(*given, better=better, **named)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sample_is_drawn_in_every_form(name: str) -> None:
    bundle = views.run_bundle(*EXAMPLES[name])
    assert set(bundle) == {"text/html", "text/plain", "image/png"}
    check_html(bundle["text/html"])
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert EXAMPLES[name][0].name[:30] in bundle["text/plain"]


def test_a_usual_card_is_small() -> None:
    bundle = views.run_bundle(*EXAMPLES["success"])
    assert len(bundle["text/html"].encode()) <= 12 * 1024
    assert len(bundle["image/png"]) <= 24 * 1024
    assert 3 <= len(bundle["text/plain"].splitlines()) <= 6


def test_the_previous_run_tells_what_became_better_and_worse() -> None:
    auc, accuracy, loss = said(run(), HISTORY).tiles
    assert (auc.delta.arrow, auc.delta.text, auc.delta.meaning) == ("▲", "0.0123", "better")
    assert (accuracy.delta.arrow, accuracy.delta.meaning) == ("▼", "worse")
    assert (loss.delta.arrow, loss.delta.text, loss.delta.meaning) == ("▼", "0.0224", "better")


def test_what_papermill_gave_to_one_of_two_runs_alone_is_no_change() -> None:
    given = replace(
        PREVIOUS,
        params={"depth": 4, "read_by_nobody": 3, "own": 1},
        param_sources={"depth": "papermill", "read_by_nobody": "papermill", "own": "literal"},
    )
    now = run(params={"depth": 8}, param_sources={"depth": "cell 2"})

    changed = said(now, replace(HISTORY, previous=given)).changes
    assert changed == (Change("depth", "4", "8"), Change("own", "1", None))


def test_a_metric_of_unknown_direction_only_moves() -> None:
    history = replace(HISTORY, previous=replace(PREVIOUS, metrics={"rows": 10}))
    (tile,) = said(run(metrics={"rows": 12}), history).tiles
    assert (tile.delta.arrow, tile.delta.text, tile.delta.meaning) == ("▲", "2", "")
    assert tile.standing is None


def test_an_equal_metric_is_unchanged() -> None:
    (tile,) = said(run(metrics={"auc": PREVIOUS.metrics["auc"]}), HISTORY).tiles
    assert (tile.delta.text, tile.delta.meaning) == ("unchanged", "")
    assert tile.standing.text == "equals the best"


def test_the_best_so_far_is_marked_and_the_best_of_others_named() -> None:
    auc, accuracy, _ = said(run(), HISTORY).tiles
    assert auc.standing.is_best
    assert auc.standing.text == "best so far"
    assert not accuracy.standing.is_best
    assert accuracy.standing.text == "best 0.8467"
    assert accuracy.standing.run == "wide-forest"


def test_a_run_that_is_itself_in_the_history_is_the_best_only_among_others() -> None:
    mine = run()
    best = {"auc": Best(mine.metrics["auc"], mine.id, mine.name)}
    assert said(mine, History(None, best, 1)).tiles[0].standing is None
    assert said(mine, History(None, best, 2)).tiles[0].standing.is_best


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), 2**70])
def test_numbers_out_of_the_ordinary_are_shown_and_not_compared(value: float) -> None:
    for mine, other in ((value, 0.5), (0.5, value), (value, value)):
        history = History(
            replace(PREVIOUS, metrics={"auc": other}), {"auc": Best(other, "b", "b")}, 2
        )
        bundle = views.run_bundle(
            run(metrics={"auc": mine}), history, {"auc": curve([mine, other])}
        )
        check_html(bundle["text/html"])


def test_a_number_too_long_for_python_to_write_is_shown_by_its_size() -> None:
    shown = views.card_text(run(metrics={"n": 1 << 40_000}, params={"big": -(1 << 40_000)}))
    assert "~1e+12041" in shown


def test_parameters_that_differ_are_told_and_equal_ones_are_not() -> None:
    before = {"same": 1, "depth": 6, "gone": "x", "nan": math.nan, "flag": True}
    after = {"same": 1.0, "depth": 8, "new": None, "nan": math.nan, "flag": 1}
    assert changes(before, after) == [
        Change("depth", "6", "8"),
        Change("new", None, "None"),
        Change("flag", "True", "1"),
        Change("gone", "x", None),
    ]


def test_a_run_of_other_code_or_one_that_stopped_early_does_not_list_what_it_lacks() -> None:
    assert said(run(params={"other": 1}), HISTORY).changes == ()
    assert said(run(params={}), HISTORY).changes == ()
    stopped = said(run(params={"max_depth": 8}, status=Status.FAILED), HISTORY)
    assert [change.name for change in stopped.changes] == ["max_depth"]
    ended = said(run(params={"max_depth": 8}), HISTORY)
    assert len(ended.changes) + ended.more_changes == 4


def test_only_the_first_changes_and_metrics_are_on_the_closed_card() -> None:
    summary = said(*EXAMPLES["wide"])
    assert (len(summary.changes), summary.more_changes) == (4, 55)
    assert (len(summary.tiles), summary.more_metrics) == (4, 8)
    assert "+55 more" in Document(views.card_html(*EXAMPLES["wide"])).text


def test_the_metrics_that_speak_for_a_run_stand_first() -> None:
    metrics = {"x": 1, "auc": 0.9, "n_rows": 5, "loss": 0.1}
    sources = {"x": "assigned", "auc": "assigned", "n_rows": "log", "loss": "log"}
    summary = said(run(metrics=metrics, metric_sources=sources))
    assert [tile.name for tile in summary.tiles] == ["auc", "loss", "n_rows", "x"]


def test_the_error_the_reason_and_the_warnings_are_on_the_closed_card() -> None:
    shown = views.card_text(
        run(
            status=Status.FAILED,
            error=Failure("ValueError", "bad\nsecond line"),
            reason="stopped",
            warnings=tuple(RunWarning("w", f"warning {index}") for index in range(3)),
        )
    )
    assert "  ValueError: bad\n  stopped\n" in shown
    assert "! warning 0\n  ! warning 1" in shown
    assert "second line" not in shown
    assert "warning 2" not in shown


def test_every_status_has_its_own_mark_and_its_word() -> None:
    looks = [palette.STATUS_LOOKS[status] for status in Status]
    assert len({look.mark for look in looks}) == len(looks)
    for status in Status:
        shown = Document(views.card_html(run(status=status))).text
        assert palette.STATUS_LOOKS[status].mark in shown
        assert status.value in shown


# The page and the text color of JupyterLab's themes, and rows of tables that are shaded.
GROUNDS = {"light": ("#ffffff", "#000000"), "dark": ("#111111", "#ffffff")}
TEXT_OPACITY, SHADE, SHADE_OPACITY = 0.87, "#808080", 0.07
TONES = {look.tone for look in palette.STATUS_LOOKS.values()} | set(palette.TONES.values())


@pytest.mark.parametrize("theme", GROUNDS)
@pytest.mark.parametrize("tone", sorted({*TONES, palette.BLUE}, key=lambda tone: tone.mark))
def test_text_in_color_can_be_read_in_every_theme(tone: palette.Tone, theme: str) -> None:
    page, around = (channels(color) for color in GROUNDS[theme])
    shaded = over(channels(SHADE), SHADE_OPACITY, page)
    found = re.fullmatch(r"color-mix\(in srgb,(#[0-9a-f]{6}) (\d+)%,currentColor\)", tone.text)
    assert found
    share = int(found[2]) / 100
    opacity = share + (1 - share) * TEXT_OPACITY
    color = [
        (share * part + (1 - share) * TEXT_OPACITY * other) / opacity
        for part, other in zip(channels(found[1]), around, strict=True)
    ]
    for ground in (page, shaded):
        assert contrast(over(color, opacity, ground), ground) >= 4.5
        assert contrast(channels(tone.mark), ground) >= 3  # what WCAG asks of a mark


@pytest.mark.parametrize("tone", sorted({*TONES, palette.BLUE}, key=lambda tone: tone.mark))
def test_text_in_color_can_be_read_in_a_picture(tone: palette.Tone) -> None:
    assert contrast(channels(tone.ink), channels(palette.PAPER)) >= 4.5


def test_soft_text_can_be_read_in_a_picture() -> None:
    paper = channels(palette.PAPER)
    soft = over(channels(palette.INK), png._SOFT, paper)
    assert contrast(soft, paper) >= 4.5


def test_every_colored_text_of_html_is_mixed_with_the_text_around_it() -> None:
    shown = "".join(views.card_html(*given) for given in EXAMPLES.values())
    shown += views.table_bundle([given[0] for given in EXAMPLES.values()])["text/html"]
    styled = re.findall(r"style=\"[^\"]*(?<![-\w])color:([^;\"]+)[^\"]*\"[^>]*>([^<]*)", shown)
    marks = {look.mark for look in palette.STATUS_LOOKS.values()}
    assert {text for color, text in styled if color.startswith("#")} <= marks
    assert {color for color, _ in styled if "color-mix" in color} >= {
        palette.GREEN.text,
        palette.BLUE.text,
        palette.TONES["worse"].text,
    }


Channels = Sequence[float]


def channels(color: str) -> Channels:
    return [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def over(color: Channels, opacity: float, ground: Channels) -> Channels:
    pairs = zip(color, ground, strict=True)
    return [opacity * part + (1 - opacity) * below for part, below in pairs]


def contrast(one: Channels, other: Channels) -> float:
    """The contrast of WCAG 2.2: from 1 to 21."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(color: Channels) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_metric_with_steps_has_a_sparkline_that_is_also_told_in_words() -> None:
    document = Document(views.card_html(TRAINING, None, SERIES))
    told = [value for _, name, value in document.attributes if name == "alt"]
    assert len(told) == 3
    assert told[0].startswith("val/accuracy over 200 points: from 0.3100 to 0.9285, lowest 0.31")
    assert told[2].startswith("train/loss over 200 points: from 2.480 to 0.1924, lowest 0.1")


def test_a_metric_without_steps_or_with_one_point_has_none() -> None:
    bare = [Metric(None, 0.1, START), Metric(None, 0.2, START)]
    assert points(bare) == ()
    assert points(curve([0.1])) == ()


def test_a_long_series_keeps_its_extremes_and_its_last_value() -> None:
    values = [math.sin(index / 50) for index in range(10_000)]
    values[4321], values[8765] = 9.0, -9.0
    kept = points(curve(values))
    assert len(kept) <= 48
    assert (max(kept), min(kept), kept[-1]) == (9.0, -9.0, values[-1])


def test_a_series_that_is_not_a_number_anywhere_is_left_out() -> None:
    shown = views.card_html(run(metrics={"loss": math.nan}), None, {"loss": curve([math.nan] * 9)})
    assert "<img" not in shown


def test_the_metadata_says_half_the_size_of_the_picture() -> None:
    from PIL import Image

    bundle = views.run_bundle(*EXAMPLES["training"])
    image = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert views.bundle_metadata(bundle) == {
        "image/png": {"width": image.width // 2, "height": image.height // 2}
    }
    assert image.width == 1440


def test_the_page_holds_what_the_card_cuts() -> None:
    long = run(params={f"p{index:03}": index for index in range(200)})
    assert "p199" not in views.card_html(long)
    page = views.run_page_html(long)
    assert "p199" in page
    assert "+depth = 8" in page
    assert "<details open" in page


def test_views_change_nothing_and_say_the_same_each_time() -> None:
    for name in ("success", "training", "failed"):
        assert views.run_bundle(*EXAMPLES[name]) == views.run_bundle(*EXAMPLES[name])


def test_warming_up_changes_nothing_of_what_is_drawn() -> None:
    before = views.card_png(*EXAMPLES["success"])
    views.warm_up()
    assert views.card_png(*EXAMPLES["success"]) == before


def test_a_run_is_one_short_line_of_plain_text() -> None:
    assert repr(run()) == (
        "<Run V3Z5B7D9 'deeper-trees' in 'churn', succeeded, "
        "auc=0.8912, accuracy=0.8423, log_loss=0.3091>"
    )
    assert repr(run(metrics={}, status=Status.LOST)).endswith("in 'churn', lost>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_line_of_a_run_stays_one_short_line(payload: str) -> None:
    text = PAYLOADS[payload]
    values = {f"{text}{at}": value for at, value in enumerate((1 << 40_000, math.nan, 1e300, 2))}
    shown = repr(run(name=text, experiment=text, metrics=values))
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 300
    assert "+1 more" in shown


def test_how_completely_we_looked_is_told_last_and_the_details_hold_what_the_card_does_not() -> (
    None
):
    warned = tuple(
        RunWarning(code, f"told of {code}")
        for code in ("partial", "unseeded", "order", "shared-rows")
    )
    summary = said(run(warnings=warned))
    assert summary.warnings == ("told of unseeded", "told of order")
    assert summary.more_warnings == 2
    closed, details = views.card_html(run(warnings=warned)).split("<details", 1)
    assert "told of partial" not in closed
    for code in ("unseeded", "order", "shared-rows", "partial"):
        assert f"told of {code}" in details
    assert "Warnings" not in views.card_html(run(warnings=warned[:2])).split("<details", 1)[1]
