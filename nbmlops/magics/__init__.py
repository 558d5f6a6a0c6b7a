"""The notebook's face: `%load_ext nbmlops` adds the magics to an IPython shell."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import Any

from nbmlops.magics import hooks
from nbmlops.magics.compare import compare
from nbmlops.magics.completion import forget_completers, register_completers
from nbmlops.magics.drift import drift_magic
from nbmlops.magics.inline import add_views, remove_views
from nbmlops.magics.monitors import monitor_magic
from nbmlops.magics.names import keep_bare_names
from nbmlops.magics.notebook import has_person
from nbmlops.magics.pipelines import pipeline_magic
from nbmlops.magics.runs import runs, track, track_cell
from nbmlops.magics.terminal import nbmlops_magic

__all__ = ["LINE_MAGICS", "load", "unload"]


def _pipeline(shell: Any, line: str) -> Any:
    return pipeline_magic(line)


_pipeline.__doc__ = pipeline_magic.__doc__  # `%pipeline?` shows it


# Singular and plural of a subject both work.
LINE_MAGICS = {
    "track": track,
    "runs": runs,
    "compare": compare,
    "drift": drift_magic,
    "monitor": monitor_magic,
    "monitors": monitor_magic,
    "pipeline": _pipeline,
    "pipelines": _pipeline,
    "nbmlops": nbmlops_magic,
}


def load(shell: Any) -> None:
    """Add magics, hooks and completers; a second call changes nothing."""
    if getattr(shell, "_nbmlops_checker", None) is not None:
        return
    hooks.attach(shell).take_lines()
    for name, function in LINE_MAGICS.items():
        shell.register_magic_function(_bound(function, shell, name), "line", name)
    shell.register_magic_function(_bound(track_cell, shell, "track"), "cell", "track")
    shell._nbmlops_checker = keep_bare_names(shell, frozenset(LINE_MAGICS))
    register_completers(shell)
    add_views(shell)
    from nbmlops.workspace import tracking_workspace

    if has_person(shell):
        hooks.attach(shell).live.warm_up()
    tracking_workspace()[0].runs.background.start(0.3, cards=True)


def unload(shell: Any) -> None:
    """Take away what `load` added."""
    checker = getattr(shell, "_nbmlops_checker", None)
    if checker is None:
        return
    shell.prefilter_manager.unregister_checker(checker)
    del shell._nbmlops_checker
    forget_completers(shell)
    remove_views(shell)
    for name in LINE_MAGICS:
        shell.magics_manager.magics["line"].pop(name, None)
    shell.magics_manager.magics["cell"].pop("track", None)
    hooks.detach(shell)


def _bound(function: Any, shell: Any, name: str) -> Any:
    bound = partial(function, shell)
    update_wrapper(bound, function)
    bound.__name__ = name  # type: ignore[attr-defined]
    return bound
