"""What a drift report shows of performance, decided once for HTML, text and terminal."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.drift.harm import ColumnEffect, Harm, Performance
from nbmlops.views import quantities
from nbmlops.views.escaping import visible

__all__ = ["HarmLines", "effect_text", "harm_lines", "harm_sentence", "performance_effect_text"]

TITLES = {"auc": "AUC", "accuracy": "accuracy", "mean_absolute_error": "mean absolute error"}
UNKNOWN = "the reference has no labels, or too few"
METHODS = {
    "labels": "By labels",
    "cbpe": "Estimated by CBPE",
    "weighted_cbpe": "Estimated by CBPE, weighted by the density ratio",
    "dle": "Estimated by DLE",
}


@dataclass(frozen=True, slots=True)
class HarmLines:
    """A sentence with its state, a row for each number, and what the numbers cannot see.

    `state` is that of a column: "drifted" where there is harm, "none" where it would show,
    "untested" where nobody can tell.
    """

    state: str
    sentence: str
    rows: tuple[tuple[str, str, str, str], ...]  # of what, reference, current, change
    output: str
    limits: tuple[str, ...]
    metric: str = ""  # whose change is told for each column


def harm_lines(harm: Harm | None) -> HarmLines | None:
    """Everything that is shown of it."""
    if harm is None or not (harm.performance or harm.effects or harm.reference_mean is not None):
        return None
    rows = [_row(one) for one in harm.performance]
    output = visible(harm.output, 40)
    if harm.reference_mean is not None and harm.current_mean is not None:
        change = harm.current_mean - harm.reference_mean
        first, second, apart = _numbers(harm.reference_mean, harm.current_mean, change)
        rows.append((f"mean {output}", first, second, _signed(apart)))
    state = "drifted" if harm.found else "none" if harm.performance else "untested"
    limits = harm.limits
    if harm.performance:
        one = harm.performance[0]
        how = f"{METHODS[one.method]}, {one.reference_count:,} and {one.current_count:,} rows"
        if one.effective_count is not None:
            how += f" (the weighted ones worth {one.effective_count:,.0f})"
        how += "."
        limits = (f"{how} {' '.join(limits)}",)
    metric = next((TITLES[one.metric] for one in harm.effects if one.metric), "")
    return HarmLines(state, harm_sentence(harm), tuple(rows), output, limits, metric)


def harm_sentence(harm: Harm) -> str:
    """What the drift does to the model, in a sentence.

    >>> harm_sentence(Harm("binary"))
    'The performance is not known: the reference has no labels, or too few.'
    """
    deciding = [one for one in harm.performance if one.decides]
    worse = [one for one in deciding if one.state == "worse"]
    told = worse or [one for one in deciding if one.state == "better"] or deciding
    if not told:
        return f"The performance is not known: {harm.reason or UNKNOWN}. {_moved(harm)}".rstrip()
    one = told[0]
    probably = "" if one.how == "realised" else "probably "
    word = {"worse": "worse", "better": "better"}.get(one.state, "no worse")
    unless = "" if one.state != "same" else f", as far as {_tellers(one)} tell"
    about = "" if one.how == "realised" else "about "
    first, second, apart = _numbers(one.reference, one.current, one.change)
    return (
        f"The model {probably}does {word}{unless}: {TITLES[one.metric]} {first} → {about}{second} "
        f"({_signed(apart)}, 95 % {_between(one.change_low, one.change_high)})."
    )


def _tellers(one: Performance) -> str:
    noun = "labels" if one.how == "realised" else "rows without labels"
    return f"{one.current_count:,} {noun}"


def _moved(harm: Harm) -> str:
    if not harm.effects:
        return ""
    one = max(harm.effects, key=lambda each: abs(each.effect))
    return (
        f"Most of what drift does to the mean {visible(harm.output, 40)} is by "
        f"{visible(one.column, 40)}: {effect_text(one)}."
    )


def _row(one: Performance) -> tuple[str, str, str, str]:
    first, second, apart = _numbers(one.reference, one.current, one.change)
    inside = f" ({_plain(one.low)} to {_plain(one.high)})"
    change = f"{_signed(apart)} ({_between(one.change_low, one.change_high)})"
    title = TITLES[one.metric] + ("" if one.decides else ", without weights")
    return title, first, second + inside, change


def effect_text(one: ColumnEffect) -> str:
    """An effect on the mean prediction with its interval."""
    return f"{_signed(_plain(one.effect))} (95 % {_between(one.low, one.high)})"


def performance_effect_text(one: ColumnEffect) -> str:
    """An effect on the performance with its interval; nothing where it is not known."""
    if one.performance_effect is None:
        return ""
    between = _between(one.performance_low or 0.0, one.performance_high or 0.0)
    return f"{_signed(_plain(one.performance_effect))} (95 % {between})"


def _numbers(before: float, now: float, change: float) -> tuple[str, str, str]:
    return _plain(before), _plain(now), _plain(change)


def _plain(number: float) -> str:
    """Three decimals where the numbers are shares, else as many digits as tell.

    >>> _plain(0.89914), _plain(-0.00002), _plain(1234.567)
    ('0.899', '0.000', '1,235')
    """
    if abs(number) < 10:
        return f"{round(number, 3) + 0.0:.3f}"
    return quantities.number(number, 4)


def _signed(text: str) -> str:
    if not text.strip("-0."):
        return text.lstrip("-")
    return f"−{text[1:]}" if text.startswith(("-", "−")) else f"+{text}"


def _between(low: float, high: float) -> str:
    return f"{_signed(_plain(low))} to {_signed(_plain(high))}"
