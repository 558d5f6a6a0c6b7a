"""A notebook without a front end: sources that run one after the other in one namespace, observed."""

from __future__ import annotations

import ast
from typing import Any

from nbmlops.capture.observer import Found, Observer

__all__ = ["Notebook", "told"]


class Notebook:
    """Runs sources as a shell does, with the observer around each of them."""

    def __init__(self, *, free_seconds: float = 60.0) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.observer = Observer(free_seconds=free_seconds)
        self.count = 0
        self.error: BaseException | None = None

    def run(self, source: str, *, cell_id: str | None = None) -> Found:
        """What was found of a cell; one that raises is a cell as well."""
        self.count += 1
        self.error = None
        tree = ast.parse(source)
        self.observer.before(self.namespace)
        self.observer.about_to_run(self.namespace, tree)
        try:
            exec(compile(tree, f"<ipython-input-{self.count}>", "exec"), self.namespace)
        except Exception as error:
            self.error = error.with_traceback(None)
        self.namespace.pop("__builtins__", None)
        return self.observer.after(
            self.namespace, tree, source, count=self.count, cell_id=cell_id or f"c{self.count}"
        )


def told(found: Found) -> str:
    """What was found in the words of the corpus: "made a b | changed c | perhaps d | read e"."""
    parts = (
        ("made", found.bound),
        ("changed", found.mutated),
        ("perhaps", found.unsure),
        ("read", found.read),
        ("used", found.used),
        ("set", found.changed_settings),
    )
    words = [f"{verb} {' '.join(sorted(names))}" for verb, names in parts if names]
    return " | ".join([*words, *(["partly"] if found.partial else [])])
