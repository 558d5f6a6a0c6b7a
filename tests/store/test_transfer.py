"""An experiment as one file: equal runs elsewhere, nothing twice, nothing edited or hostile."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import socket
import stat
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from places import settings_at

from nbmlops.cli import main
from nbmlops.errors import (
    AlreadyExistsError,
    ExperimentNotFoundError,
    InvalidArchiveError,
    PathNotFoundError,
)
from nbmlops.store import open_store
from nbmlops.store.export_files import MAX_MEMBERS
from nbmlops.store.framing import frame


@pytest.fixture
def exported(store, record, tmp_path):
    return export_of(store, record, tmp_path)


@pytest.fixture
def exported_once(folder_settings, record, tmp_path):
    """An export for what is the same with either database."""
    store = open_store(folder_settings)
    yield export_of(store, record, tmp_path)
    store.close()


def export_of(store, record, tmp_path):
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
    return open_store(settings_at(settings, tmp_path / name))


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
            is_named = isinstance(name, zipfile.ZipInfo)
            archive.writestr(name, data, name.compress_type if is_named else None)
    return out.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def device(name: str, kind: int = stat.S_IFCHR) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o666) << 16
    return info


def packed(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = kind
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


def with_a_word(old: bytes, new: bytes):
    """A change of one word in the runs, with all checksums and digests as they have to be."""

    def change(members):
        payloads = [line[:-12] for line in members["events.nbj"].split(b"\n") if line]
        assert any(old in payload for payload in payloads)
        events = b"".join(frame(payload.replace(old, new)) for payload in payloads)
        manifest = json.loads(members["manifest.json"])
        said = {"sha256": hashlib.sha256(events).hexdigest(), "size": len(events)}
        manifest["members"]["events.nbj"] = said
        return {**members, "events.nbj": events, "manifest.json": json.dumps(manifest)}.items()

    return change


HOSTILE = {
    "a run with a path as its name": with_a_word(b'"renamed 1"', b'"../../x"'),
    "an experiment that acts": with_a_word(b'"churn"', b'"a\\u001b[31m"'),
    "a digest that is a path": with_a_word(b'"digest":"', b'"digest":"../../etc/passwd'),
    "a parent that is no run": with_a_word(b'"parent":null', b'"parent":"../../x"'),
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
    **{
        f"a {kind}": lambda m, mode=mode: [*m.items(), (device("artifacts/" + "b" * 64, mode), b"")]
        for kind, mode in (
            ("device", stat.S_IFCHR),
            ("disk", stat.S_IFBLK),
            ("pipe", stat.S_IFIFO),
            ("socket", stat.S_IFSOCK),
            ("folder", stat.S_IFDIR),
        )
    },
    "a member that another method packs": lambda m: [
        (packed("events.nbj", zipfile.ZIP_LZMA) if name == "events.nbj" else name, data)
        for name, data in m.items()
    ],
    "a manifest without end": lambda m: (
        [(name, data) for name, data in m.items() if name != "manifest.json"]
        + [(packed("manifest.json", zipfile.ZIP_STORED), b" " * (65 << 20))]
    ),
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


def shortened(data: bytes) -> bytes:
    """The export, in which the runs declare fewer bytes than they have."""
    out = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("events.nbj").file_size
    said, lie = struct.pack("<L", size), struct.pack("<L", size // 2)
    while (at := out.find(said)) >= 0:
        out[at : at + 4] = lie
    return bytes(out)


def test_a_member_that_is_longer_than_it_says_is_refused(folder_settings, exported_once, tmp_path):
    bad = tmp_path / "bad.nbx"
    bad.write_bytes(shortened(exported_once.read_bytes()))
    target = other(folder_settings, tmp_path)
    with pytest.raises(InvalidArchiveError):
        target.import_(bad)
    assert not target.settings.root.exists()
    target.close()


def test_a_file_of_more_members_than_an_export_has_is_refused(folder_settings, tmp_path):
    bad = tmp_path / "bad.nbx"
    # Only the directory at the end of a zip file, which is what says how many there are.
    one = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, *[0] * 7, 74, *[0] * 6)
    names = (f"artifacts/{number:064x}".encode() for number in range(MAX_MEMBERS + 1))
    listed = b"".join(one + name for name in names)
    ended = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)
    bad.write_bytes(listed + ended)
    target = other(folder_settings, tmp_path)
    with pytest.raises(InvalidArchiveError, match="it has 100001 members"):
        target.import_(bad)
    target.close()


def test_what_a_file_lets_others_do_is_not_taken_over(folder_settings, exported_once, tmp_path):
    def all_may_run_it_as_me(members):
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | stat.S_ISUID | 0o777) << 16
            yield info, data

    bad = tmp_path / "bad.nbx"
    bad.write_bytes(rewritten(exported_once, all_may_run_it_as_me))
    target = other(folder_settings, tmp_path)
    target.import_(bad)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in target.settings.root.rglob("*")}
    assert modes <= {0o600, 0o700}
    target.close()


def test_damage_anywhere_is_refused(folder_settings, exported_once, tmp_path):
    data, rng = exported_once.read_bytes(), random.Random(7)
    target = other(folder_settings, tmp_path)
    bad = tmp_path / "bad.nbx"
    refused = 0
    for _ in range(500):
        place = rng.randrange(len(data))
        bad.write_bytes(
            data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
        )
        try:
            target.import_(bad)  # a date or a comment may be another one
        except InvalidArchiveError:
            refused += 1
    assert refused > 450
    target.close()


IMPORT = """
import resource, sys
from pathlib import Path
from nbmlops.errors import InvalidArchiveError
from nbmlops.workspace import open_workspace
runs = open_workspace(sys.argv[1]).runs
try:
    runs.import_(sys.argv[2])  # what is loaded once is loaded now
except InvalidArchiveError:
    pass
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    runs.import_(sys.argv[3])
except InvalidArchiveError as error:
    print(error.message)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_runs_of_any_size_are_read_in_little_memory(folder_settings, exported_once, tmp_path):
    def grown(members):
        manifest = json.loads(members["manifest.json"])
        note = {"s": 1, "t": 1, "k": "note", "r": manifest["runs"][0]}
        lines = [
            frame(json.dumps({**note, "d": {"text": f"{number:x}" + "x" * 4000}}).encode())
            for number in range(24_000)
        ]
        last = frame(json.dumps({**note, "k": "renamed", "d": {"name": "../x"}}).encode())
        events = members["events.nbj"] + b"".join(lines) + last
        said = {"sha256": hashlib.sha256(events).hexdigest(), "size": len(events)}
        manifest["members"]["events.nbj"] = said
        return {**members, "events.nbj": events, "manifest.json": json.dumps(manifest)}.items()

    (tmp_path / "large.nbx").write_bytes(rewritten(exported_once, grown))
    (tmp_path / "small.nbx").write_bytes(b"PK")
    assert (tmp_path / "large.nbx").stat().st_size < 2 << 20
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            IMPORT,
            tmp_path / "w",
            tmp_path / "small.nbx",
            tmp_path / "large.nbx",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    message, grown_kilobytes = done.stdout.strip().rsplit("\n", 1)
    assert "'../x' cannot be the name of a run" in message
    assert int(grown_kilobytes) < 60_000  # of 96 MB


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "a NUL in the name"])
def test_what_is_no_file_is_refused_and_not_waited_for(kind, folder_settings, tmp_path):
    place = tmp_path / "given.nbx"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(os.path.relpath(place))
    else:
        place = tmp_path / "a\0b"
    store = open_store(folder_settings)
    signal.alarm(20)  # which ends the test where something waits
    try:
        with pytest.raises(InvalidArchiveError):
            store.import_(place)
    finally:
        signal.alarm(0)
        store.close()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_terminal_refuses_the_same_files(folder_settings, exported_once, tmp_path, capsys):
    for kind, change in HOSTILE.items():
        bad = tmp_path / "bad\x1b[2J.nbx"
        bad.write_bytes(rewritten(exported_once, change))
        with pytest.raises(SystemExit) as left:
            main(["--workspace", str(tmp_path / "elsewhere"), "runs", "import", str(bad)])
        said = capsys.readouterr()
        assert (left.value.code, said.out) == (2, ""), kind
        assert said.err.startswith(r"nbmlops: Export 'bad\x1b[2J.nbx': "), kind
        assert "Traceback" not in said.err
        assert "\x1b" not in said.err
    assert not (tmp_path / "elsewhere").exists()


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
