"""The one observer: what a cell bound, changed in place, read and set, found around its execution.

Before the cell it keeps no object alive: small immutable scalars are kept as they are, everything
else by identity. After it, names that are new, identical no longer or surely assigned are what the
cell bound; whose objects it changed in place, their contents tell (`contents`). Literals of earlier
cells are remembered with the cell they stood in, because a value that a cell reads and that
somebody wrote down as a literal is a parameter of that cell, as the parameters of papermill are.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter, thread_time
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from nbmlops.capture.ambient import Ambient
from nbmlops.capture.contents import Changed, Clock, Kinds, Remembered
from nbmlops.capture.datasets import learn_sources
from nbmlops.capture.literals import Literals
from nbmlops.capture.names import Syntax, calls_fit, read_syntax
from nbmlops.capture.numerals import is_number
from nbmlops.capture.randomness import Drawn, Randomness
from nbmlops.capture.redaction import is_secret_name
from nbmlops.capture.sources import FileUse, files_used, may_use_files

__all__ = ["Found", "Observer"]

FREE_SECONDS = 0.002  # that looking at contents may take of any cell
AHEAD = 0.25  # of it, before the cell
SHARE = 0.05  # of the cell's time, where that is more
_SCALARS = frozenset(map(id, (bool, int, float, complex, str, bytes, type(None))))
_TEXTS = frozenset(map(id, (str, bytes)))
_KEPT_BYTES = 256
_TOOLS = (ModuleType, FunctionType, BuiltinFunctionType, type, type(lru_cache(len)))
_OF_THE_SHELL = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython"})


@dataclass(slots=True)
class Found:
    """What the observer says of one cell.

    `reads` are all names that it reads, through the functions that it names as well; `read` those
    of them whose values are of earlier cells, `used` the functions, classes and modules among
    these. `unsure` may have been changed in place where nobody could see it; `partial` says that
    not everything was looked at. `changed_in` tells for what it reads in which other cells it was
    changed since it was made.
    """

    params: dict[str, dict[str, Any]] = field(default_factory=dict)  # source → name → value
    metrics: dict[str, Any] = field(default_factory=dict)
    bound: list[str] = field(default_factory=list)
    mutated: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    changed_settings: list[str] = field(default_factory=list)
    drawn: Drawn = field(default_factory=Drawn)
    files: list[FileUse] = field(default_factory=list)
    fits: bool = False
    partial: bool = False
    made_in: dict[str, str] = field(default_factory=dict)  # what it reads → the cell it is from
    changed_in: dict[str, list[str]] = field(default_factory=dict)
    read_from: dict[str, str] = field(default_factory=dict)  # what it reads → the run it is from


class Observer:
    """Watches one namespace from cell to cell, and looks at contents for as long as is free."""

    def __init__(self, *, free_seconds: float = FREE_SECONDS) -> None:
        self._free_seconds = free_seconds
        self.sources: dict[str, tuple[weakref.ref[Any], str]] = {}  # frames that came from a file
        self._before: dict[str, Any] = {}
        self._began = perf_counter()
        self._spent = 0.0  # CPU seconds, for the contents of this cell
        self._syntax: tuple[ast.Module | None, Syntax] = (None, Syntax())
        self._literals = Literals()
        self._made_in: dict[str, str] = {}  # name → id of the cell that bound it last
        self._changed_in: dict[str, list[str]] = {}  # name → those that changed it since
        self._given: dict[str, tuple[str, Any]] = {}  # name → run that bound it, and what it left
        self._contents = Remembered()
        self._randomness = Randomness()
        self._ambient = Ambient()

    # -- before ----------------------------------------------------------------------------------

    def before(self, namespace: Mapping[str, Any]) -> None:
        """Remember what is bound, without keeping any of it alive, and what stands around it."""
        self._began, self._spent = perf_counter(), 0.0
        self._before = {name: _mark(value) for name, value in namespace.items()}
        self._ambient.before()
        self._randomness.before(namespace)

    def about_to_run(self, namespace: Mapping[str, Any], tree: ast.Module) -> None:
        """Look at what this code may change and what was never looked at."""
        began = thread_time()
        syntax = self._read(tree)
        names = syntax.stored | syntax.touched | syntax.reads
        wanted = [name for name in names if name not in _OF_THE_SHELL]
        self._contents.look_ahead(
            wanted, namespace, Kinds(namespace), Clock(AHEAD * self._free_seconds)
        )
        self._spent += thread_time() - began

    # -- after -----------------------------------------------------------------------------------

    def after(
        self,
        namespace: dict[str, Any],
        tree: ast.Module | None,
        source: str,
        *,
        count: int | None,
        cell_id: str | None = None,
        run_id: str | None = None,
    ) -> Found:
        """What the cell bound, changed and read; `run_id` is that of its run, if it has one."""
        elapsed = perf_counter() - self._began
        found = Found(changed_settings=self._ambient.after(tree))
        syntax = self._read(tree)
        found.bound = self._bound(namespace, syntax)
        self._look_at_contents(found, namespace, syntax, max(self._free_seconds, SHARE * elapsed))
        found.fits = syntax.fits or self._calls_fit(namespace, syntax)
        where = f"cell {count}" if count else "an earlier cell"
        found.drawn = self._randomness.after(
            tree, namespace, source, reads=found.reads, bound=found.bound, where=where
        )
        found.files = files_used(tree, namespace) if may_use_files(source) else []
        learn_sources(self.sources, found.files, namespace)
        found.changed_settings += [f"random numbers of {name}" for name in found.drawn.moved]
        self._sort_reads(found, namespace, syntax)
        self._tell_givers(found, namespace, run_id)
        literals = self._literals.here(namespace, syntax)
        found.params = self._literals.params(namespace, syntax, literals, found.reads)
        found.metrics = _metrics(found.bound, namespace, syntax, literals)
        self._tell_where(found, namespace, None if cell_id is None else str(cell_id))
        self._literals.learn(namespace, syntax, literals, found.bound, source, count)
        self._before = {}
        return found

    def learn(
        self, namespace: Mapping[str, Any], tree: ast.Module, source: str, *, count: int | None
    ) -> None:
        """Take in a cell that ran before anybody watched, as far as its literals still stand."""
        syntax = read_syntax(tree)
        literals = self._literals.here(namespace, syntax)
        self._literals.learn(namespace, syntax, literals, syntax.always, source, count)
        where = f"cell {count}" if count else "an earlier cell"
        self._randomness.learn(tree, namespace, bound=syntax.always, where=where)

    def _read(self, tree: ast.Module | None) -> Syntax:
        if tree is None:
            return Syntax()
        if self._syntax[0] is not tree:
            self._syntax = (tree, read_syntax(tree))
        return self._syntax[1]

    def _bound(self, namespace: Mapping[str, Any], syntax: Syntax) -> list[str]:
        """Names that are new or hold another object, and those that were surely assigned."""
        missing, before = object(), self._before
        bound = []
        for name, value in namespace.items():
            if name.startswith("_"):
                continue
            mark, was = _mark(value), before.get(name, missing)
            is_same = type(was) is type(mark) and was == mark
            # `x += 1` binds a number again, but changes a list or an array in place.
            is_in_place = is_same and name in syntax.augmented and type(mark) is int
            if not is_same or (name in syntax.always and not is_in_place):
                bound.append(name)
        return bound

    def _look_at_contents(
        self, found: Found, namespace: Mapping[str, Any], syntax: Syntax, allowed_seconds: float
    ) -> None:
        """Find what the cell changed in place, and what it read through functions and objects."""
        mentioned = {name for name in syntax.mentions if name in namespace}
        reads = syntax.reads | mentioned
        touched = set(namespace) if syntax.is_dynamic else syntax.touched | mentioned
        changed: Changed = self._contents.look_again(
            namespace,
            bound=dict.fromkeys(found.bound),
            touched=touched - _OF_THE_SHELL,
            read=reads - _OF_THE_SHELL,
            stored=syntax.stored,
            patched=syntax.patched,
            kinds=Kinds(namespace),
            clock=Clock(allowed_seconds - self._spent),
        )
        found.reads = reads | changed.reads
        # Whose place in memory is the same may be another object, where the code assigns it.
        again = {name for name in changed.names & syntax.assigned if name not in syntax.augmented}
        found.bound += sorted(again)
        found.mutated = _told(changed.names - again)
        found.unsure = _told(changed.unsure)
        found.partial = changed.is_partial
        for name in (*found.mutated, *found.bound):
            self.sources.pop(name, None)

    def _calls_fit(self, namespace: dict[str, Any], syntax: Syntax) -> bool:
        seen: set[int] = set()
        return any(calls_fit(namespace.get(name), namespace, seen) for name in syntax.reads)

    def _sort_reads(self, found: Found, namespace: Mapping[str, Any], syntax: Syntax) -> None:
        """Tell the values of earlier cells that were read from the tools that were used."""
        own = syntax.reads - syntax.exposed
        for name in sorted(found.reads - own):
            if name not in self._before or name.startswith("_") or name in _OF_THE_SHELL:
                continue
            is_tool = name in namespace and _is_tool(namespace[name])
            (found.used if is_tool else found.read).append(name)

    def _tell_givers(self, found: Found, namespace: Mapping[str, Any], run_id: str | None) -> None:
        """Tell from which runs that is what this cell reads, and remember what it leaves.

        A cell that was not recorded may have bound a name anew: then another object stands there.
        """
        for name in found.read:
            giver, left = self._given.get(name, ("", None))
            if giver and left == self._before.get(name):
                found.read_from[name] = giver
        for name in (*found.bound, *found.mutated):
            self._given.pop(name, None)
            if run_id is not None and name in namespace:
                self._given[name] = (run_id, _mark(namespace[name]))

    def _tell_where(self, found: Found, namespace: Mapping[str, Any], cell_id: str | None) -> None:
        """Tell in which cells that was made and changed what this one reads, and remember this."""
        changed = set(found.bound)
        for name in found.reads:
            if name in changed or name not in namespace:
                continue
            if name in self._made_in:
                found.made_in[name] = self._made_in[name]
            if others := [each for each in self._changed_in.get(name, ()) if each != cell_id]:
                found.changed_in[name] = others
        for name in found.bound:
            self._changed_in.pop(name, None)
            self._made_in.pop(name, None)
            if cell_id is not None:
                self._made_in[name] = cell_id
        for name in found.mutated if cell_id is not None else ():
            cells = self._changed_in.setdefault(name, [])
            if cell_id not in cells:
                cells.append(str(cell_id))


def _metrics(
    bound: Collection[str],
    namespace: Mapping[str, Any],
    syntax: Syntax,
    literals: Mapping[str, Any],
) -> dict[str, Any]:
    """Numbers that were computed and assigned."""
    return {
        name: namespace[name]
        for name in bound
        if name in syntax.assigned
        and name not in literals
        and name not in syntax.loops
        and not is_secret_name(name)
        and is_number(namespace[name])
    }


def _mark(value: Any) -> Any:
    """What tells an object from another: a pair for scalars, the identity of all others."""
    kind = type(value)
    if id(kind) in _SCALARS and (id(kind) not in _TEXTS or len(value) <= _KEPT_BYTES):
        return (id(kind), repr(value) if kind is float else value)
    return id(value)


def _is_tool(value: Any) -> bool:
    """True for what code is made of: modules, functions and classes."""
    return issubclass(type(value), _TOOLS)


def _told(names: Collection[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("_"))
