"""What libraries are told to do while a cell runs: fits, scores, and the data that went into them.

Nothing is wrapped, so nothing of ours stands in a traceback and functions that earlier cells
imported are seen as well: for the time of a cell, a few questions that a library asks itself at
the beginning of every call (scikit-learn: its configuration) are answered by us, with its own
answer, after a look at who asks; and classes tell of the look-up of a few of their own methods.
Each library has its module; `libraries` is the table of them, with their versions. `watch` holds
what was seen until the cell has ended.
"""

from nbmlops.capture.watching.seen import FitSeen, Points, ScoreSeen, Seen, ValidationSeen
from nbmlops.capture.watching.watch import Watch

__all__ = ["FitSeen", "Points", "ScoreSeen", "Seen", "ValidationSeen", "Watch"]
