"""What is wrong with a workspace, and the repairs that can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["Doctor"]


class Doctor:
    """Verbs of `nbmlops doctor`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def check(self) -> list[Any]:
        """Everything that was looked at, each a Finding; problems come with their remedy."""
        from nbmlops.store.doctor import check

        return list(check(self._workspace.store))

    def repair(self) -> list[Any]:
        """Repair what can be repaired without losing anything; what was done."""
        from nbmlops.store.doctor import repair

        return list(repair(self._workspace.store))

    def rebuild(self) -> Any:
        """Make the tables again from journals and archives; the old database is kept beside."""
        from nbmlops.store.doctor import rebuild

        return rebuild(self._workspace.store)
