"""The watch over one cell: what is answered for libraries, and the time that it may take."""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import perf_counter, thread_time
from types import FrameType, ModuleType
from typing import Any

from nbmlops.capture.interrupts import interrupts_held
from nbmlops.capture.naming import found_name
from nbmlops.capture.values import to_param
from nbmlops.capture.watching import sklearn
from nbmlops.capture.watching.frames import name_in
from nbmlops.capture.watching.imports import AfterImport
from nbmlops.capture.watching.seen import DataSeen, FitSeen, ScoreSeen, Seen
from nbmlops.errors import NbmlopsError

__all__ = ["Watch"]

FREE_SECONDS = 0.005  # that looking may take of any cell
SHARE = 0.05  # of the cell's time, where that is more
FULL_BYTES_PER_SECOND = 2_000_000_000  # what fingerprinting is assumed to reach
SECONDS_A_ROW = 50e-9  # that looking for rows takes for each one that was learned from
MAX_FITS = 200
MAX_VALUES = 1000


class Watch:
    """What libraries do in one cell. `begin` and `stop` belong together; both are cheap."""

    def __init__(self) -> None:
        self.looks = False
        self.seen = Seen()
        self._began = 0.0
        self._spent = 0.0
        self._restores: list[Callable[[], None]] = []
        self._imports = AfterImport(sklearn.MODULES, self._hook)
        self._target: FrameType | None = None

    # -- the time of a cell ----------------------------------------------------------------------

    def begin(self) -> None:
        """Watch from now on; nothing changes where it does so already."""
        if self.looks:
            return
        self.seen = Seen()
        self._began, self._spent = perf_counter(), 0.0
        self.looks = True
        self._imports.begin()

    def stop(self) -> Seen:
        """Put everything back as it was, and tell what was seen."""
        self.looks = False
        self._imports.stop()
        while self._restores:
            with contextlib.suppress(Exception):
                self._restores.pop()()
        if self._target is not None:
            self._leave_call()
        seen, self.seen = self.seen, Seen()
        return seen

    def _hook(self, module: ModuleType) -> None:
        restore = sklearn.hook(self, module)
        if restore is not None:
            self._restores.append(restore)

    @contextlib.contextmanager
    def looking(self) -> Iterator[bool]:
        """Around a look at a call: False where looking has taken its share of the cell's time."""
        # CPU time: on a busy machine, waiting for our turn is not our doing.
        began, loaded = thread_time(), len(sys.modules)
        if self._spent > self._allowed():
            self.seen.partial = "looking at them took more than a twentieth of the cell's time"
            yield False
            return
        with interrupts_held(later=True):
            try:
                yield True
            finally:
                if len(sys.modules) == loaded:  # loading ours, once in a process, is not counted
                    self._spent += thread_time() - began

    def _allowed(self) -> float:
        return max(FREE_SECONDS, SHARE * (perf_counter() - self._began))

    # -- what is seen ----------------------------------------------------------------------------

    def fitting(self, model: Any, data: Any, target: Any, user: FrameType | None) -> None:
        """A fit of the user's begins."""
        if len(self.seen.fits) >= MAX_FITS:
            self.seen.partial = f"more than {MAX_FITS} fits"
            return
        params, changed = _params_of(model)
        kind, name = type(model), name_in(user, model)
        fit = FitSeen(kind.__name__, kind.__module__, params, changed, name, None, _weak(model))
        self.seen.fits.append(fit)
        fit.train = self._data(data, "train", user, "X")
        self._data(target, "train", user, "y")

    def using(self, data: Any, user: FrameType | None) -> None:
        """A fitted model is used on data."""
        name = self._data(data, "test", user, "X")
        if name is not None:
            self._look_for_rows(name, data)

    def _look_for_rows(self, name: str, data: Any) -> None:
        """Look whether rows of what a model is used on were among those it learned from."""
        length = getattr(data, "shape", ())
        for known in [each for each in self.seen.data if each.role == "train"]:
            train = known.alive() if known.alive is not None else None
            pair = (known.name, name)
            if train is None or train is data or any(each[:2] == pair for each in self.seen.shared):
                continue
            rows = getattr(train, "shape", (0,))[:1]
            left = (self._allowed() - self._spent) / 2
            if len(length) != 2 or not rows or rows[0] * SECONDS_A_ROW > left:
                continue
            from nbmlops.data.overlap import shared_rows

            found = shared_rows(train, data)
            if found is not None:
                self.seen.shared.append((*pair, *found))

    def scoring(self, function: str, call: FrameType, user: FrameType | None, about: str) -> None:
        """A metric function begins; its result is seen when this call returns.

        A profile function is set for the time of the call alone: the only way to a result without
        a frame of ours around the call.
        """
        if user is None or sys.getprofile() is not None or self._target is not None:
            return
        place = (user.f_code.co_filename, user.f_lineno)
        key = (function, *place)
        score = self.seen.scores.get(key)
        if score is None:
            score = self.seen.scores[key] = ScoreSeen(function, place, about)
        if len(score.values) >= MAX_VALUES:
            self.seen.partial = f"more than {MAX_VALUES} values of {function}"
            return
        values = score.values
        self._target = call

        def returning(frame: FrameType, event: str, result: Any) -> None:
            if event == "return" and frame is self._target:
                self._leave_call()
                if _is_real(result):
                    values.append(float(result))

        sys.setprofile(returning)

    def also(self, seen: Seen, data: Iterable[tuple[str, Any, str]]) -> None:
        """Add data that no call told of, by name and role, as far as the cell's time allows."""
        self.seen, now = seen, self.seen
        try:
            for name, value, role in data:
                with self.looking() as may:
                    if not may:
                        return
                    self._data(value, role, None, name)
        finally:
            self.seen = now

    def also_file(self, seen: Seen, path: str, role: str) -> None:
        """Add a file that the cell read or wrote."""
        self.seen, now = seen, self.seen
        try:
            with self.looking() as may:
                if may:
                    from nbmlops.data.files import fingerprint_file

                    found = fingerprint_file(path, budget_bytes=self._budget_bytes())
                    if found is not None:
                        self._add(os.path.basename(path), role, found, path, source=path)
        finally:
            self.seen = now

    def _leave_call(self) -> None:
        self._target = None
        sys.setprofile(None)

    def _data(self, data: Any, role: str, user: FrameType | None, otherwise: str) -> str | None:
        """Take a fingerprint of data; the name it goes by."""
        if data is None:
            return None
        for known in self.seen.data:
            if known.object_id == id(data) and known.alive is not None and known.alive() is data:
                return known.name
        from nbmlops.data.fingerprint import fingerprint

        found = fingerprint(data, budget_bytes=self._budget_bytes())
        if found is None:
            return None
        for known in self.seen.data:
            if known.print.digest == found.digest and known.role == role:
                return known.name
        return self._add(name_in(user, data) or otherwise, role, found, data)

    def _budget_bytes(self) -> int:
        # Half of what is left, so that the numbers that come later are seen in any case.
        left = max(self._allowed() - self._spent, 0.0) / 2
        return int(left * FULL_BYTES_PER_SECOND)

    def _add(self, name: str, role: str, found: Any, data: Any, source: str | None = None) -> str:
        name = found_name("a dataset", name)
        taken = {known.name for known in self.seen.data}
        number, chosen = 2, name
        while chosen in taken:
            number, chosen = number + 1, f"{name}_{number}"
        self.seen.data.append(DataSeen(chosen, role, found, id(data), _weak(data), source))
        return chosen


def _weak(value: Any) -> weakref.ref[Any] | None:
    try:
        return weakref.ref(value)
    except TypeError:
        return None


def _is_real(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (
        getattr(value, "shape", None) == () and getattr(value.dtype, "kind", "") in "iuf"
    )


def _params_of(model: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """All parameters of an estimator, those of nested ones included, and which were changed."""
    from sklearn.base import BaseEstimator

    if not isinstance(model, BaseEstimator):
        return {}, ()
    given = model.get_params(deep=True)
    changed = tuple(name for name, value in given.items() if not _is_default(model, name, value))
    params: dict[str, Any] = {}
    for name, value in given.items():
        with contextlib.suppress(NbmlopsError):
            # A nested estimator is told by its class here, and by its own parameters below it.
            params[name] = to_param(name, value)
    return params, changed


def _is_default(model: Any, name: str, value: Any) -> bool:
    """True where the class itself would have chosen this value."""
    *path, last = name.split("__")
    owner = model
    for part in path:
        owner = owner.get_params(deep=False).get(part) if hasattr(owner, "get_params") else None
        if owner is None:
            return False
    defaults = _defaults(type(owner))
    if last not in defaults:
        return False
    default = defaults[last]
    return value is default or (type(value) is type(default) and bool(value == default))


_known_defaults: weakref.WeakKeyDictionary[type, dict[str, Any]] = weakref.WeakKeyDictionary()


def _defaults(kind: type) -> dict[str, Any]:
    found = _known_defaults.get(kind)
    if found is None:
        import inspect

        parameters = inspect.signature(kind).parameters.values()
        found = {
            each.name: each.default
            for each in parameters
            if each.default is not inspect.Parameter.empty
        }
        _known_defaults[kind] = found
    return found
