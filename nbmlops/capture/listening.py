"""What is listened to while a cell runs: what it prints, what it displays, what it costs.

A cell that is not tracked yet may turn out to deserve it (`%track on`), so listening may begin
before there is a run.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

from nbmlops.capture.displays import Displays
from nbmlops.capture.outputs import Tee
from nbmlops.capture.resources import Meter
from nbmlops.capture.run import ActiveRun

__all__ = ["Listening"]


class Listening:
    """The ears of one cell. `begin` and `stop` belong together."""

    def __init__(self, shell: Any = None) -> None:
        self.tee = Tee()
        self.displays = Displays(shell)
        self.meter: Meter | None = None
        self._printed_bytes = 0  # when the cell asked last for what is there to be cleared
        self.clearing_count = 0  # how often it asked
        self.displays.at_clearing = self._clearing

    def begin(self, skip: frozenset[str] = frozenset(), keep: frozenset[str] = frozenset()) -> None:
        """Begin with what is not heard yet; for `skip` and `keep` see `found`."""
        if not {"output", "warnings"} <= skip:
            self.tee.start()
        self.displays.begin(whole="displays" in keep)
        if "resources" not in skip and self.meter is None:
            self.meter = Meter()

    @property
    def is_clearing(self) -> bool:
        """True where a display now would take the cell's own last output away."""
        return self.displays.is_clearing and self.tee.size_bytes == self._printed_bytes

    def _clearing(self) -> None:
        self._printed_bytes = self.tee.size_bytes
        self.clearing_count += 1

    def tell(self, run: ActiveRun) -> None:
        """Let the run know now and then what it has cost so far."""
        if self.meter is not None:
            self.meter.tell = partial(run.record, "resources")

    def stop(self) -> None:
        """Stop what nobody has stopped, and forget what was heard."""
        with contextlib.suppress(Exception):
            self.tee.forget()
        with contextlib.suppress(Exception):
            self.displays.stop()
        with contextlib.suppress(Exception):
            if self.meter is not None:
                self.meter.stop()
