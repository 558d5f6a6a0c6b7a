"""The workloads that run notebooks: what watching cells costs, and what is found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from environments import OURS, Tool
from workloads import Bench, Figures

WAYS = ("on", "on_skipped", "cell", "cell_skipped")
Taken = Mapping[str, Sequence[float]]  # cell → milliseconds of each time


def mix(bench: Bench) -> Figures:
    """What a mix of cells takes more of the processor than without a tool, cell by cell.

    Of ours, also what capturing takes beyond a run of which all that is found is skipped.
    """
    size = {"rows": 300, "warm_up": 1, "count": 1} if bench.quick else {
        "rows": 8_000, "warm_up": 1, "count": 6
    }  # fmt: skip

    def one_round(tool: Tool) -> dict[str, Any]:
        ways = WAYS if tool.name == OURS else ("on",)
        plain = bench.laboratory.run(tool, "mix", ways=[""], **size)[""]
        watched = bench.laboratory.run(tool, "mix", ways=ways, **size)
        figures = {"plain_ms": median(median(times) for times in plain.values())}
        usual = {cell: median(times) for cell, times in plain.items()}
        figures["plain_p99_ms"] = _last(plain, usual)  # the noise alone
        figures |= _more("overhead", watched["on"], plain)
        if tool.name == OURS:
            figures |= _more("cell_overhead", watched["cell"], plain)
            figures |= _more("capture", watched["on"], watched["on_skipped"])
            figures |= _more("cell_capture", watched["cell"], watched["cell_skipped"])
        return figures

    return bench.rounds_of(bench.pick(OURS, "ipyflow"), one_round)


def _more(name: str, taken: Taken, base: Taken) -> dict[str, float]:
    """The median over the cells of what they take more, and how much higher the 99th percentile is.

    It is that of all times over the usual ones of their cells, less the same of the base alone:
    what a large cell takes differs by more from time to time than anything here costs.
    """
    usual = {cell: median(times) for cell, times in base.items()}
    by_cell = [median(times) - usual[cell] for cell, times in taken.items()]
    more = _last(taken, usual) - _last(base, usual)
    return {f"{name}_median_ms": median(by_cell), f"{name}_p99_ms": more}


def _last(taken: Taken, usual: Mapping[str, float]) -> float:
    every = sorted(time - usual[cell] for cell, times in taken.items() for time in times)
    return every[min(len(every) - 1, int(len(every) * 0.99))]


def training(bench: Bench) -> Figures:
    """A notebook that trains for seconds: the processor's time with `%track on` and without.

    What a kernel loads once is told apart from what every run of the notebook costs.
    """
    size = {"rows": 300, "trees": 10} if bench.quick else {"rows": 12_000, "trees": 120}

    def one_round(tool: Tool) -> dict[str, Any]:
        plain = bench.laboratory.run(tool, "training", way="", **size)
        watched = bench.laboratory.run(tool, "training", way="on", **size)
        more = {name: watched[name] - plain[name] for name in plain}
        return {
            "plain_s": plain["again_ms"] / 1e3,
            "watched_s": watched["again_ms"] / 1e3,
            "overhead_percent": more["again_ms"] / plain["again_ms"] * 100,
            "first_overhead_percent": more["first_ms"] / plain["first_ms"] * 100,
            "once_s": (more["first_ms"] - more["again_ms"]) / 1e3,
        }

    return bench.rounds_of(bench.pick(OURS, "mlflow"), one_round)


def autolog(bench: Bench) -> Figures:
    """The same cells beside autologging: what they take more, and what is found of what is there."""
    rows = 300 if bench.quick else 4_000
    others: dict[str, tuple[str, ...]] = {"mlflow": ("on", "light")}

    def one_round(tool: Tool) -> dict[str, Any]:
        plain = bench.laboratory.run(tool, "autolog", way="", rows=rows)
        counted = plain["counted"]
        figures: dict[str, Any] = {}
        for way in others.get(tool.name, ("on",)):
            found = bench.laboratory.run(tool, "autolog", way=way, rows=rows)
            name = "" if way == "on" else f"{way}_"
            more = [
                one - other for one, other in zip(found["wall_ms"], plain["wall_ms"], strict=True)
            ]
            figures[f"{name}overhead_median_ms"] = median(more)
            figures[f"{name}overhead_s"] = sum(more) / 1e3
            figures[f"{name}overhead_cpu_s"] = (found["process_ms"] - plain["process_ms"]) / 1e3
            if way == "on" and "watched" in found:
                figures |= _found(counted, found["watched"])
        return figures

    return bench.rounds_of(bench.pick(OURS, "mlflow", "ipyflow"), one_round)


NOTEBOOK_WORKLOADS: dict[str, Callable[[Bench], Figures]] = {
    "mix": mix,
    "training": training,
    "autolog": autolog,
}


def _found(counted: Mapping[str, Any], watched: Mapping[str, Any]) -> dict[str, float]:
    """How many of what there is were found, and how many fits that nobody did."""
    there, seen = Counter(counted["fits"]), Counter(watched["fits"])
    figures: dict[str, float] = {
        "fits_in_cells": there.total(),
        "fits_found": (there & seen).total(),
        "fits_invented": (seen - there).total(),
    }
    given = {(name.rpartition("__")[2], value) for name, value in watched["params"]}
    figures["params_in_cells"] = len(counted["given"])
    figures["params_found"] = sum(
        any((name, value) in given for value in values.split()) for name, values in counted["given"]
    )
    for kind in ("scores", "metrics", "validations"):
        left = list(watched["numbers"])
        figures[f"{kind}_in_cells"] = len(counted[kind])
        figures[f"{kind}_found"] = sum(_take(number, left) for number in counted[kind])
    kinds = ("fits", "scores", "metrics", "validations")
    figures["calls_missing"] = sum(
        figures[f"{kind}_in_cells"] - figures[f"{kind}_found"] for kind in kinds
    )
    return figures


def _take(number: float, left: list[float]) -> bool:
    for at, found in enumerate(left):
        if abs(found - number) <= 1e-9 * max(abs(number), 1.0):
            del left[at]
            return True
    return False
