"""Shares, p-values and pairs of numbers as the drift report tells them."""

from __future__ import annotations

import math

from nbmlops.views import quantities

__all__ = ["p_is", "p_text", "percent", "percents", "two_numbers"]


def p_text(p_value: float | None) -> str:
    """A p-value; nothing where there is none.

    >>> p_text(0.0421), p_text(3e-7), p_text(0.0)
    ('0.042', '3e-07', '< 1e-12')
    """
    if p_value is None:
        return ""
    if p_value < 1e-12:
        return "< 1e-12"
    return f"{p_value:.0e}" if p_value < 0.001 else f"{p_value:.3f}"


def p_is(p_value: float | None) -> str:
    """A p-value behind its name.

    >>> p_is(0.0421), p_is(0.0)
    ('= 0.042', '< 1e-12')
    """
    shown = p_text(p_value)
    return shown if shown.startswith("<") else f"= {shown}"


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(0.4213), percent(0.0042), percent(0.0), percent(0.00004)
    ('42 %', '0.4 %', '0 %', '< 0.1 %')
    """
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0 < share < 0.0995:
        return f"{share * 100:.1f} %"
    return f"{share * 100:.0f} %"


def percents(before: float, now: float) -> str:
    """Two shares, with a decimal more where they would read alike."""
    first, second = percent(before), percent(now)
    if first == second:
        first, second = f"{before * 100:.1f} %", f"{now * 100:.1f} %"
    return f"{first} → {second}"


def two_numbers(before: float, now: float, scale: float = 0.0) -> str:
    """Two numbers with as many digits as tell them apart, beside the width of the column.

    >>> two_numbers(-0.0019, 0.4991, 1.3), two_numbers(41.0, 42.0)
    ('0.00 → 0.50', '41 → 42')
    >>> two_numbers(1234.5, 1250.1, 300.0)
    '1,234 → 1,250'
    """
    if scale > 0 and 1e-4 < scale < 1e6 and max(abs(before), abs(now)) < 1e9:
        decimals = max(0, 2 - math.floor(math.log10(scale)))
        if abs(now - before) * 10**decimals >= 1:
            whole = all(float(each).is_integer() for each in (before, now))
            digits = 0 if whole else decimals
            # Rounded first and added to zero, so that nothing reads "-0.00".
            return " → ".join(f"{round(each, digits) + 0.0:,.{digits}f}" for each in (before, now))
    for digits in (3, 4, 5, 7):
        shown = [quantities.number(each, digits) for each in (before, now)]
        if shown[0] != shown[1] or before == now:
            break
    return " → ".join(shown)
