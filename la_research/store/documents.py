"""The small documents of a study as trees: where they stand, and whether their format is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from la_research.errors import Fault, LaResearchError, ProtocolError
from la_research.protocol import Tree, read_tree


def file_of(path: str | Path, name: str) -> Path:
    """The named file of a study, which is given as its folder or as its protocol's file."""
    path = Path(path)
    if path.is_dir():
        return path / name
    return path if name == "protocol.yaml" else path.with_name(name)


def tree_of(file: Path, error: type[LaResearchError] = ProtocolError) -> Tree:
    """A YAML file as a tree; a file that is absent or no text is an error of the given class."""
    area = error.__name__.removesuffix("Error").lower()
    try:
        return read_tree(file.read_text(encoding="utf-8-sig"), str(file))
    except OSError as cause:
        remedy = "check the path; a study is a folder with a protocol.yaml"
        raise error(Fault(f"{area}.not_found", "the file can not be read", str(file), remedy)) from cause
    except UnicodeDecodeError as cause:
        raise error(Fault(f"{area}.not_text", "the file is not UTF-8 text", str(file), "save it as UTF-8")) from cause


def format_faults(tree: Tree, kind: str, keys: set[str]) -> Iterator[Fault]:
    """Faults of a small document beside the protocol: its format, and keys it does not have."""
    if not tree.whole:
        return
    found, _, version = str(tree.value.get("format") or "").partition("/")
    if found == kind and version.isdigit() and int(version) > 1:
        problem = f"the document is {kind}/{version}, and this version reads {kind}/1"
        yield Fault("protocol.newer_format", problem, tree.where(("format",)), "install a newer la_research")
    elif (found, version) != (kind, "1"):
        problem = "the document does not say which format it is"
        yield Fault("protocol.format", problem, tree.where(("format",)), f"begin with 'format: {kind}/1'")
    for key in tree.value:
        if key not in keys:
            remedy = f"known here: {', '.join(sorted(keys))}"
            yield Fault("protocol.unknown_key", f"key '{key}' is not known here", tree.where((key,)), remedy)
