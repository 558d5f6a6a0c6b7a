"""Code against the first run's: what differs, and whether only in values that are parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from nbmlops.comparison.records import CodeVariant
from nbmlops.comparison.values import is_seed
from nbmlops.records import Run

__all__ = ["code_of", "compare_code", "read_code"]

MOST_LINES = 4000  # beyond, comparing line by line takes longer than anybody reads
DIFF_LINES = 400
_TRACK = re.compile(r"^\s*%{1,2}track\b[^\n]*(?:\n|\Z)", re.MULTILINE)
_MAGIC = re.compile(r"^([ \t]*)([%!][^\n]*|[^\n#'\"]*\?)$", re.MULTILINE)
_ASSIGNED = re.compile(r"^([ \t]*[\w.,* \t\[\]]+=[ \t]*)([%!][^\n=][^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    """One run's code: its text, its form without comments and layout, and without parameters."""

    text: str
    form: str
    shape: str


def code_of(run: Run) -> str | None:
    """The code that ran, without track lines: those are recorded by themselves."""
    if run.cell is None:
        return None
    return _TRACK.sub("", run.cell.source).strip("\n")


def read_code(text: str) -> ast.Module | None:
    """The syntax tree, with the lines of other magics as texts; None where it is not Python."""
    plain = _ASSIGNED.sub(lambda match: f"{match[1]}{match[2]!r}", text)
    plain = _MAGIC.sub(lambda match: f"{match[1]}{match[2]!r}", plain)
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def compare_code(runs: Sequence[Run]) -> tuple[CodeVariant, ...]:
    """The variants of the code in the order in which they were met; the first run's is first."""
    params = {name for run in runs for name in run.params}
    texts = [code_of(run) for run in runs]
    users: dict[str | None, list[str]] = {}
    for run, text in zip(runs, texts, strict=True):
        users.setdefault(text, []).append(run.id)
    first = texts[0]
    base = _code(first, params) if first is not None else None
    return tuple(_variant(first, base, text, ids, params) for text, ids in users.items())


def _variant(
    first: str | None, base: Code | None, text: str | None, ids: list[str], params: set[str]
) -> CodeVariant:
    if text is None or first is None or base is None:
        return CodeVariant(tuple(ids), "missing")
    if text == first:
        return CodeVariant(tuple(ids), "same")
    code = _code(text, params)
    state = "differs"
    if code.form and code.form == base.form:
        state = "formatting"
    elif code.shape and code.shape == base.shape:
        state = "parameters"
    added, removed, diff = _diff(first, text)
    return CodeVariant(tuple(ids), state, added, removed, diff)


def _code(text: str, params: set[str]) -> Code:
    tree = read_code(text)
    if tree is None:
        return Code(text, "", "")
    form = ast.dump(tree)
    return Code(text, form, ast.dump(_Shape(params).visit(tree)))


class _Shape(ast.NodeTransformer):
    """Takes the values of parameters and seeds out: their own comparisons tell them better."""

    def __init__(self, params: set[str]) -> None:
        self._params = params

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if all(isinstance(each, ast.Name) and each.id in self._params for each in node.targets):
            if _is_literal(node.value):
                node.value = ast.Constant(None)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and node.target.id in self._params:
            if node.value is not None and _is_literal(node.value):
                node.value = ast.Constant(None)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        for word in node.keywords:
            if word.arg and is_seed(word.arg) and _is_literal(word.value):
                word.value = ast.Constant(None)
        return node


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _diff(first: str, other: str) -> tuple[int, int, str]:
    """Lines added, lines removed, and the unified diff, cut where it is very long."""
    old, new = first.splitlines(), other.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        text = f"[… {len(old):,} and {len(new):,} lines are too many to compare one by one …]"
        return 0, 0, text
    lines = list(unified_diff(old, new, lineterm="", n=2))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    if len(lines) > DIFF_LINES:
        lines = [*lines[:DIFF_LINES], f"[… {len(lines) - DIFF_LINES:,} more lines …]"]
    return added, removed, "\n".join(lines)
