"""Our report of drift on two Parquet files: CPU seconds, and the peak of its memory.

`python nbmlops_drift.py REFERENCE CURRENT TIMES` prints both as JSON, as the peers' scripts do.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median

sys.path.remove(str(Path(__file__).parent))  # where a file has the package's name

import pandas as pd

from nbmlops.data.profile import profile_of
from nbmlops.drift.compare import compare


def peak_mb() -> float:
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024


first, second = (pd.read_parquet(path) for path in sys.argv[1:3])
# What is imported once.
compare(profile_of(first.head(100)), profile_of(second.head(100)))._repr_mimebundle_()
before, taken, size = peak_mb(), [], 0
for _ in range(int(sys.argv[3])):
    began = time.process_time()
    found = compare(profile_of(first), profile_of(second))
    taken.append(time.process_time() - began)
    size = len(found._repr_mimebundle_()["text/html"])
print(json.dumps({"seconds": median(taken), "shown_bytes": size,
                  "memory_mb": peak_mb() - before}))  # fmt: skip
