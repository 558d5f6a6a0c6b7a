"""Secrets out of everything, before it is written anywhere.

A value is a secret by the name it is bound to (`api_key = …`, `--password x`), by its own form
(tokens with known prefixes, JWTs, private keys, passwords in URLs) or, as a string literal of 32
characters and more, by looking random. Digests and ULIDs are hexadecimal or upper case and stay.

What is cut is redacted first, because half of a secret has no form that could be known. A cut looks
`WINDOW` characters further than it goes, so that a text of any length costs what is kept of it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

__all__ = [
    "MARK",
    "hides",
    "is_secret_name",
    "looks_random",
    "redact",
    "redact_head",
    "redact_name",
    "redact_tail",
    "redact_url",
    "redact_value",
]

MARK = "[redacted]"
WINDOW = 8 * 1024  # characters: a private key of 8192 bits has 6,400, a header with a token 8,000
NAME_CHARACTERS = 1000  # of a name that is far too long, so much is looked at

_SECRET_NAME = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth"
    r"[_-]?token|token|credential|client[_-]?secret|connection[_-]?string|conn[_-]?str"
    r"|account[_-]?key|sas[_-]?key|signing[_-]?key|encryption[_-]?key|cookie|session[_-]?key"
    r"|bearer|webhook(?:[_-]?url)?)"
)
# A secret's name ends with the word (`db_password`, `TOKEN_2`), so that `max_tokens`, `tokenizer`
# and `passenger_count` stay what they are.
_NAME = re.compile(rf"(?i)(?:^|[_\-.\s/]|(?<=[a-z])(?=[A-Z])){_SECRET_NAME}s?(?:[_-]?\d+)?$")
_CAMEL = re.compile(r"(?:Password|Passwd|Secret|ApiKey|AccessKey|PrivateKey|Token|Credential)s?$")

_FORMS = re.compile(
    r"""
    -----BEGIN[ A-Z0-9]*PRIVATE[ ]KEY-----.*?(?:-----END[ A-Z0-9]*PRIVATE[ ]KEY-----|\Z)
  | \b(?:AKIA|ASIA|AGPA|AROA|AIDA|ANPA|ANVA)[A-Z0-9]{16}\b
  | \bgh[pousr]_[A-Za-z0-9]{20,}\b | \bgithub_pat_[A-Za-z0-9_]{20,}
  | \bglpat-[A-Za-z0-9_-]{16,} | \bhf_[A-Za-z0-9]{20,}\b | \bxox[abeoprs]-[A-Za-z0-9-]{10,}
  | \b(?:sk|pk|rk)[-_](?=[A-Za-z_-]*(?:[0-9]|[A-Za-z]{16}))(?:live|test|proj|ant|or|svcacct)?[-_]?[A-Za-z0-9_-]{20,}
  | \bAIza[A-Za-z0-9_-]{35} | \bya29\.[A-Za-z0-9_-]{20,} | \bGOCSPX-[A-Za-z0-9_-]{20,}
  | \bnpm_[A-Za-z0-9]{30,} | \bpypi-[A-Za-z0-9_-]{30,} | \bdckr_pat_[A-Za-z0-9_-]{20,}
  | \bdapi[0-9a-f]{32}\b | \bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
  | \bdop_v1_[0-9a-f]{40,} | \bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}
  | \beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}
  | https://hooks\.slack\.com/services/[A-Za-z0-9/]+
  | (?<=Authorization:[ ])(?:Basic|Bearer|Token)[ ][A-Za-z0-9+/=_.\-]{8,}
  | (?<=['"])(?:Basic|Bearer|Token)[ ][A-Za-z0-9+/=_.\-]{8,}
  | (?i:(?<=Bearer[ ])[A-Za-z0-9+/=_.\-]{16,})
  | (?i:(?<=AccountKey=)[A-Za-z0-9+/=]{20,}) | (?i:(?<=SharedAccessKey=)[A-Za-z0-9+/=]{20,})
    """,
    re.VERBOSE | re.DOTALL,
)
# A password may hold a slash, as drivers read it; a port before a path is none.
_URL_USER = re.compile(
    r"""(?<=://)(?:[^\s/@'"`<>]+|[^\s/@:'"`<>]{0,100}:(?!\d+/)[^\s@'"`<>]{1,200})(?=@)"""
)
_URL_QUERY = re.compile(
    rf"(?i)([?&](?:sig|signature|x-amz-[a-z-]+|se|code|key|{_SECRET_NAME})=)[^&\s'\"`<>]+"
)
# name = "value", name: "value", "name": "value", name="value", export NAME=value
_ASSIGNED = re.compile(
    rf"""(?ix)
    ( (?<![a-z0-9])[a-z0-9_.\-]{{0,60}}{_SECRET_NAME}s?(?:[_-]?\d+)?["'\]]*\s*(?::\s*[a-z\[\]| ]+\s*=|[:=]=?)\s*
      (?:[rbuf]{{0,2}}) )
    ( \"\"\".*?\"\"\" | '''.*?''' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    """,
    re.DOTALL,
)
_BARE = re.compile(
    rf"""(?ix)
    ( (?:^|[\s;!'"(,{{&]) (?:export\s+|set\s+|\$env:|%env\s+)?
      [A-Z0-9_]{{0,60}}{_SECRET_NAME}s?(?:[_-]?\d+)? (?:=|\s*:\s) [ ]? )
    ( [^\s'"()\[\]{{}},;=]{{4,}} ={{0,2}} ) (?=([\s'"),;\]}}]|$))
    """,
    re.MULTILINE,
)
_OPTION = re.compile(
    rf"(?i)(--?[a-z0-9_-]{{0,60}}{_SECRET_NAME}(?:[= ]))((?!\[redacted\])[^\s'\"-][^\s'\"]*)"
)
_NETRC = re.compile(r"(?i)(\bmachine\s+\S+\s+(?:login\s+\S+\s+)?password\s+)(\S+)")
_LITERAL = re.compile(r"""(["'])([A-Za-z0-9+/=_\-]{32,200})\1""")
# The patterns above are slow, and few lines hold anything that they could find: a line is looked at
# closely only where it holds one of these.
_FORM_MARKS = (
    "AKIA", "ASIA", "AGPA", "AROA", "AIDA", "ANPA", "ANVA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "github_pat_", "glpat-", "hf_", "xox", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "AIza", "ya29.",
    "GOCSPX-", "npm_", "pypi-", "dckr_pat_", "dapi", "SG.", "dop_v1_", "shpat", "shpca", "shppa",
    "shpss", "eyJ", "hooks.slack.com",
)  # fmt: skip
_NAME_MARKS = (
    "pass", "pwd", "secret", "key", "token", "credential", "connection", "conn", "cookie", "bearer",
    "webhook", "basic ",
)  # fmt: skip


_HEADER_MARKS = ("bearer ", "basic ", "token ", "key=")
SHORTEST = 20  # characters of a token that is known by its form alone


def redact(text: str) -> str:
    """The text without secrets; source code stays source code of the same lines.

    >>> redact('api_key = "abc123"; max_tokens = 5; p = "postgres://u:p@h/db"')
    'api_key = "[redacted]"; max_tokens = 5; p = "postgres://[redacted]@h/db"'
    >>> redact("DB_PASSWORD=hunter22")
    'DB_PASSWORD=[redacted]'
    """
    if len(text) < SHORTEST and text.isidentifier():
        return text
    if "-----BEGIN" in text:
        text = _FORMS.sub(_same_lines, text)
    if "://" in text:
        if "@" in text:
            text = _URL_USER.sub(MARK, text)
        if "=" in text:
            text = _URL_QUERY.sub(rf"\1{MARK}", text)
    if any(mark in text for mark in _FORM_MARKS) or _has_name(text):
        text = "".join(_closely(part) for part in _parts(text))
    if len(text) >= 34:
        text = _LITERAL.sub(_random, text)
    return text


def _as_it_is(text: str) -> str:
    return text


def redact_head(text: str, count: int, clean: Callable[[str], str] = _as_it_is) -> str:
    """About the first `count` characters without secrets: none is cut so that a part of it stays.

    `clean` is done to the text before secrets are looked for; it may leave characters out.

    >>> redact_head("see postgres://user:hunter22@host/db", 24)
    'see postgres://[redacted]'
    """
    if len(text) <= count:
        return redact(clean(text))
    kept = redact(clean(text[: count + WINDOW]))
    # What both end with stands behind the cut; a secret that the cut goes through does not.
    beyond = redact(clean(text[count : count + WINDOW]))
    return kept[: len(kept) - _same(kept[::-1], beyond[::-1])]


def redact_tail(text: str, count: int, clean: Callable[[str], str] = _as_it_is) -> str:
    """About the last `count` characters without secrets, as `redact_head` gives the first.

    >>> redact_tail("see postgres://user:hunter22@host/db", 12)
    '[redacted]@host/db'
    """
    if len(text) <= count:
        return redact(clean(text))
    start = len(text) - count
    kept = redact(clean(text[max(start - WINDOW, 0) :]))
    before = redact(clean(text[max(start - WINDOW, 0) : start]))
    return kept[_same(kept, before) :]


def _same(one: str, other: str) -> int:
    """How many characters both begin with."""
    if one.startswith(other):
        return len(other)
    return next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


def _has_name(text: str) -> bool:
    lower = text.lower()
    return any(mark in lower for mark in _NAME_MARKS)


def _parts(text: str) -> Iterator[str]:
    """The lines of a text; a line that may hold a secret with all lines of its long string."""
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        start = at
        at += 1
        for quotes in ('"""', "'''"):
            if lines[start].count(quotes) % 2 and _has_name(lines[start]):
                while at < len(lines) and not lines[at].count(quotes) % 2:
                    at += 1
                at += 1
        yield "".join(lines[start:at])


def _closely(part: str) -> str:
    if any(mark in part for mark in _FORM_MARKS):
        part = _FORMS.sub(_same_lines, part)
    lower = part.lower()
    if any(mark in lower for mark in _NAME_MARKS):  # and then only for what the line has signs of
        if any(mark in lower for mark in _HEADER_MARKS):
            part = _FORMS.sub(_same_lines, part)
        if '"' in part or "'" in part:
            part = _ASSIGNED.sub(_quoted, part)
        if "=" in part or ":" in part:
            part = _BARE.sub(_bare, part)
        if "-" in part:
            part = _OPTION.sub(rf"\1{MARK}", part)
        if "machine" in lower:
            part = _NETRC.sub(rf"\1{MARK}", part)
    return part


def redact_url(url: str) -> str:
    """A URL without user, password and secrets of its query.

    >>> redact_url("https://x:tok@git.example/repo.git")
    'https://[redacted]@git.example/repo.git'
    """
    return redact(url)


def is_secret_name(name: str) -> bool:
    """True for names that hold secrets.

    >>> [is_secret_name(n) for n in ("db_password", "apiKey", "API_TOKEN", "max_tokens", "tokenizer")]
    [True, True, True, False, False]
    """
    if name.lower() in ("max_tokens", "num_tokens", "n_tokens", "tokens", "keys", "cookies"):
        return False
    return bool(_NAME.search(name) or _CAMEL.search(name)) and not re.search(
        r"(?i)(?:^|_)(?:max|min|num|n|count|total|new|pad|eos|bos|unk|mask|sep|cls|per|special)_\w*tokens?$",
        name,
    )


def redact_name(name: Any) -> Any:
    """The name of something without the secrets that are in it; what is no text as it is.

    A name is there to be read, so that looking random alone makes none a secret: it has to have the
    form of one, or to be bound to a name that says so.

    >>> redact_name("loss of postgres://u:p@h/db"), redact_name("ghp_" + "a1" * 18)
    ('loss of postgres://[redacted]@h/db', '[redacted]')
    """
    return redact_head(name, NAME_CHARACTERS) if isinstance(name, str) else name


def hides(name: str, value: Any) -> bool:
    """True where a name says that its value is a secret; nothing, yes and no are none."""
    if not name or value is None or isinstance(value, bool):
        return False
    return is_secret_name(name)


def redact_value(name: str, value: Any) -> Any:
    """A parameter or tag value without secrets: all of it by its name, else what is in it.

    >>> redact_value("password", 12345), redact_value("opts", {"token": "x", "depth": 3})
    ('[redacted]', {'token': '[redacted]', 'depth': 3})
    """
    if hides(name, value):
        return MARK
    if isinstance(value, str):
        cleaned = redact(value)
        return MARK if looks_random(cleaned) else cleaned
    if isinstance(value, Mapping):
        return {redact_name(str(key)): redact_value(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_value("", item) for item in value]
    return value


def _same_lines(match: re.Match[str]) -> str:
    return MARK + "\n" * match.group().count("\n")


def _quoted(match: re.Match[str]) -> str:
    before, literal = match.group(1), match.group(2)
    if not is_secret_name(re.split(r"""["'\]\s:=]""", before.strip())[0].strip("\"'")):
        name = re.search(rf"(?i)[a-z0-9_.\-]{{0,60}}{_SECRET_NAME}s?(?:[_-]?\d+)?", before)
        if name is None or not is_secret_name(name.group()):
            return match.group()
    quote = literal[:3] if literal[:3] in ('"""', "'''") else literal[0]
    inside = literal[len(quote) : -len(quote)]
    if not inside or inside == MARK:
        return match.group()
    return f"{before}{quote}{MARK}{quote}" + "\n" * inside.count("\n")


def _bare(match: re.Match[str]) -> str:
    before, value, after = match.groups()
    name = re.sub(r"(?i)^(export|set)\s+|^\$env:|^%env\s+", "", before.strip(" \t\n;!'\"(,{&"))
    name = name.rstrip("=: ")
    if not is_secret_name(name) or value == MARK or re.fullmatch(r"[\d.]+|True|False|None", value):
        return match.group()
    if re.match(r"(?i)\s*!?\s*(?:export|set|%env|\$env)\b", before) or after in ("'", '"'):
        return f"{before}{MARK}"
    # `token = tok` and `f(password=pw)` name a variable, `DB_PASSWORD=hunter2` is a value.
    if re.fullmatch(r"[A-Za-z_][\w.]*", value):
        spaced = before.endswith((" ", "\t")) and ":" not in before
        plain = name.islower() and not any(character.isdigit() for character in value)
        if spaced or plain or after in (")", ","):
            return match.group()
    return f"{before}{MARK}"


def _random(match: re.Match[str]) -> str:
    quote, text = match.groups()
    return f"{quote}{MARK}{quote}" if looks_random(text) else match.group()


def looks_random(text: str) -> bool:
    """True for long strings of mixed classes with more entropy than words or digests have."""
    if not 32 <= len(text) <= 200 or not re.fullmatch(r"[A-Za-z0-9+/=_\-]+", text):
        return False
    classes = (re.search("[a-z]", text), re.search("[A-Z]", text), re.search("[0-9]", text))
    if not all(classes):
        return False
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    switches = sum(
        a.isdigit() != b.isdigit() or a.isupper() != b.isupper() for a, b in pairwise(text)
    )
    return entropy > 4.2 and switches > len(text) * 0.3
