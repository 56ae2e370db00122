"""What the record says of hand-ins and of the registration itself."""

from __future__ import annotations

import narwhals as nw

from la_research.indicators.card import Indicator
from la_research.indicators.grid import named, observed, registered, teaching_weeks, values
from la_research.indicators.traces import Lazy, Traces
from la_research.protocol import IndicatorSettings, Protocol

NOTHING_DUE = "not applicable: no assessment due yet"
NOT_RECORDED = "not observed: not recorded"
CONSTANT = "Everyone for whom it is recorded; the same in every week."


def late_or_missing(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Share of assessments due by the last day of the week that were late or not handed in by then.

    An assessment that was due before the student registered does not count, nor does one
    without a due day. Work handed in after the due day counts as late in every week from
    the due week on, so nothing after the week is needed to know the value. A part week
    after registration is kept: due days are days, not counts.
    """
    due = _due_weeks(protocol, traces)
    late = nw.col("submitted_day").is_null() | (nw.col("submitted_day") > nw.col("due_day"))
    by_week = (
        due.with_columns(late=late.cast(nw.Int64), due=nw.lit(1))
        .group_by("enrolment_id", "week")
        .agg(nw.col("late").sum(), nw.col("due").sum())
    )
    rows = observed(protocol, traces, named(protocol, "assessments"), whole_weeks=False)
    rows = rows.join(by_week, on=["enrolment_id", "week"], how="left").with_columns(
        nw.col(name).fill_null(0).cum_sum().over("enrolment_id", order_by="week").cast(nw.Int64)
        for name in ("late", "due")
    )
    seen = nw.col("reason").is_null()
    rows = rows.with_columns(
        value=nw.when(seen & (nw.col("due") > 0)).then(nw.col("late") / nw.col("due")),
        reason=nw.when(seen & (nw.col("due") == 0)).then(nw.lit(NOTHING_DUE)).otherwise(nw.col("reason")),
    )
    return values(rows, nw.col("value"))


def _due_weeks(protocol: Protocol, traces: Traces) -> Lazy:
    """Assessments with the first teaching week that ends on or after their due day."""
    enrolments = traces.table("enrolments").select("enrolment_id", "presentation", "start")
    rows = traces.table("assessments").join(enrolments, on="enrolment_id", how="inner")
    rows = rows.filter(nw.col("start").is_null() | (nw.col("due_day") >= nw.col("start")))
    weeks = (
        rows.select("presentation", "due_day")
        .unique()
        .join(teaching_weeks(protocol, traces), on="presentation", how="inner")
        .filter(nw.col("last_day") >= nw.col("due_day"))
        .group_by("presentation", "due_day")
        .agg(nw.col("week").min())
    )
    return rows.join(weeks, on=["presentation", "due_day"], how="inner")


def registration_lead(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Days from registration to day 1; negative for who came after it."""
    return _constant(protocol, traces, "start", 1 - nw.col("recorded"))


def study_load(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Credits studied in all."""
    return _constant(protocol, traces, "credits", nw.col("recorded"))


def previous_attempts(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Earlier attempts at the module."""
    return _constant(protocol, traces, "previous_attempts", nw.col("recorded"))


def _constant(protocol: Protocol, traces: Traces, column: str, value: nw.Expr) -> Lazy:
    facts = traces.table("enrolments").select("enrolment_id", nw.col(column).alias("recorded"))
    rows = registered(protocol, traces).join(facts, on="enrolment_id", how="left")
    absent = nw.when(nw.col("recorded").is_null()).then(nw.lit(NOT_RECORDED))
    return values(rows.with_columns(reason=absent), value)


CARDS = (
    Indicator(
        id="late_or_missing",
        label="late or missing work",
        plain="What share of the work due so far you handed in late or not at all.",
        construct="keeping up with the module's deadlines",
        aspect="work handed in",
        window="from day 1 to the last day of the week",
        sources=("assessments",),
        unit="share",
        direction="higher is less engaged",
        applicability=(
            "Students whose assessments are recorded. Before the first due day it is not applicable; work due before "
            "a student registered, or without a due day, does not count."
        ),
        summary="latest",
        reference=(
            "Macfadyen and Dawson (2010), Mining LMS data to develop an early warning system for educators, "
            "doi:10.1016/j.compedu.2009.09.008, for hand-ins as an early sign; the share of work due so far is ours."
        ),
        compute=late_or_missing,
    ),
    Indicator(
        id="registration_lead",
        label="days registered before the start",
        plain="How many days before the first day you registered.",
        construct="time to prepare for the module",
        aspect="time of registration",
        window="fixed on the day of registration",
        sources=(),
        unit="days",
        direction="either way",
        applicability=CONSTANT + " It is below 0 for a student who registered after day 1.",
        summary="latest",
        reference=(
            "Kuzilek, Hlosta and Zdrahal (2017), Open University Learning Analytics dataset, "
            "doi:10.1038/sdata.2017.171: date_registration, counted from day 1."
        ),
        compute=registration_lead,
    ),
    Indicator(
        id="study_load",
        label="study load",
        plain="How many credits you study at the same time.",
        construct="how much a student has taken on",
        aspect="study load",
        window="fixed at registration",
        sources=(),
        unit="credits",
        direction="either way",
        applicability=CONSTANT,
        summary="latest",
        reference=(
            "Kuzilek, Hlosta and Zdrahal (2017), Open University Learning Analytics dataset, "
            "doi:10.1038/sdata.2017.171: studied_credits."
        ),
        compute=study_load,
    ),
    Indicator(
        id="previous_attempts",
        label="previous attempts",
        plain="How many times you took this module before.",
        construct="experience with the module",
        aspect="earlier attempts",
        window="fixed at registration",
        sources=(),
        unit="attempts",
        direction="either way",
        applicability=CONSTANT,
        summary="latest",
        reference=(
            "Kuzilek, Hlosta and Zdrahal (2017), Open University Learning Analytics dataset, "
            "doi:10.1038/sdata.2017.171: num_of_prev_attempts."
        ),
        compute=previous_attempts,
    ),
)
