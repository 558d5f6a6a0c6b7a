"""What a batch of journal records adds to the tables; pure.

Each event becomes rows; where several events of a batch speak of the same thing, the row of the
latest is kept, by the order of `events` (time, writer, sequence). The tables then keep the later
of what they have and what comes, so that the outcome does not depend on how records were batched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from nbmlops.details import (
    INT64,
    cell_of,
    dataset_of,
    environment_of,
    failure_of,
    git_of,
    model_of,
    monitor_of,
    observed_of,
    output_of,
    resources_of,
    seconds_of,
    text_of,
)
from nbmlops.events import Event, experiment_key, utc
from nbmlops.records import MADE, Status
from nbmlops.store.numbers import bounded, to_columns, to_param

__all__ = ["Facts", "RunRow", "add", "file_name", "key_of", "seen_as", "stamp"]

Order = tuple[int, str, int]
NAME_BYTES = 1000
IMPORTED = "import"  # the host of a writer that brought runs from another workspace
NO_RUN = "-"  # a record that keeps its place in a journal and says nothing of a run


@dataclass(slots=True)
class Facts:
    """Rows by table. Keys name a run by its id and other things by their names."""

    moves: dict[str, list[tuple[Event, int]]] = field(default_factory=dict)  # the run's own row
    last_at: dict[str, int] = field(default_factory=dict)
    params: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]] = field(default_factory=dict)
    metrics: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]] = field(default_factory=dict)
    tags: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]] = field(default_factory=dict)
    artifacts: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]] = field(default_factory=dict)
    details: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]] = field(default_factory=dict)
    seen_data: set[tuple[str, str, int, str]] = field(default_factory=set)
    points: list[tuple[Any, ...]] = field(default_factory=list)
    warnings: list[tuple[Any, ...]] = field(default_factory=list)
    environments: dict[str, str] = field(default_factory=dict)
    purged: dict[str, int] = field(default_factory=dict)
    monitors: dict[str, tuple[Any, ...]] = field(default_factory=dict)  # revision first

    @property
    def names(self) -> set[str]:
        """Every name of a parameter, metric, tag or artifact."""
        found: set[str] = set()
        for table in (self.params, self.metrics, self.tags, self.artifacts):
            found.update(name for _, name in table)
        return found

    @property
    def runs(self) -> list[str]:
        """Every run that is spoken of, in a fixed order."""
        return sorted(self.last_at)


@dataclass(slots=True)
class RunRow:
    """A row of `runs` while events are applied to it."""

    id: int = 0
    run: str = ""
    name: str | None = None
    name_stamp: str | None = None
    experiment: str | None = None
    experiment_key: str | None = None
    kind: str | None = None
    status: str = "running"
    started_at: int | None = None
    start_stamp: str | None = None
    ended_at: int | None = None
    end_stamp: str | None = None
    end_duration: float | None = None
    duration_seconds: float | None = None
    reason: str | None = None
    parent: str | None = None
    user_name: str | None = None
    host: str | None = None
    notebook: str | None = None
    deleted_at: int | None = None
    deleted_stamp: str | None = None
    purged_at: int | None = None
    owner: int | None = None
    owner_stamp: str | None = None
    last_at: int | None = None

    def apply(self, event: Event, writer_id: int) -> None:
        """Let one event change this row."""
        data, said = event.data, stamp(event.order)
        match event.kind:
            case "run_started":
                if self.start_stamp is None or self.start_stamp <= said:
                    started_at = int(data["started_at"])
                    if not -INT64 <= started_at < INT64:
                        raise ValueError("started_at is beyond 64 bits")
                    self.start_stamp = said
                    self.experiment = _words(data["experiment"])
                    self.experiment_key = key_of(self.experiment)
                    self.kind = _words(data["kind"])
                    self.started_at = started_at
                    self.parent = _optional(text_of(data, "parent"))
                    self.user_name = _optional(text_of(data, "user"))
                    self.host = _optional(text_of(data, "host"))
                    if self.name_stamp is None:
                        self.name = _words(data["name"])
                self._own(said, writer_id)
            case "joined":
                self._own(said, writer_id)
            case "renamed":
                if self.name_stamp is None or self.name_stamp <= said:
                    self.name, self.name_stamp = _words(data["name"]), said
            case "deleted" | "restored":
                if self.deleted_stamp is None or self.deleted_stamp <= said:
                    self.deleted_stamp = said
                    self.deleted_at = event.at_ns if event.kind == "deleted" else None
            case "run_ended":
                self._end(event, said)
            case "cell":
                self.notebook = _optional(text_of(data, "notebook_path")) or self.notebook
            case "purged":
                self.purged_at = max(self.purged_at or event.at_ns, event.at_ns)
        self._set_duration()

    def _own(self, said: str, writer_id: int) -> None:
        if self.owner_stamp is None or self.owner_stamp <= said:
            self.owner, self.owner_stamp = writer_id, said

    def _end(self, event: Event, said: str) -> None:
        status = Status(str(event.data["status"]))
        if self.end_stamp is not None:
            # The first real ending holds; `lost` only fills the gap where there is none.
            was_lost, is_lost = self.status == Status.LOST, status is Status.LOST
            if (is_lost and not was_lost) or (is_lost == was_lost and said > self.end_stamp):
                return
        self.status, self.end_stamp, self.ended_at = status.value, said, event.at_ns
        self.reason = _optional(text_of(event.data, "reason"), limit=1 << 20)
        self.end_duration = seconds_of(event.data.get("duration_seconds"))

    def forget(self) -> None:
        """Leave of a purged run only that it was purged."""
        kept = (self.id, self.run, self.purged_at)
        for column in fields(self):
            if column.name != "status":
                setattr(self, column.name, None)
        self.id, self.run, self.purged_at = kept
        self.status = Status.CANCELLED.value

    def lose(self, reason: str, writer: str) -> None:
        """End this run as lost, at the time of its last record."""
        self.status, self.reason = Status.LOST.value, reason
        self.ended_at = self.last_at if self.last_at is not None else self.started_at
        # The stamp is past all others of its kind: a `lost` that a journal holds comes first.
        self.end_stamp = stamp((INT64 - 1, writer, 0))
        self.end_duration = None
        self._set_duration()

    def _set_duration(self) -> None:
        if self.end_duration is not None:
            self.duration_seconds = self.end_duration
        elif self.ended_at is not None and self.started_at is not None:
            spent = (utc(self.ended_at) - utc(self.started_at)).total_seconds()
            self.duration_seconds = max(spent, 0.0)


def key_of(experiment: str) -> str:
    """The key of an experiment as the tables hold it, which is bounded for their index."""
    return bounded(experiment_key(experiment))


def seen_as(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What other runs may know the data of a `dataset` record by, each with whether it was made.

    That is its content, and the name of its file: a file is spelled in many ways, from the root or
    from here, so that only its last part is a key.

    >>> seen_as({"role": "read", "digest": "5f17", "source": "data/x.csv"})
    [('5f17', 0), ('file:x.csv', 0)]
    """
    made = int(data["role"] in MADE)
    digest, source = data["digest"], data.get("source")
    found = [(bounded(digest), made)] if isinstance(digest, str) and digest else []
    if isinstance(source, str) and source:
        found.append((bounded(f"file:{file_name(source)}"), made))
    return found


def file_name(path: str) -> str:
    """The last part of a path or an address, of any system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def stamp(order: Order) -> str:
    """The order of a record as text that sorts the same."""
    at_ns, writer, seq = order
    return f"{at_ns + INT64:020d}:{writer}:{seq:019d}"


def _words(value: Any) -> str:
    text = str(value).replace("\0", "\ufffd")
    if len(text.encode()) > NAME_BYTES:
        raise ValueError(f"{text[:40]!r}… is over {NAME_BYTES} bytes")
    return text


def _optional(value: Any, *, limit: int = 2000) -> str | None:
    return None if value is None else str(value).replace("\0", "\ufffd")[:limit]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


MOVES = frozenset(
    ("run_started", "joined", "renamed", "deleted", "restored", "run_ended", "purged", "cell")
)
DETAILS = frozenset(
    {"note", "output", "cell", "git", "error", "resources", "environment", "dataset", "model"}
    | {"observed"}
)


READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "cell": cell_of,
    "error": failure_of,
    "git": git_of,
    "observed": observed_of,
    "resources": resources_of,
}


def add(facts: Facts, event: Event, writer_id: int) -> None:
    """Add one event to a batch. Raises ValueError and its like, and then has added nothing."""
    if not (-INT64 <= event.at_ns < INT64 and event.seq < INT64):
        raise ValueError("s or t is beyond 64 bits")
    run = event.run
    if event.kind == "monitor":
        _add_monitor(facts, event.data)
        return
    if run is None or run == NO_RUN:
        return
    if _words(run) != run:
        raise ValueError("a NUL in the run's id")
    if event.kind in MOVES:
        RunRow().apply(event, writer_id)  # a rehearsal, which raises while nothing is added yet
    where = (event.order[0], writer_id, event.seq)
    match event.kind:
        case "metric" | "params" | "tags" | "artifact":
            _add_named(facts, event, run, where)
        case "warning":
            said = (_words(event.data["code"]), str(event.data["message"]).replace("\0", "\ufffd"))
            facts.warnings.append((run, writer_id, event.seq, event.order[0], *said))
        case kind if kind in DETAILS:
            subject, body = _detail(facts, event)
            _keep(facts.details, (run, subject), event.order, (body, *where))
            if event.kind == "dataset":
                seen = seen_as(event.data)
                facts.seen_data.update((run, key, made, subject) for key, made in seen)
    if event.kind in MOVES:
        facts.moves.setdefault(run, []).append((event, writer_id))
    if event.kind == "purged":
        facts.purged[run] = event.at_ns
    facts.last_at[run] = max(facts.last_at.get(run, event.at_ns), event.at_ns)


def _add_monitor(facts: Facts, data: Mapping[str, Any]) -> None:
    name, revision = _words(data["name"]), int(data["revision"])
    if not 0 < revision < INT64 or not isinstance(data["body"], dict):
        raise ValueError("monitor: revision or body does not fit")
    monitor_of(data["body"])
    times = [
        None if data.get(key) is None else int(data[key]) for key in ("removed_at", "moved_at")
    ]
    if not all(each is None or -INT64 <= each < INT64 for each in times):
        raise ValueError("monitor: a time is beyond 64 bits")
    digests = [_optional(data.get(key)) for key in ("state_digest", "reference_digest")]
    row = (revision, _json(data["body"]), *digests, times[0], times[1] or 0)
    if name not in facts.monitors or facts.monitors[name][0] < revision:
        facts.monitors[name] = row


def _add_named(facts: Facts, event: Event, run: str, where: tuple[int, int, int]) -> None:
    """What an event says about metrics, parameters, tags or an artifact."""
    data, order = event.data, event.order
    _, writer_id, seq = where
    if event.kind == "metric":
        rows = [(_words(name), to_columns(number)) for name, number in data.items()]
        origin = _optional(event.origin) or "log"
        for name, (value, form) in rows:
            facts.points.append((run, name, writer_id, seq, event.step, value, form, event.at_ns))
            _keep(facts.metrics, (run, name), order, (value, form, origin, *where))
    elif event.kind == "params":
        source = _words(data["source"])
        found = [(_words(name), to_param(value)) for name, value in data["values"].items()]
        for name, columns in found:
            _keep(facts.params, (run, name), order, (*columns, source, *where))
    elif event.kind == "tags":
        changes: list[tuple[str, str | None, str | None]] = []
        for name, value in (data.get("set") or {}).items():
            text = str(value)
            short = bounded(text)
            changes.append((_words(name), short, None if short == text else _json(text)))
        changes += [(_words(name), None, None) for name in data.get("remove") or []]
        for name, short_or_none, exact in changes:
            _keep(facts.tags, (run, name), order, (short_or_none, exact, *where))
    else:
        size = int(data["size_bytes"])
        if not 0 <= size < INT64:
            raise ValueError("size_bytes is not a size")
        words = (_words(data["media_type"]), _words(data.get("kind", "file")))
        kept = (_words(data["digest"]), size, *words, *where)
        _keep(facts.artifacts, (run, _words(data["name"])), order, kept)


def _detail(facts: Facts, event: Event) -> tuple[str, str]:
    """Subject and body of an event that is kept as it is."""
    data = event.data
    match event.kind:
        case "environment":
            digest = _words(data["digest"])
            if "body" in data:
                if not isinstance(data["body"], dict):
                    raise ValueError("environment: body has to be an object")
                environment_of(digest, data["body"])
                facts.environments.setdefault(digest, _json(data["body"]))
            return "environment", digest
        case "note":
            return "note", _json(str(data["text"]))
        case "output":
            output_of(data)
            return f"output:{_words(data['stream'])}", _json(dict(data))
        case "dataset" | "model":
            (dataset_of if event.kind == "dataset" else model_of)(data)
            return f"{event.kind}:{_words(data['name'])}", _json(dict(data))
        case kind if kind in READERS:
            READERS[kind](data)
    return event.kind, _json(dict(data))


def _keep(
    table: dict[tuple[str, str], tuple[Order, tuple[Any, ...]]],
    key: tuple[str, str],
    order: Order,
    row: tuple[Any, ...],
) -> None:
    known = table.get(key)
    if known is None or known[0] <= order:
        table[key] = (order, row)


def fold_moves(row: RunRow, events: Iterable[tuple[Event, int]]) -> None:
    """Apply events to a row in their order."""
    for event, writer_id in sorted(events, key=lambda item: item[0].order):
        row.apply(event, writer_id)
