"""The names of things: without secrets where somebody gave one, made up where nobody did."""

from __future__ import annotations

from typing import Any

from nbmlops.capture.redaction import MARK, redact_name
from nbmlops.errors import InvalidNameError
from nbmlops.events import check_name
from nbmlops.wording import printable

__all__ = ["GivenNames", "found_name", "friendly_name", "given_name"]

FOUND_CHARACTERS = 60  # of any alphabet they fit into a name

_FIRST = (
    "amber ashen azure bold brave bright brisk calm clear clever cobalt copper coral crisp dapper "
    "eager early fair fleet frosty gentle gilded golden grand green hazel hidden humble indigo "
    "ivory jade jolly keen kind light lively lucid lunar mellow merry mild misty neat noble olive "
    "opal pale plain proud quick quiet rapid rosy royal rustic sage scarlet serene silver sleek "
    "solar steady still stout sunny swift teal tidy tranquil vivid warm wise witty young zesty"
).split()
_SECOND = (
    "alder aspen badger bay beech birch bison brook canyon cedar cliff comet condor cove crane "
    "creek dale delta dune eagle elm falcon fern finch fjord forest fox glade glen grove gull "
    "harbor hare hawk heron hill ibis island jay kestrel lagoon lake lark lynx maple marsh meadow "
    "mesa moose oak orca osprey otter owl peak pine plover pond prairie puffin quail raven reef "
    "ridge river robin sequoia shore sparrow spruce stone stream summit swan thrush tide valley"
).split()


def given_name(kind: str, name: object) -> str:
    """The name that somebody gave, without secrets and in its normal form (see `check_name`).

    >>> given_name("a run", "from postgres-user with password=hunter22")
    'from postgres-user with password=[redacted]'

    Raises InvalidNameError, which holds no secret either.
    """
    return check_name(kind, redact_name(name))


def found_name(kind: str, name: str) -> str:
    """The name that was found for something; what nobody could have given is shown as escapes.

    >>> found_name("a dataset", "a\\nb.csv")
    'a\\\\nb.csv'
    """
    try:
        return given_name(kind, name)
    except InvalidNameError:
        shown = printable(redact_name(name)).replace("\n", r"\n").replace("\t", r"\t")
        return check_name(kind, shown.strip()[:FOUND_CHARACTERS] or "unnamed")


class GivenNames:
    """The names that were given in one run; those that only secrets told apart get numbers."""

    def __init__(self) -> None:
        self._others: dict[tuple[str, str], dict[int, int]] = {}  # hashes, in order of appearance

    def name(self, kind: str, given: Any) -> str:
        """As `given_name`, with a number behind a name that something else has already."""
        name = given_name(kind, given)
        if MARK not in name or given == name:
            return name
        others = self._others.setdefault((kind, name), {})
        number = others.setdefault(hash(given), len(others) + 1)
        return name if number == 1 else check_name(kind, f"{name} {number}")


def friendly_name(run_id: str) -> str:
    """The name of a run that was given none: two words that follow from its id.

    >>> friendly_name("01JD8Z3K5V9Q2W4X6Y8Z0A1B2C")
    'zesty-finch'
    """
    number = 0
    for character in run_id[10:]:
        number = number * 37 + ord(character)
    return f"{_FIRST[number % len(_FIRST)]}-{_SECOND[number // 97 % len(_SECOND)]}"
