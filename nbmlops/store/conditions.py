"""The tree of a filter as SQLAlchemy expressions on `runs`; all values are bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table

from nbmlops.store import tables
from nbmlops.store.filters import ATTRIBUTES, Both, Either, Key, Node, Not, Term
from nbmlops.store.numbers import EXACT, as_number, bounded, to_columns

__all__ = ["TABLES", "condition", "keys_of", "on_row"]

TABLES: Mapping[str, Table] = {
    "metric": tables.metadata.tables["metrics"],
    "param": tables.metadata.tables["params"],
    "tag": tables.metadata.tables["tags"],
}
OPERATORS: Mapping[str, Any] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
}


def keys_of(node: Node | None) -> set[Key]:
    """Every key that a tree speaks of."""
    if node is None:
        return set()
    if isinstance(node, Term):
        return {node.key}
    if isinstance(node, Not):
        return keys_of(node.part)
    return {key for part in node.parts for key in keys_of(part)}


def condition(
    node: Node,
    names: Mapping[str, int],
    *,
    is_sqlite: bool,
    run_id: ColumnElement[Any] = tables.runs.c.id,
) -> ColumnElement[bool]:
    """What a row of `runs` has to satisfy; parts that ask nothing of it need only its `run_id`."""
    if isinstance(node, (Both, Either, Not)):
        parts = (node.part,) if isinstance(node, Not) else node.parts
        said = [condition(part, names, is_sqlite=is_sqlite, run_id=run_id) for part in parts]
        if isinstance(node, Not):
            return sa.not_(said[0])
        return sa.and_(*said) if isinstance(node, Both) else sa.or_(*said)
    if node.key.group == "attribute":
        return _attribute(node, is_sqlite=is_sqlite)
    name_id = names.get(node.key.name)
    if name_id is None:  # no run has it
        return sa.true() if node.operator == "null" else sa.false()
    table = TABLES[node.key.group]
    there = sa.and_(table.c.run_id == run_id, table.c.name_id == name_id)
    if node.operator == "null":
        present: ColumnElement[bool] = sa.true()
        if node.key.group == "tag":
            present = table.c.text.is_not(None)
        if node.key.group == "param":  # a parameter that is None is null as well
            present = sa.or_(table.c.exact.is_(None), table.c.exact != "null")
        return sa.not_(sa.exists().where(there, present))
    return sa.exists().where(there, on_row(node, table, is_sqlite=is_sqlite))


def on_row(term: Term, table: Any, *, is_sqlite: bool) -> ColumnElement[bool]:
    """What the row of the term's name has to satisfy in its table."""
    if term.operator == "in":
        parts = (Term(term.key, "=", value, term.position) for value in term.value)
        return sa.or_(*(on_row(part, table, is_sqlite=is_sqlite) for part in parts))
    if term.key.group == "metric":
        return _metric(term, table)
    if term.operator in ("like", "ilike"):
        return _like(table.c.text, term, is_sqlite=is_sqlite)
    compare = OPERATORS[term.operator]
    if term.key.group == "param":
        if isinstance(term.value, bool):
            said = sa.and_(table.c.text.in_([str(term.value), str(term.value).lower()]))
            if term.operator == "=":
                return said
            return sa.not_(said) if term.operator == "!=" else sa.false()
        number = as_number(term.value)
        if number is not None:
            if term.operator == "!=":
                return sa.or_(table.c.number.is_(None), table.c.number != number)
            same: ColumnElement[bool] = compare(table.c.number, number)
            return same
    # No IS NOT NULL beside a comparison: with statistics, SQLite walks along that instead.
    found: ColumnElement[bool] = compare(table.c.text, bounded(str(term.value)))
    return found


def _metric(term: Term, table: Any) -> ColumnElement[bool]:
    value, _ = to_columns(term.value)
    compare = OPERATORS[term.operator]
    if value is None:  # NaN equals NaN here, because that is what people look for
        same = table.c.form == "nan"
        return same if term.operator == "=" else sa.not_(sa.func.coalesce(same, sa.false()))
    if term.operator == "!=":
        return sa.or_(table.c.value.is_(None), table.c.value != value)
    found = sa.and_(table.c.value.is_not(None), compare(table.c.value, value))
    if term.operator == "=" and math.isfinite(value) and abs(value) >= EXACT:
        # Several integers share this double; the form tells them apart.
        whole = to_columns(int(term.value))[1]
        return sa.and_(found, sa.or_(table.c.form.is_(None), table.c.form == whole))
    return found


def _attribute(term: Term, *, is_sqlite: bool) -> ColumnElement[bool]:
    column = tables.runs.c[ATTRIBUTES[term.key.name][0]]
    if term.operator == "null":
        return column.is_(None)
    if term.operator in ("like", "ilike"):
        if term.key.name == "experiment":  # as it was written, not its key
            column = tables.runs.c.experiment
        found = _like(column, term, is_sqlite=is_sqlite)
    elif term.operator == "in":
        found = column.in_(term.value)
    else:
        value = term.value
        if column.name == "duration_seconds":
            value = to_columns(value)[0]
        found = OPERATORS[term.operator](column, value)
    return sa.and_(column.is_not(None), found)


def _like(column: ColumnElement[Any], term: Term, *, is_sqlite: bool) -> ColumnElement[bool]:
    if term.operator == "like":
        return column.like(term.value, escape="\\")
    if is_sqlite:  # its own lower() knows ASCII only
        lowered = sa.func.nbmlops_lower(column)
        return lowered.like(term.value.lower(), escape="\\")
    # The columns compare by code point, where letters beyond ASCII have no other case.
    return sa.collate(column, "default").ilike(sa.literal(term.value, sa.Text()), escape="\\")
