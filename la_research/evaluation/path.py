"""What became of the contacts, from suggested to supported, and whether they went as they should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from la_research.cohort import Cohort
from la_research.disclosure import tells_few
from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import UNKNOWN, few, share_row, told_beside
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.schema import TABLES
from la_research.statistics.intervals import mean_interval

Reached = Mapping[str, set[str]]
STEPS = TABLES["contacts"].column("step").values
CHAIN = ("suggested", "sent", "opened", "talked", "agreed", "supported")
"""Steps that follow one another; "supported" is the use of a service after having agreed."""
QUESTION = "How far did the contacts get?"
NOT_LOGGED = "A step that is not in the log may still have happened."
WITHOUT = (
    "A contact without consent, or without a code that allows it, is an error of who made it or of the log, not of the "
    "student."
)


def contact_path(cohort: Cohort, trial: Trial, minimum: int) -> Finding:
    """How many students of the contact arm reached each step that the log holds.

    The headline is the number drawn for the contact. A student counts once a step, and a
    student may have several steps.
    """
    log = _log_of(cohort, trial)
    reached = log[log["arm"] == trial.arm].groupby("step")["student_id"].nunique()
    others = bool((log["arm"] == trial.control).any())
    return Finding(
        "evaluation.path",
        QUESTION,
        "described",
        _count(int(trial.treated.sum())),
        _steps(reached, int(trial.treated.sum()), minimum),
        assumptions=(
            Assumption(
                f"No student drawn for '{trial.control}' was contacted",
                not others,
                f"the log holds {'' if others else 'no '}contacts of students of that arm",
            ),
        ),
        limitations=(NOT_LOGGED,),
    )


def path_by_arm(cohort: Cohort, trial: Trial, minimum: int) -> list[Finding]:
    """``evaluation.path.arm``, where several arms had a contact: of those drawn for each, the share at each step."""
    if len(trial.supported) < 2:
        return []
    log, drawn = _log_of(cohort, trial), trial.students["arm"].value_counts()
    reached = log.groupby(["arm", "step"])["student_id"].nunique()
    rows = tuple(
        share_row({"what": step, "arm": arm}, int(reached.get((arm, step), 0)), int(drawn[arm]), minimum)
        for arm in trial.supported
        for step in STEPS
        if step in set(log["step"])
    )
    question = "Of the students drawn for each arm, how many came to each step?"
    return [Finding("evaluation.path.arm", question, "described", rows=rows, limitations=(NOT_LOGGED,))]


def _log_of(cohort: Cohort, trial: Trial) -> pd.DataFrame:
    """The log of contacts of the students drawn, with the arm of each."""
    arms = trial.students.reset_index()[["student_id", "presentation", "arm"]]
    return cohort.frame("contacts").merge(arms, on=["student_id", "presentation"])


def _steps(reached: pd.Series, whole: int, minimum: int) -> tuple[Row, ...]:
    """Students by step; none that would tell of a few beside all, or beside a step before."""
    counts = {step: int(reached[step]) for step in STEPS if step in reached}
    told = told_beside([whole, *counts.values()], minimum)[1:]
    return tuple(
        Row({"what": "step", "step": step}, _count(n))
        if shown
        else Row({"what": "step", "step": step}, None, "suppressed", few(minimum))
        for (step, n), shown in zip(counts.items(), told, strict=True)
    )


def _count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def path_findings(ground: Ground) -> list[Finding]:
    """What is asked of the contacts where ``support.path`` is registered, whatever the design.

    ``evaluation.path`` (students by step; of a trial of single students ``contact_path`` gives it), ``.path.drop_off``
    (share of the step before, and minutes), ``.path.ATTRIBUTE`` (the same by registered group),
    ``.path.consent``, ``.path.second_source`` and ``.path.escalation``, each where registered.
    """
    path = ground.support.path
    if path is None:
        return []
    reached = _reached(ground)
    if not reached["suggested"] and not reached["sent"]:
        return [not_analysed("evaluation.path.drop_off", "Where do contacts end?", "the log holds no contact")]
    found = [] if _told_by_the_trial(ground) else [_whole(ground)]
    found.append(_drop_off(ground, reached))
    found += [_by_group(ground, reached, attribute) for attribute in path.groups]
    found.append(_consent(ground))
    if path.second_source:
        found.append(
            not_analysed(
                "evaluation.path.second_source",
                "Was another source looked at before each contact?",
                "the log does not say",
            )
        )
    return [*found, *([_escalation(ground, path.crisis_days)] if path.crisis_days is not None else [])]


def _told_by_the_trial(ground: Ground) -> bool:
    return ground.support.design.kind == "randomised" and ground.support.trial is not None and not ground.trial.reason


def _whole(ground: Ground) -> Finding:
    reached = ground.contacts.groupby("step")["student_id"].nunique()
    students = int(ground.contacts["student_id"].nunique())
    return Finding(
        "evaluation.path",
        QUESTION,
        "described",
        _count(students),
        _steps(reached, students, ground.minimum),
        limitations=(NOT_LOGGED,),
    )


def _reached(ground: Ground) -> Reached:
    """Students who reached each step of the chain; a later step counts for those before it, but for "supported"."""
    log = ground.contacts
    at = {step: set(log.loc[log["step"] == step, "student_id"]) for step in CHAIN[:-1]}
    for earlier, later in zip(reversed(CHAIN[:-2]), reversed(CHAIN[1:-1]), strict=True):
        at[earlier] |= at[later]
    at["supported"] = at["agreed"] & _served(ground)
    return at


def _served(ground: Ground) -> set[str]:
    """Students who used a service in the week in which they agreed to something, or later."""
    agreed = ground.contacts[ground.contacts["step"] == "agreed"]
    calendar = ground.cohort.frame("calendar").dropna(subset="week")
    ends = calendar.groupby(["presentation", "week"])["day"].max().rename("last_day").reset_index()
    used = ground.cohort.frame("services").merge(ends, on=["presentation", "week"])
    both = used.merge(agreed[["student_id", "presentation", "at"]], on=["student_id", "presentation"])
    return set(both.loc[both["last_day"] >= both["at"], "student_id"])


def _went_on(reached: Reached, among: set[str], minimum: int, keys: Mapping[str, Key]) -> Iterator[Row]:
    """For each step after the first, the share of who reached the step before; hidden too where n tells of a few."""
    told = False
    for before, step in pairwise(CHAIN):
        whole = reached[before] & among
        part = len(reached[step] & whole)
        row = share_row({"what": step, **keys}, part, len(whole), minimum)
        yield Row(row.keys, None, "suppressed", few(minimum)) if told and row.estimate else row
        told = tells_few(part, len(whole), minimum)


def _drop_off(ground: Ground, reached: Reached) -> Finding:
    return Finding(
        "evaluation.path.drop_off",
        "Of the students who reached a step, how many went on to the next?",
        "described",
        rows=tuple(_went_on(reached, reached["suggested"], ground.minimum, {})),
        limitations=(NOT_LOGGED, "A service used after a contact may have been used without it."),
    )


def _by_group(ground: Ground, reached: Reached, attribute: str) -> Finding:
    group = ground.group(attribute).fillna(UNKNOWN)
    rows = [
        row
        for name, students in group.groupby(group, sort=True)
        for row in _went_on(reached, set(students.index), ground.minimum, {attribute: str(name)})
    ]
    return Finding(
        f"evaluation.path.{attribute}",
        "Do contacts end elsewhere for some groups of students?",
        "described",
        rows=tuple(rows),
        limitations=("A gap is about how contacts are made, not about the group.", NOT_LOGGED),
    )


def _consent(ground: Ground) -> Finding:
    """Share of the students contacted who were so without consent on its day, and without a code that allows it."""
    name, question = "evaluation.path.consent", "Was any student contacted without consent, or a code that allows it?"
    if ground.protocol.consent.contact != "required":
        return not_analysed(name, question, "the protocol requires no consent to being contacted")
    path = ground.support.path
    log = ground.contacts[ground.contacts["step"] == "sent"].reset_index(drop=True)
    if len(log) == 0:
        return not_analysed(name, question, "the log holds no contact that was sent")
    allowed = _given(ground, log) | log["rule"].isin(path.exemptions if path else ())
    wrongly, contacted = set(log.loc[~allowed, "student_id"]), log["student_id"].nunique()
    row = share_row({"what": "without consent"}, len(wrongly), contacted, ground.minimum)
    held = Assumption(
        "Every contact had a consent on its day, or a code that allows it",
        not wrongly,
        "none is without" if not wrongly else "some contacts are without",
    )
    hidden = row.estimate is None
    return Finding(
        name,
        question,
        "suppressed" if hidden else "described",
        row.estimate,
        assumptions=(held,),
        limitations=(WITHOUT,),
        reason=f"there are some; {few(ground.minimum)}" if hidden and wrongly else row.reason,
    )


def _given(ground: Ground, log: pd.DataFrame) -> pd.Series:
    """Whether the last decision on being contacted, up to the day of each contact, says yes."""
    asked = ground.cohort.frame("consent")
    asked = asked[asked["flag"] == "contact"]
    rows = log.reset_index().merge(asked, on=["student_id", "presentation"])
    rows = rows[rows["from_day"] <= rows["at"]].sort_values("from_day", kind="stable")
    return rows.groupby("index")["given"].last().reindex(log.index).eq(True)


def _escalation(ground: Ground, days: float) -> Finding:
    """Days from having talked, or else from the message, to being passed on; the share within the days registered."""
    name, question = "evaluation.path.escalation", "How soon is a student in a crisis passed on?"
    log = ground.contacts.sort_values("at", kind="stable")
    first = log.drop_duplicates(["student_id", "presentation", "step"])
    at = first.pivot(index=["student_id", "presentation"], columns="step", values="at")
    at = at.reindex(columns=["sent", "talked", "escalated"]).dropna(subset="escalated")
    took = (at["escalated"] - at["talked"].fillna(at["sent"])).dropna().to_numpy(dtype=float)
    if len(took) < ground.minimum:
        return not_analysed(name, question, f"fewer than {ground.minimum} students were passed on")
    inside = int((took <= days).sum())
    row = share_row({"what": "in time"}, inside, len(took), ground.minimum)
    mean = Estimate(*mean_interval(took), 0.95, "days", len(took), "mean-t")
    return Finding(
        name,
        question,
        "described",
        mean,
        (row,),
        limitations=(f"In time is within {days:g} days.", "Only students who were passed on are counted."),
    )
