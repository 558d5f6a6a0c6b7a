"""How the states of a drift report are told: a mark, a word and a color."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.views.palette import AMBER, GRAY, GREEN, RED, Tone

__all__ = ["STATE_LOOKS", "StateLook"]


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state is told."""

    mark: str
    word: str
    tone: Tone
    style: str


STATE_LOOKS = {
    "drifted": StateLook("●", "drifted", RED, "red"),
    "tiny": StateLook("◐", "tiny", AMBER, "yellow"),
    "none": StateLook("○", "no drift", GREEN, "green"),
    "untested": StateLook("–", "untested", GRAY, "dim"),
}
