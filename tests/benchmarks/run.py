"""Measure nbmlops beside its peers, in one run.

    python tests/benchmarks/run.py                      everything
    python tests/benchmarks/run.py import log_scalar    some workloads
    python tests/benchmarks/run.py --peers mlflow,aim   beside some peers
    python tests/benchmarks/run.py --quick              no peers, few rounds; under a minute
    python tests/benchmarks/run.py --write              everything, and RESULTS.md anew

A peer's environment is made on first use in the user's cache folder and reused afterwards. One
that cannot be installed is reported as such.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import report
from environments import OURS, PEERS, Tool, ours, prepare
from notebook_workloads import NOTEBOOK_WORKLOADS
from processes import WorkloadFailed, laboratory
from workloads import TRACKER_WORKLOADS, Bench

HERE = Path(__file__).resolve().parent
WORKLOADS = TRACKER_WORKLOADS | NOTEBOOK_WORKLOADS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write where that was asked for; the process's exit code."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stores are removed
    peers = [] if options.quick else options.peers
    tools = [*ours(), *(prepare(peer) for peer in peers)]
    present = [tool for tool in tools if not tool.problem]
    rounds = options.rounds or (2 if options.quick else 5)
    load = _load()
    results = {}
    with laboratory() as place:
        bench = Bench(place, present, rounds=rounds, quick=options.quick)
        _calibrate(bench, tools[0])
        for name in options.names or WORKLOADS:
            began = monotonic()
            results[name] = WORKLOADS[name](bench)
            print(
                f"\n{report.HEADINGS[name]} ({monotonic() - began:.0f} s)\n"
                + report.workload_table(results[name]),
                flush=True,
            )
    load = f"{load} before and {_load()} after"
    print("\n" + report.goals_table(results))
    for note in bench.notes:
        print(f"- {note}")
    told = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": report.machine(),
        "load": load,
        "rounds": rounds,
        "tools": {tool.name: tool.problem or tool.version for tool in tools},
        "record_bytes": place.record_bytes,
        "goals": report.goals_summary(results),
        "workloads": report.summary(results),
        "notes": bench.notes,
    }
    if options.json:
        options.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    if options.write:
        text = report.document(
            results, tools, notes=bench.notes, rounds=rounds, date=told["date"], load=load
        )
        (HERE / "RESULTS.md").write_text(text, "utf-8")
        (HERE / "results.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return 1 if any("problem" in found.get(OURS, {}) for found in results.values()) else 0


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(WORKLOADS))
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated; '' for none")
    parser.add_argument("--quick", action="store_true", help="few rounds and no peers")
    parser.add_argument("--rounds", type=int, help="rounds of each workload (5)")
    parser.add_argument("--json", type=Path, help="a file for the figures, for machines")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.json")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.names) - set(WORKLOADS)):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    options.peers = [name for name in options.peers.split(",") if name]
    if unknown := sorted(set(options.peers) - set(PEERS)):
        parser.error(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    whole = not options.names and not options.quick and set(options.peers) == set(PEERS)
    if options.write and not whole:
        parser.error("RESULTS.md comes from one whole run; leave out names, --peers and --quick")
    return options


def _calibrate(bench: Bench, tool: Tool) -> None:
    """Find the size of our records, which the floor is to write."""
    place = bench.laboratory
    try:
        found = place.run(tool, "log_scalar", warm_up=10_000, batch=1, batches=1, calls=10)
    except WorkloadFailed as failed:
        print(f"the size of a record is a guess: {failed}", file=sys.stderr)
        return
    place.record_bytes = found["record_bytes"]


if __name__ == "__main__":
    raise SystemExit(main())
