"""The option parser that the magics share: operands, --options, K=V pairs, did-you-mean."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.redaction import redact_head
from nbmlops.errors import InvalidOptionError
from nbmlops.notebooks.value_types import TwiceError, literal

__all__ = ["Option", "Parsed", "parse", "parse_value", "split_pair"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `kind` is "flag", "text" or "pairs" (repeatable, each of them a `form`)."""

    name: str
    kind: str
    help: str
    short: str = ""
    form: str = "NAME=VALUE"


@dataclass(slots=True)
class Parsed:
    """Operands in order, options by name without dashes, and what did not fit."""

    operands: list[str] = field(default_factory=list)
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
    typed = _words(line, parsed)
    words = [_unquoted(word) for word in typed]
    names = [option.name for option in options]
    while words:
        word = words.pop(0)
        given = typed.pop(0)
        if not word.startswith("-") or word == "-" or _is_number(word):
            parsed.operands.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None:
            parsed.problems.append(InvalidOptionError(name, "there is no such option", known=names))
            continue
        key = option.name.lstrip("-")
        if option.kind == "flag":
            parsed.flags.add(key)
            continue
        if not equals:
            if not words:
                parsed.problems.append(InvalidOptionError(name, "its value is missing"))
                continue
            value, given = words.pop(0), typed.pop(0)
        if option.form.endswith("=EXPR"):
            value = _expression(value, given, typed)
            del words[: len(words) - len(typed)]
        if option.kind == "text":
            parsed.texts[key] = value
        else:
            pair, problem = split_pair(name, value, option.form)
            if problem is not None:
                parsed.problems.append(problem)
            else:
                parsed.pairs.setdefault(key, {})[pair[0]] = pair[1]
    return parsed


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


_WORD = re.compile(r"""(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+""")
_QUOTED = re.compile(r"""(["'])(?:(?!\1).)*\1""")


def _words(line: str, parsed: Parsed) -> list[str]:
    """The words as they were typed, with their quotes."""
    try:
        shlex.split(line, comments=False)
    except ValueError as exc:
        parsed.problems.append(
            InvalidOptionError(redact_head(line.strip(), 60), f"{exc}".lower().rstrip("."))
        )
        return line.split()
    return [found[0] for found in _WORD.finditer(line)]


def _unquoted(word: str) -> str:
    try:
        return "".join(shlex.split(word, comments=False))
    except ValueError:
        return word


def _expression(value: str, typed: str, rest: list[str]) -> str:
    """NAME=EXPR with the quotes that belong to the expression, and with as many of the words that
    follow as make it longer: `gap=train["auc"] - test["auc"]`. Those are taken out of `rest`.
    """
    name, equals, text = typed.partition("=")
    if not equals or typed[:1] in "\"'" or _QUOTED.fullmatch(text):
        return value
    for count in range(len(rest), -1, -1):
        longer = " ".join([text, *rest[:count]])
        if count == 0 or (
            not any(each.startswith("--") for each in rest[:count]) and _is_expression(longer)
        ):
            del rest[:count]
            return f"{name}={longer}"
    return value


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
