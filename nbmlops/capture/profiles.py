"""Profiles of what a cell's models learned from, as artifacts: later data are compared with them.

The user's data is read when the cell has ended, in what is left of the time that looking at it may
take; what no name holds, as `frame[features]`, was read when the fit began. Sorting and writing
are done in a thread, on copies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from nbmlops.capture.later import later
from nbmlops.capture.redaction import MARK, is_secret_name, redact
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.watching import Watch
from nbmlops.capture.watching.seen import DataSeen, Seen
from nbmlops.errors import NbmlopsError

__all__ = ["keep_profiles"]

MOST_PROFILES = 4  # of one cell
MEDIA_TYPE = "application/zip"
MOST_BYTES = 16 << 20  # of one


def keep_profiles(
    run: ActiveRun,
    watch: Watch,
    seen: Seen,
    namespace: Mapping[str, Any],
    *,
    changed: Collection[str] = (),
) -> None:
    """Keep a profile of each data set that a model learned from, as far as there is time.

    What the cell has `changed` in place is kept only where it is still what the model saw.
    """
    wanted: list[DataSeen] = []
    train = [data for data in seen.data if data.role == "train"]
    for known in sorted(train, key=lambda data: -len(data.print.columns))[:MOST_PROFILES]:
        value = known.alive() if known.alive is not None else None
        if known.sample is None and value is not None:
            with watch.looking() as may:
                if may and (known.name not in changed or _is_same(known, value, watch)):
                    watch.sample(known, value, 0.7)
        if known.sample is not None:
            wanted.append(known)
    if wanted:
        later(lambda: _keep(run, wanted), "nbmlops-profiles")


def _is_same(known: DataSeen, value: Any, watch: Watch) -> bool:
    """True where data surely is what it was when the fit began."""
    from nbmlops.data.fingerprint import fingerprint

    if known.print.partial:
        return False
    found = fingerprint(value, budget_bytes=watch.budget_bytes())
    return found is not None and found.digest == known.print.digest


def _keep(run: ActiveRun, wanted: Collection[DataSeen]) -> None:
    taken = run.snapshot().artifacts
    for known in wanted:
        name = f"{known.name}.profile"
        if name in taken:
            continue  # the user's own
        profile = known.sample.profile(known.name)
        known.sample = None  # whose copies are not needed any more
        profile = replace(profile, columns=tuple(map(_without_secrets, profile.columns)))
        content = profile.to_bytes()
        if len(content) > MOST_BYTES:
            continue
        try:
            run.keep(content, name, MEDIA_TYPE, "profile")
        except NbmlopsError as exc:
            run.warn("not-recorded", str(exc))
            return


def _without_secrets(column: Any) -> Any:
    """The column without labels that are secrets by their form, or any where its name says so."""
    if is_secret_name(column.name):
        reason = "its name says that it holds secrets"
        return replace(column, form="unreadable", numbers=None, levels=(), counts=None,
                       mean=None, deviation=None, distinct_count=None, rest_count=0,
                       reason=reason)  # fmt: skip
    if not column.levels or column.counts is None:
        return column
    clean = [redact(level) for level in column.levels]
    hidden = [one != level for one, level in zip(clean, column.levels, strict=True)]
    if not any(hidden):
        return column
    import numpy as np  # loaded already, as the labels were counted with it

    kept = [place for place, is_hidden in enumerate(hidden) if not is_hidden]
    secret = int(column.counts.sum() - column.counts[kept].sum())
    return replace(
        column,
        levels=(*(column.levels[place] for place in kept), MARK),
        counts=np.append(column.counts[kept], secret),
    )
