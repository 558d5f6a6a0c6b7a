"""Keeping the bytes of the models that a cell fitted, as artifacts of its run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbmlops.capture.models.formats import format_of
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.telling import words_of
from nbmlops.records import Artifact

__all__ = ["keep_models"]

GONE = "it was not bound to a name when the cell had ended"


def keep_models(
    run: ActiveRun, models: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]]
) -> None:
    """Keep each model, and say so in its record; what cannot be kept is told as a warning.

    `models` by the names they go by, None for one that is gone; `records` has what was recorded of
    each. It is done when the run has ended, and takes the time that it takes.
    """
    for name, model in models.items():
        try:
            artifact, problem = _keep(run, name, model)
        except Exception as exc:  # noqa: BLE001 - a library may fail to write as it likes
            artifact, problem = None, words_of(exc)
        if artifact is None:
            run.warn("model-not-kept", f"The model {name!r} was not kept: {problem}.")
            continue
        said = {**records[name], "artifact": artifact.name, "size_bytes": artifact.size_bytes}
        run.record("model", said)


def _keep(run: ActiveRun, name: str, model: Any) -> tuple[Artifact | None, str]:
    if model is None:
        return None, GONE
    form = format_of(model)
    if form is None:
        return None, f"{type(model).__name__} has no form that is known here and holds no code"
    if not form.is_ready:
        return None, f'{form.needs} is not installed; pip install "nbmlops[models]" adds it'
    with tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
        data = form.write(model, Path(folder))
        called = _free(name + form.extension, run)
        return run.keep_artifact(data, called, media_type=form.media_type, kind="model"), ""


def _free(name: str, run: ActiveRun) -> str:
    """The name, or another one where the user's own artifact has it."""
    taken, number, chosen = run.snapshot().artifacts, 2, name
    while chosen in taken:
        stem, dot, extension = name.rpartition(".")
        chosen, number = f"{stem}-{number}{dot}{extension}", number + 1
    return chosen
