"""What objects hold, told by digests, so that a cell that changed one in place is found out.

`sketch_of` (walk.py) gives the sight of an object: a digest of everything that can be reached from
it, and marks of what others may hold as well. `Remembered` (remembered.py) keeps the last sight of
each name and tells from the next which names' objects a cell has changed, those of aliases, views
and closures among them. Nothing of the user's is called on the way, kept alive, copied or filled
in: objects are read as the garbage collector reads them, past whatever their classes define.
"""

from __future__ import annotations

from nbmlops.capture.contents.clock import Clock, OutOfTimeError
from nbmlops.capture.contents.kinds import Kinds
from nbmlops.capture.contents.remembered import Changed, Remembered
from nbmlops.capture.contents.walk import Sight, look_whole, sketch_of

__all__ = [
    "Changed",
    "Clock",
    "Kinds",
    "OutOfTimeError",
    "Remembered",
    "Sight",
    "look_whole",
    "sketch_of",
]
