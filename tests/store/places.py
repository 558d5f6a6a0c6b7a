"""Other places for workspaces of a test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbmlops.settings import Settings

__all__ = ["settings_at"]


def settings_at(settings: Settings, root: Path) -> Settings:
    """The settings of a workspace in another folder, with a database of its own there."""
    return replace(
        settings,
        root=root,
        database=f"sqlite:///{root / 'workspace.db'}",
        artifacts=str(root / "artifacts"),
    )
