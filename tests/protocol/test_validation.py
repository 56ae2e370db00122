"""What a validation registers is refused where no study could use it, before any student is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from la_research.errors import ProtocolError
from la_research.protocol import merged, parse_protocol, read_tree

FOLDER = Path(__file__).resolve().parents[2] / "protocols"
STUDY = (FOLDER / "early-engagement" / "protocol.yaml").read_text(encoding="utf-8")
BAD = {
    "too few splits": ("splits: 10", "splits: 3"),
    "a range turned round": ("sensitivity: [0.70, 0.95]", "sensitivity: [0.95, 0.70]"),
    "an instrument worse than chance": ("specificity: [0.75, 0.95]", "specificity: [0.01, 0.04]"),
    "a claim turned round": ("claim: [4, 6]", "claim: [6, 4]"),
    "a claim of weeks that are not tried": ("claim: [4, 6]", "claim: [9, 10]"),
    "no week": ("weeks: [1, 2, 3, 4, 5, 6, 7, 8]", "weeks: []"),
    "a week twice": ("weeks: [3, 4, 5, 6]", "weeks: [3, 3]"),
    "a share above one": ("score: {cuts: [0.05, 0.1, 0.2]}", "score: {cuts: [5, 0.1]}"),
    "a cut-off of nothing": ("score: {cuts: [0.05, 0.1, 0.2]}", "score: {cuts: [0]}"),
    "a shift beyond every scale": ("shifts: [-20,", "shifts: [1e308,"),
    "a column known twice": ("beforehand: [level,", "beforehand: [level, level,"),
    "a control twice": ("outcomes: [entry_tariff,", "outcomes: [entry_tariff, entry_tariff,"),
    "a group twice": ("  groups: [gender]", "  groups: [gender, gender]"),
}


def parsed(text: str):
    institution = read_tree((FOLDER / "institution.yaml").read_text(encoding="utf-8"), "institution.yaml")
    return parse_protocol(merged(institution, read_tree(text, "protocol.yaml")))


def test_the_shipped_study_is_sound():
    assert parsed(STUDY).validation.splits == 10


@pytest.mark.parametrize("name", BAD)
def test_what_no_study_could_use_is_refused_where_it_stands(name):
    old, new = BAD[name]
    assert old in STUDY
    with pytest.raises(ProtocolError) as found:
        parsed(STUDY.replace(old, new, 1))
    assert len(found.value.faults) == 1
    assert found.value.faults[0].where.startswith("protocol.yaml") or "validation" in found.value.faults[0].where
    assert found.value.faults[0].remedy
