"""Cards and tables in a real browser: alone, exported by nbconvert, and in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from payloads import PAYLOADS, everywhere, series_of
from sample_runs import EXAMPLES
from sample_tables import TABLE

from nbmlops.views import runs as views
from nbmlops.views.escaping import visible

pytestmark = pytest.mark.browser

GROUNDS = {"light": ("#ffffff", "rgba(0,0,0,.87)"), "dark": ("#111111", "rgba(255,255,255,.87)")}
# What no view may ever bring into a page.
ACTING = """() => [...document.querySelectorAll('.nbmlops, .nbmlops *')].flatMap(element => [
    ...(/^(script|style|iframe|object|embed|form|input|button|svg|link|meta|base)$/i
        .test(element.tagName) ? ['<' + element.tagName + '>'] : []),
    ...element.getAttributeNames().filter(name => /^on|commandlinker|srcdoc|formaction/i.test(name)),
    ...(element.tagName === 'A' && !/^https?:$/.test(element.protocol) ? [element.href] : []),
    ...(element.tagName === 'IMG' && !element.src.startsWith('data:image/') ? [element.src] : []),
    ...(/^mjx/i.test(element.tagName) || /(^| )MathJax/.test(element.className) ? ['math'] : []),
])"""


def hostile_bundles() -> list[dict[str, str]]:
    """A card with every payload in every place, and a table of all of these runs."""
    made = {name: everywhere(text) for name, text in PAYLOADS.items()}
    cards = [
        views.run_bundle(run, history, series_of(PAYLOADS[name]))
        for name, (run, history) in made.items()
    ]
    return [*cards, views.table_bundle([run for run, _ in made.values()])]


def usual_bundles() -> list[dict[str, str]]:
    shown = ("success", "training", "failed", "lost", "empty")
    return [*(views.run_bundle(*EXAMPLES[name]) for name in shown), views.table_bundle(TABLE)]


def notebook(bundles: list[dict[str, str]]) -> Any:
    """A saved notebook with these outputs."""
    cells = [
        nbformat.v4.new_code_cell(
            "%%track churn\nmodel.fit(X_train, y_train)",
            execution_count=number,
            outputs=[
                nbformat.v4.new_output(
                    "display_data", data=bundle, metadata=views.bundle_metadata(bundle)
                )
            ],
        )
        for number, bundle in enumerate(bundles, 1)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def page_of(bundles: list[Mapping[str, str]], theme: str) -> str:
    ground, ink = GROUNDS[theme]
    content = "".join(bundle["text/html"] for bundle in bundles)
    pictures = "".join(
        f'<p><img width="720" src="data:image/png;base64,{bundle["image/png"]}"></p>'
        for bundle in bundles
        if "image/png" in bundle
    )
    return (
        f'<!doctype html><meta charset="utf-8"><body style="background:{ground};color:{ink};'
        f'margin:24px">{content}{pictures}</body>'
    )


def check_inert(watch: Any) -> None:
    assert watch.dialogs == []
    assert watch.page.evaluate(ACTING) == []


def check_literal(watch: Any) -> None:
    """Every payload that was recorded can be read on the page as it is."""
    shown = watch.page.evaluate(
        "() => [...document.querySelectorAll('.nbmlops')].map(card => card.textContent).join('\\n')"
    )
    for text in PAYLOADS.values():
        assert visible(text)[:50] in shown


@pytest.mark.parametrize("theme", GROUNDS)
def test_hostile_runs_do_nothing_in_a_page(watch: Any, theme: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(hostile_bundles(), theme), encoding="utf-8")
    watch.page.goto(file.as_uri())
    check_inert(watch)
    check_literal(watch)
    assert [address for address in watch.requests if not address.startswith("data:")] == [
        file.as_uri()
    ]


@pytest.mark.parametrize("theme", GROUNDS)
def test_usual_runs_are_laid_out_in_a_page(watch: Any, theme: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(usual_bundles(), theme), encoding="utf-8")
    watch.page.goto(file.as_uri())
    watch.page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)
    check_layout(watch.page)
    assert watch.page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")


def check_layout(page: Any) -> None:
    """The styles that carry the layout arrived, and a closed card is small."""
    card = page.locator(".nbmlops").first
    style = card.evaluate(
        "card => { const s = getComputedStyle(card), h = getComputedStyle(card.firstChild),"
        " r = getComputedStyle(card.querySelector('tr')),"
        " c = getComputedStyle(card.querySelector('td'));"
        " return [s.paddingLeft, s.borderTopLeftRadius, s.borderTopWidth, h.display,"
        " h.justifyContent, r.backgroundColor, c.textAlign, c.verticalAlign] }"
    )
    assert style == [
        "14px",
        "8px",
        "1px",
        "flex",
        "space-between",
        "rgba(0, 0, 0, 0)",
        "left",
        "top",
    ]
    assert card.bounding_box()["height"] < 170
    # What stands below each other begins at the same place, whatever the viewer's own table style.
    parts = ("div > div > span", "td > div", "summary")
    assert len({card.locator(part).first.bounding_box()["x"] for part in parts}) == 1


@pytest.mark.parametrize("width", [340, 460, 760, 1600])
def test_a_card_never_leaves_its_box(watch: Any, width: int) -> None:
    watch.page.set_viewport_size({"width": width, "height": 900})
    watch.page.set_content(
        page_of([views.run_bundle(*EXAMPLES[name]) for name in EXAMPLES], "light")
    )
    watch.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    leaving = watch.page.locator(".nbmlops").evaluate_all(
        "cards => cards.filter(card => card.scrollWidth > card.clientWidth).map(card => card.innerText)"
    )
    assert leaving == []


@pytest.mark.parametrize("sanitized", [False, True])
def test_hostile_runs_do_nothing_in_an_export(watch: Any, sanitized: bool, tmp_path: Path) -> None:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(sanitize_html=sanitized)
    requests = []
    for name, bundles in (("usual", usual_bundles()), ("hostile", hostile_bundles())):
        file = tmp_path / f"{name}.html"
        file.write_text(exporter.from_notebook_node(notebook(bundles))[0], encoding="utf-8")
        watch.requests.clear()
        watch.page.goto(file.as_uri())
        outside = {address for address in watch.requests if not address.startswith("data:")}
        requests.append(outside - {file.as_uri()})
        watch.page.screenshot(path=tmp_path / f"{name}.png")
    check_inert(watch)
    check_literal(watch)
    # The exporter itself fetches scripts; the outputs add nothing to what it fetches.
    assert requests[0] == requests[1]


# What is told and the contrast (WCAG) that it has, for every text of a card or a table.
CONTRASTS = """() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const read = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [[r, g, b], a / 255];
    };
    const over = ([top, alpha], below) => top.map((part, at) => alpha * part + (1 - alpha) * below[at]);
    const light = color => color.map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const line = element => element ? [...line(element.parentElement), element] : [];
    const found = [];
    for (const view of document.querySelectorAll('.nbmlops')) {
        const texts = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const told = texts.currentNode.data.trim();
            const element = texts.currentNode.parentElement;
            if (!told || !element.checkVisibility()) continue;
            const styles = line(element).map(one => getComputedStyle(one));
            const ground = styles.reduce(
                (below, style) => over(read(style.backgroundColor), below), [255, 255, 255]);
            const [ink, alpha] = read(styles.at(-1).color);
            const shown = styles.reduce((product, style) => product * style.opacity, alpha);
            const [dark, bright] = [light(over([ink, shown], ground)), light(ground)]
                .sort((one, other) => one - other);
            found.push([told, (bright + 0.05) / (dark + 0.05)]);
        }
    }
    return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read_in_an_export_of_either_theme(
    watch: Any, theme: str, tmp_path: Path
) -> None:
    from nbconvert import HTMLExporter

    file = tmp_path / f"{theme}.html"
    exported = HTMLExporter(theme=theme).from_notebook_node(notebook(usual_bundles()))[0]
    file.write_text(exported, encoding="utf-8")
    watch.page.goto(file.as_uri())
    watch.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    watch.page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)
    ground = watch.page.evaluate("() => getComputedStyle(document.body).backgroundColor")

    contrasts = watch.page.evaluate(CONTRASTS)

    assert (ground == "rgb(255, 255, 255)") == (theme == "light")
    assert len(contrasts) > 300
    # A mark is a picture, and a word beside it tells the same.
    assert [one for one in contrasts if one[1] < (3 if len(one[0]) == 1 else 4.5)] == []
    pictures = watch.page.locator(".nbmlops img")
    assert pictures.evaluate_all("all => all.every(one => one.naturalWidth > 0)")


@pytest.mark.parametrize(("theme", "trusted"), [("Light", False), ("Dark", True)])
def test_cards_in_jupyterlab(
    watch: Any, lab: Any, theme: str, trusted: bool, tmp_path: Path
) -> None:
    name = f"{theme}-{trusted}.ipynb"
    content = notebook([*usual_bundles(), *hostile_bundles()])
    nbformat.write(content, lab.folder / name)
    if trusted:
        lab.trust(content)
    lab.choose_theme(theme)
    page = watch.page
    page.goto(lab.address(name, name.replace(".", "-")))
    page.locator(".nbmlops").first.wait_for(timeout=40_000)
    page.locator(f'body[data-jp-theme-name="JupyterLab {theme}"]').wait_for(state="attached")
    page.locator(".jp-Notebook-ExecutionIndicator").first.wait_for()
    check_layout(page)
    page.screenshot(path=tmp_path / f"lab-{theme}.png")
    # Cells far below are drawn when they come into view.
    seen = see_all(page, len(content.cells))
    assert seen == len(content.cells)
    check_inert(watch)
    outside = [
        address for address in watch.requests if not address.startswith((lab.url, "data:", "blob:"))
    ]
    assert outside == []
    assert not [address for address in watch.requests if address.endswith(("/x", "t.png", "/c"))]


def see_all(page: Any, count: int) -> int:
    """Scrolls through the notebook; how many of its cells showed a card or a table."""
    seen = 0
    for index in range(count):
        cell = page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
        cell.scroll_into_view_if_needed()
        cell.locator(".nbmlops").wait_for()
        assert page.evaluate(ACTING) == []
        if index >= count - len(PAYLOADS) - 1 and index < count - 1:
            text = list(PAYLOADS.values())[index - (count - len(PAYLOADS) - 1)]
            assert visible(text)[:50] in cell.locator(".nbmlops").inner_text()
        seen += 1
    return seen
