"""CSV files wherever they lie: in a zip archive, in a folder, or one by one."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from la_research.errors import Fault, SourceError

LARGEST = 2**30
"""Bytes that one file of an archive may unpack to: 1 GiB, twice the largest table read so far."""


@dataclass(frozen=True, slots=True)
class File:
    """A CSV file: the name of its table, where it lies, and its bytes when asked."""

    table: str
    where: str
    read: Callable[[], bytes]


def csv_files(paths: Sequence[Path], wanted: Collection[str]) -> dict[str, File]:
    """The wanted tables among the files of some paths.

    Parameters
    ----------
    paths
        Zip archives, folders or CSV files, in any mixture.
    wanted
        Names of tables: the file's name without ``.csv``, in any spelling of case. Other
        files are left alone.

    Returns
    -------
    dict
        File by name of table; nothing is unpacked yet, and nothing is ever written.

    Raises
    ------
    SourceError
        ``source.no_such_file``, ``source.unknown_kind``, ``source.truncated_zip``,
        ``source.unsafe_path`` (an entry that would leave the folder it is unpacked to, or
        a link), ``source.encrypted``, ``source.too_large``, ``source.table_twice``.
    """
    names = {name.lower(): name for name in wanted}
    found: dict[str, File] = {}
    faults: list[Fault] = []
    for path in paths:
        for file in _files(path, names):
            if file.table in found:
                faults.append(
                    Fault(
                        "source.table_twice",
                        f"table '{file.table}' is given by two files",
                        f"{found[file.table].where}; {file.where}",
                        "name only one of them",
                    )
                )
            found[file.table] = file
    SourceError.raise_if(faults)
    return found


def _files(path: Path, names: dict[str, str]) -> list[File]:
    if path.is_dir():
        inside = sorted(item for item in path.iterdir() if item.suffix.lower() == ".csv")
        return [_plain(item, names[item.stem.lower()]) for item in inside if item.stem.lower() in names]
    if not path.is_file():
        raise _error("no_such_file", "there is no such file or folder", str(path), "check the path")
    if path.suffix.lower() == ".zip":
        return _zipped(path, names)
    if path.suffix.lower() == ".csv" and path.stem.lower() in names:
        return [_plain(path, names[path.stem.lower()])]
    raise _error(
        "unknown_kind",
        "the file is neither a zip archive nor a table of this source",
        str(path),
        f"name a zip, a folder, or CSV files called {', '.join(sorted(names.values()))}",
    )


def _plain(path: Path, table: str) -> File:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError:
            raise _error("unreadable", "the file can not be read", str(path), "check who may read it") from None

    return File(table, str(path), read)


def _zipped(path: Path, names: dict[str, str]) -> list[File]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise _truncated(path) from None
    SourceError.raise_if(fault for entry in entries for fault in _entry_faults(path, entry))
    chosen = [(entry, PurePosixPath(entry.filename)) for entry in entries if not entry.is_dir()]
    return [
        File(names[inside.stem.lower()], f"{path}, {inside.name}", _reader(path, entry.filename))
        for entry, inside in sorted(chosen, key=lambda pair: pair[0].filename)
        if inside.suffix.lower() == ".csv" and inside.stem.lower() in names
    ]


def _reader(path: Path, entry: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.read(entry)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise _truncated(path) from None

    return read


def _entry_faults(path: Path, entry: zipfile.ZipInfo) -> list[Fault]:
    where = f"{path}, entry {entry.filename!a}"
    if not _stays_inside(entry):
        remedy = "do not unpack this archive; fetch it again from where it was published"
        return [Fault("source.unsafe_path", "an entry points outside the archive", where, remedy)]
    if entry.flag_bits & 1:
        return [Fault("source.encrypted", "an entry is locked with a password", where, "unlock the archive first")]
    if entry.file_size > LARGEST:
        problem = f"an entry would unpack to more than {LARGEST / 2**30:.0f} GiB"
        return [Fault("source.too_large", problem, where, "unpack it yourself if you trust it, and name the folder")]
    return []


def _stays_inside(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    windows = PureWindowsPath(name)
    link = stat.S_ISLNK(entry.external_attr >> 16)
    absolute = name.startswith(("/", "\\")) or bool(windows.drive) or windows.is_absolute()
    return not (link or absolute or "\x00" in name or ".." in windows.parts)


def _truncated(path: Path) -> SourceError:
    return _error(
        "truncated_zip",
        "the archive is cut short or damaged",
        str(path),
        "fetch it again and compare its size with the publisher's",
    )


def _error(code: str, problem: str, where: str, remedy: str) -> SourceError:
    return SourceError(Fault(f"source.{code}", problem, where, remedy))
