"""`nbmlops doctor` on healthy, damaged and untrusted workspaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbmlops.workspace import Workspace

Terminal = Callable[..., Any]


def test_a_healthy_workspace_is_told_so(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("doctor")

    assert said.code == 0
    assert "workspace" in said.out
    assert "✗" not in said.out
    assert "1 journal," in said.out


def test_findings_have_code_severity_message_and_remedy(
    terminal: Terminal, recorded: list[str]
) -> None:
    said = terminal("doctor", "--json")

    assert said.record["findings"]
    for finding in said.record["findings"]:
        assert {"code", "severity", "message", "remedy"} <= set(finding)
        assert finding["severity"] in ("ok", "warning", "error")


def test_rebuild_makes_the_tables_again(
    terminal: Terminal, workspace: Workspace, recorded: list[str]
) -> None:
    before = terminal("runs", "find", "--json").record["runs"]

    assert terminal("doctor", "--rebuild").code == 0

    assert terminal("runs", "find", "--json").record["runs"] == before


def test_a_damaged_artifact_is_found(
    terminal: Terminal, workspace: Workspace, recorded: list[str]
) -> None:
    digest = workspace.runs.get("deep").artifacts["model.txt"].digest
    file = next(Path(workspace.settings.artifacts).rglob(digest))
    file.chmod(0o600)
    file.write_bytes(b"something else")

    said = terminal("doctor", "--json")

    assert said.code == 1
    assert "error" in {finding["severity"] for finding in said.record["findings"]}
    assert terminal("runs", "artifact", "deep", "model.txt").code == 7


def test_a_project_that_records_elsewhere_is_trusted_once(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "cloned"
    project.mkdir()
    elsewhere = tmp_path / "elsewhere"
    (project / "pyproject.toml").write_text(f'[tool.nbmlops]\nworkspace = "{elsewhere}"\n')
    monkeypatch.delenv("NBMLOPS_WORKSPACE")
    monkeypatch.chdir(project)

    refused = terminal("runs", "find")
    assert refused.code == 5
    assert "--trust-project" in refused.err

    assert str(elsewhere) in terminal("doctor", "--trust-project").out
    assert terminal("runs", "find").code == 0
