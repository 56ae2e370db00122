"""The page of a statement: words a student can read, support first, and nothing that a study did not answer hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from la_research.evidence import Evidence
from la_research.governance import Access, Accesses
from la_research.pipeline.basis import Basis
from la_research.pipeline.statement import state
from la_research.protocol.governance import Withheld
from la_research.report import Document, ethics_report
from la_research.report.document import Bullets, Definitions, Details
from la_research.report.plain import plain_text
from la_research.report.statement import Statement, statement_page
from la_research.report.statement.held import MOST
from la_research.store import load_cohort, load_protocol
from la_research.wording import lint, reading_grade, sentences, words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def statement() -> Statement:
    protocol = load_protocol(ROOT / "protocols" / "early-engagement")
    back = protocol.governance.model_copy(update={"withheld": (Withheld(what="services", policy="A policy."),)})
    basis = Basis(protocol.model_copy(update={"governance": back}))
    return state(load_cohort(ROOT / "synthetic" / "handmade"), "fades_a", basis, "2025-11-01")


@pytest.fixture(scope="module")
def page(statement: Statement) -> Document:
    return statement_page(statement)


def own_words(page: Document) -> str:
    """What is said in sentences; rows of tables are records."""
    lines = plain_text(page).splitlines()
    return "\n".join(line for line in lines if " | " not in line and line.rstrip().endswith((".", "?", "!")))


def test_the_page_can_be_read_after_eight_years_of_school(page):
    said = own_words(page)
    assert reading_grade(said) <= 8
    assert np.percentile([len(words(sentence)) for sentence in sentences(said)], 90) <= 20


def test_the_page_speaks_of_a_student_with_respect(page):
    assert [str(remark) for remark in lint(plain_text(page))] == []


def test_it_begins_with_what_a_student_can_do_and_who_helps_by_day_and_by_night(page):
    first = page.sections[0].blocks
    bullets, told = first[0], first[1]
    assert isinstance(bullets, Bullets)
    assert isinstance(told, Definitions)
    assert [
        next(word for word in ("put right", "add what", "say no", "talk to a person") if word in item)
        for item in bullets.items
    ] == ["put right", "add what", "say no", "talk to a person"]
    assert {"A record is wrong", "Add something", "Say no", "Take a yes back", "Object or complain", "Help by day",
            "Help by night"} <= {term for term, _ in told.items}  # fmt: skip


def test_raw_rows_stand_in_details_each_with_why_how_long_and_who(page, statement):
    opened = [block for block in page.section("held").blocks if isinstance(block, Details)]
    assert len(opened) == sum(table.num_rows > 0 for table in statement.rows.values())
    for block in opened:
        told = block.blocks[0]
        assert isinstance(told, Definitions)
        titles = [other.title for other in block.blocks if isinstance(other, Bullets)]
        assert {*titles, *(term for term, _ in told.items)} == {
            "What it is", "Why we hold it", "How long", "Who sees it",
        }  # fmt: skip
        assert "not answered" not in " ".join(text for _, text in told.items), block.summary


def test_an_item_held_back_is_named_and_not_counted_among_empty_tables(page):
    said = plain_text(page)
    assert "1 item is held back." in said
    assert "Help used | A policy." in said or "Help you used | A policy." in said
    assert "- Help you used" not in said


def test_without_a_run_no_score_is_told_and_without_a_study_the_page_says_what_it_can_not(page, statement):
    assert "The model gave you no score: no run of the study was named." in plain_text(page)
    alone = state(load_cohort(ROOT / "synthetic" / "handmade"), "fades_a", Basis(), "2025-11-01")
    bare = statement_page(alone)
    assert [s.id for s in bare.sections] == ["first", "short", "held", "unknown", "withheld", "seen", "words"]
    assert plain_text(bare).count("No study was named, so this page can not say.") > 10


def test_a_long_table_is_cut_on_the_page_and_says_where_the_rest_is(statement):
    from dataclasses import replace

    import pyarrow as pa

    row = {"enrolment_id": "a", "at": "2025-10-01T10:00:00Z", "source": "vle", "action": "open"}
    rows = {**statement.rows, "events": pa.Table.from_pylist([row] * (MOST + 1))}
    long = statement_page(replace(statement, rows=rows))
    table = next(table for table in long.tables() if table.name == "rows-events")
    assert len(table.rows) == MOST
    assert table.notes == (f"The first {MOST} rows. The others stand in data/events.csv.",)


def test_the_committee_reads_how_many_looks_there_were_by_whom_and_why(evidence: Evidence):
    def safeguards(accesses: Accesses | None) -> str:
        report = ethics_report(evidence, accesses=accesses)
        return plain_text(Document("t", "ethics committee", "open", (report.section("safeguards"),)))

    look = Access("2025-11-01", "not given", "own request", "statement", "given", 2)
    said = safeguards(Accesses((look, look, Access("x", "Ada", "mine", "statement", "refused")), 1))
    assert "given: 2, refused: 1, items held back: 4, lines of the log that can not be read: 1" in said
    assert "statement | another person | another reason | 0 | 1" in said
    assert "statement | not given | own request | 2 | 0" in said
    assert "Statements for students: none yet" in safeguards(Accesses())
    assert "Statements for students" not in safeguards(None)


def test_a_score_that_can_not_tell_is_said_to_suggest_nothing(statement):
    from dataclasses import replace

    from la_research.report.statement import Explained, Reasoned, Scored

    silent = Reasoned(silent="The score can not tell here.")
    one = Scored("all", "fades_a", 4, 0.5, True, None, {}, Explained(reason="none"), silent)
    said = plain_text(statement_page(replace(statement, scores=(one,))))
    assert "No. The score can not tell here. So it suggests nothing." in said


def test_names_of_columns_and_sources_are_those_of_the_catalogue(page):
    said = plain_text(page)
    assert "| Mark" in said
    assert " vle " not in said
