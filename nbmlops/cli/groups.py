"""Command groups that load a subject's module when it is used, and know a typing error.

`nbmlops --help` and completion therefore cost what click costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from nbmlops.cli.usage import Command
from nbmlops.wording import did_you_mean

__all__ = ["AliasedGroup", "LazyGroup"]


class AliasedGroup(click.Group):
    """A group whose commands may have a second name that the help does not repeat."""

    command_class = Command

    def __init__(
        self, *arguments: Any, aliases: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.aliases = dict(aliases or {})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left for the command of the group."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name or alias."""
        return super().get_command(ctx, self.aliases.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command and what is left of the arguments; the nearest word where there is none."""
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-"):
            hint = did_you_mean(word, self.list_commands(ctx))
            raise click.UsageError(f"There is no command {word!r}. {hint}".strip(), ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(AliasedGroup):
    """A group that is told where its commands are and imports one when it is called."""

    def __init__(
        self,
        *arguments: Any,
        places: Mapping[str, tuple[str, str]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.places = dict(places or {})  # command → (module:attribute, one line of help)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which a newcomer meets them."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported."""
        name = self.aliases.get(cmd_name, cmd_name)
        if name not in self.places:
            return super().get_command(ctx, name)
        module, _, attribute = self.places[name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        rows = [(name, self.places[name][1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
