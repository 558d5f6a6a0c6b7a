"""The option parser that the magics share: operands, --options, K=V pairs, did-you-mean."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from nbmlops.capture.redaction import redact_head
from nbmlops.errors import InvalidOptionError
from nbmlops.notebooks.value_types import TwiceError, literal

__all__ = ["Option", "Parsed", "parse", "parse_value", "split_first", "split_pair", "unquoted"]

_QUOTED = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
_WORD = re.compile(rf"""(?:[^ \t\r\n'"\\]|\\.|{_QUOTED})+""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `kind` is "flag", "text", "order" (a column, and maybe a direction behind it) or
    "pairs" (repeatable, each of them a `form`).
    """

    name: str
    kind: str
    help: str
    short: str = ""
    form: str = "NAME=VALUE"


@dataclass(slots=True)
class Parsed:
    """Operands in order, options by name without dashes, and what did not fit.

    `text` is the line as it was typed without its options; quotes are part of a filter.
    """

    operands: list[str] = field(default_factory=list)
    text: str = ""
    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[InvalidOptionError] = field(default_factory=list)


def parse(line: str, options: Sequence[Option]) -> Parsed:
    """The parsed line; whatever does not fit is in `problems`, never raised.

    >>> parsed = parse("churn --tag team=risk --sillent", [Option("--silent", "flag", ""),
    ...                Option("--tag", "pairs", "")])
    >>> parsed.operands, parsed.pairs, parsed.problems[0].hint
    (['churn'], {'tag': {'team': 'risk'}}, "Did you mean '--silent'?")
    >>> metric = Option("--metric", "pairs", "", form="NAME=EXPR")
    >>> parse("--metric gap=a['x'] - b churn", [metric]).pairs
    {'metric': {'gap': "a['x'] - b"}}
    """
    known: Mapping[str, Option] = {
        **{option.name: option for option in options},
        **{option.short: option for option in options if option.short},
    }
    parsed = Parsed()
    words = _words(line, parsed)
    names = [option.name for option in options]
    kept: list[tuple[int, int]] = []  # where the operands stand
    while words:
        word, where = words.pop(0)
        given = line[slice(*where)]
        # What stands in quotes is never an option: it may be the value of a filter.
        if given[:1] != "-" or word == "-" or _is_number(word):
            parsed.operands.append(word)
            kept.append(where)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None:
            parsed.problems.append(InvalidOptionError(name, "there is no such option", known=names))
            if not equals and words and not words[0][0].startswith("-"):
                meant = get_close_matches(name, names, n=1)
                if meant and known[meant[0]].kind != "flag":
                    words.pop(0)  # its value, which is no operand
            continue
        key = option.name.lstrip("-")
        if option.kind == "flag":
            parsed.flags.add(key)
            continue
        if not equals:
            if not words:
                parsed.problems.append(InvalidOptionError(name, "its value is missing"))
                continue
            value, place = words.pop(0)
            given = line[slice(*place)]
        if option.form.endswith("=EXPR"):
            value = _expression(value, given, line, words)
        if option.kind == "order" and words and words[0][0].lower() in ("asc", "desc"):
            value += f" {words.pop(0)[0]}"
        if option.kind in ("text", "order"):
            parsed.texts[key] = value
        else:
            pair, problem = split_pair(name, value, option.form)
            there = parsed.pairs.setdefault(key, {})
            if problem is None and pair[0] in there:
                problem = InvalidOptionError(name, f"{pair[0]!r} is given twice")
            if problem is not None:
                parsed.problems.append(problem)
            else:
                there[pair[0]] = pair[1]
    parsed.text = " ".join(line[start:end] for start, end in kept)
    return parsed


def split_first(text: str) -> tuple[str, str]:
    """The first word of a line, without its quotes, and the rest as it was typed.

    >>> split_first("'churn (v2)' name = 'high'")
    ('churn (v2)', "name = 'high'")
    """
    found = _WORD.match(text)
    end = found.end() if found else len(text)
    return unquoted(text[:end]), text[end:].strip()


def unquoted(text: str) -> str:
    """A text that stands in quotes as a whole, without them; any other as it is.

    >>> unquoted("'dogs in space'"), unquoted("name = 'high'")
    ('dogs in space', "name = 'high'")
    """
    is_quoted = text[:1] in ("'", '"') and _WORD.fullmatch(text)
    return shlex.split(text)[0] if is_quoted else text


def split_pair(
    option: str, text: str, form: str = "NAME=VALUE"
) -> tuple[tuple[str, str], InvalidOptionError | None]:
    """The two sides of K=V, or the problem with it."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        return ("", ""), InvalidOptionError(option, f"{text!r} is not of the form {form}")
    return (name.strip(), value), None


def parse_value(text: str) -> Any:
    """The value of a Python or JSON literal, else the text itself.

    >>> parse_value("8"), parse_value("[1, 2]"), parse_value("true"), parse_value("deep")
    (8, [1, 2], True, 'deep')

    Raises TwiceError for a dict with a key that stands in it twice.
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() in ("null", "none"):
        return None
    try:
        return literal(text)
    except TwiceError:
        raise
    except ValueError:
        return text


def _words(line: str, parsed: Parsed) -> list[tuple[str, tuple[int, int]]]:
    """The words of a line as a shell would read them, each with where it stands."""
    try:
        shlex.split(line, comments=False)
    except ValueError as exc:
        parsed.problems.append(
            InvalidOptionError(redact_head(line.strip(), 60), f"{exc}".lower().rstrip("."))
        )
        return [(found.group(), found.span()) for found in re.finditer(r"\S+", line)]
    return [(shlex.split(found.group())[0], found.span()) for found in _WORD.finditer(line)]


def _expression(value: str, typed: str, line: str, rest: list[tuple[str, tuple[int, int]]]) -> str:
    """NAME=EXPR with the quotes that belong to the expression, and with as many of the words that
    follow as make it longer: `gap=train["auc"] - test["auc"]`. Those are taken out of `rest`.
    """
    name, equals, text = typed.partition("=")
    if not equals or typed[:1] in "\"'" or re.fullmatch(_QUOTED, text, re.DOTALL):
        return value
    for count in range(len(rest), 0, -1):
        more = [line[slice(*where)] for _, where in rest[:count]]
        longer = " ".join([text, *more])
        if not any(each.startswith("--") for each in more) and _is_expression(longer):
            del rest[:count]
            return f"{name}={longer}"
    return typed


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
