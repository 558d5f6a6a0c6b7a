"""The figures as tables: for the terminal and as RESULTS.md, which the README quotes."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from environments import TITLES
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
Medians of the rounds [minimum–maximum]; within a round every tool has its turn before the next
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


def cell(figures: Mapping[str, Any], name: str) -> str:
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


def quoted(page: str, results: Results) -> str:
    """A page whose table of some of the goals, between its two marks, tells what was measured."""
    before, mark, rest = page.partition("<!-- benchmarks")
    inside, end, after = rest.partition("<!-- /benchmarks -->")
    lines = inside.splitlines()
    shown = [line for line in lines if line.startswith("|")]
    asked = {_goal_of(line) for line in shown[2:]}
    head, rule, *rows = goals_table(results).splitlines()
    first = lines.index(shown[0])
    lines[first : first + len(shown)] = [
        head,
        rule,
        *(row for row in rows if _goal_of(row) in asked),
    ]
    return before + mark + "\n".join(lines) + "\n" + end + after


def _goal_of(row: str) -> tuple[str, str]:
    cells = [each.strip() for each in row.strip("|").split(" | ")]
    return cells[0], cells[4]


def workload_table(figures: Mapping[str, Mapping[str, Any]]) -> str:
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


@dataclass(frozen=True)
class Measured:
    """Workloads that were measured, each in one go with all its tools, and when that was."""

    results: Results
    when: Mapping[str, str]
    tools: Mapping[str, str]  # the version of each peer that was there
    missing: Mapping[str, str]  # why the others were not
    notes: Mapping[str, Sequence[str]]  # what was seen on the way, by workload
    record_bytes: int

    def with_new(self, new: Measured) -> Measured:
        """These with the workloads of `new` in the place of their own, in the order of headings."""
        results = {**self.results, **new.results}
        return Measured(
            {name: results[name] for name in HEADINGS if name in results},
            {**self.when, **new.when},
            {**self.tools, **new.tools},
            new.missing,
            {**self.notes, **new.notes},
            new.record_bytes,
        )

    def to_json(self) -> str:
        """The figures with minimum, median and maximum, for machines."""
        told = {
            "when": self.when,
            "tools": self.tools,
            "missing": self.missing,
            "record_bytes": self.record_bytes,
            "goals": goals_summary(self.results),
            "workloads": summary(self.results),
            "notes": self.notes,
        }
        return json.dumps(told, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Measured:
        """What `to_json` wrote."""
        told = json.loads(text)
        results = {
            workload: {
                tool: {
                    name: values["rounds"] if isinstance(values, dict) else values
                    for name, values in figures.items()
                }
                for tool, figures in found.items()
            }
            for workload, found in told["workloads"].items()
        }
        rest = (told[each] for each in ("when", "tools", "missing", "notes", "record_bytes"))
        return cls(results, *rest)


def document(measured: Measured) -> str:
    """The whole report in Markdown."""
    versions = ", ".join(f"{TITLES[name]} {version}" for name, version in measured.tools.items())
    missing = [f"- {TITLES[name]}: {why}" for name, why in measured.missing.items()]
    parts = [
        "# Benchmarks",
        "Written by `python tests/benchmarks/run.py --write`; please do not edit.",
        f"Beside nbmlops: {versions or 'no peer'}.",
        METHOD,
    ]
    if missing:
        parts.append("\n".join(missing))
    parts += ["## Goals", goals_table(measured.results)]
    for name, figures in measured.results.items():
        parts += [f"## {HEADINGS[name]}", f"{measured.when[name]}.", workload_table(figures)]
    if notes := [note for told in measured.notes.values() for note in told]:
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
