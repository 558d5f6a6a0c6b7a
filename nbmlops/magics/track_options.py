"""The options of `%%track` and `%track`."""

from __future__ import annotations

from nbmlops.capture.refusal import shown
from nbmlops.capture.run import ActiveRun
from nbmlops.errors import InvalidOptionError, InvalidValueError
from nbmlops.magics.options import Option, Parsed, parse, parse_value

__all__ = ["SWITCHES", "TRACK_OPTIONS", "looks_like_switch", "read_track_line", "say"]

SWITCHES = ("on", "off")  # reserved words of `%track`

TRACK_OPTIONS = (
    Option("--name", "text", "name of the run; without one it gets two words of its own"),
    Option("--tag", "pairs", "tag of the run, NAME=VALUE, repeatable"),
    Option("--param", "pairs", "parameter of the run, NAME=VALUE, repeatable"),
    Option(
        "--metric",
        "pairs",
        "metric computed after the cell, NAME=EXPR, repeatable",
        form="NAME=EXPR",
    ),
    Option("--skip", "text", "what not to record, as data,git; see the README for the kinds"),
    Option("--keep", "text", "what to keep beside it: displays (tables with their values), models"),
    Option("--keep-models", "flag", "the same as --keep models"),
    Option("--silent", "flag", "record and show nothing under the cell"),
)


def read_track_line(line: str) -> Parsed:
    """The parsed line; a second word that is no option is told as a problem."""
    parsed = parse(line, TRACK_OPTIONS)
    for extra in parsed.operands[1:]:
        parsed.problems.append(
            InvalidOptionError(extra, "only one experiment can be named; quote a name with spaces")
        )
    return parsed


def say(run: ActiveRun, options: Parsed) -> None:
    """Record the tags and the parameters of the line."""
    if tags := options.pairs.get("tag"):
        run.set_tags(tags)
    params = {}
    for name, text in options.pairs.get("param", {}).items():
        try:
            params[name] = parse_value(text)
        except ValueError as exc:
            run.warn("option", str(InvalidValueError("Parameter", shown(name), str(exc))))
    if params:
        run.log_params(params)


def looks_like_switch(words: list[str]) -> bool:
    """True for what is probably a mistyped `on`, `off` or `on EXPERIMENT`.

    >>> [word for word in ("of", "onn", "no", "OFF", "churn", "'of'") if looks_like_switch([word])]
    ['of', 'onn', 'no', 'OFF']
    >>> looks_like_switch(["onn", "churn"]), looks_like_switch(["of", "--silent"])
    (True, False)
    """
    if len(words) not in (1, 2) or any(word.startswith("-") for word in words):
        return False
    return any(_is_one_edit_away(words[0].lower(), switch) for switch in SWITCHES)


def _is_one_edit_away(word: str, other: str) -> bool:
    """True where a letter more, less, other or two of them the other way round is all there is."""
    same = 0
    while same < min(len(word), len(other)) and word[same] == other[same]:
        same += 1
    here, there = word[same:], other[same:]
    swapped = here[:2] == there[1::-1] and here[2:] == there[2:]
    return swapped or there in (here, here[1:]) or here == there[1:] or here[1:] == there[1:]
