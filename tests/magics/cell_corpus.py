"""Cells of every kind, and what has to be the same where a cell is tracked and where it is not."""

from __future__ import annotations

import re
from pathlib import Path

from nbmlops.testing import Answer, Kernel
from nbmlops.workspace import open_workspace

# The first line of each cell is `{track}`: a comment in the plain kernel, the magic in the other,
# so that the user's line numbers are the same in both.
CELLS = {
    "last expression": "{track}\nx = 20\nx + 22",
    "out is kept": "{track}\n_ + 1, Out[2]",
    "nothing": "{track}",
    "only blank lines": "{track}\n\n\n",
    "semicolon hides": "{track}\n1 + 1;",
    "print and result": "{track}\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\n'done'",
    "await": "{track}\nimport asyncio\nawait asyncio.sleep(0.01)\nvalue = await asyncio.sleep(0, 7)\nvalue",
    "async for": "{track}\nasync def numbers():\n    for i in range(3):\n        yield i\n[i async for i in numbers()]",
    "exception": "{track}\na = 1\n\n1 / 0\nb = 2",
    "exception in a function": "{track}\ndef f(n):\n    return {{}}[n]\n\nf('missing')",
    "chained exception": "{track}\ntry:\n    int('x')\nexcept ValueError as e:\n    raise RuntimeError('later') from e",
    "exception in await": "{track}\nimport asyncio\nasync def g():\n    raise KeyError('k')\n\nawait g()",
    "assertion": "{track}\nassert 1 == 2, 'no'",
    "user's own exception": "{track}\nclass Mine(Exception):\n    pass\nraise Mine('m')",
    "syntax error": "{track}\nx = (1,\ny = 2",
    "indentation error": "{track}\nif True:\nx = 1",
    "name error": "{track}\n\n\nundefined_name",
    "system exit": "{track}\nimport sys\nsys.exit(3)",
    "keyboard interrupt raised": "{track}\nraise KeyboardInterrupt",
    "line magic": "{track}\n%pwd\n%who_ls int",
    "shell command": "{track}\n!echo from-the-shell\nlines = !echo a; echo b\nlines",
    "capture below": "{track}\n%%capture caught\nprint('hidden')\nhidden = 1",
    "caught is there": "{track}\ncaught.stdout, hidden",
    "html below": "{track}\n%%html\n<b>bold</b>",
    "unknown cell magic below": "{track}\n%%nosuchmagic\n1",
    "comment above": "# a comment\n\n{track}\n40 + 2",
    "comment above, error": "# a comment\n\n{track}\nraise ValueError('line 4')",
    "help": "{track}\nlen?",
    "display": "{track}\nfrom IPython.display import display, HTML\ndisplay(HTML('<i>x</i>'), 5)",
    "display id": "{track}\nh = display('first', display_id='d1')\nh.update('second')",
    "walrus and nested scopes": "{track}\n[y := 3, y ** 2][1]",
    "global statement": "{track}\ndef set_it():\n    global made\n    made = 'global'\nset_it()\nmade",
    "exec and star": "{track}\nfrom math import *\nexec('dynamic = pi')\nround(dynamic, 3)",
    "delete": "{track}\ntemporary = 1\ndel temporary\n'temporary' in globals()",
    "annotations": "{track}\nn: int = 3\n__annotations__['n'].__name__",
    "docstring expression": "{track}\n'''text'''\n5",
    "unicode": "{track}\ngrößer = 'é'\nprint(größer)",
    "indented": "    {track}\n    inner = 5\n    inner",
    "warning": "{track}\nimport warnings\nwarnings.warn('careful')",
    "logging": "{track}\nimport logging\nlogging.warning('logged')",
    "pandas frame": "{track}\nimport pandas as pd\npd.DataFrame({{'a': [1, 2]}})",
    "broken repr": "{track}\nclass Bad:\n    def __repr__(self):\n        raise ValueError('bad repr')\nBad()",
    "matplotlib": "{track}\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "random state": "{track}\nimport random\nrandom.seed(3)\nrandom.random()",
    "random goes on": "{track}\nrandom.random()",
    "identity": "{track}\nsame = big = [1] * 1000\nsame is big",
    "thread": "{track}\nimport threading\nt = threading.Thread(target=lambda: print('in thread'))\nt.start(); t.join()",
    "stdout is itself": "{track}\nkept = sys.stdout\nprint('x', file=kept)",
    "stdout is still itself": "{track}\nkept is sys.stdout",
    "in history": "{track}\nlen(In) > 3",
    "fork": "{track}\nimport os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)[1]",
    "subprocess": "{track}\nimport subprocess\nsubprocess.run(['echo', 'sub'], capture_output=True).stdout",
}


def comparable(answer: Answer) -> dict[str, object]:
    def clean(text: str) -> str:
        text = re.sub(r"0x[0-9a-f]+", "0x…", text)
        text = re.sub(r"(ipykernel_\d+/)?\d+\.py", "cell.py", text)
        text = re.sub(r"/tmp/\S*?/(?=\S)", "", text)
        return text.replace("# %%track same --silent", "# a plain cell")

    displays = [data for data in answer.displays if data not in answer.cards]
    return {
        "status": answer.status,
        "count": answer.execution_count,
        "stdout": answer.stdout,
        "stderr": clean(answer.stderr),
        "result": answer.result and {k: clean(str(v)) for k, v in answer.result.items()},
        "displays": [{k: v for k, v in data.items() if k != "image/png"} for data in displays],
        "error": answer.error,
        "message": clean(answer.message),
        "traceback": clean(answer.traceback),
    }


def answers_of(plain: Kernel, tracked: Kernel) -> dict[str, tuple[Answer, Answer]]:
    """What both kernels answer to each cell of the corpus; nbmlops is loaded in the second."""
    plain.run("import nbmlops")
    tracked.run("%load_ext nbmlops")
    found = {}
    for name, cell in CELLS.items():
        # Another cell magic has to be the first line of its cell, so there the line is left out.
        above = "{track}\n" if "{track}\n%%" in cell else "\0"
        first = plain.run(cell.replace(above, "").format(track="# a plain cell"))
        second = tracked.run(cell.format(track="%%track same --silent"))
        found[name] = (first, second)
    return found


def check_runs(answers: dict[str, tuple[Answer, Answer]], workspace_folder: Path) -> None:
    """Every cell of the corpus is a run, with the outcome and the number that its answer shows."""
    workspace = open_workspace(workspace_folder)
    runs = workspace.runs.find("experiment = 'same'", limit=200)
    workspace.store.close()
    by_source = {run.cell.source: run for run in runs if run.cell}

    for name, cell in CELLS.items():
        source = cell.format(track="%%track same --silent")
        assert source in by_source, name
        run = by_source[source]
        answer = answers[name][1]
        assert run.cell is not None
        assert run.cell.execution_count == answer.execution_count, name
        if answer.error == "KeyboardInterrupt":
            assert run.status == "cancelled", name
        elif name == "unknown cell magic below":
            assert run.status == "failed"
        elif not answer.error:
            assert run.status == "succeeded", name
        else:
            assert run.status == "failed", name
            assert run.error is not None
            assert run.error.type == answer.error, name
            assert "nbmlops" not in run.error.traceback
