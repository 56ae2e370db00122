"""What stands around the effect: path, survey, uptake, hours, queue and flow, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, arrow_schema
from la_research.disclosure import disclosed
from la_research.evaluation.costs import costs_findings, ratio
from la_research.evaluation.feedback import feedback_findings
from la_research.evaluation.flow import flow_findings
from la_research.evaluation.ground import Ground
from la_research.evaluation.path import path_findings
from la_research.finding import Findings
from la_research.protocol.support import Costs, Feedback, Path
from la_research.schema import TABLES
from la_research.statistics.intervals import mean_interval, wilson

N = 80
ARMS = ["contact"] * 40 + ["usual"] * 40
ITEMS = [4, 4, 4, 4, 4]


def ids(first: int, last: int) -> list[str]:
    return [f"s{i:02d}" for i in range(first, last)]


def study(protocol, required: bool = False, **sections):
    made = protocol()
    consent = made.consent.model_copy(update={"contact": "required" if required else "not required"})
    return made.model_copy(update={"support": made.support.model_copy(update=sections), "consent": consent})


def log(*reached: tuple[str, int]) -> list[tuple[str, str, str, int]]:
    """Rows student, rule, step, day: the first so many students reached each step, a day after the one before."""
    return [(i, "early", step, 15 + day) for day, (step, n) in enumerate(reached) for i in ids(0, n)]


def cohort(made, contacts=(), **others) -> Cohort:
    """The cohort of a campus with this log, and rows of other tables in the order of their columns."""
    held = made.cohort()
    tables = {name: held.arrow(name) for name in TABLES}
    rows = {"contacts": [(i, "2025A", day, rule, step) for i, rule, step, day in contacts], **others}
    for name, items in rows.items():
        frame = pd.DataFrame(items, columns=list(TABLES[name].names))
        tables[name] = pa.Table.from_pandas(frame, arrow_schema(TABLES[name]), preserve_index=False)
    return Cohort(tables, held.provenance, "")


WENT = log(("suggested", 40), ("sent", 40), ("opened", 30), ("talked", 20), ("agreed", 10))


def shares(finding) -> dict[str, float | None]:
    return {row.keys["what"]: row.estimate.value if row.estimate else None for row in finding.rows}


def test_each_step_is_shown_with_its_share_of_the_step_before(protocol, campus):
    served = [(i, "2025A", 4, "advice") for i in ids(0, 10)]
    ground = Ground(study(protocol, path=Path()), cohort(campus(ARMS), WENT, services=served))
    found = Findings(path_findings(ground))
    assert shares(found["evaluation.path.drop_off"]) == {
        "sent": 40 / 40, "opened": 30 / 40, "talked": 20 / 30, "agreed": 10 / 20, "supported": 10 / 10,
    }  # fmt: skip
    assert "evaluation.path" not in found
    assert "evaluation.path.second_source" not in found


def test_a_service_used_before_the_contact_is_no_support_by_it(protocol, campus):
    served = [(i, "2025A", 2, "advice") for i in ids(0, 10)]
    ground = Ground(study(protocol, path=Path()), cohort(campus(ARMS), WENT, services=served))
    assert shares(Findings(path_findings(ground))["evaluation.path.drop_off"])["supported"] == 0


def test_a_share_of_a_few_is_hidden_and_so_is_the_next_whose_n_would_tell_it(protocol, campus):
    went = log(("suggested", 40), ("sent", 40), ("opened", 39), ("talked", 20), ("agreed", 10))
    ground = Ground(study(protocol, path=Path()), cohort(campus(ARMS), went))
    found = shares(Findings(path_findings(ground))["evaluation.path.drop_off"])
    assert (found["opened"], found["talked"], found["agreed"]) == (None, None, 10 / 20)


def test_a_path_is_shown_by_registered_group_from_the_vault(protocol, campus):
    vault = [(f"s{i:02d}-ART", "gender", "F" if i % 2 else "M") for i in range(N)]
    ground = Ground(study(protocol, path=Path(groups=("gender",))), cohort(campus(ARMS), WENT, vault=vault))
    rows = Findings(path_findings(ground))["evaluation.path.gender"].rows
    sent = {row.keys["gender"]: row.estimate.n for row in rows if row.keys["what"] == "sent"}
    assert sent == {"F": 20, "M": 20}


def asked(given: dict[str, bool], day: int = 1) -> list[tuple]:
    return [(i, "2025A", "contact", day, yes) for i, yes in given.items()]


@pytest.mark.parametrize(
    ("without", "exempt", "value", "verdict"),
    [
        (0, (), 0.0, "described"),
        (15, (), 15 / 40, "described"),
        (15, ("early",), 0.0, "described"),
        (3, (), None, "suppressed"),
    ],
)
def test_a_contact_without_consent_or_code_is_an_error_of_the_log(protocol, campus, without, exempt, value, verdict):
    consent = asked({i: n >= without for n, i in enumerate(ids(0, N))})
    ground = Ground(
        study(protocol, required=True, path=Path(exemptions=exempt)), cohort(campus(ARMS), WENT, consent=consent)
    )
    found = Findings(path_findings(ground))["evaluation.path.consent"]
    assert (found.estimate.value if found.estimate else None, found.verdict) == (value, verdict)
    assert found.assumptions[0].holds is (value == 0.0)


def test_consent_is_that_of_the_day_of_the_contact(protocol, campus):
    consent = asked(dict.fromkeys(ids(0, N), True)) + asked(dict.fromkeys(ids(0, 12), False), day=10)
    consent += asked(dict.fromkeys(ids(12, 40), False), day=20)
    ground = Ground(study(protocol, required=True, path=Path()), cohort(campus(ARMS), WENT, consent=consent))
    assert Findings(path_findings(ground))["evaluation.path.consent"].estimate.value == 12 / 40


def test_time_to_escalation_counts_from_the_talk(protocol, campus):
    went = WENT + [(i, "early", "escalated", 18 + n % 4) for n, i in enumerate(ids(0, 20))]
    ground = Ground(study(protocol, path=Path(crisis_days=1, second_source=True)), cohort(campus(ARMS), went))
    found = Findings(path_findings(ground))
    took = [n % 4 for n in range(20)]
    escalation = found["evaluation.path.escalation"]
    assert escalation.estimate.value == np.mean(took)
    assert shares(escalation)["in time"] == 10 / 20
    assert found["evaluation.path.second_source"].reason == "the log does not say"


def answers(week: int, values: dict[str, list[int]]) -> list[tuple]:
    return [(i, "2025A", week, "AFH", item, v) for i, held in values.items() for item, v in enumerate(held, 1)]


def test_the_survey_is_told_as_shares_by_group_and_as_changes(protocol, campus):
    first = answers(2, {i: [0, 0, 0, 1, 3] for i in ids(0, 60)})
    last = answers(5, {i: [4, 3 if n < 30 else 2, 0, 1 + n % 2, 2] for n, i in enumerate(ids(0, 60))})
    vault = [(f"s{i:02d}-ART", "gender", "F" if i < 30 else "M") for i in range(N)]
    made = cohort(campus(ARMS), responses=first + last, vault=vault)
    found = Findings(feedback_findings(Ground(study(protocol, feedback=Feedback(groups=("gender",))), made)))
    name = "evaluation.feedback"
    assert [found[f"{name}.{what}"].estimate.value for what in ("acceptable", "work", "help")] == [1, 30 / 60, 0]
    assert [row.estimate.value for row in found[f"{name}.work"].rows] == [1, 0]
    intrusive = found[f"{name}.intrusive"].estimate
    assert (intrusive.value, intrusive.lower, intrusive.upper) == pytest.approx(mean_interval([0.0, 1.0] * 30))
    assert found[f"{name}.trust"].estimate.value == -1


def test_students_whose_group_is_not_known_are_not_told_by_what_the_others_leave(protocol, campus):
    last = answers(5, {i: [4, 3 if n % 2 else 2, 0, 1, 2] for n, i in enumerate(ids(0, 65))})
    vault = [(f"s{i:02d}-ART", "gender", "F" if i < 40 else "M") for i in range(60)]
    made = cohort(campus(ARMS), responses=last, vault=vault)
    found = Findings(feedback_findings(Ground(study(protocol, feedback=Feedback(groups=("gender",))), made)))
    told = disclosed(found, 10)["evaluation.feedback.work"]
    assert {row.keys["group"]: row.verdict for row in told.rows} == {
        "F": None, "M": "suppressed", "not known": "suppressed",
    }  # fmt: skip


def test_a_survey_that_nobody_answered_is_not_analysed(protocol, campus):
    found = feedback_findings(Ground(study(protocol, feedback=Feedback()), campus(ARMS).cohort()))
    assert {finding.verdict for finding in found} == {"not analysed"}
    assert len(found) == 5


def test_uptake_and_minutes_are_of_all_students_contacted(protocol, campus):
    minutes = {"opened": 2, "talked": 30}
    sections = {"path": Path(minutes=minutes), "costs": Costs(minutes={"sent": 6, "talked": 60})}
    found = Findings(costs_findings(Ground(study(protocol, **sections), cohort(campus(ARMS), WENT))))
    rows = shares(found["evaluation.uptake"])
    assert rows == {
        "opened": 30 / 40, "talked": 20 / 40, "minutes of students": (30 * 2 + 20 * 30) / 40,
        "minutes of staff": (40 * 6 + 20 * 60) / 40,
    }  # fmt: skip
    hours = (40 * 6 + 20 * 60) / 60
    costs = found["evaluation.costs"]
    assert costs.estimate.value == pytest.approx(hours / 40)
    each = {f"hours for each student who {step}": hours / n for step, n in (("talked", 20), ("agreed", 10))}
    assert shares(costs) == pytest.approx(each)
    assert "evaluation.queue" not in found


def test_hours_for_each_student_helped_have_the_error_of_a_ratio():
    hours, helped = np.array([1.0, 1.0, 2.0, 2.0]), np.array([True, False, True, True])
    left = hours - 2.0 * helped
    assert ratio(hours, helped).se == pytest.approx(np.sqrt(4 / 3 * (left**2).sum()) / 3)


def test_what_does_not_fit_in_a_week_waits_for_the_next(protocol, campus):
    went = [(i, "early", "sent", 15) for i in ids(0, 40)] + [(i, "early", "talked", 22) for i in ids(0, 20)]
    costs = Costs(minutes={"sent": 30, "talked": 60}, weekly_hours=15)
    found = Findings(costs_findings(Ground(study(protocol, costs=costs), cohort(campus(ARMS), went))))[
        "evaluation.queue"
    ]
    rows = {(row.keys["what"], row.keys["week"]): row.estimate.value for row in found.rows}
    assert rows == {
        ("needed", 3): 20, ("waiting", 3): 5, ("needed", 4): 20, ("waiting", 4): 10, ("waiting", 5): 0,
        ("waiting", 6): 0,
    }  # fmt: skip
    assert found.estimate.value == 10


def test_a_week_of_a_few_is_not_told_by_the_hours_of_the_others(protocol, campus):
    went = [(i, "early", "sent", 15) for i in ids(0, 40)] + [(i, "early", "talked", 22) for i in ids(0, 20)]
    went += [(i, "early", "agreed", 29) for i in ids(0, 6)]
    costs = Costs(minutes={"sent": 30, "talked": 60, "agreed": 60}, weekly_hours=15)
    found = Findings(costs_findings(Ground(study(protocol, costs=costs), cohort(campus(ARMS), went))))
    rows = {(row.keys["what"], row.keys["week"]): row.verdict for row in found["evaluation.queue"].rows}
    assert [key for key, verdict in rows.items() if verdict is None] == [("needed", 3), ("waiting", 3), ("waiting", 6)]
    assert found["evaluation.queue"].estimate is None


def test_steps_between_which_a_few_were_lost_are_not_all_told(protocol, campus):
    went = log(("sent", 40), ("opened", 38), ("talked", 25), ("agreed", 20))
    sections = {"path": Path(), "costs": Costs(minutes={"sent": 6, "talked": 60})}
    found = Findings(costs_findings(Ground(study(protocol, **sections), cohort(campus(ARMS), went))))
    assert shares(found["evaluation.uptake"])["opened"] is None
    each = shares(found["evaluation.costs"])
    assert each["hours for each student who talked"] is not None
    assert each["hours for each student who agreed"] is None


def test_the_flow_counts_students_from_assessed_to_analysed(protocol, campus):
    made = campus(ARMS, after=dict.fromkeys([*ids(0, 25), *ids(40, 60)], ITEMS))
    (flow,) = flow_findings(Ground(protocol(), cohort(made, WENT)))
    rows = {tuple(row.keys.values()): row.estimate.value if row.estimate else None for row in flow.rows}
    assert rows == {
        ("assessed",): 80, ("not drawn",): 0, ("drawn", "contact"): 40, ("drawn", "usual"): 40,
        ("received", "contact"): 1, ("received", "usual"): 0,
        ("analysed", "H3", "contact"): 25, ("lost", "H3", "contact"): 15,
        ("analysed", "H3", "usual"): 20, ("lost", "H3", "usual"): 20,
    }  # fmt: skip


def test_a_flow_from_which_a_few_could_be_worked_out_does_not_show_what_tells_them(protocol, campus):
    made = campus(ARMS, after=dict.fromkeys([*ids(0, 38), *ids(40, 60)], ITEMS))
    (flow,) = flow_findings(Ground(protocol(), cohort(made, WENT)))
    hidden = [row.keys["what"] for row in flow.rows if row.verdict == "suppressed"]
    assert hidden == ["not drawn", "drawn", "drawn", "received", "received", *(["analysed", "lost"] * 2)]
    assert flow.estimate is None


def test_a_study_without_a_trial_has_no_flow(protocol, campus):
    ground = Ground(study(protocol, trial=None), campus(ARMS).cohort())
    assert flow_findings(ground) == []


def test_shares_carry_wilsons_interval(protocol, campus):
    ground = Ground(study(protocol, path=Path()), cohort(campus(ARMS), WENT))
    opened = Findings(path_findings(ground))["evaluation.path.drop_off"].rows[1].estimate
    assert (opened.lower, opened.upper) == wilson(30, 40)
