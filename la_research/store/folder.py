"""Nothing half-written: a folder or a file is made beside its place and renamed into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from la_research.errors import DiskError, Fault


@contextmanager
def write_folder(directory: str | Path, *, mark: str | None = None, private: bool = False) -> Iterator[Path]:
    """A temporary sibling to write into; it takes the folder's place when the block ends well.

    Whatever stood there before stays until then. A block that fails leaves nothing behind;
    what a killed process left (``NAME.partial``) is removed by the next one.

    Parameters
    ----------
    directory
        Where the folder is to stand; its parents are made.
    mark
        A file that a folder of this kind always holds. An existing folder without it is
        somebody else's and is refused. None: any folder is replaced.
    private
        Whether only the owner may open the folder and what is in it.

    Raises
    ------
    DiskError
        ``disk.cannot_write``; ``disk.not_ours``.
    """
    directory = Path(directory)
    partial, old = (directory.with_name(directory.name + ending) for ending in (".partial", ".old"))
    with _told(directory):
        refuse_foreign(directory, mark)
        directory.parent.mkdir(parents=True, exist_ok=True)
        if old.exists() and not directory.exists():
            old.rename(directory)
        _remove(partial, old)
        partial.mkdir(mode=0o700 if private else 0o777)
    try:
        with _told(directory):
            yield partial
            if private:
                _for_owner(partial)
            if directory.exists():
                directory.rename(old)
            partial.rename(directory)
    finally:
        _remove(partial, old)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file whole or not at all, in UTF-8 with line feeds.

    Raises
    ------
    DiskError
        ``disk.cannot_write``.
    """
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(text.encode())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"it can not be written: {(error.strerror or 'the disk refused').lower()}"
        remedy = "free space, mend the permissions, or write elsewhere"
        raise DiskError(Fault("disk.cannot_write", problem, str(path), remedy)) from error


def refuse_foreign(directory: Path, mark: str | None) -> None:
    """Raise ``disk.not_ours`` where something stands that holds no file called ``mark``."""
    if mark is None or not directory.exists():
        return
    if not directory.is_dir() or (any(directory.iterdir()) and not (directory / mark).exists()):
        problem = f"something else stands there: no folder with a '{mark}'"
        raise DiskError(Fault("disk.not_ours", problem, str(directory), "name another folder, or remove it yourself"))


def _for_owner(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _remove(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
