"""Everything about a run beyond the headline, as sections of small HTML tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from nbmlops.records import Artifact, History, Run
from nbmlops.views import facts, quantities, usage
from nbmlops.views.attempts import shape_of
from nbmlops.views.escaping import block, html, link, visible
from nbmlops.views.facts import Fact
from nbmlops.views.fitted import made_of, settings_of
from nbmlops.views.observed import observed
from nbmlops.views.palette import BLUE, VEIL
from nbmlops.views.pictures import picture_html, pictures_of
from nbmlops.views.summary import WARNINGS, warnings_of

__all__ = ["CARD", "MONO", "PAGE", "Room", "sections"]

_TR = '<tr style="background:#0000">'
_KEY = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;font-weight:400;opacity:.68"
_VALUE = "padding:1px 0;text-align:left"
_NUMBER = "padding:1px 0 1px 16px;text-align:right"
_HEAD = f"{_NUMBER};font-weight:400;opacity:.68"
_TABLE = "margin:0;border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums"
_TITLE = "font-size:12px;font-weight:600;margin:0 0 3px"
_PRE = (
    f"margin:0;padding:8px 10px;background:{VEIL};border-radius:6px;font-size:11.5px;"
    "line-height:1.45;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
    "white-space:pre-wrap;overflow-wrap:break-word;max-height:320px;overflow:auto"
)
MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:11.5px"


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each part is shown."""

    rows: int
    characters: int
    value: int
    packages: int
    pictures: int
    width: int


CARD = Room(rows=24, characters=1200, value=80, packages=12, pictures=6, width=220)
PAGE = Room(rows=1000, characters=60_000, value=1000, packages=500, pictures=24, width=400)


def sections(run: Run, history: History | None = None, room: Room = CARD) -> str:
    """The sections that have something to say: tables side by side, then texts below them."""
    tables = [
        _pairs("Parameters", _params(run, room), room),
        _metrics(run, history, room),
        _pairs("Data", _data(run), room),
        _pairs("Models", _models(run, room), room),
        _pairs("Tags", ((name, html(text, room.value)) for name, text in run.tags.items()), room),
        _facts("Run", facts.identity(run), room),
        _pairs("Resources", usage.courses_html(usage.courses(run.resources)), room),
        _cells(run, room),
        _facts("Environment", facts.environment(run, room.packages), room),
        _artifacts(run, room),
    ]
    beside = "".join(
        f'<div style="margin:0 36px 12px 0;max-width:100%;overflow-x:auto">{table}</div>'
        for table in tables
        if table
    )
    return (
        _observed(run, room)
        + _warnings(run, history, room)
        + f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start">{beside}</div>'
        + _figures(run, room)
        + "".join(
            _text(title, content, room)
            for title, content in facts.texts(run, with_diff=room is PAGE)
        )
    )


def _observed(run: Run, room: Room) -> str:
    """What the cell did to its notebook, in a line."""
    parts = [
        f'<span style="opacity:.68">{escape(f"{verb} " if verb else "")}</span>{escape(names)}'
        for verb, names in observed(run, room.rows)
    ]
    line = '<span style="opacity:.68"> · </span>'.join(parts)
    return f'<div style="margin:0 0 12px">{line}</div>' if line else ""


def _warnings(run: Run, history: History | None, room: Room) -> str:
    """All warnings, where the closed card has no room for them."""
    told = warnings_of(run, history)
    if len(told) <= WARNINGS:
        return ""
    listed = "".join(f"<div>{html(text, 400)}</div>" for text in told[: room.rows])
    more = (
        f'<div style="opacity:.68">+{len(told) - room.rows:,} more</div>'
        if len(told) > room.rows
        else ""
    )
    return f'<div style="{_TITLE}">Warnings</div><div style="margin:0 0 12px">{listed}{more}</div>'


def _pairs(title: str, rows: Iterable[tuple[str, str]], room: Room) -> str:
    """A titled table of names and values; the values are HTML already, the names are not."""
    listed = list(rows)
    if not listed:
        return ""
    body = "".join(
        f'{_TR}<th scope="row" style="{_KEY}">{html(name, 60)}</th>'
        f'<td style="{_VALUE}">{content}</td></tr>'
        for name, content in listed[: room.rows]
    )
    return _titled(title, f'<table style="{_TABLE}"><tbody>{body}</tbody></table>', listed, room)


def _titled(title: str, table: str, rows: list[tuple[str, str]], room: Room) -> str:
    hidden = len(rows) - room.rows
    more = f'<div style="opacity:.68">+{hidden:,} more</div>' if hidden > 0 else ""
    return f'<div style="{_TITLE}">{title}</div>{table}{more}'


def _params(run: Run, room: Room) -> Iterable[tuple[str, str]]:
    for name, given in run.params.items():
        source = run.param_sources.get(name, "explicit")
        usual = source in ("explicit", "literal")
        told = "" if usual else f' <span style="opacity:.68">from {html(source, 60)}</span>'
        shown, exact = quantities.readable(given, room.value), quantities.value(given, room.value)
        text = html(shown, room.value + 20)
        yield (
            name,
            (text if shown == exact else f'<span title="{html(exact)}">{text}</span>') + told,
        )


def _metrics(run: Run, history: History | None, room: Room) -> str:
    if not run.metrics:
        return ""
    before = history.previous.metrics if history and history.previous else {}
    best = history.best if history else {}
    heads = ["", "value"] + (["previous"] if before else []) + (["best before"] if best else [])
    head = "".join(f'<th scope="col" style="{_HEAD}">{name}</th>' for name in heads[1:])
    rows = []
    for name, given in list(run.metrics.items())[: room.rows]:
        cells = [quantities.number(given, 6)]
        if before:
            cells.append(quantities.number(before[name], 6) if name in before else "")
        if best:
            cells.append(quantities.number(best[name].value, 6) if name in best else "")
        row = "".join(f'<td style="{_NUMBER}">{html(cell)}</td>' for cell in cells)
        rows.append(f'{_TR}<th scope="row" style="{_KEY}">{html(name, 60)}</th>{row}</tr>')
    table = (
        f'<table style="{_TABLE}"><thead style="border:0">'
        f'{_TR}<td style="{_VALUE}"></td>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return _titled("Metrics", table, [(name, "") for name in run.metrics], room)


def _data(run: Run) -> Iterable[tuple[str, str]]:
    """Each dataset: role, size, type and the beginning of its fingerprint; never a value."""
    for data in run.datasets.values():
        where = f" from {html(data.source, 60)}" if data.source else ""
        partly = " in part" if data.partial else ""
        kind = html(data.kind, 40)
        digest = f'<span style="{MONO};opacity:.68">{html(data.digest[:12])}</span>'
        told = f'<span style="opacity:.68">{kind}{where}{partly}</span> {digest}'
        yield data.name, f"{html(data.role, 20)} {html(shape_of(data))} {told}"


def _models(run: Run, room: Room) -> Iterable[tuple[str, str]]:
    for model in run.models.values():
        changed = ", ".join(
            f"{name} {quantities.readable(value, 20)}" for name, value in settings_of(model).items()
        )
        rest = len(model.params) - len(model.changed)
        told = [f"{rest} as by default"] if rest > 0 else []
        told += [size] if (size := facts.model_size(model)) else []
        took = quantities.duration(model.fit_seconds)
        told += [f"fitted in {took}"] if took else []
        told += [f"the last of {model.fit_count:,} fits"] if model.fit_count > 1 else []
        aside = f' <span style="opacity:.68">{html(" · ".join(told), 160)}</span>' if told else ""
        kind = html(made_of(model), 120)
        yield model.name, f"{kind} {html(changed, room.value * 2)}{aside}"


def _cells(run: Run, room: Room) -> str:
    """The cells of an executed notebook with a bar for the time of each."""
    bars, more = usage.bars(run.resources, room.rows)
    if not bars:
        return ""
    heads = "".join(
        f'<th scope="col" style="{_HEAD}">{name}</th>' for name in ("", "time", "CPU", "memory")
    )
    table = (
        f'<table style="{_TABLE}"><thead style="border:0">{_TR}<td style="{_VALUE}" colspan="2">'
        f"</td>{heads}</tr></thead><tbody>{usage.bars_html(bars, _TR, _KEY, _NUMBER)}</tbody>"
        "</table>"
    )
    shorter = f'<div style="opacity:.68">+{more:,} shorter</div>' if more else ""
    return f'<div style="{_TITLE}">Cells</div>{table}{shorter}'


def _figures(run: Run, room: Room) -> str:
    """The pictures that the run displayed, where their bytes are at hand."""
    pictures = pictures_of(run, room.pictures, room.width)
    if not pictures:
        return ""
    shown = "".join(map(picture_html, pictures))
    return (
        f'<div style="{_TITLE}">Figures</div>'
        f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start">{shown}</div>'
    )


def _artifacts(run: Run, room: Room) -> str:
    rows = ((artifact.name, _artifact(artifact)) for artifact in run.artifacts.values())
    return _pairs("Artifacts", rows, room)


def _artifact(artifact: Artifact) -> str:
    return (
        f"{quantities.size(artifact.size_bytes)} "
        f'<span style="opacity:.68">{html(artifact.media_type, 40)}</span> '
        f'<span style="{MONO};opacity:.68">{html(artifact.digest[:12])}</span>'
    )


def _facts(title: str, listed: Iterable[Fact], room: Room) -> str:
    return _pairs(title, ((fact.name, _fact(fact, room)) for fact in listed), room)


def _fact(fact: Fact, room: Room) -> str:
    shown = html(fact.value, 10 * room.value)
    if fact.is_link and (address := link(fact.value)):
        return f'<a href="{escape(address)}" rel="noreferrer" style="color:{BLUE.text}">{shown}</a>'
    if fact.is_code:
        return f'<span style="{MONO}">{shown}</span>'
    return (
        f'<div style="max-width:270px">{shown}</div>'
        if len(visible(fact.value, 61)) > 60
        else shown
    )


def _text(title: str, content: str, room: Room) -> str:
    shown = escape(block(content.rstrip(), room.characters))
    return (
        f'<div style="margin:0 0 12px"><div style="{_TITLE}">{html(title)}</div>'
        f'<pre style="{_PRE}">{shown}</pre></div>'
    )
