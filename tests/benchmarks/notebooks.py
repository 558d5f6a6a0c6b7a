"""Cells in an IPython shell, plain or watched by a tool: a part of driver.py, in its processes.

What a tool is asked for in its own words is in peers/TOOL.py again:

    watch(shell, way)    watch the cells of a shell in one of the tool's ways, from now on
    cell(source, way)    a cell as it is written in this way (absent where it stays as it is)
    settle()             wait until everything is stored (absent where it is)
    watched()            what was found: {"fits": {class: count}, "params": [[name, value]],
                         "numbers": [...]}
"""

import contextlib
import io
from time import perf_counter, process_time, thread_time


class Notebook:
    """A shell that prints nothing, and what its cells take."""

    def __init__(self, peer, setup):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell.instance(config=config)
        self.peer, self.way = peer, ""
        self.run(setup)

    def watch(self, way):
        """Turn to one of the tool's ways; "" is none of them."""
        if way != self.way:
            with quiet():
                self.peer["watch"](self.shell, way)
            self.way = way

    def run(self, source):
        """Milliseconds of a cell: of the clock, of the processor for its thread and for all."""
        if self.way and "cell" in self.peer:
            source = self.peer["cell"](source, self.way)
        with quiet():
            wall, thread, process = perf_counter(), thread_time(), process_time()
            result = self.shell.run_cell(source, store_history=True)
            taken = perf_counter() - wall, thread_time() - thread, process_time() - process
        result.raise_error()
        return [each * 1e3 for each in taken]


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def mix(peer, options):
    """What each cell takes of the processor, in its own thread: in each way, by turns."""
    cells = load("cells.py")  # noqa: F821 - the driver's
    book = Notebook(peer, cells["SETUP"].format(rows=options["rows"]))
    ways = options["ways"]
    found = {way: {name: [] for name in cells["MIX"]} for way in ways}
    for number in range(options["warm_up"] + options["count"]):
        for name, source in cells["MIX"].items():
            for turn in range(len(ways)):
                way = ways[(turn + number) % len(ways)]
                book.watch(way)
                _, thread, _ = book.run(source)
                if number >= options["warm_up"]:
                    found[way][name].append(thread)
    return found


def training(peer, options):
    """Milliseconds of the processor for a notebook that trains, with all that a tool does.

    It runs twice in one kernel: the first pass has everything that is loaded once.
    """
    cells = load("cells.py")  # noqa: F821
    book = Notebook(peer, cells["SETUP"].format(rows=options["rows"]))
    began = process_time()
    book.watch(options["way"])
    passes = []
    for _ in range(2):
        for source in cells["TRAINING"].format(trees=options["trees"]).strip().split("\n\n"):
            book.run(source)
        if options["way"] and "settle" in peer:
            peer["settle"]()
        now = process_time()
        passes.append((now - began) * 1e3)
        began = now
    return {"first_ms": passes[0], "again_ms": passes[1]}


def autolog(peer, options):
    """What cells take, and what is found in them: by a tool in its way, by hand in none."""
    cells = load("cells.py")  # noqa: F821
    book = Notebook(peer, cells["SETUP"].format(rows=options["rows"]))
    for told in cells["AUTOLOG"]:  # everything is imported and warm
        book.run(told.source)
    book.watch(options["way"])
    taken = [book.run(told.source) for told in cells["AUTOLOG"]]
    found = {
        "wall_ms": [wall for wall, _, _ in taken],
        "thread_ms": [thread for _, thread, _ in taken],
        "process_ms": sum(process for _, _, process in taken),
    }
    if not options["way"]:
        return found | {"counted": counted(cells["AUTOLOG"], book.shell.user_ns)}
    if "settle" in peer:
        peer["settle"]()
    return found | ({"watched": peer["watched"]()} if "watched" in peer else {})


def counted(told, user):
    """What there is in the cells, their numbers computed anew."""
    numbers = {
        kind: [float(number) for each in told for number in eval(getattr(each, kind), user)]
        for kind in ("scores", "metrics", "validations")
    }
    fits = [name for each in told for name in each.fits]
    return {"fits": fits, "given": [pair for each in told for pair in each.given], **numbers}
