"""Records whose checksums are right and whose values are nonsense: refused, or shown like any other.

The records are those of two real cells. In each, one value after the other is replaced; what is
still taken into the tables has to be shown by every view.
"""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from nbmlops.comparison import compare
from nbmlops.events import fold
from nbmlops.records import Run, to_dict
from nbmlops.store.framing import frame
from nbmlops.store.stretches import decode
from nbmlops.testing import Shell
from nbmlops.views import runs as views
from nbmlops.workspace import open_workspace

CELLS = (
    """%%track outside --tag team=risk --param depth=3 --silent
import warnings
X = pd.DataFrame(rng.random((50, 3)), columns=list("abc"))
np.random.seed(3)
model = Ridge(alpha=0.5).fit(X, X.a)
r2 = model.score(X, X.a)
for step in range(5): nbmlops.log(loss=1 / (step + 1), step=step)
nbmlops.log_artifact(b"bytes", name="a.txt")
nbmlops.log_params({"nested": {"a": [1, 2]}})
nbmlops.set_note("note")
warnings.warn("careful")
print("x" * 300)""",
    "%%track outside --silent\nrate = 2\n1 / 0",
)
NONSENSE: list[Any] = [
    *(None, [], {}, -1, 0, 2**63 - 1, -(2**63), 1e308, True, "", "x" * 2000, "../../etc"),
    *("a\u202eb\x1b[31m", "<script>", "2026-01-01", "NaN", 1.5, [[[]]], [None], {"a": None}),
    *({"$": "nan"}, {"$": "int", "v": "9" * 6000}, {"$": "int", "v": "z"}, {"$": "map", "v": 3}),
]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The records that two cells left in their journal."""
    place = tmp_path_factory.mktemp("outside")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBMLOPS_WORKSPACE", str(place))
        shell = Shell()
        shell.run(
            "import nbmlops, numpy as np, pandas as pd\n"
            "from sklearn.linear_model import Ridge\nrng = np.random.default_rng(0)"
        )
        for cell in CELLS:
            shell.run(cell)
        shell.close()
    opened = open_workspace(place)
    file = place / "outside.zip"
    opened.runs.export("outside", file)
    opened.store.close()
    return list(records_of(file))


def records_of(file: Path) -> Iterator[dict[str, Any]]:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        lines = archive.read("events.nbj").splitlines(keepends=True)
    for line in lines:
        for _, _, payload in decode(Path("w.nbj"), line, 0, whole=True).events:
            record = orjson.loads(payload)
            if isinstance(record, dict):  # points of a series are numbers and nothing else
                yield record


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside of a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))


def changed(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    record = copy.deepcopy(record)
    at = record["d"]
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return record


def show_in_every_way(run: Run, other: Run) -> None:
    repr(run)
    json.dumps(to_dict(run))
    views.card_html(run)
    views.run_page_html(run)
    views.card_text(run)
    views.card_png(run)
    views.table_bundle([run, other])
    views.runs_csv([run, other])
    for shown in (views.rich_run(run), views.rich_table([run, other])):
        Console(file=io.StringIO(), width=100).print(shown)
    if run.id != other.id:
        compared = compare([run, other])
        compared._repr_mimebundle_()
        compared.to_html()
        compared.to_csv()
        json.dumps(compared.to_dict())


def test_nonsense_is_refused_or_shown(said: list[dict[str, Any]]) -> None:
    pick = random.Random(20)
    kinds = {record["k"] for record in said}
    assert {"cell", "dataset", "model", "environment", "resources", "observed", "error"} <= kinds
    # Of what there is many times, as packages of an environment, some stand for all.
    every = []
    for at, record in enumerate(said):
        found = list(places(record["d"]))
        every += [(at, path) for path in pick.sample(found, min(len(found), 12))]
    first, second = list(dict.fromkeys(record["r"] for record in said))
    taken = 0
    for at, path in every:
        for value in pick.sample(NONSENSE, 3):
            records = [*said]
            records[at] = changed(said[at], path, value)
            journal = b"".join(frame(orjson.dumps(record)) for record in records)
            stretch = decode(Path("w.nbj"), journal, 0, whole=True, floor_ns=None)
            if len(stretch.events) < len(said):
                continue  # it would have been put aside
            events = [event for _, event, _ in stretch.events]
            runs = [fold(first, events), fold(second, events)]
            assert runs[0] is not None, (said[at]["k"], path, value)
            assert runs[1] is not None, (said[at]["k"], path, value)
            taken += 1
            try:
                show_in_every_way(runs[0], runs[1])
            except Exception as problem:
                problem.add_note(f"{said[at]['k']} {path} = {value!r}"[:300])
                raise
    assert taken > len(every) // 4
