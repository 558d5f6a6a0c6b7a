"""Measure nbmlops beside its peers, in one run.

    python tests/benchmarks/run.py                      everything
    python tests/benchmarks/run.py import log_scalar    some workloads
    python tests/benchmarks/run.py --peers mlflow,aim   beside some peers
    python tests/benchmarks/run.py --quick              no peers, few rounds; under a minute
    python tests/benchmarks/run.py --write              everything; RESULTS.md and README.md anew
    python tests/benchmarks/run.py kill --write         some workloads, and their part of RESULTS.md

A peer's environment is made on first use in the user's cache folder and reused afterwards. One
that cannot be installed is reported as such.
"""

from __future__ import annotations

import argparse
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
    results, notes = {}, {}
    with laboratory() as place:
        bench = Bench(place, present, rounds=rounds, quick=options.quick)
        _calibrate(bench, tools[0])
        for name in options.names or WORKLOADS:
            began, known = monotonic(), len(bench.notes)
            results[name] = WORKLOADS[name](bench)
            notes[name] = bench.notes[known:]
            print(
                f"\n{report.HEADINGS[name]} ({monotonic() - began:.0f} s)\n"
                + report.workload_table(results[name]),
                flush=True,
            )
    print("\n" + report.goals_table(results))
    for note in bench.notes:
        print(f"- {note}")
    when = (
        f"{datetime.now(UTC):%Y-%m-%d}, {report.machine()}, "
        f"load average {load} before and {_load()} after, {rounds} rounds"
    )
    measured = report.Measured(
        results=results,
        when=dict.fromkeys(results, when),
        tools={tool.name: tool.version for tool in present if tool.version},
        missing={tool.name: tool.problem for tool in tools if tool.problem},
        notes=notes,
        record_bytes=place.record_bytes,
    )
    if options.json:
        options.json.write_text(measured.to_json(), "utf-8")
    if options.write:
        kept = HERE / "results.json"
        if options.names:
            measured = report.Measured.from_json(kept.read_text("utf-8")).with_new(measured)
        (HERE / "RESULTS.md").write_text(report.document(measured), "utf-8")
        kept.write_text(measured.to_json(), "utf-8")
        readme = HERE.parents[1] / "README.md"
        page = readme.read_text("utf-8")
        readme.write_text(report.quoted(page, measured.results), "utf-8")
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
    parser.add_argument(
        "--write",
        action="store_true",
        help="write RESULTS.md, or parts of it, and the README's quotes",
    )
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.names) - set(WORKLOADS)):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    options.peers = [name for name in options.peers.split(",") if name]
    if unknown := sorted(set(options.peers) - set(PEERS)):
        parser.error(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    if options.write and (options.quick or set(options.peers) != set(PEERS)):
        parser.error("what RESULTS.md tells is whole; leave out --peers and --quick")
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
