"""Thirds of students by what they did and by the marks they had so far, compared like groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from la_research.audit.plan import AuditPlan
from la_research.cohort import Cohort
from la_research.cohort.feeds import fed, index_days
from la_research.cohort.flow import eligible
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import Protocol
from la_research.schema import ACTIVITY_SOURCES
from la_research.statistics.intervals import wilson

ACROSS = {"engagement": "activity so far", "attainment": "average mark so far"}
"""What students are put in thirds by, as a sentence calls it."""
THIRDS = ("lower third", "middle third", "upper third")
MARKED = 0.5
"""Share of the students of a presentation of a module who need a mark, or points on entry stand in for all of them."""


def thirds(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> pd.DataFrame:
    """The third of each enrolment among those on its module in its presentation.

    Who is alike is in one third, so that thirds may differ in size. What was not observed is in none.

    Parameters
    ----------
    protocol
        Reads fairness.across, sources and the index week.
    cohort
        Reads activity, assessments and feeds up to the index week, and points on entry, of ``units`` alone.
    units
        What ``eligible`` returned; nothing of anybody else is read.

    Returns
    -------
    pandas.DataFrame
        By enrolment_id, a column for each of ``fairness.across``: a value of ``THIRDS``, or missing.
    """
    runs, found = [units["module"], units["presentation"]], dict[str, pd.Series]()
    for name in sorted(protocol.fairness.across):
        engaged = name == "engagement"
        study = (protocol, cohort, units)
        found[name] = _third(activity_so_far(*study) if engaged else marks_so_far(*study)["value"], runs)
    return pd.DataFrame(found, index=units.index).set_index(units["enrolment_id"])


def activity_so_far(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> pd.Series:
    """Actions in all study sources from week 1 through the index week, by row of ``units``.

    Counted are the sources that the protocol names and that were recorded through the index week; silence there is
    0. Who has no such source is not observed; nor is who one of them does not concern, as a total without it does
    not compare.
    """
    covered = {s: fed(protocol, cohort, units, s) for s in ACTIVITY_SOURCES if s in protocol.sources}
    table = cohort.arrow("activity")
    inside = pc.and_(
        pc.is_in(table["enrolment_id"], value_set=pa.array(units["enrolment_id"], pa.string())),
        pc.less_equal(table["week"], protocol.population.index_week),
    )
    rows: pd.DataFrame = table.filter(inside).select(["enrolment_id", "source", "count"]).to_pandas()
    applicability = cohort.frame("applicability")
    total, seen = pd.Series(0.0, index=units.index), pd.Series(False, index=units.index)
    unconcerned = pd.Series(False, index=units.index)
    for source, here in covered.items():
        counts = rows[rows["source"] == source].groupby("enrolment_id")["count"].sum()
        total += units["enrolment_id"].map(counts).fillna(0.0).where(here, 0.0)
        exempt = applicability.loc[(applicability["source"] == source) & ~applicability["applies"], "enrolment_id"]
        seen, unconcerned = seen | here, unconcerned | (here & units["enrolment_id"].isin(exempt))
    return total.where(seen & ~unconcerned)


def marks_so_far(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> pd.DataFrame:
    """Mean mark of work handed in and marked through the index week, by row of ``units``.

    Where fewer than half of the students of a presentation of a module have a mark by then, or where the protocol
    does not name assessments as a source, points on entry stand in for all of its students.

    Returns
    -------
    pandas.DataFrame
        value, not a number where not known; origin, "marks" or "points on entry".
    """
    last = units["presentation"].map(index_days(protocol, cohort))
    days = pd.Series(last.to_numpy(), index=units["enrolment_id"])
    marks = pd.Series(np.nan, index=units.index)
    if "assessments" in protocol.sources:
        rows = cohort.frame("assessments")
        rows = rows[rows["enrolment_id"].isin(days.index)]
        by_then = rows[rows["submitted_day"] <= rows["enrolment_id"].map(days)]
        marks = units["enrolment_id"].map(by_then.groupby("enrolment_id")["score"].mean())
    tariff = units["student_id"].map(cohort.frame("students").set_index("student_id")["entry_tariff"])
    share = marks.notna().groupby([units["module"], units["presentation"]]).transform("mean")
    value = marks.where(share >= MARKED, tariff).astype(float)
    return pd.DataFrame({"value": value, "origin": np.where(share >= MARKED, "marks", "points on entry")})


def across_findings(protocol: Protocol, cohort: Cohort, plan: AuditPlan, rows: pd.DataFrame) -> list[Finding]:
    """``audit.across.NAME`` for each of ``fairness.across``: for how many students a third is known, and from what.

    Parameters
    ----------
    rows
        What ``with_attributes`` returned.
    """
    units = eligible(protocol, cohort)
    found = []
    for name in sorted(protocol.fairness.across):
        origin = _origin(name, protocol, cohort, units).groupby(units["unit_id"]).first()
        found.append(_known(plan, name, rows, origin.reindex(rows["unit_id"]).to_numpy()))
    return found


def _origin(name: str, protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> pd.Series:
    if name == "attainment":
        return marks_so_far(protocol, cohort, units)["origin"]
    sources = [s for s in ACTIVITY_SOURCES if s in protocol.sources and fed(protocol, cohort, units, s).any()]
    return pd.Series(f"actions in {', '.join(sources)}", index=units.index)


def _known(plan: AuditPlan, name: str, rows: pd.DataFrame, origin: NDArray[np.object_]) -> Finding:
    asked = f"Of how many students is the {ACROSS[name]} known, and from what?"
    held, n = rows[name].notna().to_numpy(), len(rows)
    if not held.any():
        return not_analysed(f"audit.across.{name}", asked, f"the data hold no {ACROSS[name]}")
    parts = {str(kind): int((held & (origin == kind)).sum()) for kind in sorted(set(origin[held]))}
    limits = ("Thirds are taken among the students of the study on one module in one presentation.",)
    if any(0 < part < plan.minimum for part in (*parts.values(), n - sum(parts.values()))):
        return Finding(f"audit.across.{name}", asked, "suppressed", reason=why_hidden(plan.minimum))
    told = tuple(Row({"what": "source", "source": kind}, _share(part, n, plan.alpha)) for kind, part in parts.items())
    return Finding(
        f"audit.across.{name}",
        asked,
        "described",
        _share(sum(parts.values()), n, plan.alpha),
        told,
        limitations=limits,
        confirmatory=plan.confirmatory,
    )


def _share(part: int, n: int, alpha: float) -> Estimate:
    lower, upper = wilson(part, n, 1 - alpha)
    return Estimate(part / n, lower, upper, 1 - alpha, "share", n, "wilson")


def _third(values: pd.Series, runs: list[pd.Series]) -> pd.Series:
    """
    >>> alike = pd.Series([0.0, 0.0, 0.0, 4.0, 5.0, 6.0])
    >>> _third(alike, [pd.Series(list("AAAAAA"))]).to_list()
    ['lower third', 'lower third', 'lower third', 'middle third', 'upper third', 'upper third']
    """
    ordered = values.groupby(runs)
    place = (ordered.rank() - 0.5) / ordered.transform("count")
    found: pd.Series = np.floor(3 * place).map(dict(enumerate(THIRDS)))
    return found
