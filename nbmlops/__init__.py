"""nbmlops: experiments, models and drift, tracked from the notebook you already have.

    %load_ext nbmlops             # in a notebook: %%track, %runs, %pipeline …

    with nbmlops.track("churn", name="baseline") as run:
        nbmlops.log(loss=0.3, step=1)

Importing this package loads next to nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbmlops.version import __version__ as __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops import errors
    from nbmlops.records import Artifact, Metric, Run, Status
    from nbmlops.verbs import (
        check_drift,
        compare,
        find_runs,
        flush,
        get_run,
        log_artifact,
        log_dataset,
        log_figure,
        log_params,
        open_workspace,
        run_notebook,
        set_note,
        set_tags,
        track,
    )

    log: Callable[..., None]

__all__ = [
    "Artifact",
    "Metric",
    "Run",
    "Status",
    "check_drift",
    "compare",
    "errors",
    "find_runs",
    "flush",
    "get_run",
    "log",
    "log_artifact",
    "log_dataset",
    "log_figure",
    "log_params",
    "open_workspace",
    "run_notebook",
    "set_note",
    "set_tags",
    "track",
]

_RECORDS = ("Artifact", "Metric", "Run", "Status")
_RECORDING = (
    "log",
    "log_artifact",
    "log_dataset",
    "log_figure",
    "log_params",
    "set_note",
    "set_tags",
    "track",
)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _RECORDS:
        value = getattr(import_module("nbmlops.records"), name)
    elif name == "errors":
        value = import_module("nbmlops.errors")
    elif name == "log":
        import_module("nbmlops.verbs")
        value = import_module("nbmlops.capture.active").log
    elif name in __all__:
        value = getattr(import_module("nbmlops.verbs"), name)
    else:
        problem = f"module 'nbmlops' has no attribute {name!r}"
        if not name.startswith("_"):  # others ask for those, to learn what a module is
            from nbmlops.wording import did_you_mean

            problem = f"{problem}. {did_you_mean(name, __all__)}"
        raise AttributeError(problem, name=name)
    if name in _RECORDING:
        _notice_notebook()
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    # What a person may use; the rest of the module's names is how it comes about.
    return sorted([*__all__, "__version__"])


def _notice_notebook() -> None:
    # `import nbmlops` alone is enough in a notebook for what records to know its cell; the magics
    # come with %load_ext.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        from nbmlops.magics.hooks import attach

        attach(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nbmlops"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbmlops"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from nbmlops.server import load

    load(server)


def load_ipython_extension(shell: Any) -> None:
    """Add the magics to an IPython shell (`%load_ext nbmlops`)."""
    from nbmlops.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magics away again (`%unload_ext nbmlops`)."""
    from nbmlops.magics import unload

    unload(shell)
