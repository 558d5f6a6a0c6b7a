"""The live card's widget: it takes points as numbers, and asks for an interrupt."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from nbmlops.capture.following import Points
from nbmlops.widgets.view import View, module_text

__all__ = ["CardView"]


class CardView(View):
    """The card of a run that is going on."""

    _esm = module_text("card.js")
    _css = module_text("card.css")

    def __init__(
        self,
        about: Mapping[str, Any],
        *,
        on_stop: Callable[[], None],
        everything: Callable[[], Mapping[str, Points]],
    ) -> None:
        super().__init__(about=dict(about))
        self._nbm_stop, self._nbm_everything = on_stop, everything
        self.on_msg(self._nbm_told)

    def _nbm_push(
        self, points: Mapping[str, Points], facts: Mapping[str, Any], *, anew: bool = False
    ) -> None:
        """Send new points, as numbers in memory order, and the facts of now."""
        names = list(points)
        numbers = [
            array("d", column).tobytes()
            for name in names
            for column in (points[name].steps, points[name].values)
        ]
        self.send({"type": "points", "names": names, "anew": anew, "facts": facts}, numbers)

    def _nbm_told(self, _: Any, content: Any, __: Any) -> None:
        """A view said something. While a cell runs, only some front ends' words come through."""
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "stop":
            self._nbm_stop()
        elif kind == "ready":
            self._nbm_push(self._nbm_everything(), {"is_heard": True}, anew=True)
