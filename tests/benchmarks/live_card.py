"""What a live card costs: `python tests/benchmarks/live_card.py` prints its figures as JSON.

Measured is the processor time of a kernel whose cell logs 60 points/s, with a live card and without
one. How the browser keeps up, tests/browser/test_live.py says: it counts frames.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from nbmlops.testing import Kernel

SECONDS = 15
CELL = """%%track live-benchmark
import time, nbmlops
began = time.process_time()
start = time.perf_counter()
for step in range({count}):
    nbmlops.log(loss=1 / (1 + step), accuracy=step / {count}, step=step)
    time.sleep(max(0.0, start + (step + 1) / 60 - time.perf_counter()))
print(time.process_time() - began, time.perf_counter() - start)
"""


def core_share(live: str, *, seconds: int = SECONDS) -> float:
    """The share of a core that the kernel takes for the cell."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"NBMLOPS_WORKSPACE": str(Path(folder) / "workspace"), "NBMLOPS_LIVE": live}
        with Kernel(environment=environment) as kernel:
            kernel.run("%load_ext nbmlops")
            kernel.run("import time; time.sleep(3)")  # what is loaded once is not of the card
            answer = kernel.run(CELL.format(count=60 * seconds), seconds=seconds + 60)
    spent, wall = map(float, answer.stdout.split())
    return spent / wall


def main() -> None:
    """Print the figures."""
    alone, with_card = core_share("off"), core_share("1")
    figures = {"core_without": alone, "core_with": with_card, "core_of_card": with_card - alone}
    json.dump({name: round(value, 4) for name, value in figures.items()}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
