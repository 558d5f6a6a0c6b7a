"""What comes from a run, made safe to show: it is text, never markup, a link or a control sequence.

`visible` comes first (characters that act instead of showing become escapes that can be read),
then `html` for text and attributes alike.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

__all__ = ["block", "clip", "html", "link", "visible"]

# C0, DEL and C1; soft hyphen; directional marks, embeddings, overrides and isolates; zero-width
# characters but not the joiners that scripts and emoji need; line and paragraph separators;
# interlinear, object and byte-order marks; surrogates; noncharacters; tag characters.
_ACTING = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_LINE: Final = re.compile(f"[{_ACTING}]")
_BLOCK: Final = re.compile(f"(?![\n\t])[{_ACTING}]")
_COLORS: Final = re.compile(r"\x1b\[[0-9;:]*m")
_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINK: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/%+=&?#,;@-]*)?")


def _escape_sequence(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def visible(value: object, limit: int = 200) -> str:
    r"""One line of text in which nothing acts: controls, bidi and line breaks become escapes.

    >>> visible("a\x1b[31mb\n\u202ec")
    'a\\x1b[31mb\\n\\u202ec'
    """
    return _LINE.sub(_escape_sequence, clip(str(value), limit))


def block(value: object, limit: int = 4000) -> str:
    r"""Several lines in which nothing acts; terminal colors are left out, breaks and tabs stay.

    >>> block("\x1b[31mred\x1b[0m\nnext\x07")
    'red\nnext\\x07'
    """
    text = str(value)
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
    return _BLOCK.sub(_escape_sequence, _COLORS.sub("", text).replace("\r\n", "\n"))


def clip(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis where it is longer than `limit` characters.

    >>> clip("learning_rate", 8)
    'learnin…'
    """
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def html(value: object, limit: int = 200) -> str:
    """Text for HTML, between tags and inside quoted attributes.

    >>> html('<a title="x">')
    '&lt;a title=&quot;x&quot;&gt;'
    """
    return escape(visible(value, limit))


def link(address: object) -> str | None:
    """The address if it is a plain http(s) one, else None: nothing else becomes a link.

    >>> link("https://github.com/a/b"), link("javascript:alert(1)"), link("https://a@b/")
    ('https://github.com/a/b', None, None)
    """
    text = str(address)
    return text if len(text) <= 500 and _LINK.fullmatch(text) else None
