"""What a cell displayed becomes artifacts of its run; the next cell may be running by then."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

from nbmlops.capture.artifacts import MEDIA_TYPE_BYTES
from nbmlops.capture.displays import FIGURES, Shown
from nbmlops.capture.drawn import figure_json, vega_in, without_secrets
from nbmlops.capture.later import later
from nbmlops.capture.picture_names import extension_of, free_name
from nbmlops.capture.redaction import redact
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.values import to_text
from nbmlops.errors import NbmlopsError

__all__ = ["keep_figures"]

MOST_BYTES = 8 << 20  # of one, as it is kept
REDACTED_CHARACTERS = 128 * 1024  # of longer texts, as drawings, only what can be read is looked at
PARTIAL = "{} of what this cell displayed {} not kept: it was too many or too large."

_READABLE = re.compile(r">[^<>]{4,}<")


def keep_figures(
    run: ActiveRun, shown: Sequence[Shown], left_out: int, *, whole: bool = False
) -> None:
    """Keep pictures and figures; with `whole`, all of what else was displayed and of what it holds.

    The bytes go to the disk in a thread, because a picture and its folder have to be synced.
    """
    wanted = [each for each in shown if whole or each.is_figure]
    if left_out:
        run.warn("partial", PARTIAL.format(left_out, "is" if left_out == 1 else "are"))
    if wanted:
        later(lambda: _keep(run, wanted, whole=whole), "nbmlops-figures")


def _keep(run: ActiveRun, shown: Sequence[Shown], *, whole: bool) -> None:
    artifacts = run.snapshot().artifacts
    taken = set(artifacts)
    digests = {artifact.digest for artifact in artifacts.values()}
    lost = 0
    for each in shown:
        try:
            content = _bytes_of(each, whole=whole)
        except (ValueError, TypeError, AttributeError, RecursionError, orjson.JSONEncodeError):
            content = None
        if content is None or len(content) > MOST_BYTES:
            lost += 1
            continue
        digest = sha256(content).hexdigest()
        if digest in digests:
            continue  # shown twice, or logged by name
        kind = "figure" if each.is_figure else "output"
        name = free_name(each.name, extension_of(each.media_type), taken, kind=kind)
        try:
            run.keep(content, name, to_text(each.media_type, MEDIA_TYPE_BYTES), kind)
        except NbmlopsError as exc:
            run.warn("not-recorded", str(exc))
            return
        taken.add(name)
        digests.add(digest)
    if lost:
        run.warn("partial", PARTIAL.format(lost, "is" if lost == 1 else "are"))


def _bytes_of(shown: Shown, *, whole: bool) -> bytes | None:
    """The content as a file has it, without secrets; None for what cannot be kept."""
    content, media_type = shown.content, shown.media_type
    if shown.is_figure and media_type.startswith(FIGURES) and isinstance(content, str):
        content = vega_in(content)
    if isinstance(content, Mapping | list):
        plain: Any = (
            figure_json(media_type, content, whole=whole)
            if shown.is_figure and isinstance(content, Mapping)
            else without_secrets(content)
        )
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
        return None if plain is None else orjson.dumps(plain, default=str, option=options)
    if isinstance(content, bytes):
        return content
    text = str(content)
    if media_type.startswith("text/") or media_type == "image/svg+xml":
        return _without_secrets(text).encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=False)
    except binascii.Error:
        return None


def _without_secrets(text: str) -> str:
    text = _READABLE.sub(_readable, text)
    return redact(text) if len(text) <= REDACTED_CHARACTERS else text


def _readable(match: re.Match[str]) -> str:
    """What stands between two tags, where quotes are written otherwise."""
    said = html.unescape(match.group()[1:-1])
    clean = redact(said)
    return match.group() if clean == said else f">{html.escape(clean, quote=False)}<"
