"""What is kept when somebody logs a file, bytes or a figure."""

from __future__ import annotations

import mimetypes
import os
from io import BytesIO
from pathlib import Path
from typing import Any

from nbmlops.capture.naming import GivenNames
from nbmlops.capture.refusal import shown
from nbmlops.capture.values import to_text
from nbmlops.errors import InvalidValueError

__all__ = ["describe", "render"]

MEDIA_TYPE_BYTES = 250


def describe(
    source: str | Path | bytes, name: str | None, media_type: str | None, names: GivenNames
) -> tuple[bytes | Path, str, str]:
    """What to keep, under which name, as which media type.

    Raises InvalidNameError and InvalidValueError.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        if name is None:
            raise InvalidValueError(
                "Artifact",
                "(bytes)",
                "bytes need a name",
                hint='Write log_artifact(data, name="report.html").',
            )
        data: bytes | Path = bytes(source)
    else:
        path = Path(source)
        if os.path.isdir(path):
            raise InvalidValueError(
                "Artifact",
                shown(path.name),
                "it is a folder",
                hint="Log its files, or an archive of it.",
            )
        if not os.path.isfile(path):  # which is no question for `path`: a long name makes it raise
            raise InvalidValueError("Artifact", shown(str(source)), "there is no such file")
        data = path
        name = path.name if name is None else name
    checked = names.name("an artifact", name)
    guessed = media_type or mimetypes.guess_type(checked)[0] or "application/octet-stream"
    return data, checked, to_text(str(guessed), MEDIA_TYPE_BYTES)


def render(figure: Any) -> tuple[bytes, str, str]:
    """A figure as bytes, with the extension and media type of what it became.

    Raises InvalidValueError for what does not show itself as a picture.
    """
    if hasattr(figure, "savefig"):
        return _drawn(figure), ".png", "image/png"
    owner = getattr(figure, "figure", None)  # matplotlib axes, seaborn grids
    if hasattr(owner, "savefig"):
        return _drawn(owner), ".png", "image/png"
    if type(figure).__module__.startswith("PIL."):
        buffer = BytesIO()
        figure.save(buffer, "PNG")
        return buffer.getvalue(), ".png", "image/png"
    if hasattr(figure, "to_html") and hasattr(figure, "to_plotly_json"):
        page = figure.to_html(include_plotlyjs=False)
        return str(page).encode(), ".html", "text/html"
    for method, extension, media_type in (
        ("_repr_png_", ".png", "image/png"),
        ("_repr_svg_", ".svg", "image/svg+xml"),
        ("_repr_html_", ".html", "text/html"),
    ):
        if callable(show := getattr(figure, method, None)) and (shown := show()):
            return shown if isinstance(shown, bytes) else str(shown).encode(), extension, media_type
    raise InvalidValueError(
        "Figure",
        type(figure).__name__,
        "it does not show itself as a picture",
        hint="Save it to a file and use log_artifact.",
    )


def _drawn(figure: Any) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return buffer.getvalue()
