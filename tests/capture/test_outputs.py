"""Head and tail of what is printed, and the stream stays the one it was."""

from __future__ import annotations

import sys

from nbmlops.capture.outputs import HEAD_CHARACTERS, Tee, clean_text


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
