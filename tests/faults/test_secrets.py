"""Secrets planted wherever a run looks, and not one of them in any file of the workspace."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Shell
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
