"""The interpreter of each tool: one virtual environment a peer, made once and kept in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[2]
OURS = "nbmlops"
FLOORS = ("floor_write", "floor_sqlite")
HASHES = ("pandas", "joblib", "floor_sum", "floor_memory")  # here already, for what they hash
PEERS = {
    "mlflow": "mlflow>=3.1 ipython",
    "wandb": "wandb>=0.19",
    "aim": "aim>=3.29",
    "trackio": "trackio>=0.20",
    "exptrack": "exptrack>=2.0",
    "ipyflow": "ipyflow>=0.0.231 scikit-learn pandas matplotlib",
}
DRIFT_PEERS = {  # they compare data and track no runs
    "evidently": "evidently>=0.7.21 pandas<3",
    "nannyml": "nannyml>=0.13 statsmodels pandas<3",
}
WATCHERS = ("ipyflow",)  # they follow cells and track no runs
TITLES = {
    "nbmlops": "nbmlops",
    "mlflow": "MLflow",
    "wandb": "W&B offline",
    "aim": "Aim",
    "trackio": "trackio",
    "exptrack": "exptrack",
    "ipyflow": "ipyflow",
    "evidently": "Evidently",
    "nannyml": "NannyML",
    "floor_write": "bare `os.write`",
    "floor_sqlite": "bare sqlite3",
    "pandas": "`hash_pandas_object`",
    "joblib": "`joblib.hash`",
    "floor_sum": "`numpy.sum`",
    "floor_memory": "a copy in memory",
}


@dataclass(frozen=True)
class Tool:
    """A tool that can be measured, or the reason why it cannot."""

    name: str
    python: str
    version: str = ""
    problem: str = ""

    @property
    def title(self) -> str:
        """The name as a table's head shows it."""
        return TITLES[self.name]


def cache() -> Path:
    """Where the environments are kept between runs."""
    return Path(platformdirs.user_cache_path("nbmlops-benchmarks", appauthor=False))


def ours() -> list[Tool]:
    """nbmlops as it stands in this repository and the floors, on this interpreter."""
    return [Tool(name, sys.executable) for name in (OURS, *FLOORS)]


def hashes() -> list[Tool]:
    """What identifies data besides nbmlops, and the floors of it, on this interpreter."""
    return [Tool(name, sys.executable) for name in HASHES]


def prepare(peer: str) -> Tool:
    """The peer in its environment, made now if it is not there yet."""
    wanted = {**PEERS, **DRIFT_PEERS}[peer]
    folder = cache() / peer
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "installed"
    if not done.exists() or done.read_text("utf-8").strip() != wanted:
        print(f"installing {wanted} …", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        for step in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", *wanted.split()],
        ):
            told = subprocess.run(step, capture_output=True, text=True)
            if told.returncode:
                last = (told.stderr.strip() or "no message").splitlines()[-1]
                return Tool(peer, str(python), problem=f"not installed ({last[:200]})")
        done.write_text(wanted + "\n", "utf-8")
    version = subprocess.run(
        [str(python), "-c", f"from importlib.metadata import version; print(version({peer!r}))"],
        capture_output=True,
        text=True,
    )
    if version.returncode:
        return Tool(peer, str(python), problem="not installed (its environment is damaged)")
    return Tool(peer, str(python), version.stdout.strip())
