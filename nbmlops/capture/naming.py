"""The names of runs that were given none."""

from __future__ import annotations

__all__ = ["friendly_name"]

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


def friendly_name(run_id: str) -> str:
    """The name of a run that was given none: two words that follow from its id.

    >>> friendly_name("01JD8Z3K5V9Q2W4X6Y8Z0A1B2C")
    'zesty-finch'
    """
    number = 0
    for character in run_id[10:]:
        number = number * 37 + ord(character)
    return f"{_FIRST[number % len(_FIRST)]}-{_SECOND[number // 97 % len(_SECOND)]}"
