"""The course of resources, the cost of cells and the pictures of runs, as they are shown."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from payloads import PAYLOADS
from PIL import Image
from sample_runs import run
from test_hostile_text import Document, check_characters, check_html, printed

from nbmlops.comparison import compare
from nbmlops.errors import ArtifactNotFoundError
from nbmlops.records import Artifact, CellCost, Resources, Run
from nbmlops.views import compare as compare_views
from nbmlops.views import runs as views
from nbmlops.views import usage
from nbmlops.views.sparkline import blocks, segments

SERIES = {
    "at_seconds": tuple(float(at) for at in range(1, 241)),
    "cpu_percent": tuple(100.0 + 290 * (at % 40 == 7) for at in range(240)),
    "memory_bytes": tuple(4e8 + at * 1e6 for at in range(240)),
    "disk_read_bytes_per_second": (5e6, *([0.0] * 239)),
    "disk_write_bytes_per_second": (0.0,) * 240,
    "network_in_bytes_per_second": (900.0,) * 240,
    "gpu_percent": (None, *([80.0] * 239)),
}
CELLS = tuple(
    CellCost(at + 1, f"step_{at}()", "failed" if at == 29 else "completed", 0.5 + at, at / 3, 10**8)
    for at in range(30)
)
LONG = Resources(240.0, 260.0, 640_000_000, series=SERIES, cells=CELLS)


def test_each_resource_that_was_used_has_a_course_and_what_is_worth_knowing() -> None:
    assert [(course.name, course.told) for course in usage.courses(LONG)] == [
        ("CPU", "107 % of a core on average, up to 390 %"),
        ("memory", "up to 639 MB"),
        ("disk read", "up to 5.0 MB/s"),
        ("GPU", "80 % of a GPU on average, up to 80 %"),
    ]
    assert usage.courses(Resources(1.0, 1.0)) == usage.courses(None) == []


def test_a_spike_is_seen_in_a_short_line_and_what_is_flat_is_flat() -> None:
    cpu, memory, _, gpu = usage.courses(LONG)

    assert cpu.text.count("█") == 6
    assert set(cpu.text) == {"█", "▃"}
    assert set(gpu.text) <= {"█", " "}
    assert len(memory.text) == usage.TEXT_POINTS


def test_noise_of_computing_is_drawn_as_the_constant_that_it_means() -> None:
    noise = [0.5507041364954227, 0.5507041607847859, 0.5507041607847859]
    assert segments(noise, 20, 10, 0) == segments([1.0, 1.0, 1.0], 20, 10, 0)
    assert blocks(noise) == blocks([1.0, 1.0, 1.0])
    assert blocks([0.55, 0.5501]) == "▁█"
    assert blocks([0.0, 1e-12]) == "▁█"


def test_a_floor_is_the_bottom_of_a_picture_unless_a_value_is_lower() -> None:
    assert blocks([1.0, 1.0], floor=0.0) == "██"
    assert blocks([1.0, 1.0]) == "▄▄"
    assert segments([1.0, 2.0], 10, 10, 0, floor=0.0) == [[(0.0, 5.0), (10.0, 0.0)]]
    assert segments([-2.0, 2.0], 10, 10, 0, floor=0.0) == [[(0.0, 10.0), (10.0, 0.0)]]


def test_of_many_cells_the_longest_are_told_in_their_order() -> None:
    bars, more = usage.bars(LONG)

    assert more == 10
    assert [bar.number for bar in bars] == [str(number) for number in range(11, 31)]
    assert [bar.share for bar in bars] == sorted(bar.share for bar in bars)
    assert bars[-1].look is not None
    assert (bars[-1].text, bars[0].time) == ("█" * 10, "10.5 s")


def test_cells_without_numbers_leave_them_out() -> None:
    bare = CellCost(1, "x", "completed", 0.0)
    (bar,), _ = usage.bars(Resources(1.0, 1.0, cells=(bare,)))

    assert (bar.share, bar.cpu, bar.memory, bar.time) == (0.0, "", "", "< 1 ms")
    assert usage.bars(None) == ([], 0)


def test_the_card_and_the_page_show_them() -> None:
    long = run(resources=LONG)
    card, page = views.card_html(long), views.run_page_html(long)
    document = check_html(card)
    check_html(page)

    assert "107 % of a core on average" in document.text
    assert "step_29()" in document.text
    assert "+6 shorter" in document.text
    assert "step_0()" in page
    assert len(card) < 40_000
    assert "Cells" not in views.card_html(run())


@pytest.mark.parametrize("width", [60, 100, 160])
def test_the_terminal_shows_them_and_they_fit(width: int) -> None:
    shown = printed(views.rich_run(run(resources=LONG)), width=width)

    assert "107 % of a core on average" in " ".join(shown.split())
    assert "✕ step_29()" in shown
    assert "(+10 shorter)" in shown
    assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_name_of_a_cell_stays_text(payload: str) -> None:
    def shown(text: str) -> str:
        cells = (CellCost(1, text, "completed", 1.0), CellCost(2, "x", text, 1.0))
        series = {"at_seconds": (1.0, 2.0), text or "x": (1.0, 2.0)}
        return views.run_page_html(run(resources=Resources(1.0, 1.0, cells=cells, series=series)))

    text = PAYLOADS[payload]
    assert check_html(shown(text)).tags == Document(shown("y" * len(text))).tags
    resources = Resources(1.0, 1.0, cells=(CellCost(1, text, "completed", 1.0),))
    check_characters(printed(views.rich_run(run(resources=resources))))


def test_numbers_that_are_none_break_no_view() -> None:
    odd = {"at_seconds": (1.0, 2.0, 3.0), "cpu_percent": (math.inf, math.nan, None)}
    cells = (CellCost(1, "x", "completed", math.nan, math.inf, -5),)

    check_html(views.run_page_html(run(resources=Resources(1.0, 1.0, series=odd, cells=cells))))


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def picture(width: int, height: int, mode: str = "RGB", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 50).convert(mode).save(out, form)
    return out.getvalue()


HELD: dict[str, bytes] = {}


def load(digest: str) -> bytes:
    if digest not in HELD:
        raise ArtifactNotFoundError(digest)
    return HELD[digest]


def with_pictures(**contents: bytes) -> Run:
    """A run with these figures, their names with two underscores for a dot."""
    HELD.update({sha256(content).hexdigest(): content for content in contents.values()})
    types = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "html": "text/html"}

    names = {name.replace("__", "."): content for name, content in contents.items()}
    artifacts = {
        name: Artifact(
            name,
            sha256(content).hexdigest(),
            len(content),
            types[name.rpartition(".")[2]],
            "figure",
        )
        for name, content in names.items()
    }
    return replace(run(artifacts=artifacts), _load_bytes=load)


def images(source: str) -> list[str]:
    return [
        value for tag, name, value in check_html(source).attributes if (tag, name) == ("img", "alt")
    ]


def test_the_pictures_of_a_run_are_shown_small_and_in_their_order() -> None:
    found = {f"figure-{at}__png": picture(1600 + at, 900) for at in (1, 2, 10)}
    html = views.card_html(with_pictures(**found))

    assert images(html) == ["figure-1.png", "figure-2.png", "figure-10.png"]
    assert len(html) < sum(map(len, found.values())) / 4


def test_all_kinds_of_pictures_are_shown_and_nothing_else() -> None:
    shown = with_pictures(
        a__png=picture(10, 10, "RGBA"),
        b__jpg=picture(10, 10, form="JPEG"),
        c__png=picture(10, 10, "P"),
        d__png=picture(10, 10, "LA"),
        e__html=b"<b>x</b>",
        f__svg=b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    )

    assert images(views.run_page_html(shown)) == ["a.png", "b.jpg", "c.png", "d.png", "f.svg"]


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"no picture", picture(9, 9)[:-20]], ids=range(4)
)
def test_a_damaged_picture_is_not_shown(content: bytes) -> None:
    assert images(views.run_page_html(with_pictures(a__png=content))) in ([], ["a.png"])


def test_a_picture_of_a_thousand_million_points_is_not_opened() -> None:
    header = picture(9, 9)
    bomb = header[:16] + (50_000).to_bytes(4) + (50_000).to_bytes(4) + header[24:]

    assert images(views.run_page_html(with_pictures(a__png=bomb))) == []


def test_bytes_that_are_not_there_cost_the_picture_only() -> None:
    lost = with_pictures(a__png=picture(9, 9))
    elsewhere = replace(
        lost, artifacts={"b.png": Artifact("b.png", "ab" * 32, 9, "image/png", "figure")}
    )

    assert images(views.run_page_html(elsewhere)) == []
    with pytest.raises(ArtifactNotFoundError, match=r"b\.png"):
        run(artifacts=elsewhere.artifacts).artifact("b.png")
    with pytest.raises(ArtifactNotFoundError):
        lost.artifact("nothing")


def compared(*runs: Run) -> Callable[[], str]:
    chosen = [replace(each, id=f"01JPA7Q2M8K4X6R9T1V3Z5B7D{at}") for at, each in enumerate(runs)]
    return compare(chosen).to_html


def test_pictures_that_differ_stand_side_by_side() -> None:
    one, other = picture(40, 30), picture(41, 30)
    same = picture(5, 5)
    html = compared(
        with_pictures(roc__png=one, same__png=same),
        with_pictures(roc__png=other, same__png=same, alone__png=other),
        with_pictures(roc__png=one, same__png=same),
    )()

    assert html.count("data:image/png") == 2
    assert "the same picture as A" in html
    assert "alone.png" not in html
    assert "same.png" not in html


def test_a_comparison_in_a_notebook_shows_few_and_its_records_hold_no_bytes() -> None:
    runs = [
        with_pictures(**{f"p{at}__png": picture(30 + number, 20 + at) for at in range(9)})
        for number in range(6)
    ]
    chosen = [replace(each, id=f"01JPA7Q2M8K4X6R9T1V3Z5B7D{at}") for at, each in enumerate(runs)]
    comparison = compare(chosen)
    html = compare_views.comparison_bundle(comparison)["text/html"]

    assert html.count("data:image/png") == 8
    assert "+2 more runs" in html
    assert len(comparison.to_dict()["figures"]) == 9
    assert "base64" not in str(comparison.to_dict())
