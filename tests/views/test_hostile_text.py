"""Nothing that comes from a run acts in any form of any view: it is shown as it is."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser

import pytest
from payloads import PAYLOADS, PLACES, everywhere, series_of
from rich.console import Console

from nbmlops.records import History, Run
from nbmlops.views import runs as views
from nbmlops.views.escaping import block, visible

TAGS = set("div span b table thead tbody tr th td details summary img a pre".split())
ATTRIBUTES = set("style title alt src width height scope colspan open href rel class".split())
CLASSES = "nbmlops tex2jax_ignore mathjax_ignore"
STYLE = re.compile(r"[a-z0-9:;.,%#()' -]*", re.IGNORECASE)
JOINERS = {"\u200c", "\u200d"}


class Document(HTMLParser):
    """The tags, attributes and text of a piece of HTML, as a browser would split it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append("/" + tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def check_html(source: str) -> Document:
    source.encode()
    document = Document(source)
    assert {tag.lstrip("/") for tag in document.tags} <= TAGS
    for tag, name, value in document.attributes:
        assert name in ATTRIBUTES, name
        if name == "style":
            assert STYLE.fullmatch(value), value
            assert "url" not in value
            assert "position" not in value
        if name == "class":
            assert value == CLASSES
        if name == "src" and value.startswith("data:image/png;base64,"):
            assert tag == "img"
            assert base64.b64decode(value[22:], validate=True).startswith(b"\x89PNG")
        elif name == "src":
            assert (tag, value[:26]) == ("img", "data:image/svg+xml;base64,")
            drawn = base64.b64decode(value[26:], validate=True).decode()
            assert re.fullmatch(r'[\w<>/=" .:#-]+', drawn)
            assert "script" not in drawn
        if name == "href":
            assert re.match(r"https?://", value)
    check_characters(document.text)
    return document


def check_characters(text: str) -> None:
    text.encode()
    for character in set(text) - JOINERS - {"\n", "\t"}:
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"), hex(
            ord(character)
        )


def printed(*renderables: object, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=True)
    console.print(*renderables)
    return console.file.getvalue()  # type: ignore[attr-defined]


@lru_cache(maxsize=4096)
def usual_tags(place: str, length: int) -> dict[str, list[str]]:
    """The tags of each HTML form when harmless text of this length stands in the place."""
    shown = forms(*PLACES[place]("x" * length))
    return {form: Document(shown[form]).tags for form in ("card", "page", "table")}


def forms(run: Run, history: History | None) -> dict[str, str]:
    series = series_of(next(iter(run.metrics), "auc"))
    table = views.table_bundle([run, *([history.previous] if history and history.previous else [])])
    return {
        "card": views.card_html(run, history, series),
        "page": views.run_page_html(run, history, series),
        "table": table["text/html"],
        "card text": views.card_text(run, history, series),
        "table text": table["text/plain"],
    }


def on_terminal(run: Run, history: History | None) -> str:
    series = series_of(next(iter(run.metrics), "auc"))
    return printed(views.rich_run(run, history, series), views.rich_table([run]))


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", PLACES)
def test_text_of_a_run_stays_text_in_every_form(place: str, payload: str) -> None:
    text = PAYLOADS[payload]
    shown = forms(*PLACES[place](text))
    usual = usual_tags(place, len(visible(text)))
    for form in ("card", "page", "table"):
        document = check_html(shown[form])
        assert document.tags == usual[form], form
    for form in ("card text", "table text"):
        check_characters(shown[form])


ACTING_ON_TERMINALS = ["ansi", "bidi", "control", "lines", "rich markup", "surrogate"]


@pytest.mark.parametrize("place", PLACES)
def test_text_of_a_run_does_nothing_to_a_terminal(place: str) -> None:
    for payload in ACTING_ON_TERMINALS:
        check_characters(on_terminal(*PLACES[place](PAYLOADS[payload])))


def test_rich_markup_in_a_run_is_shown_as_it_is() -> None:
    assert PAYLOADS["rich markup"] in on_terminal(*PLACES["note"](PAYLOADS["rich markup"]))


SHOWN = [
    place
    for place in PLACES
    if place
    not in ("kind", "metric source", "warning code", "artifact digest", "git commit", "git diff")
    and not place.startswith(("previous", "best", "nested", "variable"))
]


@pytest.mark.parametrize(
    "payload", ["script", "img", "command linker", "templates", "math", "bidi"]
)
@pytest.mark.parametrize("place", SHOWN)
def test_the_card_shows_the_text_literally(place: str, payload: str) -> None:
    text = PAYLOADS[payload]
    document = check_html(views.card_html(*PLACES[place](text)))
    assert visible(text)[:30] in document.text or block(text)[:30] in document.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_picture_of_hostile_text_can_be_drawn(payload: str) -> None:
    from PIL import Image

    run, history = everywhere(PAYLOADS[payload])
    image = Image.open(io.BytesIO(views.card_png(run, history, series_of(PAYLOADS[payload]))))
    image.load()
    assert image.width == 2 * 720


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_in_all_places_at_once_stays_text(payload: str) -> None:
    run, history = everywhere(PAYLOADS[payload])
    shown = forms(run, history)
    check_characters(on_terminal(run, history))
    for form in ("card", "page", "table"):
        check_html(shown[form])
    for form in ("card text", "table text"):
        check_characters(shown[form])


def test_only_a_plain_web_address_becomes_a_link() -> None:
    from payloads import GIT
    from sample_runs import run

    def links(remote: str) -> list[str]:
        shown = views.card_html(run(git=replace(GIT, remote=remote)))
        return [value for _, name, value in Document(shown).attributes if name == "href"]

    assert links("https://github.com/acme/churn.git") == ["https://github.com/acme/churn.git"]
    for remote in (
        "git@github.com:acme/churn.git",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://a.b/",
        "https://user:secret@a.b/",
        "https://a.b/\n",
        'https://a.b/"x',
        "//a.b",
        "file:///etc/passwd",
        "data:text/html,x",
    ):
        assert links(remote) == []


def test_very_long_text_does_not_make_a_very_long_card() -> None:
    run, history = everywhere("<b>" * 400_000)
    # A name is never recorded longer than 250 bytes; a value may be.
    run = replace(run, metrics={"<b>" * 80: 0.5})
    assert len(views.card_html(run, history)) < 60_000
    assert len(views.card_text(run, history)) < 5_000
    assert len(views.card_png(run, history)) < 100_000
