"""Readers of Python's own objects: containers, functions, iterators, classes, modules."""

from __future__ import annotations

import array
import collections
import functools
import itertools
import types
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nbmlops.capture.contents.code import globals_read
from nbmlops.capture.contents.readers import BY_IDENTITY, Encode, Kind, Reader
from nbmlops.data.classes import namespace_of

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["CONTAINERS", "KINDS", "SCALARS", "opaque", "read_class"]

# What a class says of itself, or fills in when it is asked.
_UNREAD = frozenset(
    {"__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__", "_abc_impl"}
    | {"__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"}
    | {"__static_attributes__", "__firstlineno__", "__parameters__", "__qualname__"}
)
_SMALL_SET = 64


def opaque(walk: Walk, node: Any) -> None:
    """An object that nobody can look into."""
    walk.is_opaque = True
    walk.add(b"o%d" % id(node))


def _list(walk: Walk, node: Any) -> None:
    walk.add(b"l")
    walk.sequence(
        lambda start, stop: list.__getitem__(node, slice(start, stop)), list.__len__(node)
    )


def _tuple(walk: Walk, node: Any) -> None:
    walk.add(b"t")
    walk.sequence(
        lambda start, stop: tuple.__getitem__(node, slice(start, stop)), tuple.__len__(node)
    )


def _dict(walk: Walk, node: Any) -> None:
    length = dict.__len__(node)
    walk.add(b"d")
    walk.stream(dict.keys(node), length)
    if walk.stream(dict.values(node), length) < length:
        walk.row(itertools.islice(dict.__reversed__(node), 64))
        walk.row(itertools.islice(reversed(dict.values(node)), 64))


def _ordered(walk: Walk, node: Any) -> None:
    walk.add(b"O")
    walk.stream(collections.OrderedDict.__iter__(node), dict.__len__(node))
    _dict(walk, node)


def _defaults(walk: Walk, node: Any) -> None:
    walk.row([_factory_of(node)])
    _dict(walk, node)


def _set(walk: Walk, node: Any) -> None:
    """A set by the hashes that it keeps of its items; those of a small one are read as well."""
    length = set.__len__(node) if issubclass(type(node), set) else frozenset.__len__(node)
    walk.add(b"s%d" % length)
    if length <= 8 * _SMALL_SET or walk.is_whole:
        walk.clock.check(64 * length)
        is_set = issubclass(type(node), set)
        walk.add(b"%d" % frozenset.__hash__(frozenset(node) if is_set else node))
    else:
        walk.is_part = True
        walk.row(itertools.islice(_items_of(node), _SMALL_SET))
    if length <= _SMALL_SET:
        walk.row(item for item in _items_of(node) if walk.kinds.is_changeable(item))


def _items_of(node: Any) -> Any:
    is_set = issubclass(type(node), set)
    return set.__iter__(node) if is_set else frozenset.__iter__(node)


def _deque(walk: Walk, node: Any) -> None:
    length = collections.deque.__len__(node)
    walk.add(b"q")
    walk.stream(collections.deque.__iter__(node), length)
    if length > 0 and not walk.is_whole:
        walk.row([collections.deque.__getitem__(node, -1)])


def _bytearray(walk: Walk, node: Any) -> None:
    # By copies: nobody can add to it as long as somebody has a view of it.
    walk.add(b"b")
    get = bytearray.__getitem__
    walk.memory(lambda start, stop: get(node, slice(start, stop)), bytearray.__len__(node))


def _array(walk: Walk, node: Any) -> None:
    each, get = node.itemsize, array.array.__getitem__
    walk.add(node.typecode.encode())
    walk.memory(
        lambda start, stop: get(node, slice(start // each, -(-stop // each))).tobytes(),
        array.array.__len__(node) * each,
    )


def _view(walk: Walk, node: memoryview) -> None:
    walk.add(b"m")
    try:
        owner, is_plain = node.obj, node.c_contiguous and node.nbytes > 0
        data = node.cast("B") if is_plain else node
    except (ValueError, TypeError):  # it is released, or of a form of its own
        walk.add(b"-")
        return
    walk.row([owner])
    if is_plain:
        walk.memory(lambda start, stop: data[start:stop], data.nbytes)
    elif node.nbytes:
        walk.is_opaque = True


def _referents(walk: Walk, node: Any) -> None:
    walk.add(b"r%d" % id(type(node)))
    walk.row(walk.referents(node))


def _function(walk: Walk, node: types.FunctionType) -> None:
    if node.__globals__ is walk.kinds.namespace:
        walk.reads |= globals_read(node.__code__)
    walk.add(b"f")
    function: Any = node  # what is known of its type depends on the version of the type checker
    walk.row(walk.referents(node, without=(node.__globals__, function.__builtins__)))


def _builtin(walk: Walk, node: types.BuiltinMethodType) -> None:
    walk.row((node.__name__, node.__self__))


def _lru(walk: Walk, node: Any) -> None:
    walk.row(functools._lru_cache_wrapper.cache_info(node))
    walk.row(_fields_of_lru(node).values())


def _generator(walk: Walk, node: types.GeneratorType[Any, Any, Any]) -> None:
    _frame(walk, node, node.gi_frame)


def _coroutine(walk: Walk, node: types.CoroutineType[Any, Any, Any]) -> None:
    _frame(walk, node, node.cr_frame)


def _async_generator(walk: Walk, node: types.AsyncGeneratorType[Any, Any]) -> None:
    _frame(walk, node, node.ag_frame)


def _frame(walk: Walk, node: Any, frame: types.FrameType | None) -> None:
    """Where a generator stands and what its local names hold, which no dictionary is made of."""
    walk.add(b"g%d" % (-1 if frame is None else frame.f_lasti))
    if frame is not None:
        if frame.f_globals is walk.kinds.namespace:
            walk.reads |= globals_read(frame.f_code)
        walk.row(walk.referents(node))


def _iterator(walk: Walk, node: Any) -> None:
    walk.add(b"i%d" % type(node).__length_hint__(node))
    walk.row(walk.referents(node))


def _enumerate(walk: Walk, node: Any) -> None:
    walk.row(node.__reduce__()[1])


def _count(walk: Walk, node: Any) -> None:
    held = walk.referents(node)
    numbers = all(type(each) in (int, float) for each in held)
    walk.row([*held, repr(node) if numbers else None])


def read_class(walk: Walk, node: Any) -> None:
    """What the body of a class and those who reached into it have put there."""
    held = dict(namespace_of(node))
    walk.reads |= walk.kinds.reads_of_class(node)
    walk.row(name for name in held if name not in _UNREAD)
    walk.row(value for name, value in held.items() if name not in _UNREAD)
    walk.row(_direct_bases_of(node))


_direct_bases_of = type.__dict__["__bases__"].__get__
_factory_of: Any = collections.defaultdict.__dict__["default_factory"].__get__
_fields_of_lru: Any = functools._lru_cache_wrapper.__dict__["__dict__"].__get__
_fields_of_module: Any = vars(types.ModuleType)["__dict__"].__get__


def _module(walk: Walk, node: types.ModuleType) -> None:
    """What a module of the user's holds; other modules in it are known by their own names."""
    held = {
        name: value
        for name, value in list(_fields_of_module(node).items())
        if type(name) is str
        and not (name.startswith("__") and name.endswith("__"))
        and not issubclass(type(value), types.ModuleType)
    }
    walk.row(held)
    walk.row(held.values())


def _moment(value: datetime) -> tuple[str, int]:
    return datetime.replace(value, tzinfo=None).isoformat(), id(value.tzinfo)


def _hour(value: time) -> tuple[str, int]:
    return time.replace(value, tzinfo=None).isoformat(), id(value.tzinfo)


# Containers whose part in an object of a class that builds on them is read by these.
CONTAINERS: dict[int, Reader] = {
    id(kind): reader
    for kind, reader in (
        (list, _list),
        (tuple, _tuple),
        (dict, _dict),
        (collections.OrderedDict, _ordered),
        (collections.defaultdict, _defaults),
        (set, _set),
        (frozenset, _set),
        (collections.deque, _deque),
        (bytearray, _bytearray),
        (array.array, _array),
    )
}
# The same for numbers and texts, which have no reader as long as they are plain ones.
SCALARS: dict[int, Reader] = {
    id(kind): lambda walk, node, kind=kind: walk.row([kind.__hash__(node)])  # type: ignore[misc]
    for kind in (int, float, complex, str, bytes)
}
_READ: dict[type, Reader] = {
    memoryview: _view,
    types.MethodType: _referents,
    types.GeneratorType: _generator,
    types.CoroutineType: _coroutine,
    types.AsyncGeneratorType: _async_generator,
    functools._lru_cache_wrapper: _lru,
    enumerate: _enumerate,
    itertools.count: _count,
}
_HOLDING: tuple[type, ...] = (
    *(functools.partial, types.CellType, types.MappingProxyType, types.MethodWrapperType),
    *(staticmethod, classmethod, property, map, filter, zip, super, types.SimpleNamespace),
    *(itertools.chain, itertools.islice, itertools.starmap, itertools.takewhile),
    *(itertools.dropwhile, itertools.filterfalse, itertools.zip_longest, itertools.repeat),
    *(itertools.product, itertools.groupby, itertools.accumulate, itertools.pairwise),
    *(type(iter(int, 1)), type({}.keys()), type({}.values()), type({}.items())),
)
_ITERATORS: tuple[Any, ...] = (
    *(
        [],
        (),
        range(0),
        {},
        set(),
        "",
        b"",
        bytearray(),
        {}.values(),
        {}.items(),
        "é",
        range(2**70),
    ),
)
_REVERSED: tuple[Any, ...] = ([], {}, {}.values(), {}.items())
_FOREIGN: dict[type, Reader] = {
    types.FunctionType: _function,
    types.BuiltinFunctionType: _builtin,
    type: read_class,
    types.ModuleType: _module,
}
_VALUES: dict[type, Encode] = {
    range: lambda value: (value.start, value.stop, value.step),
    Decimal: str,
    date: date.isoformat,
    datetime: _moment,
    time: _hour,
    timedelta: lambda value: (value.days, value.seconds, value.microseconds),
}
_NEVER_CHANGE = (
    *(
        types.CodeType,
        types.FrameType,
        types.TracebackType,
        slice,
        object,
        types.GetSetDescriptorType,
    ),
    *(types.MemberDescriptorType, types.MethodDescriptorType, types.WrapperDescriptorType),
    *(types.ClassMethodDescriptorType, type(NotImplemented), type(list[int]), type(int | str)),
)
KINDS: dict[int, Kind] = {
    **{number: Kind(reader) for number, reader in CONTAINERS.items()},
    **{id(kind): Kind(reader) for kind, reader in _READ.items()},
    **{id(kind): Kind(_referents) for kind in _HOLDING},
    **{id(type(iter(each))): Kind(_iterator) for each in _ITERATORS},
    **{id(type(reversed(each))): Kind(_iterator) for each in _REVERSED},
    **{id(kind): Kind(reader, may_be_foreign=True) for kind, reader in _FOREIGN.items()},
    **{id(kind): Kind(encode=encode) for kind, encode in _VALUES.items()},
    **{id(kind): BY_IDENTITY for kind in _NEVER_CHANGE},
    **dict.fromkeys((*SCALARS, id(bool), id(type(None)), id(type(...))), BY_IDENTITY),
}
