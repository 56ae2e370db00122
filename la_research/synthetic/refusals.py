"""What is wrong with a scenario, in the words of who wrote it: code, place and remedy of each fault."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from la_research.errors import Fault
from la_research.protocol import Section, Tree

CODES = ("cycle", "probabilities")
PROBLEMS = {
    "dict_type": "should give a number to each name, e.g. {{women: 0.2}}",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "greater_than": "should be above {gt:g}",
    "greater_than_equal": "should be {ge:g} or more",
    "int_from_float": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_type": "should be a whole number",
    "less_than": "should be below {lt:g}",
    "less_than_equal": "should be {le:g} or less",
    "literal_error": "should be {expected}",
    "model_type": "should be a section with dials of its own",
    "string_pattern_mismatch": "should be made like {example}",
    "string_too_long": "should have {max_length} letters or fewer",
    "string_type": "should be text",
    "too_long": "should have at most {max_length} entries",
    "too_short": "has fewer entries than the {min_length} it needs",
    "tuple_type": "should be a list, e.g. [2, 4]",
}
"""The faults that pydantic finds, by its own name for them."""
EXAMPLES = {
    "id": "faculty2 (lower-case letters, digits, underscores)",
    "code": "BIO110 (2 to 6 capitals, 2 to 4 digits)",
}


def document_faults(tree: Tree) -> tuple[Fault, ...]:
    """What is wrong with the document itself, whatever it describes."""
    return tuple(replace(fault, code=fault.code.replace("protocol.", "scenario.")) for fault in tree.faults)


def refusals(errors: Sequence[Mapping[str, Any]], tree: Tree, model: type[Section]) -> Iterator[Fault]:
    """The faults that errors of pydantic stand for.

    Parameters
    ----------
    errors
        ``ValidationError.errors()``. A list that is too short because its parts are wrong is not told of.
    tree
        The document, which knows the line of every key.
    model
        What the document should have been; its dials are suggested where a name is unknown.
    """
    places = [tuple(error["loc"]) for error in errors]
    for error, place in zip(errors, places, strict=True):
        inside = any(other[: len(place)] == place != other for other in places)
        if not (error["type"] == "too_short" and inside):
            yield _refusal(error, tree, model)


def _refusal(error: Mapping[str, Any], tree: Tree, model: type[Section]) -> Fault:
    kind, path = error["type"], tuple(step for step in error["loc"] if step != "[key]")
    name, where = ".".join(map(str, path)), tree.where(path)
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(name, list(dials(model)), n=1)
        remedy = f"did you mean '{close[0]}'?" if close else "see synthetic/README.md"
        return Fault("scenario.unknown_dial", f"there is no dial '{name}'", where, remedy)
    if kind == "missing":
        return Fault("scenario.missing_key", f"'{name}' is required and not given", where, f"add '{path[-1]}'")
    if kind == "literal_error" and (error["loc"][-1] == "[key]" or path[-1] == "group"):
        remedy = f"one of: {error['ctx']['expected']}"
        return Fault("scenario.unknown_group", f"'{name}': there is no group '{error['input']}'", where, remedy)
    code = f"scenario.{kind}" if kind in CODES else "scenario.value"
    given = f" ({error['input']})" if isinstance(error["input"], str | int | float) else ""
    return Fault(code, f"'{name}'{given}: {_problem(error, path)}", where, "mend the value")


def _problem(error: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    if error["type"] in PROBLEMS:
        example = EXAMPLES.get(str(path[-1]), "")
        return PROBLEMS[error["type"]].format(**error.get("ctx", {}), example=example)
    return str(error["msg"]).removeprefix("Value error, ")


def dials(model: type[Section]) -> Iterator[str]:
    """Dotted names of all dials of a campus; those of a list of parts once, without their number.

    >>> from la_research.synthetic import Scenario
    >>> [name for name in dials(Scenario) if name.startswith(("modules", "coping"))]
    ['modules.code', 'modules.share', 'modules.subject', 'modules.activity', 'coping.reduces', 'coping.works_more']
    """
    for name, field in model.model_fields.items():
        part = next((kind for kind in (field.annotation, *get_args(field.annotation)) if _is_section(kind)), None)
        yield from [f"{name}.{inner}" for inner in dials(part)] if part else [name]


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)
