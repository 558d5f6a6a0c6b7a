"""Where a workspace is, and who said so: argument > environment > project file > default.

A project file (`[tool.nbmlops]` of the nearest pyproject.toml above the notebook) may name a URL
or a path outside the project only with one consent, remembered in the user's own configuration: a
cloned repository must not send anybody's data anywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from nbmlops.errors import ConsentNeededError, InvalidSettingError, did_you_mean

__all__ = [
    "Settings",
    "data_dir",
    "folder_of",
    "give_consent",
    "is_url",
    "launch_folder",
    "load_settings",
    "project_file",
    "state_dir",
    "without_password",
]

KEYS = ("workspace", "database", "artifacts", "experiment", "skip", "keep", "live")
DATABASES = ("sqlite", "postgresql", "postgres")
ARTIFACT_SCHEMES = ("file", "s3", "gs", "gcs", "abfs", "az", "memory")


@dataclass(frozen=True, slots=True)
class Settings:
    """One workspace, resolved.

    `root` is the folder of a folder workspace; with a `database` URL it is the local state folder
    of that URL, where the journals live until they are drained.
    """

    root: Path
    database: str
    artifacts: str
    experiment: str | None = None
    source: str = "default"
    skip: str = ""  # what is not captured of cells, comma-separated; see capture.found
    keep: str = ""  # what is kept beside it, as models and the HTML of tables
    live: str = ""  # "off", or after how many seconds a cell gets a live card

    def __repr__(self) -> str:
        """What they are, and no password: a notebook shows them, and keeps what it has shown."""
        places = f"database={without_password(self.database)!r}, root={str(self.root)!r}"
        artifacts = without_password(self.artifacts)
        return f"Settings({places}, artifacts={artifacts!r}, source={self.source!r})"

    @property
    def journal_dir(self) -> Path:
        """Where this machine's journals of the workspace are."""
        return self.root / "journal"

    @property
    def is_folder(self) -> bool:
        """True where the database is this folder's own SQLite file."""
        return self.database.startswith("sqlite")

    @property
    def location(self) -> str:
        """The workspace as a person names it: its folder, or its URL without password."""
        return str(self.root) if self.is_folder else without_password(self.database)


def is_url(text: str) -> bool:
    """True for scheme://…; a Windows drive is not a scheme.

    >>> is_url("postgresql://h/db"), is_url("C:/data"), is_url("runs")
    (True, False, False)
    """
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text))


def without_password(url: str) -> str:
    """A URL without user, password and query, for messages.

    >>> without_password("postgresql://me:secret@host:5432/db?sslkey=x")
    'postgresql://host:5432/db'
    >>> without_password("postgresql://me:sec/r@t@host/db"), without_password("runs/a@b")
    ('postgresql://host/db', 'runs/a@b')
    >>> without_password("postgresql://m/e:p@w@host/db;password=x"), without_password("s3://b/a@1")
    ('postgresql://host/db', 's3://b/a@1')
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    # A password may hold anything where somebody forgot to escape it: what stands before the last
    # "@" goes as soon as a ":" is in it, even if a part of the path should go with it.
    before, at, after = rest.rpartition("@")
    rest = after if at and ":" in before else re.sub(r"^[^/?#]*@", "", rest)
    return f"{scheme}://{re.split('[?#;]', rest, maxsplit=1)[0]}"


_launched_in: Path | None = None


def launch_folder() -> Path:
    """The working directory that this process had when it was asked first.

    Code may change directory as it likes: what it logged is found where it was logged.
    """
    global _launched_in
    if _launched_in is None:
        try:
            _launched_in = Path.cwd()
        except OSError:  # it was removed under our feet
            _launched_in = Path.home()
    return _launched_in


def folder_of(file: str | os.PathLike[str]) -> Path:
    """The whole path of a file's folder, also where the working directory was removed."""
    try:
        return Path(file).absolute().parent
    except OSError:
        return (launch_folder() / file).parent


def data_dir() -> Path:
    """The user's data folder; the default workspace."""
    return Path(platformdirs.user_data_path("nbmlops", appauthor=False))


def state_dir() -> Path:
    """The user's local state folder; journals of remote workspaces, working files."""
    return Path(platformdirs.user_state_path("nbmlops", appauthor=False))


def _config_dir() -> Path:
    return Path(platformdirs.user_config_path("nbmlops", appauthor=False))


def project_file(start: Path | None = None) -> Path | None:
    """The nearest pyproject.toml above `start` (the launch folder) if it has [tool.nbmlops]."""
    found = _nearest_project(start)
    return found[0] if found else None


def _nearest_project(start: Path | None) -> tuple[Path, Any] | None:
    """The file and what stands under its [tool.nbmlops]."""
    here = launch_folder() / (start or "")
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            table = _table_of(file)
            return None if table is None else (file, table)
    return None


def _table_of(file: Path) -> Any:
    import tomllib

    content = file.read_bytes()
    if b"nbmlops" not in content:
        return None
    try:
        tool = tomllib.loads(content.decode()).get("tool", {})
    except ValueError as exc:
        if b"tool.nbmlops" not in content:
            return None  # somebody else's file, which others will complain about
        problem = f"it does not parse ({exc})"
        raise InvalidSettingError("[tool.nbmlops]", file.name, problem) from exc
    return tool.get("nbmlops") if isinstance(tool, dict) else None


def load_settings(
    workspace: str | os.PathLike[str] | None = None, *, start: Path | None = None
) -> Settings:
    """The settings of the workspace that applies here.

    Raises InvalidSettingError for a setting that does not fit and ConsentNeededError for a
    project file that points outside its project without this user's consent.
    """
    project = _read_project(start)
    experiment = project.get("experiment")
    if workspace is not None:
        chosen = _from_text(os.fspath(workspace), "argument")
    elif value := os.environ.get("NBMLOPS_WORKSPACE"):
        chosen = _from_text(value, "NBMLOPS_WORKSPACE", launch_folder())
        if artifacts := os.environ.get("NBMLOPS_ARTIFACTS"):
            chosen = replace(chosen, artifacts=_artifact_url(artifacts, "NBMLOPS_ARTIFACTS"))
    elif project.keys() & {"workspace", "database"}:
        chosen = _from_project(project)
    elif "artifacts" in project:
        chosen = _from_project({**project, "workspace": str(data_dir())})
    else:
        chosen = _folder(data_dir(), "default")
    return replace(
        chosen,
        experiment=os.environ.get("NBMLOPS_EXPERIMENT") or experiment,
        skip=os.environ.get("NBMLOPS_SKIP", project.get("skip", "")),
        keep=os.environ.get("NBMLOPS_KEEP", project.get("keep", "")),
        live=os.environ.get("NBMLOPS_LIVE", project.get("live", "")),
    )


def _from_text(text: str, source: str, folder: Path | None = None) -> Settings:
    if not text.strip() or "\0" in text:
        raise InvalidSettingError("workspace", source, "it is empty or holds a NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        problem = "it holds lone surrogates, which a database's address cannot"
        raise InvalidSettingError("workspace", source, problem) from None
    if not is_url(text):
        path = Path(text).expanduser()
        return _folder(_whole(path, source) if folder is None else folder / path, source)
    scheme = urlsplit(text).scheme.partition("+")[0]
    if scheme == "file":
        return _folder(Path(urlsplit(text).path), source)
    if scheme == "sqlite":
        file = Path(re.sub(r"^sqlite(\+\w+)?:///", "", text))
        return _folder(_whole(file, source).parent, source)
    if scheme not in DATABASES:
        raise InvalidSettingError(
            "workspace",
            source,
            f"{scheme!r} is not a database nbmlops knows",
            hint="Give a folder, or a URL that begins with postgresql://.",
        )
    return _remote(text, None, source)


def _whole(path: Path, source: str) -> Path:
    try:
        return path.absolute()
    except OSError:
        problem = "it is relative to the working folder, which is not there any more"
        hint = "Give the whole path, or change to a folder that exists."
        raise InvalidSettingError("workspace", source, problem, hint=hint) from None


def _folder(root: Path, source: str) -> Settings:
    return Settings(
        root=root,
        database=f"sqlite:///{root / 'workspace.db'}",
        artifacts=str(root / "artifacts"),
        source=source,
    )


def _remote(database: str, artifacts: str | None, source: str) -> Settings:
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", database)
    # The query may name the host (`?host=/a`); who connects does not make another workspace.
    place = re.sub(r"(?<=://)[^/@]*@", "", url)
    key = hashlib.sha256(place.encode()).hexdigest()[:16]
    root = state_dir() / "workspaces" / key
    return Settings(
        root=root, database=url, artifacts=artifacts or str(root / "artifacts"), source=source
    )


def _artifact_url(text: str, source: str) -> str:
    if not is_url(text) and "::" not in text:
        return str(launch_folder() / Path(text).expanduser())
    scheme = text.partition("://")[0]  # a chained one (`a::b`) is none of ours either
    if scheme not in ARTIFACT_SCHEMES:
        raise InvalidSettingError(
            "artifacts",
            source,
            f"{scheme!r} is not a place for artifacts",
            hint=f"Use a folder or one of {', '.join(ARTIFACT_SCHEMES)}.",
        )
    return text


def _read_project(start: Path | None) -> dict[str, str]:
    found = _nearest_project(start)
    if found is None:
        return {}
    file, table = found
    if not isinstance(table, dict):
        raise InvalidSettingError("[tool.nbmlops]", file.name, "it has to be a table")
    for key, value in table.items():
        if key not in KEYS:
            raise InvalidSettingError(
                key, file.name, "there is no such setting", hint=did_you_mean(key, KEYS)
            )
        if not isinstance(value, str):
            raise InvalidSettingError(key, file.name, "it has to be a string")
    return {**table, "project": str(file.parent)}


def _from_project(project: dict[str, str]) -> Settings:
    folder = Path(project["project"])
    for key in ("workspace", "database", "artifacts"):
        value = project.get(key)
        if value is None or value == str(data_dir()):
            continue
        if _leaves(folder, value) and not _has_consent(folder, value):
            raise ConsentNeededError(folder.name, key, without_password(value))
    database = project.get("database")
    if database is None:
        workspace = project["workspace"]
        text = workspace if is_url(workspace) else str(folder / Path(workspace).expanduser())
        chosen = _from_text(text, "pyproject.toml")
    elif is_url(database):
        chosen = _from_text(database, "pyproject.toml")
    else:
        raise InvalidSettingError(
            "database", "pyproject.toml", "it has to be a URL", hint="Use `workspace` for a folder."
        )
    if artifacts := project.get("artifacts"):
        place = artifacts if is_url(artifacts) else str(folder / artifacts)
        chosen = replace(chosen, artifacts=_artifact_url(place, "pyproject.toml"))
    return chosen


def _leaves(folder: Path, value: str) -> bool:
    if is_url(value):
        return True
    inside = os.path.realpath(folder)
    target = os.path.realpath(folder / Path(value).expanduser())
    return os.path.commonpath([inside, target]) != inside


def _consent_key(folder: Path, value: str) -> str:
    # The digest stands for all of a URL, whose query may name another host, and has no password.
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{os.path.realpath(folder)}|{digest}"


def _has_consent(folder: Path, value: str) -> bool:
    try:
        given = json.loads((_config_dir() / "consent.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(given, list) and _consent_key(folder, value) in given


def give_consent(start: Path | None = None) -> list[str]:
    """Remember that this user trusts the project above `start`; the settings agreed to."""
    project = _read_project(start)
    if not project:
        return []
    folder = Path(project["project"])
    agreed = [
        project[key]
        for key in ("workspace", "database", "artifacts")
        if key in project and _leaves(folder, project[key])
    ]
    file = _config_dir() / "consent.json"
    try:
        given = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        given = []
    merged = sorted({*given, *(_consent_key(folder, value) for value in agreed)})
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(merged, indent=1), "utf-8")
    os.replace(temporary, file)
    return agreed
