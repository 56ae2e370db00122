"""A YAML document as text with line numbers: every scalar stays text until the model types it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from la_research.errors import Fault

Path = tuple[str | int, ...]
UNTAGGED = ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
"""What YAML takes a node without a tag for."""
DEEPEST = 32
"""Levels of nesting that are read; a protocol has six."""
OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


@dataclass(frozen=True)
class Tree:
    """Mappings, lists and text of a document, and the file and line of every key.

    ``value`` holds ``dict``, ``list``, ``str`` and None (an empty scalar); ``lines`` gives
    (file, line) for each path of keys.
    """

    value: dict[str, Any]
    lines: Mapping[Path, tuple[str, int]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    whole: bool = True
    """False where the document could not be read at all, so that nothing else can be said of it."""

    def where(self, path: Path) -> str:
        """File, line and key of a path, or of the nearest parent that stands in the document."""
        dotted = ".".join(str(step) for step in path)
        for cut in range(len(path), -1, -1):
            if path[:cut] in self.lines:
                file, line = self.lines[path[:cut]]
                return f"{file}, line {line}, {dotted}" if dotted else f"{file}, line {line}"
        return dotted or "the document"


def read_tree(text: str, name: str) -> Tree:
    """Parse YAML without typing anything: ``NO``, ``on`` and ``12:30`` stay text.

    Duplicate keys, tags, anchors and anything but a mapping at the top are faults of the tree.

    Examples
    --------
    >>> tree = read_tree("country: NO\\nn: 5\\nn: 6\\n", "protocol.yaml")
    >>> tree.value["country"], tree.faults[0].code
    ('NO', 'protocol.duplicate_key')
    """
    try:
        if refused := _refused(text, name):
            return refused
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark else name
        problem = f"the document is not YAML: {getattr(error, 'problem', None) or 'it can not be read'}"
        return _broken("protocol.not_yaml", problem, where, "mend the line; indent with spaces")
    if not isinstance(node, yaml.MappingNode):
        return _broken(
            "protocol.not_a_mapping", "the document is not a list of 'key: value'", name, "begin with 'format: …'"
        )
    lines: dict[Path, tuple[str, int]] = {(): (name, 1)}
    faults: list[Fault] = []
    value = _plain(node, (), name, lines, faults)
    return Tree(value, lines, tuple(faults))


def _refused(text: str, name: str) -> Tree | None:
    """What is sound YAML and still not read, told from its tokens: PyYAML composes by recursion, once a level."""
    depth = 0
    for token in yaml.scan(text):
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken)):
            return _broken("protocol.anchor", "anchors and aliases are not read", name, "write the value out")
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST:
            where = f"{name}, line {token.start_mark.line + 1}"
            problem = f"the document is nested more than {DEEPEST} levels deep"
            return _broken("protocol.not_yaml", problem, where, "close the brackets that were opened")
    return None


def merged(under: Tree, over: Tree) -> Tree:
    """One tree of two: what ``over`` says wins, mappings are joined key by key."""

    def join(a: Any, b: Any) -> Any:
        if isinstance(a, dict) and isinstance(b, dict):
            return {key: join(a[key], b[key]) if key in a and key in b else {**a, **b}[key] for key in (*a, *b)}
        return b

    return Tree(
        join(under.value, over.value),
        {**under.lines, **over.lines},
        (*under.faults, *over.faults),
        under.whole and over.whole,
    )


def _broken(code: str, problem: str, where: str, remedy: str) -> Tree:
    return Tree({}, {}, (Fault(code, problem, where, remedy),), whole=False)


def _plain(node: yaml.Node, path: Path, name: str, lines: dict[Path, tuple[str, int]], faults: list[Fault]) -> Any:
    lines.setdefault(path, (name, node.start_mark.line + 1))
    here = f"{name}, line {node.start_mark.line + 1}"
    if node.tag.removeprefix("tag:yaml.org,2002:") not in UNTAGGED:
        faults.append(Fault("protocol.tag", "tags are not read", here, "remove the tag, write plain text"))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found:
                faults.append(
                    Fault(
                        "protocol.duplicate_key",
                        f"key '{key}' is given twice",
                        f"{name}, line {line}, {'.'.join(map(str, (*path, key)))}",
                        "keep one of them",
                    )
                )
            lines[(*path, key)] = (name, line)
            found[key] = _plain(value_node, (*path, key), name, lines, faults)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), name, lines, faults) for i, item in enumerate(node.value)]
    empty = isinstance(node, yaml.ScalarNode) and node.style is None and node.value in ("", "~", "null")
    return None if empty else node.value
