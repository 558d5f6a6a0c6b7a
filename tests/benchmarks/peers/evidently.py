"""Evidently's report of drift on two Parquet files: CPU seconds, and the peak of its memory.

`python evidently.py REFERENCE CURRENT TIMES` prints both as JSON; the report is its default preset, run
and rendered as it is shown in a notebook.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from statistics import median

sys.path.remove(str(Path(__file__).parent))  # where this file has the package's name

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

warnings.simplefilter("ignore")


def peak_mb() -> float:
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024


first, second = (pd.read_parquet(path) for path in sys.argv[1:3])
Report([DataDriftPreset()]).run(second.head(100), first.head(100))  # what is imported once
before, taken, size = peak_mb(), [], 0
for _ in range(int(sys.argv[3])):
    began = time.process_time()
    found = Report([DataDriftPreset()]).run(second, first)
    taken.append(time.process_time() - began)
    shown = time.process_time()
    size = len(found.get_html_str(as_iframe=True))
    shown = time.process_time() - shown
print(json.dumps({"seconds": median(taken), "shown_seconds": shown, "shown_bytes": size,
                  "memory_mb": peak_mb() - before}))  # fmt: skip
