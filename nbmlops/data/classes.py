"""What a class is called, asked of nobody's code."""

from __future__ import annotations

from typing import Any

__all__ = ["bases_of", "class_name", "namespace_of", "stored"]

# What `type` itself says, past any metaclass that says otherwise.
_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
bases_of = type.__dict__["__mro__"].__get__
namespace_of = type.__dict__["__dict__"].__get__


def class_name(kind: type) -> str:
    """The class with its top-level package, as "pandas.DataFrame"; builtins without."""
    module, name = _module_of(kind), _qualname_of(kind)
    package = module.partition(".")[0] if type(module) is str else "?"
    return str(name) if package == "builtins" else f"{package}.{name}"


def stored(value: Any, name: str) -> Any:
    """An attribute as it is stored, whatever a subclass makes of the asking."""
    return object.__getattribute__(value, name)
