"""What students say of the support: is it acceptable, would it work, would it help; is it intrusive, is there trust."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import UNKNOWN, share_row
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.intervals import mean_interval

INSTRUMENT, YES = "AFH", 3
"""Name of the survey in ``responses``, answers 0 to 4; from this answer on it is a yes."""
SHARES = {
    1: ("acceptable", "Do students find the support acceptable?"),
    2: ("work", "Do students think that the support would work?"),
    3: ("help", "Do students think that the support would help?"),
}
CHANGES = {
    4: ("intrusive", "Do students find it more intrusive once they were told?"),
    5: ("trust", "Do students trust the university more, or less, once they were told?"),
}
NONE = "the data hold no answers to the survey"
ANSWERED = "Students who answer may think otherwise than those who do not."
STUDENTS = "Only students were asked here; what staff think is not in the data."


def feedback_findings(ground: Ground) -> list[Finding]:
    """``evaluation.feedback.acceptable``, ``.work``, ``.help``, ``.intrusive`` and ``.trust``, where registered.

    The first three: the share who answer 3 or 4 of 0 to 4 in the last wave, in all and by registered group. The other
    two: the mean change from the first wave to the last, of those who answered both.

    References
    ----------
    Freccero et al. (2025): the questions. Likert answers as shares: Wilson (1927), doi:10.1080/01621459.1927.10502953.
    """
    if ground.support.feedback is None:
        return []
    held = ground.cohort.frame("responses")
    held = held[(held["instrument"] == INSTRUMENT) & held["student_id"].isin(ground.students.index)]
    asked = [_share(ground, held, item) for item in SHARES]
    return asked + [_change(ground, held, item) for item in CHANGES]


def _answers(held: pd.DataFrame, item: int) -> pd.DataFrame:
    """Answers to one item, students (index) by wave."""
    return held[held["item"] == item].pivot_table(index="student_id", columns="week", values="value", aggfunc="mean")


def _share(ground: Ground, held: pd.DataFrame, item: int) -> Finding:
    what, question = SHARES[item]
    name, answers = f"evaluation.feedback.{what}", _answers(held, item)
    if answers.empty:
        return not_analysed(name, question, NONE)
    last = answers[answers.columns.max()].dropna()
    whole = share_row({}, int((last >= YES).sum()), len(last), ground.minimum)
    return Finding(
        name,
        question,
        "described" if whole.estimate else "suppressed",
        whole.estimate,
        tuple(_groups(ground, last)),
        limitations=(ANSWERED, STUDENTS),
        reason=whole.reason,
    )


def _groups(ground: Ground, last: pd.Series) -> Iterator[Row]:
    feedback = ground.support.feedback
    for attribute in feedback.groups if feedback else ():
        group = ground.group(attribute).reindex(last.index).fillna(UNKNOWN)
        for name, answers in last.groupby(group, sort=True):
            keys = {"attribute": attribute, "group": str(name)}
            yield share_row(keys, int((answers >= YES).sum()), len(answers), ground.minimum)


def _change(ground: Ground, held: pd.DataFrame, item: int) -> Finding:
    what, question = CHANGES[item]
    name, answers = f"evaluation.feedback.{what}", _answers(held, item)
    if answers.empty:
        return not_analysed(name, question, NONE)
    if answers.shape[1] < 2:
        return not_analysed(name, question, "the survey was answered in one wave only")
    first, last = answers.columns.min(), answers.columns.max()
    change = (answers[last] - answers[first]).dropna().to_numpy(dtype=float)
    if len(change) < ground.minimum:
        return not_analysed(name, question, f"fewer than {ground.minimum} students answered both times")
    estimate = Estimate(*mean_interval(change), 0.95, "answer steps", len(change), "paired-t")
    limitation = f"From week {first} to week {last}, of answers 0 to 4; other things changed in that time too."
    return Finding(name, question, "described", estimate, limitations=(limitation, ANSWERED, STUDENTS))
