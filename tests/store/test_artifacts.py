"""Artifacts: equal bytes once, whole or not at all, and never other bytes than were stored."""

from __future__ import annotations

import os
import random
import stat
import threading
from dataclasses import replace

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from nbmlops.errors import (
    ArtifactCorruptError,
    ArtifactNotFoundError,
    NbmlopsError,
    StoreUnavailableError,
)
from nbmlops.settings import Settings
from nbmlops.store import open_store
from nbmlops.store.artifacts import digest_of


@pytest.fixture
def artifacts(folder_settings):
    return open_store(folder_settings).artifacts


def test_bytes_and_files_of_equal_content_are_one_object(artifacts, tmp_path):
    file = tmp_path / "model.bin"
    file.write_bytes(b"model" * 10_000)
    one, two = artifacts.put(file), artifacts.put(b"model" * 10_000)
    assert one == two == (digest_of(b"model" * 10_000), 50_000)
    assert [digest for digest, _ in artifacts.local.all()] == [one[0]]
    assert artifacts.get(one[0]) == artifacts.open(one[0]).read() == b"model" * 10_000


def test_objects_are_private_and_leave_no_drafts(artifacts):
    digest, _ = artifacts.put(b"x")
    place = artifacts.local.path(digest)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert artifacts.local.drafts() == []


@pytest.mark.parametrize(
    "digest",
    [
        "../x",
        "..\\x",
        "/etc/passwd",
        "%2e%2e%2f",
        "",
        ".",
        "a" * 63,
        "A" * 64,
        "a" * 64 + "\n",
        "a\0" * 32,
        "file:///etc",
        "é" * 64,
    ],
)
def test_only_a_digest_names_an_object(artifacts, digest):
    for act in (artifacts.get, artifacts.open, artifacts.delete):
        with pytest.raises(ArtifactNotFoundError):
            act(digest)
    assert not artifacts.has(digest)


def test_changed_bytes_are_never_served(artifacts):
    digest, _ = artifacts.put(b"x" * 100)
    artifacts.local.path(digest).write_bytes(b"x" * 99 + b"y")
    for act in (artifacts.get, artifacts.open):
        with pytest.raises(ArtifactCorruptError):
            act(digest)


@pytest.mark.parametrize("damage", [b"x" * 99 + b"y", b"", b"x" * 50])
@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_what_was_damaged_is_whole_when_it_is_logged_again(artifacts, tmp_path, damage, kind):
    (tmp_path / "file").write_bytes(b"x" * 100)
    given = b"x" * 100 if kind == "bytes" else tmp_path / "file"
    digest, _ = artifacts.put(given)
    artifacts.local.path(digest).write_bytes(damage)
    assert artifacts.put(given) == (digest, 100)
    assert artifacts.get(digest) == b"x" * 100


def test_an_import_heals_what_was_damaged(store, record, tmp_path):
    digest, size = store.artifacts.put(b"right")
    run = record(store, experiment="healed")
    said = {"name": "a", "digest": digest, "size_bytes": size, "media_type": "x"}
    store.writer.append("artifact", said, run=run)
    file = store.export("healed", tmp_path / "healed.zip")
    root = tmp_path / "other"
    other = open_store(
        Settings(root, f"sqlite:///{root / 'workspace.db'}", str(root / "artifacts"))
    )
    other.artifacts.put(b"right")
    other.artifacts.local.path(digest).write_bytes(b"wrong")
    assert other.import_(file) == [run]
    assert other.artifacts.get(digest) == b"right"
    other.close()


def test_links_in_the_store_are_not_followed(artifacts, tmp_path):
    secret = b"secret"
    digest = digest_of(secret)
    outside = tmp_path / "outside"
    (outside / digest[:2]).mkdir(parents=True)
    (outside / digest[:2] / digest).write_bytes(secret)
    artifacts.local.root.mkdir(parents=True)
    (artifacts.local.root / digest[:2]).symlink_to(outside / digest[:2])
    with pytest.raises(ArtifactNotFoundError):
        artifacts.get(digest)
    with pytest.raises(NbmlopsError):
        artifacts.put(b"secret")
    (artifacts.local.root / digest[:2]).unlink()
    (artifacts.local.root / digest[:2]).mkdir()
    artifacts.local.path(digest).symlink_to(outside / digest[:2] / digest)
    with pytest.raises(ArtifactNotFoundError):
        artifacts.get(digest)
    artifacts.put(secret)
    assert not artifacts.local.path(digest).is_symlink()


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_no_half_object(artifacts, monkeypatch, call):
    import resource

    data = os.urandom(200_000)
    if call == "write":
        import signal

        old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # the kernel says EFBIG
    else:

        def fail(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, call, fail)
    try:
        with pytest.raises(StoreUnavailableError):
            artifacts.put(data)
    finally:
        if call == "write":
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, old)
        monkeypatch.undo()
    assert not artifacts.has(digest_of(data))
    assert artifacts.local.drafts() == []
    assert artifacts.get(artifacts.put(data)[0]) == data


# -- a remote root ------------------------------------------------------------------------------


class Flaky(MemoryFileSystem):
    """A file system in memory of which each call may fail, time out, or read short or wrong."""

    protocol = "flaky"
    store: dict = {}
    pseudo_dirs = [""]
    rng = random.Random(3)
    rate = 0.0

    def trouble(self) -> str:
        return self.rng.choice(["503", "timeout", "403"]) if self.rng.random() < self.rate else ""

    def _maybe(self) -> None:
        if word := self.trouble():
            raise {
                "503": OSError("503 Slow Down"),
                "timeout": TimeoutError("timed out"),
                "403": PermissionError("403"),
            }[word]

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        self._maybe()
        if self.rng.random() < self.rate / 2:
            super().pipe_file(path, value[: len(value) // 2], mode=mode, **kwargs)
            return
        super().pipe_file(path, value, mode=mode, **kwargs)

    def cat_file(self, path, start=None, end=None, **kwargs):
        self._maybe()
        data = super().cat_file(path, start=start, end=end, **kwargs)
        return data[: len(data) // 2] if self.rng.random() < self.rate / 2 else data

    def exists(self, path, **kwargs):
        self._maybe()
        return super().exists(path, **kwargs)

    def info(self, path, **kwargs):
        self._maybe()
        return super().info(path, **kwargs)

    def mv(self, path1, path2, **kwargs):
        self._maybe()
        super().mv(path1, path2, **kwargs)


fsspec.register_implementation("flaky", Flaky, clobber=True)


@pytest.fixture
def remote(folder_settings):
    Flaky.store.clear()
    Flaky.rate = 0.0
    Flaky.rng = random.Random(3)
    store = open_store(replace(folder_settings, artifacts="flaky://bucket/artifacts"))
    store.artifacts.remote.pause_seconds = 0.0001
    yield store
    Flaky.rate = 0.0
    store.close()


def test_an_artifact_waits_on_this_disk_until_a_drain_sends_it(remote):
    digest, _ = remote.artifacts.put(b"x" * 1000)
    assert remote.artifacts.waiting() == 1
    assert remote.artifacts.get(digest) == b"x" * 1000
    assert not Flaky.store
    assert remote.drain().uploaded_count == 1
    assert remote.artifacts.waiting() == 0
    assert remote.artifacts.get(digest) == b"x" * 1000
    remote.artifacts.delete(digest)
    assert not remote.artifacts.has(digest)
    with pytest.raises(ArtifactNotFoundError):
        remote.artifacts.get(digest)


def test_an_unreliable_root_never_holds_or_gives_wrong_bytes(remote):
    remote.artifacts.remote
    Flaky.rate = 0.3
    rng = random.Random(5)
    kept = {}
    for _ in range(25):
        data = rng.randbytes(500)
        digest, _ = remote.artifacts.put(data)
        kept[digest] = data
        for _ in range(10):
            if not remote.drain().problem:
                break
        for path, file in Flaky.store.items():
            if ".incoming" not in path:
                assert digest_of(file.getvalue()) == path.rpartition("/")[2]
    for digest, data in kept.items():
        for _ in range(10):
            try:
                assert remote.artifacts.get(digest) == data
                break
            except (StoreUnavailableError, ArtifactCorruptError):
                continue
        else:
            raise AssertionError("not read in ten times six attempts")


def test_a_root_that_is_away_keeps_artifacts_in_the_spool(remote, record):
    remote.artifacts.remote
    digest, _ = remote.artifacts.put(b"x")
    run = record(remote)
    Flaky.rate = 1.0
    report = remote.drain()
    assert "flaky://bucket/artifacts" in report.problem
    assert remote.runs.get(run).id == run
    Flaky.rate = 0.0
    assert remote.drain().uploaded_count == 1
    assert remote.artifacts.get(digest) == b"x"


def test_wrong_bytes_at_the_root_are_told_from_an_outage(remote):
    digest, _ = remote.artifacts.put(b"right")
    remote.drain()
    path = next(path for path in Flaky.store if path.endswith(digest))
    Flaky.store[path].seek(0)
    Flaky.store[path].write(b"wrong")
    with pytest.raises(ArtifactCorruptError):
        remote.artifacts.get(digest)


@pytest.mark.parametrize("wrong", [b"wrong", b"", b"right and more"])
@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_wrong_bytes_at_the_root_give_way_to_the_right_ones(remote, wrong, rate):
    digest, _ = remote.artifacts.put(b"right")
    path = f"/bucket/artifacts/{digest[:2]}/{digest}"
    remote.artifacts.remote._files.pipe_file(path, wrong)
    Flaky.rate = rate
    for _ in range(20):
        if not remote.drain().problem:
            break
    Flaky.rate = 0.0
    assert remote.artifacts.waiting() == 0  # the good copy left the spool
    assert remote.artifacts.get(digest) == b"right"


def test_a_root_that_does_not_answer_keeps_no_reader(remote, record):
    hang, hanging = threading.Event(), threading.Event()

    def pipe_file(*given, **more):
        hanging.set()
        assert hang.wait(300)
        raise OSError("gave up")

    digest, _ = remote.artifacts.put(b"x")
    remote.artifacts.remote._files.pipe_file = pipe_file
    sending = threading.Thread(target=remote.drain)
    sending.start()
    assert hanging.wait(300)
    run = record(remote, metrics={"m": 1})
    assert remote.runs.get(run).metrics == {"m": 1}
    assert remote.artifacts.get(digest) == b"x"
    hang.set()
    sending.join()
    del remote.artifacts.remote._files.pipe_file
    assert remote.drain().uploaded_count == 1


def test_every_door_gives_the_right_bytes_of_an_unreliable_root_or_none(
    workspace_folder, monkeypatch, capsysbinary
):
    from nbmlops import settings
    from nbmlops.cli import main
    from nbmlops.workspace import open_workspace

    monkeypatch.setattr(settings, "ARTIFACT_SCHEMES", ("flaky",))
    monkeypatch.setenv("NBMLOPS_ARTIFACTS", "flaky://bucket/doors")
    Flaky.store.clear()
    workspace = open_workspace()
    workspace.store.artifacts.remote.pause_seconds = 0.0001
    with workspace.runs.track("doors", name="one") as run:
        run.log_artifact(b"the right bytes" * 50, name="a.bin")
    workspace.runs.flush()
    monkeypatch.setattr(Flaky, "rate", 0.4)
    codes, outcomes = [], []
    for _ in range(25):
        with pytest.raises(SystemExit) as left:
            main(["runs", "artifact", "one", "a.bin"])
        out, err = capsysbinary.readouterr()
        codes.append(left.value.code)
        assert out == (b"the right bytes" * 50 if left.value.code == 0 else b"")
        assert b"Traceback" not in err
        try:
            outcomes.append(workspace.runs.artifact("one", "a.bin") == b"the right bytes" * 50)
        except NbmlopsError:
            outcomes.append(None)
    workspace.close()

    assert set(codes) <= {0, 7, 8}
    assert codes.count(0) > 5
    assert set(outcomes) <= {True, None}
    assert outcomes.count(True) > 5
