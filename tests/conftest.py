"""Fixtures that most tests share: a workspace of their own, a real shell, a real kernel."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from servers import postgres_server, postgres_url

from nbmlops import settings
from nbmlops import workspace as workspaces

__all__ = ["postgres_server", "postgres_url"]  # fixtures

IN_CI = bool(os.environ.get("CI"))


def pytest_configure() -> None:
    """Signals work in the programs of tests, also where we were started in the background.

    A shell lets such children ignore SIGINT, and nohup SIGHUP, and a child hands that on to its own.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything that tests need is there, so that a skipped test is a failed one."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test reaches the person's own folders, and nothing of theirs reaches it."""
    for variable, folder in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
        ("IPYTHONDIR", "ipython"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setattr(settings, "_launched_in", None)  # each test is launched anew
    for name in list(os.environ):
        if name.startswith("NBMLOPS_") and name not in ("NBMLOPS_KILLS", "NBMLOPS_TEST_POSTGRES"):
            monkeypatch.delenv(name)
    # A live card comes up when a cell takes longer than a second, which depends on the machine.
    monkeypatch.setenv("NBMLOPS_LIVE", "off")


@pytest.fixture
def workspace_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace that everything in this test records to."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(folder))
    return folder


@pytest.fixture
def workspace(workspace_folder: Path) -> Iterator[workspaces.Workspace]:
    """The workspace of this test, opened."""
    opened = workspaces.open_workspace(workspace_folder)
    yield opened
    opened.close()
