"""The papermill engine: `papermill --engine nbmlops IN OUT` tells the truth about every fault.

papermill's own engine marks all cells `completed` when the kernel dies, a cell times out or
somebody presses Ctrl-C, and destroys the earlier output when the disk is full. This one leaves in
the file what really happened, and raises papermill's exceptions with our messages.

Whoever imports papermill imports this module (it loads all its entry points), our own client
included: so it imports the rest of us on use, which also keeps papermill's start as it was.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine
from papermill.iorw import LocalHandler, papermill_io

from nbmlops.errors import (
    CancelledError,
    CellFailedError,
    KernelDiedError,
    NbmlopsError,
    TimedOutError,
)

if TYPE_CHECKING:
    from nbmlops.notebooks.execution import CellProgress

__all__ = ["TruthfulEngine"]

# Options of papermill that nbclient does not know or that we have under another name.
_OURS = ("input_path", "timeout", "startup_timeout", "kernel_name", "nb", "log_output")


class _DeadKernelError(KernelDiedError, DeadKernelError):  # type: ignore[misc]
    """papermill's word for it, so that its exit code stays 138."""


class _CellTimeoutError(TimedOutError, CellTimeoutError):  # type: ignore[misc]
    """nbclient's word for it, for those who catch that."""


class TruthfulEngine(Engine):  # type: ignore[misc]
    """Executes a notebook with nbclient, and says truly what became of it."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: float = 30,
        **options: Any,
    ) -> Any:
        """The executed notebook; one whose cell raised as well, which papermill then reports."""
        from nbmlops.notebooks.execution import Plan, execute
        from nbmlops.notebooks.interruption import as_signal
        from nbmlops.notebooks.recording import Recording

        path = _local(output_path)
        recording = Recording(nb, path, autosave_seconds=autosave_cell_every)
        bar = _bar(progress_bar, nb)
        plan = Plan(
            name=os.path.basename(str(options.get("input_path") or output_path or "notebook")),
            recording=recording,
            kernel=kernel_name,
            timeout=options.pop("execution_timeout", None) or options.get("timeout"),
            start_timeout=options.pop("start_timeout", None) or 60,
            progress=bar,
            mark_failed_cell=False,
            client_options={
                **{name: value for name, value in options.items() if name not in _OURS},
                "log_output": log_output,
            },
        )
        try:
            execute(plan)
        except CellFailedError:
            pass  # papermill finds the error in the outputs, marks the cell and raises
        except KernelDiedError as exc:
            raise _revived(_DeadKernelError, exc) from None
        except TimedOutError as exc:
            raise _revived(_CellTimeoutError, exc) from None
        except CancelledError as exc:
            raise as_signal(exc) from None
        return nb


def _revived(kind: type[BaseException], error: NbmlopsError) -> BaseException:
    # The finished error under another class: its own constructor would word it again.
    made: BaseException = getattr(kind, "__new__")(kind)  # noqa: B009  mypy knows no such call
    made.__dict__.update(error.__dict__)
    made.args = error.args
    return made


def _local(path: str | None) -> str | None:
    """Where a local output really is; from now on papermill's own writes to it are atomic too.

    papermill writes the file once more after the engine. Remote outputs are papermill's matter.
    """
    if path is None or path == "-":
        return None
    handler = papermill_io.get_handler(path)
    if isinstance(handler, LocalHandler):
        handler = _AtomicHandler(handler)
        papermill_io.register(path, handler)
    if not isinstance(handler, _AtomicHandler):
        return None
    return handler.locate(path)


class _AtomicHandler:
    """papermill's writer for local files, which writes them whole or not at all."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def locate(self, path: str) -> str:
        """The file that papermill means: it may execute in another working directory."""
        folder = os.path.dirname(path)
        base = getattr(self._handler, "_cwd", None) or os.getcwd()
        if not os.path.isdir(os.path.join(base, folder)):
            raise FileNotFoundError(f"output folder {folder} doesn't exist.")
        return os.path.join(base, path)

    def write(self, buf: str, path: str) -> None:
        """Replace the file (papermill's name for the text is `buf`)."""
        from nbmlops.notebooks.documents import replace

        replace(buf.encode("utf-8", "backslashreplace"), self.locate(path))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)


def _bar(progress_bar: bool | dict[str, Any], nb: Any) -> Callable[[CellProgress], None] | None:
    """Papermill's progress bar, fed from the calling thread."""
    if not progress_bar:
        return None
    from tqdm.auto import tqdm

    options = progress_bar if isinstance(progress_bar, dict) else {}
    total = sum(cell.cell_type == "code" for cell in nb.cells)
    bar = tqdm(**{"total": total, "unit": "cell", "desc": "Executing", **options})

    def show(at: CellProgress) -> None:
        if at.status in ("running", "starting"):
            return
        bar.update(1)
        if at.status != "completed" or bar.n >= total:
            with contextlib.suppress(Exception):
                bar.close()

    return show
