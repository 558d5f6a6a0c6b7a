"""Readers of objects whose classes are written in Python.

Objects of the user's own classes are read as the garbage collector reads them: Python keeps their
values without a dictionary until somebody asks for one, and such a dictionary would stay. Those of
libraries are read by name, so that what they cache does not count as a change.
"""

from __future__ import annotations

from gc import get_referents
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.contents.readers import Reader
from nbmlops.data.classes import class_name, namespace_of

if TYPE_CHECKING:
    from nbmlops.capture.contents.walk import Walk

__all__ = ["attributes_of", "fields_reader", "instance_reader"]


def _dict_of(bases: tuple[type, ...]) -> Any:
    """What gives the dictionary of an object, unless a class says otherwise."""
    for base in bases:
        found = namespace_of(base).get("__dict__")
        if found is not None:
            return found if type(found) is GetSetDescriptorType else None
    return None


def _slots_of(bases: tuple[type, ...]) -> list[tuple[str, MemberDescriptorType]]:
    return [
        (name, value)
        for base in bases
        for name, value in list(namespace_of(base).items())
        if type(value) is MemberDescriptorType and value.__objclass__ is base
    ]


def instance_reader(bases: tuple[type, ...]) -> Reader:
    """The reader of objects of a user's class."""
    name, slot_count, find_dict = class_name(bases[0]).encode(), len(_slots_of(bases)), None
    find_dict = _dict_of(bases)

    def read(walk: Walk, node: Any) -> None:
        held = walk.referents(node)
        # The values themselves, or a dictionary of them where somebody has asked for one.
        if held and type(held[-1]) is dict and find_dict is not None:
            if len(held) <= slot_count + 1:
                if find_dict.__get__(node) is held[-1]:
                    held[-1:] = get_referents(held[-1])
            elif len(held[-1]) == len(held) - 1 - slot_count and _are_those_of(held):
                held.pop()
        walk.add(name)
        walk.row(held)

    return read


def _are_those_of(held: list[Any]) -> bool:
    """True where the last one is a dictionary of those before it, as newer Pythons tell."""
    values = list(held[-1].values())
    return {id(value) for value in values} == {id(each) for each in held[-len(values) - 1 : -1]}


def fields_reader(bases: tuple[type, ...], container: Reader | None) -> Reader:
    """The reader of objects of any other class, by the names of what they hold."""
    name = class_name(bases[0]).encode()
    slots = [slot for key, slot in _slots_of(bases) if "cache" not in key]
    find_dict = _dict_of(bases)

    def read(walk: Walk, node: Any) -> None:
        walk.add(name)
        if container is not None:
            container(walk, node)
        for slot in slots:
            try:
                walk.row([slot.__get__(node)])
            except AttributeError:  # nothing is in it
                walk.add(b"-")
        if find_dict is not None:
            held = {
                key: value
                for key, value in find_dict.__get__(node).items()
                if type(key) is str and "cache" not in key
            }
            walk.row(held)
            walk.row(held.values())

    return read


def attributes_of(node: Any, bases: tuple[type, ...]) -> dict[str, Any]:
    """The dictionary of an object, as it is stored; {} where there is none."""
    find_dict = _dict_of(bases)
    found: dict[str, Any] = {} if find_dict is None else find_dict.__get__(node)
    return found
