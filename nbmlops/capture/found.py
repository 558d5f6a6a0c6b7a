"""What is found in a tracked cell without being asked, and what of it a person wants left out."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.capture.watching.libraries import LIBRARIES
from nbmlops.errors import InvalidSettingError, did_you_mean

__all__ = ["FOUND", "KEPT", "Kind", "read_keep", "read_skip", "table"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is found: its name in `--skip`, in what it is found, how it is told."""

    name: str
    found_in: str
    source: str


_HISTORIES = ", ".join(dict.fromkeys(library.versions for library in LIBRARIES[1:]))

FOUND = (
    Kind(
        "parameters",
        "literals (`learning_rate = 0.1`), and those of earlier cells that the cell reads",
        "`literal`, `cell 3`, `papermill`",
    ),
    Kind(
        "models",
        "every estimator that was fitted, in pipelines and searches too: class, all parameters and "
        "which of them were changed, feature names, size, the data it learned from; its bytes with "
        "`--keep-models`",
        "`Ridge.fit`, `xgboost.train`",
    ),
    Kind(
        "metrics",
        "numbers that were computed and assigned (`auc = roc_auc_score(…)`), results of "
        "`sklearn.metrics` and `.score()` that were only printed, a number as last expression; in "
        "a loop, a series",
        "`roc_auc_score`, `assigned`, `last expression`",
    ),
    Kind(
        "histories",
        f"what a training evaluated on its way, a series over rounds or epochs for each number: "
        f"{_HISTORIES}, and what scikit-learn's MLP and HistGradientBoosting keep",
        "`XGBClassifier.fit`, `lightgbm.cv`, `Sequential.fit`",
    ),
    Kind(
        "spread",
        "`cross_val_score`, `cross_validate` and searches, wherever they are called: mean and "
        "standard deviation, the best parameters; `learning_curve`, `validation_curve`: a series",
        "`cross_val_score`, `GridSearchCV.fit`",
    ),
    Kind(
        "data",
        "what went into `fit`, `predict` and `score`, and every other frame, array and file that "
        "the cell read or made: shape, types and a fingerprint of each column; never a value",
        "role `train`, `test`, `read`, `made`, `changed` (in place); the file",
    ),
    Kind(
        "profiles",
        "of the data that a model learned from, so that later data can be compared with it: for "
        "each column quantiles, labels with their counts, mean, deviation, missing; of as many "
        "evenly spread rows as there is time for; no labels where each row has its own, no secrets",
        "artifacts as `X_train.profile`",
    ),
    Kind(
        "names",
        "which names the cell made, changed in place (through aliases, views, functions as well) "
        "and read; the settings that it changed, as pandas options or the working directory",
        "`made`, `changed`, `read`, `settings`",
    ),
    Kind(
        "figures",
        "pictures and figures that were displayed: matplotlib, PIL, `Image`, plotly, altair; "
        "tables and other HTML hold values of data, and are kept only with `--keep displays`",
        "artifacts as `roc-curve.png`: by the title, the variable or a number",
    ),
    Kind("output", "what the cell printed, head and tail", "`stdout`, `stderr`"),
    Kind("warnings", "warnings of libraries, as `ConvergenceWarning`", "the library's own words"),
    Kind(
        "randomness",
        "seeds, those of earlier cells too, and where each generator stood; random numbers that "
        "came without a seed",
        "the call that takes it, the cell; a warning of the run",
    ),
    Kind(
        "resources",
        "wall and CPU time, peak memory; if the cell takes more than a few seconds, their course "
        "(CPU, memory and disk of the process and all that it started, network, NVIDIA GPUs)",
        "the operating system, the driver",
    ),
    Kind("environment", "Python, platform, imported packages with versions", "the process"),
    Kind("git", "commit, branch, remote, what was not committed", "the repository"),
)
KEPT = {  # if a person wants it
    "displays": "everything that was displayed, as tables with their values",
    "models": "the bytes of the models that were fitted",
}


def read_skip(text: str, source: str) -> frozenset[str]:
    """The kinds that a comma-separated text names; InvalidSettingError for one there is not.

    >>> sorted(read_skip("data, git", "NBMLOPS_SKIP"))
    ['data', 'git']
    """
    return _read("skip", text, source, [kind.name for kind in FOUND], "nothing that is found")


def read_keep(text: str, source: str) -> frozenset[str]:
    """The same for what is kept only where a person wants it.

    >>> sorted(read_keep("displays", "--keep"))
    ['displays']
    """
    return _read("keep", text, source, list(KEPT), "nothing that can be kept")


def _read(setting: str, text: str, source: str, known: list[str], problem: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(names.difference(known)):
        hint = (
            did_you_mean(name, known) or f"There {'are' if known[1:] else 'is'} {', '.join(known)}."
        )
        raise InvalidSettingError(setting, source, f"{name!r} is {problem}", hint=hint)
    return names


def table() -> str:
    """All of it as a Markdown table, for the README."""
    rows = [f"| `{kind.name}` | {kind.found_in} | {kind.source} |" for kind in FOUND]
    return "\n".join(["| found | in | told as |", "| --- | --- | --- |", *rows])
