"""The figures as tables: for the terminal and as RESULTS.md, which the README quotes."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from environments import TITLES, Tool
from goals import GOALS, Judgment, Results, judge

HEADINGS = {
    "import": "Importing, over a bare interpreter",
    "load_ext": "`%load_ext nbmlops` in a bare IPython shell",
    "log_scalar": "Logging one scalar",
    "log_batch": "Logging 1,000 metrics in one call, per metric",
    "empty_run": "An empty run: start, 5 parameters, 1 metric, end",
    "fresh_start": "A script that records one run, process start to exit",
    "cell": "An empty tracked cell, 100 names alive, card shown",
    "writers": "8 processes that write to one store",
    "herd": "8 processes that start together on a store that does not exist",
    "kill": "kill -9 while logging: points that were acknowledged and are gone",
    "drain": "Drain of 100,000 points from journal to tables",
    "fingerprint": "What identifies a frame of 1,000,000 rows and 20 columns",
    "search": "Filter by a metric and a parameter, sort, first 100",
    "mix": "A mix of cells, processor time of the cell's own thread",
    "training": "A notebook that trains, processor time of the whole process",
    "autolog": "Cells that train and score, beside autologging: time, and what is found in them",
}
METHOD = """\
Medians of {rounds} rounds [minimum–maximum]; within a round every tool has its turn before the next
round begins, each in a fresh process with a fresh store and its own defaults. Points lost, errors
and things missing are sums over the rounds, and a goal about them counts the worst round. The
floors are no products: `os.write` of ready records of the size of ours to one file, and the
standard library's sqlite3 with one commit per call."""
SUMMED = ("lost", "errors", "missing", "acknowledged")


def number(value: float) -> str:
    """Three significant digits, without an exponent.

    >>> number(0.8134), number(12345.6), number(0.0)
    ('0.813', '12,346', '0')
    """
    if value == 0:
        return "0"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def cell(figures: dict[str, Any], name: str) -> str:
    """A figure of one tool: the median, with minimum and maximum; a sum where losses count."""
    values = figures.get(name)
    if not values:
        return "–"
    if any(word in name for word in SUMMED):
        return number(float(sum(values)))
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} [{number(min(values))}–{number(max(values))}]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, aligned so that it reads well as plain text too."""
    whole = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in whole) for column in range(len(head))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in whole
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def compared(found: Judgment) -> str:
    """The ratio as a person says it."""
    if found.ratio is None:
        return ""
    if found.goal.measure == "times":
        return f"{number(found.ratio)}×"
    return f"1/{number(1 / found.ratio)}" if found.ratio < 1 else f"{number(found.ratio)}×"


def goals_table(results: Results) -> str:
    """Every goal with what was measured, its ratio, and whether it is met."""
    rows = []
    for goal in GOALS:
        if goal.workload not in results:
            continue
        found = judge(goal, results)
        ours = "not measured" if found.ours is None else f"{number(found.ours)} {goal.unit}"
        theirs = ""
        if goal.against:
            theirs = (
                f"{TITLES[found.their_name]}: {number(found.theirs)} {goal.unit}"
                if found.theirs is not None
                else "not measured"
            )
        met = {True: "yes", False: "**no**", None: "–"}[found.met]
        rows.append([goal.what, ours.strip(), theirs.strip(), compared(found), goal.said(), met])
    return table(["what", "nbmlops", "beside", "ratio", "goal", "met"], rows)


def workload_table(figures: dict[str, dict[str, Any]]) -> str:
    """One workload: its figures by tool."""
    names: dict[str, None] = {}
    for found in figures.values():
        names.update(dict.fromkeys(name for name in found if name != "problem"))
    tools = sorted(figures, key=list(TITLES).index)
    rows = [[name, *(cell(figures[tool], name) for tool in tools)] for name in names]
    text = table(["", *(TITLES[tool] for tool in tools)], rows)
    problems = [f"- {TITLES[tool]}: {found['problem']}" for tool in tools
                if (found := figures[tool]).get("problem")]  # fmt: skip
    return "\n".join([text, *([""] if problems else []), *problems])


def machine() -> str:
    """The class of machine, without its name."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"CPython {platform.python_version()}"
    )


def document(
    results: Results,
    tools: Sequence[Tool],
    *,
    notes: Sequence[str],
    rounds: int,
    date: str,
    load: str,
) -> str:
    """The whole report in Markdown."""
    versions = ", ".join(
        f"{tool.title} {tool.version}" for tool in tools if tool.version and not tool.problem
    )
    missing = [f"- {tool.title}: {tool.problem}" for tool in tools if tool.problem]
    parts = [
        "# Benchmarks",
        "Written by `python tests/benchmarks/run.py --write`; please do not edit.",
        f"{date}, {machine()}, load average {load}. Beside nbmlops: {versions or 'no peer'}.",
        METHOD.format(rounds=rounds),
    ]
    if missing:
        parts.append("\n".join(missing))
    parts += ["## Goals", goals_table(results)]
    for name, figures in results.items():
        parts += [f"## {HEADINGS[name]}", workload_table(dict(figures))]  # type: ignore[arg-type]
    if notes:
        parts += ["## Seen on the way", "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(parts) + "\n"


def summary(results: Results) -> dict[str, Any]:
    """The figures with minimum, median and maximum, for machines."""
    return {
        workload: {
            tool: {
                name: values
                if name == "problem"
                else {"min": min(values), "median": median(values), "max": max(values),
                      "rounds": values}
                for name, values in figures.items()
            }
            for tool, figures in found.items()
        }
        for workload, found in results.items()
    }  # fmt: skip


def goals_summary(results: Results) -> list[dict[str, Any]]:
    """The goals, for machines."""
    judged = [judge(goal, results) for goal in GOALS if goal.workload in results]
    return [
        {
            "what": found.goal.what,
            "goal": found.goal.said(),
            "nbmlops": found.ours,
            "beside": found.their_name or None,
            "theirs": found.theirs,
            "ratio": found.ratio,
            "met": found.met,
        }
        for found in judged
    ]
