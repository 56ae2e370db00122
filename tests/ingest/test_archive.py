"""Archives that are cut short, locked, too large, or point outside themselves."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.errors import SourceError
from la_research.ingest import archive, ingest_oulad
from la_research.ingest.archive import csv_files

Write = Callable[[dict[str, str]], Path]


def zipped(path: Path, *entries: zipfile.ZipInfo | str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for entry in entries:
            file.writestr(entry, "a\n1\n")
    return path


def refused(*paths: Path) -> list[str]:
    with pytest.raises(SourceError) as caught:
        csv_files(paths, ["courses"])
    assert caught.value.exit_code == 13
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize(
    "name",
    ["../courses.csv", "/etc/courses.csv", "a/../../courses.csv", "C:/courses.csv", "..\\x.csv", "\\\\host\\x.csv"],
)
def test_an_entry_that_would_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(zipped(tmp_path / "a.zip", "courses.csv", name)) == ["source.unsafe_path"]
    assert [item.name for item in tmp_path.iterdir()] == ["a.zip"], "nothing was unpacked"


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("courses.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(zipped(tmp_path / "a.zip", link)) == ["source.unsafe_path"]


def test_an_archive_cut_short_is_refused_wherever_the_cut_is(
    invented: dict[str, str], as_zip: Write, tmp_path: Path
) -> None:
    whole = as_zip(invented).read_bytes()
    for kept in (0, 10, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.zip"
        path.write_bytes(whole[:kept])
        assert refused(path) == ["source.truncated_zip"]


def test_damaged_content_is_noticed_when_it_is_read(invented: dict[str, str], as_zip: Write) -> None:
    path = as_zip(invented)
    whole = bytearray(path.read_bytes())
    whole[200:210] = bytes(255 - byte for byte in whole[200:210])
    path.write_bytes(bytes(whole))
    with pytest.raises(SourceError) as caught:
        ingest_oulad([path])
    assert {fault.code for fault in caught.value.faults} == {"source.truncated_zip"}


def test_an_entry_that_would_unpack_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST", 3)
    assert refused(zipped(tmp_path / "a.zip", "courses.csv")) == ["source.too_large"]


def test_a_locked_entry_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", "courses.csv")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # the flag "encrypted" in the list of files
    path.write_bytes(bytes(raw))
    assert refused(path) == ["source.encrypted"]


def test_a_path_that_is_no_table_is_named(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("x")
    assert refused(other) == ["source.unknown_kind"]
    assert refused(tmp_path / "absent.zip") == ["source.no_such_file"]


def test_the_same_table_from_two_files_is_refused(tmp_path: Path) -> None:
    first, second = zipped(tmp_path / "a.zip", "courses.csv"), zipped(tmp_path / "b.zip", "courses.csv")
    assert refused(first, second) == ["source.table_twice"]


def test_files_that_nobody_asked_for_are_left_alone(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", "x/Courses.CSV", "README.md", "__MACOSX/._courses.csv", "other.csv")
    found = csv_files([path], ["courses"])
    assert list(found) == ["courses"]
    assert found["courses"].read() == b"a\n1\n"
