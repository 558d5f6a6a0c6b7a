"""What was typed and does not fit, told in our words: what it is, what there is instead.

click finds it, and its own texts are for programmers ("'many' is not a valid integer range").
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import click

from nbmlops.errors import InvalidError, InvalidOptionError
from nbmlops.wording import did_you_mean

__all__ = ["Command", "Count", "OneOf", "Seconds", "Sorting", "as_ours"]


class Command(click.Command):
    """A command whose errors know which command it was."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left of the arguments, which is nothing. Raises InvalidError for more."""
        ctx.allow_extra_args = True  # they are refused here, by their names
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if rest and not ctx.resilient_parsing:
            words = " ".join(rest)
            takes = ", ".join(_name(one) for one in self.params if isinstance(one, click.Argument))
            raise InvalidError(
                f"`{ctx.command_path}` takes {takes or 'options only'}; {words!r} is too much.",
                hint="Put a text of several words in quotes." if takes else _more(ctx),
                command=ctx.command_path,
            )
        return rest


class Sorting(Command):
    """A command whose `--sort COLUMN` takes a direction behind it, with or without quotes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left of the arguments; `--sort metrics.auc desc` means 'metrics.auc desc'."""
        joined: list[str] = []
        for word in args:
            option, value = ["", "", *joined][-2:]
            if (
                word.lower() in ("asc", "desc")
                and (option == "--sort" or value.startswith("--sort="))
                and " " not in value
            ):
                joined[-1] += f" {word}"
            else:
                joined.append(word)
        return super().parse_args(ctx, joined)


class Count(click.ParamType):  # type: ignore[type-arg]  # generic in its latest versions
    """A whole number from 1 on."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises InvalidOptionError."""
        if isinstance(value, int):
            return value
        if not (value.strip().isascii() and value.strip().isdigit() and 0 < int(value) < 2**63):
            _refuse(param, f"{value!r} is not a whole number from 1 on")
        return int(value)


class Seconds(click.ParamType):  # type: ignore[type-arg]
    """A duration that is longer than nothing."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The duration. Raises InvalidOptionError."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            _refuse(param, f"{value!r} is not a number of seconds above 0")
        return seconds


class OneOf(click.Choice):  # type: ignore[type-arg]
    """One of a few words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word. Raises InvalidOptionError, which names the nearest one."""
        try:
            return str(super().convert(value, param, ctx))
        except click.BadParameter:
            known = [str(choice) for choice in self.choices]
            raise InvalidError(
                f"There is no {_name(param) if param else 'word'} {value!r}.",
                hint=did_you_mean(value, known),
            ) from None


def _refuse(param: click.Parameter | None, problem: str) -> NoReturn:
    option = param.opts[0] if param is not None else "?"
    hint = f"Write {_name(param)}." if param is not None else ""
    raise InvalidOptionError(option, problem, hint=hint)


def as_ours(error: click.UsageError) -> InvalidError:
    """The error in our words; those of click where it has found something else."""
    ctx = error.ctx
    command = ctx.command if ctx is not None else None
    if isinstance(error, click.NoSuchOption):
        known = [word for one in _options(command) for word in one.opts]
        known += ctx.help_option_names if ctx is not None else []
        return InvalidOptionError(error.option_name, "there is no such option", known=known)
    if isinstance(error, click.BadOptionUsage):
        for one in _options(command):
            if error.option_name in one.opts:
                problem = "it takes no value" if one.is_flag else "its value is missing"
                return InvalidOptionError(error.option_name, problem, hint=f"Write {_name(one)}.")
    if isinstance(error, click.MissingParameter) and ctx is not None and error.param is not None:
        return InvalidError(
            f"`{ctx.command_path}` needs {_name(error.param)}.",
            hint=_more(ctx),
            command=ctx.command_path,
        )
    return InvalidError(error.format_message(), hint=_more(ctx) if ctx else "")


def _options(command: click.Command | None) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option)] if command else []


def _name(param: click.Parameter) -> str:
    """A parameter as the help shows it: `RUN`, `--limit N`."""
    if isinstance(param, click.Argument):
        return param.metavar or str(param.name).upper() + ("…" if param.nargs == -1 else "")
    assert isinstance(param, click.Option)
    kind = "" if param.is_flag else f" {param.metavar or str(param.name).upper()}"
    return param.opts[-1] + kind


def _more(ctx: click.Context) -> str:
    return f"`{ctx.command_path} --help` tells what there is."
