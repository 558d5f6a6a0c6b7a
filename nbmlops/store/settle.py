"""Facts into tables, in one open transaction: rows that are new are added, the later word holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from nbmlops.store.database import Session
from nbmlops.store.facts import Facts, RunRow, fold_moves

__all__ = ["load_rows", "move_monitor", "save_rows", "settle", "upsert"]

COPY_FROM = 64  # rows from which COPY into a temporary table is faster on PostgreSQL
STAMP = ("at", "writer_id", "seq")
ROW_COLUMNS = tuple(column.name for column in fields(RunRow))
COLUMNS = {
    "params": ("text", "number", "exact", "source"),
    "metrics": ("value", "form", "origin"),
    "tags": ("text", "exact"),
    "artifacts": ("digest", "size_bytes", "media_type", "kind"),
    "details": ("body",),
}
_known_sql: dict[tuple[str, ...], str] = {}


def settle(session: Session, facts: Facts) -> int:
    """The number of rows written for these facts."""
    if facts.environments:
        upsert(
            session,
            "environments",
            ("digest", "body"),
            ("digest",),
            list(facts.environments.items()),
        )
    for name, moved in facts.monitors.items():
        move_monitor(session, name, moved)
    runs = facts.runs
    if not runs:
        return len(facts.environments) + len(facts.monitors)
    rows = load_rows(session, runs)
    keys = {run: row.id for run, row in rows.items()}
    for run, row in rows.items():
        fold_moves(row, facts.moves.get(run, ()))
        row.last_at = max(facts.last_at[run], row.last_at or facts.last_at[run])
        if row.purged_at is not None:
            row.forget()
    save_rows(session, rows.values())
    gone = {run for run, row in rows.items() if row.purged_at is not None}
    names = name_keys(session, facts.names | {point[1] for point in facts.points})
    written = len(runs) + len(facts.environments)
    for table in ("params", "metrics", "tags", "artifacts"):
        found = [
            (keys[run], names[name], *row)
            for (run, name), (_, row) in getattr(facts, table).items()
            if run not in gone
        ]
        key = ("run_id", "name_id")
        upsert(session, table, (*key, *COLUMNS[table], *STAMP), key, found, newer=True)
        written += len(found)
    details = [
        (keys[run], subject, *row)
        for (run, subject), (_, row) in facts.details.items()
        if run not in gone
    ]
    key = ("run_id", "subject")
    upsert(session, "details", (*key, "body", *STAMP), key, details, newer=True)
    seen = [
        (keys[run], subject, data_key, made)
        for run, data_key, made, subject in facts.seen_data
        if run not in gone
    ]
    columns = ("run_id", "subject", "key", "made")
    upsert(session, "seen_data", columns, columns, seen)
    points = [
        (keys[run], names[name], *rest) for run, name, *rest in facts.points if run not in gone
    ]
    key4 = ("run_id", "name_id", "writer_id", "seq")
    upsert(session, "points", (*key4, "step", "value", "form", "at"), key4, points)
    warnings = [(keys[run], *rest) for run, *rest in facts.warnings if run not in gone]
    key3 = ("run_id", "writer_id", "seq")
    upsert(session, "warnings", (*key3, "at", "code", "message"), key3, warnings)
    for run in facts.purged:
        clear(session, keys[run])
    return written + len(details) + len(points) + len(warnings)


def move_monitor(session: Session, name: str, row: Sequence[Any]) -> bool:
    """Set the row of a monitor where its revision is a later one; True where it was."""
    columns = ("revision", "body", "state_digest", "reference_digest", "removed_at", "moved_at")
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return bool(
        session.run(
            f"INSERT INTO monitors (name, {', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?, ?) "
            f"ON CONFLICT (name) DO UPDATE SET {changed} "
            "WHERE excluded.revision > monitors.revision",
            (name, *row),
        )
    )


def load_rows(session: Session, runs: Sequence[str]) -> dict[str, RunRow]:
    """The rows of these runs, made where there are none."""
    query = f"SELECT {','.join(ROW_COLUMNS)} FROM runs WHERE run IN (*)"
    rows = {row[1]: RunRow(*row) for row in session.within(query, runs)}
    missing = [run for run in runs if run not in rows]
    if missing:
        session.many(
            "INSERT INTO runs (run) VALUES (?) ON CONFLICT (run) DO NOTHING",
            [(run,) for run in missing],
        )
        rows.update({row[1]: RunRow(*row) for row in session.within(query, missing)})
    return rows


def save_rows(session: Session, rows: Iterable[RunRow]) -> None:
    """Write rows of `runs` back."""
    columns = ROW_COLUMNS[2:]
    session.many(
        f"UPDATE runs SET {','.join(f'{column} = ?' for column in columns)} WHERE id = ?",
        [(*astuple(row)[2:], row.id) for row in rows],
    )


def name_keys(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The keys of these names, made where there are none."""
    wanted = sorted(names)
    query = "SELECT name, id FROM names WHERE name IN (*)"
    known: dict[str, int] = dict(map(tuple, session.within(query, wanted)))
    missing = [name for name in wanted if name not in known]
    if missing:
        session.many(
            "INSERT INTO names (name) VALUES (?) ON CONFLICT (name) DO NOTHING",
            [(name,) for name in missing],
        )
        known.update(map(tuple, session.within(query, missing)))
    return known


def clear(session: Session, run_id: int) -> None:
    """Remove everything that a purged run had; its row stays, so that nothing brings it back."""
    named = ("params", "metrics", "tags", "artifacts")
    for table in (*named, "details", "seen_data", "points", "warnings"):
        session.run(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))


def upsert(
    session: Session,
    table: str,
    columns: tuple[str, ...],
    key: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    newer: bool = False,
) -> None:
    """Insert rows; where the key is there, leave it, or with `newer` take the later stamp."""
    if not rows:
        return
    if session.is_sqlite or len(rows) < COPY_FROM:
        session.many(
            _insert(table, columns, key, newer, f"VALUES ({','.join('?' * len(columns))})"), rows
        )
        return
    stage = f"stage_{table}"
    session.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {stage} (LIKE {table} INCLUDING DEFAULTS) "
        "ON COMMIT DELETE ROWS"
    )
    raw: Any = session.connection.connection.dbapi_connection
    with (
        raw.cursor() as cursor,
        cursor.copy(f"COPY pg_temp.{stage} ({','.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    source = f"SELECT {','.join(columns)} FROM pg_temp.{stage}"
    session.run(_insert(table, columns, key, newer, source))
    session.run(f"TRUNCATE pg_temp.{stage}")


def _insert(
    table: str, columns: tuple[str, ...], key: tuple[str, ...], newer: bool, source: str
) -> str:
    about = (table, source, str(newer))
    if about in _known_sql:
        return _known_sql[about]
    sql = f"INSERT INTO {table} ({','.join(columns)}) {source} ON CONFLICT ({','.join(key)}) DO "
    if not newer:
        sql += "NOTHING"
    else:
        changed = [column for column in columns if column not in key]
        sql += "UPDATE SET " + ", ".join(f"{column} = excluded.{column}" for column in changed)
        writer = "(SELECT w.writer FROM writers w WHERE w.id = {}.writer_id)"
        sql += (
            f" WHERE excluded.at > {table}.at OR (excluded.at = {table}.at AND "
            f"(excluded.writer_id = {table}.writer_id AND excluded.seq >= {table}.seq "
            f"OR excluded.writer_id <> {table}.writer_id AND "
            f"{writer.format('excluded')} > {writer.format(table)}))"
        )
    _known_sql[about] = sql
    return sql
