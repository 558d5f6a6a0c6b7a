"""Completion in the shell: commands, options, runs and experiments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from nbmlops.cli.session import workspace_of
from nbmlops.cli.usage import Command, OneOf
from nbmlops.errors import NbmlopsError
from nbmlops.events import experiment_key

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["complete_experiment", "complete_run", "completion"]

SHELLS = {
    "bash": "echo 'eval \"$(nbmlops completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(nbmlops completion zsh)\"' >> ~/.zshrc",
    "fish": "nbmlops completion fish > ~/.config/fish/completions/nbmlops.fish",
}
RECENT = 200


@click.command(cls=Command, epilog="\b\n" + "\n".join(SHELLS.values()))
@click.argument("shell", type=OneOf(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    To have it in every new shell, say once:
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    click.echo(kind(root, {}, "nbmlops", "_NBMLOPS_COMPLETE").source())


def complete_run(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names and ids of recent runs that begin like this."""

    def offers(workspace: Workspace) -> Iterable[CompletionItem]:
        for word in ("last", "best"):
            yield CompletionItem(word)
        runs = list(workspace.runs.find(limit=RECENT))
        seen: set[str] = set()
        for run in runs:
            if run.name not in seen and " " not in run.name:
                seen.add(run.name)
                yield CompletionItem(run.name, help=f"{run.experiment} · {run.status}")
        for run in runs:
            yield CompletionItem(run.id, help=f"{run.experiment} · {run.name}")

    return _complete(context, incomplete, offers)


def complete_experiment(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The experiments that begin like this, in any case."""

    def offers(workspace: Workspace) -> Iterable[CompletionItem]:
        for summary in workspace.store.runs.experiments():
            yield CompletionItem(summary.name, help=f"{summary.run_count} runs")

    return _complete(context, incomplete, offers, same=experiment_key)


def _complete(
    context: click.Context,
    incomplete: str,
    offers: Callable[[Workspace], Iterable[CompletionItem]],
    *,
    same: Callable[[str], str] = str,
) -> list[CompletionItem]:
    try:
        found = list(offers(workspace_of(context)))
    except (NbmlopsError, OSError):  # a message at the prompt would be worse than no offer
        return []
    return [item for item in found if same(item.value).startswith(same(incomplete))]
