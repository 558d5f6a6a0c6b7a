"""An experiment as one file: equal runs elsewhere, nothing twice, nothing edited or hostile."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from dataclasses import replace

import pytest

from nbmlops.errors import (
    AlreadyExistsError,
    ExperimentNotFoundError,
    InvalidArchiveError,
    PathNotFoundError,
)
from nbmlops.store import open_store


@pytest.fixture
def exported(store, record, tmp_path):
    digest, size = store.artifacts.put(b"model" * 1000)
    for at in range(3):
        run = record(
            store,
            name=f"run {at}",
            metrics={"auc": at / 7, "nan": float("nan")},
            params={"depth": at, "big": 2**70, "list": [1, {"$": 2}]},
            tags={"t": "x" * 400},
        )
        for step in range(5):
            store.writer.append(
                "metric", {"loss": 1 / (step + 1)}, run=run, step=step, origin="cell"
            )
        store.writer.append(
            "artifact",
            {"name": "m", "digest": digest, "size_bytes": size, "media_type": "x/y"},
            run=run,
        )
        store.writer.append("cell", {"source": "1 + 1", "digest": "d"}, run=run)
        store.writer.append("note", {"text": "good"}, run=run)
        store.writer.append("warning", {"code": "a", "message": "b"}, run=run)
        store.writer.append(
            "environment", {"digest": "e", "body": {"python": "3", "packages": {}}}, run=run
        )
        store.writer.append("renamed", {"name": f"renamed {at}"}, run=run)
    return store.export("churn", tmp_path / "churn.nbx")


def other(settings, tmp_path, name="other"):
    root = tmp_path / name
    return open_store(
        replace(
            settings,
            root=root,
            database=f"sqlite:///{root / 'workspace.db'}",
            artifacts=str(root / "artifacts"),
        )
    )


def test_an_import_into_another_workspace_gives_equal_runs(store, exported, tmp_path):
    target = other(store.settings, tmp_path)
    added = target.import_(exported)
    assert len(added) == 3
    for run in store.runs.find().runs:
        copy = target.runs.get(run.id)
        assert replace(copy, metrics={}) == replace(run, metrics={})
        assert str(copy.metrics) == str(run.metrics)
        for name in ("loss", "auc"):
            assert copy.series(name) == run.series(name)
        assert target.artifacts.get(copy.artifacts["m"].digest) == b"model" * 1000
    target.close()


def test_importing_the_same_file_again_adds_nothing(store, exported, tmp_path):
    again = store.import_(exported)
    assert (again, len(again.already)) == ([], 3)
    target = other(store.settings, tmp_path)
    assert len(target.import_(exported)) == 3
    assert target.import_(exported) == []
    run = target.runs.find().runs[0]
    assert len(run.series("loss")) == 5
    target.close()


def test_an_existing_file_is_not_overwritten(store, exported):
    with pytest.raises(AlreadyExistsError):
        store.export("churn", exported)


def test_a_folder_for_an_export_is_not_made_by_a_typing_error(store, record, tmp_path):
    record(store)
    with pytest.raises(PathNotFoundError, match=r"No folder .*typo"):
        store.export("churn", tmp_path / "typo" / "x.nbx")
    assert not (tmp_path / "typo").exists()


def test_an_unknown_experiment_is_not_exported(store, record, tmp_path):
    record(store)
    with pytest.raises(ExperimentNotFoundError, match=r"'chrun' has .*Did you mean 'churn'"):
        store.export("chrun", tmp_path / "x.nbx")


def rewritten(exported, change) -> bytes:
    """The export with its members changed by a function of {name: bytes}."""
    with zipfile.ZipFile(exported) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in change(members):
            archive.writestr(name, data)
    return out.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def device(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFCHR | 0o666) << 16
    return info


def edited_manifest(members):
    manifest = json.loads(members["manifest.json"])
    manifest["runs"] = manifest["runs"][:-1]
    return {**members, "manifest.json": json.dumps(manifest)}.items()


def without_artifact(members):
    return [(name, data) for name, data in members.items() if not name.startswith("artifacts")]


def newer(members):
    manifest = {**json.loads(members["manifest.json"]), "version": 99}
    return {**members, "manifest.json": json.dumps(manifest)}.items()


HOSTILE = {
    "an edited run": lambda m: {
        **m,
        "events.nbj": m["events.nbj"].replace(b"renamed 1", b"renamed 9"),
    }.items(),
    "an edited artifact": lambda m: [(n, b"x" if n.startswith("art") else d) for n, d in m.items()],
    "an edited manifest": edited_manifest,
    "a missing artifact": without_artifact,
    "a newer format": newer,
    "no manifest": lambda m: [(n, d) for n, d in m.items() if n != "manifest.json"],
    "a manifest that is no manifest": lambda m: {**m, "manifest.json": b"[]"}.items(),
    "a bomb": lambda m: [*m.items(), ("artifacts/" + "a" * 64, b"\0" * (50 << 20))],
    **{
        f"a member named {name!r}": lambda m, name=name: [*m.items(), (name, b"x")]
        for name in (
            "../x",
            "/etc/x",
            "C:\\x",
            "..\\x",
            "a/../../x",
            "artifacts/../x",
            "x\0y",
            "artifacts/" + "A" * 64,
            "MANIFEST.JSON",
            "events.nbj/",
            "\\\\host\\share",
        )
    },
    "a link": lambda m: [*m.items(), (link("artifacts/" + "b" * 64), b"/etc/passwd")],
    "a device": lambda m: [*m.items(), (device("artifacts/" + "b" * 64), b"")],
    "a member twice": lambda m: [*m.items(), ("events.nbj", b"")],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_or_edited_file_is_refused_before_anything_is_written(
    store, exported, tmp_path, kind
):
    bad = tmp_path / "bad.nbx"
    bad.write_bytes(rewritten(exported, HOSTILE[kind]))
    target = other(store.settings, tmp_path)
    with pytest.raises(InvalidArchiveError):
        target.import_(bad)
    assert not target.settings.root.exists()
    target.close()


@pytest.mark.parametrize("data", [b"", b"PK", b"\0" * 1000, b"PK\x05\x06" + b"\xff" * 18])
def test_a_file_that_is_no_zip_is_refused(store, tmp_path, data):
    bad = tmp_path / "bad.nbx"
    bad.write_bytes(data)
    with pytest.raises(InvalidArchiveError):
        store.import_(bad)
    with pytest.raises(PathNotFoundError, match=r"Did you mean '.*bad\.nbx'"):
        store.import_(tmp_path / "bda.nbx")


def test_an_export_cut_anywhere_is_refused(folder_settings, exported, tmp_path):
    data = exported.read_bytes()
    target = other(folder_settings, tmp_path)
    bad = tmp_path / "bad.nbx"
    for size in range(0, len(data), max(len(data) // 60, 1)):
        bad.write_bytes(data[:size])
        with pytest.raises(InvalidArchiveError):
            target.import_(bad)
    target.close()
