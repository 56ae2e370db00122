"""From a document to a Protocol, or to all of its faults at once."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from la_research.errors import Fault, ProtocolError
from la_research.protocol.designs import KINDS
from la_research.protocol.document import Path, Tree
from la_research.protocol.rules import RULES
from la_research.protocol.section import LEVELS, Level, Section
from la_research.protocol.study import Protocol

FORMAT = "la_research.protocol"


def parse_protocol(tree: Tree, known: Mapping[str, Collection[str]] | None = None) -> Protocol:
    """The protocol that a document describes.

    Parameters
    ----------
    tree
        The document, with what it inherits already merged.
    known
        Names that live in higher rooms: ``indicators`` and ``estimators``. Left out, they
        are not checked.

    Raises
    ------
    ProtocolError
        Every fault of the document: unknown and duplicate keys, wrong types, names that
        nothing answers to, rules between sections, and answers that the data level owes.
    """
    if not tree.whole:
        raise ProtocolError(*tree.faults)
    sections, faults = _sections(tree)
    faults += _broken_rules(sections, tree)
    faults += _unknown_names(sections, tree, known or {})
    ProtocolError.raise_if((*tree.faults, *faults))
    protocol = Protocol.model_validate(tree.value)
    ProtocolError.raise_if(owed(protocol, protocol.data, tree))
    return protocol


def owed(protocol: Protocol, level: Level, tree: Tree | None = None) -> list[Fault]:
    """What data of a level still owe, one fault each: answers, and what the level's own rules ask."""
    document = tree or Tree({})
    where = document.where
    unanswered = [
        Fault(
            "protocol.owed",
            f"'{'.'.join(path)}' is not answered, and {level} data need it",
            where(path),
            "answer it in protocol.yaml, or once for all studies in institution.yaml",
        )
        for path in protocol.unanswered(level)
    ]
    sections = {name: getattr(protocol, name) for name in Protocol.model_fields}
    return [*unanswered, *_broken_rules({**sections, "data": level}, document)]


def _sections(tree: Tree) -> tuple[dict[str, Any], list[Fault]]:
    sound: dict[str, Any] = {}
    faults = _format_faults(tree)
    for key in tree.value:
        if key not in Protocol.model_fields:
            faults.append(_unknown_key((key,), Protocol, tree))
    for name, info in Protocol.model_fields.items():
        if name == "format":
            continue
        if name not in tree.value:
            if info.is_required():
                faults.append(_missing((name,), tree))
            else:
                sound[name] = info.get_default()
            continue
        try:
            sound[name] = _adapter(info).validate_python(tree.value[name])
        except ValidationError as error:
            faults += [_fault(item, name, tree) for item in error.errors(include_url=False)]
    return sound, faults


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    annotated: Any = Annotated[(info.annotation, info)]
    return TypeAdapter(annotated)


def _format_faults(tree: Tree) -> list[Fault]:
    kind, _, version = str(tree.value.get("format") or "").partition("/")
    if kind == FORMAT and version.isdigit() and int(version) > 1:
        return [
            Fault(
                "protocol.newer_format",
                f"the document is {kind}/{version}, and this version reads {FORMAT}/1",
                tree.where(("format",)),
                "install a newer la_research",
            )
        ]
    if (kind, version) != (FORMAT, "1"):
        return [
            Fault(
                "protocol.format",
                "the document does not say which format it is",
                tree.where(("format",)),
                f"begin with 'format: {FORMAT}/1'",
            )
        ]
    return []


def _fault(error: Any, section: str, tree: Tree) -> Fault:
    path = _as_written((section, *(step for step in error["loc"] if step != "[key]")))
    kind = error["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _unknown_kind(path, error, tree)
    if kind == "extra_forbidden":
        return _unknown_key(path, _model_at(path, tree), tree)
    if kind == "missing":
        return _missing(path, tree)
    if path[-1] == "minimum_group_size" and kind == "greater_than_equal":
        return Fault(
            "protocol.min_group_size",
            f"value {error['input']} in 'minimum_group_size' is below the floor of 10",
            tree.where(path),
            "raise it to 10 or more",
        )
    message = str(error["msg"]).removeprefix("Value error, ")
    shown = f" ('{error['input']}')" if isinstance(error["input"], (str, int, float)) else ""
    return Fault(
        "protocol.value",
        f"'{path[-1]}'{shown}: {message[0].lower()}{message[1:]}",
        tree.where(path),
        "write a value of the kind named",
    )


def _as_written(path: Path) -> Path:
    """The path as the document has it: without the kind that was chosen among several."""
    return tuple(step for i, step in enumerate(path) if not (path[:i] == ("support", "design") and step in KINDS))


def _unknown_kind(path: Path, error: Any, tree: Tree) -> Fault:
    known = ", ".join(KINDS)
    given = error["input"].get("kind") if isinstance(error["input"], dict) else None
    problem = f"there is no design of the kind '{given}'" if given else "the design does not say of which kind it is"
    return Fault("protocol.design", problem, tree.where((*path, "kind")), f"write 'kind:' and one of: {known}")


def _missing(path: Path, tree: Tree) -> Fault:
    dotted = ".".join(map(str, path))
    return Fault("protocol.missing_key", f"'{dotted}' is required and not given", tree.where(path), f"add '{path[-1]}'")


def _unknown_key(path: Path, model: type[Section] | None, tree: Tree) -> Fault:
    close = difflib.get_close_matches(str(path[-1]), model.model_fields if model else (), n=1)
    remedy = f"did you mean '{close[0]}'?" if close else "remove it, or look its name up in docs/protocol.md"
    return Fault("protocol.unknown_key", f"key '{path[-1]}' is not known here", tree.where(path), remedy)


def _model_at(path: Path, tree: Tree) -> type[Section] | None:
    """The model whose key the last step of a path should have been."""
    if path[:2] == ("support", "design"):
        return KINDS.get(tree.value["support"]["design"]["kind"])
    model: Any = Protocol
    for step in path[:-1]:
        fields = getattr(model, "model_fields", {})
        if step in fields:
            model = _inner_model(fields[step].annotation)
    return model if isinstance(model, type) and issubclass(model, Section) else None


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _inner_model(arg)) is not None), None)


def _broken_rules(sections: Mapping[str, Any], tree: Tree) -> Iterator[Fault]:
    for rule in RULES:
        needs = inspect.signature(rule).parameters
        if all(name in sections for name in needs):
            for code, problem, path, remedy in rule(*(sections[name] for name in needs)):
                yield Fault(f"protocol.{code}", problem, tree.where(path), remedy)


def _unknown_names(sections: Mapping[str, Any], tree: Tree, known: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    asked: list[tuple[str, str, Path]] = [
        ("indicators", name, ("indicators", name)) for name in sections.get("indicators", {})
    ]
    if "model" in sections:
        asked.append(("estimators", sections["model"].estimator, ("model", "estimator")))
    for kind, name, path in asked:
        if kind in known and name not in known[kind]:
            close = difflib.get_close_matches(name, known[kind], n=1)
            yield Fault(
                f"protocol.unknown_{kind.removesuffix('s')}",
                f"there is no {kind.removesuffix('s')} called '{name}'",
                tree.where(path),
                (f"did you mean '{close[0]}'? " if close else "") + f"known: {', '.join(sorted(known[kind]))}",
            )


__all__ = ["LEVELS", "owed", "parse_protocol"]
