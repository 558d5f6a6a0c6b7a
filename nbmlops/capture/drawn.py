"""Interactive figures with what they draw, and without what they only carry along.

plotly and Vega keep the data that they draw in the figure. Often there is more: names that are
shown under the mouse, or all columns of a frame of which two are drawn. That is data in clear,
which nobody sees in the picture, so it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from json import JSONDecoder
from typing import Any

from nbmlops.capture.redaction import redact, redact_name

__all__ = ["figure_json", "vega_in", "vega_type_of", "without_secrets"]

_ONLY_CARRIED = frozenset({"customdata", "hovertext", "ids", "meta"})  # of plotly's traces
_IN_EXPRESSION = re.compile(r"""datum(?:\.(\w+)|\[\s*['"](.+?)['"]\s*\])""")
_SCHEMA = re.compile(r"schema/vega(-lite)?/v(\d+)")
_CALL = "})("  # altair's page ends with a function that is called with the figure
_TEXT_CHARACTERS = 4096  # longer ones are data of their own, as pictures
_key = lru_cache(maxsize=1000)(redact_name)  # the same columns stand in every row


def figure_json(media_type: str, figure: Mapping[str, Any], *, whole: bool = False) -> Any:
    """The figure as JSON-safe data without secrets; None where it cannot be told what it draws.

    The `whole` figure has what it only carries along as well.
    """
    if not whole:
        is_plotly = media_type.startswith("application/vnd.plotly.")
        reduced = _plotly(figure) if is_plotly else _vega(figure)
        if reduced is None:
            return None
        figure = reduced
    return without_secrets(figure)


def vega_type_of(page: str) -> str | None:
    """The media type of the figure that a page of altair's shows; None for any other HTML."""
    if "vega-embed" not in page[:1000] or (found := _SCHEMA.search(page)) is None:
        return None
    return f"application/vnd.vega{'lite' if found[1] else ''}.v{found[2]}+json"


def vega_in(page: str) -> Mapping[str, Any]:
    """The figure that stands in a page of altair's; ValueError where there is none."""
    place = len(page)
    while (place := page.rfind(_CALL, 0, place)) >= 0:
        try:
            figure, _ = JSONDecoder().raw_decode(page, place + len(_CALL))
        except ValueError:  # it is a text of the figure that looks like its beginning
            continue
        if isinstance(figure, Mapping) and "$schema" in figure:
            return figure
    raise ValueError("no figure in this page")


def without_secrets(value: Any) -> Any:
    """The same data with its texts redacted."""
    if isinstance(value, str):
        is_text = len(value) <= _TEXT_CHARACTERS and not value.startswith("data:")
        return redact(value) if is_text else value
    if isinstance(value, Mapping):
        # plotly's `bdata` are numbers in base64
        return {
            _key(str(key)): part if key == "bdata" else without_secrets(part)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        if all(isinstance(part, float | int) for part in value):
            return value
        return [without_secrets(part) for part in value]
    return value


def _plotly(figure: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: part for key, part in figure.items() if key != "frames"}
    kept["data"] = [_trace(trace) for trace in figure.get("data") or ()]
    if figure.get("frames"):
        kept["frames"] = [
            {**frame, "data": [_trace(trace) for trace in frame.get("data") or ()]}
            for frame in figure["frames"]
        ]
    return kept


def _trace(trace: Any) -> Any:
    if not isinstance(trace, Mapping):
        return trace
    dropped = _ONLY_CARRIED
    # The text of points is drawn only where their mode says so; that of bars and pies always is.
    if str(trace.get("type", "scatter")).startswith("scatter") and "text" not in str(
        trace.get("mode", "")
    ):
        dropped |= {"text"}
    return {key: part for key, part in trace.items() if key not in dropped}


def _vega(spec: Mapping[str, Any]) -> dict[str, Any] | None:
    bare = _without_tooltips(spec)
    named = frozenset(_named(bare))
    try:
        kept: dict[str, Any] = _with_columns(bare, named)
    except ValueError:
        return None
    return kept


def _without_tooltips(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: part if key in ("values", "datasets") else _without_tooltips(part)
            for key, part in value.items()
            if key != "tooltip"
        }
    return [_without_tooltips(part) for part in value] if isinstance(value, list) else value


def _named(value: Any) -> Iterator[str]:
    """All that may be a column's name in a specification, its data left out."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in ("datasets", "$schema") and not (key == "values" and _is_data(part)):
                yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)
    elif isinstance(value, str):
        plain = value.replace("\\", "")  # a dot in a name is written with one before it
        yield plain
        yield re.split(r"[.\[]", plain, maxsplit=1)[0]
        for by_dot, by_key in _IN_EXPRESSION.findall(value):
            yield by_dot or by_key


def _is_data(values: Any) -> bool:
    return isinstance(values, str) or (
        isinstance(values, list) and any(isinstance(row, Mapping) for row in values)
    )


def _with_columns(value: Any, named: frozenset[str]) -> Any:
    """The specification with those columns of its data that it speaks of."""
    if isinstance(value, list):
        return [_with_columns(part, named) for part in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, Any] = {}
    for key, part in value.items():
        if key == "datasets" and isinstance(part, Mapping):
            kept[key] = {name: _rows(rows, named) for name, rows in part.items()}
        elif key == "values" and _is_data(part):
            kept[key] = _rows(part, named)
        else:
            kept[key] = _with_columns(part, named)
    return kept


def _rows(rows: Any, named: frozenset[str]) -> Any:
    if not isinstance(rows, list):
        raise ValueError("data in a form of its own")
    return [
        {name: part for name, part in row.items() if name in named}
        if isinstance(row, Mapping)
        else row
        for row in rows
    ]
