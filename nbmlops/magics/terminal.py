"""`%nbmlops …`: the terminal's commands, from a cell."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread
from typing import IO, Any

from nbmlops import errors
from nbmlops.errors import InvalidOptionError, NbmlopsError
from nbmlops.magics.files import files_that_begin

__all__ = ["CommandOutput", "complete_nbmlops", "nbmlops_magic"]

PROGRAM = (
    sys.executable,
    "-X",
    "utf8",
    "-c",
    "from nbmlops.cli import main; main(json_errors=True)",
)
FORCING = ("FORCE_COLOR", "CLICOLOR_FORCE")
WIDTH = 110  # characters that an output of a notebook has room for
INTERRUPTED, FOUND_ERRORS = 130, 1
COMPLETION_SECONDS = 10
PATIENCE_SECONDS = 10  # an interrupted notebook ends its kernel first


class CommandOutput(str):
    """What a command printed; it displays itself as that, and `code` is its exit code."""

    __slots__ = ("code",)
    code: int

    def __repr__(self) -> str:
        return self.rstrip("\n")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def nbmlops_magic(shell: Any, line: str) -> CommandOutput:
    """Do whatever the terminal can do: `%nbmlops SUBJECT VERB …`.

        %nbmlops runs show last
        %nbmlops doctor
        rows = %nbmlops runs find churn --csv

    It gives the text that the command printed, which displays itself, and raises the error that the
    command ended with.
    """
    words = _words(line)
    with subprocess.Popen(
        [*PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(shell),
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told: list[str] = []
        listening = Thread(target=_listen, args=(process.stderr, told), daemon=True)
        listening.start()
        try:
            printed = CommandOutput(process.stdout.read())
            listening.join()
            printed.code = process.wait()
        except BaseException:
            _end(process)
            raise
    if printed.code and (error := _error(printed.code, told, words)) is not None:
        if printed:
            sys.stdout.write(printed)
        raise error
    return printed


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for the end of a command, whose interruption is that of its whole group of processes;
    only where it was not interrupted it is told.
    """
    for tell in (process.terminate, process.kill):
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            tell()
    process.wait()


def _words(line: str) -> list[str]:
    try:
        # A shell would expand them before the command sees them.
        return [os.path.expanduser(word) for word in shlex.split(line)]
    except ValueError as exc:
        raise InvalidOptionError(line.strip()[:60], f"{exc}".lower().rstrip(".")) from None


def _environment(shell: Any) -> dict[str, str]:
    """The variables of this process; a kernel asks programs for colors, which are no text."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(FORCING)}
    width = WIDTH if hasattr(shell, "kernel") else shutil.get_terminal_size().columns
    return {**kept, "COLUMNS": str(width)}


def _listen(stream: IO[str], told: list[str]) -> None:
    """Show what comes on standard error as it comes, but for an error, which is raised."""
    with contextlib.suppress(ValueError):  # it is closed where somebody did not wait for the end
        for text in stream:
            told.append(text)
            if not text.startswith('{"error": '):
                sys.stderr.write(text)


def _error(code: int, told: Sequence[str], words: Sequence[str]) -> BaseException | None:
    """The error that a command ended with; None for a report that is a bad one."""
    if code == INTERRUPTED:
        return KeyboardInterrupt()
    last = told[-1] if told else ""
    if last.startswith('{"error": '):
        said = json.loads(last)["error"]
        kind = getattr(errors, said["type"], NbmlopsError)
        return errors.revived(kind, said["message"], said["hint"], said["details"])
    if code == FOUND_ERRORS and not told:
        return None
    command = shlex.join(["nbmlops", *words])
    return NbmlopsError(f"`{command}` ended with exit code {code}.", hint="What it said is above.")


def complete_nbmlops(shell: Any, event: Any) -> list[str]:
    """What the terminal would offer: commands, options, runs, experiments, parameters, files."""
    del shell
    symbol = str(event.symbol)
    before = event.line.lstrip("%").removesuffix(symbol)
    try:
        typed = shlex.split(before)
    except ValueError:
        return []
    if not before.endswith(" "):
        return []  # the middle of a word that IPython splits
    done = subprocess.run(
        PROGRAM,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
        timeout=COMPLETION_SECONDS,
        env={
            **os.environ,
            "_NBMLOPS_COMPLETE": "bash_complete",
            "COMP_WORDS": shlex.join([*typed, symbol]),
            "COMP_CWORD": str(len(typed)),
        },
    )
    found: list[str] = []
    for line in done.stdout.splitlines():
        kind, _, value = line.partition(",")
        found += [shlex.quote(value)] if kind == "plain" else files_that_begin(symbol)
    return found
