"""The table of bad input for notebooks that are run with parameters: all of it is refused.

Every row goes through every door of `pipeline_doors.py`. `verb` says what is given: a `pair` is
NAME=VALUE as it is typed, an `output` the file to write, a `notebook` the file to read (made by
`make`), a `run name` and an `experiment` what the run is called.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from bad_input import NAMES

__all__ = ["DECLARES", "REFUSALS", "Refusal", "notebook_text"]

DECLARES = """depth: int = 2
rate: float = 0.5
flag: bool = True
opts: dict = {}
maybe: dict | str = ""
free = None
password: int = 1"""


def notebook_text(*cells: str, kernelspec: dict[str, Any] | None = None) -> str:
    """A notebook file that declares the parameters above and has these cells."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {
        "language_info": {"name": "python"},
        "kernelspec": spec if kernelspec is None else kernelspec,
    }
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(DECLARES, metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, cells),
    ]
    return json.dumps({**notebook, "metadata": metadata})


@dataclass(frozen=True)
class Refusal:
    """One input that is refused with an error of `kind`."""

    id: str
    verb: str
    given: str
    kind: str = "InvalidError"
    make: Callable[[Path], Any] | None = None
    says: str = ""

    def __str__(self) -> str:
        return f"{self.id}-{self.verb}-{ascii(self.given)[:40]}"


def _each(id_: str, verb: str, given: Iterable[str], kind: str = "InvalidError") -> list[Refusal]:
    return [Refusal(id_, verb, one, kind) for one in given]


def _written(content: bytes | str) -> Callable[[Path], Any]:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def _sized(path: Path) -> None:
    path.touch()
    os.truncate(path, 200 << 20)


PAIRS = [
    *_each("B57", "pair", ["a b=1", "class=1", "__import__=1", "depth-1=1", "1x=1", "=1", "depth"]),
    *_each("B57", "pair", ["depth\nopen('hacked','w')\nx=1", "de\u200bpth=1", "depth;x=1", "x.y=1"]),
    *_each("B58", "pair", ["dept=1", "Depth=1", "other=1", "x" * 5000 + "=1"]),
    *_each("B38", "pair", ['opts={"k":1,"k":2}', "opts={'a': [{'k': 1, 'k': 2}]}"]),
    *_each("B38", "pair", ['opts={"k":true,"k":false}', '{"k":1}', 'opts={"k":1,"\\u006b":2}']),
    *_each("B38", "pair", ['maybe={"k":1,"k":2}', 'free={"k":1,"k":2}', "opts={1: 2}"]),
    *_each("B39", "pair", ["opts=" + "[" * 5000, "opts=" + '{"a":' * 200 + "1" + "}" * 200]),
    *_each("B47", "pair", ["depth=" + "9" * 5000, 'opts={"k":' + "9" * 5000 + "}"]),
    *_each("B51", "pair", ["depth=deep", "depth=1.5", "depth=", "flag=maybe", "opts=5", "rate=x"]),
    *_each("B41", "pair", ["maybe=a\ud800b", "opts={'k': 'a\ud800b'}"]),
]  # fmt: skip

OUTPUTS = [
    *_each("B60", "output", ["{depth}.ipynb", "{depth.__class__}.ipynb", "a{x}.ipynb"], "RefusedError"),
    *_each("B60", "output", ["../up.ipynb", "inside/../../up.ipynb", "out/up.ipynb"], "RefusedError"),
    *_each("B60", "output", ["s3://bucket/x.ipynb", "http://host/x.ipynb"], "RefusedError"),
    *_each("B8", "output", ["../here-evil/x.ipynb", "evil/x.ipynb"], "RefusedError"),
    *_each("B10", "output", ["a\0b.ipynb", " ", ""], "RefusedError"),
    *_each("B60", "output", ["there.ipynb", "dangling.ipynb", "given.ipynb"], "ConflictError"),
    *_each("B60", "output", ["no/such/x.ipynb", "x.txt", "x"]),
]  # fmt: skip

BAD_FILES: dict[str, Callable[[Path], Any]] = {
    "cut short": _written('{"cells": ['),
    "empty": _written(""),
    "too deep": _written("[" * 100_000),
    "other JSON": _written('{"a": 1}'),
    "format 3": _written(json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": []})),
    "200 MB": _sized,
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "no kernel": _written(notebook_text("1", kernelspec={})),
    "a kernel that is a number": _written(notebook_text("1", kernelspec={"name": 5})),
    "parameters that are no Python": _written(
        notebook_text("1").replace("depth: int", "depth int")
    ),
}
FILES = [
    *(Refusal("B61", "notebook", what, make=make) for what, make in BAD_FILES.items()),
    *(
        Refusal("B61", "notebook", f"the kernel {name}", "NotFoundError", _written(notebook_text("1", kernelspec={"name": name, "display_name": name, "argv": ["touch", "hacked"]})))
        for name in ("no-such-kernel", "../../evil", "python3; touch hacked")
    ),
    Refusal("B61", "notebook", "nothing", "NotFoundError", make=lambda path: None),
]  # fmt: skip

CALLED = [
    Refusal(row.id, row.verb, row.given)
    for row in NAMES
    if row.verb in ("experiment", "run name") and row.expect == "refused"
]

REFUSALS = [*PAIRS, *OUTPUTS, *FILES, *CALLED]
