"""A method that is listened to does what it did, and its exceptions know nothing of us."""

from __future__ import annotations

import io
import traceback
from typing import Any

import pytest

from nbmlops.capture.shadows import Shadow


class Divider:
    def divide(self, by: int, *, twice: bool = False) -> float:
        return 1 / by / (2 if twice else 1)


def frames_of(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_calls_are_heard_with_all_that_they_were_given() -> None:
    heard: list[Any] = []
    divider = Divider()
    shadow = Shadow(divider, "divide", lambda *args, **options: heard.append((args, options)))

    assert divider.divide(4, twice=True) == 0.125
    shadow.stop()
    assert divider.divide(2) == 0.5
    assert heard == [((4,), {"twice": True})]
    assert "divide" not in vars(divider)


def test_an_exception_has_the_frames_that_it_would_have() -> None:
    def plainly() -> None:
        Divider().divide(0)

    def listened() -> None:
        divider = Divider()
        Shadow(divider, "divide", lambda by: None)
        divider.divide(0)

    with pytest.raises(ZeroDivisionError) as plain:
        plainly()
    with pytest.raises(ZeroDivisionError) as other:
        listened()

    assert [name.replace("listened", "plainly") for name in frames_of(other.value)] == (
        frames_of(plain.value)
    )


def test_a_method_without_frames_raises_without_frames() -> None:
    class Stream(io.StringIO):
        pass

    stream = Stream()
    Shadow(stream, "write", lambda text: None)

    with pytest.raises(TypeError) as raised:
        stream.write(5)  # type: ignore[arg-type]
    assert frames_of(raised.value) == ["test_a_method_without_frames_raises_without_frames"]


def test_listening_that_fails_ends_and_hurts_nobody() -> None:
    heard: list[int] = []

    def hear(by: int) -> None:
        heard.append(by)
        raise RuntimeError("ours")

    divider = Divider()
    Shadow(divider, "divide", hear)

    assert [divider.divide(1), divider.divide(2)] == [1.0, 0.5]
    assert heard == [1]


def test_what_stood_there_comes_back_and_what_came_later_stays() -> None:
    divider = Divider()
    divider.divide = mine = lambda by: 7.0  # type: ignore[method-assign]
    shadow = Shadow(divider, "divide", lambda by: None)
    kept = divider.divide
    shadow.stop()
    assert vars(divider)["divide"] is mine
    assert kept(3) == 7.0

    shadow = Shadow(divider, "divide", lambda by: None)
    divider.divide = theirs = lambda by: 8.0  # type: ignore[method-assign]
    shadow.stop()
    assert vars(divider)["divide"] is theirs


def test_an_object_that_cannot_be_shadowed_says_so() -> None:
    for owner in (io.StringIO, object(), 5):
        with pytest.raises((AttributeError, TypeError)):
            Shadow(owner, "no_such_method", lambda: None)
