"""A small sheet to draw on with Pillow, fast: text, marks and lines in few colors, as a PNG.

Each color is a gray layer of its own; at the end the layers become ranges of one palette.
That keeps text smooth at a quarter of the work of drawing in full color, and the file small.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from nbmlops.views.palette import INK, PAPER

__all__ = ["SCALE", "Sheet", "length"]

SCALE = 2
_LEVELS = 16
_CLEAR = 255
_RADIUS = 8 * SCALE

# Marks that the font lacks, in a box of 16: filled polygons, or ("line", width, points).
_MARKS: dict[str, list[tuple[str, float, tuple[tuple[float, float], ...]]]] = {
    "▲": [("fill", 0, ((8, 3), (14, 13), (2, 13)))],
    "▼": [("fill", 0, ((2, 3), (14, 3), (8, 13)))],
    "■": [("fill", 0, ((3, 3), (13, 3), (13, 13), (3, 13)))],
    "✓": [("line", 2.6, ((2, 8.5), (6.2, 13), (14, 3)))],
    "✕": [("line", 2.6, ((3, 3), (13, 13))), ("line", 2.6, ((13, 3), (3, 13)))],
    "→": [
        ("line", 1.5, ((1, 9), (14, 9))),
        ("line", 1.5, ((9.5, 4.8), (14, 9), (9.5, 13.2))),
    ],
    "★": [
        (
            "fill",
            0,
            (
                (8, 1),
                (10.2, 5.8),
                (15.4, 6.3),
                (11.5, 9.8),
                (12.6, 15),
                (8, 12.3),
                (3.4, 15),
                (4.5, 9.8),
                (0.6, 6.3),
                (5.8, 5.8),
            ),
        )
    ],
    "●": [("disc", 0, ((8, 8), (5, 5)))],
    "○": [("ring", 2, ((8, 8), (5, 5)))],
    "↺": [("ring", 2, ((8, 8.5), (4.6, 4.6))), ("fill", 0, ((8, 0), (8, 7), (3.5, 3.8)))],
}
_TYPED = {
    "−": "-",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "×": "x",
    "µ": "u",
    "μ": "u",
    "∞": "inf",
}


@lru_cache(maxsize=8)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size * SCALE)


@lru_cache(maxsize=1024)
def _drawable(character: str) -> str:
    """The character, or what stands for it in the embedded font, which knows little but English."""
    font = _font(13)
    missing = bytes(font.getmask("\uffff"))
    for candidate in (
        character,
        _TYPED.get(character, ""),
        unicodedata.normalize("NFKD", character)[:1],
    ):
        if candidate and (candidate.isascii() or bytes(font.getmask(candidate)) != missing):
            return candidate
    return "\uffff"


def _spelled(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        character if character in _MARKS else _drawable(character)
        for character in text
        if not unicodedata.combining(character)
    )


# Words come again; letters do where numbers and ids are always new.
_PIECES = re.compile(r"[a-z]{2,}| +|.", re.DOTALL)


@lru_cache(maxsize=1024)
def _piece(text: str, size: int, bold: bool) -> tuple[Any, int, int, float]:
    """The smooth mask of a word, letter or mark, where it stands and how far the pen moves.

    They are kept, because most of what cards say they say again.
    """
    from PIL import Image, ImageDraw

    if text in _MARKS:
        side = round(size * SCALE * 0.82)
        return _mark(text, side), 0, round(size * SCALE * 0.16), float(side)
    font = _font(size)
    if text.isspace():
        return None, 0, 0, font.getlength(text) * 1.25
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (max(round(right - left) + bold, 1), max(round(bottom - top), 1)))
    draw = ImageDraw.Draw(image)
    for shift in range(1 + bold):
        draw.text((shift - left, -top), text, font=font, fill=255)
    return image, round(left), round(top), font.getlength(text) + bold


def _mark(character: str, side: int) -> Any:
    from PIL import Image, ImageDraw

    times = 4
    unit = side * times / 16
    image = Image.new("L", (side * times, side * times))
    draw = ImageDraw.Draw(image)
    for form, width, shape in _MARKS[character]:
        spots = [(x * unit, y * unit) for x, y in shape]
        thick = round(width * unit)
        if form == "fill":
            draw.polygon(spots, fill=255)
        elif form == "line":
            draw.line(spots, fill=255, width=thick, joint="curve")
        else:
            (x, y), (across, down) = spots
            box = (x - across, y - down, x + across, y + down)
            if form == "disc":
                draw.ellipse(box, fill=255)
            else:
                draw.ellipse(box, outline=255, width=thick)
    return image.reduce(times)


def _pieces(text: str, bold: bool) -> Sequence[str]:
    """What is drawn in one go; letters made bold need more room, each of them."""
    return _spelled(text) if bold else _PIECES.findall(_spelled(text))


def length(text: str, size: int, *, bold: bool = False) -> float:
    """How wide the text will be."""
    return sum(_piece(each, size, bold)[3] for each in _pieces(text, bold)) / SCALE


class Sheet:
    """A sheet of a width and height in points; y is the top of a line of text."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width * SCALE, height * SCALE)
        self._layers: dict[str, Any] = {}

    def _layer(self, color: str) -> tuple[Any, Any]:
        if color not in self._layers:
            from PIL import Image, ImageDraw

            image = Image.new("L", self.size)
            self._layers[color] = (image, ImageDraw.Draw(image))
        pair: tuple[Any, Any] = self._layers[color]
        return pair

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: int = 13,
        color: str = INK,
        strength: float = 1.0,
        bold: bool = False,
    ) -> float:
        """Draws one line of text and returns the x after it."""
        _, draw = self._layer(color)
        ink = max(1, round(255 * strength))
        at, line = x * SCALE, round(y * SCALE)
        for piece in _pieces(text, bold):
            image, left, top, advance = _piece(piece, size, bold)
            if image is not None:
                draw.bitmap((round(at) + left, line + top), image, fill=ink)
            at += advance
        return at / SCALE

    def curve(
        self,
        x: float,
        y: float,
        width: int,
        height: int,
        lines: Sequence[Sequence[tuple[float, float]]],
        color: str,
    ) -> None:
        """Draws polylines given in a box of this width and height, with a dot at the last point."""
        from PIL import Image, ImageDraw

        image, _ = self._layer(color)
        times = 2 * SCALE
        area = Image.new("L", (width * times, height * times))
        draw = ImageDraw.Draw(area)
        for line in lines:
            spots = [(px * times, py * times) for px, py in line]
            if len(spots) > 1:
                bottom = height * times
                draw.polygon([(spots[0][0], bottom), *spots, (spots[-1][0], bottom)], fill=30)
                draw.line(spots, fill=255, width=round(1.6 * times))
        if lines:
            px, py = (part * times for part in lines[-1][-1])
            radius = 2.4 * times
            draw.ellipse((px - radius, py - radius, px + radius, py + radius), fill=255)
        image.paste(area.reduce(2), (round(x * SCALE), round(y * SCALE)))

    def png(self) -> bytes:
        """The sheet with a hairline around it and clear rounded corners, as a small PNG."""
        from PIL import Image, ImageChops

        _, draw = self._layer(INK)
        width, height = self.size
        draw.rounded_rectangle((0, 0, width - 1, height - 1), _RADIUS, outline=44, width=SCALE)
        palette: list[int] = [*_parts(PAPER)]
        sheet = Image.new("L", self.size)
        for index, (color, (layer, _)) in enumerate(self._layers.items()):
            first = 1 + index * _LEVELS
            ramp = [0 if ink < 5 else first + ink * (_LEVELS - 1) // 255 for ink in range(256)]
            if box := layer.getbbox():
                ranged = layer.crop(box).point(ramp)
                sheet.paste(ImageChops.lighter(sheet.crop(box), ranged), box)
            palette += _shades(color)
        for x, y, corner in _corners(width, height):
            sheet.paste(_CLEAR, (x, y), corner)
        sheet.putpalette(palette + [0] * (768 - len(palette)))
        out = io.BytesIO()
        dots = 72 * SCALE
        sheet.save(out, "PNG", compress_level=3, transparency=_CLEAR, dpi=(dots, dots))
        return out.getvalue()


@lru_cache(maxsize=16)
def _shades(color: str) -> list[int]:
    """The levels between the paper and a color."""
    return [
        round(paper + (part - paper) * level / (_LEVELS - 1))
        for level in range(_LEVELS)
        for paper, part in zip(_parts(PAPER), _parts(color), strict=True)
    ]


def _parts(color: str) -> tuple[int, ...]:
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


@lru_cache(maxsize=4)
def _corners(width: int, height: int) -> list[tuple[int, int, Any]]:
    """What lies outside the rounded corners: the places and their masks."""
    from PIL import Image, ImageDraw, ImageOps

    corner = Image.new("1", (_RADIUS, _RADIUS), 1)
    ImageDraw.Draw(corner).ellipse((0, 0, 2 * _RADIUS, 2 * _RADIUS), fill=0)
    mirrored, flipped = ImageOps.mirror(corner), ImageOps.flip(corner)
    right, low = width - _RADIUS, height - _RADIUS
    return [
        (0, 0, corner),
        (right, 0, mirrored),
        (0, low, flipped),
        (right, low, ImageOps.mirror(flipped)),
    ]
