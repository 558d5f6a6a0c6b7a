"""Head and tail of what is printed, and the stream stays the one it was."""

from __future__ import annotations

import sys

import pytest

from nbmlops.capture.outputs import (
    HEAD_CHARACTERS,
    TAIL_CHARACTERS,
    Tee,
    _Stream,
    clean_text,
)
from nbmlops.capture.redaction import WINDOW


def test_what_is_printed_is_kept(capsys: object) -> None:
    tee = Tee()
    tee.start()
    print("hello")
    print("trouble", file=sys.stderr)
    kept = {data["stream"]: data for data in tee.stop()}
    print("after")

    assert kept["stdout"]["head"] == "hello\n"
    assert kept["stderr"]["head"] == "trouble\n"
    assert kept["stdout"]["tail"] == ""


def test_the_stream_is_left_as_it_was(capsys: object) -> None:
    stream, had = sys.stdout, "write" in vars(sys.stdout)
    tee = Tee()
    tee.start()
    assert sys.stdout is stream
    tee.stop()

    assert ("write" in vars(sys.stdout)) == had


def test_a_flood_is_bounded_and_counted(capsys: object) -> None:
    tee = Tee()
    tee.start()
    for index in range(100_000):
        print(index)
    (kept,) = tee.stop()

    assert kept["head"].startswith("0\n1\n2\n")
    assert kept["tail"].endswith("99998\n99999\n")
    assert len(kept["head"]) + len(kept["tail"]) <= 3 * HEAD_CHARACTERS
    assert kept["size_bytes"] == sum(len(str(i)) + 1 for i in range(100_000))


def test_one_huge_line_is_bounded(capsys: object) -> None:
    tee = Tee()
    tee.start()
    sys.stdout.write("x" * 10_000_000)
    (kept,) = tee.stop()

    assert kept["size_bytes"] == 10_000_000
    assert len(kept["head"]) + len(kept["tail"]) <= 3 * HEAD_CHARACTERS


def test_terminal_codes_are_taken_out() -> None:
    assert clean_text("\x1b]52;c;AAAA\x07x\x1b[2Jy\x9bz\x07") == "xyz"
    assert clean_text("1%\r50%\r\n") == "50%\n"
    assert clean_text("\x1b]0;title\x1b\\ok") == "ok"


SECRET = "postgres://user:hunter2-of-the-database@db.example/prod"


@pytest.mark.parametrize(
    "filler", ["x" * 99 + "\n", "x" * 100, "é" * 99 + "\n", "\x1b[31mx\x1b[0m\n"]
)
def test_no_piece_of_a_secret_is_left_where_output_is_cut(filler: str) -> None:
    for place in range(0, 80, 3):
        stream = _Stream()
        stream.take((filler * 5000)[: HEAD_CHARACTERS - 60 + place])
        stream.take(SECRET)
        stream.take(filler * 2000)
        stream.take(SECRET)
        stream.take((filler * 5000)[: TAIL_CHARACTERS - 60 + place])
        kept = stream.record("stdout")

        assert "hunter" not in kept["head"] + kept["tail"]
        assert "database" not in kept["head"] + kept["tail"]
        assert len(kept["head"]) + len(kept["tail"]) < 100_000


def test_output_that_was_kept_whole_is_redacted_whole() -> None:
    stream = _Stream()
    stream.take("é" * (HEAD_CHARACTERS + WINDOW - 20))
    stream.take(SECRET)
    stream.take("é" * 1000)
    kept = stream.record("stdout")

    assert kept["tail"] == ""
    assert kept["head"].endswith("é" * 1000)
    assert "hunter" not in kept["head"]
