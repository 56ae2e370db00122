"""Four invented students, the same in every study, worked out by hand: what a rule meets, and what it can not see.

They stand here as values and not in a study's ``assurance.yaml``, so that no study can change them, and so that the
explanation, which opens no file, works them out under the study's own model. ``la-research assure`` checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from la_research.cohort import Cohort
from la_research.indicators.assurance import Case, Rows, worked_cohort
from la_research.indicators.engagement import MINIMUM_DAYS, WINDOW_WEEKS
from la_research.indicators.grid import activity_sources
from la_research.indicators.relative import ATTENDANCE, MINIMUM_HISTORY, ONLINE
from la_research.indicators.submissions import CARDS as SUBMISSIONS
from la_research.protocol import IndicatorSettings, Protocol
from la_research.schema import SOURCES

WEEKS = 6
"""Weeks that were recorded of them."""
FELLOWS, FELLOW_ACTIONS = 9, 20
"""Fellow students on the module, and the actions of each in every week: ten students with the one who is told of."""
SOURCE = "vle"
"""All they do online is on the course pages."""
WORKED_WITH = IndicatorSettings(
    window_weeks=WINDOW_WEEKS,
    minimum_history=MINIMUM_HISTORY,
    minimum_days=MINIMUM_DAYS,
    attendance=ATTENDANCE,
    online=ONLINE,
)
"""Settings under which the expected values were worked out; a study with others does not check that indicator."""


@dataclass(frozen=True)
class Fictional:
    """A student who was made up.

    Parameters
    ----------
    id, kind
        A name for findings, and what a contact rule does with the student.
    name, story
        A first name, and sentences that students read.
    need
        Whether a kind word would have been welcome.
    actions, days
        Online, by week from 1.
    classes
        Classes the student came to, of three a week.
    submitted
        Days on which an essay (due on day 20) and a report (due on day 41) were handed in; None for never.
    expected
        Values worked out by hand: indicator -> week -> number, light or "not observed".
    """

    id: str
    kind: str
    name: str
    story: tuple[str, ...]
    need: bool
    actions: tuple[int, ...]
    days: tuple[int, ...]
    classes: tuple[int, ...]
    submitted: tuple[int | None, int | None]
    expected: Mapping[str, Mapping[int, float | str]]

    @property
    def rows(self) -> dict[str, Rows]:
        """The student's rows and those of the fellow students, as a hand-worked case writes them."""
        weeks = range(1, WEEKS + 1)
        own = [
            {"week": week, "source": SOURCE, "count": count, "active_days": days}
            for week, count, days in zip(weeks, self.actions, self.days, strict=True)
        ]
        others: Rows = [
            {"enrolment_id": f"fellow {i}", "week": week, "source": SOURCE, "count": FELLOW_ACTIONS, "active_days": 4}
            for i in range(1, FELLOWS + 1)
            for week in weeks
        ]
        work = zip(("essay", "report"), (20, 41), self.submitted, strict=True)
        classes = zip(weeks, self.classes, strict=True)
        return {
            "enrolments": [{"credits": 60, "previous_attempts": 0}],
            "feeds": [{"source": source, "last_day": 7 * WEEKS} for source in SOURCES],
            "activity": own + others,
            "attendance": [{"week": week, "expected": 3, "attended": n} for week, n in classes],
            "assessments": [{"assessment_id": name, "due_day": due, "submitted_day": day} for name, due, day in work],
        }


SAME = {"registration_lead": {4: 7}, "study_load": {4: 60}, "previous_attempts": {4: 0}}
"""Of all four: registered on day -6, and 1 - (-6) = 7."""

FICTIONAL = (
    # Week 4: ten students with 9 x 20 + 5 = 185 actions, mean 18.5, and 5 / 18.5 = 0.27. Logs of 23, 21 and 13 are
    # 3.1355, 3.0445 and 2.5649: mean 2.9150, SD 0.3065. Log of 6 is 1.7918, and (2.9150 - 1.7918) / 0.3065 = 3.66.
    Fictional(
        id="true_contact",
        kind="true contact",
        name="Ada",
        story=(
            "Ada did less online each week from week 3 on, and came to fewer classes.",
            "Ada was low in these weeks, and would have liked a kind word.",
        ),
        need=True,
        actions=(22, 20, 12, 5, 4, 2),
        days=(4, 4, 2, 1, 1, 1),
        classes=(3, 3, 2, 1, 1, 0),
        submitted=(23, None),
        expected={
            "weekly_activity": {1: 22, 4: 5, 6: 2},
            "active_days": {1: 4, 4: 1},
            "regularity": {1: "not observed", 3: 1, 4: "3/4", 6: "1/4"},
            "late_or_missing": {2: "not observed", 3: 1, 6: 1},
            "peer_share": {3: 0.625, 4: 0.27, 5: 0.22, 6: 0.11},
            "rag": {5: "red", 6: "red"},
            "baseline_departure": {3: "not observed", 4: 3.66},
            **SAME,
        },
    ),
    # Week 4: 9 x 20 + 1 = 181 actions, mean 18.1, and 1 / 18.1 = 0.06. Logs of 13, 12 and 13 are 2.5649, 2.4849 and
    # 2.5649: mean 2.5383, SD 0.05, so 0.25 counts. Log of 2 is 0.6931, and (2.5383 - 0.6931) / 0.25 = 7.38.
    Fictional(
        id="wrong_contact",
        kind="wrong contact",
        name="Bilal",
        story=(
            "Bilal works on paper a lot, and was in bed with a cold in week 4.",
            "Apart from the cold Bilal was well, and had help at home.",
        ),
        need=False,
        actions=(12, 11, 12, 1, 11, 12),
        days=(2, 2, 2, 1, 2, 2),
        classes=(3, 3, 3, 0, 3, 3),
        submitted=(20, 40),
        expected={
            "weekly_activity": {3: 12, 4: 1, 5: 11},
            "active_days": {3: 2, 4: 1},
            "regularity": {3: 1, 4: "3/4", 6: "3/4"},
            "late_or_missing": {3: 0, 6: 0},
            "peer_share": {3: 0.625, 4: 0.06, 5: 0.58},
            "rag": {3: "amber", 5: "amber", 6: "amber"},
            "baseline_departure": {4: 7.38},
            **SAME,
        },
    ),
    # Week 4: 9 x 20 + 20 = 200 actions, mean 20, and 20 / 20 = 1. Logs of 21, 22 and 20 are 3.0445, 3.0910 and 2.9957:
    # mean 3.0438, SD 0.05, so 0.25 counts. Log of 21 is 3.0445, and (3.0445 - 3.0438) / 0.25 = 0.00.
    Fictional(
        id="missed_need",
        kind="missed need",
        name="Chloe",
        story=(
            "Chloe did as much online as everyone else, week by week, and came to all classes.",
            "Chloe was low all the time, and told nobody.",
            "No week of Chloe was quiet.",
        ),
        need=True,
        actions=(20, 21, 19, 20, 21, 20),
        days=(4, 4, 4, 4, 4, 4),
        classes=(3, 3, 3, 3, 3, 3),
        submitted=(19, 41),
        expected={
            "weekly_activity": {3: 19, 4: 20},
            "active_days": {4: 4},
            "regularity": {4: 1, 6: 1},
            "late_or_missing": {3: 0, 6: 0},
            "peer_share": {3: 0.95, 4: 1, 6: 1},
            "rag": {3: "green", 4: "green", 6: "green"},
            "baseline_departure": {4: 0.0},
            **SAME,
        },
    ),
    # Week 4: 9 x 20 + 45 = 225 actions, mean 22.5, and 45 / 22.5 = 2. Logs of 21, 25 and 23 are 3.0445, 3.2189 and
    # 3.1355: mean 3.1330, SD 0.09, so 0.25 counts. Log of 46 is 3.8286, and (3.8286 - 3.1330) / 0.25 = 2.78.
    # Week 5: the four logs have mean 3.3069 and SD 0.3551. Log of 63 is 4.1431, and 0.8363 / 0.3551 = 2.36.
    Fictional(
        id="over_working",
        kind="the one who overworks",
        name="Deniz",
        story=(
            "Deniz did more and more online from week 4 on, and slept little.",
            "Deniz was not well, and did not stop.",
        ),
        need=True,
        actions=(20, 24, 22, 45, 62, 80),
        days=(4, 5, 4, 6, 7, 7),
        classes=(3, 3, 3, 3, 3, 3),
        submitted=(18, 38),
        expected={
            "weekly_activity": {3: 22, 4: 45, 6: 80},
            "active_days": {4: 6, 6: 7},
            "regularity": {4: 1, 6: 1},
            "late_or_missing": {3: 0, 6: 0},
            "peer_share": {4: 2, 5: 2.56, 6: 3.08},
            "rag": {3: "green", 4: "green", 6: "green"},
            "baseline_departure": {4: 2.78, 5: 2.36},
            **SAME,
        },
    ),
)
"""All four, in the order in which they are told of."""


def case_of(protocol: Protocol, student: Fictional) -> Case:
    """A student as a case for ``assure``: indicators that the study registers as they were worked out.

    Examples
    --------
    >>> study = Protocol.model_validate({
    ...     "format": "la_research.protocol/1", "id": "one", "title": "One", "question": "Any?", "data": "synthetic",
    ...     "sources": {"vle": {}}, "indicators": {"weekly_activity": {}}, "outcomes": []})
    >>> from la_research.indicators.assurance import assure
    >>> print(assure(study, [case_of(study, FICTIONAL[0])])[1])
    Ada (invented): weekly activity in week 4 should be 5 and is 5.
    """
    held = {name: weeks for name, weeks in student.expected.items() if _as_worked(protocol, name)}
    taught = protocol.calendar.weeks
    expected = {name: {week: v for week, v in weeks.items() if week <= taught} for name, weeks in held.items()}
    return {
        "student": f"{student.name} (invented)",
        "rows": student.rows,
        "expected": expected,
        "where": f"the invented student {student.name}",
    }


def cohort_of(protocol: Protocol, student: Fictional) -> Cohort:
    """The student and the fellow students as a cohort of their own."""
    return worked_cohort(protocol, {"rows": student.rows})


def _as_worked(protocol: Protocol, name: str) -> bool:
    """Whether the study registers the indicator, reads what the student did, and has settings it was worked with."""
    settings = protocol.indicators.get(name)
    if settings is None:
        return False
    choices: dict[str, Any] = {key: value for key, value in settings if key != "sources" and value is not None}
    if any(value != getattr(WORKED_WITH, key) for key, value in choices.items()):
        return False
    if name == "late_or_missing":
        return "assessments" in protocol.sources
    if name in {card.id for card in SUBMISSIONS}:
        return True
    return SOURCE in activity_sources(protocol, settings)
