"""Environment and git state against the first run's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nbmlops.comparison.records import EnvironmentRows, GitChange, VersionRow
from nbmlops.records import Environment, Git, Run

__all__ = ["compare_environments", "compare_git", "files_in"]


def compare_environments(runs: Sequence[Run]) -> EnvironmentRows:
    """A row for each version that is not the same in all runs of which the environment is known."""
    known = {run.id: run.environment for run in runs if run.environment is not None}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for run_id, environment in known.items():
        for kind, versions in _kinds(environment):
            for name, version in versions.items():
                found.setdefault((kind, name), {})[run_id] = version
    rows = [
        VersionRow(name, kind, versions)
        for (kind, name), versions in found.items()
        if len(versions) < len(known) or len(set(versions.values())) > 1
    ]
    order = {kind: place for place, kind in enumerate(("interpreter", "package", "variable"))}
    rows.sort(key=lambda row: (order[row.kind], row.name.lower()))
    missing = tuple(run.id for run in runs if run.environment is None)
    return EnvironmentRows(tuple(rows), len(found) - len(rows), missing)


def _kinds(environment: Environment) -> tuple[tuple[str, Mapping[str, str]], ...]:
    return (
        ("interpreter", {"Python": environment.python, "platform": environment.platform}),
        ("package", environment.packages),
        ("variable", environment.variables),
    )


def compare_git(runs: Sequence[Run]) -> dict[str, GitChange]:
    """The change of each run after the first; without runs where neither has a repository."""
    first = runs[0].git
    return {
        run.id: _git(first, run.git) for run in runs[1:] if first is not None or run.git is not None
    }


def _git(first: Git | None, other: Git | None) -> GitChange:
    if first is None or other is None:
        return GitChange(
            "missing",
            first.commit if first else None,
            other.commit if other else None,
            is_dirty_before=bool(first and first.dirty),
            is_dirty_after=bool(other and other.dirty),
        )
    # A diff that could not be had is no sign of other changes.
    is_other_diff = first.dirty != other.dirty or first.diff != other.diff
    differs = first.commit != other.commit or is_other_diff or first.branch != other.branch
    old, new = files_in(first.diff), files_in(other.diff)
    files = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return GitChange(
        "differs" if differs else "same",
        first.commit,
        other.commit,
        first.branch,
        other.branch,
        first.dirty,
        other.dirty,
        is_other_diff,
        tuple(sorted(files)) if is_other_diff else (),
    )


def files_in(diff: str) -> dict[str, str]:
    """The files that a git diff changes, each with its part of the diff.

    >>> list(files_in("diff --git a/train.py b/train.py\\n@@ -1 +1 @@\\n-a\\n+b"))
    ['train.py']
    """
    parts = re.split(r"^(?=diff --git )", diff, flags=re.MULTILINE)
    found = {}
    for part in parts:
        if match := re.match(r"diff --git \"?a/(.*?)\"? \"?b/", part):
            found[match[1]] = part
    return found
