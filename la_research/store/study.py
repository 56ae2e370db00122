"""A study's protocol with what its institution answers, and the deviations told beside it."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from la_research.errors import Fault, ProtocolError
from la_research.evidence import Deviation
from la_research.protocol import Protocol, Tree, merged, parse_protocol
from la_research.store.documents import file_of, format_faults, tree_of

INHERITED = ("institution", "roles", "governance")
"""Sections that a university answers once, in ``institution.yaml`` beside its studies."""


def load_protocol(path: str | Path) -> Protocol:
    """The registered study of a folder or file, with what its institution answers for all studies.

    Names of indicators and estimators are checked together with everything else.

    Parameters
    ----------
    path
        A study's folder, or its ``protocol.yaml``.

    Raises
    ------
    ProtocolError
        All faults at once; ``protocol.not_found`` where there is no such file.

    Examples
    --------
    >>> load_protocol("protocols/early-engagement").outcome("low_mood_8").instrument
    'PHQ-8'
    """
    return parse_protocol(read_study(path), known_names())


def known_names() -> dict[str, Sequence[str]]:
    """Names that a protocol may use and that live in the rooms above it: indicators, estimators."""
    from la_research.indicators.registry import INDICATORS
    from la_research.models import ESTIMATORS

    return {"indicators": tuple(INDICATORS), "estimators": tuple(ESTIMATORS)}


def read_study(path: str | Path) -> Tree:
    """The protocol's document over the institution's; what the study says wins."""
    file = file_of(path, "protocol.yaml")
    study = tree_of(file)
    institution = Path(os.path.normpath(file.parent / ".." / "institution.yaml"))
    if not institution.is_file():
        return study
    above = tree_of(institution)
    faults = (*above.faults, *format_faults(above, "la_research.institution", {"format", *INHERITED}))
    inherited = {key: value for key, value in above.value.items() if key in INHERITED}
    return merged(Tree(inherited, above.lines, faults), study)


def load_deviations(path: str | Path) -> tuple[Deviation, ...]:
    """Departures from the protocol that the researcher told; none where there is no file.

    Raises
    ------
    ProtocolError
        ``protocol.deviation`` for an entry without one of its five keys or with a wrong date.
    """
    file = file_of(path, "deviations.yaml")
    if not file.is_file():
        return ()
    tree = tree_of(file)
    faults = [*tree.faults, *format_faults(tree, "la_research.deviations", {"format", "deviations"})]
    entries = tree.value.get("deviations") or []
    faults += [fault for i, entry in enumerate(entries) for fault in _deviation_faults(entry, i, tree)]
    ProtocolError.raise_if(faults)
    return tuple(Deviation(**{key: " ".join(value.split()) for key, value in entry.items()}) for entry in entries)


def _deviation_faults(entry: Any, i: int, tree: Tree) -> Iterator[Fault]:
    wanted = ("id", "date", "what", "why", "effect")
    remedy = f"write {', '.join(wanted)}, each with text"
    if not isinstance(entry, dict) or set(entry) != set(wanted) or not all(isinstance(v, str) for v in entry.values()):
        problem = "a deviation has other keys than its five, or one without text"
        yield Fault("protocol.deviation", problem, tree.where(("deviations", i)), remedy)
        return
    try:
        datetime.date.fromisoformat(entry["date"])
    except ValueError:
        problem = "the date of a deviation is not written as year-month-day"
        yield Fault("protocol.deviation", problem, tree.where(("deviations", i, "date")), "write e.g. 2025-10-31")
