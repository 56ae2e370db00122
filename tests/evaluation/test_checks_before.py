"""What checks before an effect let be said of it: not made, overridden, and what a row of the gate tells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from la_research.evaluation.answer import Case, answers
from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.gate import Gate
from la_research.evaluation.sample import Sample
from la_research.finding import Finding
from la_research.protocol import Hypothesis
from la_research.protocol.designs import DesignSection
from la_research.protocol.support import Override
from la_research.statistics.coefficient import Coefficient
from la_research.wording import lint


def effect_after(*checks: Check, override: Override | None = None) -> Finding:
    """A large effect on 100 students, judged after these checks."""
    estimated = Estimated(Coefficient(5.0, 0.5, 98, 100), "t", "It is an effect.")
    design = Design("any", DesignSection, (), (), lambda s, a: "", lambda s, a: checks, lambda s, a: estimated)
    claim = Hypothesis(id="H1", kind="effect", outcome="mood", direction="positive", smallest_effect=1)
    sample = Sample(pd.DataFrame({"outcome": np.zeros(100)}))
    case = Case(Asked(DesignSection(), claim=claim), "Does it help?", sample)
    return answers(design, [case], override, lambda headlines: dict.fromkeys(headlines, 0.05))[0]


def check(passed: bool | None, **more) -> Check:
    return Check("alike", "WHO-5 is alike", passed, "seen", "they differ", **more)


def test_a_check_that_could_not_be_made_is_told_and_only_a_draw_makes_up_for_it():
    assert effect_after(check(True)).verdict == "supported"
    bare, drawn = effect_after(check(None)), effect_after(check(None, by_draw=True))
    assert (bare.verdict, bare.reason) == ("inconclusive", "opened without the check 'WHO-5 is alike'")
    assert drawn.verdict == "supported"
    for found in (bare, drawn):
        assert any("opened without the check 'WHO-5 is alike'" in text for text in found.limitations)
    assert effect_after(check(None, gates=False)).limitations == ("It is an effect.",)


def test_an_effect_that_somebody_opened_is_inconclusive_whatever_was_found():
    decided = Override(on=date(2025, 1, 2), name="A. Dean", reason="the board asked")
    found = effect_after(check(False), override=decided)
    assert found.verdict == "inconclusive"
    assert found.reason == "it was looked at although a check did not pass: 'WHO-5 is alike'"
    assert any("A. Dean decided so on 2025-01-02" in text for text in found.limitations)


def test_a_row_of_the_gate_says_what_it_would_mean_and_the_gate_uses_our_words():
    row = Gate((check(False),)).finding(Asked(None)).rows[0]
    assert dict(row.keys) == {"check": "alike", "reads": "did not pass", "gates": "yes", "if not": "they differ"}
    assert lint(" ".join(Gate((check(None),)).finding(Asked(None)).limitations)) == []
