"""Where a run's data and models came from, and which runs used what it made.

Three things tell that two runs have to do with one another, and a link says which of them it was:
the same content (a fingerprint), the same file, or a name that one cell bound and a later cell of
the same process read. The first is certain, whoever recorded it; the second says that the file is
the same one and not that nobody wrote it anew since; the third that no other *recorded* cell bound
the name in between.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from time import monotonic

from nbmlops.events import utc
from nbmlops.records import Status
from nbmlops.store.database import Session
from nbmlops.store.lineage_records import Lineage, Link, LinkedRun, Thing
from nbmlops.store.lineage_search import KNOWN, SHOWN, Search, Way
from nbmlops.store.reading import RunReader, load_runs

__all__ = ["find_lineage"]

MOST_THINGS = 60  # of one side
MOST_CHILDREN = 200
TIME_SECONDS = 0.5  # that looking for links may take

Side = dict[tuple[str, ...], tuple[Thing, list[Way]]]


def find_lineage(session: Session, key: int, reader: RunReader) -> Lineage:
    """The lineage of the run with this key."""
    until = monotonic() + TIME_SECONDS
    run = load_runs(session, [key], reader)[0]
    of_it = "FROM runs r WHERE r.parent = ? AND {}"
    rows = session.rows(
        f"SELECT r.id, r.deleted_at {of_it.format(KNOWN)} ORDER BY r.started_at, r.run LIMIT ?",
        (run.id, MOST_CHILDREN),
    )
    family = [row[0] for row in rows]  # with those that were deleted
    below = [row[0] for row in rows if row[1] is None]
    child_count = len(below)
    if len(family) == MOST_CHILDREN:
        child_count = int(session.value(f"SELECT count(*) {of_it.format(SHOWN)}", (run.id,)))
    above = None
    if run.parent_id is not None:
        above = session.value(
            f"SELECT r.id FROM runs r WHERE r.run = ? AND {SHOWN}", (run.parent_id,)
        )
    inputs: Side = {}
    outputs: Side = {}
    if run.datasets or run.models or not below:
        search = Search(session, key, run, {key}, until=until)
        _gather(search, inputs, outputs)
        is_partial = search.is_cut
    else:
        inside = {key, *family}
        is_partial = _gather_below(session, (key, *below), inside, reader, until, (inputs, outputs))
        is_partial = is_partial or child_count > len(below)
        _leave_inner(inputs, outputs)
    ways = [way for side in (inputs, outputs) for _, each in side.values() for way in each]
    linked = _linked(session, {key, *below, *(way.key for way in ways)} | ({above} - {None}))
    told_inputs, told_outputs = (
        sorted(_things(side, linked), key=_place) for side in (inputs, outputs)
    )
    return Lineage(
        run=linked[key],
        parent=linked.get(above) if above is not None else None,
        children=tuple(linked[each] for each in below if each in linked),
        child_count=child_count,
        inputs=tuple(told_inputs[:MOST_THINGS]),
        outputs=tuple(told_outputs[:MOST_THINGS]),
        more_count=sum(max(len(side) - MOST_THINGS, 0) for side in (told_inputs, told_outputs)),
        partial=is_partial,
    )


def _gather(search: Search, inputs: Side, outputs: Side) -> None:
    for found, told in ((inputs, search.inputs()), (outputs, search.outputs())):
        for thing, ways in told:
            place = (thing.kind, thing.name, thing.digest)
            if ways or place not in found:
                found[place] = (thing, ways)


def _gather_below(
    session: Session,
    members: tuple[int, ...],
    inside: set[int],
    reader: RunReader,
    until: float,
    sides: tuple[Side, Side],
) -> bool:
    """Gather what these runs used and made together; True where the time was not enough.

    Names stay inside: a notebook has its process for itself.
    """
    for member in members:
        if monotonic() > until:
            return True
        (run,) = load_runs(session, [member], reader)
        search = Search(session, member, run, inside, until=until, by_names=False)
        _gather(search, *sides)
        if search.is_cut:
            return True
    return False


def _leave_inner(inputs: Side, outputs: Side) -> None:
    """Of several cells together: leave out what one of them made for another."""
    made = {thing.digest for thing, _ in outputs.values() if thing.digest}
    for key, (thing, ways) in list(inputs.items()):
        if not ways and (thing.digest in made or not thing.source):
            del inputs[key]
    for key, (thing, ways) in list(outputs.items()):
        if not ways and thing.kind not in ("file", "model"):
            del outputs[key]


def _linked(session: Session, keys: Collection[int | None]) -> dict[int, LinkedRun]:
    rows = session.within(
        "SELECT id, run, name, experiment, kind, status, started_at, deleted_at FROM runs "
        "WHERE id IN (*)",
        sorted(key for key in keys if key is not None),
    )
    return {
        key: LinkedRun(
            run,
            name or run,
            experiment,
            kind,
            Status(status),
            None if started_at is None else utc(started_at),
            deleted_at is not None,
        )
        for key, run, name, experiment, kind, status, started_at, deleted_at in rows
    }


def _things(side: Side, linked: dict[int, LinkedRun]) -> list[Thing]:
    return [
        replace(
            thing,
            links=tuple(
                Link(linked[way.key], way.name, way.told_by, way.run_count)
                for way in ways
                if way.key in linked
            ),
        )
        for thing, ways in side.values()
    ]


def _place(thing: Thing) -> tuple[int, int]:
    """What is linked comes first, then models, files and data, in the order of their roles."""
    roles = ("train", "test", "read", "changed", "made")
    kinds = ("model", "file", "data", "values")
    role = roles.index(thing.role) if thing.role in roles else len(roles)
    return (kinds.index(thing.kind) if thing.links else 10 + kinds.index(thing.kind), role)
