"""Evidence written by hand: every kind of finding, every verdict, and labels that try to break out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from la_research.evidence import Deviation, Evidence, collect_evidence
from la_research.finding import Assumption, Estimate, Finding, Findings, Row, Verdict, not_analysed
from la_research.protocol import parse_protocol, read_tree

HERE = Path(__file__).parent
NASTY = "<script>alert(1)</script>"
OPEN = "a gap is there; whether it is larger than the margin of 10 percentage points can not be told"
CAN_NOT_TELL = "the interval includes zero, and the data do not exclude an effect of the size registered"
FORMULA = '=HYPERLINK("http://x.example","y")'


def protocol(name: str):
    path = HERE / f"{name}.yaml" if name == "fuller" else HERE.parent / "protocol" / f"{name}.yaml"
    return parse_protocol(read_tree(path.read_text(encoding="utf-8"), name))


def count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def share(value: float, half: float, n: int) -> Estimate:
    return Estimate(value, value - half, value + half, 0.95, "share", n, "wilson")


def sd(value: float, half: float, n: int = 1534) -> Estimate:
    return Estimate(value, value - half, value + half, 0.975, "SD per SD", n, "clustered")


def cohort() -> Iterator[Finding]:
    flow = [Row({"what": "recorded"}, count(2000))]
    out = (("no consent to research", 340), ("registered too late", 61), ("left before week 5", 4), ("online only", 65))
    flow += [Row({"what": "excluded", "reason": reason}, count(n)) for reason, n in out]
    flow += [Row({"what": "analysed"}, count(1534))]
    yield Finding("cohort.flow", "Who is in the study, and who is not?", "described", count(1534), tuple(flow))
    seen = tuple(
        Row({"what": "source", "source": s}, share(v, 0.02, 1534)) for s, v in (("vle", 0.97), ("attendance", 0.89))
    )
    yield Finding(
        "cohort.observed", "For whom was each source observed through the index week?", "described", rows=seen
    )
    asked = tuple(Row({"instrument": "WHO-5", "week": w}, share(0.8 - 0.03 * w, 0.03, 1534)) for w in (2, 4, 8, 10))
    yield Finding("cohort.responses", "How many answered each questionnaire?", "described", rows=asked)


def indicators() -> Iterator[Finding]:
    names = ("weekly_activity", "active_days", "regularity", "late_or_missing")
    yield Finding(
        "indicators.observed",
        "For whom was each indicator observed?",
        "described",
        rows=tuple(Row({"indicator": name}, share(0.95 - 0.1 * i, 0.02, 1534)) for i, name in enumerate(names)),
    )
    units = ("actions a week", "days a week", "share", "share")
    yield Finding(
        "indicators.values",
        "What is the mean of each indicator?",
        "described",
        rows=tuple(
            Row({"indicator": name}, Estimate(0.4, 0.3, 0.5, 0.95, unit, 1400, "t"))
            for name, unit in zip(names, units, strict=True)
        ),
    )


def validation() -> Iterator[Finding]:
    missing = Assumption("Answers are missing at random", None, "what was not answered is not known")
    rows = (Row({"what": "plain 95 % interval"}, sd(0.14, 0.04)),)
    reason = "the interval lies wholly on the registered side of zero, and the estimate is as large as registered"
    yield Finding(
        "validation.between.h1", "Do more active students report better wellbeing?", "supported", sd(0.14, 0.05), rows,
        (missing, Assumption("Residuals do not depend on the week", True, "slope 0.01")),
        ("An association is not an effect.",), "H1", True, reason,
    )  # fmt: skip
    yield Finding(
        "validation.within.h2", "Is a student's wellbeing better in more active weeks?", "inconclusive",
        sd(0.03, 0.05), (), (missing,), (), "H2", True, CAN_NOT_TELL,
    )  # fmt: skip
    auc = Estimate(0.66, 0.61, 0.71, 0.95, "AUC", 1210, "delong")
    yield Finding(
        "validation.discrimination", "Does the score tell students with low mood from others?", "described", auc
    )
    chosen = (
        Row({"what": "reached"}, share(0.22, 0.05, 254)),
        Row({"what": "right when chosen"}, share(0.46, 0.09, 121)),
    )
    yield Finding(
        "validation.decision", "How many students with low mood does the decision choose?", "described",
        share(0.22, 0.05, 254), chosen,
    )  # fmt: skip
    slope = Estimate(0.81, 0.55, 1.07, 0.95, "slope", 1210, "logistic")
    yield Finding("validation.calibration", "Does a score mean what it says?", "described", slope)
    yield Finding("validation.prevalence", "How many students have low mood?", "described", share(0.21, 0.02, 1210))
    bins = []
    for i in range(6):
        bins.append(
            Row({"what": "predicted", "bin": i}, Estimate(0.05 + 0.08 * i, None, None, None, "share", 200, "mean"))
        )
        bins.append(Row({"what": "observed", "bin": i}, share(0.09 + 0.065 * i, 0.06, 200)))
    yield Finding(
        "validation.calibration_curve", "Does the observed share follow the score?", "described", rows=tuple(bins)
    )


GROUPS = {"gender": ("F", "M"), "ethnicity": ("Asian", "Black", "Mixed or other", NASTY)}


def beside() -> Iterator[Finding]:
    """What stands behind the associations and the score: one finding of each kind that a report shows of its own."""
    large = Estimate(0.005, 0.001, 0.028, 0.95, "share", 1402, "monte-carlo-p")
    drawn = (Row({"what": "found"}, sd(0.14, 0.05)), Row({"what": "draws as large as found", "draws": 199}, large))
    yield Finding("validation.placebo.h1", "What would no link show?", "described", sd(0.0, 0.05), drawn)
    clear = Estimate(0.75, None, None, None, "share", 1052, "count")
    many = Estimate(48, None, None, None, "specifications", 1052, "count")
    ways = (
        Row({"what": "specifications"}, many),
        Row({"what": "share of specifications with the registered sign, interval excludes zero"}, clear),
        Row({"specification": 1, "scale": "rank"}, sd(0.13, 0.05)),
    )
    yield Finding("validation.choices.h1", "Would it have come out otherwise?", "described", sd(0.13, 0.05), ways)
    yield Finding("validation.imputed.h1", "Had everybody answered?", "described", sd(0.04, 0.06))
    yield not_analysed(
        "validation.controls.h2", "How far from zero are controls?", "columns do not vary within a student"
    )
    yield Finding(
        "validation.opposite.h2", "In how many does it point the other way?", "described", share(0.15, 0.07, 900)
    )
    whole = Estimate(1, None, None, None, "dimensions", 909, "parallel")
    yield Finding("validation.instrument.who_5.dimensions", "On how many dimensions?", "described", whole)
    omega = Estimate(0.88, 0.87, 0.90, 0.95, "omega", 909, "omega")
    first = (Row({"what": "omega", "week": 2}, omega),)
    yield Finding("validation.instrument.who_5.reliability", "How consistent is it?", "described", omega, first)
    for what, holds in (("waves", False), ("items.gender", None)):
        yield Finding(
            f"validation.instrument.who_5.{what}", f"Does it mean the same, by {what}?", "described",
            assumptions=(Assumption("It means the same", holds, "p = 0.001"),), rows=first,
        )  # fmt: skip
    twice = Estimate(0.92, 0.91, 0.93, 0.95, "reliability", 1534, "spearman-brown")
    weeks = (Row({"what": "one week beside the next"}, Estimate(0.5, 0.4, 0.6, 0.95, "correlation", 1534, "z")),)
    apart = (Assumption("Weeks are measured apart from one another", False, "windows overlap"),)
    yield Finding(
        "validation.stability.regularity", "How alike are weeks?", "described", twice, weeks, assumptions=apart
    )
    yield from worth()


def worth() -> Iterator[Finding]:
    def auc(value: float) -> Estimate:
        return Estimate(value, value - 0.03, value + 0.03, 0.95, "AUC", 893, "delong-within-folds")

    lost: tuple[tuple[str, float, Verdict], ...] = (("vle", 0.04, "inconclusive"), ("library", -0.02, "negligible"))
    spare = tuple(Row({"source": name}, auc(value), verdict) for name, value, verdict in lost)
    yield Finding("validation.sources.value", "Which sources does the score need?", "described", rows=spare)
    ahead = tuple(
        Row(
            {"week": w, "what": "AUC", "window": f"{'overlaps' if w > 6 else 'before'} the weeks asked about"},
            auc(0.52),
        )
        for w in (2, 4, 6, 8)
    )
    yield Finding("validation.early", "From which week on?", "inconclusive", auc(0.01), ahead, reason="it is a coin")
    hours = Estimate(92, 84.7, 99.6, 0.95, "hours a week per 1,000", 1534, "t")
    cut = (
        Row({"what": "sensitivity", "cut": 1}, share(0.88, 0.04, 290)),
        Row({"what": "sensitivity", "cut": 2}, share(0.49, 0.06, 290)),
        Row({"what": "sensitivity beyond as many students at random", "cut": 2}, share(0.008, 0.032, 602)),
        Row({"what": "predictive value", "cut": 2}, share(0.33, 0.05, 424)),
        Row({"what": "staff hours", "cut": 2}, hours),
    )
    yield Finding("validation.trigger.red", "Whom would 'red' reach?", "described", share(0.49, 0.06, 290), cut)
    yield Finding("validation.triggers.chosen", "Which rule would be chosen?", "described", share(0.37, 0.05, 290))
    points = [Estimate(v, v - 1, v + 1, 0.975, "WHO-5 points", 1240, "simultaneous") for v in (3.0, -6.1)]
    term = tuple(Row({"what": "change within students", "week": w}, e) for w, e in zip((2, 12), points, strict=True))
    yield Finding("validation.calendar", "In which weeks is most strain?", "described", points[1], term)
    never = (
        Row(
            {"source": "attendance", "reason": "has no attendance record", "among": "all in the study"},
            share(0.1, 0.02, 1534),
        ),
        Row({"what": "total", "reason": "any of these", "among": "all in the study"}, share(0.30, 0.02, 1534)),
    )
    yield Finding(
        "validation.missed_by_construction",
        "Whom would a contact rule leave out?",
        "described",
        share(0.3, 0.02, 1534),
        never,
    )


def audit() -> Iterator[Finding]:
    for i, metric in enumerate(("selection", "tpr", "fpr", "fnr", "auc")):
        for j, attribute in enumerate(("gender", "ethnicity", "gender_x_ethnicity")):
            for view in ("", ".within", ".difference"):
                yield gap(f"audit.{metric}.{attribute}{view}", metric, attribute, view, 0.02 + 0.05 * ((i + j) % 3))


def gap(name: str, metric: str, attribute: str, view: str, value: float) -> Finding:
    rows = []
    for i, group in enumerate(GROUPS.get(attribute, ("F, Asian", "M, Black"))):
        estimate = None if group == "Mixed or other" else share(0.6 + 0.04 * i, 0.08, 120)
        rows.append(
            Row(
                {"what": "group", attribute: group},
                estimate,
                None if estimate else "suppressed",
                None if estimate else "small",
            )
        )
    verdict = "disparity" if value > 0.1 and not view else "equivalent" if value < 0.03 and not view else "inconclusive"
    return Finding(
        name, f"Is the rate '{metric}' the same by {attribute}?", verdict,
        share(value, 0.04 if verdict == "disparity" else 0.06, 250), () if view == ".difference" else tuple(rows),
        reason=None if verdict != "inconclusive" else OPEN if value > 0.05 and not view else "too few students",
        limitations=("The label is what students reported.",), confirmatory=True,
    )  # fmt: skip


def explanation() -> Iterator[Finding]:
    names = ("weekly_activity", "active_days", "regularity", "late_or_missing")
    rows = tuple(Row({"indicator": name}, share(0.43 - 0.11 * i, 0.05, 1210)) for i, name in enumerate(names))
    yield Finding("explanation.importance", "What does the model's score lean on?", "described", rows=rows)
    spread = Estimate(0.88, 0.71, 0.97, 0.95, "rank correlation", 20, "refits")
    yield Finding("explanation.ranks", "Does the order stay the same across refits?", "described", spread)
    exact = Estimate(0.0, 0.0, 0.0, 0.95, "log odds", 1210, "exact")
    yield Finding("explanation.additivity", "Do the parts add up to the score?", "described", exact)


def evaluation() -> Iterator[Finding]:
    points = Estimate(2.1, -0.6, 4.8, 0.95, "WHO-5 points", 214, "lin-hc2")
    yield Finding(
        "evaluation.contact.h3", "Does the contact change wellbeing?", "inconclusive", points, hypothesis="H3",
        confirmatory=True, reason=CAN_NOT_TELL,
        assumptions=(Assumption("Chance assigned the arms", True, "250 of 500"),),
    )  # fmt: skip
    plain = Estimate(1.9, -0.9, 4.7, 0.95, "WHO-5 points", 214, "welch")
    yield Finding("evaluation.contact.unadjusted", "What is the plain difference between the arms?", "described", plain)
    arms = (Row({"arm": "contact"}, share(0.71, 0.08, 130)), Row({"arm": "usual"}, share(0.66, 0.08, 132)))
    yield Finding(
        "evaluation.attrition",
        "Is the outcome known for as many in both arms?",
        "described",
        share(0.05, 0.11, 262),
        arms,
    )
    change = tuple(
        Row({"arm": a}, Estimate(v, v - 0.2, v + 0.2, 0.95, "SD", 130, "t"))
        for a, v in (("contact", 0.74), ("usual", 0.69))
    )
    yield Finding(
        "evaluation.prepost", "How much did activity change after the contact?", "described", change[0].estimate, change
    )
    steps = (("sent", 130), ("opened", 96), ("talked", 31), ("complaint", 4))
    yield Finding(
        "evaluation.path", "How far did the contacts get?", "described", count(130),
        tuple(Row({"what": "step", "step": s}, count(n)) for s, n in steps),
    )  # fmt: skip


def full() -> Evidence:
    late = Deviation("D1", "2025-11-03", f"WHO-5 came a week late {NASTY}", FORMULA, "H3 is compared one week later")
    parts = (cohort(), indicators(), validation(), beside(), audit(), explanation(), evaluation())
    where = {
        "data": "synthetic",
        "cohort_digest": "sha256:" + "0" * 64,
        "source": "written by hand",
        "notes": ("Module BBB had no feed.",),
    }
    return collect_evidence(
        protocol("fuller"),
        *map(Findings, parts),
        provenance=where,
        deviations=(late,),
        versions={"la_research": "1", "numpy": "2"},
    )


def bare() -> Evidence:
    """The smallest protocol and a stage that could analyse nothing."""
    none = not_analysed(
        "validation.wellbeing", "Does activity go with wellbeing?", "the data hold no wellbeing instrument"
    )
    return collect_evidence(protocol("minimal"), Findings([none]), provenance={"data": "synthetic"})


def scored() -> Findings:
    def true(value: float, unit: str, what: str = "planted", verdict: Verdict | None = None) -> Row:
        return Row({"what": what}, Estimate(value, None, None, None, unit, 1534, "planted"), verdict)

    def whole(value: float, half: float, what: str, verdict: Verdict) -> Row:
        return Row({"what": f"in this cohort, {what}"}, share(value, half, 1534), verdict)

    seen, gap = sd(0.14, 0.05), Estimate(0.15, 0.02, 0.30, 0.95, "share", 290, "newcombe-tukey")
    change = Estimate(0.36, 0.25, 0.46, 0.95, "SD", 287, "mean-t")
    link = (true(0.15, "SD per SD", verdict="supported"), Row({"what": "found"}, seen, "supported"))
    missed = (
        whole(0.14, 0.03, "had everyone answered", "disparity"),
        whole(0.04, 0.05, "against true need", "equivalent"),
        Row({"what": "found"}, gap, "inconclusive", "it reaches across the margin"),
    )
    illusion = (true(0.01, "SD", verdict="described"), Row({"what": "found"}, change, "described"))
    left = (Row({"why": "nothing is planted in a count"}, None, "not analysed", "cohort.flow, cohort.observed"),)
    return Findings([
        Finding("score.validation.between.h1", "Was it found?", "described", seen, link, hypothesis="H1"),
        Finding("score.audit.fnr.gender", "Was the gap found?", "described", gap, missed),
        Finding("score.evaluation.prepost", "How much was the contact?", "described", change, illusion),
        not_analysed("score.not_scored", "What has no planted size?", "2 findings without a planted size", rows=left),
    ])  # fmt: skip


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    return full()


@pytest.fixture(scope="session")
def small() -> Evidence:
    return bare()


@pytest.fixture(scope="session")
def score() -> Findings:
    return scored()
