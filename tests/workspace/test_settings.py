"""Where a workspace is: argument > environment > project file (with consent) > default."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbmlops.errors import ConsentNeededError, InvalidSettingError
from nbmlops.settings import data_dir, give_consent, load_settings
from nbmlops.workspace import tracking_workspace


def _project(folder: Path, text: str) -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f"[tool.nbmlops]\n{text}\n")
    return folder / "deep"


def test_the_default_is_the_users_data_folder() -> None:
    settings = load_settings()

    assert settings.root == data_dir()
    assert settings.source == "default"


def test_the_argument_beats_the_environment_beats_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = _project(tmp_path / "p", 'workspace = "runs"\nexperiment = "churn"')
    assert load_settings(start=inside).root == tmp_path / "p" / "runs"
    assert load_settings(start=inside).experiment == "churn"

    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "env"))
    assert load_settings(start=inside).root == tmp_path / "env"
    assert load_settings(tmp_path / "argument", start=inside).root == tmp_path / "argument"


@pytest.mark.parametrize(
    "line",
    [
        'database = "postgresql://evil.example/db"',
        'workspace = "../elsewhere"',
        'workspace = "/tmp/elsewhere"',
        'artifacts = "s3://bucket/x"',
        'workspace = "postgresql://u:secret@evil.example/db"',
    ],
)
def test_a_project_that_points_outside_needs_one_consent(tmp_path: Path, line: str) -> None:
    inside = _project(tmp_path / "cloned", line)

    with pytest.raises(ConsentNeededError) as raised:
        load_settings(start=inside)
    assert "secret" not in str(raised.value)
    workspace, problem = tracking_workspace(inside)
    assert workspace.settings.root == data_dir()
    assert "Recorded to" in problem

    give_consent(inside)

    load_settings(start=inside)


def test_a_symbolic_link_does_not_smuggle_a_workspace_outside(tmp_path: Path) -> None:
    inside = _project(tmp_path / "cloned", 'workspace = "runs"')
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cloned" / "runs").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConsentNeededError):
        load_settings(start=inside)


def test_a_consent_is_for_one_value_only(tmp_path: Path) -> None:
    inside = _project(tmp_path / "p", 'workspace = "../a"')
    give_consent(inside)
    (tmp_path / "p" / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = "../b"\n')

    with pytest.raises(ConsentNeededError):
        load_settings(start=inside)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('workspcae = "x"', "Did you mean 'workspace'"),
        ("workspace = 3", "string"),
        ('workspace = "http://x"', "not a database"),
        ('artifacts = "http://x/y"', "artifacts"),
        ('database = "folder"', "URL"),
        ('workspace = "', "parse"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, line: str, message: str) -> None:
    inside = _project(tmp_path / "p", line)
    if "http" in line:
        give_consent(inside)

    with pytest.raises(InvalidSettingError, match=message):
        load_settings(start=inside)


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "ftp://host/x", "mysql://h/d"])
def test_a_bad_argument_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettingError):
        load_settings(text)


@pytest.mark.parametrize("scheme", ["reference::s3", "simplecache::http", "http", "ftp", "github"])
def test_artifact_places_that_run_code_or_reach_inside_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("NBMLOPS_ARTIFACTS", f"{scheme}://169.254.169.254/x")

    with pytest.raises(InvalidSettingError):
        load_settings()


def test_a_team_workspace_keeps_its_journals_here() -> None:
    settings = load_settings("postgresql://me:secret@host/db")

    assert settings.database.startswith("postgresql+psycopg://")
    assert not settings.is_folder
    assert "secret" not in settings.location
    assert "secret" not in str(settings.journal_dir)


def test_keeping_models_is_true_or_false_and_the_environment_has_the_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().keep_models is False
    inside = _project(tmp_path / "p", "keep_models = true")
    assert load_settings(start=inside).keep_models is True

    monkeypatch.setenv("NBMLOPS_KEEP_MODELS", "off")
    assert load_settings(start=inside).keep_models is False
    monkeypatch.setenv("NBMLOPS_KEEP_MODELS", "Yes")
    assert load_settings().keep_models is True
    monkeypatch.setenv("NBMLOPS_KEEP_MODELS", "perhaps")
    with pytest.raises(InvalidSettingError, match="'perhaps' is neither true nor false"):
        load_settings()


def test_keeping_models_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError, match="true or false"):
        load_settings(start=_project(tmp_path / "p", 'keep_models = "true"'))
