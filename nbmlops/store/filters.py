"""The filter language: what a person writes, as a tree. Nothing of it ever becomes SQL text.

    metrics.auc > 0.8 and (params.max_depth = 8 or tags.team like 'risk%') and not status = 'failed'

A key is an attribute (`status`, `started_at`, …) or `metrics.`, `params.` or `tags.` and a name;
names with other characters than letters, digits and ``_ . - /`` stand in backticks or double
quotes. Operators: ``= != > >= < <=``, `like` and `ilike` (``%`` any text, ``_`` one character, a
backslash makes either of them plain), `in (…)`, `is null`, each with `not`. Text stands in single
or double quotes, a quote inside is doubled. `experiment` compares and sorts without regard to case,
only `like` looks at the spelling. A status may be written in any case and as MLflow does (FINISHED,
KILLED, SCHEDULED). Times are ISO 8601 (UTC where no zone is given) or how long ago: '12h', '7d'. A
run that lacks the key satisfies only `is null` and `not …`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from nbmlops.errors import InvalidFilterError, did_you_mean
from nbmlops.records import Status
from nbmlops.store.facts import key_of

__all__ = [
    "ATTRIBUTES",
    "GROUPS",
    "Both",
    "Either",
    "Key",
    "Not",
    "Sort",
    "Term",
    "parse",
    "parse_sort",
]

MAX_CHARACTERS = 4096
MAX_TERMS = 64
MAX_DEPTH = 32

GROUPS = {
    "metrics": "metric",
    "metric": "metric",
    "params": "param",
    "param": "param",
    "parameters": "param",
    "tags": "tag",
    "tag": "tag",
    "attributes": "attribute",
    "attribute": "attribute",
}
ATTRIBUTES: Mapping[str, tuple[str, str]] = {  # attribute → column of runs, type
    "id": ("run", "text"),
    "run_id": ("run", "text"),
    "name": ("name", "text"),
    "experiment": ("experiment_key", "experiment"),
    "status": ("status", "status"),
    "kind": ("kind", "text"),
    "parent_id": ("parent", "text"),
    "user": ("user_name", "text"),
    "host": ("host", "text"),
    "notebook": ("notebook", "text"),
    "reason": ("reason", "text"),
    "started_at": ("started_at", "time"),
    "ended_at": ("ended_at", "time"),
    "duration_seconds": ("duration_seconds", "number"),
}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
# The words of MLflow are taken, those of others answered with ours.
MLFLOW_WORDS = {"finished": "succeeded", "killed": "cancelled", "scheduled": "pending"}
OTHER_WORDS = {"crashed": "lost"}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w./-]))
    |(?P<operator><=|>=|!=|<>|==|=|<|>)
    |(?P<punctuation>[(),])
    |(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    |(?P<word>-?[^\W][\w./-]*)""",
    re.VERBOSE,
)
_AGO = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*([smhdw])\s*", re.ASCII)
_NUMBER = re.compile(
    r"\s*[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Key:
    """What a term speaks of: a group (attribute, metric, param, tag) and a name in it."""

    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison; `value` is bound, never written into SQL."""

    key: Key
    operator: str  # = != > >= < <= like ilike in null
    value: Any
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node = Term | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a table of runs."""

    key: Key
    descending: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter, where it stands, and for quoted ones which quote."""

    kind: str
    text: str
    position: int
    quote: str = ""


def parse(text: str, *, now_ns: int = 0) -> Node | None:
    """The tree of a filter, None for an empty one. Raises InvalidFilterError with the position."""
    if not isinstance(text, str):
        raise InvalidFilterError(repr(text)[:80], 0, "a filter is a text")
    if not text.strip():
        return None
    reader = _Reader(text, now_ns)
    node = reader.either(0)
    if reader.token.kind != "end":
        reader.fail(f"{reader.token.text!r} was not expected here", "Join terms with and / or.")
    return node


def parse_sort(text: str | None) -> Sort:
    """The order that a text like 'metrics.auc desc' asks for; newest first by default."""
    if text is None or not text.strip():
        return Sort(Key("attribute", "started_at"), descending=True)
    reader = _Reader(text, 0, "Sort")
    key = reader.key()
    descending = False
    if reader.token.kind == "word" and reader.token.text.lower() in ("asc", "desc"):
        descending = reader.next().text.lower() == "desc"
    if reader.token.kind != "end":
        reader.fail(f"{reader.token.text!r} was not expected here", "Sort by one key: NAME [desc].")
    return Sort(key, descending)


def _tokens(text: str, part: str) -> list[Token]:
    if len(text) > MAX_CHARACTERS:
        problem = f"it has {len(text)} characters; {MAX_CHARACTERS} are allowed"
        raise InvalidFilterError(text[:60], 0, problem, part=part)
    tokens, here = [], 0
    while here < len(text):
        found = _TOKEN.match(text, here)
        if found is None:
            character = text[here]
            if character in "'\"`":
                raise InvalidFilterError(text, here, "this quote is not closed", part=part)
            problem = f"{character!r} has no meaning here"
            raise InvalidFilterError(text, here, problem, part=part)
        kind, word = str(found.lastgroup), found.group()
        if kind == "quoted":
            quote = word[0]
            word = word[1:-1].replace(quote * 2, quote)
            tokens.append(Token("quoted", word, here, quote))
        elif kind != "space":
            tokens.append(Token(kind, word, here))
        here = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


class _Reader:
    """A recursive descent over the tokens of one filter."""

    def __init__(self, text: str, now_ns: int, part: str = "Filter") -> None:
        self.text = text
        self.now_ns = now_ns
        self.part = part
        self.tokens = _tokens(text, part)
        self.here = 0
        self.term_count = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.here]

    def next(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.here += 1
        return token

    def fail(
        self, problem: str, hint: str = "", position: int | None = None, unknown: str = ""
    ) -> NoReturn:
        at = self.token.position if position is None else position
        raise InvalidFilterError(self.text, at, problem, hint=hint, part=self.part, unknown=unknown)

    def word(self, *words: str) -> bool:
        """True, and a token further, where one of these words comes next."""
        if self.token.kind == "word" and self.token.text.lower() in words:
            self.next()
            return True
        return False

    def either(self, depth: int) -> Node:
        parts = [self.both(depth)]
        while self.word("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.single(depth)]
        while self.word("and"):
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def single(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.fail(f"it is nested deeper than {MAX_DEPTH}")
        if self.word("not"):
            return Not(self.single(depth + 1))
        if self.token.text == "(" and self.token.kind == "punctuation":
            opened = self.next().position
            node = self.either(depth + 1)
            if self.token.text != ")" or self.token.kind != "punctuation":
                self.fail("this parenthesis is not closed", position=opened)
            self.next()
            return node
        return self.term()

    def key(self) -> Key:
        """A key; `metrics.auc`, or `metrics.` and a quoted name."""
        token = self.next()
        if token.kind != "word":
            self.fail(
                "a key was expected" + (f", not {token.text!r}" if token.text else ""),
                "For example metrics.auc, params.depth, tags.team or status.",
                token.position,
            )
        group, dot, name = token.text.partition(".")
        if dot and group.lower() in GROUPS:
            following = self.token
            if not name:
                if following.kind != "quoted" or following.quote == "'":
                    self.fail(f"a name was expected after {token.text!r}")
                name = self.next().text
            kind = GROUPS[group.lower()]
            name = _plain(name)
            return Key(kind, name) if kind != "attribute" else self.attribute(name, token.position)
        return self.attribute(token.text, token.position)

    def attribute(self, name: str, position: int) -> Key:
        if name.lower() not in ATTRIBUTES:
            known = [*ATTRIBUTES, "metrics.NAME", "params.NAME", "tags.NAME"]
            hint = did_you_mean(name.lower(), known)
            self.fail(f"there is no attribute {name!r}", hint, position, unknown=name)
        return Key("attribute", name.lower())

    def term(self) -> Node:
        self.term_count += 1
        position = self.token.position
        if self.term_count > MAX_TERMS:
            self.fail(f"it has more than {MAX_TERMS} terms")
        key = self.key()
        if self.word("is"):
            negated = self.word("not")
            if not self.word("null"):
                self.fail("null was expected after is")
            node: Node = Term(key, "null", None, position)
            return Not(node) if negated else node
        negated = self.word("not")
        if self.word("in"):
            return self.negate(Term(key, "in", self.values(key), position), negated)
        for operator in ("like", "ilike"):
            if self.word(operator):
                return self.negate(Term(key, operator, self.pattern(key), position), negated)
        if negated or self.token.kind != "operator":
            self.fail(
                "an operator was expected", "There are = != > >= < <= like ilike in and is null."
            )
        symbol = {"<>": "!=", "==": "="}.get(self.token.text, self.token.text)
        self.next()
        return Term(key, symbol, self.value(key), position)

    @staticmethod
    def negate(term: Term, negated: bool) -> Node:
        return (
            Both((Not(term), Not(Term(term.key, "null", None, term.position))))
            if (negated)
            else term
        )

    def values(self, key: Key) -> tuple[Any, ...]:
        if self.token.text != "(":
            self.fail("( was expected after in")
        self.next()
        values = [self.value(key)]
        while self.token.kind == "punctuation" and self.token.text == ",":
            self.next()
            values.append(self.value(key))
        if self.token.text != ")":
            self.fail(", or ) was expected")
        self.next()
        return tuple(values)

    def pattern(self, key: Key) -> str:
        token = self.next()
        if token.kind != "quoted" or token.quote == "`":
            self.fail("a quoted text was expected after like", position=token.position)
        if key.group == "metric" or self.type_of(key) in ("time", "number"):
            self.fail(f"{key.name} is a number; like compares texts", position=token.position)
        if (len(token.text) - len(token.text.rstrip("\\"))) % 2:
            self.fail("the text ends in a single backslash", position=token.position)
        return _plain(token.text)

    def type_of(self, key: Key) -> str:
        if key.group == "attribute":
            return ATTRIBUTES[key.name][1]
        return key.group

    def value(self, key: Key) -> Any:
        """The value that comes next, as the key's type wants it."""
        token = self.next()
        raw: str | int | float | bool
        if token.kind == "number":
            raw = _number(token.text)
        elif token.kind == "quoted" and token.quote != "`":
            raw = _plain(token.text)
        elif token.kind == "word" and token.text.lower() in ("true", "false"):
            raw = token.text.lower() == "true"
        elif token.kind == "word" and token.text.lower() in ("nan", "inf", "-inf", "infinity"):
            raw = float(token.text.lower())
        else:
            shown = f", not {token.text!r}" if token.text else ""
            self.fail(
                f"a number or a quoted text was expected{shown}",
                "Write text in quotes: name = 'baseline'.",
                token.position,
            )
        wanted: Callable[[Any, Token], Any] | None = {
            "metric": self.as_number,
            "number": self.as_number,
            "time": self.as_time,
            "status": self.as_status,
            "experiment": self.as_experiment,
        }.get(self.type_of(key))
        if wanted is not None:
            return wanted(raw, token)
        return raw if key.group == "param" else self.as_text(raw, token)

    @staticmethod
    def as_text(raw: Any, token: Token) -> str:
        return str(raw) if isinstance(raw, str | bool) else token.text

    def as_experiment(self, raw: Any, token: Token) -> str:
        return key_of(self.as_text(raw, token))

    def as_number(self, raw: Any, token: Token) -> int | float:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return raw
        if not isinstance(raw, str) or len(raw) >= 400 or not _NUMBER.fullmatch(raw):
            self.fail(f"{token.text!r} is not a number", position=token.position)
        return _number(raw.strip())

    def as_time(self, raw: Any, token: Token) -> int:
        moment = None
        if isinstance(raw, str):
            if found := _AGO.fullmatch(raw):
                ago_ns = int(float(found[1]) * UNITS[found[2]] * 1e9)
                return max(self.now_ns - ago_ns, -(2**63))
            with contextlib.suppress(ValueError):
                moment = datetime.fromisoformat(raw.strip())
        if moment is None:
            self.fail(
                f"{token.text!r} is not a time",
                "Write '2026-01-31', '2026-01-31T12:00+01:00' or how long ago: '12h', '7d'.",
                token.position,
            )
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        since = moment - datetime.fromtimestamp(0, UTC)
        ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
        return max(min(ns, 2**63 - 1), -(2**63))

    def as_status(self, raw: Any, token: Token) -> str:
        word = str(raw).lower()
        word = MLFLOW_WORDS.get(word, word)
        known = [status.value for status in Status]
        if word not in known:
            hint = did_you_mean(OTHER_WORDS.get(word, word), known)
            self.fail(f"there is no status {token.text!r}", hint, token.position)
        return word


def _number(text: str) -> int | float:
    if re.fullmatch(r"[+-]?\d{1,400}", text, re.ASCII):
        return int(text)
    return float(text)


def _plain(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
