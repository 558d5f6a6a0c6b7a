"""A shell with the magics, and what the tests of hosts share with those of the magics."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Shell

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "magics"))


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics, recording to the workspace of this test."""
    opened = Shell()
    yield opened
    opened.close()
