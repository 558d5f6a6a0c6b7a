"""How large a model is, found out in next to no time."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Mapping
from time import thread_time
from typing import Any

__all__ = ["size_of"]

MOST_OBJECTS = 20_000
SECONDS = 0.002
QUICK_NODES = 25_000  # that xgboost writes in about a millisecond
QUICK_LEAVES = 2_000_000  # that catboost does
NODE_BYTES = 64  # of a scikit-learn tree
_SMALL = ("builtins", "numpy", "sklearn._loss")  # where what has no attributes holds no data
_WRITTEN_IN_PYTHON = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_SIMPLE = (bool, int, float, complex, str, bytes, type(None), type)


def size_of(model: Any) -> int | None:
    """About how many bytes a model has; None where it takes longer to say.

    Of what a library writes quickly it is what it writes, else the arrays that it is made of.
    """
    with contextlib.suppress(Exception):
        for kind in type(model).__mro__:
            measure = _MEASURES.get(kind.__module__.partition(".")[0])
            if measure is not None:
                size = measure(model)
                return None if size is None else int(size)
    return None


def _of_xgboost(model: Any) -> int | None:
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    told = dict(re.findall(r'"(max_depth|num_class|num_parallel_tree)":"(\d+)"', _config(booster)))
    trees = booster.num_boosted_rounds() * int(told.get("num_parallel_tree", 1))
    nodes = trees * max(int(told.get("num_class", 0)), 1) * 2 ** (int(told["max_depth"]) + 1)
    # Without a limit to its depth, a tree may have any number of nodes.
    is_quick = int(told["max_depth"]) > 0 and nodes <= QUICK_NODES
    return len(booster.save_raw("ubj")) if is_quick else None


def _config(booster: Any) -> str:
    return str(booster.save_config())


def _of_catboost(model: Any) -> int | None:
    leaves = model.tree_count_ * 2 ** int(model.get_all_params()["depth"])
    data: bytes = model._serialize_model() if leaves <= QUICK_LEAVES else b""
    return len(data) or None


def _of_keras(model: Any) -> int | None:
    sizes = (math.prod(each.shape) * _item_bytes(str(each.dtype)) for each in model.weights)
    return int(sum(sizes))


def _of_torch(model: Any) -> int | None:
    tensors = [*model.parameters(), *model.buffers()]
    return int(sum(each.numel() * each.element_size() for each in tensors))


def _item_bytes(dtype: str) -> int:
    digits = "".join(character for character in dtype if character.isdigit())
    return max(int(digits or 8) // 8, 1)


def _of_arrays(model: Any) -> int | None:
    """All arrays of an object and of what it is made of; None where there is anything else."""
    until = thread_time() + SECONDS  # waiting for our turn is not the model's doing
    todo, seen, size = [model], set[int](), 0
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if len(seen) > MOST_OBJECTS or (len(seen) % 64 == 0 and thread_time() > until):
            return None
        if isinstance(value, _SIMPLE) or callable(getattr(value, "__code__", None)):
            size += len(value) if isinstance(value, (str, bytes)) else 8
        elif hasattr(value, "nbytes") and hasattr(value, "dtype"):
            size += int(value.nbytes)
            if value.dtype.hasobject:
                todo += value.ravel().tolist()
        elif hasattr(value, "node_count") and hasattr(value, "max_n_classes"):
            size += value.node_count * (NODE_BYTES + 8 * value.n_outputs * value.max_n_classes)
        elif isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            todo += value
        elif any(map(_is_opaque, type(value).__mro__)):
            return None
        elif hasattr(value, "__dict__"):
            todo += vars(value).values()
    return size


def _is_opaque(kind: type) -> bool:
    """True for a class that is not written in Python, whose data is nowhere to be seen."""
    return not kind.__flags__ & _WRITTEN_IN_PYTHON and not kind.__module__.startswith(_SMALL)


_MEASURES: Mapping[str, Callable[[Any], int | None]] = {
    "xgboost": _of_xgboost,
    "lightgbm": lambda model: None,  # writes a text, slowly
    "catboost": _of_catboost,
    "keras": _of_keras,
    "torch": _of_torch,
    "sklearn": _of_arrays,
}
