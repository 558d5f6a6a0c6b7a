"""What every command knows: which workspace is meant, and whether a machine reads the answer.

`--workspace` and `--json` may stand before or after the subject and the verb.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspace import Workspace

__all__ = ["Session", "session_options", "workspace_of"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Session:
    """The options that all commands share."""

    workspace: str | None = None
    json: bool = False

    def open(self, *, may_be_new: bool = False, near: Path | None = None) -> Workspace:
        """The workspace that was asked for, else the one that applies here, or to the folder
        `near` of the notebook that is meant.

        Raises WorkspaceNotFoundError for a folder that was asked for and has none, unless the
        command is one that makes it: a typing error must not look like an empty workspace.
        """
        from nbmlops.errors import WorkspaceNotFoundError
        from nbmlops.workspace import current_workspace, open_workspace

        if self.workspace is None:
            return current_workspace(near)
        workspace = open_workspace(self.workspace)
        settings = workspace.settings
        if settings.is_folder and not may_be_new:
            if (
                not (settings.root / "journal").exists()
                and not settings.root.joinpath("workspace.db").exists()
            ):
                raise WorkspaceNotFoundError(self.workspace)
        return workspace


def workspace_of(context: click.Context) -> Workspace:
    """The workspace of a command under way; completion asks this way."""
    return context.ensure_object(Session).open()


def _set_workspace(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Session).workspace = value


def _set_json(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Session).json = True


def session_options(command: Command) -> Command:
    """Add `--workspace` and `--json`, which fill the context's Session (`click.pass_obj`)."""
    command = click.option(
        "--json",
        "as_json",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_set_json,
        help="Print JSON for machines.",
    )(command)
    return click.option(
        "--workspace",
        metavar="PATH_OR_URL",
        expose_value=False,
        is_eager=True,
        callback=_set_workspace,
        help="The workspace to use instead of the one that applies here.",
    )(command)
