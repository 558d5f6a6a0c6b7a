"""Workspaces of earlier schemas, as the versions before made them, and what a schema looks like."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from nbmlops.store import tables

__all__ = ["SCHEMAS", "layout", "set_back"]

SCHEMAS = Path(__file__).parent / "schemas"


def set_back(store, schema: int) -> None:
    """Give the tables of a store an earlier schema, with what they hold of it."""
    kind = "sqlite" if store.database.is_sqlite else "postgresql"
    made = (SCHEMAS / f"{schema}.{kind}.sql").read_text("utf-8")
    names = [table.name for table in tables.metadata.sorted_tables]
    if store.database.is_sqlite:
        with store.database.autocommit() as session:
            session.run("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        path = store.database.path
        newer = path.rename(path.with_name("newer.db"))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(made)
            connection.execute("ATTACH ? AS newer", (str(newer),))
            for name in names:
                found = connection.execute(f"PRAGMA main.table_info({name})").fetchall()
                if not found:  # a table that came later
                    continue
                columns = ",".join(row[1] for row in found)
                connection.execute(f"INSERT INTO {name} SELECT {columns} FROM newer.{name}")
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(schema),))
            connection.execute("DETACH newer")
            connection.execute("PRAGMA journal_mode=WAL")
        newer.unlink()
        return
    with store.database.write() as session:
        session.run("ALTER SCHEMA nbmlops RENAME TO newer")
        session.run("CREATE SCHEMA nbmlops")
        for statement in made.split(";\n"):
            if statement.strip():
                session.run(statement)
        for name in names:
            found = session.rows(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = 'nbmlops' AND table_name = ?",
                (name,),
            )
            if not found:  # a table that came later
                continue
            columns = ",".join(row[0] for row in found)
            session.run(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM newer.{name}")
            if ("id",) in [tuple(row) for row in found]:
                session.value(
                    f"SELECT setval(pg_get_serial_sequence('nbmlops.{name}', 'id'), "
                    f"(SELECT coalesce(max(id), 1) FROM {name}))"
                )
        session.run("UPDATE meta SET value = ? WHERE key = 'schema'", (str(schema),))
        session.run("DROP SCHEMA newer CASCADE")
    store.close()


def layout(store) -> dict[str, set]:
    """Columns and indexes of every table, as the database tells them."""
    with store.database.read() as session:
        if session.is_sqlite:
            indexes = session.rows(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
            )
            found = {
                table.name: {
                    tuple(row[1:]) for row in session.rows(f"PRAGMA table_info({table.name})")
                }
                for table in tables.metadata.sorted_tables
            }
        else:
            indexes = session.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'nbmlops'")
            found = {
                table.name: {
                    tuple(row)
                    for row in session.rows(
                        "SELECT column_name, data_type, is_nullable, collation_name "
                        "FROM information_schema.columns "
                        "WHERE table_schema = 'nbmlops' AND table_name = ?",
                        (table.name,),
                    )
                }
                for table in tables.metadata.sorted_tables
            }
    return {**found, "indexes": {re.sub(r"\s+", " ", row[0]) for row in indexes}}
