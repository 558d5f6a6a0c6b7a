"""Tables, comparisons and reports of drift as the views of the panel, beside their static form.

The form that lies in the notebook's file is the static one; the widget stands beside it where
a front end is there that shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.magics.live import delay_of
from nbmlops.magics.notebook import has_person
from nbmlops.workspace import Workspace, current_workspace
from nbmlops.workspace.runs import RunTable

if TYPE_CHECKING:
    from nbmlops.comparison.records import Comparison
    from nbmlops.drift.records import DriftReport

__all__ = ["add_views", "remove_views"]

# By name: they take time to import.
_COMPARISON = ("nbmlops.comparison.records", "Comparison")
_DRIFT = ("nbmlops.drift.records", "DriftReport")


def add_views(shell: Any) -> None:
    """Let tables, comparisons and reports come with a widget."""
    if getattr(shell, "kernel", None) is None:
        return
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type(RunTable, lambda table, **_: _bundle(shell, table))
    for name in (_COMPARISON, _DRIFT):
        formatter.for_type_by_name(*name, lambda shown, **_: _bundle(shell, shown))


def remove_views(shell: Any) -> None:
    """Take away what `add_views` added."""
    if getattr(shell, "kernel", None) is not None:
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.type_printers.pop(RunTable, None)
        for name in (_COMPARISON, _DRIFT):
            formatter.deferred_printers.pop(name, None)
        for kind in list(formatter.type_printers):  # where it went when one was shown
            if (kind.__module__, kind.__name__) in (_COMPARISON, _DRIFT):
                del formatter.type_printers[kind]


def _bundle(shell: Any, shown: RunTable | Comparison | DriftReport) -> dict[str, Any]:
    bundle = shown._repr_mimebundle_()
    try:
        if has_person(shell):
            workspace = current_workspace()
            if delay_of(workspace.settings.live) is not None:
                return {**_view(shown, workspace), **bundle}
    except Exception:  # noqa: BLE001 - the static form says the same
        return bundle
    return bundle


def _view(shown: RunTable | Comparison | DriftReport, workspace: Workspace) -> dict[str, Any]:
    """The entry of a widget; {} where there is none for this."""
    from nbmlops.comparison.records import Comparison
    from nbmlops.widgets.view import module_text
    from nbmlops.widgets.views import ComparisonView, DriftView, RunsView

    if isinstance(shown, Comparison):
        if not module_text("comparison.js"):
            return {}
        ids = [run.id for run in shown.runs]
        return ComparisonView(workspace, {"runs": ids})._nbm_bundle()
    if not isinstance(shown, RunTable):
        if shown.run_id is None or not module_text("drift.js"):
            return {}  # what is not recorded cannot be asked for
        return DriftView(workspace, {"run": shown.run_id})._nbm_bundle()
    if shown.asked is None or not shown or not module_text("runs.js"):
        return {}
    about = {**shown.asked, "count": min(shown.total, 1000)}
    return RunsView(workspace, about)._nbm_bundle()
