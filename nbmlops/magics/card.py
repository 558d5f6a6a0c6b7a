"""Showing the card under a tracked cell, within the time that the cell allows."""

from __future__ import annotations

from threading import Thread
from time import monotonic
from typing import Any

from nbmlops.capture.facts import guard
from nbmlops.capture.following import sampled_series
from nbmlops.capture.run import ActiveRun
from nbmlops.magics.live import LiveCard, said_of
from nbmlops.magics.places import place_of
from nbmlops.records import History
from nbmlops.workspace import Workspace
from nbmlops.workspace.history import for_run

__all__ = ["show_card"]

BUDGET_SECONDS = 0.005
BUDGET_SHARE = 0.05
HEADLESS_SECONDS = 5.0


def show_card(
    shell: Any,
    run: ActiveRun,
    workspace: Workspace,
    cell_seconds: float,
    *,
    headless: bool,
    git: Thread | None = None,
    live: LiveCard | None = None,
) -> None:
    """Publish the card of a run that has ended.

    What it is compared with was read in the background while the cell ran; a person's prompt
    waits for it no longer than the budget, a scheduled notebook a few seconds. Where that was too
    short, as under the first quick cell of a kernel, the card is drawn again when it is known. The
    thread `git`, which finds out what was not committed, is waited for as long. Where a live card
    stands, this one takes its place.
    """
    with guard(run, "card"):
        from nbmlops.views.runs import bundle_metadata, run_bundle

        patience = max(BUDGET_SECONDS, BUDGET_SHARE * cell_seconds)
        ends_at = monotonic() + (HEADLESS_SECONDS if headless else min(patience, 1.0))
        history = workspace.runs.background.history(
            run.experiment, seconds=max(ends_at - monotonic(), 0.0)
        )
        if git is not None:
            git.join(max(ends_at - monotonic(), 0.0))
        record = run.snapshot()
        history = for_run(history, record) if history is not None else None
        series = sampled_series(run)
        bundle = run_bundle(record, history=history, series=series)
        cell_id = record.cell.cell_id if record.cell is not None else None
        said = said_of(run, cell=cell_id, **place_of(workspace))
        place: dict[str, Any] = {"transient": {"display_id": f"nbmlops-{run.id}", **said}}
        if live is not None and live.end():
            place["update"] = True
        elif getattr(shell, "kernel", None) is None:
            place = {}
        elif history is not None:
            del place["transient"]["display_id"]
        metadata = {**bundle_metadata(bundle), **said_of(run)}
        shell.display_pub.publish(data=bundle, metadata=metadata, **place)
        if live is not None:
            live.close()
        if history is not None or not place:
            return

        def draw_again(known: History) -> None:
            again = run_bundle(record, history=for_run(known, record), series=series)
            if again != bundle:
                place["update"] = True
                metadata = {**bundle_metadata(again), **said_of(run)}
                shell.display_pub.publish(data=again, metadata=metadata, **place)

        workspace.runs.background.tell(record, draw_again)
