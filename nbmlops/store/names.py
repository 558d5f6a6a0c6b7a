"""Which metrics, parameters and tags the runs have, by name."""

from __future__ import annotations

from collections.abc import Collection

from nbmlops.store.database import Session

__all__ = ["latest_names", "load_names"]

LATEST = 100  # runs

# Group of a key → its table, and what tells that the run has it.
PLACES = {
    "metric": ("metrics", "t.name_id = n.id"),
    "param": ("params", "t.name_id = n.id"),
    "tag": ("tags", "t.name_id = n.id AND t.text IS NOT NULL"),
}


def load_names(
    session: Session,
    group: str,
    *,
    experiment: str | None = None,
    deleted: bool = False,
    among: Collection[str] | None = None,
) -> list[str]:
    """The names of this group that runs have (of an experiment, by its key; only those `among`)."""
    table, there = PLACES[group]
    hidden = "IS NOT NULL" if deleted else "IS NULL"
    scope = f"r.experiment IS NOT NULL AND r.purged_at IS NULL AND r.deleted_at {hidden}"
    values: list[object] = []
    if experiment is not None:
        scope += " AND r.experiment_key = ?"
        values.append(experiment)
    rows = session.rows(
        f"SELECT n.name FROM names n WHERE EXISTS (SELECT 1 FROM {table} t "
        f"JOIN runs r ON r.id = t.run_id WHERE {there} AND {scope})"
        + (f" AND n.name IN ({', '.join('?' * len(among))})" if among is not None else ""),
        (*values, *(among or ())),
    )
    return sorted(row[0] for row in rows)


def latest_names(session: Session, group: str) -> set[str]:
    """The names of this group that the latest runs have, whatever their experiment."""
    table, there = PLACES[group]
    rows = session.rows(
        f"SELECT DISTINCT n.name FROM {table} t JOIN names n ON {there} WHERE t.run_id IN ("
        "SELECT id FROM runs WHERE experiment IS NOT NULL AND purged_at IS NULL "
        f"AND deleted_at IS NULL ORDER BY started_at DESC, id DESC LIMIT {LATEST})"
    )
    return {row[0] for row in rows}
