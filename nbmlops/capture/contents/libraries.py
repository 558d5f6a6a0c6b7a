"""Readers of what libraries make: by what they store, past their caches.

Nothing is imported here: a class of a library is there only where the library is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from time import thread_time
from typing import TYPE_CHECKING, Any

from nbmlops.capture.contents.instances import stored_or_none
from nbmlops.capture.contents.readers import BY_IDENTITY, Kind, Reader

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["kind_of"]

FINGERPRINT_BYTES = 256 * 1024  # what a sketch reads of a table
_SPARSE = (
    "data",
    "indices",
    "indptr",
    "row",
    "col",
    "coords",
    "offsets",
    "rows",
    "_shape",
    "_dict",
)
_DRAWN = (
    *("_children", "_axstack", "artists", "lines", "patches", "texts", "images", "legends"),
    *("title", "legend_", "xaxis", "yaxis", "label", "_suptitle", "_text", "_xorig", "_yorig"),
    *("_offsets", "_A", "_color", "_linestyle", "_linewidth", "_visible", "_alpha"),
    *("_width", "_height", "_x0", "_y0", "_scale"),
)


def kind_of(name: str, base: type) -> Kind | None:
    """How objects are taken that are of a class of a library, or of one that builds on it."""
    return _KINDS.get(name)


def _reader_in(module: str, name: str) -> Reader:
    """A reader of another module of ours, which is loaded when it is needed first."""
    path = f"nbmlops.capture.contents.{module}"

    def read(walk: Walk, node: Any) -> None:
        loaded = sys.modules.get(path)
        if loaded is None:
            began = thread_time()
            loaded = import_module(path)
            walk.clock.pause(thread_time() - began)
        getattr(loaded, name)(walk, node)

    return read


def _generator(walk: Walk, node: Any) -> None:
    """A generator of NumPy by its state, which asking for does not draw from."""
    if hasattr(node, "get_state"):
        state = sys.modules["numpy.random"].RandomState.get_state(node, legacy=False)
        node = node._bit_generator
    else:
        node = node.bit_generator
        state = node.state
    walk.shared.add(id(node))
    walk.row([state, getattr(getattr(node, "seed_seq", None), "n_children_spawned", None)])


def _bits(walk: Walk, node: Any) -> None:
    walk.shared.add(id(node))
    walk.row([node.state])


def _torch_generator(walk: Walk, node: Any) -> None:
    walk.add(node.get_state().numpy().tobytes())


def _random(walk: Walk, node: Any) -> None:
    import _random

    walk.row([_random.Random.getstate(node)])


def _sparse(walk: Walk, node: Any) -> None:
    walk.row(stored_or_none(node, name) for name in _SPARSE)


def _table(walk: Walk, node: Any) -> None:
    """A table that the fingerprints of `nbmlops.data` know how to read."""
    from nbmlops.data.fingerprint import fingerprint

    found = fingerprint(node, budget_bytes=FINGERPRINT_BYTES)
    if found is not None and found.partial:
        walk.is_part = True
        if walk.is_whole:
            walk.clock.check(found.size_bytes or 0)
            found = fingerprint(node)
    if found is None:
        walk.is_opaque = True
    else:
        walk.row((found.digest, *found.shape, *(column.name for column in found.columns)))


def _tensor(walk: Walk, node: Any) -> None:
    """A tensor by the count of its changes in place, and by its values where they are near."""
    torch = sys.modules["torch"]
    with torch._C.DisableTorchFunctionSubclass():
        walk.row((id(node.dtype), bool(node.requires_grad), *(int(size) for size in node.shape)))
        if not node.is_inference():
            walk.row([int(node._version)])
        if node.device.type != "cpu" or node.layout is not torch.strided:
            walk.is_opaque = True
            return
        walk.shared.add(int(node.untyped_storage().data_ptr()))
    _table(walk, node)


def _drawing(walk: Walk, node: Any) -> None:
    """A figure or a part of it by what was drawn, not by what drawing computes."""
    walk.add(type(node).__name__.encode())
    walk.row(stored_or_none(node, name) for name in _DRAWN)


def _by(*names: str) -> Callable[[Walk, Any], None]:
    """The reader of objects of which these attributes say everything."""

    def read(walk: Walk, node: Any) -> None:
        walk.row(stored_or_none(node, name) for name in names)

    return read


def _scalar(value: Any) -> Any:
    return value.tobytes()


_READERS: dict[str, Reader] = {
    "numpy.ndarray": _reader_in("arrays", "read_array"),
    "numpy.Generator": _generator,
    "numpy.RandomState": _generator,
    "numpy.BitGenerator": _bits,
    "random.Random": _random,
    "_random.Random": _random,
    "pandas.DataFrame": _reader_in("pandas_objects", "read_frame"),
    "pandas.Series": _reader_in("pandas_objects", "read_frame"),
    "pandas.Index": _reader_in("pandas_objects", "read_index"),
    "pandas.ExtensionArray": _reader_in("pandas_objects", "read_extension_array"),
    "scipy.spmatrix": _sparse,
    "scipy.sparray": _sparse,
    "scipy._spbase": _sparse,
    "polars.DataFrame": _table,
    "polars.Series": _table,
    "torch.Generator": _torch_generator,
    "torch.Tensor": _tensor,
    "torch.TensorBase": _tensor,
    "matplotlib.Artist": _drawing,
    "matplotlib._AxesStack": _by("_axes"),
    "plotly.BaseFigure": _by("_data", "_layout", "_frames"),
}
_KINDS: dict[str, Kind] = {
    **{name: Kind(reader) for name, reader in _READERS.items()},
    "numpy.generic": Kind(encode=_scalar),
    "numpy.dtype": BY_IDENTITY,
    "pandas.Timestamp": Kind(encode=lambda value: (value._value, value.unit, id(value.tzinfo))),
    "pandas.Timedelta": Kind(encode=lambda value: (value._value, value.unit)),
    "pandas.Period": Kind(encode=lambda value: (value.ordinal, id(value.freq))),
    "pandas.ExtensionDtype": BY_IDENTITY,
    "pandas.BaseOffset": BY_IDENTITY,
}
