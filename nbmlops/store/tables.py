"""The tables, as SQLAlchemy Core sees them; the same on SQLite and PostgreSQL.

What a run is stands in `runs`, one row each, under an integer key; what it has stands in tables of
(run, name), with the latest value and the stamp (time, writer, sequence) of the record that said
it, so that records may arrive in any order. `points` keeps every point of every metric; its key
holds writer and sequence, which is why a record that is drained twice adds nothing.

Numbers are kept exactly: `value` is what databases compare and sort by (NULL for NaN), `form` says
how to get the very number back (see `numbers.py`). `text` of parameters and tags is bounded, for
the indexes; `exact` holds the value where `text` is not all of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

__all__ = ["SCHEMA_VERSION", "metadata", "monitors", "runs"]

SCHEMA_VERSION = 4

metadata = MetaData()

Key = BigInteger().with_variant(Integer(), "sqlite")
Words = Text().with_variant(Text(collation="C"), "postgresql")  # both databases sort by code point


def _text(name: str, **options: object) -> Column[str]:
    return Column(name, Words, **options)  # type: ignore[arg-type]


def _int(name: str, **options: object) -> Column[int]:
    return Column(name, BigInteger, **options)  # type: ignore[arg-type]


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


meta = Table("meta", metadata, _text("key", primary_key=True), _text("value", nullable=False))

writers = Table(
    "writers",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    _text("writer", nullable=False, unique=True),
    _text("state", nullable=False, server_default="open"),  # open, closed, dead
    _text("host"),
    _text("boot"),
    _int("pid"),
    _text("process_started"),
    _text("user_name"),
    _text("version"),
    _text("parent"),
    _count("file_offset"),
    _int("last_seq", nullable=False, server_default="-1"),
    _count("record_count"),
    _count("bad_count"),
    _count("bad_bytes"),
    _count("torn_bytes"),
    _count("future_count"),
    _count("quarantined_count"),
    _int("last_at"),
    _count("seen_at"),  # seconds by the database's clock: the lease of a writer on another host
    Index("writers_open", "state"),
)

names = Table(
    "names",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    _text("name", nullable=False, unique=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    _text("run", nullable=False, unique=True),
    _text("name"),
    _text("name_stamp"),
    _text("experiment"),  # NULL until the run's start was seen: such a run is not shown
    _text("experiment_key"),  # what makes two spellings one experiment, see facts.key_of
    _text("kind"),
    _text("status", nullable=False, server_default="running"),
    _int("started_at"),
    _text("start_stamp"),
    _int("ended_at"),
    _text("end_stamp"),
    Column("end_duration", Double),
    Column("duration_seconds", Double),
    _text("reason"),
    _text("parent"),
    _text("user_name"),
    _text("host"),
    _text("notebook"),
    _int("deleted_at"),
    _text("deleted_stamp"),
    _int("purged_at"),
    _int("owner"),
    _text("owner_stamp"),
    _int("last_at"),
    Index("runs_started", "started_at", "id"),
    Index("runs_experiment", "experiment_key", "started_at", "id"),
    Index("runs_spelling", "experiment"),
    Index("runs_name", "name"),
    Index("runs_status", "status", "started_at"),
    Index("runs_owner", "owner", "status"),
    Index("runs_process", "owner", "started_at", "id"),
    Index("runs_parent", "parent"),
    Index("runs_duration", "duration_seconds", "id"),
)


def _of_run(table: str, *columns: Column[Any], named: bool = True) -> Table:
    """A table of what runs have: keyed by run and name, with the stamp of the latest word."""
    key: list[Column[Any]] = [_int("run_id", primary_key=True)]
    key.append(_int("name_id", primary_key=True) if named else _text("subject", primary_key=True))
    stamp = [
        _int("at", nullable=False),
        _int("writer_id", nullable=False),
        _int("seq", nullable=False),
    ]
    return Table(table, metadata, *key, *columns, *stamp, sqlite_with_rowid=False)


Index(
    "runs_purged",
    runs.c.run,
    sqlite_where=runs.c.purged_at.is_not(None),
    postgresql_where=runs.c.purged_at.is_not(None),
)

params = _of_run("params", _text("text"), Column("number", Double), _text("exact"), _text("source"))
Index("params_number", params.c.name_id, params.c.number, params.c.run_id)
Index("params_text", params.c.name_id, params.c.text, params.c.run_id)

metrics = _of_run("metrics", Column("value", Double), _text("form"), _text("origin"))
Index("metrics_value", metrics.c.name_id, metrics.c.value, metrics.c.run_id)

tags = _of_run("tags", _text("text"), _text("exact"))  # text NULL: the tag was removed
Index("tags_text", tags.c.name_id, tags.c.text, tags.c.run_id)

artifacts = _of_run(
    "artifacts",
    _text("digest"),
    _int("size_bytes"),
    _text("media_type"),
    _text("kind"),
)
Index("artifacts_digest", artifacts.c.digest)

details = _of_run("details", _text("body"), named=False)

# Which runs used or made which data, by what names its content or its file. The body of the detail
# holds what is true; a row here says only where to look.
seen_data = Table(
    "seen_data",
    metadata,
    _text("key", primary_key=True),
    _int("made", primary_key=True),  # 1 where the run made or changed it
    _int("run_id", primary_key=True),
    _text("subject", primary_key=True),
    sqlite_with_rowid=False,
)
Index("seen_data_run", seen_data.c.run_id)

points = Table(
    "points",
    metadata,
    _int("run_id", primary_key=True),
    _int("name_id", primary_key=True),
    _int("writer_id", primary_key=True),
    _int("seq", primary_key=True),
    _int("step"),
    Column("value", Double),
    _text("form"),
    _int("at", nullable=False),
    sqlite_with_rowid=False,
)

warnings = Table(
    "warnings",
    metadata,
    _int("run_id", primary_key=True),
    _int("writer_id", primary_key=True),
    _int("seq", primary_key=True),
    _int("at", nullable=False),
    _text("code"),
    _text("message"),
    sqlite_with_rowid=False,
)

environments = Table(
    "environments", metadata, _text("digest", primary_key=True), _text("body", nullable=False)
)

quarantine = Table(
    "quarantine",
    metadata,
    _int("writer_id", primary_key=True),
    _int("file_offset", primary_key=True),
    _text("problem"),
    _text("payload"),
)

# Pointers: a row is moved in a transaction, and an event of the journal says the same.
monitors = Table(
    "monitors",
    metadata,
    _text("name", primary_key=True),
    _int("revision", nullable=False),
    _text("body", nullable=False),  # the record as JSON
    _text("state_digest"),
    _text("reference_digest"),
    _int("removed_at"),
    _int("moved_at", nullable=False),
)
