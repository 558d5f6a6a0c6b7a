"""Notebook files: what is wrong with them is said, and a save is whole or did not happen."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from nbmlops.capture.redaction import redact
from nbmlops.errors import (
    AlreadyExistsError,
    InvalidNotebookError,
    KernelNotFoundError,
    NotebookNotFoundError,
)
from nbmlops.notebooks import documents

V3 = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}
V4 = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}

BAD_FILES = {
    "empty": (b"", "the file is empty"),
    "cut short": (b'{"cells": [', "not valid JSON"),
    "not UTF-8": (b"\xff\xfe\x00\x81", "not valid JSON"),
    "too deep": (b"[" * 100_000, "nested too deeply"),
    "a list": (b"[]", "not a notebook"),
    "other JSON": (b'{"a": 1}', "not a notebook"),
    "format 3": (json.dumps(V3).encode(), "old format 3"),
    "format 9": (json.dumps({**V4, "nbformat": 9}).encode(), "newer"),
    "format is a text": (json.dumps({**V4, "nbformat": "4"}).encode(), "format"),
    "no cells": (json.dumps(V4).encode(), "no list of cells"),
    "cells are a dict": (json.dumps({**V4, "cells": {}}).encode(), "no list of cells"),
    "a broken cell": (json.dumps({**V4, "cells": [{"cell_type": "code"}]}).encode(), "not a valid"),
    "a cell that is a number": (json.dumps({**V4, "cells": [7]}).encode(), "not a valid"),
    "metadata is a list": (json.dumps({**V4, "cells": [], "metadata": []}).encode(), "metadata"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_its_fault(tmp_path, name):
    content, fault = BAD_FILES[name]
    file = tmp_path / "bad.ipynb"
    file.write_bytes(content)
    with pytest.raises(InvalidNotebookError, match=fault) as caught:
        documents.read(file)
    assert "bad.ipynb" in caught.value.message


def test_a_script_is_told_apart_from_a_notebook_that_is_damaged(tmp_path):
    for name, hint in {"a.py": "NAME.ipynb", "a.ipynb": "saved completely"}.items():
        (tmp_path / name).write_text("print(1)")
        with pytest.raises(InvalidNotebookError) as caught:
            documents.read(tmp_path / name)
        assert hint in caught.value.hint


def test_a_folder_a_pipe_and_a_name_with_nul_are_refused_without_hanging(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    for path in (tmp_path, tmp_path / "pipe.ipynb", "a\0b.ipynb"):
        with pytest.raises(InvalidNotebookError):
            documents.read(path)


def test_a_file_above_the_limit_is_refused_unread(tmp_path):
    file = tmp_path / "big.ipynb"
    file.touch()
    os.truncate(file, 200 << 20)
    with pytest.raises(InvalidNotebookError, match="200 MB; the limit is 50 MB"):
        documents.read(file)


def test_a_missing_notebook_names_the_nearest(tmp_path, write):
    write(tmp_path / "train.ipynb", "1")
    with pytest.raises(NotebookNotFoundError, match=r"Did you mean .*train\.ipynb"):
        documents.read(tmp_path / "trian.ipynb")


def test_a_kernel_is_named_and_installed(tmp_path, write):
    without = documents.read(write(tmp_path / "a.ipynb", "1", kernel=None))
    with pytest.raises(InvalidNotebookError, match="names no kernel"):
        documents.kernel_name("a.ipynb", without)
    unknown = documents.read(write(tmp_path / "b.ipynb", "1", kernel="pyhton3"))
    with pytest.raises(KernelNotFoundError, match="Did you mean 'python3'"):
        documents.kernel_name("b.ipynb", unknown)


def test_a_save_keeps_the_mode_and_follows_a_link(tmp_path, write):
    file = write(tmp_path / "real.ipynb", "1")
    file.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(file)
    notebook = documents.read(link)
    notebook.cells[0].source = "2"
    documents.save(notebook, str(link))
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert documents.read(file).cells[0].source == "2"


def test_a_reader_never_sees_a_part(tmp_path, write):
    file = write(tmp_path / "out.ipynb", "x = '" + "y" * 200_000 + "'")
    notebook = documents.read(file)
    stop = threading.Event()

    def read_often() -> int:
        count = 0
        while not stop.is_set():
            nbformat.reads(file.read_text("utf-8"), as_version=4)
            count += 1
        return count

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_often)
        for _ in range(60):
            documents.save(notebook, str(file))
        stop.set()
        assert reading.result() > 5
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


FULL = """
import resource, signal, sys
from nbmlops.notebooks import documents
notebook = documents.read(sys.argv[1])
notebook.cells[0].source = "x" * 100_000
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for make in (documents.save, documents.create):
    try:
        make(notebook, sys.argv[1 if make is documents.save else 2])
    except OSError as exc:
        print(type(exc).__name__, exc.errno)
"""


def test_a_full_disk_leaves_the_version_before(tmp_path, write):
    file = write(tmp_path / "out.ipynb", "before = 1")
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL, file, tmp_path / "new.ipynb"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["OSError", "27", "OSError", "27"]
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


def test_of_many_that_create_one_file_exactly_one_does(tmp_path, write):
    notebook = documents.read(write(tmp_path / "in.ipynb", "1"))
    target = str(tmp_path / "out.ipynb")

    def create(_: int) -> bool:
        try:
            documents.create(notebook, target)
        except AlreadyExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(40))) == 1
    assert documents.read(target).cells[0].source == "1"


def test_sources_and_texts_are_redacted_and_the_original_is_not(tmp_path, write):
    notebook = documents.read(write(tmp_path / "in.ipynb", "api_key = 'abcdef'"))
    secret = "ghp_" + "a1B2" * 9
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", text=f"token {secret}\n"),
        nbformat.v4.new_output("error", ename="E", evalue=secret, traceback=[secret]),
        nbformat.v4.new_output(
            "display_data", {"text/html": f"<b>{secret}</b>", "image/png": "AA"}
        ),
    ]
    copy = documents.redacted(notebook, redact)
    assert secret not in documents.encode(copy).decode()
    assert "abcdef" not in copy.cells[0].source
    assert copy.cells[0].outputs[2].data["image/png"] == "AA"
    assert secret in documents.encode(notebook).decode()


def test_lone_surrogates_in_outputs_do_not_stop_a_save(tmp_path, write):
    notebook = documents.read(write(tmp_path / "in.ipynb", "1"))
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="a\ud800b")]
    documents.save(notebook, str(tmp_path / "out.ipynb"))
    text = json.loads((tmp_path / "out.ipynb").read_bytes())["cells"][0]["outputs"][0]["text"]
    assert text == ["a\ud800b"]


def test_files_made_for_others_can_be_read_by_them(tmp_path, write):
    notebook = documents.read(write(tmp_path / "in.ipynb", "1"))
    before = os.umask(0o022)
    try:
        documents.create(notebook, str(tmp_path / "out.ipynb"))
    finally:
        os.umask(before)
    assert Path(tmp_path / "out.ipynb").stat().st_mode & 0o777 == 0o644
