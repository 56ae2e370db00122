"""What late records do to a rule: suggestions that hang on work which came in after the look."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from la_research.cohort import Cohort
from la_research.disclosure import why_hidden
from la_research.finding import Finding, Key, Row, not_analysed
from la_research.indicators.registry import INDICATORS, unit_values
from la_research.indicators.traces import READ
from la_research.statistics.contacts import Bools, share_of
from la_research.validation.ground import Ground
from la_research.validation.triggers.each import too_near
from la_research.validation.triggers.measures import few_students
from la_research.validation.triggers.scores import Scores
from la_research.validation.triggers.tried import SCORE, Cut, Laboratory

NAME = "validation.triggers.late_marks"
QUESTION = (
    "How many suggestions would have been other ones, had work that came in after the look been on record by then?"
)
NOT_MADE = "suggestions that would not have been made"
NONE_READS = "no rule that is registered reads marks or hand-ins"
NOT_RECORDED = "no hand-in is recorded"
LIMITATIONS = (
    "A record read back after the term knows of work that came in later. A rule tried on it looks as if it had known.",
    "Work that was due before a look and came in after it counts as missing then, and as handed in on time later.",
    "The data record when work came in, and not when its mark was entered, which may be later still.",
)


def late_finding(lab: Laboratory, hidden: frozenset[Cut] = frozenset()) -> Finding:
    """``validation.triggers.late_marks``: suggestions on what was known at the look against what was known later.

    Only the score can read hand-ins, where one of its columns does; its models stay as they were
    fitted. The headline is the share of suggestions, at the score's own cut-off, that would not have
    been made. Cut-offs that are ``hidden`` have no number.
    """
    names = tuple(name for name in lab.ground.protocol.columns if "assessments" in INDICATORS[name].sources)
    reason = ""
    if SCORE not in lab.asked.rules or not names:
        reason = NONE_READS
    elif lab.scores is None or SCORE in lab.reasons:
        reason = lab.reasons[SCORE]
    elif not lab.ground.cohort.arrow("assessments").num_rows:
        reason = NOT_RECORDED
    if reason or lab.scores is None:
        return not_analysed(NAME, QUESTION, reason, limitations=LIMITATIONS)
    later, moved = _known_later(lab.scores, names)
    student = np.repeat(lab.history.student, moved.shape[1])
    rows = [_told(lab, {"what": "student-weeks whose record changed later"}, moved.ravel(), student)]
    score = lab.scores.out_of_fold(later)
    for one in lab.cuts(SCORE):
        if (SCORE, one.cut) in hidden:
            rows.append(Row({"what": NOT_MADE, "cut": one.cut}, None, "suppressed", too_near(lab)))
        else:
            rows += _changed(lab, one.cut, one.suggested, lab.scores.suggested(score, one.cut))
    headline = next(row for row in rows if row.keys == {"what": NOT_MADE, "cut": lab.own(SCORE).cut})
    verdict = "described" if headline.estimate else headline.verdict or "not analysed"
    return Finding(
        NAME, QUESTION, verdict, headline.estimate, tuple(rows), limitations=LIMITATIONS, reason=headline.reason
    )


def _changed(lab: Laboratory, cut: float, then: Bools, later: Bools) -> Iterator[Row]:
    """Of the suggestions made, those that would not have been; of those that would have been, those not made."""
    student = np.repeat(lab.history.student, then.shape[1])
    for what, made, other in (
        (NOT_MADE, then.ravel(), later.ravel()),
        ("suggestions that would have been made, and were not", later.ravel(), then.ravel()),
    ):
        yield _told(lab, {"what": what, "cut": cut}, ~other[made], student[made])


def _told(lab: Laboratory, keys: dict[str, Key], hit: Bools, student: NDArray[np.int64]) -> Row:
    """A share of rows, where it tells of no few students."""
    if few_students(hit, student, lab.ground.minimum):
        return Row(keys, None, "suppressed", why_hidden(lab.ground.minimum))
    share = share_of(hit, student, lab.ground.asked.level)
    return Row(keys, share) if share else Row(keys, None, "not analysed", "no contact was suggested")


def _known_later(scores: Scores, names: tuple[str, ...]) -> tuple[list[pd.DataFrame], Bools]:
    """The model's columns by look as a later record has them, and units x looks: whether any is another value."""
    later, moved = [], []
    for features, week in zip(scores.features, scores.history.weeks, strict=True):
        found = scores.features_at(week, _indicators(scores.ground, names, int(week)), names)
        same = (features[list(names)] == found) | (features[list(names)].isna() & found.isna())
        later.append(features.assign(**{name: found[name] for name in names}))
        moved.append(~same.all(axis=1).to_numpy())
    return later, np.column_stack(moved)


def _indicators(ground: Ground, names: tuple[str, ...], week: int) -> pa.Table:
    """These indicators of a cohort in which work due by the week's end, and handed in after it, came in on time."""
    cohort, protocol = ground.cohort, ground.protocol
    calendar = cohort.frame("calendar")
    last = calendar[calendar["week"] == week].groupby("presentation")["day"].max()
    run = cohort.frame("enrolments").set_index("enrolment_id")["presentation"]
    rows = cohort.frame("assessments")
    end = rows["enrolment_id"].map(run).map(last)
    came_later = (rows["due_day"] <= end) & (rows["submitted_day"] > end)
    rows["submitted_day"] = rows["submitted_day"].mask(came_later, rows["due_day"])
    tables = {name: cohort.arrow(name) for name in (*READ, "enrolments")}
    tables["assessments"] = pa.Table.from_pandas(rows, tables["assessments"].schema, preserve_index=False)
    part = protocol.model_copy(update={"indicators": {name: protocol.indicators[name] for name in names}})
    return unit_values(part, Cohort(tables, cohort.provenance, ""), ground.enrolments)
