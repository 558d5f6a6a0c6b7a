"""The arrays and tensors behind what a training takes its batches from."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.watching.seen import FitSeen

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["learn_from", "look_at"]


def learn_from(watch: Watch, fit: FitSeen, data: Any, target: Any, user: FrameType | None) -> None:
    """A fit learns from data, or from a loader of it."""
    inputs, *targets = _parts(data) or [data]
    watch.learning(fit, inputs, targets[0] if targets else target, user)


def look_at(watch: Watch, data: Any, user: FrameType | None) -> None:
    """A model looks at (X, y), or at what a loader brings, while it learns."""
    for each in data if isinstance(data, list) else [data]:
        parts = each if isinstance(each, tuple) else _parts(each)
        if parts:
            watch.using(parts[0], user, target=parts[1] if len(parts) > 1 else None)


def _parts(loader: Any) -> tuple[Any, ...]:
    """The tensors of a loader over a dataset of tensors; none where it brings something else."""
    if hasattr(loader, "shape") or isinstance(loader, (dict, list, tuple)):
        return ()
    tensors = getattr(getattr(loader, "dataset", loader), "tensors", None)
    return tensors if isinstance(tensors, tuple) else ()
