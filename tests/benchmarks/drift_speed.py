"""How fast drift is, beside the floor below which nobody can be: sorting and counting alone.

`python tests/benchmarks/drift_speed.py [--write]` measures everything in one run, in CPU seconds of
a process, because machines are shared; `--write` puts the table into DRIFT.md beside this file.
Evidently and NannyML read the same pair from Parquet, each in an environment of its own.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

for library in ("OMP", "OPENBLAS", "MKL"):  # before NumPy asks: threads that wait burn time too
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "drift")]

from environments import DRIFT_PEERS, prepare  # noqa: E402
from known_pairs import frame, make  # noqa: E402

from nbmlops.data.profile import profile_of  # noqa: E402
from nbmlops.data.profile_files import profile_from_bytes  # noqa: E402
from nbmlops.drift.compare import compare  # noqa: E402

PEER_ROWS = 100_000
# The peak of the process itself: what getrusage says is its parent's, too.
STREAM = """
import sys
from nbmlops.data import scans
scans.WHOLE_BYTES = 0
found = scans.profile_files([scans.DataFile("x", lambda: open(sys.argv[1], "rb"))], "x")
peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
print(found.row_count, int(peak) / 1024)
"""


def cpu(work: Callable[[], object], times: int = 3) -> float:
    """The median CPU seconds of some work."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return median(taken)


def floor(*frames: pd.DataFrame) -> None:
    """What has to be done at least: every column of numbers sorted, every other one counted."""
    for each in frames:
        for name in each:
            if each[name].dtype.kind == "f":
                np.sort(each[name].to_numpy())
            elif each[name].dtype.kind != "M":
                each[name].value_counts()


def report(first: object, second: pd.DataFrame) -> None:
    """A whole report, as `check_drift` makes it."""
    compare(first if hasattr(first, "thin") else profile_of(first), profile_of(second))


def pair(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tuple(
        frame(make(rows, seed, drift=seed == 2)).drop(columns=["flag", "ts"]) for seed in (1, 2)
    )


def beside_peers() -> list[tuple[str, str, str, str, bool]]:
    """Ours and the peers' report of one pair, all in processes of their own: time, and memory."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{side}.parquet") for side in ("reference", "current")]
        for each, file in zip(pair(PEER_ROWS), files, strict=True):
            each.to_parquet(file)
        ours = told_by(sys.executable, "nbmlops_drift", files, 3)
        for peer in DRIFT_PEERS:
            tool = prepare(peer)
            title = f"{tool.title} {tool.version}"
            what = f"{PEER_ROWS:,} rows × 30 columns"
            if tool.problem:
                rows.append(
                    (what, f"{ours['seconds']:.2f} s", f"{title}: {tool.problem}", "", False)
                )
                continue
            theirs = told_by(tool.python, peer, files, 1)
            faster = theirs["seconds"] / ours["seconds"]
            goal = 20 if peer == "evidently" else 1
            rows.append((what, f"{ours['seconds']:.2f} s", f"{title}: {theirs['seconds']:.2f} s",
                         f"{faster:.0f} times faster (at least {goal})", faster >= goal))  # fmt: skip
            less = theirs["memory_mb"] / max(ours["memory_mb"], 1.0)
            rows.append(("its peak memory over the data", f"{ours['memory_mb']:.0f} MB",
                         f"{title}: {theirs['memory_mb']:.0f} MB", f"1/{less:.1f} (at most 1)",
                         less >= 1))  # fmt: skip
            if "shown_bytes" in theirs:
                smaller = theirs["shown_bytes"] / ours["shown_bytes"]
                rows.append(("as it is shown under a cell", f"{ours['shown_bytes'] / 1000:.0f} kB",
                             f"{title}: {theirs['shown_bytes'] / 1000:,.0f} kB",
                             f"1/{smaller:.0f} (at most 1/20)", smaller >= 20))  # fmt: skip
    return rows


def told_by(python: str, script: str, files: list[str], times: int) -> dict[str, float]:
    """What a script among the peers' prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, str(HERE / "peers" / f"{script}.py"), *files, str(times)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def streamed_memory() -> tuple[float, float]:
    """The peak memory of profiling files of 2 and 10 million rows, in MB."""
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in (2_000_000, 10_000_000):
            file = Path(folder) / f"{rows}.parquet"
            random = np.random.default_rng(1)
            names = [f"c{place}" for place in range(6)]
            schema = pa.schema([(name, pa.float64()) for name in names])
            with pq.ParquetWriter(file, schema) as writer:
                for _ in range(rows // 500_000):
                    columns = {name: random.normal(size=500_000) for name in names}
                    writer.write_table(pa.table(columns))
            done = subprocess.run(
                [sys.executable, "-c", STREAM, str(file)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            peaks.append(float(done.stdout.split()[1]))
    return peaks[0], peaks[1]


def measured() -> list[tuple[str, str, str, str, bool]]:
    """Rows of: what, ours, beside, goal, met."""
    rows = beside_peers()
    for count in (100_000, 1_000_000):
        first, second = pair(count)
        report(first.head(100), second.head(100))  # what is imported once
        least, ours = cpu(lambda: floor(first, second)), cpu(lambda: report(first, second))
        rows.append((f"{count:,} rows × 30 columns", f"{ours:.2f} s", f"floor: {least:.2f} s",
                     f"{ours / least:.2f}× (at most 2)", ours <= 2 * least))  # fmt: skip
        if count > 100_000:
            stored = profile_from_bytes(profile_of(first).to_bytes())
            beside = cpu(lambda: report(stored, second))
            rows.append(("the same against a stored profile", f"{beside:.2f} s", f"{ours:.2f} s",
                         f"{beside / ours:.2f}× (at most 0.6)", beside <= 0.6 * ours))  # fmt: skip
    random = np.random.default_rng(0)
    wide = [pd.DataFrame(random.normal(size=(10_000, 2_000))) for _ in range(2)]
    for each in wide:
        each.columns = [f"c{place}" for place in range(2_000)]
    least, ours = cpu(lambda: floor(*wide), 1), cpu(lambda: report(*wide), 1)
    rows.append(("10,000 rows × 2,000 columns", f"{ours:.2f} s", f"floor: {least:.2f} s",
                 f"{ours / least:.2f}× (at most 3)", ours <= 3 * least))  # fmt: skip
    small, large = streamed_memory()
    rows.append(("10 million rows × 6 of Parquet, peak memory", f"{large:.0f} MB",
                 f"2 million: {small:.0f} MB", f"{large / small:.2f}× (at most 1.25)",
                 large <= 1.25 * small))  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, and perhaps write."""
    head = ("what", "nbmlops", "beside", "ratio (goal)", "met")
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for *cells, met in measured():
        lines.append(f"| {' | '.join(cells)} | {'yes' if met else 'no'} |")
    told = f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}"
    text = (
        "# Speed of drift\n\nCPU seconds of one process with one thread, all in one run "
        f"({told}). The floor is `np.sort` of every column of numbers and `value_counts` of every "
        "other one, on both sides. Peers make their default report of the same pair, each in a process "
        "and an environment of its own; memory is the growth of a process's peak while the report is "
        "made, the data not counted.\n\n" + "\n".join(lines) + "\n\nMeasure again: "
        "`python tests/benchmarks/drift_speed.py --write`.\n"
    )
    sys.stdout.write(text)
    if "--write" in sys.argv[1:]:
        (HERE / "DRIFT.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
