"""What a displayed figure may be called: by its title, else by the variable that holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from nbmlops.capture.redaction import is_secret_name, redact_head
from nbmlops.errors import NbmlopsError
from nbmlops.events import check_name

__all__ = ["extension_of", "free_name", "name_of"]

MOST_CHARACTERS = 60
TITLE_CHARACTERS = 400  # of which a name is made
# Names that say no more than that it is a figure.
_PLAIN = frozenset({"f", "fig", "figure", "figures", "p", "plot", "chart", "img", "image", "im"})
_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/latex": ".tex",
    "application/json": ".json",
    "application/geo+json": ".geojson",
}
# Numbers with a fraction are results: they would give each attempt's picture another name.
_RESULT = re.compile(r"[=:≈±]?\s*[-+−]?\d*[.,]\d+(?:e[-+]?\d+)?\s*%?", re.IGNORECASE)
_OTHER = re.compile(r"[^\w-]+")


def name_of(value: Any, media_type: str, content: Any, namespace: Mapping[str, Any]) -> str:
    """A name without extension, "" where nothing telling is known."""
    try:
        title = _title_of(value) or _title_in(media_type, content)
        return slug(title) or _variable(value, namespace) or slug(_file_of(value))
    except Exception:  # noqa: BLE001 - a user's object may do anything when it is asked
        return ""


def slug(text: str) -> str:
    """A text as a name for a file: lower case, without results; "" where nothing is left.

    >>> slug("ROC curve (AUC = 0.93)"), slug("$\\\\alpha$ über x"), slug("···")
    ('roc-curve-auc', 'alpha-über-x', '')
    """
    text = str(text)
    head = redact_head(text, TITLE_CHARACTERS)
    if head != text[:TITLE_CHARACTERS]:
        return ""
    plain = _OTHER.sub("-", _RESULT.sub(" ", head)).strip("-_").lower()
    return plain[:MOST_CHARACTERS].strip("-_")


def free_name(name: str, extension: str, taken: set[str], *, kind: str = "figure") -> str:
    """A name that no artifact has yet; without a telling one, `figure-1.png` and so on.

    >>> free_name("roc", ".png", {"roc.png"}), free_name("", ".png", {"figure-1.svg"})
    ('roc-2.png', 'figure-2.png')
    """
    stems = {each.partition(".")[0] for each in taken}
    if name:
        try:
            check_name("an artifact", f"{name}{extension}")
        except NbmlopsError:
            name = ""
    number = 1
    if not name:
        while f"{kind}-{number}" in stems:
            number += 1
        return f"{kind}-{number}{extension}"
    chosen = name
    while chosen in stems:
        number += 1
        chosen = f"{name}-{number}"
    return f"{chosen}{extension}"


def extension_of(media_type: str) -> str:
    """The extension of a file of this type.

    >>> extension_of("image/png"), extension_of("application/vnd.vegalite.v5+json")
    ('.png', '.vl.json')
    """
    if media_type.startswith("application/vnd.plotly."):
        return ".plotly.json"
    if media_type.startswith("application/vnd.vegalite."):
        return ".vl.json"
    if media_type.startswith("application/vnd.vega."):
        return ".vg.json"
    return _EXTENSIONS.get(media_type, ".bin")


def _title_of(value: Any) -> str:
    """The title of an altair chart, of a matplotlib figure or of what belongs to one (axes, a
    seaborn grid).
    """
    if type(value).__module__.startswith("altair."):
        title = getattr(value, "title", "")
        return title if isinstance(title, str) else str(getattr(title, "text", ""))
    figure: Any = value if hasattr(value, "axes") else getattr(value, "figure", None)
    if not type(figure).__module__.startswith("matplotlib."):
        return ""
    over_all = getattr(figure, "_suptitle", None)
    if over_all is not None and over_all.get_text().strip():
        return str(over_all.get_text())
    for axes in list(figure.axes)[:4]:
        for place in ("center", "left", "right"):
            if title := str(axes.get_title(loc=place)).strip():
                return title
    return ""


def _title_in(media_type: str, content: Any) -> str:
    """The title that a figure's own description gives."""
    if not isinstance(content, Mapping):
        return ""
    if media_type.startswith("application/vnd.plotly."):
        content = content.get("layout") or {}
    title = content.get("title") if isinstance(content, Mapping) else None
    title = title.get("text", "") if isinstance(title, Mapping) else title
    if isinstance(title, list):
        title = " ".join(map(str, title))
    return re.sub(r"<[^>]*>", " ", title) if isinstance(title, str) else ""


def _variable(value: Any, namespace: Mapping[str, Any]) -> str:
    if value is None or isinstance(value, str | bytes | dict):
        return ""
    for name, bound in list(namespace.items()):
        if bound is value and not name.startswith("_"):
            is_telling = name.rstrip("0123456789").lower() not in _PLAIN
            return slug(name) if is_telling and not is_secret_name(name) else ""
    return ""


def _file_of(value: Any) -> str:
    """The name of the file that an image was read from."""
    file = getattr(value, "filename", None)
    return PurePath(file).stem if isinstance(file, str) else ""
