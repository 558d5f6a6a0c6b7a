"""The facts around a run, each with its name, for the card's details and the terminal alike.

The values are as they were recorded: who shows them makes them visible and escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nbmlops.records import FittedModel, Git, Output, Run
from nbmlops.views import quantities

__all__ = ["Fact", "environment", "identity", "model_size", "texts"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value; `is_code` asks for a fixed-width font, `is_link` for a link if it may."""

    name: str
    value: str
    is_code: bool = False
    is_link: bool = False


def identity(run: Run) -> list[Fact]:
    """Which run it is, when and where it ran, and what it belongs to."""
    cell = run.cell
    cpu = quantities.duration(run.resources.cpu_seconds) if run.resources else ""
    found = [
        Fact("id", run.id, is_code=True),
        Fact("started", quantities.instant(run.started_at)),
        Fact("ended", quantities.instant(run.ended_at)),
        Fact("CPU time", cpu),
        Fact("by", "@".join(part for part in (run.user, run.host) if part)),
        Fact(
            "script" if run.kind == "script" else "notebook",
            (cell.notebook_path or cell.notebook_name or "") if cell else "",
        ),
        Fact("cell", _place(run)),
        Fact("part of", run.parent_id or "", is_code=True),
        *_git(run.git),
    ]
    return [fact for fact in found if fact.value]


def _place(run: Run) -> str:
    if run.cell is None:
        return ""
    count = run.cell.execution_count
    parts = [f"[{count}]" if count is not None else "", run.cell.cell_id or ""]
    return " ".join(part for part in parts if part)


def _git(git: Git | None) -> list[Fact]:
    if git is None:
        return []
    commit = (git.commit or "no commit")[:12] + (" with changes" if git.dirty else "")
    return [
        Fact("commit", commit, is_code=True),
        Fact("branch", git.branch or ""),
        Fact("remote", git.remote or "", is_link=True),
    ]


def model_size(model: FittedModel) -> str:
    """How large a model is, and where its bytes are, in words; "" where neither is known.

    >>> model_size(FittedModel("model", "Ridge", size_bytes=2048))
    'about 2.0 kB'
    """
    size = quantities.size(model.size_bytes)
    if model.artifact:
        return f"kept as {model.artifact}" + (f", {size}" if size else "")
    return f"about {size}" if size else ""


def environment(run: Run, packages: int) -> list[Fact]:
    """The interpreter, the machine and the first `packages` packages."""
    if run.environment is None:
        return []
    listed = [f"{name} {version}" for name, version in run.environment.packages.items()]
    more = f" +{len(listed) - packages} more" if len(listed) > packages else ""
    found = [
        Fact("Python", run.environment.python),
        Fact("platform", run.environment.platform),
        Fact("packages", ", ".join(listed[:packages]) + more),
        *(Fact(name, value) for name, value in list(run.environment.variables.items())[:packages]),
    ]
    return [fact for fact in found if fact.value]


def texts(run: Run, *, with_diff: bool) -> Iterator[tuple[str, str]]:
    """The longer texts of a run, each with its title; only those that there are."""
    found = [
        ("Note", run.note),
        ("Traceback", run.error.traceback if run.error else ""),
        *((_printed(stream, output), output.text) for stream, output in run.outputs.items()),
        ("Code", run.cell.source if run.cell else ""),
        ("Changes since the commit", run.git.diff if run.git and with_diff else ""),
    ]
    return ((title, text) for title, text in found if text.strip())


def _printed(stream: str, output: Output) -> str:
    # In the title, because a view that has little room leaves out the middle of the text.
    gone = output.left_out_bytes
    dropped = f", {quantities.size(gone)} in the middle not kept" if gone else ""
    return f"Printed to {stream}{dropped}"
