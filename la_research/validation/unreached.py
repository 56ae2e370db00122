"""Who is missed by construction: students whom an indicator can never suggest, whatever they do."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from la_research.cohort.feeds import fed, index_days
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row
from la_research.statistics.intervals import wilson
from la_research.validation.ground import Ground

ID = "validation.missed_by_construction"
QUESTION = "Which students can an indicator never suggest, whatever they do?"
ANY = "any of these"
EVERYONE, NEEDING = "all in the study", "those in need"
NOT_THEIRS = "does not apply to them"
NO_FEED = "its feed does not cover weeks 1 to {week}"
NO_VALUE = "no value in weeks 1 to {week}"
NO_CONTACT = "did not agree to be contacted"
LIMITATIONS = (
    "It says whom a rule can not see, not how they are.",
    "Students who are not in the study are not counted here; the flow of students says how many they are and why.",
    "One student may stand in several rows.",
    "Need is known only of students who answered.",
)


def unreached_findings(ground: Ground) -> Iterator[Finding]:
    """``validation.missed_by_construction``, where ``validation.opposite`` asks who is missed.

    Counted to the end of the index week: a source that does not apply to a student or whose feed has a gap, an
    indicator that has no value in any week, and, where the contact asks for it, no consent to be contacted. Each as
    a share of all in the study and of those with the model's outcome. A student on several modules is counted for
    a source where it holds on all of them.
    """
    if ground.asked.opposite:
        yield _missed(ground)


def _missed(ground: Ground) -> Finding:
    reasons = _reasons(ground)
    table = pd.DataFrame(dict(enumerate(out for _, out in reasons)), index=ground.units.index, dtype=bool)
    minimum, groups = ground.minimum, _groups(ground)
    any_of = {among: _share(table.any(axis=1)[inside], minimum) for among, inside in groups.items()}
    rows = [_row({"reason": ANY, "among": among}, told, minimum) for among, told in any_of.items()]
    for i, (keys, _) in enumerate(reasons):
        if not table[i].any():
            continue
        hidden = False
        for among, inside in groups.items():
            told = None if hidden else _share(table[i][inside], minimum)
            hidden = told is None
            rows.append(_row({**keys, "among": among}, told, minimum))
    total = any_of[EVERYONE]
    return Finding(
        ID,
        QUESTION,
        "described" if total else "suppressed",
        total,
        tuple(rows),
        limitations=(*LIMITATIONS, *_early(ground)),
        reason=None if total else why_hidden(minimum),
    )


def _early(ground: Ground) -> tuple[str, ...]:
    """That a personal baseline is silent for everyone at first."""
    if "baseline_departure" not in ground.protocol.indicators:
        return ()
    values = ground.weekly("baseline_departure")
    first = next((week for week in values if values[week].notna().any()), None)
    return () if first is None else (f"A student's own baseline says nothing of anybody before week {first}.",)


def _groups(ground: Ground) -> dict[str, pd.Series]:
    """Everyone, and those known to have the model's outcome where there is one."""
    groups = {EVERYONE: pd.Series(True, index=ground.units.index)}
    label = ground.protocol.model.label
    if label is not None and (known := ground.outcome(label).eq(1)).any():
        groups[NEEDING] = known
    return groups


def _reasons(ground: Ground) -> list[tuple[dict[str, str], pd.Series]]:
    """What a student can be missed for, and for whom it holds, by unit."""
    week = ground.protocol.population.index_week
    rules = ground.cohort.frame("applicability")
    free = rules[~rules["applies"].astype(bool)]
    rows, found = ground.enrolments, []
    for source in ground.protocol.sources:
        exempt = rows["enrolment_id"].isin(free.loc[free["source"] == source, "enrolment_id"])
        unfed = ~exempt & ~fed(ground.protocol, ground.cohort, rows, source)
        found.append(({"source": source, "reason": NOT_THEIRS}, _everywhere(exempt, rows)))
        found.append(({"source": source, "reason": NO_FEED.format(week=week)}, _everywhere(unfed, rows)))
    for indicator in ground.protocol.indicators:
        silent = ground.weekly(indicator).reindex(columns=range(1, week + 1)).isna().all(axis=1)
        found.append(({"indicator": indicator, "reason": NO_VALUE.format(week=week)}, silent))
    if ground.protocol.consent.contact == "required":
        found.append(({"reason": NO_CONTACT}, ~_agreed(ground)))
    return found


def _everywhere(holds: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return holds.groupby(rows["unit_id"]).all()


def _agreed(ground: Ground) -> pd.Series:
    """Whether the last decision by the end of the index week says yes to being contacted."""
    decisions = ground.cohort.frame("consent")
    days = decisions["presentation"].map(index_days(ground.protocol, ground.cohort))
    asked = decisions[(decisions["flag"] == "contact") & (decisions["from_day"] <= days)].sort_values("from_day")
    last = asked.drop_duplicates(["student_id", "presentation"], keep="last")
    yes = pd.MultiIndex.from_frame(last.loc[last["given"].astype(bool), ["student_id", "presentation"]])
    return pd.Series(
        pd.MultiIndex.from_frame(ground.units[["student_id", "presentation"]]).isin(yes), index=ground.units.index
    )


def _share(out: pd.Series, minimum: int) -> Estimate | None:
    """Share of students left out; None where they, or the others, are some but too few to show."""
    part, whole = int(out.sum()), len(out)
    if whole < minimum or 0 < part < minimum or 0 < whole - part < minimum:
        return None
    return Estimate(part / whole, *wilson(part, whole), 0.95, "share", whole, "wilson")


def _row(keys: dict[str, str], told: Estimate | None, minimum: int) -> Row:
    return Row(keys, told) if told else Row(keys, None, "suppressed", why_hidden(minimum))
