"""Rows of somebody else's database, by a query: what a monitor may watch beside files.

The query runs in a transaction that may read and nothing else, and no address with a password in it
is kept: such an address stands in an environment variable, whose name is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from nbmlops.errors import InvalidDataError, InvalidOptionError, MissingPackageError
from nbmlops.settings import without_password

__all__ = ["database_address", "is_query", "query_tables"]

FETCHED_ROWS = 50_000
_QUERY = re.compile(r"(?is)\s*(select|with)\b.*")
VARIABLE = "env:"


def is_query(source: str) -> bool:
    """True for a SELECT and not a path.

    >>> is_query("SELECT * FROM sales"), is_query("logs/*.parquet")
    (True, False)
    """
    return _QUERY.fullmatch(source) is not None


def database_address(database: str) -> str:
    """The address of a database as it was given, or that of the variable that it names.

    Raises InvalidOptionError for one with a password in it, and for a variable that is not set.
    """
    if database.startswith(VARIABLE):
        name = database.removeprefix(VARIABLE)
        address = os.environ.get(name, "")
        if not address:
            problem = f"the environment variable {name!r} is not set"
            raise InvalidOptionError("database", problem)
        return address
    if without_password(database) != database:
        hint = "Put it into an environment variable and give env:NAME."
        raise InvalidOptionError("database", "it holds a password, which would be kept", hint=hint)
    return database


def query_tables(database: str, query: str, after: float | None) -> Iterator[Any]:
    """The rows of a query as frames; `:after` in it is the time of the latest row known, in UTC.

    Raises InvalidDataError with what the database said, without the password of its address.
    """
    import pandas as pd
    import sqlalchemy as sa
    from sqlalchemy import exc

    address = database_address(database)
    shown = without_password(address)
    try:
        engine = sa.create_engine(address)
    except exc.ArgumentError:
        raise InvalidOptionError("database", f"{shown!r} is no address of a database") from None
    except ModuleNotFoundError as problem:
        raise MissingPackageError(str(problem.name), f"Reading {shown}", "postgres") from None
    is_sqlite = engine.dialect.name == "sqlite"
    moment = datetime.fromtimestamp(after if after is not None else 0, UTC).replace(tzinfo=None)
    values = {"after": str(moment) if is_sqlite else moment} if ":after" in query else {}
    try:
        with engine.connect() as connection:
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA query_only = ON")
            elif engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            result = connection.execution_options(stream_results=True).execute(
                sa.text(query), values
            )
            names = list(result.keys())
            while rows := result.fetchmany(FETCHED_ROWS):
                yield pd.DataFrame([tuple(row) for row in rows], columns=names)
            connection.rollback()
    except exc.SQLAlchemyError as problem:
        said = " ".join(str(getattr(problem, "orig", None) or problem).split())[:200].rstrip(".")
        said = said.replace(address, shown)
        raise InvalidDataError(shown, f"the query failed ({said})") from None
    finally:
        engine.dispose()
