"""Who was assessed, drawn, contacted, lost and analysed: the numbers of a CONSORT flow diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from la_research.disclosure import tells_few
from la_research.evaluation.design import Asked
from la_research.evaluation.designs.stepped_wedge import settled
from la_research.evaluation.ground import Ground
from la_research.evaluation.samples import SAMPLES
from la_research.evaluation.shares import few, share_row
from la_research.evaluation.trial import BY_LOT
from la_research.finding import Estimate, Finding, Key, Row
from la_research.protocol import Hypothesis

NAME, QUESTION = "evaluation.flow", "What became of the students, from the first look to the analysis?"
SHORT = "Received is a message that was sent, or any later step in the log; lost is an outcome that is not known."
AT_TIMES = (
    "Analysed is a student whose outcome is known at one or more of the times that the effect rests on; lost, at none."
)
ANEW = (
    "Each student was drawn anew at each time, so that nobody belongs to an arm: students are counted in all together."
)
EVERY = "every arm"


def flow_findings(ground: Ground) -> list[Finding]:
    """``evaluation.flow``, where a trial is registered and students were drawn.

    Rows: "assessed" and "not drawn" (students of the study), "drawn" by arm, "received" by arm (share), and for each
    hypothesis "analysed" and "lost" by arm: whether the design's own sample knows the outcome. A student drawn at
    several looks counts once, at the first; of a design that draws anew at each time the arm reads "every arm". A
    number from which a small one could be worked out is not shown either.

    References
    ----------
    Hopewell et al. (2025), CONSORT 2025 statement, doi:10.1136/bmj-2024-081123.
    """
    if ground.support.trial is None:
        return []
    drawn = ground.assignments.sort_values(["student_id", "week"]).drop_duplicates("student_id")
    drawn = drawn.set_index("student_id")
    if drawn.empty:
        return []
    anew = ground.support.design.kind == "micro_randomised"
    arms = pd.Series(EVERY, index=drawn.index) if anew else drawn["arm"]
    outcomes = list(_outcomes(ground, arms))
    hide = any(row.verdict == "suppressed" for row in outcomes)
    rows = (*_assessed(ground, len(drawn), hide), *_arms(ground, arms, hide), *outcomes)
    once = ground.support.design.kind in BY_LOT
    told = (SHORT, *(() if once else (AT_TIMES,)), *((ANEW,) if anew else ()))
    return [Finding(NAME, QUESTION, "described", None if hide else _count(len(drawn)), rows, limitations=told)]


def _count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def _hidden(keys: Mapping[str, Key], n: int, hide: bool, minimum: int) -> Row:
    return Row(keys, None, "suppressed", few(minimum)) if hide else Row(keys, _count(n))


def _assessed(ground: Ground, drawn: int, hide: bool) -> Iterator[Row]:
    """The students of the study, and those of them for whom nothing was drawn."""
    everyone = len(ground.students)
    few_apart = tells_few(everyone - drawn, everyone, ground.minimum)
    yield _hidden({"what": "assessed"}, everyone, few_apart, ground.minimum)
    yield _hidden({"what": "not drawn"}, everyone - drawn, hide or few_apart, ground.minimum)


def _arms(ground: Ground, arms: pd.Series, hide: bool) -> Iterator[Row]:
    """Students drawn by arm, and the share of them to whom the contact came.

    Neither is told where the n of an effect beside it would then tell how few are lost.
    """
    log = ground.contacts
    received = set(log.loc[log["step"] != "suggested", "student_id"])
    for arm, students in arms.groupby(arms, sort=True):
        yield _hidden({"what": "drawn", "arm": str(arm)}, len(students), hide, ground.minimum)
    for arm, students in arms.groupby(arms, sort=True):
        here = int(students.index.isin(received).sum())
        row = share_row({"what": "received", "arm": str(arm)}, here, len(students), ground.minimum)
        yield Row(row.keys, None, "suppressed", few(ground.minimum)) if hide else row


def _outcomes(ground: Ground, arms: pd.Series) -> Iterator[Row]:
    """For each hypothesis, students whose outcome is known, and those whose outcome is not, by arm."""
    for claim in ground.claims:
        found = _known(ground, claim)
        if isinstance(found, str):
            yield Row({"what": "analysed", "hypothesis": claim.id}, None, "not analysed", found)
            continue
        known = found.reindex(arms.index, fill_value=False)
        counts = known.groupby(arms, sort=True).agg(["sum", "size"])
        hide = any(tells_few(int(part), int(whole), ground.minimum) for part, whole in counts.itertuples(index=False))
        for arm, part, whole in counts.itertuples():
            for what, n in (("analysed", int(part)), ("lost", int(whole - part))):
                keys = {"what": what, "hypothesis": claim.id, "arm": str(arm)}
                yield _hidden(keys, n, hide, ground.minimum)


def _known(ground: Ground, claim: Hypothesis) -> pd.Series | str:
    """Whether the design knows an outcome of each student, at any time it may read; or why it has no sample."""
    kind = ground.support.design.kind
    if kind in BY_LOT:
        return ground.outcome(claim).notna()
    sample = SAMPLES[kind](ground, claim)
    if isinstance(sample, str):
        return sample
    if kind == "stepped_wedge":
        sample = settled(sample, Asked(ground.support.design))
    here = sample.rows["known"].astype(bool)
    if "available" in sample:
        here &= sample.rows["available"] == 1
    return here.groupby(sample.rows["unit"]).any()
