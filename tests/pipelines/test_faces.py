"""`%pipeline` in a real kernel and `nbmlops pipelines` in a terminal say the same."""

import json
import math
import os
from types import SimpleNamespace

import nbformat
import pytest

import nbmlops
from nbmlops.cli import main
from nbmlops.errors import InvalidParameterError
from nbmlops.records import Status
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

INNER = ("value = 10 / depth\nprint(value)",)
ACTS = "\x1b]0;title\x07\x1b[2J\u202e"
HOSTILE = f"evil{ACTS}.ipynb"  # the file's name; what it declares and raises acts as well
DECLARES = f"depth: int = 2  # levels {ACTS}"
PARAMETERS = "depth: int = 2  # levels <b>\nlabel: str = 'x'"
OUTER = (
    (
        "%load_ext nbmlops\nimport os\nos.makedirs('home')\n"
        "os.environ['HOME'] = os.path.abspath('home')\nlevels, value = 5, 'v'"
    ),
    (
        "run = %pipeline run {'inn' + 'er'}.ipynb -p depth=$levels -p label=8 --name nested "
        "--tag k=$value --output ~/made.ipynb"
    ),
    "print(run.id, run.status, run.params, run.tags)",
    "run",
    "table = %pipeline params inner.ipynb\ntable",
    "%pipeline run inner.ipynb -p dept=5",
    "%pipeline run inner.ipynb -p depth=0",
    "%pipeline list inner.ipynb",
    "print(get_ipython().find_line_magic('pipeline').__doc__)",
    (
        "def complete(line):\n"
        "    text = line.split(' ')[-1]\n"
        "    return get_ipython().complete(text, line, len(line))[1]\n"
        "for line in ('%pipeline ', '%pipeline run in', '%pipeline run inner.ipynb -p d',\n"
        "             '%pipeline run inner.ipynb --o'):\n"
        "    print(complete(line))"
    ),
    "%pipeline run inner.ipynb -p depth=1 -p depth=2",
    f"%pipeline run '{HOSTILE}'",
    f"%pipeline params '{HOSTILE}'",
)


@pytest.fixture(scope="module")
def outer(tmp_path_factory, write):
    """A notebook that uses the magic, executed in a kernel."""
    folder = tmp_path_factory.mktemp("faces")
    write(folder / "inner.ipynb", *INNER, parameters=PARAMETERS)
    notebook = nbformat.read(write(folder / "outer.ipynb", *OUTER), 4)
    write(folder / HOSTILE, f"raise ValueError({ACTS!r})", parameters=DECLARES)
    for cell in (*notebook.cells[5:8], *notebook.cells[10:12]):
        cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, folder / "outer.ipynb")
    workspace = open_workspace(folder / "workspace")
    run = workspace.pipelines.run(folder / "outer.ipynb", output=str(folder / "out.ipynb"))
    cells = nbformat.read(folder / "out.ipynb", 4).cells
    outputs = [cell.outputs for cell in cells]
    yield SimpleNamespace(workspace=workspace, run=run, outputs=outputs, folder=folder)
    workspace.store.close()


def text_of(outputs) -> str:
    return "".join(output.get("text", "") for output in outputs)


def test_the_magic_returns_the_run_and_shows_progress(outer):
    (progress,) = outer.outputs[1]
    assert "inner.ipynb: 2 of 2 cells" in progress.data["text/plain"]
    assert "<b>inner.ipynb</b>" in progress.data["text/html"]
    printed = text_of(outer.outputs[2])
    assert "succeeded {'depth': 5, 'label': '8'} {'k': 'v'}" in printed
    assert "nested" in outer.outputs[3][0].data["text/plain"]
    assert "text/html" in outer.outputs[3][0].data
    nested = outer.workspace.runs.get(printed.split()[0])
    assert (nested.parent_id, nested.status) == (outer.run.id, Status.SUCCEEDED)


def test_the_parameters_display_themselves_escaped(outer):
    (shown,) = outer.outputs[4]
    assert "depth  int   2        levels <b>" in shown.data["text/plain"]
    assert "levels &lt;b&gt;" in shown.data["text/html"]


def test_a_refusal_is_two_lines_and_no_traceback(outer):
    (error,) = outer.outputs[5]  # and no display of a run that never began
    assert error.ename == "InvalidParameterError"
    assert error.traceback[-1] == "Did you mean 'depth'?"
    assert len(error.traceback) == 2
    (verb,) = outer.outputs[7]
    assert verb.traceback == [
        "InvalidError: %pipeline has no verb 'list'.",
        "There are: 'params', 'run'.",
    ]


def test_a_parameter_that_is_given_twice_is_refused_as_in_the_terminal(outer):
    (error,) = outer.outputs[10]
    assert error.traceback == ["InvalidOptionError: Option '-p': 'depth' is given twice."]


def test_a_home_in_the_output_is_expanded(outer):
    made = outer.folder / "home" / "made.ipynb"
    assert nbformat.read(made, 4).metadata.papermill.parameters == {"depth": 5, "label": "8"}


def test_a_failed_run_is_shown_and_raised(outer):
    progress, card, error = outer.outputs[6]
    assert "failed" in progress.data["text/plain"]
    assert "ZeroDivisionError" in card.data["text/plain"]
    assert error.ename == "CellFailedError"
    assert "Cell 2 of 'inner.ipynb' failed with ZeroDivisionError" in error.traceback[0]


def test_the_help_has_an_example_and_words_are_completed(outer):
    assert "%pipeline run train.ipynb -p depth=8" in text_of(outer.outputs[8])
    assert text_of(outer.outputs[9]).splitlines() == [
        "['run', 'params']",
        "['inner.ipynb']",
        "['depth=']",
        "['--output']",
    ]


def acting(text: str) -> list[str]:
    """What in a text does something to a terminal or to the reading of it."""
    return [sign for sign in text if sign in ACTS and not sign.isprintable()]


def test_nothing_of_a_hostile_notebook_acts_in_a_notebook(outer):
    progress, card, error = outer.outputs[11]
    (table,) = outer.outputs[12]
    shown = [output.data[form] for output in (progress, card, table) for form in output.data]

    assert acting("".join(map(str, shown)) + "".join(error.traceback)) == []
    assert r"evil\x1b]0;title\x07\x1b[2J\u202e.ipynb" in error.traceback[0]
    assert r"evil\x1b]0;title\x07" in progress.data["text/plain"]
    assert r"levels \x1b]0;" in table.data["text/plain"]


@pytest.fixture
def terminal(workspace_folder, tmp_path, write, monkeypatch, capsys):
    """Runs a command of the terminal: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    write(tmp_path / "inner.ipynb", *INNER, parameters=PARAMETERS)

    def run(*words, subject="pipelines"):
        with pytest.raises(SystemExit) as exit_:
            main([subject, *words])
        said = capsys.readouterr()
        return SimpleNamespace(code=exit_.value.code, out=said.out, err=said.err)

    return run


def test_the_terminal_runs_and_says_where_the_notebook_is(terminal, workspace):
    said = terminal("run", "inner.ipynb", "-p", "depth=4", "--name", "typed")
    assert (said.code, said.err) == (0, "")
    assert "typed" in said.out
    file = said.out.split("Executed notebook: ")[1].strip()
    assert os.path.isfile(file)
    record = json.loads(terminal("run", "inner.ipynb", "-p", "label=8", "--json").out)
    assert (record["status"], record["params"]) == ("succeeded", {"label": "8", "depth": 2})
    assert [run.kind for run in workspace.runs.find()] == ["notebook", "notebook"]


def test_the_terminal_shows_parameters(terminal):
    singular = terminal("params", "inner.ipynb", subject="pipeline")
    assert singular == terminal("params", "inner.ipynb")
    assert "levels <b>" in terminal("params", "inner.ipynb").out
    record = json.loads(terminal("params", "inner.ipynb", "--json").out)
    assert [one["name"] for one in record["params"]] == ["depth", "label"]
    assert record["params"][0]["default"] == 2


def test_exit_codes_say_what_kind_of_error_it_was(terminal):
    for code, words in (
        (2, ["run", "inner.ipynb", "-p", "dept=1"]),
        (2, ["run", "inner.ipynb", "-p", "depth=deep"]),
        (2, ["run", "inner.ipynb", "-p", "depth"]),
        (2, ["run", "inner.ipynb", "-p", "depth=1", "-p", "depth=2"]),
        (2, ["run", "inner.ipynb", "--tag", "x"]),
        (2, ["run", "inner.ipynb", "--tag", "x=1", "--tag", "x=2"]),
        (2, ["run", "inner.ipynb", "--timeout", "0"]),
        (3, ["run", "iner.ipynb"]),
        (3, ["params", "iner.ipynb"]),
        (4, ["run", "inner.ipynb", "--output", "inner.ipynb"]),
        (5, ["run", "inner.ipynb", "--output", "{depth}.ipynb"]),
        (6, ["run", "inner.ipynb", "-p", "depth=0"]),
    ):
        said = terminal(*words)
        assert (said.code, said.out) == (code, ""), words
        assert said.err.startswith("nbmlops: "), words


def test_nothing_of_a_hostile_notebook_acts_on_a_terminal(terminal, tmp_path, write):
    write(tmp_path / HOSTILE, f"raise ValueError({ACTS!r})", parameters=DECLARES)
    for words in (
        ("run", HOSTILE),
        ("run", HOSTILE, "-p", f"depth={ACTS}"),
        ("run", HOSTILE, "-p", f"{ACTS}=1"),
        ("run", HOSTILE, "--output", f"{ACTS}.ipynb", "--timeout", ACTS),
        ("run", f"{ACTS}.ipynb"),
        ("params", HOSTILE),
        ("params", HOSTILE, "--json"),
    ):
        said = terminal(*words)
        assert acting(said.out + said.err) == [], words
        assert said.out or said.err


def test_an_error_shows_what_would_act_wherever_it_is_shown(terminal, tmp_path):
    shell = Shell()
    try:
        shell.run(f"%pipeline run '{HOSTILE}'")
        shown = shell.printed
        result = shell.run("import sys, traceback\ntraceback.format_exception(sys.last_value)")
    finally:
        shell.close()

    assert "No notebook" in shown
    assert acting(shown + "".join(result.result)) == []


TYPED = {  # what is typed → what the kernel gets
    "text": ("""a 'b' "c" \\ é {x} $HOME""", """a 'b' "c" \\ é {x} $HOME"""),
    "big": ("1" + "0" * 400, 10**400),
    "rate": ("nan", float("nan")),
    "none": ("None", None),
    "opts": (
        """{"q": "it's\\n\\u2028", "n": [NaN, null]}""",
        {"q": "it's\n\u2028", "n": [math.nan, None]},
    ),
}
ARRIVES = "text: str = ''\nbig: int = 1\nrate: float = 0.5\nnone: int | None = 1\nopts: dict = {}"


def typed_on_a_magic(word: str) -> str:
    word = word.replace("{", "{{").replace("}", "}}").replace("$", "$$")
    option, _, given = word.partition("=")  # a word that begins with a quote is never an option
    return f"{option}='" + given.replace("'", "'\"'\"'") + "'"


def test_what_is_typed_arrives_equal_at_both_doors(terminal, tmp_path, write):
    cell = f"open('got', 'w').write(repr(({', '.join(TYPED)})))"
    write(tmp_path / "typed.ipynb", cell, parameters=ARRIVES)
    expected = repr(tuple(value for _, value in TYPED.values()))
    words = [f"--param={name}={text}" for name, (text, _) in TYPED.items()]

    said = terminal("run", "typed.ipynb", *words)
    assert (said.code, said.err) == (0, "")
    assert (tmp_path / "got").read_text() == expected

    (tmp_path / "got").unlink()
    shell = Shell()
    try:
        shell.run(f"%pipeline run typed.ipynb {' '.join(map(typed_on_a_magic, words))}")
        assert (tmp_path / "got").exists(), shell.printed
    finally:
        shell.close()
    assert (tmp_path / "got").read_text() == expected


def test_python_runs_notebooks_too(terminal, workspace):
    run = nbmlops.run_notebook("inner.ipynb", params={"depth": 5}, experiment="py")
    assert (run.experiment, run.params["depth"]) == ("py", 5)
    with pytest.raises(InvalidParameterError):
        nbmlops.run_notebook("inner.ipynb", {"depth": 5.5})
