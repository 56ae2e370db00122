"""Who is in the study and who is out, in the order a CONSORT flow tells it."""

from __future__ import annotations

import pandas as pd

from la_research.cohort.cohort import Cohort
from la_research.cohort.feeds import describe_subset, fed, index_days
from la_research.cohort.outcomes import questionnaire_scores
from la_research.disclosure import disclosed, why_hidden
from la_research.errors import CohortError, Fault
from la_research.finding import Estimate, Finding, Findings, Key, Row, not_analysed
from la_research.protocol import Protocol
from la_research.statistics.intervals import wilson

EXCLUSIONS = {
    "module": "on a module that the study does not cover",
    "calendar": "in a presentation without the index week",
    "late": "registered after the index week",
    "left": "left before the end of the index week",
    "model_use": "no consent to the use in a model",
    "research": "no consent to research",
    "taken back": "took a consent back later",
}
"""Reasons in the order they are applied; an enrolment is counted under its first."""
UNIT = ["unit_id", "enrolment_id", "student_id", "module", "presentation"]


def eligible(protocol: Protocol, cohort: Cohort) -> pd.DataFrame:
    """The enrolments that are in the study.

    In are enrolments on a registered module whose student is registered by the end of the
    index week, has not left before it, and whose last decision by then gives every consent
    that the protocol requires. No decision is no consent. Who takes a required consent back
    later, on whatever day, is out of the whole study. An unknown day of registration counts
    as registered from the start.

    Parameters
    ----------
    protocol
        Reads population (unit, modules, index week) and consent.
    cohort
        Reads enrolments, calendar and consent.

    Returns
    -------
    pandas.DataFrame
        unit_id, enrolment_id, student_id, module, presentation; sorted by unit_id and
        enrolment_id. With unit "student" a unit_id may stand on several rows.

    Raises
    ------
    CohortError
        ``cohort.no_student_left`` when nobody is left.
    """
    found = judged(protocol, cohort)
    found = found[found["reason"].isna()]
    if found.empty:
        raise CohortError(
            Fault(
                "cohort.no_student_left",
                "no student is left after eligibility",
                "population and consent in protocol.yaml; enrolments and consent in the cohort",
                "compare modules, index week and required consent with the cohort",
            )
        )
    return found[UNIT].reset_index(drop=True)


def describe_cohort(protocol: Protocol, cohort: Cohort) -> Findings:
    """Who is in and out, which sources were observed, and who answered the questionnaires.

    Returns
    -------
    Findings
        ``cohort.flow`` (units recorded, excluded by reason, analysed), ``cohort.observed``
        (share of eligible enrolments with each source observed through the index week),
        ``cohort.responses`` (share of eligible students who answered in full, by week, where it is not that of a few,
        or of all but a few), and
        ``cohort.SUBSET.population`` for each registered subset (units by presentation).

    References
    ----------
    Hopewell et al. (2025), CONSORT 2025 statement, doi:10.1136/bmj-2024-081123: the flow.
    Wilson (1927), Probable inference, doi:10.1080/01621459.1927.10502953: the intervals.
    """
    units = eligible(protocol, cohort)
    found = [_flow(protocol, cohort), _observed(protocol, cohort, units), _responses(protocol, cohort, units)]
    found += [describe_subset(protocol, cohort, units, subset) for subset in protocol.population.subsets]
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)


def judged(protocol: Protocol, cohort: Cohort) -> pd.DataFrame:
    """Every enrolment of the cohort, in the study or not, and why.

    Returns
    -------
    pandas.DataFrame
        The columns of ``enrolments``; unit_id; index_day, the last day of its index week; reason, the first key of
        ``EXCLUSIONS`` that holds, or None for those in the study. Sorted by unit_id and enrolment_id.
    """
    days = index_days(protocol, cohort)
    rows = cohort.frame("enrolments").join(days, on="presentation")
    modules = protocol.population.modules
    out = {
        "module": ~rows["module"].isin(modules) if modules else pd.Series(False, index=rows.index),
        "calendar": rows["index_day"].isna(),
        "late": rows["start"] > rows["index_day"],
        "left": rows["end"] < rows["index_day"],
    }
    kept = pd.Series(True, index=rows.index)
    decisions = cohort.frame("consent").sort_values("from_day", kind="stable")
    for flag in ("model_use", "research"):
        if getattr(protocol.consent, flag) == "required":
            asked = decisions[decisions["flag"] == flag]
            by_then = asked[asked["from_day"] <= asked["presentation"].map(days)]
            out[flag] = ~_given(rows, by_then)
            kept &= _given(rows, asked)
    out["taken back"] = ~kept
    rows["reason"] = pd.Series(None, index=rows.index, dtype=object)
    for reason, is_out in out.items():
        rows.loc[is_out & rows["reason"].isna(), "reason"] = reason
    rows["unit_id"] = rows["student_id" if protocol.population.unit == "student" else "enrolment_id"]
    return rows.sort_values(["unit_id", "enrolment_id"], ignore_index=True)


def _given(rows: pd.DataFrame, decisions: pd.DataFrame) -> pd.Series:
    """Whether the last of the decisions, which are in the order of their days, says yes; none says no."""
    keys = ["student_id", "presentation"]
    last = decisions.drop_duplicates(keys, keep="last")
    answers = rows[keys].merge(last[[*keys, "given"]], on=keys, how="left")["given"]
    return pd.Series(answers.eq(True).to_numpy(dtype=bool), index=rows.index)


def _flow(protocol: Protocol, cohort: Cohort) -> Finding:
    everyone = judged(protocol, cohort)
    unit = f"{protocol.population.unit}s"
    order = [*EXCLUSIONS, "in"]  # a student on several modules stands where the furthest enrolment got
    step = everyone["reason"].fillna("in").map(order.index).groupby(everyone["unit_id"]).max()
    sizes = step.value_counts()
    analysed = int(sizes.get(order.index("in"), 0))
    rows = [Row({"what": "recorded"}, _count(len(step), unit))]
    for i, reason in enumerate(EXCLUSIONS):
        if i in sizes.index:
            rows.append(Row({"what": "excluded", "reason": EXCLUSIONS[reason]}, _count(int(sizes[i]), unit)))
    rows.append(Row({"what": "analysed"}, _count(analysed, unit)))
    return Finding(
        "cohort.flow",
        "Who is in the study, and who is not?",
        "described",
        _count(analysed, unit),
        tuple(rows),
        limitations=("Who is left out may differ from who is in; the study speaks only of those who are in.",),
    )


def _observed(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> Finding:
    applicability = cohort.frame("applicability")
    not_concerned = applicability[~applicability["applies"].astype(bool)]
    rows = []
    for source in protocol.sources:
        covered = fed(protocol, cohort, units, source)
        without = not_concerned.loc[not_concerned["source"] == source, "enrolment_id"]
        seen = int((covered & ~units["enrolment_id"].isin(without)).sum())
        rows.append(Row({"what": "source", "source": source}, _share(seen, len(units))))
    return Finding(
        "cohort.observed",
        "For whom was each source observed through the index week?",
        "described",
        rows=tuple(rows),
        limitations=("A source that does not apply, or whose feed is absent, is not observed; it is not silence.",),
    )


def _responses(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> Finding:
    question = "How many eligible students answered each questionnaire in full?"
    asked = {(name, week) for name, item in protocol.instruments.items() for week in item.weeks}
    asked |= {(o.instrument, o.week) for o in protocol.outcomes if o.instrument is not None and o.week is not None}
    held = cohort.arrow("responses").num_rows > 0
    if not asked or not held:
        reason = "the protocol registers no questionnaire" if held else "the data hold no wellbeing instrument"
        return not_analysed("cohort.responses", question, reason)
    students = pd.MultiIndex.from_frame(units[["student_id", "presentation"]].drop_duplicates())
    rows = []
    for name in sorted({name for name, _ in asked}):
        scores = questionnaire_scores(cohort, name).set_index(["student_id", "presentation"])["week"]
        for week in sorted(week for other, week in asked if other == name):
            answered = int(students.isin(scores.index[scores == week]).sum())
            rows.append(_answered(name, week, answered, len(students), protocol.disclosure.minimum_group_size))
    return Finding(
        "cohort.responses",
        question,
        "described",
        rows=tuple(rows),
        limitations=("Students who answer may feel different from those who do not.",),
    )


def _answered(instrument: str, week: int, answered: int, students: int, minimum: int) -> Row:
    """Who answered in a week; suppressed where some did, but a few, or all but a few."""
    keys: dict[str, Key] = {"instrument": instrument, "week": week}
    if 0 < answered < minimum or 0 < students - answered < minimum:
        return Row(keys, None, "suppressed", why_hidden(minimum))
    return Row(keys, _share(answered, students))


def _count(n: int, unit: str) -> Estimate:
    return Estimate(n, None, None, None, unit, n, "count")


def _share(part: int, whole: int) -> Estimate:
    lower, upper = wilson(part, whole)
    return Estimate(part / whole, lower, upper, 0.95, "share", whole, "wilson")
