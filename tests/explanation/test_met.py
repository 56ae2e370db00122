"""The invented students under a study's own rules and model: findings that can be redone, shown and kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from la_research.canonical import pretty_json
from la_research.disclosure import INVENTED, disclosed
from la_research.explanation.ground import Ground
from la_research.explanation.met import LOOKS, met, met_findings
from la_research.finding import Finding, Findings
from la_research.indicators import INDICATORS
from la_research.indicators.assurance import worked_units
from la_research.indicators.fictional import FICTIONAL, cohort_of
from la_research.indicators.rules import RULES
from la_research.models import fitted
from la_research.protocol import Protocol
from la_research.store import load_protocol
from la_research.wording import lint, reading_grade, sentences, words
from tests.explanation.by_hand import Page, redone
from tests.explanation.test_explanation import EMPTY, NONE, N, predictions, study
from tests.explanation.test_trace import raw

STUDIES = sorted(path.parent for path in (Path(__file__).parents[2] / "protocols").glob("*/protocol.yaml"))
BARE = r" \[[^\]]*\]"


def found(estimator: str = "boosted", data: str = "synthetic", minimum: int = 10) -> tuple[dict[str, Finding], Any]:
    protocol = study(estimator)
    disclosure = protocol.disclosure.model_copy(update={"minimum_group_size": minimum})
    protocol = protocol.model_copy(update={"data": data, "disclosure": disclosure})
    ((population, rows, features),) = predictions(N).parts()
    scale = np.array([30, 2, 0.4, 1])
    ground = Ground(
        protocol, EMPTY, NONE, population, rows, (features * scale + scale).astype(np.float32).astype(float)
    )
    return {one.id: one for one in met_findings(ground)}, ground


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_each_of_the_four_has_the_score_of_the_studys_own_model(estimator: str) -> None:
    findings, ground = found(estimator)
    assert list(findings) == [f"explanation.met.{student.id}" for student in FICTIONAL]
    for finding in findings.values():
        read = {row.keys["name"]: row.estimate for row in finding.rows if row.keys["part"] == "feature"}
        values = np.array([[read[name].value if read[name] else np.nan for name in ground.columns]], dtype=float)
        assert finding.estimate is not None
        assert finding.estimate.value == pytest.approx(float(ground.model.predict_proba(values)[0, 1]), abs=1e-7)
        assert (finding.estimate.unit, finding.estimate.n, finding.estimate.method) == ("share", 0, INVENTED)
        *lines, last = (row for row in finding.rows if row.keys["part"] == "score")
        assert last.estimate is not None
        assert redone(str(last.keys["arithmetic"]).removeprefix("the score: ")) == pytest.approx(
            finding.estimate.value, abs=1e-6
        )
        for row in lines[1:]:
            text = re.sub(BARE, "", str(row.keys["arithmetic"])).removeprefix("of all lines: ")
            assert row.estimate is not None
            assert redone(text.rpartition(": ")[2]) == pytest.approx(row.estimate.value, abs=1e-5)


def test_a_model_fitted_to_fewer_students_than_may_be_shown_gives_no_score() -> None:
    findings, ground = found(minimum=N + 1)
    assert ground.rows["student_id"].nunique() <= N
    for finding in findings.values():
        assert finding.estimate is None
        assert "score" not in {row.keys["part"] for row in finding.rows}


def test_ten_trees_stand_in_a_row_each_behind_what_it_adds() -> None:
    findings, _ = found()
    for finding in findings.values():
        blocks = [row for row in finding.rows if str(row.keys["name"]).startswith("trees ")]
        assert [row.keys["name"] for row in blocks] == [f"trees {i + 1} to {i + 10}" for i in range(0, 100, 10)]
        assert all(len(re.findall(BARE, str(row.keys["arithmetic"]))) == 10 for row in blocks)


def test_of_restricted_data_no_cut_off_is_shown() -> None:
    open_, closed = found()[0], found(data="restricted")[0]
    for name, finding in closed.items():
        assert finding.estimate == open_[name].estimate
        texts = [str(row.keys["arithmetic"]) for row in finding.rows if row.keys["part"] == "score"]
        assert not any("[" in text for text in texts)
        assert [re.sub(BARE, "", str(row.keys["arithmetic"])) for row in open_[name].rows] == [
            row.keys["arithmetic"] for row in finding.rows
        ]


def test_rules_read_what_a_hand_works_out() -> None:
    protocol = load_protocol(next(path for path in STUDIES if path.name == "early-engagement"))
    for student, finding in zip(FICTIONAL, met(protocol), strict=True):
        cohort = cohort_of(protocol, student)
        page = Page(raw(cohort), list(protocol.sources), list(worked_units(protocol, cohort)["enrolment_id"]), {})
        rows = {(r.keys["name"], r.keys["week"]): r for r in finding.rows if r.keys["part"] == "rule"}
        assert set(rows) == {(rule, week) for rule in RULES for week in LOOKS}
        for (rule, week), row in rows.items():
            by_hand = page.value(RULES[str(rule)].indicator, "the enrolment", int(week))
            if by_hand is None:
                assert (row.estimate, row.verdict) == (None, "not analysed")
                assert row.reason
            else:
                assert row.estimate is not None
                assert row.estimate.value == pytest.approx(by_hand, abs=2e-5)
                assert row.estimate.unit == INDICATORS[RULES[str(rule)].indicator].unit


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_a_study_without_a_model_or_some_indicators_gets_the_lines_it_can_have(folder: Path) -> None:
    protocol = load_protocol(folder)
    findings = list(met(protocol))
    assert [finding.verdict for finding in findings] == ["described"] * 4
    for finding in findings:
        assert finding.estimate is None
        assert {row.keys["name"] for row in finding.rows if row.keys["part"] == "indicator"} == set(protocol.indicators)
        names = {row.keys["name"] for row in finding.rows if row.keys["part"] == "rule"}
        assert names == {name for name, rule in RULES.items() if rule.indicator in protocol.indicators}


def test_an_invented_number_is_never_suppressed_and_survives_a_file() -> None:
    findings = Findings(found()[0].values())
    assert disclosed(findings, 50) == findings
    assert Findings.from_json(findings.as_json()) == findings


def test_a_finding_stays_small() -> None:
    """The largest case: every indicator of the first study, and trees that lean on all of them."""
    protocol: Protocol = load_protocol(next(path for path in STUDIES if path.name == "early-engagement"))
    draw = np.random.default_rng(4)
    columns = list(protocol.columns)
    features = pd.DataFrame(draw.gamma(1.5, 1.0, size=(1500, len(columns))), columns=columns)
    label = pd.Series((features.sum(axis=1) + draw.normal(size=1500) > 10).astype(float))
    model = fitted(protocol, features, label, "size")
    sizes = [len(pretty_json(finding.as_json()).encode()) for finding in met(protocol, model, columns)]
    assert max(sizes) <= 40_000


def test_subsets_meet_nobody() -> None:
    _, ground = found()
    other = Ground(ground.protocol, EMPTY, NONE, "clicks", ground.rows, ground.features)
    assert list(met_findings(other)) == []


def test_what_is_said_beside_them_is_plain() -> None:
    for finding in found()[0].values():
        text = " ".join((finding.question, *finding.limitations))
        assert lint(text) == []
        assert reading_grade(text) <= 8
        assert max(len(words(sentence)) for sentence in sentences(text)) <= 20
