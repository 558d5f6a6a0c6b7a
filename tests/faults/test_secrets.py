"""Secrets planted wherever a run looks, and not one of them in any file of the workspace."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from doors import Terminal, quoted

from nbmlops.errors import InvalidNameError
from nbmlops.testing import Kernel, Shell
from nbmlops.views.runs import run_bundle
from nbmlops.workspace import Workspace

# Put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "aws key id": "AKIA" + "IOSFODNN7EXAMPLQ",
    "aws secret": "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEZ",
    "github": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "gitlab": "glpat-" + "xY3zW9vU7tS5rQ1pO2nM",
    "hugging face": "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNm12345678",
    "slack": "xoxb-" + "123456789012-abcdefGHIJKL",
    "openai": "sk-proj-" + "Ab12Cd34Ef56Gh78Ij90Kl12Mn34",
    "google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "database": "hunter2" + "-database",
    "netrc": "hunter2" + "-netrc",
    "password": "hunter2" + "-password",
    "git": "hunter2" + "-remote",
    "private key": "MIIEpAIBAAKCAQEA" + "0Z3VS5JJcds3xfn",
    "signed": "c2lnbmF0dXJlLW9m" + "LWEtYmxvYg",
}
FORMS = {
    name: {
        "database": f"postgres://user:{text}@db.example/prod",
        "netrc": f"machine api.example login me password {text}",
        "password": f"password={text}",
        "git": f"https://me:{text}@git.example/repo.git",
        "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----",
        "aws secret": f"aws_secret_access_key={text}",
        "signed": f"https://blob.example/c?sv=1&sig={text}",
    }.get(name, text)
    for name, text in SECRETS.items()
}


@pytest.fixture
def shell(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    project = tmp_path / "project"
    project.mkdir()
    for command in (
        ("git", "init", "-q"),
        ("git", "config", "user.email", "me@example.com"),
        ("git", "config", "user.name", "me"),
        ("git", "remote", "add", "origin", FORMS["git"]),
    ):
        subprocess.run(command, cwd=project, check=True)
    (project / "settings.py").write_text("name = 1\n")
    subprocess.run(("git", "add", "."), cwd=project, check=True)
    subprocess.run(("git", "commit", "-qm", "first"), cwd=project, check=True)
    (project / "settings.py").write_text(f'password = "{SECRETS["password"]}"\n')
    monkeypatch.chdir(project)
    for name, form in FORMS.items():
        monkeypatch.setenv(f"MY_{name.upper().replace(' ', '_')}_TOKEN", form)
    opened = Shell()
    opened.run("import nbmlops, os")
    yield opened
    opened.close()


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        yield f"{path}:{name}", archive.read(name)


def pieces_in(folder: Path, secret: str) -> list[str]:
    """What stands around each part of the secret that stands in any file."""
    pieces = [secret[at : at + 8].encode() for at in range(len(secret) - 7)]
    return [
        f"{Path(place).name}: {content[max(at - 90, 0) : at + 90].decode(errors='replace')}"
        for place, content in everything(folder)
        for piece in pieces
        if (at := content.find(piece)) >= 0
    ]


def test_no_planted_secret_reaches_a_file(
    shell: Shell, workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    shell.ip.user_ns["forms"] = FORMS
    texts = "".join(f"s{i} = {form!r}\n" for i, form in enumerate(FORMS.values()))
    first = (
        "%%track leak --tag url='" + FORMS["database"] + "' --param api_key=" + SECRETS["github"]
    )
    shown = []
    cells = [
        f"""{first}
{texts}api_key = {SECRETS["aws secret"]!r}
for form in forms.values(): print(form)
import sys
for form in forms.values(): print(form, file=sys.stderr)""",
        """%%track leak
nbmlops.log_params({f"p{i}": form for i, form in enumerate(forms.values())})
nbmlops.log_params({"nested": {"list": list(forms.values()), "password": forms["github"][::-1]}})
nbmlops.set_tags({f"t{i}": form for i, form in enumerate(forms.values())})
nbmlops.set_note("\\n".join(forms.values()))""",
        """%%track leak
raise ValueError("\\n".join(forms.values()))""",
        """%%track leak --metric m=undefined_x
def connect(url):
    raise ConnectionError(f"no answer from {url}")
connect(forms["database"])""",
    ]
    for cell in cells:
        shell.run(cell)
        shown += [str(data) for data in shell.displayed]
    runs = workspace.runs.find(experiment="leak", limit=10)
    shown += [str(run_bundle(run)) for run in runs]
    shown.append(runs.to_csv())
    exported = workspace.runs.export("leak", tmp_path / "leak.zip")
    workspace.store.drain()
    (workspace_folder / "shown.txt").write_text("\n".join(shown), "utf-8")
    (workspace_folder / "export.zip").write_bytes(exported.read_bytes())

    assert len(runs) == 4
    assert "[redacted]" in runs[3].outputs["stdout"].head
    assert runs[1].error is not None
    assert "[redacted]" in runs[1].error.message
    assert any(run.git and run.git.dirty and run.git.diff for run in runs)
    hits = [
        (name, place)
        for place, content in everything(workspace_folder)
        for name, text in SECRETS.items()
        if text.encode() in content
    ]
    assert hits == []
    assert os.path.getsize(workspace_folder / "workspace.db") > 0


CUT = "hunter2-which-a-cut-goes-through"
LIMITS = {  # what is cut → at how many characters, from the end where it is negative
    "param": 64 * 1024 - 120,
    "tag": 8 * 1024 - 120,
    "note": 64 * 1024 - 120,
    "message": 8 * 1024 - 120,
    "traceback": -32_768,
    "stdout": 24 * 1024,
    "stderr": -24 * 1024,
    "source": 256 * 1024 - 120,
    "dataset": 2000 - 120,
    "artifact": 80,
    "diff": 128 * 1024 - 120,
    "problem": 60,
    "number": 60,
    "step": 40,
}
CELL = """%%track cuts --silent {problem}
import sys, warnings
warnings.simplefilter("ignore")
nbmlops.log_params({{"param": texts["param"]}})
nbmlops.set_tags({{"tag": texts["tag"]}})
nbmlops.set_note(texts["note"])
nbmlops.log({{"loss": 1.0}}, step=texts["step"])
try: nbmlops.log_artifact(texts["artifact"])
except nbmlops.errors.InvalidError as refused: nbmlops.set_tags({{"refused": str(refused)}})
nbmlops.log_dataset(path)
print(texts["stdout"], end="")
print(texts["stderr"], end="", file=sys.stderr)
{source}
"""


def across(limit: int, place: int) -> str:
    """A text in which the cut at the limit goes through a secret, `place` characters into it."""
    form = f"postgres://user:{CUT}@db.example/prod"
    before, after = "x " * abs(limit), "\ny z" * 20_000
    if limit > 0:
        return before[: limit - place] + form + after
    return after + form + before[: -limit - len(form) + place]


@pytest.mark.parametrize("place", [-10, 20, 36, 60])
def test_no_piece_of_a_secret_is_left_where_something_is_cut(
    place: int, shell: Shell, workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    texts = {what: across(limit, place) for what, limit in LIMITS.items()}
    folder = (("d" * 99 + "/") * 40)[: LIMITS["dataset"] - place - 1]
    path = f"{folder}/postgres://user:{CUT}@db.example/{'e' * 200}/data"
    os.makedirs(os.path.dirname(path))
    Path(path).write_bytes(b"1,2")
    shell.ip.user_ns.update(texts=texts, path=path)
    source = "".join(f"# {line}\n" for line in texts["source"].split("\n"))
    (tmp_path / "project" / "settings.py").write_text(texts["diff"], "utf-8")
    problem = texts["problem"][: LIMITS["problem"] + 200].replace("\n", " ")
    cell = CELL.format(source=source, problem=f"'{problem}")
    shell.run(cell)
    shell.run("%%track cuts --silent\nraise ValueError(texts['message'])")
    shell.run("%%track cuts --silent\nraise ValueError(texts['traceback'])")
    shell.run(f"%%track cuts --silent\nvalue = 1\nvalue - len({texts['number'][:200]!r}) * 0")
    workspace.runs.flush()
    number, traceback, message, first = workspace.runs.find(experiment="cuts")
    cut = [
        *(first.params["param"], first.tags["tag"], first.note, first.cell.source, first.git.diff),
        *(message.error.message, *(data.source for data in first.datasets.values())),
    ]

    assert pieces_in(workspace_folder, CUT) == []
    assert len(cut) == 7
    assert all("bytes in all, sha256" in text for text in cut)
    assert first.outputs["stdout"].tail
    assert first.outputs["stderr"].tail
    assert 32_000 < len(traceback.error.traceback) < 33_000
    assert {warning.code for warning in first.warnings} >= {"option", "not-recorded"}
    assert "there is no such file" in first.tags["refused"]
    assert len(number.metrics) == 1


# As somebody might put one into a name or a reason: by itself, bound to a word, in an address.
GIVEN = [
    *FORMS.values(),
    *(f"run of {FORMS[name]} again" for name in ("github", "jwt", "database", "signed")),
    *(f"api_key={SECRETS[name]}" for name in ("aws secret", "password", "private key")),
    *(f"https://me:{SECRETS[name]}@git.example/" for name in ("gitlab", "netrc", "git")),
]


def found_in(workspace_folder: Path, said: list[str]) -> list[str]:
    """What stands around each secret that stands in a file or was said."""
    (workspace_folder / "said.txt").write_text("\n".join(said), "utf-8")
    return [
        f"{Path(place).name}: {content[max(at - 90, 0) : at + 90].decode(errors='replace')}"
        for place, content in everything(workspace_folder)
        for secret in SECRETS.values()
        if (at := content.find(secret.encode())) >= 0
    ]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_secret_stays_in_a_name_or_reason_that_python_gives(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said, runs = [], workspace.runs
    data = np.arange(6.0).reshape(3, 2)

    def say(verb: Callable[..., object], *given: object, **more: object) -> None:
        try:
            said.append(repr(verb(*given, **more)))
        except InvalidNameError as error:
            said.extend([str(error), repr(error.details)])

    for text in GIVEN:
        say(lambda text: runs.track(text).end("succeeded"), text)
        say(lambda text: runs.track("e", name=text).end("succeeded"), text)
        with runs.track("e") as run:
            run.log({text: 0.5, text[:90]: 1})
            run.log_params({text: 1, "nested": {text: [text]}})
            run.set_tags({text: "v"})
            say(run.log_artifact, b"bytes", text, media_type=text, kind=text)
            run.log_dataset(data, text, role=text)
        say(runs.rename, run.id, text)
        say(runs.set_tags, run.id, {text: "w"}, remove=[text])
        for verb in (runs.delete, runs.restore, runs.delete, runs.purge):
            say(verb, run.id, why=text)
    workspace.runs.flush()

    assert found_in(workspace_folder, said) == []
    assert sum("[redacted]" in text for text in said) > len(GIVEN)


def test_no_secret_stays_in_a_name_that_a_magic_gives(
    shell: Shell, workspace: Workspace, workspace_folder: Path
) -> None:
    said = []
    for text in GIVEN:
        if "\n" in text:
            continue
        name = text.partition("=")[0] or "x"  # what stands behind it would be the value
        shell.run(
            f"%%track {quoted(text)} --name {quoted(text)} --tag {quoted(f'{name}=v')} "
            f"--param {quoted(f'{name}=1')} --metric {quoted(f'{name}=2')} --skip {quoted(text)} "
            f"--{text.split()[0]}\n1"
        )
        said += [shell.printed, *map(str, shell.displayed)]
    workspace.runs.flush()

    assert found_in(workspace_folder, said) == []
    assert len(workspace.runs.find(limit=1000)) > 20


def test_no_secret_stays_in_a_name_or_reason_that_a_terminal_gives(
    workspace: Workspace, workspace_folder: Path, terminal: Terminal, tmp_path: Path
) -> None:
    said: list[str] = []
    with workspace.runs.track("e") as run:
        pass
    for text in GIVEN:
        for words in (
            ("rename", "--", run.id, text),
            ("tag", run.id, f"--remove={text}", "--", f"{text.partition('=')[0]}=v"),
            ("delete", f"--why={text}", "--", run.id),
            ("restore", "--", run.id),
        ):
            said.extend(terminal("runs", *words)[1:])
    terminal("runs", "delete", run.id)
    gone, *_ = terminal("runs", "purge", "--yes", f"--why={FORMS['database']}", run.id)

    assert found_in(workspace_folder, said) == []
    assert gone == 0


def test_names_that_only_secrets_tell_apart_stay_two_names(workspace: Workspace) -> None:
    one, other = SECRETS["github"], SECRETS["github"][:-1] + "x"
    with workspace.runs.track("two") as run:
        for step in range(3):
            run.log({one: 0.5, other: 0.25}, step=step)
            run.log({one: 0.5}, step=step)
        run.log_params({f"of {other}": 1, f"of {one}": 2})
        run.set_tags({one: "a", other: "b"})
        run.log_artifact(b"first", name=one)
        run.log_artifact(b"second", name=other)
    found = workspace.runs.get(run.id)

    assert found.metrics == {"[redacted]": 0.5, "[redacted] 2": 0.25}
    assert [len(found.series(name)) for name in found.metrics] == [6, 3]
    assert found.params == {"of [redacted]": 1, "of [redacted] 2": 2}
    assert found.tags == {"[redacted]": "a", "[redacted] 2": "b"}
    assert set(found.artifacts) == {"[redacted]", "[redacted] 2"}


def test_no_secret_of_a_model_is_kept(
    shell: Shell, workspace: Workspace, workspace_folder: Path
) -> None:
    shell.ip.user_ns["forms"] = FORMS
    shell.run(
        "from sklearn.base import BaseEstimator\n"
        "class Remote(BaseEstimator):\n"
        "    def __init__(self, url=None, api_key=None, options=None):\n"
        "        self.url, self.api_key, self.options = url, api_key, options\n"
        "    def fit(self, X, y=None):\n"
        "        return self"
    )
    shell.run(
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler"
    )
    shell.run(
        "%%track models --silent\n"
        "import numpy as np\n"
        "key = forms['github'][::-1]\n"
        "for form in forms.values():\n"
        "    model = Remote(form, api_key=key, options={form: [form], 'password': key})\n"
        "    make_pipeline(StandardScaler(), model).fit(np.eye(3), [1, 2, 3])"
    )
    workspace.runs.flush()
    run = workspace.runs.get("last")

    assert run.models
    assert found_in(workspace_folder, []) == []
    assert SECRETS["github"][::-1] not in str(run)


SCRIPT = """import sys
import nbmlops

forms = {forms!r}
with nbmlops.track("script", name="by " + forms["jwt"], params=forms, tags=forms):
    for form in forms.values():
        print(form)
        print(form, file=sys.stderr)
    nbmlops.set_note(forms["database"])
    nbmlops.log_figure(type("F", (), {{"_repr_png_": lambda self: b"PNG"}})(), forms["github"])
    raise ConnectionError(" ".join(forms.values()))
"""


def test_no_secret_of_a_script_is_kept(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / f"script {SECRETS['hugging face']}.py"
    script.write_text(SCRIPT.format(forms=FORMS))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    run = workspace.runs.get("last")

    assert "ConnectionError" in done.stderr
    assert run.cell is not None
    assert run.cell.source.startswith("import sys\nimport nbmlops")
    assert run.error is not None
    assert len(run.params) == len(FORMS)
    assert found_in(workspace_folder, [str(run)]) == []


def test_no_secret_of_a_figure_is_kept(workspace: Workspace, workspace_folder: Path) -> None:
    layouts = [
        # Where a name that is made of the title ends, and half of a secret would be left.
        {"title": {"text": "a" * (60 - len(form) // 2) + " " + form}}
        for form in FORMS.values()
    ]
    layouts += [{"title": form, form: form} for form in FORMS.values()]
    figures = [
        {"layout": layout, "data": [{"type": "bar", "y": [at]}]}
        for at, layout in enumerate(layouts)
    ]
    with Kernel() as kernel:
        kernel.run(f"%load_ext nbmlops\nimport nbmlops\nfigures = {figures!r}")
        for part in ("figures[:15]", "figures[15:]"):
            kernel.run(
                "%%track figures --silent\n"
                f"for figure in {part}:\n"
                "    display({'application/vnd.plotly.v1+json': figure}, raw=True)"
            )
        kernel.run("nbmlops.flush()")
    runs = workspace.runs.find(experiment="figures")
    kept = [run.artifact(name).decode() for run in runs for name in run.artifacts]

    assert {name.partition("-")[0] for run in runs for name in run.artifacts} == {"figure"}
    assert len(kept) == len(figures)
    assert all("[redacted]" in figure for figure in kept)
    assert found_in(workspace_folder, [str(run) for run in runs]) == []


def test_no_secret_of_what_a_cell_seeds_and_writes_is_kept(
    shell: Shell, workspace: Workspace, workspace_folder: Path
) -> None:
    # The words about a seed are the first 80 characters of its call, which end in the password.
    front = "x" * (80 - len("make('postgres://user:hunter2-")) + FORMS["database"]
    shell.run(
        "%%track writes --silent\n"
        "import random\nfrom pathlib import Path\n"
        "make = lambda url: random\n"
        f"make({front!r}).seed({FORMS['github']!r})\n"
        f"Path({FORMS['hugging face'] + '.txt'!r}).write_text('a')\n"
        "random.random()"
    )
    workspace.runs.flush()
    observed = workspace.runs.get("last").observed

    assert observed is not None
    assert [seed.value for seed in observed.seeds] == ["[redacted]"]
    assert "hunter2" not in str(observed)
    assert observed.made_files == ("[redacted].txt",)
    assert found_in(workspace_folder, []) == []
