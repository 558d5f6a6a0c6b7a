"""NannyML's univariate drift on two Parquet files: CPU seconds, and the peak of its memory.

`python nannyml.py REFERENCE CURRENT TIMES` prints both as JSON; by its defaults, ten chunks a side.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from statistics import median

sys.path.remove(str(Path(__file__).parent))  # where this file has the package's name

import nannyml
import pandas as pd

warnings.simplefilter("ignore")


def peak_mb() -> float:
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024


def report(first: pd.DataFrame, second: pd.DataFrame) -> None:
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(first.columns))
    calculator.fit(first)
    calculator.calculate(second)


first, second = (pd.read_parquet(path) for path in sys.argv[1:3])
report(first.head(1000), second.head(1000))  # what is imported once
before, taken = peak_mb(), []
for _ in range(int(sys.argv[3])):
    began = time.process_time()
    report(first, second)
    taken.append(time.process_time() - began)
print(json.dumps({"seconds": median(taken), "memory_mb": peak_mb() - before}))
