"""Which workspaces the server may look at: its own, and those of notebooks that it serves.

A client names a key or a notebook, never a folder or a URL: what a browser may ask for is decided
here, by the settings that lie beside the notebooks.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Lock

from nbmlops.errors import NotebookNotFoundError, WorkspaceNotFoundError
from nbmlops.workspace import Workspace, tracking_workspace

__all__ = ["Place", "Places"]

UNSEEN = (
    "This server has not looked there: open a notebook that records there, or, if only its kernel "
    "does, give kernel and server the same NBMLOPS_WORKSPACE."
)


class Place:
    """A workspace under its key, and why it is not the one that was configured."""

    def __init__(self, workspace: Workspace, problem: str = "") -> None:
        self.workspace = workspace
        self.problem = problem
        self.key = _key(workspace)


class Places:
    """The workspaces of one server. `root` is the folder of its notebooks, if it has one."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._known: dict[str, Place] = {}
        self._lock = Lock()

    def default(self) -> Place:
        """The workspace that applies to the server's folder."""
        return self._remember(Place(*tracking_workspace(self._root)))

    def known(self) -> list[Place]:
        """All that were asked for so far, the default one first."""
        default = self.default()
        with self._lock:
            return [default, *(place for key, place in self._known.items() if key != default.key)]

    def find(self, key: str | None, notebook: str | None) -> Place:
        """The workspace of a key, else of a notebook, else the default one.

        Raises WorkspaceNotFoundError for a key that this server never gave and that is not the
        notebook's, and NotebookNotFoundError for a path that leads out of its folder.
        """
        if key:
            if key == self.default().key:
                return self.default()
            with self._lock:
                if key in self._known:
                    return self._known[key]
            # A server that was started anew learns it again from the notebook that led there.
            if notebook:
                place = self._remember(Place(*tracking_workspace(self._folder_of(notebook))))
                if place.key == key:
                    return place
            raise WorkspaceNotFoundError(key[:80], hint=UNSEEN)
        if notebook:
            return self._remember(Place(*tracking_workspace(self._folder_of(notebook))))
        return self.default()

    def path_of(self, notebook: str) -> str:
        """Where a notebook of this server is on disk; the same where nobody can say."""
        folder = self._folder_of(notebook)
        return notebook if folder is None else str(folder / Path(notebook).name)

    def _folder_of(self, notebook: str) -> Path | None:
        if self._root is None:  # notebooks that are kept elsewhere have no folder here
            return None
        root = os.path.realpath(self._root)
        path = os.path.realpath(os.path.join(root, notebook.lstrip("/")))
        if "\0" in notebook or os.path.commonpath([root, path]) != root:
            raise NotebookNotFoundError(notebook[:200])
        return Path(path).parent

    def _remember(self, place: Place) -> Place:
        with self._lock:
            known = self._known.get(place.key)
            if known is None or known.workspace is not place.workspace:
                self._known[place.key] = known = place
            return known


def _key(workspace: Workspace) -> str:
    settings = workspace.settings
    said = f"{settings.database}\0{settings.artifacts}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
