"""Students beside a cut-off in an indicator: its value in the registered week, and who was contacted."""

from __future__ import annotations

import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.covariates import known_before
from la_research.protocol import Hypothesis
from la_research.protocol.designs.rdd import Discontinuity
from la_research.statistics.weeks import by_week

STEP = "sent"
"""Step of a contact that counts as having had it."""


def cut_off(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study whose indicator was observed in the registered week.

    Where consent to contact is required, students who had not given it by the end of that week were
    never eligible, and are left out.

    ``treatment`` is whether the log of contacts says that one of the registered trial was sent.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    settings = ground.support.design
    assert isinstance(settings, Discontinuity)
    if settings.running is None:
        return "no indicator that the cut-off reads is registered ('support.design.running')"
    week = settings.week or ground.protocol.population.index_week
    running = _in_week(ground, settings.running, week)
    if running is None:
        return f"'{settings.running}' was not observed in week {week}"
    sent = ground.contacts[ground.contacts["step"] == STEP]
    if ground.support.trial is not None:
        sent = sent[sent["rule"] == ground.support.trial]
    if sent.empty:
        return "the log of contacts holds none that was sent to a student of the study"
    looked = _eligible(ground, week)
    given = known_before(ground, claim, looked)
    rows = pd.DataFrame(
        {
            "unit": looked.index,
            "running": running.reindex(looked.index),
            "treatment": looked.index.isin(sent["student_id"]).astype(float),
            "outcome": ground.outcome(claim).reindex(looked.index),
        },
        index=looked.index,
    ).join(given)
    rows = rows[rows["running"].notna()].reset_index(drop=True)
    outcome = ground.protocol.outcome(claim.outcome)
    words = {
        "outcome": outcome.label or outcome.id.replace("_", " "),
        "running": f"{settings.running.replace('_', ' ')} in week {week}",
    }
    return Sample(rows, tuple(given.columns), words, ground.unit(claim), ground.minimum, ground.protocol.seed)


def _eligible(ground: Ground, week: int) -> pd.DataFrame:
    """Students who could be contacted at the end of a week: presentation, module, week."""
    students = ground.students.assign(week=week)
    if ground.protocol.consent.contact != "required":
        return students
    calendar = ground.cohort.frame("calendar")
    ends = calendar[calendar["week"] == week].groupby("presentation")["day"].max()
    said = ground.cohort.frame("consent").sort_values("from_day", kind="stable")
    said = said[(said["flag"] == "contact") & (said["from_day"] <= said["presentation"].map(ends))]
    last = said.groupby("student_id")["given"].last()
    return students[last.reindex(students.index).eq(True)]


def _in_week(ground: Ground, indicator: str, week: int) -> pd.Series | None:
    """The indicator as it is, by student: the mean over a student's units; None where nobody was observed."""
    wide = by_week(ground.indicators(indicator), indicator)
    if week not in wide:
        return None
    student = ground.enrolments.drop_duplicates("unit_id").set_index("unit_id")["student_id"]
    return wide[week].groupby(student.reindex(wide.index).to_numpy()).mean()
