"""The routes without a server: how a view under a cell asks the kernel that it belongs to."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from nbmlops.errors import NbmlopsError
from nbmlops.server import answers
from nbmlops.server.places import Place
from nbmlops.server.routes import ROUTES, Route, pattern, read_body, read_query
from nbmlops.workspace import Workspace

__all__ = ["ask", "key_of"]


class _OnePlace:
    """The workspace of the kernel, whichever is asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._place = Place(workspace)

    def known(self) -> list[Place]:
        return [self._place]

    def find(self, key: str | None, notebook: str | None) -> Place:
        return self._place

    def path_of(self, notebook: str) -> str:
        return notebook


def key_of(workspace: Workspace) -> str:
    """The key under which a server knows a workspace."""
    return Place(workspace).key


def ask(
    workspace: Workspace, method: str, target: str, body: object = None
) -> tuple[int, dict[str, Any] | answers.Download]:
    """The HTTP status and the answer to one request; `target` is a path below the prefix."""
    parts = urlsplit(target)
    for form, route in _paths():
        match = form.fullmatch("/" + parts.path)
        if match is None or route.method != method or route.verb == "events":
            continue
        try:
            asked = answers.Asked(
                _OnePlace(workspace),
                {name: unquote(value) for name, value in match.groupdict().items()},
                read_query(route, parse_qs(parts.query, keep_blank_values=True)),
                read_body(route, json.loads(json.dumps(body))) if route.body else {},
            )
            return 200, getattr(answers, route.verb)(asked)
        except NbmlopsError as exc:
            return exc.status, answers.refusal(exc)
    return 404, {
        "error": {
            "type": "NotFound",
            "kind": "NotFoundError",
            "message": f"There is no {method} {parts.path[:100]}.",
            "hint": "",
            "details": {},
        }
    }


@cache
def _paths() -> list[tuple[re.Pattern[str], Route]]:
    routes = sorted(ROUTES, key=lambda route: route.path.count("{"))
    return [(re.compile(pattern(route.path)), route) for route in routes]
