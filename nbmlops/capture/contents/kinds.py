"""Which reader reads the objects of which class, and which objects stand for themselves.

Classes are told apart by what they are made of: those of Python and of known libraries have readers
of their own; one that was written in Python is read by what its objects hold; what a class of C
holds nobody can see, and its objects are opaque. What cannot change is known by its value or its
identity.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from nbmlops.capture.contents import libraries, plain
from nbmlops.capture.contents.code import globals_read, is_library_file
from nbmlops.capture.contents.instances import cache_names, instance_reader
from nbmlops.capture.contents.readers import BY_IDENTITY, Kind, Reader
from nbmlops.data.classes import bases_of, class_name, namespace_of

__all__ = ["Kinds"]

_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_OF_C = (MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType)
_OF_EVERY_CLASS = ("__dict__", "__weakref__")

# Whose objects are left alone: they are what runs the notebook, or cannot be changed, or change by
# themselves all the time.
_LEFT_ALONE = frozenset(
    {
        "IPython",
        "ipykernel",
        "asyncio",
        "comm",
        "concurrent",
        "importlib",
        "logging",
        "nbmlops",
        "re",
    }
    | {"multiprocessing", "pathlib", "subprocess", "threading", "typing", "uuid", "weakref", "zmq"}
    | {"zoneinfo", "fractions", "jupyter_client", "tornado", "collections.abc", "numbers", "abc"}
)
# The same for every class that builds on one of these.
_LEFT_ALONE_BASES = frozenset(
    {"enum.Enum", "BaseException", "traitlets.HasTraits", "pathlib.PurePath", "ast.AST"}
)
# Functions of C under names of their own.
_FUNCTIONS = frozenset(
    {"cython_function_or_method", "fused_cython_function", "instancemethod", "_tuplegetter"}
)
# Objects of C of these packages change together with what holds them, or never.
_STEADY = frozenset(
    {"PIL", "builtins", "datetime", "matplotlib", "numpy", "operator", "pandas", "pyarrow", "re"}
    | {"scipy", "sklearn", "types", "zoneinfo", "_thread", "_struct", "_abc", "weakref", "decimal"}
)
_known: dict[int, tuple[type, Kind]] = {}  # classes of loaded libraries, which stay


class Kinds:
    """The classes of one namespace, for the time of one look; those of libraries stay known."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self._name = namespace.get("__name__", "__main__")
        self._here: dict[int, tuple[type, Kind]] = {}  # with the class, so that its id stays its
        self._users_modules: dict[Any, bool] = {}

    def value_of(self, item: Any) -> Any:
        """What an object is known by that cannot change, or None where it has to be read."""
        kind = self.kind(type(item))
        if kind.encode is not None:
            return kind.encode(item)
        if kind.reader is None or (kind.may_be_foreign and self._is_foreign(item)):
            return id(item)
        return None

    def is_changeable(self, value: Any) -> bool:
        """True where there is something to be read in an object."""
        kind = self.kind(type(value))
        if kind.reader is None:
            return False
        return not (kind.may_be_foreign and self._is_foreign(value))

    def kind(self, kind: type) -> Kind:
        """How objects of this class are taken."""
        found = plain.KINDS.get(id(kind))
        if found is not None:
            return found
        known = _known.get(id(kind)) or self._here.get(id(kind))
        if known is None:
            known = (kind, self._find(kind))
            (_known if self._stays(kind) else self._here)[id(kind)] = known
        return known[1]

    # -- whose it is -----------------------------------------------------------------------------

    def is_users_module(self, name: Any) -> bool:
        """True for the notebook itself, and for a module that is no library's."""
        if type(name) is not str:
            return False
        if name == self._name:
            return True
        found = self._users_modules.get(name)
        if found is None:
            module = sys.modules.get(name)
            file = module.__dict__.get("__file__") if type(module) is ModuleType else None
            found = type(file) is str and not is_library_file(file)
            self._users_modules[name] = found
        return found

    def is_users_function(self, function: FunctionType) -> bool:
        """True for a function that stands in the notebook or in a file of the user's."""
        if function.__globals__ is self.namespace:
            return True
        return not is_library_file(function.__code__.co_filename)

    def reads_of_class(self, kind: type) -> frozenset[str]:
        """The global names that the methods of a user's class read, and those of its bases."""
        reads: set[str] = set()
        for base in bases_of(kind):
            if not self.is_users_module(_module_of(base)):
                continue
            name = _qualname_of(base)
            if self.namespace.get(name) is base:
                reads.add(name)
            for value in list(namespace_of(base).values()):
                for function in _functions_in(value):
                    if function.__globals__ is self.namespace:
                        reads |= globals_read(function.__code__)
        return frozenset(reads)

    def _is_foreign(self, item: Any) -> bool:
        """True for functions, classes and modules of libraries that hold nothing of the user's."""
        kind = type(item)
        if kind is FunctionType:
            return type(item.__closure__) is not tuple and not self.is_users_function(item)
        if kind is BuiltinFunctionType:
            owner = item.__self__
            return owner is None or type(owner) is ModuleType or issubclass(type(owner), type)
        if issubclass(kind, ModuleType):
            name = item.__dict__.get("__name__") if kind is ModuleType else None
            return name == self._name or not self.is_users_module(name)
        return not self.is_users_module(_module_of(item))

    @staticmethod
    def _stays(kind: type) -> bool:
        """True for a class that a loaded library keeps under its name, as long as it lives."""
        module = sys.modules.get(name) if type(name := _module_of(kind)) is str else None
        if type(module) is not ModuleType or module.__dict__.get(_qualname_of(kind)) is not kind:
            return False
        file = module.__dict__.get("__file__")
        return file is None or (type(file) is str and is_library_file(file))

    # -- what it is made of ----------------------------------------------------------------------

    def _find(self, kind: type) -> Kind:
        bases = bases_of(kind)
        if issubclass(kind, type):
            return Kind(plain.read_class, may_be_foreign=True)
        if _module_of(kind) in _LEFT_ALONE:
            return BY_IDENTITY
        container: Reader | None = None
        of_c: type | None = None
        for base in bases[:-1]:
            name = class_name(base)
            if name in _LEFT_ALONE_BASES:
                return BY_IDENTITY
            if found := libraries.kind_of(name, base):
                return found
            if of_c is not None:
                continue
            if found_here := plain.CONTAINERS.get(id(base)) or plain.SCALARS.get(id(base)):
                container = container or found_here
            elif not _is_written_in_python(base):
                of_c = base
        package = class_name(kind).partition(".")[0]
        if package in _LEFT_ALONE or _qualname_of(kind) in _FUNCTIONS:
            return BY_IDENTITY
        is_users = self.is_users_module(_module_of(kind))
        reads = self.reads_of_class(kind) if is_users else frozenset()
        caches = () if is_users else cache_names(bases)
        if of_c is not None:
            is_steady = class_name(of_c).partition(".")[0] in _STEADY
            if of_c is kind:
                return BY_IDENTITY if is_steady else Kind(plain.opaque)
            container = None if is_steady else plain.opaque
        return Kind(instance_reader(bases, container, caches), reads=reads)


def _functions_in(value: Any) -> list[FunctionType]:
    """The functions that something in the namespace of a class is made of."""
    kind = type(value)
    if kind is FunctionType:
        return [value]
    if kind is staticmethod or kind is classmethod:
        parts = [value.__func__]
    elif kind is property:
        parts = [value.fget, value.fset, value.fdel]
    else:
        parts = [getattr(value, "func", None)] if kind.__name__ == "cached_property" else []
    return [part for part in parts if type(part) is FunctionType]


def _is_written_in_python(kind: type) -> bool:
    """False for a class of C, whose objects may hold what nobody can see."""
    for name, value in list(namespace_of(kind).items()):
        is_of_c = type(value) in _OF_C or (
            type(value) is GetSetDescriptorType and name not in _OF_EVERY_CLASS
        )
        if is_of_c and value.__objclass__ is kind:
            return False
        if name == "__new__" and type(value) is BuiltinFunctionType and value.__self__ is kind:
            return False
    return True
