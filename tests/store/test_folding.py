"""The tables mean what `events.fold` means, in whatever order and portions records arrive."""

from __future__ import annotations

import itertools
from dataclasses import replace

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbmlops.errors import RunNotFoundError
from nbmlops.events import encode_value, experiment_key, fold, from_record
from nbmlops.store.journal import frame, new_ulid

NAMES = st.sampled_from(["a", "b", "val/auc", "ü"])
EXPERIMENTS = st.sampled_from(["a", "A", "\u00fc", "\u00dc", "u\u0308", "ß", "SS"])
NUMBERS = st.one_of(st.integers(-5, 5), st.floats(allow_nan=False), st.integers(2**53, 2**80))
VALUES = st.one_of(
    NUMBERS, st.text(max_size=5), st.booleans(), st.none(), st.lists(st.integers(), max_size=3)
)
TIMES = st.integers(10**18, 10**18 + 6)

DATA = st.one_of(
    st.tuples(
        st.just("run_started"),
        st.fixed_dictionaries(
            {
                "name": NAMES,
                "experiment": EXPERIMENTS,
                "kind": st.just("cell"),
                "started_at": TIMES,
                "parent": st.one_of(st.none(), st.just("P")),
                "user": NAMES,
            }
        ),
    ),
    st.tuples(st.just("metric"), st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=3)),
    st.tuples(
        st.just("params"),
        st.fixed_dictionaries(
            {"values": st.dictionaries(NAMES, VALUES, max_size=3), "source": NAMES}
        ),
    ),
    st.tuples(
        st.just("tags"),
        st.fixed_dictionaries(
            {
                "set": st.dictionaries(NAMES, st.text(max_size=4), max_size=2),
                "remove": st.lists(NAMES, max_size=2),
            }
        ),
    ),
    st.tuples(st.just("note"), st.fixed_dictionaries({"text": st.text(max_size=5)})),
    st.tuples(st.just("renamed"), st.fixed_dictionaries({"name": NAMES})),
    st.tuples(
        st.just("artifact"),
        st.fixed_dictionaries(
            {"name": NAMES, "digest": NAMES, "size_bytes": st.integers(0, 9), "media_type": NAMES}
        ),
    ),
    st.tuples(st.just("cell"), st.fixed_dictionaries({"source": NAMES, "digest": NAMES})),
    st.tuples(st.just("git"), st.fixed_dictionaries({"commit": NAMES, "dirty": st.booleans()})),
    st.tuples(st.just("error"), st.fixed_dictionaries({"type": NAMES, "message": NAMES})),
    st.tuples(
        st.just("output"),
        st.fixed_dictionaries(
            {
                "stream": st.sampled_from(["stdout", "stderr"]),
                "head": NAMES,
                "tail": NAMES,
                "size_bytes": st.integers(0, 9),
            }
        ),
    ),
    st.tuples(
        st.just("dataset"),
        st.fixed_dictionaries(
            {
                "name": NAMES,
                "role": st.sampled_from(["train", "test"]),
                "kind": NAMES,
                "digest": NAMES,
                "columns": st.lists(
                    st.tuples(NAMES, NAMES, NAMES, st.one_of(st.none(), st.integers(0, 9))),
                    max_size=2,
                ),
                "shape": st.lists(st.integers(0, 9), max_size=2),
                "partial": st.booleans(),
            }
        ),
    ),
    st.tuples(
        st.just("model"),
        st.fixed_dictionaries(
            {
                "name": NAMES,
                "class_name": NAMES,
                "params": st.dictionaries(NAMES, VALUES, max_size=2),
                "changed": st.lists(NAMES, max_size=2),
            }
        ),
    ),
    st.tuples(st.just("warning"), st.fixed_dictionaries({"code": NAMES, "message": NAMES})),
    st.tuples(
        st.just("run_ended"),
        st.fixed_dictionaries(
            {
                "status": st.sampled_from(["succeeded", "failed", "cancelled", "lost"]),
                "duration_seconds": st.one_of(st.none(), st.floats(0, 100)),
                "reason": st.one_of(st.none(), NAMES),
            }
        ),
    ),
    st.tuples(st.sampled_from(["deleted", "restored"]), st.just({"who": "me"})),
)
EVENTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), TIMES, DATA), max_size=25)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=EVENTS, order=st.randoms(use_true_random=False))
def test_the_tables_agree_with_fold_in_any_order_of_drains(store, events, order):
    writers = [new_ulid() for _ in range(3)]
    runs = [new_ulid() for _ in range(2)]
    lines: dict[str, list[bytes]] = {writer: [] for writer in writers}
    told = []
    latest = dict.fromkeys(writers, 10**18)
    for writer in writers:
        head = {
            "s": 0,
            "t": 10**18,
            "k": "head",
            "d": {"writer": writer, "pid": 1, "host": "elsewhere"},
        }
        lines[writer].append(frame(orjson.dumps(head)))
    sequences = {writer: itertools.count(1) for writer in writers}
    for writer_at, run_at, at, (kind, data) in events:
        writer = writers[writer_at]
        record = {
            "s": next(sequences[writer]),
            "t": at,
            "k": kind,
            "r": runs[run_at],
            "d": encode_value(data),
        }
        if kind == "params":
            record["d"] = {**data, "values": encode_value(data["values"])}
        lines[writer].append(frame(orjson.dumps(record)))
        # Within a writer its order of writing counts, also where its clock went back.
        told.append(replace(from_record(writer, record), floor_ns=latest[writer]))
        latest[writer] = max(at, latest[writer])
    directory = store.settings.journal_dir
    directory.mkdir(parents=True, exist_ok=True)
    waiting = [(writer, list(parts)) for writer, parts in lines.items()]
    while any(parts for _, parts in waiting):
        writer, parts = order.choice([item for item in waiting if item[1]])
        count = order.randint(1, len(parts))
        with (directory / f"{writer}.nbj").open("ab") as file:
            file.write(b"".join(parts[:count]))
        del parts[:count]
        if order.random() < 0.6:
            store.drain()
    told.sort(key=lambda event: event.order)
    for run in runs:
        expected = fold(run, told)
        if expected is None:
            try:
                store.runs.get(run)
            except RunNotFoundError:
                continue
            raise AssertionError("a run without a start is shown")
        found = store.runs.get(run)
        for name in (
            "name",
            "experiment",
            "status",
            "kind",
            "started_at",
            "ended_at",
            "parent_id",
            "params",
            "param_sources",
            "metrics",
            "metric_sources",
            "tags",
            "note",
            "artifacts",
            "cell",
            "git",
            "error",
            "reason",
            "outputs",
            "warnings",
            "user",
            "deleted_at",
        ):
            assert getattr(found, name) == getattr(expected, name), name
        same = store.runs.find(
            experiment=expected.experiment.swapcase(),
            deleted=expected.deleted_at is not None,
            limit=1000,
        ).runs
        assert run in {other.id for other in same}
        assert {experiment_key(other.experiment) for other in same} == {
            experiment_key(expected.experiment)
        }
        if expected.duration_seconds is not None:
            assert found.duration_seconds == expected.duration_seconds
        for name in expected.metrics:
            assert type(found.metrics[name]) is type(expected.metrics[name])
            points = [
                event.data[name]
                for event in told
                if event.run == run and event.kind == "metric" and name in event.data
            ]
            assert sorted(map(float, points)) == sorted(
                float(point.value) for point in found.series(name)
            )
    for writer in writers:
        (directory / f"{writer}.nbj").unlink()
