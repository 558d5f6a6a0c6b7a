"""The few colors of all views, each in three forms, because a saved output is read in any theme.

No color has the 4.5:1 that text needs (WCAG AA) on white and on #111 alike, so text in color leans
on the color of the text around it, which knows the theme. A viewer that does not know `color-mix`,
or whose sanitizer drops it, shows that text in its own color. Color never speaks alone: a mark and
a word stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbmlops.records import Status

__all__ = [
    "BLUE",
    "GREEN",
    "HAIRLINE",
    "INK",
    "PAPER",
    "SHARE",
    "STATUS_LOOKS",
    "TONES",
    "VEIL",
    "Look",
    "Tone",
]

PAPER, INK = "#fafafb", "#1f2328"  # of pictures, which have a ground of their own
HAIRLINE = "rgba(128,128,128,.28)"
VEIL = "rgba(128,128,128,.07)"
SHARE = 0.75  # how much of a color there is in a text of that color


@dataclass(frozen=True, slots=True)
class Tone:
    """One color: for marks and lines (more than 4:1 on white and on #111), for text in HTML (the
    CSS of a mixture with the text around it), and for text on the paper of a picture.
    """

    mark: str
    text: str
    ink: str


def _tone(color: str) -> Tone:
    parts = ((int(one[at : at + 2], 16) for one in (color, INK)) for at in (1, 3, 5))
    ink = "".join(f"{round(SHARE * part + (1 - SHARE) * dark):02x}" for part, dark in parts)
    return Tone(color, f"color-mix(in srgb,{color} {SHARE:.0%},currentColor)", f"#{ink}")


GREEN, RED, BLUE, AMBER, VIOLET, GRAY = map(
    _tone, ("#23874f", "#d9444a", "#4779d1", "#a86d10", "#8a63d2", "#777777")
)

TONES: Mapping[str, Tone] = {"better": GREEN, "worse": RED, "": GRAY}


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is told: a mark, a color, and a style for the terminal."""

    mark: str
    tone: Tone
    style: str


STATUS_LOOKS: Mapping[Status, Look] = {
    Status.PENDING: Look("○", GRAY, "dim"),
    Status.RUNNING: Look("●", BLUE, "blue"),
    Status.SUCCEEDED: Look("✓", GREEN, "green"),
    Status.FAILED: Look("✕", RED, "red"),
    Status.CANCELLED: Look("■", AMBER, "yellow"),
    Status.REUSED: Look("↺", VIOLET, "magenta"),
    Status.LOST: Look("?", AMBER, "yellow"),
}
