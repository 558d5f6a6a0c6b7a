"""The reader of objects whose classes are written in Python: by what they hold, unasked.

They are read as the garbage collector reads them. Python keeps the values of an object without a
dictionary until somebody asks for one, and such a dictionary would stay; so the values come in
their order and without their names. What a library caches in its objects does not count: of its
classes, the code says which names those are.
"""

from __future__ import annotations

from gc import get_referents
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.contents.readers import Reader
from nbmlops.data.classes import bases_of, class_name, namespace_of, stored

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["attributes", "cache_names", "instance_reader", "stored_or_none"]

_KEYS_TRIED = 8


def instance_reader(
    bases: tuple[type, ...], container: Reader | None = None, caches: tuple[str, ...] = ()
) -> Reader:
    """The reader of objects of a class; what it holds as a container is read by another one."""
    kind, name = bases[0], class_name(bases[0]).encode()
    slot_count = sum(
        type(value) is MemberDescriptorType
        for base in bases
        for value in list(namespace_of(base).values())
    )

    def read(walk: Walk, node: Any) -> None:
        held = attributes(node, kind, slot_count)
        for cache in caches:
            value = stored_or_none(node, cache)
            held = [each for each in held if each is not value or value is None]
        walk.add(name)
        if container is not None:
            container(walk, node)
        walk.row(held)

    return read


def attributes(node: Any, kind: type, slot_count: int = 0) -> list[Any]:
    """The values of the attributes of an object, in their order."""
    held: list[Any] = []
    for each in get_referents(node):
        if each is kind:  # what comes after its class, it holds as a container
            break
        held.append(each)
    if held and type(held[-1]) is dict and _has_dictionary(kind):
        if len(held) <= slot_count + 1:
            # A dictionary that somebody has asked for; or the only attribute is one.
            if not held[-1]:
                held.pop()
            elif _is_of_attributes(held[-1], node, kind):
                held[-1:] = get_referents(held[-1])
        elif len(held[-1]) == len(held) - 1 - slot_count:
            # Newer Pythons tell the values and the dictionary.
            if _is_of_attributes(held[-1], node, kind) and _are_those_before(held):
                held.pop()
    return held


def _has_dictionary(kind: type) -> bool:
    """False where attributes are in slots alone, so that a dictionary is the value of one."""
    return bool(type.__dict__["__dictoffset__"].__get__(kind))


def _is_of_attributes(held: dict[Any, Any], node: Any, kind: type) -> bool:
    """True where a dictionary is that of the object's attributes, and no value of one of them."""
    bases = bases_of(kind)
    for key, value in list(held.items())[:_KEYS_TRIED]:
        if type(key) is not str:
            return False
        found = next((base for base in bases if key in namespace_of(base)), None)
        if found is None or not _is_descriptor(namespace_of(found)[key]):
            return stored_or_none(node, key) is value
    return False


def _is_descriptor(value: Any) -> bool:
    """True for what runs code when an attribute is asked for."""
    return any("__get__" in namespace_of(base) for base in bases_of(type(value)))


def _are_those_before(held: list[Any]) -> bool:
    """True where the last one is a dictionary of the others."""
    values = list(held[-1].values())
    return {id(value) for value in values} == {id(each) for each in held[-len(values) - 1 : -1]}


def stored_or_none(node: Any, name: str) -> Any:
    """An attribute as it is stored, or None where there is none of this name."""
    try:
        return stored(node, name)
    except AttributeError:
        return None


def cache_names(bases: tuple[type, ...]) -> tuple[str, ...]:
    """The names under which the code of a class caches something in its objects."""
    found: dict[str, None] = {"_cache": None}  # of pandas, statsmodels and others
    for base in bases:
        for value in list(namespace_of(base).values()):
            function = value.fget if type(value) is property else value
            if type(function) is FunctionType:
                found |= dict.fromkeys(
                    name for name in function.__code__.co_names if "cache" in name.lower()
                )
    return tuple(
        name
        for name in found
        if not any(name in namespace_of(base) for base in bases)
        or any(
            type(namespace_of(base).get(name)) in (MemberDescriptorType, GetSetDescriptorType)
            for base in bases
        )
    )
