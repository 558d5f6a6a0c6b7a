"""The libraries that are watched, each in the versions in which it asks what we answer.

In another version than these nothing is looked at, and the cell runs as without us. No library is
imported: a module is hooked when the user's own code has imported it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.watching import catboost, keras, lightgbm, lightning, sklearn, xgboost
from nbmlops.capture.watching.asked import Restore

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["LIBRARIES", "MODULES", "Library", "hook", "is_supported"]


@dataclass(frozen=True, slots=True)
class Library:
    """A library: the modules that are hooked, and the versions in which they are."""

    name: str
    package: str  # whose version counts
    modules: tuple[str, ...]
    since: tuple[int, ...]
    before: tuple[int, ...]
    hook: Callable[[Any, ModuleType], list[Restore | None]]

    @property
    def versions(self) -> str:
        """The library and its versions in words, as `xgboost 1.7 to 3`."""
        first, last = ".".join(map(str, self.since)), self.before[0] - 1
        return f"{self.name} {first}" + (f" to {last}" if last > self.since[0] else "")


LIBRARIES = (
    Library(
        "scikit-learn",
        "sklearn",
        sklearn.MODULES,
        (1, 5),
        (3,),
        sklearn.hook,
    ),
    Library("xgboost", "xgboost", xgboost.MODULES, (1, 7), (4,), xgboost.hook),
    Library("lightgbm", "lightgbm", lightgbm.MODULES, (3, 3), (5,), lightgbm.hook),
    Library("catboost", "catboost", catboost.MODULES, (1, 2), (2,), catboost.hook),
    Library("Keras", "keras", keras.MODULES, (3,), (4,), keras.hook),
    Library("Lightning", "lightning", lightning.MODULES[:1], (2,), (3,), lightning.hook),
    Library("Lightning", "pytorch_lightning", lightning.MODULES[1:], (2,), (3,), lightning.hook),
)
_BY_MODULE = {module: library for library in LIBRARIES for module in library.modules}
_BY_PACKAGE = {library.package: library for library in LIBRARIES}
MODULES = tuple(_BY_MODULE)


def hook(watch: Watch, module: ModuleType) -> list[Restore]:
    """Watch a module from now on; what is returned ends that."""
    restores = _BY_MODULE[module.__name__].hook(watch, module)
    return [restore for restore in restores if restore is not None]


def is_supported(package: str) -> bool:
    """Whether a library is there in a version that is watched.

    It is asked when the library works: while it is being imported it has not said its version yet.
    """
    library = _BY_PACKAGE[package]
    version = getattr(sys.modules.get(package), "__version__", None)
    return version is not None and _is_within(str(version), library.since, library.before)


@lru_cache(maxsize=32)
def _is_within(version: str, since: tuple[int, ...], before: tuple[int, ...]) -> bool:
    numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
    return since <= numbers < before
