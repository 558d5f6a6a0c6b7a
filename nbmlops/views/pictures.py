"""Pictures of runs made small, so that a saved notebook does not hold all of them at full size."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from nbmlops.errors import NbmlopsError
from nbmlops.records import Artifact, Run
from nbmlops.views.escaping import html

__all__ = ["Picture", "picture_html", "picture_of", "pictures_of"]

MOST_BYTES = 8 << 20  # of a picture that is looked at
MOST_PIXELS = 40_000_000
DRAWING_BYTES = 48 << 10  # of one that stays the drawing it is
DRAWING = "image/svg+xml"
PIXELS = ("image/png", "image/jpeg", "image/webp", "image/gif")
SCALE = 2  # for sharp screens


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be shown: its name, an address that holds all of it, and its size."""

    name: str
    address: str
    width: int
    height: int


def pictures_of(run: Run, most: int, width: int) -> list[Picture]:
    """The first pictures of a run whose bytes are at hand, each at most so wide."""
    found: list[Picture] = []
    if (load := run._load_bytes) is None:
        return found
    for artifact in sorted(run.artifacts.values(), key=lambda each: _in_order(each.name)):
        if artifact.kind == "figure" and len(found) < most:
            picture = picture_of(load, artifact, width)
            found += [picture] if picture is not None else []
    return found


def picture_of(load: Callable[[str], bytes], artifact: Artifact, width: int) -> Picture | None:
    """A picture made small; None for what is none, too large, or not at hand.

    `load` gives the bytes of a digest.
    """
    is_drawing = artifact.media_type == DRAWING
    most = DRAWING_BYTES if is_drawing else MOST_BYTES
    if artifact.size_bytes > most or not (is_drawing or artifact.media_type in PIXELS):
        return None
    try:
        content = load(artifact.digest)
    except NbmlopsError:
        return None
    if is_drawing:
        # As the source of an image nothing in it acts.
        return Picture(artifact.name, _address(DRAWING, content), width, 0)
    return _small(artifact.name, content, width)


def picture_html(picture: Picture) -> str:
    """The picture with its name below."""
    height = f' height="{picture.height}"' if picture.height else ""
    return (
        '<div style="margin:0 16px 10px 0;max-width:100%">'
        f'<img src="{picture.address}" alt="{html(picture.name)}" width="{picture.width}"{height} '
        'style="display:block;max-width:100%;background:#fff;border-radius:4px">'
        f'<div style="opacity:.68;margin:2px 0 0">{html(picture.name, 60)}</div></div>'
    )


def _in_order(name: str) -> list[tuple[str, int]]:
    """What sorts `figure-10` behind `figure-2`."""
    return [(text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d{0,9})", name)]


def _small(name: str, content: bytes, width: int) -> Picture | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            shown_width = min(width, opened.width)
            size = (shown_width, max(round(opened.height * shown_width / opened.width), 1))
            made = opened.convert("RGBA" if "A" in opened.getbands() else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # Pillow's words for a damaged picture
    if size[0] * SCALE < made.width:
        made = made.resize((size[0] * SCALE, size[1] * SCALE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    made.quantize(128, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return Picture(name, _address("image/png", out.getvalue()), *size)


def _address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
