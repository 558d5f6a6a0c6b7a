"""A report as a file of its own."""

from __future__ import annotations

from html import escape

__all__ = ["page"]


def page(title: str, body: str) -> str:
    """A whole HTML document, light or dark as the reader's system is; `body` is HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title></head>"
        '<body style="margin:24px;background:Canvas;color:CanvasText">'
        f"{body}</body></html>\n"
    )
