"""A false-alarm budget in words: "1 in 5 years"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbmlops.errors import InvalidOptionError

__all__ = ["USUAL_BUDGET", "Budget", "parse_budget"]

USUAL_BUDGET = "1 in 5 years"
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.436875, "year": 365.2425}
_WORDS = re.compile(
    r"(?:(?:1|one|once)\s*)?(?:in|an?|per|every)\s*(\d+(?:\.\d+)?)?\s*(day|week|month|year)s?"
    r"(?:\s*(?:at|with)\s*(\d+(?:\.\d+)?)\s*%)?",
    re.IGNORECASE,
)
USUAL_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """At most one false alarm in so many days, but with the probability `alpha`."""

    days: float
    alpha: float
    text: str

    def share(self, days: float) -> float:
        """The part of the budget that a look spends which stands for so many days."""
        return min(max(days, 0.0) / self.days, 1.0)


def parse_budget(text: str) -> Budget:
    """The budget that is meant; its probability is 5 % unless it says "at 1 %".

    In each stretch of that length since the monitor began, the probability of a false alarm is at
    most `alpha`, over all columns together. Raises InvalidOptionError.

    >>> parse_budget("1 in 5 years").alpha, round(parse_budget("once a month at 1 %").days)
    (0.05, 30)
    """
    found = _WORDS.fullmatch(text.strip())
    number = float(found.group(1) or 1) if found else 0.0
    percent = float(found.group(3) or USUAL_PERCENT) if found else 0.0
    if found is None or not 0 < percent <= 50 or number <= 0:
        raise InvalidOptionError(
            "budget",
            f"{text!r} is no budget of false alarms",
            hint="As in '1 in 5 years', '1 in 6 months' or '1 in 2 years at 1 %'.",
        )
    return Budget(number * _DAYS[found.group(2).lower()], percent / 100, " ".join(text.split()))
