"""What the words behind `%runs` and `nbmlops runs find` mean: an experiment, a filter, or both."""

from __future__ import annotations

import re
from collections.abc import Callable

from nbmlops.store.filters import ATTRIBUTES, GROUPS

__all__ = ["read_words"]

_KNOWN = rf"(?:(?:{'|'.join(GROUPS)})\.\S+|(?:{'|'.join(ATTRIBUTES)}))"
_FILTER = re.compile(
    rf"""(?:\(|not\b|\s)*
    (?:(?:[^\W][\w./-]*|\w+\.(?:"[^"]*"|`[^`]*`))\s*[=<>!]
    |[^\W][\w./-]*\s+(?:not\s+)?(?:i?like\s*['"]|in\s*\()
    |[^\W][\w./-]*\s+is\s+(?:not\s+)?null\b
    |{_KNOWN}\s+(?:not|i?like|in|is)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_NAME = re.compile(r"[=<>!;'\"`]")


def read_words(
    first: str, rest: str, whole: str, is_experiment: Callable[[str], bool]
) -> tuple[str | None, str]:
    """The experiment and the filter that `whole` says, which is `first` and `rest`.

    An experiment that exists wins; else what begins as a filter does is one, and the rest a name.

    >>> def read(first, rest=""):
    ...     return read_words(first, rest, f"{first} {rest}".strip(), {"churn (v2)"}.__contains__)
    >>> read("churn"), read("churn", "metrics.auc > 0.8"), read("churn (v2)")
    (('churn', ''), ('churn', 'metrics.auc > 0.8'), ('churn (v2)', ''))
    >>> read("metrics.auc > 0.8"), read("not", "name = 'a'"), read("dogs in space")
    ((None, 'metrics.auc > 0.8'), (None, "not name = 'a'"), ('dogs in space', ''))
    """
    if not whole or is_experiment(whole):
        return whole or None, ""
    begins = bool(_FILTER.match(rest))
    if begins and is_experiment(first):
        return first, rest
    if _FILTER.match(whole):
        return None, whole
    if begins or (rest and is_experiment(first)):
        return first, rest
    return (None, whole) if _NO_NAME.search(whole) else (whole, "")
