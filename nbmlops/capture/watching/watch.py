"""The watch over one cell: what is answered for libraries, and the time that it may take."""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter, thread_time
from types import FrameType, ModuleType
from typing import Any

from nbmlops.capture.frames import Place, name_in, place_of, span_of
from nbmlops.capture.naming import found_name
from nbmlops.capture.watching import libraries
from nbmlops.capture.watching.imports import AfterImport
from nbmlops.capture.watching.params import Params, params_of
from nbmlops.capture.watching.seen import (
    DataSeen,
    FitSeen,
    Points,
    ScoreSeen,
    Seen,
    ValidationSeen,
)
from nbmlops.interrupts import interrupts_held

__all__ = ["Watch"]

FREE_SECONDS = 0.005  # that looking may take of any cell
SHARE = 0.05  # of the cell's time, where that is more
FREE_CALLS = 50  # that are looked at in any cell, however slow the machine: some 0.15 ms each
FULL_BYTES_PER_SECOND = 2_000_000_000  # what fingerprinting is assumed to reach
SECONDS_A_ROW = 50e-9  # that looking for rows takes for each one that was learned from
SECONDS_AN_EVENT = 0.2e-6  # that a profile function costs the code that runs under it
MAX_FITS = 200
MOST_DATA = 5  # of one call, as the folds of a loop
MOST_FITS = 20  # of one call, as in a loop; an earlier one is counted and let go
MAX_VALUES = 1000


class Watch:
    """What libraries do in one cell. `begin` and `stop` belong together; both are cheap."""

    def __init__(self) -> None:
        self.looks = False
        self.seen = Seen()
        self._began = 0.0
        self._spent = 0.0
        self._call_count = 0
        self._fit_counts: dict[str, int] = {}
        self._data_counts: dict[tuple[Place, str, str], int] = {}
        self._restores: list[Callable[[], None]] = []
        self._imports = AfterImport(libraries.MODULES, self._hook)
        self._target: FrameType | None = None
        self._timed: tuple[int, FitSeen, float] | None = None
        self.on_first: Callable[[], None] | None = None  # called when the first call is seen
        self.samples = False  # whether a profile of what models learn from is wanted

    # -- the time of a cell ----------------------------------------------------------------------

    def begin(self) -> None:
        """Watch from now on; nothing changes where it does so already."""
        if self.looks:
            return
        self.seen, self._fit_counts, self._data_counts = Seen(), {}, {}
        self._began, self._spent, self._call_count = perf_counter(), 0.0, 0
        self.looks = True
        self._imports.begin()

    def stop(self) -> Seen:
        """Put everything back as it was, and tell what was seen."""
        self.looks, self._timed, self.on_first = False, None, None
        self._imports.stop()
        while self._restores:
            with contextlib.suppress(Exception):
                self._restores.pop()()
        if self._target is not None:
            self._leave_call()
        seen, self.seen = self.seen, Seen()
        return seen

    def _hook(self, module: ModuleType) -> None:
        self._restores += libraries.hook(self, module)

    def looks_at(self, package: str) -> bool:
        """Whether calls of a library are looked at: in the version that is there, and by now."""
        return self.looks and libraries.is_supported(package) and self._has_time()

    def _has_time(self, *, at_data: bool = False) -> bool:
        if self._spent <= self._allowed() / (2 if at_data else 1):
            return True
        if not at_data and self._call_count < FREE_CALLS:
            return True
        what, part = ("their data", "fortieth") if at_data else ("them", "twentieth")
        if at_data and self.seen.partial:
            return False  # calls that nobody saw are more than data that nobody saw
        self.seen.partial = f"looking at {what} took more than a {part} of the cell's time"
        return False

    @contextlib.contextmanager
    def looking(self, *, at_data: bool = False) -> Iterator[bool]:
        """Around a look at a call: False where looking has taken its share of the cell's time.

        Data may take half of that, so that the numbers which come later are seen in any case.
        """
        # CPU time: on a busy machine, waiting for our turn is not our doing.
        began, loaded = thread_time(), len(sys.modules)
        if not self._has_time(at_data=at_data):
            yield False
            return
        self._call_count += not at_data
        with interrupts_held(later=True):
            try:
                yield True
            finally:
                if len(sys.modules) == loaded:  # loading ours, once in a process, is not counted
                    self._spent += thread_time() - began

    def _allowed(self) -> float:
        return max(FREE_SECONDS, SHARE * (perf_counter() - self._began))

    # -- what is seen ----------------------------------------------------------------------------

    def fitting(
        self,
        model: Any,
        user: FrameType | None,
        *,
        params: Params | None = None,
        origin: str = "",
        history: Callable[[], Points] | None = None,
    ) -> FitSeen:
        """A fit of the user's begins.

        Without a model, as in a cross-validation, it has only an origin. Of many fits the last ones
        are remembered, because they made what there is when the cell has ended.
        """
        self._tell_first()
        given, changed = params_of(model) if params is None else params
        kind, place = type(model), None if user is None else place_of(user)
        fit = FitSeen(
            kind.__name__,
            kind.__module__,
            given,
            changed,
            name_in(user, model),
            None,
            _weak(model),
            origin=origin or f"{kind.__name__}.fit",
            is_model=model is not None,
            history=history,
            place=place,
        )
        key = fit.name or fit.class_name or fit.origin
        fit.number = self._fit_counts[key] = self._fit_counts.get(key, 0) + 1
        self._add_fit(fit, model)
        if len(self.seen.fits) > MAX_FITS:
            del self.seen.fits[0]
            self.seen.partial = f"of more than {MAX_FITS} fits, the last were"
        return fit

    def times(self, fit: FitSeen | None, call: FrameType) -> None:
        """A fit is about to begin its work, in this call."""
        self._timed = None if fit is None else (id(call), fit, perf_counter())

    def timing(self, call: FrameType) -> Callable[[bool], None] | None:
        """What is to be called at the end of a call, where it is that fit's."""
        if self._timed is None or self._timed[0] != id(call):
            return None
        _, fit, began = self._timed
        self._timed = None

        def end(is_done: bool) -> None:
            if is_done:
                fit.seconds = perf_counter() - began
            else:
                fit.is_broken = True

        return end

    def _tell_first(self) -> None:
        if self.on_first is not None:
            tell, self.on_first = self.on_first, None
            with contextlib.suppress(Exception):
                tell()

    def fit_afterwards(self, seen: Seen, model: Any, name: str) -> FitSeen:
        """Add a fit that no library told of, and that the cell's own code tells of."""
        kind, (given, changed) = type(model), params_of(model)
        origin = f"{kind.__name__}.fit"
        fit = FitSeen(
            kind.__name__, kind.__module__, given, changed, name, None, _weak(model), origin
        )
        seen.fits.append(fit)
        return fit

    def _add_fit(self, fit: FitSeen, model: Any) -> None:
        """Add a fit; of a loop's many, the earliest ones give way and are only counted."""
        fits = self.seen.fits
        same = [
            each for each in fits if (each.place, each.class_name) == (fit.place, fit.class_name)
        ]
        earlier = [each for each in same if each.history is None]
        if fit.place is not None and earlier:
            again = earlier[-1].model is not None and earlier[-1].model() is model
            if again or len(same) >= MOST_FITS:
                gone = earlier[-1 if again else 0]
                fit.count += gone.count
                fits = self.seen.fits = [each for each in fits if each is not gone]
        fits.append(fit)

    def fit_of(self, model: Any) -> FitSeen | None:
        """The latest fit of a model that was seen in this cell."""
        for fit in reversed(self.seen.fits):
            if fit.model is not None and fit.model() is model:
                return fit
        return None

    def learning(
        self, fit: FitSeen, data: Any, target: Any, user: FrameType | None, name: str = "X"
    ) -> None:
        """A fit learns from this."""
        known = self._data(data, "train", user, name)
        fit.train = known.name if known is not None else None
        if known is not None and self.samples and not name_in(user, data):
            self.sample(known, data, 0.5)
        self._data(target, "train", user, "y")

    def using(self, data: Any, user: FrameType | None, target: Any = None, name: str = "X") -> None:
        """A fitted model is used on data, or looks at it while it learns."""
        known = self._data(data, "test", user, name)
        if known is not None:
            self._look_for_rows(known.name, data)
        self._data(target, "test", user, "y")

    def reading(self, data: Any, user: FrameType | None, name: str) -> DataSeen | None:
        """Data goes into a form of a library's own, and is for nothing yet."""
        return self._data(data, "read", user, name)

    def becomes(self, known: DataSeen | None, role: str) -> str | None:
        """Say what data is for that was only read, in this cell or an earlier one; its name."""
        if known is None:
            return None
        if not any(each is known for each in self.seen.data):
            known = replace(known, name=self._free(known.name))
            self.seen.data.append(known)
        elif known.role != "read":
            return known.name
        known.role = role
        return known.name

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

    def scoring(self, function: str, user: FrameType, about: str) -> Callable[[Any], None] | None:
        """A metric function begins; what is returned takes its result."""
        self._tell_first()
        key = (function, place_of(user))
        score = self.seen.scores.get(key)
        if score is None:
            score = self.seen.scores[key] = ScoreSeen(function, about, span_of(user))
        if len(score.values) >= MAX_VALUES:
            self.seen.partial = f"more than {MAX_VALUES} values of {function}"
            return None
        values, number = score.values, score.count
        score.count += 1

        def take(result: Any) -> None:
            if _is_real(result):
                values.append((number, float(result)))

        return take

    def missed(self, function: str, user: FrameType) -> None:
        """A metric function begins that there is no time to look at; the next ones are later."""
        score = self.seen.scores.get((function, place_of(user)))
        if score is not None:
            score.count += 1

    def validating(
        self,
        function: str,
        user: FrameType,
        found: Mapping[str, Sequence[tuple[int, float, float]]],
        *,
        is_curve: bool = False,
        scores: Any = None,
    ) -> None:
        """Something has been cross-validated: means and spreads by what they are of."""
        key = (function, place_of(user))
        seen = self.seen.validations.get(key)
        if seen is None:
            seen = ValidationSeen(function, span_of(user), is_curve)
            self.seen.validations[key] = seen
        if len(seen.times) >= (MOST_FITS if is_curve else MAX_VALUES):
            self.seen.partial = f"more than {len(seen.times)} times {function}"
            return
        seen.times.append(found)
        seen.scores = _weak(scores)

    def returning(self, call: FrameType, take: Callable[[Any], None]) -> None:
        """Be given what a call returns that is at its end, or does not do much in Python.

        A profile function is set until then: the only way to a result without a frame of ours
        around the call. The time that it takes counts as ours.
        """
        if sys.getprofile() is not None or self._target is not None:
            return
        self._target = call
        events = 0

        def returned(frame: FrameType, event: str, result: Any) -> None:
            nonlocal events
            events += 1
            if event == "return" and frame is self._target:
                self._leave_call()
                self._spent += events * SECONDS_AN_EVENT
                with contextlib.suppress(Exception):
                    take(result)

        sys.setprofile(returned)

    def awaits(self, call: FrameType) -> bool:
        """Whether it is this call whose result is to be seen."""
        return self._target is call

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

                    found = fingerprint_file(path, budget_bytes=self.budget_bytes())
                    if found is not None:
                        self._add(os.path.basename(path), role, found, path, source=path)
        finally:
            self.seen = now

    def sample(self, known: DataSeen, data: Any, share: float) -> None:
        """Read of the data what there is time for, in a share of what is left of it."""
        if known.sample is not None:
            return
        from nbmlops.data.samples import sample_within

        left = max(self._allowed() - self._spent, 0.0)
        with contextlib.suppress(Exception):  # whatever data this is, the fit is told of
            known.sample = sample_within(data, share * left)

    def _leave_call(self) -> None:
        self._target = None
        sys.setprofile(None)

    def _data(
        self, data: Any, role: str, user: FrameType | None, otherwise: str
    ) -> DataSeen | None:
        """Take a fingerprint of data, once."""
        if data is None:
            return None
        for known in self.seen.data:
            if known.object_id == id(data) and known.alive is not None and known.alive() is data:
                if known.role == "read" and role in ("train", "test"):
                    known.role = role
                return known
        place = None if user is None else (place_of(user), role, otherwise)
        if place is not None and self._data_counts.get(place, 0) >= MOST_DATA:
            self.seen.partial = self.seen.partial or (
                f"of the data that a call is given in a loop, the first {MOST_DATA} are told"
            )
            return None
        from nbmlops.data.fingerprint import fingerprint

        found = None
        with contextlib.suppress(Exception):  # whatever data this is, the fit is told of
            found = fingerprint(data, budget_bytes=self.budget_bytes())
        if found is None:
            return None
        for known in self.seen.data:
            if known.print.digest == found.digest and known.role == role:
                return known
        if place is not None:
            self._data_counts[place] = self._data_counts.get(place, 0) + 1
        return self._add(name_in(user, data) or _unnamed(otherwise, role, user), role, found, data)

    def budget_bytes(self) -> int:
        """How much of something there is time to look at."""
        # Half of what is left, so that the numbers that come later are seen in any case.
        left = max(self._allowed() - self._spent, 0.0) / 2
        return int(left * FULL_BYTES_PER_SECOND)

    def _add(
        self, name: str, role: str, found: Any, data: Any, source: str | None = None
    ) -> DataSeen:
        name = self._free(found_name("a dataset", name))
        self.seen.data.append(DataSeen(name, role, found, id(data), _weak(data), source))
        return self.seen.data[-1]

    def _free(self, name: str) -> str:
        taken = {known.name for known in self.seen.data}
        number, chosen = 2, name
        while chosen in taken:
            number, chosen = number + 1, f"{name}_{number}"
        return chosen


def _unnamed(name: str, role: str, user: FrameType | None) -> str:
    """What data is called that has no name, in a cell that may call something else by this one."""
    if user is not None and (name in user.f_locals or name in user.f_globals):
        return f"{role} {name}"
    return name


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
