"""Profiles: of parts merged, of streams, as files; each beside the whole that it stands for."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.data import scans
from nbmlops.data.numbers import GRID, Numbers, merged
from nbmlops.data.profile import MOST_KEPT_LEVELS, Profile, merge_profiles, profile_of
from nbmlops.data.profile_files import profile_from_bytes
from nbmlops.data.scans import DataFile, profile_files
from nbmlops.drift.compare import compare
from nbmlops.errors import InvalidDataError

LAWS = {
    "normal": lambda random, n: random.normal(size=n),
    "cauchy": lambda random, n: random.standard_cauchy(n),
    "zeros": lambda random, n: np.where(random.random(n) < 0.8, 0.0, random.exponential(1, n)),
    "counts": lambda random, n: random.poisson(4, n).astype(float),
    "infinite": lambda random, n: np.where(random.random(n) < 0.1, np.inf, random.normal(size=n)),
}


def worst(found: Numbers, values: np.ndarray) -> float:
    """The largest error of a distribution function anywhere."""
    ordered = np.sort(values)
    points = np.unique(np.concatenate([ordered, found.points]))  # type: ignore[list-item]
    below, upto = found.at(points)
    n = len(values)
    return float(
        max(
            np.abs(below - np.searchsorted(ordered, points, "left")).max(),
            np.abs(upto - np.searchsorted(ordered, points, "right")).max(),
        )
        / n
    )


@pytest.mark.parametrize("law", list(LAWS))
@pytest.mark.parametrize("n", [1, 2, 100, GRID, GRID + 1, 50_000])
def test_a_grid_errs_by_no_more_than_it_says(law: str, n: int) -> None:
    values = LAWS[law](np.random.default_rng([n, 3]), n)

    grid = Numbers.of(values).grid()

    assert grid.points is not None
    assert len(grid.points) <= GRID
    assert worst(grid, values) <= grid.error + 1e-12
    assert grid.error <= 1.01 / (GRID - 1)
    if n <= GRID:
        assert worst(grid, values) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=8),
    st.sampled_from(list(LAWS)),
    st.sampled_from([16, 64, 256]),
)
def test_merged_profiles_equal_the_whole_within_the_bound_for_every_split(
    sizes: list[int], law: str, size: int
) -> None:
    random = np.random.default_rng([*sizes, size])
    parts = [LAWS[law](random, n) for n in sizes]
    whole = np.concatenate(parts)
    if not len(whole):
        return

    found = merged([Numbers.of(part).grid(size) for part in parts], size)

    assert found.count == len(whole)
    assert worst(found, whole) <= found.error + 1e-9
    assert found.error <= 3 / (size - 1) + 1e-9 or min(sizes) < size


@pytest.mark.parametrize("law", ["normal", "zeros", "cauchy"])
def test_a_grid_of_a_hundred_merged_parts_is_as_good_as_one_of_the_whole(law: str) -> None:
    random = np.random.default_rng(9)
    parts = [LAWS[law](random, 2_000) for _ in range(100)]
    profiles = [profile_of({"x": part}).thin() for part in parts]

    found = merge_profiles(profiles)["x"].numbers

    assert found is not None
    assert worst(found, np.concatenate(parts)) < 1e-3


def frame(n: int = 5_000) -> pd.DataFrame:
    random = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "number": random.normal(size=n),
            "whole": random.integers(0, 9, n),
            "word": random.choice(["red", "green", "blue"], n),
            "flag": random.random(n) < 0.3,
            "gap": np.where(random.random(n) < 0.2, np.nan, random.normal(size=n)),
            "at": pd.date_range("2026", periods=n, freq="min"),
        }
    )


def same(first: Profile, second: Profile) -> None:
    """Both profiles say the same of every column."""
    assert first.row_count == second.row_count
    assert [one.name for one in first.columns] == [one.name for one in second.columns]
    for one, other in zip(first.columns, second.columns, strict=True):
        assert (one.form, one.missing_count) == (other.form, other.missing_count), one.name
        assert (one.mean or 0.0) == pytest.approx(other.mean or 0.0, rel=1e-9)
        assert (one.deviation or 0.0) == pytest.approx(other.deviation or 0.0, rel=1e-9)
        if one.numbers is not None:
            assert other.numbers is not None
            shares = np.linspace(0, 1, 41)
            near = other.numbers.quantiles(shares)
            assert one.numbers.quantiles(shares) == pytest.approx(near, abs=0.01, rel=0.01)
        else:
            counts = [
                dict(zip(each.levels, each.counts.tolist(), strict=True)) for each in (one, other)
            ]  # type: ignore[union-attr]
            assert counts[0] == counts[1]


def test_a_profile_is_small_has_no_row_and_comes_back_as_it_was(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    wide = pd.DataFrame(
        {f"n{place}": random.normal(size=60_000) for place in range(20)}
        | {
            f"c{place}": random.choice([f"level {n}" for n in range(300)], 60_000)
            for place in range(10)
        }
    )
    profile = profile_of(wide)

    profile.save(tmp_path / "wide.profile")
    content = (tmp_path / "wide.profile").read_bytes()
    again = profile_from_bytes(content)

    assert len(content) <= 1_100_000
    same(profile.thin(), again)
    assert again.to_bytes() == content  # the same data gives the same bytes
    assert all(one.numbers is None or one.numbers.raw is None for one in again.columns)


def test_labels_that_name_rows_are_not_kept() -> None:
    names = {
        "mail": [f"someone{n}@example.org" for n in range(500)],
        "city": ["Rome", "Bonn"] * 250,
    }

    profile = profile_of(names)

    content = profile.to_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        said = archive.read("profile.json")
    assert b"someone" not in said
    assert b"Rome" in said
    again = merge_profiles([profile_from_bytes(content), profile])["mail"]
    assert (again.counts, again.distinct_count) == (None, 500)
    report = compare(profile_from_bytes(content), profile)
    assert (report["mail"].kind, report["mail"].state) == ("identifier", "untested")


def test_labels_beyond_ten_thousand_are_counted_together() -> None:
    names = [f"v{n % 12_000}" for n in range(30_000)]

    kept = profile_of({"x": names}).thin()["x"]

    assert len(kept.levels) == MOST_KEPT_LEVELS
    assert kept.counts is not None
    assert kept.counts.sum() + kept.rest_count == 30_000


@pytest.mark.parametrize("group_rows", [700, 100_000])
def test_a_parquet_file_read_in_pieces_has_the_profile_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_rows: int
) -> None:
    file = tmp_path / "rows.parquet"
    frame().to_parquet(file, row_group_size=group_rows)
    monkeypatch.setattr(scans, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(scans, "PIECE_ROWS", 500)

    found = profile_files([DataFile(str(file), lambda: file.open("rb"))], "rows")

    same(profile_of(frame()), found)
    assert found["number"].numbers is not None
    assert found["number"].numbers.raw is None


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.csv.gz"])
def test_csv_files_are_read_whole_or_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / name
    separator = "\t" if ".tsv" in name else ","
    frame().to_csv(file, index=False, sep=separator)

    whole = profile_files([DataFile(str(file), lambda: file.open("rb"))], "rows")
    monkeypatch.setattr(scans, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(scans, "CSV_PIECE_BYTES", 20_000)
    pieces = profile_files([DataFile(str(file), lambda: file.open("rb"))], "rows")

    same(profile_of(frame()), whole)
    same(profile_of(frame()), pieces)


def test_several_files_are_one_data_set(tmp_path: Path) -> None:
    files = []
    for place, part in enumerate(np.array_split(np.arange(5_000), 3)):
        file = tmp_path / f"part-{place}.parquet"
        frame().iloc[part].to_parquet(file)
        files.append(DataFile(str(file), lambda file=file: file.open("rb")))  # type: ignore[misc]

    same(profile_of(frame()), profile_files(files, "parts"))


def test_parts_of_different_kinds_are_told() -> None:
    parts = [profile_of({"x": [1.0, 2.0]}), profile_of({"x": ["a", "b"]})]

    found = merge_profiles(parts)["x"]

    assert found.form == "unreadable"
    assert "different kinds" in found.reason


def forged(**change: Any) -> bytes:
    good = profile_of({"x": [1.0, 2.0]}).to_bytes()
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "profile.json":
                content = json.dumps({**json.loads(content), **change}).encode()
            new.writestr(name, content)
    return stream.getvalue()


def pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    packed = io.BytesIO()
    good = profile_of({"x": [1.0, 2.0]}).to_bytes()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, stream.getvalue() if name.endswith("points.npy") else old.read(name))
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 torn",
        forged(format="other 1"),
        forged(columns=[{"name": "x"}]),
        forged(columns=3),
        forged(row_count="many"),
        pickled(),
    ],
)
def test_what_is_no_profile_is_told(content: bytes) -> None:
    with pytest.raises(InvalidDataError, match="no profile"):
        profile_from_bytes(content)


def test_a_profile_cut_anywhere_is_told() -> None:
    content = profile_of(frame(50)).to_bytes()

    for length in range(0, len(content), 97):
        with pytest.raises(InvalidDataError):
            profile_from_bytes(content[:length])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"a,b\n1,2,3\n"),
        ("a.csv.gz", gzip.compress(b"", mtime=0)),
        ("a.parquet", b"PAR1 torn"),
        ("a.parquet", b"nothing of the kind"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.bin", b"\x00" * 99),
    ],
)
def test_files_that_cannot_be_read_are_told(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(InvalidDataError):
        profile_files([DataFile(str(file), lambda: file.open("rb"))], name)


def test_rows_are_read_in_memory_that_does_not_grow(tmp_path: Path) -> None:
    """Arrow's own count of what it holds at most: a few pieces, whatever the rows."""
    peaks = []
    for rows in (800_000, 4_000_000):
        file = tmp_path / f"{rows}.parquet"
        random = np.random.default_rng(1)
        with pq.ParquetWriter(
            file, pa.schema([("a", pa.float64()), ("b", pa.float64())])
        ) as writer:
            for _ in range(rows // 200_000):
                writer.write_table(
                    pa.table({"a": random.normal(size=200_000), "b": random.random(200_000)})
                )
        script = (
            "import sys\n"
            "from nbmlops.data import scans\n"
            "scans.WHOLE_BYTES = 1000\n"
            "open_it = lambda: open(sys.argv[1], 'rb')\n"
            "found = scans.profile_files([scans.DataFile(sys.argv[1], open_it)], 'x')\n"
            "assert abs(found['a'].numbers.quantile(0.5)) < 0.01\n"
            # What getrusage says is the parent's peak, too.
            "said = open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]\n"
            "print(found.row_count, said)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
        )
        count, peak = map(int, done.stdout.split())
        assert count == rows
        peaks.append(peak / 1024)

    assert peaks[1] < peaks[0] + 25  # MB, where the values are 51 MB more
