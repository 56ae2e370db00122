"""The audit as a stage: populations, units, and studies in which there is nothing to audit."""

from dataclasses import replace

import pandas as pd

from la_research.models import Predictions
from la_research.protocol import parse_protocol, read_tree


def test_no_scores_is_one_finding_that_says_why(by_hand, alike):
    study = by_hand(alike(50, 10, gender="F"))
    empty = Predictions(study.predictions.frame.iloc[:0], {}, "the data hold no wellbeing instrument")
    findings = replace(study, predictions=empty).audit()
    assert [(f.id, f.verdict, f.reason) for f in findings] == [
        ("audit.model", "not analysed", "the data hold no wellbeing instrument")
    ]


def test_no_sensitive_feature_is_said(by_hand, alike):
    study = by_hand(alike(50, 10, gender="F"), "fairness: {sensitive: {}}")
    assert study.audit()["audit.model"].reason == "the protocol registers no sensitive feature"


def test_findings_come_attribute_by_attribute_then_intersections(campus):
    ids = [f.id for f in campus.audit() if f.id.split(".")[1] in ("selection", "tpr", "fpr", "fnr", "auc")]
    assert ids[:4] == [
        "audit.selection.ethnicity",
        "audit.selection.ethnicity.within",
        "audit.selection.ethnicity.difference",
        "audit.selection.ethnicity.heterogeneity",
    ]
    assert ids[-1] == "audit.auc.gender_x_ethnicity.difference"
    assert len(ids) == 3 * (5 * 3 + 4)
    explored = {f.id for f in campus.audit() if not f.confirmatory}
    assert explored == {"audit.labels", "audit.proxies.ethnicity", "audit.proxies.gender"}  # no range was registered


def test_intersections_are_groups_of_their_own(campus):
    rows = [
        row.keys for row in campus.audit()["audit.selection.gender_x_ethnicity"].rows if row.keys["what"] == "group"
    ]
    keys = [(row["gender"], row["ethnicity"]) for row in rows]
    assert keys == [(g, e) for g in ("F", "M") for e in ("Asian", "Black", "White")]


def with_subset(study, frame, reason=""):
    subsets = "population: {subsets: [{id: clicks-seen, columns: [weekly_activity]}]}\n"
    written = study.protocol.model_dump(mode="json", exclude_defaults=True)
    text = "".join(f"{key}: {value!r}\n" for key, value in written.items() if key != "population") + subsets
    protocol = parse_protocol(read_tree(text, "protocol.yaml"))
    everyone = study.predictions.frame
    features = {"all": everyone.set_index("unit_id")[[]], "clicks-seen": frame.set_index("unit_id")[[]]}
    both = pd.concat([everyone, frame.assign(population="clicks-seen")], ignore_index=True)
    return replace(study, protocol=protocol, predictions=Predictions(both, features, reason))


def test_a_second_population_has_findings_under_its_own_name(by_hand, alike):
    study = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")])
    findings = with_subset(study, study.predictions.frame.iloc[50:150]).audit()
    assert findings["audit.clicks_seen.tpr.gender"].estimate.n == 100
    assert findings["audit.tpr.gender"].estimate.n == 200


def test_a_population_that_was_not_scored_is_not_left_out(by_hand, alike):
    study = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")])
    findings = with_subset(study, study.predictions.frame.iloc[:0], "clicks-seen: too few labels").audit()
    assert findings["audit.clicks_seen.model"].reason == "clicks-seen: too few labels"


def test_a_student_on_two_modules_counts_once_and_under_the_first(by_hand, alike):
    rows = [*alike(40, 20, gender="F", module="A"), *alike(40, 10, gender="M", module="B")]
    rows += [*alike(40, 20, gender="M", module="A"), *alike(40, 10, gender="F", module="B")]
    rows = [{**row, "student": f"s{i:03d}"} for i, row in enumerate(rows)]
    asked = "fairness: {sensitive: {gender: {}}}\npopulation: {unit: student}"
    one = by_hand(rows, asked)
    two = by_hand([*rows, {**rows[0], "module": "B"}], asked)
    frame = one.predictions.frame.assign(unit_id=lambda table: table["student_id"])
    scored = Predictions(frame, {"all": frame.set_index("unit_id")[[]]})
    found = replace(two, predictions=scored).audit()
    assert found.as_json() == replace(one, predictions=scored).audit().as_json()
    assert found["audit.selection.gender"].estimate.n == 160
