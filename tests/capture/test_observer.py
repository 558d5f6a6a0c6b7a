"""What a cell bound and read: literals are parameters, computed numbers are metrics."""

from __future__ import annotations

import ast
import gc
import weakref
from typing import Any

from nbmlops.capture.observer import Observer


class Notebook:
    """Runs sources one after the other in one namespace, observed."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.observer = Observer()
        self.count = 0

    def run(self, source: str) -> Any:
        self.count += 1
        self.observer.before(self.namespace)
        tree = ast.parse(source)
        try:
            exec(compile(tree, "<cell>", "exec"), self.namespace)
        except Exception:
            pass
        self.namespace.pop("__builtins__", None)
        return self.observer.after(self.namespace, tree, source, count=self.count)


def test_literals_are_parameters_and_computed_numbers_metrics() -> None:
    found = Notebook().run(
        "lr = 0.1\ndepth: int = 3\nname, flag = 'x', True\nauc = lr * 5\nn = len('abc')"
    )

    assert found.params == {"literal": {"lr": 0.1, "depth": 3, "name": "x", "flag": True}}
    assert found.metrics == {"auc": 0.5, "n": 3}


def test_loop_variables_private_names_and_secrets_are_no_metrics() -> None:
    found = Notebook().run(
        "for i in range(3):\n    last = i * 1.5\n_hidden = 2 * 3\napi_token = 4 * 4\nflag = 1 < 2"
    )

    assert found.metrics == {"last": 3.0}


def test_a_name_that_was_there_is_a_metric_only_when_assigned() -> None:
    notebook = Notebook()
    notebook.run("auc = 0.25 * 2\nother = 1.5 * 2")

    found = notebook.run("if False:\n    other = 9.0 * 9\nauc = 0.25 * 2")

    assert found.metrics == {"auc": 0.5}


def test_a_failed_cell_reports_only_what_it_reached() -> None:
    notebook = Notebook()
    notebook.run("late = 1.0 * 3")

    found = notebook.run("early = 2.0 * 4\n1 / 0\nlater = 1.0 * 5")

    assert found.metrics == {"early": 8.0}


def test_literals_of_earlier_cells_that_are_read_are_parameters() -> None:
    notebook = Notebook()
    notebook.run("depth = 4\nunused = 7\nsize = 100")
    notebook.run("def train():\n    return depth * 2.0")

    found = notebook.run("score = train() + size")

    assert found.params == {"cell 1": {"depth": 4, "size": 100}}
    assert found.metrics == {"score": 108.0}


def test_a_reassigned_literal_is_no_parameter_any_more() -> None:
    notebook = Notebook()
    notebook.run("depth = 4")
    notebook.run("depth = depth * 2")

    found = notebook.run("score = depth * 1.0")

    assert found.params == {}


def test_injected_parameters_belong_to_every_run() -> None:
    notebook = Notebook()
    notebook.run("alpha = 1\nname = 'a'")
    notebook.run("# Parameters\nalpha = 5\nbeta = 'b'\n")

    found = notebook.run("score = 2.0 * 2")

    assert found.params == {"papermill": {"alpha": 5, "beta": "b"}}


def test_fits_are_noticed_in_the_cell_and_in_functions_it_calls() -> None:
    notebook = Notebook()

    assert not notebook.run(
        "def train(model):\n    return model.fit([1])\nclass M:\n    def fit(self, x):\n        return self"
    ).fits
    assert notebook.run("train(M())").fits
    assert notebook.run("M().fit(3)").fits
    assert not notebook.run("x = 1 + 1").fits


def test_nothing_is_kept_alive() -> None:
    class Big:
        pass

    notebook = Notebook()
    notebook.namespace["Big"] = Big
    notebook.run("big = Big()")
    alive = weakref.ref(notebook.namespace["big"])
    notebook.observer.before(notebook.namespace)

    del notebook.namespace["big"]
    gc.collect()

    assert alive() is None


def test_hostile_objects_do_no_harm() -> None:
    notebook = Notebook()

    found = notebook.run(
        "class Odd:\n"
        "    def __eq__(self, other): raise RuntimeError\n"
        "    def __getattr__(self, name): raise ValueError(name) if name == 'shape' else AttributeError(name)\n"
        "    __hash__ = None\n"
        "number = 1.5 * 2\n"
    )

    assert found.metrics["number"] == 3.0
