"""Completion in the shell: commands, options, runs, experiments, fields and artifacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, CompletionItem

from nbmlops.cli.session import workspace_of
from nbmlops.cli.usage import Command, OneOf
from nbmlops.errors import NbmlopsError
from nbmlops.events import experiment_key

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = [
    "complete_artifact",
    "complete_experiment",
    "complete_field",
    "complete_monitor",
    "complete_run",
    "complete_words",
    "completion",
]

SHELLS = {
    "bash": "echo 'eval \"$(nbmlops completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(nbmlops completion zsh)\"' >> ~/.zshrc",
    "fish": "nbmlops completion fish > ~/.config/fish/completions/nbmlops.fish",
}
RECENT = 200


class Bash(BashComplete):
    """The script of click, but names are quoted, and nothing is typed behind `NAME=`."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        """COMPREPLY+=("$(printf '%%q' "$value")")
            [[ $value == *= ]] && compopt -o nospace""",
    )


@click.command(cls=Command, epilog="\b\n" + "\n".join(SHELLS.values()))
@click.argument("shell", type=OneOf(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    To have it in every new shell, say once:
    """
    from click.shell_completion import get_completion_class

    kind = Bash if shell == "bash" else get_completion_class(shell)
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
            if run.name not in seen:
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


def complete_monitor(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The monitors that begin like this."""

    def offers(workspace: Workspace) -> Iterable[CompletionItem]:
        for monitor in workspace.monitors.find():
            yield CompletionItem(monitor.name, help=f"{monitor.look_count} looks")

    return _complete(context, incomplete, offers)


def complete_field(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What filters and orders speak of: attributes, and the metrics, parameters, tags there are."""
    return _complete(context, incomplete, _fields)


def complete_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Experiments for the first word, and what a filter speaks of."""
    is_first = not context.params.get(parameter.name or "")
    experiments = complete_experiment(context, parameter, incomplete) if is_first else []
    return experiments + complete_field(context, parameter, incomplete)


def complete_artifact(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The artifacts of the run that is named before."""

    def offers(workspace: Workspace) -> Iterable[CompletionItem]:
        for artifact in workspace.runs.get(str(context.params["run"])).artifacts.values():
            yield CompletionItem(artifact.name, help=artifact.media_type)

    return _complete(context, incomplete, offers)


def _fields(workspace: Workspace) -> Iterable[CompletionItem]:
    from nbmlops.store.filters import ATTRIBUTES

    for attribute in ATTRIBUTES:
        yield CompletionItem(attribute)
    for group in ("metric", "param", "tag"):
        for name in workspace.store.runs.names(group):
            yield CompletionItem(f"{group}s.{name}")


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
