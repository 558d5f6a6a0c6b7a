"""A real IPython shell that keeps what a cell displayed and printed."""

from __future__ import annotations

import atexit
import contextlib
import io
from typing import Any

__all__ = ["Shell"]


class Shell:
    """A fresh IPython shell with nbmlops loaded; `close` gives the process back its own.

    >>> shell = Shell()
    >>> shell.run("x = 6 * 7; x").result
    42
    >>> shell.close()
    """

    def __init__(self, *, load: bool = True) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        InteractiveShell.clear_instance()
        config = Config()
        config.HistoryManager.enabled = False
        self.ip: Any = InteractiveShell.instance(config=config)
        self.displayed: list[dict[str, Any]] = []
        self.printed = ""
        publish = self.ip.display_pub.publish

        def keep(data: dict[str, Any], metadata: Any = None, **rest: Any) -> None:
            self.displayed.append(data)

        self._publish = publish
        self.ip.display_pub.publish = keep
        if load:
            self.run("%load_ext nbmlops")

    def run(self, cell: str) -> Any:
        """IPython's result of a cell; `displayed` and `printed` hold what it showed."""
        self.displayed.clear()
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            result = self.ip.run_cell(cell, store_history=True)
        self.printed = stream.getvalue()
        return result

    def close(self) -> None:
        """Unload the extension and forget the shell."""
        from IPython.core.interactiveshell import InteractiveShell

        self.ip.extension_manager.unload_extension("nbmlops")
        self.ip.display_pub.publish = self._publish
        self.ip.atexit_operations()
        atexit.unregister(self.ip.atexit_operations)  # once is enough
        InteractiveShell.clear_instance()
