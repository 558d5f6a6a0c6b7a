"""What a journal line may say, and what a run is after it was said.

A journal record is one JSON object: `s` the writer's sequence, `t` the wall clock in nanoseconds,
`k` the kind, `r` the run (absent for `head` and `end`), `x` a step (metrics only), `d` the data.
What stands inside of loops is written short: `[s, t, r, x, d]` is a `metric`, its `x` may be null.

=============  ===================================================================================
kind           data
=============  ===================================================================================
head           writer, pid, started, host, boot, user, version, schema, parent (before a fork)
run_started    name, experiment, kind, parent, started_at (ns), user, host, line
joined         {} — this writer now owns the run (a journal was rotated)
cell           source, digest, cell_id, notebook_path, notebook_name, execution_count
params         values {name: value}, source
observed       bound, mutated, unsure, read, used, settings, made_files, seeds [[given to, seed,
               cell]], random_states {generator: state}, partial
metric         {name: number}; `o` in the record names an origin other than log()
tags           set {name: value}, remove [name]
note           text
renamed        name
artifact       name, digest, size_bytes, media_type, kind
dataset        name, role, kind, digest, row_count, columns [[name, dtype, digest, missing_count]],
               shape, size_bytes, source, partial
model          name, class_name, params, changed, feature_names, train_dataset, fit_seconds,
               size_bytes, artifact, fit_count
environment    digest, and once per journal body {python, platform, packages, variables}
git            commit, branch, remote, dirty, diff
output         stream, head, tail, size_bytes
error          type, message, traceback
resources      wall_seconds, cpu_seconds, peak_memory_bytes, memory_exact, series {name: [value]},
               cells [{number, name, status, duration_seconds, cpu_seconds, peak_memory_bytes,
               cell_id}]; told again as a long run goes on
warning        code, message
run_ended      status, duration_seconds, reason
deleted        who, why
restored       who, why
purged         who, why, digests
monitor        name, revision, act (added, looked, removed, and of an export exported, imported),
               body, state_digest, reference_digest, removed_at, moved_at (ns), who, why; of no run
end            reason, count
=============  ===================================================================================

Facts are appended and never edited: `fold` is the whole meaning of a run's records. Two records
that speak of the same thing are ordered by time, then writer, then sequence; the later one holds.
A final status is never taken back by a later `running`, only `lost` gives way to a real ending.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nbmlops.details import (
    INT64,
    cell_of,
    dataset_of,
    decode_value,
    encode_value,
    environment_of,
    failure_of,
    git_of,
    model_of,
    observed_of,
    output_of,
    resources_of,
    seconds_of,
    text_of,
)
from nbmlops.errors import InvalidNameError
from nbmlops.records import Artifact, Run, RunWarning, Status

__all__ = [
    "INT64",
    "KINDS",
    "Event",
    "check_name",
    "check_run_id",
    "dataset_of",
    "decode_value",
    "encode_value",
    "experiment_key",
    "fold",
    "from_record",
    "model_of",
    "observed_of",
    "resources_of",
    "spelled_out",
    "utc",
]

SCHEMA = 1

KINDS: Mapping[str, tuple[str, ...]] = {
    # kind → the keys its data must have
    "head": ("writer", "pid", "host"),
    "run_started": ("name", "experiment", "kind", "started_at"),
    "joined": (),
    "cell": ("source", "digest"),
    "params": ("values", "source"),
    "observed": ("bound",),
    "metric": (),
    "tags": (),
    "note": ("text",),
    "renamed": ("name",),
    "artifact": ("name", "digest", "size_bytes", "media_type"),
    "dataset": ("name", "role", "kind", "digest"),
    "model": ("name", "class_name"),
    "environment": ("digest",),
    "git": ("commit",),
    "output": ("stream", "head", "tail", "size_bytes"),
    "error": ("type", "message"),
    "resources": ("wall_seconds", "cpu_seconds"),
    "warning": ("code", "message"),
    "run_ended": ("status",),
    "deleted": ("who",),
    "restored": ("who",),
    "purged": ("who", "digests"),
    "monitor": ("name", "revision", "act", "body", "moved_at"),
    "end": ("reason", "count"),
}


NAME_BYTES = 250
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_RUN_ID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def check_name(kind: str, name: object) -> str:
    """The name in its normal form (NFC), or InvalidNameError which says what is wrong with it.

    Names are shown, compared and typed by people, so nothing in them may be invisible, look like
    another name or be mistaken for a path. `kind` is one of "a metric", "a parameter", "a tag",
    which may hold more or less anything that can be seen, or "an experiment", "a run",
    "an artifact", which are held to all of the rules.

    Upper and lower case are kept in every name. Parameters, metrics, tags and artifacts that differ
    by case are different ones, because the code they come from has both `c` and `C`; experiments
    that do are one, see `experiment_key`.

    >>> check_name("an experiment", "team/churn"), check_name("a metric", "val/auc (%)")
    ('team/churn', 'val/auc (%)')
    """
    if not isinstance(name, str):
        raise InvalidNameError(kind, name, f"it is {type(name).__name__}, not text")
    name = unicodedata.normalize("NFC", name)
    if not name.strip():
        raise InvalidNameError(kind, name, "it is empty")
    if any(unicodedata.category(character) in _INVISIBLE for character in name):
        raise InvalidNameError(kind, name, "it holds invisible or control characters")
    if len(name.encode()) > NAME_BYTES:
        raise InvalidNameError(kind, name, f"it has more than {NAME_BYTES} bytes")
    if kind in ("an experiment", "a run", "an artifact", "a monitor"):
        _check_strictly(kind, name)
    return name


def _check_strictly(kind: str, name: str) -> None:
    if "\\" in name or re.match(r"[A-Za-z]:", name) or name.startswith(("/", "~")):
        raise InvalidNameError(kind, name, "it looks like a path of a machine")
    if re.search(r"%[0-9A-Fa-f]{2}", name) or re.match(r"[a-z][a-z0-9+.-]*:", name):
        raise InvalidNameError(kind, name, "it looks like an encoded name or a URL")
    for part in name.split("/"):
        if part in ("", ".", ".."):
            raise InvalidNameError(kind, name, "it holds an empty part, '.' or '..'")
        if part != part.strip(" ") or part.endswith("."):
            raise InvalidNameError(kind, name, "a part of it begins or ends with a space or a dot")
        if _DEVICES.fullmatch(part) or ":" in part:
            raise InvalidNameError(kind, name, "it is a device or a stream on some systems")
    scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
    if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}) > 1:
        raise InvalidNameError(kind, name, "it mixes alphabets that look alike")


def check_run_id(given: object) -> str:
    """The id of a run, which is a ULID; InvalidNameError for what is none.

    >>> check_run_id("01JD8Z3K5V9Q2W4X6Y8Z0A1B2C")
    '01JD8Z3K5V9Q2W4X6Y8Z0A1B2C'
    """
    if not isinstance(given, str) or not _RUN_ID.fullmatch(given):
        raise InvalidNameError("a run's id", given, "it is no ULID")
    return given


def experiment_key(name: str) -> str:
    """What makes two spellings the same experiment: Unicode's caseless form of the name, in NFC.

    A run keeps the spelling that was used for it, because that is what its records say; runs belong
    together by this key. The folding is that of no language: ß is ss, and the dotless ı of Turkish
    is another letter than i.

    >>> experiment_key("Churn") == experiment_key("CHURN"), experiment_key("Straße")
    (True, 'strasse')
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


@dataclass(frozen=True, slots=True)
class Event:
    """One journal record, decoded and checked."""

    writer: str
    seq: int
    at_ns: int
    kind: str
    run: str | None
    data: Mapping[str, Any]
    step: int | None = None
    origin: str | None = None
    floor_ns: int = -INT64  # the latest time that its writer had told before it

    @property
    def order(self) -> tuple[int, str, int]:
        """What sorts records that speak of the same thing.

        A clock that is set back does not make a writer's later word an earlier one.
        """
        return (max(self.at_ns, self.floor_ns), self.writer, self.seq)


def utc(ns: int) -> datetime:
    """An aware UTC datetime of nanoseconds since the epoch, clamped to the years 1 to 9999.

    >>> utc(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    seconds, rest = divmod(ns, 1_000_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
    except (OverflowError, OSError, ValueError):
        return datetime.max.replace(tzinfo=UTC) if ns > 0 else datetime.min.replace(tzinfo=UTC)


def spelled_out(record: Any) -> Any:
    """A short metric record as an object; every other record as it is.

    >>> spelled_out([7, 1795, "R", None, {"loss": 0.5}])
    {'s': 7, 't': 1795, 'k': 'metric', 'r': 'R', 'd': {'loss': 0.5}}
    """
    if not isinstance(record, list) or len(record) != 5:
        return record
    seq, at_ns, run, step, data = record
    said = {"s": seq, "t": at_ns, "k": "metric", "r": run}
    return {**said, "d": data} if step is None else {**said, "x": step, "d": data}


def from_record(writer: str, record: Any) -> Event:
    """The event of a parsed journal record.

    A journal in a shared store is data from outside: a record with a good checksum can still be
    nonsense. Raises ValueError, which names what is wrong with it.
    """
    record = spelled_out(record)
    if not isinstance(record, dict):
        raise ValueError("a record is not an object")
    seq, at_ns, kind = record.get("s"), record.get("t"), record.get("k")
    run, step, origin = record.get("r"), record.get("x"), record.get("o")
    data = record.get("d")
    if not isinstance(seq, int) or not isinstance(at_ns, int) or seq < 0:
        raise ValueError("s and t have to be integers")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    if kind in ("head", "end"):
        run = None
    elif not isinstance(run, str) or not 0 < len(run) <= 64:
        raise ValueError(f"{kind} without a run")
    if step is not None and (not isinstance(step, int) or not -INT64 <= step < INT64):
        raise ValueError("x has to be an integer of 64 bits")
    if not isinstance(data, dict):
        raise ValueError("d has to be an object")
    if missing := [key for key in KINDS[kind] if key not in data]:
        raise ValueError(f"{kind} without {', '.join(missing)}")
    if kind == "metric":
        data = {name: decode_value(value) for name, value in data.items()}
        for name, value in data.items():
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise ValueError(f"metric {name[:80]!r} is not a number")
    elif kind == "params":
        data = {**data, "values": decode_value(data["values"])}
        if not isinstance(data["values"], dict):
            raise ValueError("params: values has to be an object")
    return Event(writer, seq, at_ns, kind, run, data, step, str(origin) if origin else None)


@dataclass(slots=True)
class _State:
    """A run while its records are read."""

    fields: dict[str, Any] = field(default_factory=dict)
    said: dict[tuple[str, ...], tuple[int, str, int]] = field(default_factory=dict)
    ended: bool = False

    def holds(self, about: tuple[str, ...], event: Event) -> bool:
        """True where `event` is the latest word on its subject so far."""
        if self.said.get(about, event.order) > event.order:
            return False
        self.said[about] = event.order
        return True


def fold(run_id: str, events: Iterable[Event]) -> Run | None:
    """The run that these records describe, or None while its start was not seen.

    Metrics keep their latest value here (in the order of recording); the points of a series are
    the `metric` events themselves.
    """
    state = _State()
    for event in sorted((each for each in events if each.run == run_id), key=lambda e: e.order):
        _apply(state, event)
    values = state.fields
    if "experiment" not in values:
        return None
    values.setdefault("status", Status.RUNNING)
    return Run(id=run_id, **values)


def _apply(state: _State, event: Event) -> None:  # noqa: C901 - one branch for each kind
    data, values = event.data, state.fields
    match event.kind:
        case "run_started":
            values.update(
                experiment=str(data["experiment"]),
                kind=str(data["kind"]),
                parent_id=text_of(data, "parent"),
                started_at=utc(int(data["started_at"])),
                user=text_of(data, "user"),
                host=text_of(data, "host"),
            )
            if ("name",) not in state.said:
                values["name"] = str(data["name"])
        case "renamed" if state.holds(("name",), event):
            values["name"] = str(data["name"])
        case "note" if state.holds(("note",), event):
            values["note"] = str(data["text"])
        case "cell":
            values["cell"] = cell_of(data)
        case "observed":
            values["observed"] = observed_of(data)
        case "params":
            for name, value in data["values"].items():
                if state.holds(("param", name), event):
                    values.setdefault("params", {})[name] = value
                    values.setdefault("param_sources", {})[name] = str(data["source"])
        case "metric":
            for name, value in event.data.items():
                if state.holds(("metric", name), event):
                    values.setdefault("metrics", {})[name] = value
                    values.setdefault("metric_sources", {})[name] = event.origin or "log"
        case "tags":
            tags = values.setdefault("tags", {})
            for name, value in (data.get("set") or {}).items():
                if state.holds(("tag", name), event):
                    tags[name] = str(value)
            for name in data.get("remove") or []:
                if state.holds(("tag", name), event):
                    tags.pop(name, None)
        case "artifact" if state.holds(("artifact", str(data["name"])), event):
            values.setdefault("artifacts", {})[str(data["name"])] = Artifact(
                name=str(data["name"]),
                digest=str(data["digest"]),
                size_bytes=int(data["size_bytes"]),
                media_type=str(data["media_type"]),
                kind=str(data.get("kind", "file")),
            )
        case "dataset" if state.holds(("dataset", str(data["name"])), event):
            values.setdefault("datasets", {})[str(data["name"])] = dataset_of(data)
        case "model" if state.holds(("model", str(data["name"])), event):
            values.setdefault("models", {})[str(data["name"])] = model_of(data)
        case "environment" if "body" in data:
            values["environment"] = environment_of(str(data["digest"]), data["body"])
        case "git":
            values["git"] = git_of(data)
        case "output":
            values.setdefault("outputs", {})[str(data["stream"])] = output_of(data)
        case "error":
            values["error"] = failure_of(data)
        case "resources":
            values["resources"] = resources_of(data)
        case "warning":
            warning = RunWarning(code=str(data["code"]), message=str(data["message"]))
            values["warnings"] = (*values.get("warnings", ()), warning)
        case "run_ended":
            _end(state, event)
        case "deleted" if state.holds(("deleted",), event):
            values["deleted_at"] = utc(event.at_ns)
        case "restored" if state.holds(("deleted",), event):
            values["deleted_at"] = None


def _end(state: _State, event: Event) -> None:
    """The first real ending holds; `lost` only fills the gap where there is none."""
    status = Status(str(event.data["status"]))
    if state.ended and status is Status.LOST:
        return
    if state.ended and state.fields.get("status") is not Status.LOST:
        return
    state.ended = True
    state.fields["status"] = status
    state.fields["ended_at"] = utc(event.at_ns)
    state.fields["reason"] = text_of(event.data, "reason")
    duration = seconds_of(event.data.get("duration_seconds"))
    if duration is None and "started_at" in state.fields:
        started = state.fields["started_at"]
        duration = max((utc(event.at_ns) - started).total_seconds(), 0.0)
    state.fields["duration_seconds"] = duration
