"""Which names code reads, changes and assigns, in their scopes, and evidence of a fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FITTING_FUNCTIONS", "FITTING_METHODS", "Scan", "Syntax"]

FITTING_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit"})
FITTING_FUNCTIONS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})

# Built-in functions that leave what they are given as it is, unless it is an iterator.
_LOOKING = frozenset(
    {"bool", "callable", "dir", "display", "format", "hasattr", "hash", "id", "int", "isinstance"}
    | {"issubclass", "len", "print", "repr", "str", "type"}
)
_DYNAMIC = frozenset({"globals", "locals", "vars", "run_cell", "__import__"})
_CODE_MAGICS = frozenset(
    {"capture", "lprun", "memit", "mprun", "prun", "time", "timeit", "track", "debug"}
)
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class Syntax:
    """The static facts of one cell.

    `reads` holds every global name that the cell itself reads; `exposed` those of them that it does
    not surely assign before, so that their values are of earlier cells. `touched` may be changed in
    place, because something is called on it, it is handed over or iterated; into `stored` something
    is stored, in `patched` an attribute is set. `augmented` is assigned by `+=` and its like alone.
    `mentions` are the words in the texts that magics get, and where `is_dynamic`, the cell runs
    code that nobody can see. `edits` are the literals that it surely stores under literal keys:
    `config["depth"] = 5`.
    """

    literals: dict[str, Any] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    exposed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    patched: set[str] = field(default_factory=set)
    augmented: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    edits: dict[str, list[tuple[tuple[Any, ...], Any]]] = field(default_factory=dict)
    is_dynamic: bool = False
    fits: bool = False


def _root(node: ast.AST) -> str:
    """The name that an expression reaches into: `a` for `a.b[0].c()`; "" for none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call, ast.Await)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _owner(node: ast.AST) -> str:
    """The name whose own parts these are: `a` for `a.b[0]`, "" for `a.copy().b`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _parts(targets: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """The single targets of an assignment."""
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)):
            yield from _parts(target.elts)
        else:
            yield target.value if isinstance(target, ast.Starred) else target


class Scan:
    """Collects the global names that a cell reads and changes, and evidence of a fit anywhere.

    Functions are not looked into: what they read is told by the functions themselves, once there
    are any, and defining one that fits is not fitting.
    """

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.plainly: set[str] = set()  # assigned otherwise than by `+=`
        self._sure: set[str] = set()  # assigned by the statements above, whatever happens
        self._locals: list[set[str]] = []  # of the lambdas, comprehensions and classes around
        self._handed = 0  # inside of arguments of so many calls

    def visit(self, node: ast.AST) -> None:
        """Take in a node and what is below it."""
        method = _VISITS.get(type(node))
        if method is not None:
            method(self, node)
            return
        for name in node._fields:
            value = getattr(node, name)
            if type(value) is list:
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def statement(self, node: ast.stmt) -> None:
        """Take in a statement, and what is assigned behind it."""
        self.visit(node)
        if self._locals:
            return
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is not None:
                self._sure |= {part.id for part in _parts(targets) if isinstance(part, ast.Name)}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._sure.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._sure |= _imported(node)

    def _block(self, body: list[ast.stmt], *bound: ast.expr) -> set[str]:
        """Take in statements that may not run; what is surely assigned where they do."""
        above = set(self._sure)
        self._sure |= {part.id for part in _parts(bound) if isinstance(part, ast.Name)}
        for child in body:
            self.statement(child)
        behind, self._sure = self._sure, above
        return behind

    # -- names -----------------------------------------------------------------------------------

    def _is_local(self, name: str) -> bool:
        return any(name in names for names in self._locals)

    def _read(self, name: str) -> None:
        self.syntax.reads.add(name)
        if name not in self._sure:
            self.syntax.exposed.add(name)

    def _touch(self, node: ast.AST) -> None:
        """Take in that something may be changed by what is done with it here."""
        name = _root(node)
        if name and not self._is_local(name):
            self.syntax.touched.add(name)

    def _target(self, target: ast.expr) -> None:
        """Take in what is assigned."""
        if isinstance(target, (ast.Subscript, ast.Attribute)):
            self._touch(target)
            name = _owner(target)
            if name and not self._is_local(name):
                self.syntax.stored.add(name)
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    self.syntax.patched.add(name)
        self.visit(target)

    def _name(self, node: ast.Name) -> None:
        name = node.id
        if self._locals and self._is_local(name):
            return
        if isinstance(node.ctx, ast.Store):
            if not self._locals:
                self.syntax.assigned.add(name)
                self.plainly.add(name)
            return
        self._read(name)
        if self._handed:
            self.syntax.touched.add(name)

    def _assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, (ast.Tuple, ast.List)):
                self._touch(node.value)  # unpacking iterates
            for part in _parts([target]):
                self._target(part)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._target(node.target)

    def _augmented(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if not isinstance(node.target, ast.Name):
            self._target(node.target)
        elif not self._locals:
            name = node.target.id
            self._read(name)
            for names in ("assigned", "augmented", "stored", "touched"):
                getattr(self.syntax, names).add(name)

    def _delete(self, node: ast.Delete) -> None:
        for target in _parts(node.targets):
            self._target(target)

    # -- blocks ----------------------------------------------------------------------------------

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._touch(node.iter)
        for part in _parts([node.target]):
            self._target(part)
            if isinstance(part, ast.Name) and not self._locals:
                self.syntax.loops.add(part.id)
        self._block(node.body, node.target)
        self._block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.visit(node.test)
        self._block(node.body)
        self._block(node.orelse)

    def _if(self, node: ast.If) -> None:
        self.visit(node.test)
        self._sure |= self._block(node.body) & self._block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        bound = []
        for item in node.items:
            self.visit(item.context_expr)
            self._touch(item.context_expr)
            if item.optional_vars is not None:
                bound.append(item.optional_vars)
        for part in _parts(bound):
            self._target(part)
        self._sure |= self._block(node.body, *bound)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        behind = self._block([*node.body, *node.orelse])
        for handler in node.handlers:
            if handler.type is not None:
                self.visit(handler.type)
            named = [ast.Name(handler.name, ast.Store())] if handler.name else []
            behind &= self._block(handler.body, *named)
        self._sure |= behind
        for child in node.finalbody:
            self.statement(child)

    def _match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        self._touch(node.subject)
        for case in node.cases:
            self.visit(case.pattern)  # values and classes that are compared with
            names = [
                name
                for each in ast.walk(case.pattern)
                for name in (getattr(each, "name", None), getattr(each, "rest", None))
                if name
            ]
            bound = [ast.Name(name, ast.Store()) for name in names]
            for part in bound:
                self._target(part)
            guard = [ast.Expr(case.guard)] if case.guard is not None else []
            self._block([*guard, *case.body], *bound)

    # -- calls -----------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else ""
        name = called.id if isinstance(called, ast.Name) else name
        self._see_fit(called)
        self.visit(called)
        is_look = name in _LOOKING and isinstance(called, ast.Name)
        if not is_look:
            self._touch(called)
            self._handed += 1
        for argument in node.args:
            self.visit(argument)
        for word in node.keywords:
            self.visit(word.value)
        self._handed -= not is_look
        if name in ("exec", "eval") and isinstance(called, ast.Name):
            self._see_code(node.args[0] if node.args else None)
        elif name in ("run_line_magic", "run_cell_magic", "system", "getoutput"):
            given = (each.value for each in node.args if isinstance(each, ast.Constant))
            self._see_magic(name, [text for text in given if isinstance(text, str)])
        elif name in _DYNAMIC:
            self.syntax.is_dynamic = True

    def _see_fit(self, called: ast.expr) -> None:
        match called:
            case ast.Attribute(attr=name) if name in FITTING_METHODS or name in FITTING_FUNCTIONS:
                self.syntax.fits = True
            case ast.Attribute(ast.Name("xgb" | "xgboost" | "lgb" | "lightgbm"), "train" | "cv"):
                self.syntax.fits = True
            case ast.Name(name) if name in FITTING_FUNCTIONS:
                self.syntax.fits = True

    def _see_code(self, code: ast.expr | None) -> None:
        """Code in a text that is handed to `exec`, `eval` or a magic."""
        if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
            self.syntax.is_dynamic = True
            return
        try:
            inner = ast.parse(code.value)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            self.syntax.mentions |= set(_WORD.findall(code.value))
            return
        self._block(inner.body)

    def _see_magic(self, kind: str, texts: list[str]) -> None:
        if kind.startswith("run_") and texts and texts[0] in _CODE_MAGICS:
            self._see_code(ast.Constant(texts[-1]))
        elif kind == "run_line_magic" and texts and texts[0] == "run":
            self.syntax.is_dynamic = True
        else:
            for text in texts[1:] if kind.startswith("run_") else texts:
                self.syntax.mentions |= set(_WORD.findall(text))

    # -- scopes ----------------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._decorators(node)
        self._signature(node.args)
        if node.returns is not None:
            self.visit(node.returns)

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
            self._touch(decorator)

    def _signature(self, arguments: ast.arguments) -> None:
        """What a definition evaluates itself: the defaults and annotations of its arguments."""
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            self.visit(default)
        for argument in _arguments(arguments):
            if argument.annotation is not None:
                self.visit(argument.annotation)

    def _lambda(self, node: ast.Lambda) -> None:
        self._signature(node.args)
        self._locals.append({argument.arg for argument in _arguments(node.args)})
        self.visit(node.body)
        self._locals.pop()

    def _class(self, node: ast.ClassDef) -> None:
        self._decorators(node)
        for child in (*node.bases, *(word.value for word in node.keywords)):
            self.visit(child)
        self._locals.append(_bound_in(node.body))
        for statement in node.body:
            self.visit(statement)
        self._locals.pop()

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        targets = [generator.target for generator in node.generators]
        bound = {part.id for part in _parts(targets) if isinstance(part, ast.Name)}
        for number, generator in enumerate(node.generators):
            self.visit(generator.iter)
            self._touch(generator.iter)
            if not number:
                self._locals.append(bound)
            for condition in generator.ifs:
                self.visit(condition)
        for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            self.visit(part)
        self._locals.pop()


_VISITS: dict[type[ast.AST], Callable[[Scan, Any], None]] = {
    ast.AnnAssign: Scan._annotated,
    ast.Assign: Scan._assign,
    ast.AsyncFor: Scan._for,
    ast.AsyncFunctionDef: Scan._function,
    ast.AsyncWith: Scan._with,
    ast.Attribute: lambda names, node: names.visit(node.value),
    ast.AugAssign: Scan._augmented,
    ast.Call: Scan._call,
    ast.ClassDef: Scan._class,
    ast.Constant: lambda names, node: None,
    ast.Delete: Scan._delete,
    ast.DictComp: Scan._comprehension,
    ast.For: Scan._for,
    ast.FunctionDef: Scan._function,
    ast.GeneratorExp: Scan._comprehension,
    ast.If: Scan._if,
    ast.Lambda: Scan._lambda,
    ast.ListComp: Scan._comprehension,
    ast.Match: Scan._match,
    ast.Name: Scan._name,
    ast.SetComp: Scan._comprehension,
    ast.Try: Scan._try,
    ast.TryStar: Scan._try,
    ast.While: Scan._while,
    ast.With: Scan._with,
}


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    rest = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


def _bound_in(body: list[ast.stmt]) -> set[str]:
    """The names that the body of a class binds."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            found |= _imported(statement)
        else:
            nodes = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
            found |= {each.id for each in nodes if isinstance(each.ctx, ast.Store)}
    return found
