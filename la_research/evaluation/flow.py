"""Who was assessed, drawn, contacted, lost and analysed: the numbers of a CONSORT flow diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from la_research.disclosure import tells_few
from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import few, share_row
from la_research.finding import Estimate, Finding, Key, Row

NAME, QUESTION = "evaluation.flow", "What became of the students, from the first look to the analysis?"
SHORT = "Received is a message that was sent, or any later step in the log; lost is an outcome that is not known."


def flow_findings(ground: Ground) -> list[Finding]:
    """``evaluation.flow``, where a trial is registered and students were drawn.

    Rows: "assessed" and "not drawn" (students of the study), "drawn" by arm, "received" by arm (share), and for each
    hypothesis "analysed" and "lost" by arm. A student drawn at several looks counts once, at the first. A number from
    which a small one could be worked out is not shown either.

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
    outcomes = list(_outcomes(ground, drawn["arm"]))
    hide = any(row.verdict == "suppressed" for row in outcomes)
    rows = (*_assessed(ground, len(drawn), hide), *_arms(ground, drawn["arm"], hide), *outcomes)
    return [Finding(NAME, QUESTION, "described", None if hide else _count(len(drawn)), rows, limitations=(SHORT,))]


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
        known = ground.outcome(claim).reindex(arms.index).notna()
        counts = known.groupby(arms, sort=True).agg(["sum", "size"])
        hide = any(tells_few(int(part), int(whole), ground.minimum) for part, whole in counts.itertuples(index=False))
        for arm, part, whole in counts.itertuples():
            for what, n in (("analysed", int(part)), ("lost", int(whole - part))):
                keys = {"what": what, "hypothesis": claim.id, "arm": str(arm)}
                yield _hidden(keys, n, hide, ground.minimum)
