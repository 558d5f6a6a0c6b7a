"""The face of JupyterLab's panel: REST routes of a Jupyter server extension.

`routes` is the one table of what can be asked, `answers` says what comes back, `handler` is the one
class that Tornado calls, `places` knows which workspaces there are, `events` pushes changes.
"""

from __future__ import annotations

from typing import Any

__all__ = ["load"]


def load(app: Any) -> None:
    """Add the routes to a Jupyter server."""
    from nbmlops.server.handler import add_routes

    add_routes(app.web_app)
