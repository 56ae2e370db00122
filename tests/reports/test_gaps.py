"""What a report says of gaps: missed at all, three readings, points, populations, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.evidence import Evidence, collect_evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.report.advisory import advisory_report
from la_research.report.appendix import all_audits, all_findings
from la_research.report.audited import beside_gaps
from la_research.report.document import Details, Document, Paragraph, Section, Table, walk
from la_research.report.ethics import ethics_report
from la_research.report.fairness import all_tallied, fairness, gap_answer, gap_title, in_matrix, too_small
from la_research.report.gap import THERE, gap_cell
from la_research.report.in_short import in_short, plain_limits
from la_research.report.missed import missed_words, more_words
from la_research.report.plain import plain_text
from la_research.report.plainly import gap_line, gap_word, short_answer
from la_research.report.reading import audits

OPEN = "the interval of the largest gap reaches across the margin"
NOT_ITS_SIZE = "a gap is there; whether it is larger than the margin of 10 percentage points can not be told"
TITLES = {"representation": "Who is missing?", "proxies": "Can it be told?", "calibration": "Is it the same?"}


def share(value: float | None, lower: float, upper: float, n: int = 290) -> Estimate:
    return Estimate(value, lower, upper, 0.95, "share", n, "by hand")


def compared(name: str, verdict: str, lower: float = 0.0, *rows: Row, reason: str = OPEN) -> Finding:
    there = NOT_ITS_SIZE if lower > 0 and reason == OPEN else reason
    told = None if verdict in ("disparity", "equivalent") else there
    return Finding(f"audit.{name}", "Is it the same?", verdict, share(0.12, lower, 0.26), rows, reason=told)  # type: ignore[arg-type]


def group(attribute: str, value: str, rate: float | None) -> Row:
    keys = {"what": "group", attribute: value}
    if rate is None:
        return Row(keys, None, "suppressed", "too few")
    return Row(keys, share(rate, rate - 0.05, rate + 0.05, 60))


MISSED = (
    compared("fnr.gender", "equivalent", 0.0, group("gender", "F", 0.9), group("gender", "M", 0.88)),
    compared("fnr.disability", "inconclusive", 0.03, group("disability", "Y", 0.753), group("disability", "N", 0.91)),
    compared("fnr.ethnicity", "inconclusive", 0.0, group("ethnicity", "Black", None)),
    compared("tpr.ethnicity", "inconclusive"),
    compared("selection.ethnicity", "inconclusive", 0.0, group("ethnicity", "Black", 0.1)),
)


@pytest.fixture
def study(evidence: Evidence):
    """Evidence of the study written by hand: its validation, and these findings of an audit."""

    def made(*findings: Finding) -> Evidence:
        held = [f for f in evidence.findings if f.stage == "validation"]
        return collect_evidence(evidence.protocol, Findings([*held, *findings]), provenance={"data": "synthetic"})

    return made


def page(*blocks) -> str:
    return plain_text(Document("A", "ethics committee", "synthetic", (Section("one", "One", blocks),)))


def test_the_section_begins_with_how_many_are_missed_at_all(study) -> None:
    lead = fairness(study(*MISSED))[0]
    assert isinstance(lead, Paragraph)
    assert lead.lead
    assert lead.text == (
        "Of students with the outcome the rule misses about 78 in 100 (likely between 73 and 83 in 100, from 254 "
        "students), and in every group shown at least 75 in 100. Whether it misses one group more by 10 percentage "
        "points or over: by disability there is a gap, its size not known; by gender no; by ethnicity not known."
    )


def test_without_a_decision_nobody_is_counted_as_missed(evidence: Evidence) -> None:
    bare = collect_evidence(evidence.protocol, Findings(MISSED), provenance={"data": "synthetic"})
    assert missed_words(bare) == ""


def test_what_nobody_knows_is_counted_and_what_is_known_is_named() -> None:
    names = ("gender", "age_band", "religion", "region")
    held = audits(Findings([compared(f"fnr.{name}", "inconclusive") for name in names]))
    assert more_words(held, 0.1).endswith("10 percentage points or over is not known by any of four attributes.")
    held += audits(Findings([compared("fnr.disability", "disparity", 0.15)]))
    assert more_words(held, None).endswith("by the margin or over: by disability yes; by four others not known.")


def test_students_read_first_how_many_the_model_misses(study) -> None:
    first = advisory_report(study(*MISSED)).section("fails").blocks[0]
    assert isinstance(first, Paragraph)
    assert first.text.startswith(
        "The model misses about 78 in 100 (likely between 73 and 83 in 100, from 254 students)"
    )
    assert first.text.endswith("it misses at least 75 in 100.")


def test_students_of_several_modules_are_counted_as_students_by_group(study) -> None:
    held = study(*MISSED)
    population = held.protocol.population.model_copy(update={"unit": "enrolment"})
    held = replace(held, protocol=held.protocol.model_copy(update={"population": population}))
    text = page(*advisory_report(held).section("fails").blocks)
    assert "can be in two groups" in text
    assert "from 60 students) missed" in text
    assert "from 60 module enrolments" not in text


def test_a_gap_whose_interval_leaves_out_zero_is_there() -> None:
    gender, disability, ethnicity, *_ = audits(Findings(MISSED))
    title = gap_title("fnr", [gender, disability, ethnicity])
    assert title == (
        "Students missed: a gap is there by disability, its size can not be told; "
        "equal within the margin by gender; the rest can not be told"
    )
    told = gap_answer("", "fnr", [gender, disability, ethnicity])
    assert (told.verdict, told.answer) == (THERE, "The largest gap that is there is by disability.")
    assert str(told.estimate) == "12.0 (95% CI 3.0 to 26.0) points, n = 290"
    assert short_answer(disability.finding) == "There is a gap. We can not tell if it is big"
    assert gap_word([gender, disability, ethnicity]) == "There is a gap by disability. We can not tell if it is big"
    assert gap_line("More?", [gender, disability, ethnicity]).verdict == "A gap by disability, maybe small"
    assert gap_word([gender, ethnicity]) == "We can not tell"
    assert gap_title("fnr", [ethnicity]) == "Students missed: whether groups differ can not be told"


def test_a_link_that_stays_open_is_no_gap_between_groups(evidence: Evidence) -> None:
    held = Finding("validation.between.h1", "Is it?", "inconclusive", share(0.1, 0.05, 0.2), reason="too small to say")
    assert short_answer(held) == "We can not tell"


def test_where_groups_are_too_small_the_interval_is_not_leant_on() -> None:
    few = compared("fnr.gender", "inconclusive", 0.03, reason="too few students with the outcome for a verdict")
    assert short_answer(few) == "We can not tell"


def test_the_count_is_of_what_the_matrix_shows(study) -> None:
    held = audits(Findings(MISSED))
    assert all_tallied(held) == (
        "4 comparisons between groups: 1 with a gap whose size can not be told; 1 equal within the margin; "
        "2 can not tell."
    )
    (table,) = (b for b in fairness(study(*MISSED)) if isinstance(b, Table) and b.name == "verdicts")
    assert sum(cell != "not registered" for row in table.rows for cell in row[1:]) == len(in_matrix(held, "all")) == 4
    assert all_tallied(held) in page(*ethics_report(study(*MISSED)).section("summary").blocks)


def test_groups_too_small_to_show_are_counted_under_the_matrix() -> None:
    assert too_small(audits(Findings(MISSED))) == "Groups too small to show in one column or more: 1 by ethnicity."
    assert too_small(audits(Findings(MISSED[:2]))) == ""


def test_rules_that_have_a_page_of_their_own_are_one_line_of_all_findings(study) -> None:
    held = study(*MISSED)
    rules = [Finding(f"validation.explorer.{rule}", "Whom?", "described") for rule in ("red", "score")]
    (table,) = (
        block
        for block in walk(
            all_findings(collect_evidence(held.protocol, Findings([*held.findings, *rules]), provenance={})).blocks
        )
        if isinstance(block, Table) and block.name == "findings-validation"
    )
    told = [row for row in table.rows if str(row[0]).startswith("validation.explorer")]
    assert [row[0] for row in told] == ["validation.explorer.RULE"]
    assert str(told[0][-1]).endswith("red, score")


def test_gaps_are_printed_in_points_in_every_table(study) -> None:
    held = study(*MISSED)
    pages = [*fairness(held), *all_audits(held.findings).blocks, *all_findings(held).blocks]
    tables = [block for block in walk(pages) if isinstance(block, Table)]
    cells = [cell for table in tables for row in table.rows for cell in row if isinstance(cell, Estimate)]
    gaps = [cell for cell in cells if (cell.n, cell.method) == (290, share(0, 0, 0).method)]
    assert {cell.unit for cell in gaps} == {"points"}
    assert {cell.unit for cell in cells if cell.n == 60} == {"share"}
    assert gap_cell(share(None, -0.22, 0.57), None) == "anywhere from −22.0 to +57.0 points (95 %, n = 290)"
    assert gap_cell(None, "suppressed") == "suppressed"


def test_each_population_has_its_name_above_and_in_its_titles(study) -> None:
    held = study(*MISSED, compared("clicks.fnr.gender", "inconclusive", 0.0, group("gender", "F", 0.9)))
    text = page(*fairness(held))
    assert "Main population. Of students with the outcome" in text
    assert "Population “clicks”. Whether it misses one group more" in text
    assert "[Figure] Students missed: whether groups differ can not be told (population “clicks”)" in text
    assert "by group (population “clicks”)" in text


def topical(name: str, reason: str, estimate: Estimate | None = None, *rows: Row) -> Finding:
    return Finding(f"audit.{name}", "What?", "described", estimate, rows, reason=reason)


def test_the_same_rows_of_two_populations_stand_once() -> None:
    same = [topical(f"{where}labels.fnr.gender", "either way", share(None, -0.2, 0.3)) for where in ("", "clicks.")]
    (details,) = (b for b in beside_gaps(Findings(same), {}, {}) if isinstance(b, Details))
    (table,) = (block for block in details.blocks if isinstance(block, Table))
    assert table.rows == (("Gender, missed", "anywhere from −20.0 to +30.0 points (95 %, n = 290)", "Either way."),)
    other = [*same, topical("clicks.labels.fpr.gender", "either way")]
    titles = [t.title for t in walk(beside_gaps(Findings(other), {}, {})) if isinstance(t, Table)]
    assert [title.rpartition("(")[2] for title in titles[1:]] == ["main population)", "population “clicks”)"]


def test_what_was_not_analysed_is_left_to_what_is_not_known() -> None:
    assert beside_gaps(Findings([not_analysed("audit.time", "Does it change?", "one term alone")]), {}, {}) == []


def test_a_table_without_numbers_has_no_column_for_them() -> None:
    blocks = walk(beside_gaps(Findings([topical("calibration.gender", "a third have the outcome")]), {}, {}))
    (table,) = (b for b in blocks if isinstance(b, Table) and b.name == "audit-calibration")
    assert table.columns == ("Compared", "What it says")
    assert table.rows == (("Gender", "A third have the outcome."),)


def test_thresholds_show_the_gaps_alone_by_share_selected() -> None:
    rows = [Row({"what": "gap", "top": top, "metric": "tpr"}, share(0.1, 0.0, 0.2)) for top in (0.05, 0.2)]
    rows.append(Row({"what": "threshold", "top": 0.05, "metric": "tpr", "gender": "F"}, share(0.1, 0.0, 0.2)))
    blocks = walk(beside_gaps(Findings([topical("thresholds.gender", "", None, *rows)]), {}, {}))
    (table,) = (b for b in blocks if isinstance(b, Table))
    assert table.columns == ("By", "5 of 100 selected", "20 of 100 selected")
    assert [str(cell) for cell in table.rows[0][1:]] == ["10.0 (95% CI 0.0 to 20.0) points, n = 290"] * 2


def test_an_attribute_told_worse_than_by_chance_is_not_told() -> None:
    def auc(low: float) -> Estimate:
        return Estimate(low + 0.04, low, low + 0.08, 0.95, "AUC", 900, "by hand")

    found = [topical("proxies.gender", "", auc(0.55)), topical("proxies.religion", "", auc(0.35))]
    found.append(topical("clicks.proxies.gender", "", auc(0.45)))
    table = in_short(Findings(found), TITLES, {})
    assert table is not None
    assert [row[0] for row in table.rows] == [
        "Can it be told? (main population)", "Can it be told? (population “clicks”)",
    ]  # fmt: skip
    assert table.rows[0][1] == "Better than by chance: gender. Of 1 other it is not shown."
    assert str(table.rows[1][1]).startswith("For none of 1 attributes is it shown")


def test_who_is_in_less_often_is_named_with_the_size() -> None:
    less = share(-0.016, -0.03, -0.002)
    row = Row({"what": "in the study less recorded", "gender": "M"}, less)
    found = Findings([topical("representation.gender", "men make up 1.6 percentage points less", less, row)])
    table = in_short(found, TITLES, {})
    assert table is not None
    assert table.rows[0][1] == "Men make up 1.6 percentage points less."
    (said,) = plain_limits(found)
    assert said.items[0].startswith(
        "There are fewer men in the study than among all: 1.6 less in 100 (likely between 0.2"
    )
    nobody = Findings([topical("representation.gender", "nobody is left out of the study")])
    assert in_short(nobody, TITLES, {}).rows[0][1] == "Nobody is left out of the study."
    assert plain_limits(nobody)[0].items == ("The study leaves nobody out.",)


def test_selected_without_the_outcome_has_one_name(evidence: Evidence) -> None:
    text = plain_text(ethics_report(evidence)).lower()
    assert "selection in error" not in text
    assert "wrongly selected" in text
