"""One call of ours fails, on purpose: which calls there are, and the one that is struck.

A call is a place in our code where a function is called, whether it is ours, a library's or the
interpreter's own, or where somebody else enters our code. A profile function sees each of them
before it happens and raises in its stead; no code is changed or replaced.
"""

from __future__ import annotations

import ast
import inspect
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import nbmlops

__all__ = ["Call", "Recorder", "Strike", "is_one_try", "spread"]

PACKAGE = str(Path(nbmlops.__file__).parent) + "/"
NOT_OURS = PACKAGE + "testing/"
# A generator stands here before its first statement, and further down where it goes on.
BEGINNING = 4


@dataclass(frozen=True, order=True)
class Call:
    """A place in the code where something is called."""

    place: str  # of the caller, "magics/hooks.py:Hooks.before"; "" where it is not ours
    line: int
    called: str  # in the same form where it is ours

    def __str__(self) -> str:
        return f"{self.place or 'somebody'}:{self.line} calls {self.called}"


_names: dict[CodeType, str] = {}


def _name(code: CodeType) -> str:
    """Where a function of ours stands; "" for everybody else's."""
    found = _names.get(code)
    if found is None:
        file = code.co_filename
        ours = file.startswith(PACKAGE) and not file.startswith(NOT_OURS)
        found = _names[code] = f"{file[len(PACKAGE) :]}:{code.co_qualname}" if ours else ""
    return found


class Recorder:
    """Counts the calls while it is the profile function."""

    def __init__(self) -> None:
        self.counts: Counter[Call] = Counter()
        # The code in which a call happens, or which is entered: by it one is found again quickly.
        self.codes: dict[Call, tuple[CodeType | None, CodeType | None]] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "c_call":
            if place := _name(code):
                called = getattr(argument, "__qualname__", None) or str(argument)
                self._count(Call(place, frame.f_lineno, called), code, None)
        elif event == "call":
            back = frame.f_back
            place = _name(back.f_code) if back is not None else ""
            entered = _name(code)
            if (place or entered) and not _goes_on(frame):
                line = back.f_lineno if back is not None and place else 0
                call = Call(place, line, entered or code.co_qualname)
                self._count(call, back.f_code if back and place else None, code)

    def _count(self, call: Call, caller: CodeType | None, called: CodeType | None) -> None:
        self.counts[call] += 1
        self.codes[call] = (caller, called)


def _goes_on(frame: FrameType) -> bool:
    """Whether a generator goes on where it yielded, which is no call."""
    is_generator = frame.f_code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE)
    return bool(is_generator) and frame.f_lasti > BEGINNING


class Strike:
    """Lets one call fail, the `time`-th time that it is made.

    With `then`, what deals with that fails as well: as many of our functions as `then` says are
    entered after it, and the next one fails where it is entered, unless it is one of `spared`.
    With `always`, the call fails each time that it is made from then on.
    """

    def __init__(
        self,
        recorder: Recorder,
        call: Call,
        time: int,
        error: Exception,
        *,
        then: int | None = None,
        always: bool = False,
        spared: Iterable[str] = (),
    ) -> None:
        self.call = call
        self.time = time
        self.error = error
        self.struck = ""
        self.then = then
        self.always = always
        self.spared = frozenset(spared)
        self._caller, self._called = recorder.codes[call]

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "c_call":
            if code is not self._caller or self._called is not None:
                return
            called = getattr(argument, "__qualname__", None) or str(argument)
            if called != self.call.called or frame.f_lineno != self.call.line:
                return
        elif event == "call":
            if code is not self._called or _goes_on(frame):
                return
            back = frame.f_back
            if self._caller is None:
                if back is not None and _name(back.f_code):
                    return
            elif back is None or back.f_code is not self._caller:
                return
            elif back.f_lineno != self.call.line:
                return
        else:
            return
        self.time -= 1
        if self.time == 0 or (self.always and self.time < 0):
            self.struck = str(self.call)
            if self.then is not None:
                sys.settrace(self._again)
            if self.always:
                sys.settrace(self._goes_on)
            raise self.error

    def _goes_on(self, frame: FrameType, event: str, argument: Any) -> None:
        # The interpreter takes a profile function away that has raised.
        sys.settrace(None)
        sys.setprofile(self)

    def _again(self, frame: FrameType, event: str, argument: Any) -> None:
        entered = _name(frame.f_code)
        if event != "call" or not entered or entered in self.spared or _goes_on(frame):
            return
        if not entered.endswith(">"):  # part of the function around it
            self.then -= 1
            if self.then < 0:
                self.struck += f", and then {entered}"
                raise self.error


def spread(recorder: Recorder, dice: random.Random, *, most: int = 3) -> Iterator[tuple[Call, int]]:
    """Each call and which time of it: every time, or of many the first, the last and one between.

    Where even three are too many, `most` may be 1: any of them.
    """
    for call, count in sorted(recorder.counts.items()):
        times = range(1, count + 1)
        chosen = {1, dice.choice(times), count} if most > 1 else {dice.choice(times)}
        for time in times if count <= most else sorted(chosen):
            yield call, time


def is_one_try(name: str) -> bool:
    """Whether a function of ours is nothing but one `try` that lets no Exception out.

    `name` is "magics/hooks.py:Hooks.before". In front of the `try` may stand what cannot fail:
    constants that are given a name; behind it a `return` of a name.
    """
    file, _, path = name.partition(":")
    body: list[ast.stmt] = ast.parse(Path(PACKAGE, file).read_text("utf-8")).body
    for part in path.replace("<locals>.", "").split("."):
        body = next(
            node.body
            for node in body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == part
        )
    rest = [statement for statement in body if not _cannot_fail(statement)]
    return len(rest) == 1 and isinstance(rest[0], ast.Try) and _catches_all(rest[0])


def _cannot_fail(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant()) | ast.Return(ast.Name() | None):
            return True
        case ast.AnnAssign(ast.Name(), _, ast.Constant()) | ast.Assign(
            [ast.Name()], ast.Constant()
        ):
            return True
    return False


def _catches_all(block: ast.Try) -> bool:
    names = {ast.unparse(handler.type) for handler in block.handlers if handler.type is not None}
    return "Exception" in names and not block.orelse and not block.finalbody
