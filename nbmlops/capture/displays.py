"""What a cell displays, heard where IPython publishes it, and nothing is rendered again for it.

ipykernel lets others look at each message before it is sent; where a part of an older one or a
shell without a kernel has no such place, IPython's history of outputs is read after the cell, and
under IPython 8, which has none, the method that is told of a result is listened to. So nothing
stands between the cell and its displays. What the front end has replaced or cleared is forgotten.

Kept are pictures, and figures of plotting libraries without what they only carry along (see
`drawn`). Everything else that can be displayed, as the HTML of a frame, holds values of data, and
is kept only where a person has switched `displays` on.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nbmlops.capture.drawn import vega_type_of
from nbmlops.capture.picture_names import name_of
from nbmlops.capture.shadows import Shadow
from nbmlops.interrupts import interrupts_held

__all__ = ["Displays", "Shown"]

MOST_COUNT = 24
MOST_BYTES = 16 << 20  # of all that one cell displays, as it is published
PICTURES = (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "image/webp",
    "image/gif",
    "application/pdf",
)
FIGURES = ("application/vnd.plotly.", "application/vnd.vegalite.", "application/vnd.vega.")
TEXTS = ("text/html", "text/markdown", "text/latex", "application/geo+json", "application/json")
OURS = 'class="nbmlops '  # on the outside of everything that we show
DEPTH = 12


@dataclass(slots=True)
class Shown:
    """One display: its best form as it was published, and what it may be called."""

    media_type: str
    content: Any
    name: str = ""
    display_id: str | None = None

    @property
    def size(self) -> int:
        """About how many bytes its content has."""
        return _size(self.content)

    @property
    def is_figure(self) -> bool:
        """True for pictures and for figures of plotting libraries."""
        return self.media_type in PICTURES or self.media_type.startswith(FIGURES)


class Displays:
    """Listens to a shell from `begin` until `stop`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._on = self._whole = False
        self._hooked: list[Any] = []
        self._shadow: Shadow | None = None
        self._history: dict[int, int] = {}
        self._shown: list[Shown] = []
        self._is_clearing = False
        self.at_clearing: Callable[[], None] = lambda: None
        self._left_out = {True: 0, False: 0}  # of figures, and of everything else

    def begin(self, *, whole: bool = False) -> None:
        """Begin to listen, with `whole` to all that is displayed; once."""
        if self._on or self._shell is None:
            return
        self._on, self._whole = True, whole
        outputs, count = self._outputs(), self._shell.execution_count
        known = outputs or {}
        self._history = {at: len(known.get(at, ())) for at in (count - 1, count, count + 1)}
        for part in (self._shell.display_pub, self._shell.displayhook):
            if callable(getattr(part, "register_hook", None)):
                part.register_hook(self._hear)
                self._hooked.append(part)
            elif part is self._shell.displayhook and outputs is None:
                with contextlib.suppress(AttributeError, TypeError):
                    self._shadow = Shadow(part, "log_output", self._log)

    def left_out(self, *, whole: bool = False) -> int:
        """How many figures, or with `whole` displays, were too many or too large."""
        return self._left_out[True] + (self._left_out[False] if whole else 0)

    @property
    def is_clearing(self) -> bool:
        """True where the next display takes away what is there: `clear_output(wait=True)`."""
        return self._is_clearing

    def stop(self, result: Any = None) -> list[Shown]:
        """Stop listening; what is displayed at the end. `result` is the last expression's value."""
        if not self._on:
            return []
        self._on = False
        heard = list(self._hooked)
        while self._hooked:
            self._hooked.pop().unregister_hook(self._hear)
        if self._shadow is not None:
            self._shadow.stop()
            heard.append(self._shell.displayhook)
            self._shadow = None
        self._read_history(heard, result)
        shown, self._shown = self._shown, []
        return shown

    def _hear(self, message: Any) -> Any:
        """The message that we are asked about, which stays the one it is."""
        if self._on:
            try:
                with interrupts_held(later=True):
                    self._take(message)
            except Exception:  # noqa: BLE001 - what was displayed is displayed
                self._left_out[True] += 1
        return message

    def _log(self, data: Mapping[str, Any]) -> None:
        with interrupts_held(later=True):
            self._add(data, _displayed())

    def _take(self, message: Mapping[str, Any]) -> None:
        content = message["content"]
        if message["header"]["msg_type"] == "clear_output":
            self._is_clearing = True
            self.at_clearing()
            if not content.get("wait"):
                self._clear()
            return
        display_id = (content.get("transient") or {}).get("display_id")
        is_update = message["header"]["msg_type"] == "update_display_data"
        self._add(content["data"], _displayed(), display_id=display_id, is_update=is_update)

    def _add(
        self,
        data: Mapping[str, Any],
        value: Any,
        *,
        display_id: str | None = None,
        is_update: bool = False,
    ) -> None:
        if self._is_clearing and not is_update:
            self._clear()
        form = _best_form(data)
        if form is None or _is_ours(data, value):
            return
        content = data[form]
        if form == "text/html" and isinstance(content, str):
            form = vega_type_of(content) or form
        shown = Shown(form, content, display_id=display_id)
        if not (shown.is_figure or self._whole):
            return
        places = [
            place
            for place, known in enumerate(self._shown)
            if display_id is not None and known.display_id == display_id
        ]
        if is_update and not places:
            return  # of what is not here any more
        # What is not a figure may turn out not to be wanted, so it takes no figure's place.
        like_it = [
            known
            for place, known in enumerate(self._shown)
            if place not in places and known.is_figure == shown.is_figure
        ]
        used = sum(known.size for known in like_it)
        if used + shown.size > MOST_BYTES or len(like_it) >= MOST_COUNT:
            self._left_out[shown.is_figure] += 1
            return
        shown.name = name_of(value, form, content, self._shell.user_ns)
        if not is_update:
            self._shown.append(shown)
        for place in places:  # all displays of one id show the same
            self._shown[place] = shown

    def _clear(self) -> None:
        self._shown.clear()
        self._is_clearing, self._left_out = False, {True: 0, False: 0}

    def _outputs(self) -> Mapping[int, Any] | None:
        # IPython 9 keeps what was displayed with the history.
        found = getattr(getattr(self._shell, "history_manager", None), "outputs", None)
        return found if isinstance(found, Mapping) else None

    def _read_history(self, heard: list[Any], result: Any) -> None:
        """Take in what was displayed through parts that do not let us listen."""
        kinds = {"display_data": self._shell.display_pub, "execute_result": self._shell.displayhook}
        missed = {kind for kind, part in kinds.items() if part not in heard}
        outputs = (self._outputs() if missed else None) or {}
        for count, known in self._history.items():
            for output in outputs.get(count, ())[known:]:
                if output.output_type in missed:
                    is_result = output.output_type == "execute_result"
                    self._add(output.bundle, result if is_result else None)


def _best_form(data: Mapping[str, Any]) -> str | None:
    """The form that is kept of a display, None where it is no more than text."""
    for form in PICTURES:
        if data.get(form):
            return form
    for form in data:
        if form.startswith(FIGURES) and isinstance(data[form], Mapping):
            return form
    return next((form for form in TEXTS if data.get(form)), None)


def _size(content: Any) -> int:
    if isinstance(content, str | bytes):
        return len(content)
    if isinstance(content, Mapping):
        return sum(_size(part) for part in content.values())
    if isinstance(content, list | tuple):  # as if all of it were like its first
        return len(content) * _size(content[0]) if content else 0
    return int(getattr(content, "nbytes", 8))


def _is_ours(data: Mapping[str, Any], value: Any) -> bool:
    module = getattr(type(value), "__module__", None)
    shown = data.get("text/html")
    return (isinstance(module, str) and module.partition(".")[0] == "nbmlops") or (
        isinstance(shown, str) and OURS in shown[:200]
    )


def _displayed() -> Any:
    """The object that IPython is displaying: the frames that ask know it."""
    frame = sys._getframe(1).f_back
    for _ in range(DEPTH):
        if frame is None:
            return None
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        if function == "display" and file.endswith("display_functions.py"):
            return frame.f_locals.get("obj")
        if function == "__call__" and file.endswith("displayhook.py"):
            return frame.f_locals.get("result")
        frame = frame.f_back
    return None
