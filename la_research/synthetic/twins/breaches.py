"""Students of a twin who break the rule of the trial or the order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.cohort import Cohort
from la_research.schema import ACTIVITY_SOURCES
from la_research.synthetic.twins.design import Trial, consent_by, course_name


@dataclass(frozen=True)
class Rule:
    """Below how many actions in the week of the look a student of a course is eligible, as the extract shows it."""

    trial: Trial
    below: dict[str, float]


def read_rule(cohort: Cohort, trial: Trial) -> Rule:
    """The cut-off of each course that the draws of a cohort obey best, and the highest of these.

    A student who was drawn should be below it, a student who gave every consent, was still
    registered and was not drawn should not. Students on several modules are left out, as the
    cohort does not say on which of them the look was.
    """
    rows = _looked_at(cohort, trial)
    free = rows["consented"] & rows["stayed"] & ~rows["drawn"]
    below = {}
    for course, here in rows.groupby("course"):
        drawn = np.sort(here.loc[here["drawn"], "actions"].to_numpy())
        others = np.sort(here.loc[free[here.index], "actions"].to_numpy())
        tried = np.unique(np.concatenate([drawn + 1, others, [0.0]]))
        wrong = (len(drawn) - np.searchsorted(drawn, tried)) + np.searchsorted(others, tried)
        below[str(course)] = float(tried[wrong == wrong.min()].max())
    return Rule(trial, below)


def rule_breaches(cohort: Cohort, rule: Rule) -> tuple[int, int]:
    """Students drawn or contacted who were not eligible, and how many were drawn or contacted at all.

    Eligible is who did less than the rule's cut-off in the week of the look and had said
    yes to a contact by its last day.
    """
    rows = _looked_at(cohort, rule.trial)
    log = cohort.frame("contacts")
    chosen = rows[rows["drawn"] | rows.index.isin(log.loc[log["step"] == "sent", "student_id"])]
    eligible = (chosen["actions"] < chosen["course"].map(rule.below)) & chosen["contact"]
    return int((~eligible).sum()), len(chosen)


def order_breaches(cohort: Cohort, trial: Trial) -> tuple[int, int]:
    """Students for whom something came before what it needs, and the students in all.

    Talked without or before a message sent; sent before the look, or to who was not drawn
    for it; drawn after leaving; actions or classes in a week that began after leaving; work
    handed in after leaving.
    """
    enrolments = cohort.frame("enrolments")
    owner = enrolments.set_index("enrolment_id")["student_id"]
    broken = _contacts_out_of_order(cohort, trial)
    calendar = cohort.frame("calendar").dropna(subset=["week"])
    begins = calendar.groupby(["presentation", "week"])["day"].min().rename("begins").reset_index()
    left = enrolments.dropna(subset=["end"])[["enrolment_id", "presentation", "end"]]
    for name in ("activity", "attendance"):
        rows = cohort.frame(name)
        done = rows[rows["count" if name == "activity" else "attended"] > 0].merge(left, on="enrolment_id")
        late = done.merge(begins, on=["presentation", "week"])
        broken |= set(owner[late.loc[late["begins"] > late["end"], "enrolment_id"]])
    work = cohort.frame("assessments").merge(left, on="enrolment_id")
    broken |= set(owner[work.loc[work["submitted_day"] > work["end"], "enrolment_id"]])
    return len(broken), len(cohort.frame("students"))


def _contacts_out_of_order(cohort: Cohort, trial: Trial) -> set[str]:
    log = cohort.frame("contacts")
    first = log.groupby(["student_id", "step"])["at"].min().unstack()
    first = first.reindex(columns=["sent", "talked"]).astype(float)
    rows = _looked_at(cohort, trial, everyone=True)
    look, drawn = rows["look"].reindex(first.index), rows["drawn"].reindex(first.index, fill_value=False)
    sent, talked = first["sent"], first["talked"]
    wrong = (talked.notna() & ~(talked >= sent)) | (sent < look) | (sent.notna() & ~drawn)
    return set(first.index[wrong]) | set(rows.index[rows["drawn"] & ~rows["stayed"]])


def _looked_at(cohort: Cohort, trial: Trial, *, everyone: bool = False) -> pd.DataFrame:
    """By student on one module (or on the first, where ``everyone``): what the look saw, consent, and who was drawn."""
    rows = cohort.frame("enrolments")
    alone = rows["student_id"].map(rows["student_id"].value_counts()) == 1
    rows = (rows.drop_duplicates("student_id") if everyone else rows[alone]).set_index("student_id")
    calendar = cohort.frame("calendar")
    days = calendar[calendar["week"] == trial.week].groupby("presentation")["day"].max()
    activity = cohort.frame("activity")
    activity = activity[activity["source"].isin(ACTIVITY_SOURCES)]
    actions = activity[activity["week"] == trial.week].groupby("enrolment_id")["count"].sum()
    drawn = cohort.frame("assignments")
    look = rows["presentation"].map(days)
    consent = consent_by(cohort, rows, look)
    return pd.DataFrame(
        {
            "course": course_name(rows),
            "actions": rows["enrolment_id"].map(actions).fillna(0).astype(float),
            "look": look,
            "stayed": ~(rows["end"] <= look),
            "contact": consent["contact"],
            "consented": consent.all(axis=1),
            "drawn": rows.index.isin(drawn.loc[drawn["trial"] == trial.name, "student_id"]),
        },
        index=rows.index,
    )
