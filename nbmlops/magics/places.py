"""Where a kernel records, said to front ends in the part of a message that no file keeps.

A Jupyter server looks where the settings beside a notebook say. A kernel on another machine, in a
container or under another environment may record elsewhere, and only the kernel knows it.
"""

from __future__ import annotations

import os
from time import monotonic
from typing import Any

from nbmlops.capture.run import ActiveRun
from nbmlops.magics.notebook import has_person
from nbmlops.workspace import Workspace
from nbmlops.workspace.tracking import user_and_host

__all__ = ["PlaceTeller", "place_of"]

EVERY_SECONDS = 10.0  # in a loop of blocks once is enough; a page that comes later hears it then


def place_of(workspace: Workspace) -> dict[str, str]:
    """Where the runs of this kernel go, without passwords, and who said so."""
    settings = workspace.settings
    return {
        "location": settings.location,
        "source": settings.source,
        "host": user_and_host()[1],
        "problem": workspace.store.writer.problem,
    }


class PlaceTeller:
    """Tells where the run of a block goes, which shows no card. Silent cells stay silent.

    It is an update of a display that nobody has, which every front end passes over.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._told_at: dict[str, float] = {}
        self._pid = os.getpid()

    def __call__(self, run: ActiveRun, workspace: Workspace) -> None:
        """Tell it, where somebody can hear it; code that names its workspace itself knows it."""
        settings = workspace.settings
        is_child = os.getpid() != self._pid  # the connection to front ends is its parent's
        if settings.source == "argument" or is_child or not has_person(self._shell):
            return
        now = monotonic()
        if now - self._told_at.get(settings.location, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        self._told_at[settings.location] = now
        kernel = self._shell.kernel
        said = {"run": run.id, **place_of(workspace)}
        transient = {"display_id": f"nbmlops-place-{run.id}", "nbmlops": said}
        kernel.session.send(
            kernel.iopub_socket,
            "update_display_data",
            {"data": {}, "metadata": {}, "transient": transient},
            parent=kernel.get_parent(),
            ident=f"kernel.{kernel.ident}.display_data".encode(),
        )
