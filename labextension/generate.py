"""Writes what the front end shares with Python: `python labextension/generate.py` after a change.

`src/records.ts` are the nouns of nbmlops/records.py as TypeScript, in the form that `to_dict` gives
them, `src/comparison.ts` those of nbmlops/comparison/records.py, `src/drift.ts` those of a drift
report, and `src/routes.ts` is what the routes of nbmlops/server/routes.py answer. All are
committed, and a test compares.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from nbmlops import records
from nbmlops.comparison import records as comparison
from nbmlops.drift.records import DriftReport
from nbmlops.records import Status
from nbmlops.server.routes import PREFIX, ROUTES, Route
from nbmlops.store.groups import RunGroup
from nbmlops.store.lineage_records import Lineage
from nbmlops.views.drift_told import DriftTold
from nbmlops.views.monitor_told import MonitorTold
from nbmlops.workspace.cells import CellRun
from nbmlops.workspace.drift_trends import DriftCheck, DriftTrend
from nbmlops.workspace.runs import CurvePoints

ARRAY = re.compile(r"(\w+)((?:\[\])+)")
SOURCE = Path(__file__).parent / "src"
HEADER = "// Made by generate.py from nbmlops/{}; do not edit.\n"
# A number that JSON cannot hold comes as text: "NaN", "Infinity", or an integer beyond 2**53.
NUMBERS = """
/** A number as it travels: what JSON cannot hold exactly comes as text, as in "NaN". */
export type WireNumber = number | string;

/** A parameter's value: whatever JSON can hold. */
export type ParamValue =
  WireNumber | boolean | null | ParamValue[] | { [name: string]: ParamValue };
"""

DRIFTS = ("DriftCheck", "DriftReport", "DriftTold", "DriftTrend", "MonitorTold")

# What the answers are made of and no record is.
PARTS = """
/** Where every path begins. */
export const PREFIX = '{prefix}';

/** A value of a column: whatever a run has there, null where it has nothing. */
export type Value = ParamValue;

/** A workspace that the server knows. */
export interface WorkspaceSummary {{
  readonly key: string;
  readonly location: string;
  readonly is_current: boolean;
}}

/** An experiment, and how much there is of it. */
export interface ExperimentSummary {{
  readonly name: string;
  readonly run_count: number;
  readonly latest_at: string | null;
}}

/** The one shape of errors; `details.position` counts characters of a filter from 0. */
export interface ErrorAnswer {{
  readonly error: {{
    readonly type: string;
    readonly kind: string;
    readonly message: string;
    readonly hint: string;
    readonly details: Readonly<Record<string, unknown>>;
  }};
}}
"""


def records_text() -> str:
    """The TypeScript of all records, in the order of their module."""
    states = " | ".join(f"'{status.value}'" for status in Status)
    return "".join(
        [
            HEADER.format("records.py"),
            NUMBERS,
            f"\n/** {first_line(Status)} */\nexport type Status = {states};\n",
            *map(interface, nouns_of(records)),
        ]
    )


def comparison_text() -> str:
    """The TypeScript of what a comparison is made of."""
    body = "".join(map(interface, nouns_of(comparison)))
    shared = ["ParamValue", "Status", "WireNumber", *(noun.__name__ for noun in nouns_of(records))]
    used = sorted(name for name in shared if re.search(rf": .*\b{name}\b", body))
    return (
        HEADER.format("comparison/records.py")
        + f"import type {{ {', '.join(used)} }} from './records';\n{body}"
    )


def drift_text() -> str:
    """The TypeScript of a drift report, its words, and what became of its columns."""
    body = "".join(
        map(interface, needed_by(DriftReport, DriftTold, DriftCheck, DriftTrend, MonitorTold))
    )
    header = HEADER.format("drift/records.py")
    return f"{header}import type {{ WireNumber }} from './records';\n{body}"


def needed_by(*nouns: Any) -> list[Any]:
    """These records, each after those that it is made of."""
    found: list[Any] = []

    def add(hint: Any) -> None:
        if dataclasses.is_dataclass(hint) and hint not in found:
            for each in typing.get_type_hints(hint).values():
                add(each)
            found.append(hint)
        for part in typing.get_args(hint):
            add(part)

    for noun in nouns:
        add(noun)
    return found


def nouns_of(module: Any) -> list[Any]:
    """The records that a module declares, in its order."""
    named = (getattr(module, name) for name in module.__all__)
    order = list(vars(module))
    found = [noun for noun in named if dataclasses.is_dataclass(noun)]
    return sorted(found, key=lambda noun: order.index(noun.__name__))


def routes_text() -> str:
    """The TypeScript of what the routes answer, in the order of their table."""
    answers = [answer_of(route) for route in ROUTES if route.answer is not None]
    return "".join(
        [
            HEADER.format("server/routes.py"),
            f"import type {{ {', '.join(DRIFTS)} }} from './drift';\n",
            "import type { ParamValue, Run, Status, WireNumber } from './records';\n",
            PARTS.format(prefix=PREFIX),
            interface(CurvePoints, "Series"),
            interface(CellRun),
            interface(RunGroup),
            *map(interface, needed_by(Lineage)),
            *dict.fromkeys(answers),
        ]
    )


def answer_of(route: Route) -> str:
    """What a route answers, as an interface that is named after its verb."""
    name = "".join(word.capitalize() for word in route.verb.split("_"))
    fields = [
        f"  readonly {field}: {ARRAY.sub(read_only, told)};\n"
        for field, told in (route.answer or {}).items()
    ]
    about = f"{route.method} {route.path}: {route.told}"
    return f"\n/** {about} */\nexport interface {name}Answer {{\n{''.join(fields)}}}\n"


def read_only(found: re.Match[str]) -> str:
    """An array type, of arrays too, that cannot be written to."""
    element, dimensions = found[1], len(found[2]) // 2
    for _ in range(dimensions):
        element = f"readonly {element if ' ' not in element else f'({element})'}[]"
    return element


def interface(noun: Any, name: str = "") -> str:
    """One record as an interface of the same name."""
    hints = typing.get_type_hints(noun)
    fields = [
        f"  readonly {field.name}: {type_of(hints[field.name])};\n"
        for field in dataclasses.fields(noun)
        if not field.name.startswith("_")
    ]
    head = f"\n/** {first_line(noun)} */\nexport interface {name or noun.__name__} {{\n"
    return f"{head}{''.join(fields)}}}\n"


def first_line(noun: Any) -> str:
    """The docstring's first sentence or line."""
    paragraph = (noun.__doc__ or "").strip().partition("\n\n")[0]
    return re.sub(r"\s+", " ", paragraph)


def type_of(hint: Any) -> str:
    """The TypeScript type in which a value of a Python type arrives."""
    simple = {
        str: "string",
        bool: "boolean",
        int: "number",
        float: "number",
        type(None): "null",
        datetime: "string",
        Status: "Status",
        Any: "ParamValue",
    }
    if hint == records.ParamValue:
        return "ParamValue"
    if hint == records.Number:
        return "WireNumber"
    if hint in simple:
        return simple[hint]
    if dataclasses.is_dataclass(hint):
        return hint.__name__
    if hint == list[float]:  # which may be NaN
        return "readonly WireNumber[]"
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if type(None) in arguments and _without_none(hint) == records.Number:
            return "WireNumber | null"
        return " | ".join(dict.fromkeys(type_of(each) for each in arguments))
    if origin is typing.Literal:
        return " | ".join(f"'{each}'" for each in arguments)
    if origin is Mapping:
        return f"{{ readonly [name: string]: {type_of(arguments[1])} }}"
    if origin is list or (origin is tuple and arguments[1:] == (...,)):
        element = type_of(arguments[0])
        is_simple = re.fullmatch(r"\w+", element) is not None
        return f"readonly {element if is_simple else f'({element})'}[]"
    if origin is tuple:
        return f"readonly [{', '.join(map(type_of, arguments))}]"
    raise TypeError(f"no TypeScript type for {hint!r}")


def _without_none(hint: Any) -> Any:
    rest = [each for each in typing.get_args(hint) if each is not type(None)]
    return typing.Union[tuple(rest)]  # noqa: UP007


def main() -> None:
    """Write the files."""
    for name, text in files().items():
        (SOURCE / name).write_text(text, "utf-8")


def files() -> dict[str, str]:
    """The generated files by their names in `src`."""
    return {
        "comparison.ts": comparison_text(),
        "drift.ts": drift_text(),
        "records.ts": records_text(),
        "routes.ts": routes_text(),
    }


if __name__ == "__main__":
    main()
