"""Values arrive in the kernel equal to what was given, whatever is in them."""

import math
import pickle
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbmlops.notebooks.execution import Plan, execute
from nbmlops.notebooks.preparation import prepare
from nbmlops.notebooks.recording import Recording

NASTY: dict[str, Any] = {
    "quotes": "'single' \"double\" '''three''' \"\"\"three\"\"\" `back`",
    "lines": "a\nb\r\nc\rd\u2028e\u2029f\x85g\x0b\x0c",
    "ends": ["'", '"', "\\", "\\'", '\\"', "\n", "a\\", "", " "],
    "controls": "".join(map(chr, range(32))) + "\x7f\x80",
    "code": '"; import os; os._exit(1); "',
    "formats": "{x} %s %(a)s ${b} {{}} f'{1}'",
    "letters": "日本語 🎉 é e\u0301 \u200b\u202e\ufeff",
    "zero": -0.0,
    "floats": [math.nan, math.inf, -math.inf, 1e308, 5e-324, 0.1, 1.0, -1.5e-7],
    "integers": [10**400, -(10**400), 2**63, 2**64 + 1, 0, -1],
    "none": None,
    "flags": [True, False],
    "nested": {"a": [{"b": [None, {"c": math.nan, "": {}}]}, []], "q'\"\n": {"\u2028": 10**30}},
    "comment": "# Parameters\n# %%\nx = 1",
}


def same(one: Any, other: Any) -> bool:
    """Equal, of the same types all the way down, NaN and the sign of zero included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def through_a_kernel(folder, write, values: dict[str, Any]) -> dict[str, Any]:
    """The values as a kernel has them, pickled there."""
    pairs = ", ".join(f"{name!r}: {name}" for name in values)
    cell = f"import pickle\nwith open('got', 'wb') as f: pickle.dump({{{pairs}}}, f)"
    declaration = "\n".join(f"{name}: object = ..." for name in values)
    path = write(folder / "in.ipynb", cell, parameters=declaration)
    prepared = prepare(path, values)
    plan = Plan("in.ipynb", Recording(prepared.document, None), prepared.kernel, cwd=str(folder))
    execute(plan)
    return pickle.loads((folder / "got").read_bytes())


def test_nasty_values_arrive_equal(tmp_path, write):
    got = through_a_kernel(tmp_path, write, NASTY)
    assert [name for name in NASTY if not same(NASTY[name], got[name])] == []


texts = st.text(st.characters(codec="utf-8"), max_size=30)
plain = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    plain, lambda inside: st.lists(inside) | st.dictionaries(texts, inside), max_leaves=12
)


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a kernel for each step of shrinking would take minutes
)
@given(batch=st.lists(values, min_size=40, max_size=120))
def test_any_values_arrive_equal(tmp_path, write, batch):
    named = {f"v{place}": value for place, value in enumerate(batch)}
    got = through_a_kernel(tmp_path, write, named)
    assert [value for name, value in named.items() if not same(value, got[name])] == []
