"""Where a workspace is: argument > environment > project file (with consent) > default."""

from __future__ import annotations

from pathlib import Path

import pytest

import nbmlops
from nbmlops.errors import ConsentNeededError, InvalidSettingError, NotebookNotFoundError
from nbmlops.settings import Settings, data_dir, give_consent, load_settings
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
    kept = [file.read_text() for file in (tmp_path / "config").rglob("*") if file.is_file()]
    assert kept
    assert not any("secret" in text for text in kept)


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


@pytest.mark.parametrize(
    "text",
    [
        '# see tool.nbmlops\n[project]\nname = "x"\n',
        '[project]\nname = "nbmlops-plugin"\ndescription = "[tool.nbmlops] is read by nbmlops"\n',
        "[tool.other]\nnbmlops = 3\n",
        'nbmlops = "\n[broken',
    ],
)
def test_a_project_file_that_only_mentions_us_is_none_of_ours(tmp_path: Path, text: str) -> None:
    inside = _project(tmp_path / "p", "")
    (tmp_path / "p" / "pyproject.toml").write_text(text)

    assert load_settings(start=inside).root == data_dir()


@pytest.mark.parametrize(
    "text",
    ['[tool]\nnbmlops = {workspace = "runs"}\n', '[tool."nbmlops"]\nworkspace = "runs"\n'],
)
def test_a_table_may_be_written_in_every_way_of_toml(tmp_path: Path, text: str) -> None:
    inside = _project(tmp_path / "p", "")
    (tmp_path / "p" / "pyproject.toml").write_text(text)

    assert load_settings(start=inside).root == tmp_path / "p" / "runs"


@pytest.mark.parametrize("content", [b"[tool]\nnbmlops = 3\n", b"[tool.nbmlops]\nskip = '\xff'\n"])
def test_a_table_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    inside = _project(tmp_path / "p", "")
    (tmp_path / "p" / "pyproject.toml").write_bytes(content)

    with pytest.raises(InvalidSettingError, match=r"\[tool.nbmlops\]"):
        load_settings(start=inside)


def _facts(found: Settings, base: Path) -> dict[str, str | None]:
    return {
        "root": str(found.root.relative_to(base)) if found.root.is_relative_to(base) else "",
        "artifacts": str(Path(found.artifacts).relative_to(base)),
        "experiment": found.experiment,
        "skip": found.skip,
        "source": found.source,
    }


PROJECT = {"workspace": "pw", "artifacts": "pa", "experiment": "pe", "skip": "data"}
VARIABLES = {"WORKSPACE": "vw", "ARTIFACTS": "va", "EXPERIMENT": "ve", "SKIP": "git"}


@pytest.mark.parametrize(
    ("project", "variables", "argument", "expected"),
    [
        ({}, {}, None, ("data/nbmlops", "data/nbmlops/artifacts", None, "", "default")),
        (PROJECT, {}, None, ("p/pw", "p/pa", "pe", "data", "pyproject.toml")),
        (PROJECT, VARIABLES, None, ("vw", "va", "ve", "git", "NBMLOPS_WORKSPACE")),
        (PROJECT, VARIABLES, "aw", ("aw", "aw/artifacts", "ve", "git", "argument")),
        (PROJECT, {}, "aw", ("aw", "aw/artifacts", "pe", "data", "argument")),
        (
            PROJECT,
            {"WORKSPACE": "vw"},
            None,
            ("vw", "vw/artifacts", "pe", "data", "NBMLOPS_WORKSPACE"),
        ),
        (PROJECT, {"EXPERIMENT": "ve"}, None, ("p/pw", "p/pa", "ve", "data", "pyproject.toml")),
        (PROJECT, {"SKIP": ""}, None, ("p/pw", "p/pa", "pe", "", "pyproject.toml")),
        ({"artifacts": "pa"}, {}, None, ("data/nbmlops", "p/pa", None, "", "pyproject.toml")),
        ({"experiment": "pe"}, {}, "aw", ("aw", "aw/artifacts", "pe", "", "argument")),
        (
            {},
            {"ARTIFACTS": "va"},
            None,
            ("data/nbmlops", "data/nbmlops/artifacts", None, "", "default"),
        ),
    ],
)
def test_every_key_has_one_order_of_precedence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    project: dict[str, str],
    variables: dict[str, str],
    argument: str | None,
    expected: tuple[str, ...],
) -> None:
    inside = _project(tmp_path / "p", "\n".join(f'{key} = "{one}"' for key, one in project.items()))
    for name, value in variables.items():
        is_path = name in ("WORKSPACE", "ARTIFACTS")
        monkeypatch.setenv(f"NBMLOPS_{name}", str(tmp_path / value) if is_path else value)

    found = load_settings(argument and tmp_path / argument, start=inside)

    assert tuple(_facts(found, tmp_path).values()) == expected


def test_an_experiment_that_is_given_comes_before_every_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = _project(tmp_path / "p", 'workspace = "runs"\nexperiment = "of-project"')
    monkeypatch.chdir(inside)

    def experiment(*given: str) -> str:
        with nbmlops.track(*given) as run:
            return nbmlops.get_run(run).experiment

    assert experiment() == "of-project"
    monkeypatch.setenv("NBMLOPS_EXPERIMENT", "of-environment")
    assert experiment() == "of-environment"
    assert experiment("given") == "given"
    with nbmlops.track("outer"):
        assert experiment() == "outer"


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


@pytest.mark.parametrize("place", ["w", "sqlite:///w/workspace.db"])
def test_a_relative_place_in_a_removed_working_folder_is_refused_in_our_words(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(InvalidSettingError, match="working folder, which is not there any more"):
        load_settings(place)
    with pytest.raises(NotebookNotFoundError):
        nbmlops.run_notebook("train.ipynb")
    whole = nbmlops.open_workspace(tmp_path / "whole")
    with whole.runs.track("here", name="kept") as run:
        run.log(a=0.5)
    assert [run.name for run in whole.runs.find()] == ["kept"]
