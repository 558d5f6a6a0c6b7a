"""The card as a picture, for viewers and formats that cannot show HTML."""

from __future__ import annotations

from nbmlops.records import Status
from nbmlops.views import sparkline
from nbmlops.views.drawing import Sheet, length
from nbmlops.views.escaping import clip
from nbmlops.views.palette import BLUE, STATUS_LOOKS, TONES
from nbmlops.views.summary import Change, Summary, Tile

__all__ = ["WIDTH", "card_png", "warm_up"]

WIDTH = 720
_LEFT, _TOP = 14, 11
_MARKS = [look.mark for look in STATUS_LOOKS.values()]
_SOFT = 0.66


def card_png(summary: Summary) -> bytes:
    """The closed card as a PNG at twice its size."""
    troubles, warnings = _troubles(summary), summary.warnings
    tiles = _fitting(summary)
    compared = any(tile.delta or tile.standing for tile in tiles)
    tiles_height = (64 if compared else 46) if tiles else 0
    height = (
        40
        + tiles_height
        + (19 if summary.inputs else 0)
        + (20 if summary.changes else 0)
        + 19 * (len(troubles) + len(warnings))
    )
    sheet = Sheet(WIDTH, height)
    _header(sheet, summary)
    y = float(_TOP + 25)
    if tiles:
        _tiles(sheet, y, tiles, summary)
        y += tiles_height
    if summary.inputs:
        shown = _fit(summary.inputs, 12, WIDTH - 2 * _LEFT)
        sheet.text(_LEFT, y, shown, 12, strength=_SOFT)
        y += 19
    for text, color in troubles:
        sheet.text(_LEFT, y, _fit(text, 12, WIDTH - 2 * _LEFT), 12, color)
        y += 19
    if summary.changes:
        _changed(sheet, y, summary)
        y += 20
    for text in warnings:
        x = sheet.text(
            _LEFT, y, "! warning ", 12, STATUS_LOOKS[Status.CANCELLED].tone.ink, bold=True
        )
        sheet.text(x, y, _fit(text, 12, WIDTH - _LEFT - x), 12)
        y += 19
    return sheet.png()


def warm_up() -> None:
    """Draws the usual letters once in every size of the card; they are kept."""
    letters = "".join(map(chr, range(32, 127)))
    sheet = Sheet(WIDTH, 40)
    for size, bold in ((12, False), (12, True), (13, False), (13, True), (20, True)):
        sheet.text(0, 0, letters + "▲▼★→·…" + "".join(_MARKS), size, bold=bold)
    sheet.png()


def _header(sheet: Sheet, summary: Summary) -> None:
    look = STATUS_LOOKS[summary.status]
    facts = "".join(f" · {fact}" for fact in summary.facts)
    right = WIDTH - _LEFT - length(facts, 12)
    status = right - length(summary.status.value, 12, bold=True)
    x = sheet.text(_LEFT, _TOP, look.mark, 13, look.tone.ink, bold=True) + 5
    name = _fit(summary.name, 13, status - x - 20, bold=True)
    x = sheet.text(x, _TOP, name, 13, bold=True) + 5
    if (room := status - x - 12) > 40:
        sheet.text(x, _TOP, _fit(f"in {summary.experiment}", 13, room), 13, strength=_SOFT)
    sheet.text(status, _TOP + 1, summary.status.value, 12, look.tone.ink, bold=True)
    sheet.text(right, _TOP + 1, facts, 12, strength=_SOFT)


def _fitting(summary: Summary) -> list[Tile]:
    """As many tiles as stand side by side."""
    room = WIDTH - 2 * _LEFT
    fitting: list[Tile] = []
    for tile in summary.tiles:
        room -= round(_tile_width(tile)) + 28
        if room < -28 and fitting:
            break
        fitting.append(tile)
    return fitting


def _tile_width(tile: Tile) -> float:
    picture = sparkline.WIDTH + 8 if tile.points else 0
    told = " · ".join(text for text, _ in _comparison(tile))
    return max(length(tile.name, 12), length(tile.value, 20, bold=True) + picture, length(told, 12))


def _tiles(sheet: Sheet, y: float, tiles: list[Tile], summary: Summary) -> None:
    x = float(_LEFT)
    for tile in tiles:
        sheet.text(x, y, tile.name, 12, strength=_SOFT)
        after = sheet.text(x, y + 15, tile.value, 20, bold=True)
        if lines := sparkline.segments(tile.points):
            sheet.curve(after + 8, y + 15, sparkline.WIDTH, sparkline.HEIGHT, lines, BLUE.ink)
        at = x
        for index, (text, color) in enumerate(_comparison(tile)):
            if index:
                at = sheet.text(at, y + 41, " · ", 12, strength=_SOFT)
            if color:
                at = sheet.text(at, y + 41, text, 12, color)
            else:
                at = sheet.text(at, y + 41, text, 12, strength=_SOFT)
        x += _tile_width(tile) + 28
    hidden = summary.more_metrics + len(summary.tiles) - len(tiles)
    if hidden and x < WIDTH - 70:
        sheet.text(x, y + 21, f"+{hidden} more", 12, strength=_SOFT)


def _comparison(tile: Tile) -> list[tuple[str, str]]:
    parts = []
    if delta := tile.delta:
        told = f"{delta.arrow} {delta.text} {delta.meaning}".rstrip()
        parts.append((told, TONES[delta.meaning].ink))
    if standing := tile.standing:
        parts.append((("★ " if standing.is_best else "") + standing.text, ""))
    return parts


def _changed(sheet: Sheet, y: float, summary: Summary) -> None:
    x = sheet.text(_LEFT, y, "changed", 12, strength=_SOFT) + 8
    hidden = summary.more_changes
    for index, change in enumerate(summary.changes):
        told = _change(change)
        width = sum(length(text, 12) for text, _ in told)
        if x + width > WIDTH - _LEFT - 60 and index:
            hidden += len(summary.changes) - index
            break
        for text, soft in told:
            fitted = _fit(text, 12, WIDTH - _LEFT - x)
            x = sheet.text(x, y, fitted, 12, strength=_SOFT if soft else 1.0)
        x += 16
    if hidden:
        sheet.text(x, y, f"+{hidden} more", 12, strength=_SOFT)


def _change(change: Change) -> list[tuple[str, bool]]:
    if change.before is None and change.after is None:
        return [(change.name, False)]
    if change.before is None:
        return [(f"{change.name} {change.after} ", False), ("new", True)]
    if change.after is None:
        return [(f"{change.name} ", False), (f"was {change.before}, gone", True)]
    return [(f"{change.name} ", False), (f"{change.before} → ", True), (change.after, False)]


def _troubles(summary: Summary) -> list[tuple[str, str]]:
    """Text and color of the lines about what went wrong."""
    failed, stopped = STATUS_LOOKS[Status.FAILED].tone.ink, STATUS_LOOKS[Status.CANCELLED].tone.ink
    lines = [(summary.problem, failed), (summary.reason, stopped)]
    return [(text, color) for text, color in lines if text]


def _fit(text: str, size: int, room: float, *, bold: bool = False) -> str:
    """The text, cut so that it is not wider than the room."""
    if length(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if length(clip(text, middle), size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return clip(text, low)
