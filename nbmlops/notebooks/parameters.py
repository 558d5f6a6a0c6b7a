"""A notebook's parameters: what its `parameters` cell declares, and values checked against it.

The cell is the declaration: names, types (from the annotation, else from the default), defaults,
and the comment behind each. Everything is checked before a kernel starts: papermill itself takes
any name, even one that is a program, and any value.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.redaction import MARK, hides, redact_head
from nbmlops.errors import InvalidNotebookError, InvalidOptionError, InvalidParameterError
from nbmlops.notebooks.annotations import classes_in, type_of_annotation, type_of_value
from nbmlops.notebooks.value_types import ANY, TwiceError, Type, normalize

__all__ = ["Parameter", "declared", "parse", "validate", "written"]

_MAGIC = re.compile(r"^(\s*)[%!?]")
_TYPE_COMMENT = re.compile(r"^type:\s*(?P<type>[^#]+?)\s*(?:$|#\s*(?P<help>.*)$)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: name, type as text, default, whether it has to be given, and help."""

    name: str
    type: str
    default: Any
    required: bool
    help: str
    source: str  # the default as written; the only form of one that is not a literal
    _type: Type = field(default=ANY, repr=False, compare=False)
    _annotated: bool = field(default=True, repr=False, compare=False)

    @property
    def has_default(self) -> bool:
        """True where the default is a literal, so that its value is known without a kernel."""
        return not self.required and (self.default is not None or self.source == "None")


def declared(notebook: str, source: str | None) -> list[Parameter]:
    """The parameters that the source of a `parameters` cell declares, in their order.

    >>> [(p.name, p.type, p.default, p.help) for p in declared("n", "lr: float = 0.1  # the rate")]
    [('lr', 'float', 0.1, 'the rate')]
    """
    if source is None:
        return []
    # Magics are not Python; the lines stay, so that numbers in messages are right.
    plain = "\n".join(_MAGIC.sub(r"\1pass #", line) for line in source.splitlines())
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        line = getattr(exc, "lineno", None) or 1
        problem = getattr(exc, "msg", None) or str(exc)
        raise InvalidNotebookError(
            notebook, f"line {line} of its parameters cell is not Python ({problem})"
        ) from None
    comments, classes = _comments(plain), classes_in(tree.body)
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        for name, annotation, value in _bindings(statement):
            if not _is_dunder(name):
                comment = comments.get(statement.end_lineno or 0, "")
                found[name] = _parameter(name, annotation, value, comment, classes)
    return list(found.values())


def _bindings(
    statement: ast.stmt,
) -> Iterable[tuple[str, ast.expr | None, ast.expr | None]]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            yield name, annotation, value
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, None, value
                elif isinstance(target, (ast.Tuple, ast.List)):
                    values: list[ast.expr | None] = [None] * len(target.elts)
                    if isinstance(value, (ast.Tuple, ast.List)) and (
                        len(value.elts) == len(target.elts)
                    ):
                        values = list(value.elts)
                    for element, one in zip(target.elts, values, strict=True):
                        if isinstance(element, ast.Name):
                            yield element.id, None, one or ast.Constant(value=...)


def _parameter(
    name: str,
    annotation: ast.expr | None,
    value: ast.expr | None,
    comment: str,
    classes: Mapping[str, Type],
) -> Parameter:
    is_evaluated = annotation is not None
    if annotation is None and (match := _TYPE_COMMENT.match(comment)):
        try:
            annotation = ast.parse(match["type"], mode="eval").body
            comment = match["help"] or ""
        except SyntaxError:
            pass
    default: Any = None
    if value is not None:
        try:
            default = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            default = None
    if annotation is not None:
        kind = type_of_annotation(annotation, classes, is_evaluated=is_evaluated)
        if isinstance(value, ast.Constant) and value.value is None and not kind.accepts(None):
            kind = Type("union", (kind, Type("none")))  # x: int = None means Optional[int]
        shown = str(kind) if kind is not ANY else ast.unparse(annotation)
    else:
        kind = type_of_value(default)
        shown = str(kind)
    try:
        default = normalize(kind.plain(default))
    except (ValueError, RecursionError):
        default = None
    text = "" if value is None else ast.unparse(value)
    return Parameter(
        name, shown, default, value is None, comment, text, kind, annotation is not None
    )


def _comments(source: str) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string.lstrip("#").strip()
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _is_dunder(name: str) -> bool:
    return name.startswith("__")


def validate(
    notebook: str, parameters: Iterable[Parameter], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The given values, checked and in exactly the types that arrive equal in a kernel.

    Raises InvalidParameterError for a name that is no name or not declared, for a value of
    another type, and for a parameter without default that was not given.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for name, one in given.items():
        parameter = _declared(notebook, by_name, name)
        try:
            value = normalize(parameter._type.plain(one))
        except ValueError as exc:
            raise InvalidParameterError(notebook, name, str(exc), known=list(by_name)) from None
        except RecursionError:
            raise InvalidParameterError(
                notebook, name, "it holds itself", known=list(by_name)
            ) from None
        if not parameter._type.accepts(value):
            raise _ill_typed(notebook, parameter, repr(value), type(value).__name__)
        values[name] = value
    missing = [one.name for one in by_name.values() if one.required and one.name not in values]
    if missing:
        raise InvalidParameterError(
            notebook, missing[0], "it has no default and was not given", known=list(by_name)
        )
    return {name: values[name] for name in by_name if name in values}


def parse(notebook: str, parameters: Iterable[Parameter], pairs: Iterable[str]) -> dict[str, Any]:
    """The values of `NAME=VALUE` texts from a terminal or a magic, read by the declared types."""
    by_name = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InvalidOptionError("-p", f"{pair!r} is not NAME=VALUE")
        name = name.strip()
        parameter = _declared(notebook, by_name, name)
        if name in values:
            raise InvalidParameterError(notebook, name, "it is given twice", known=list(by_name))
        try:
            value = normalize(parameter._type.parse(text))
        except TwiceError as exc:
            raise InvalidParameterError(notebook, name, str(exc), known=[name]) from None
        except (ValueError, RecursionError):
            raise _ill_typed(notebook, parameter, repr(text), "") from None
        if not parameter._type.accepts(value):
            raise _ill_typed(notebook, parameter, repr(text), "")
        values[name] = value
    return values


def written(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> dict[str, str]:
    """The code of those values that are no plain ones in the kernel, as a date or a path."""
    return {
        one.name: one._type.written(values[one.name])
        for one in parameters
        if one.name in values and one._type.is_made()
    }


def _declared(notebook: str, by_name: Mapping[str, Parameter], name: Any) -> Parameter:
    known = list(by_name)
    if not isinstance(name, str):
        raise InvalidParameterError(notebook, repr(name)[:80], "a name has to be a text")
    shown = name if len(name) <= 80 else redact_head(name, 79) + "…"
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InvalidParameterError(notebook, shown, "it is not a Python name", known=known)
    if _is_dunder(name):
        raise InvalidParameterError(notebook, shown, "names with two underscores are reserved")
    if name not in by_name:
        problem = (
            "there is no such parameter"
            if by_name
            else "the notebook declares none; tag the cell that sets them with `parameters`"
        )
        raise InvalidParameterError(notebook, shown, problem, known=known)
    return by_name[name]


def _ill_typed(
    notebook: str, parameter: Parameter, shown: str, given: str
) -> InvalidParameterError:
    text = redact_head(shown, 60) + ("…" if len(shown) > 60 else "")
    if hides(parameter.name, shown):
        text = MARK
    of_type = f" of type {given}" if given else ""
    problem = f"{text}{of_type} is not {parameter.type}"
    error = InvalidParameterError(notebook, parameter.name, problem, known=[parameter.name])
    if not parameter._annotated:
        error.hint = (
            f"Its type follows from the default {parameter.source}; "
            f"annotate it in the parameters cell to allow another."
        )
    return error
