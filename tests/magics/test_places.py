"""Where a kernel records, as a front end hears it: beside what is shown, and in no file."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_messages import messages_of

from nbmlops.testing import Kernel

BLOCK = "import nbmlops\nwith nbmlops.track('far', name='block'):\n    pass"
LOOP = "%%track\nimport time\ntime.sleep(0.6)"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def kernel(place: Path) -> Iterator[Kernel]:
    environment = {"NBMLOPS_WORKSPACE": str(place), "NBMLOPS_LIVE": "0.1"}
    with Kernel(environment=environment) as started:
        assert started.run("%load_ext nbmlops").status == "ok"
        yield started


def shown(kernel: Kernel, cell: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of each display that the kernel published while a cell ran."""
    heard = [(kind, content) for kind, content, _ in messages_of(kernel, cell)]
    assert "error" not in [kind for kind, _ in heard]
    return [each for each in heard if each[0].endswith("display_data")]


@pytest.mark.parametrize("cell", ["%%track\nscore = 1", LOOP], ids=["short", "live"])
def test_a_card_says_it_where_no_file_keeps_it(kernel: Kernel, place: Path, cell: str) -> None:
    heard = shown(kernel, cell)

    assert heard
    for _, content in heard:
        said = content["transient"]["nbmlops"]
        assert said["location"] == str(place)
        assert said["host"] == platform.node()
        assert said["source"] == "NBMLOPS_WORKSPACE"
        assert set(content["metadata"]["nbmlops"]) <= {"run", "status"}
        assert str(place) not in str(content["metadata"]) + str(content["data"])


def test_a_block_says_it_by_an_update_that_shows_nothing(kernel: Kernel, place: Path) -> None:
    heard = shown(kernel, BLOCK)

    ((kind, content),) = heard
    assert kind == "update_display_data"
    assert (content["data"], content["metadata"]) == ({}, {})
    assert content["transient"]["nbmlops"]["location"] == str(place)
    assert content["transient"]["nbmlops"]["run"]


def test_many_blocks_say_it_once(kernel: Kernel) -> None:
    blocks = "import nbmlops\nfor _ in range(20):\n    with nbmlops.track('far'): pass"

    assert len(shown(kernel, blocks)) == 1


def test_code_that_names_its_workspace_is_told_nothing(kernel: Kernel, tmp_path: Path) -> None:
    named = f"import nbmlops\nws = nbmlops.open_workspace({str(tmp_path / 'named')!r})"
    heard = shown(kernel, f"{named}\nwith ws.runs.track('far'): pass")

    assert heard == []


def test_where_no_person_is_a_block_says_nothing(place: Path) -> None:
    with Kernel(environment={"NBMLOPS_WORKSPACE": str(place)}, metadata={}) as kernel:
        assert shown(kernel, BLOCK) == []


def test_a_password_is_not_said(postgres_url: str) -> None:
    url = postgres_url.replace("postgres:@", "postgres:secret-word@")
    assert "secret-word" in url
    with Kernel(environment={"NBMLOPS_WORKSPACE": url}) as kernel:
        kernel.run("%load_ext nbmlops")
        heard = shown(kernel, "%%track\nscore = 1")

    assert "postgresql" in heard[0][1]["transient"]["nbmlops"]["location"]
    assert "secret-word" not in str(heard)


def test_a_folder_that_takes_no_records_is_told_with_where_they_are(
    place: Path, tmp_path: Path
) -> None:
    place.mkdir()
    (place / "journal").write_text("a file stands where the folder would be")
    (tmp_path / "tmp").mkdir()
    environment = {"NBMLOPS_WORKSPACE": str(place), "TMPDIR": str(tmp_path / "tmp")}
    with Kernel(environment=environment) as kernel:
        kernel.run("%load_ext nbmlops")
        heard = shown(kernel, "%%track\nscore = 1")

    said = heard[0][1]["transient"]["nbmlops"]["problem"]
    assert "is not writable" in said
    assert str(tmp_path / "tmp") in said
