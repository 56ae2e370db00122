"""A cell as tables: plain loops find the same rows, in key order, and only what is asked for is made."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.cohort import arrow_schema, check_cohort, in_order
from la_research.schema import ACTIVITY_SOURCES, COMMUNITY_SOURCES, TABLES
from la_research.seeds import CELL
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.cell import draw_cell
from la_research.synthetic.students import STAYS
from la_research.synthetic.switch import with_dials
from la_research.synthetic.tables import REQUIRED, campus_tables, cell_tables

BUSY = [
    "years.count=3", "leaving=0.05", "people.second_module=0.5", "contact.looks=[3, 5]", "consent.withdrawn_later=0.3",
    "term.due_weeks=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", "label_bias.disclosure={women: 2}",
]  # fmt: skip


@pytest.fixture(scope="module")
def cell():
    return draw_cell(with_dials(load_scenario("default"), BUSY), 4, 2, 90)


@pytest.fixture(scope="module")
def frames(cell):
    return {name: table.to_pandas() for name, table in cell_tables(cell).items()}


def enrolled(cell) -> dict[str, tuple[int, int]]:
    """Student and slot of every enrolment by its id, by a plain loop."""
    found = {}
    for i in range(cell.size):
        for slot in range(2 if cell.students.second[i] else 1):
            code = cell.scenario.modules[cell.students.module[i, slot]].code
            found[f"s{cell.number * CELL + i:07d}-{code}"] = (i, slot)
    return found


@pytest.mark.parametrize(
    "dials",
    [[], BUSY, ["contact.probability=1"], ["term.break_after=0", "term.phq8_weeks=[]"], ["term.break_after=12"],
     ["term.who5_weeks=[]", "term.phq8_weeks=[]", "term.due_weeks=[]", "contact.cutoff=0.000001"]],
)  # fmt: skip
def test_tables_have_the_columns_of_the_schema_and_stand_in_key_order(dials):
    campus = with_dials(load_scenario("default"), dials)
    tables = {**cell_tables(draw_cell(campus, 4, 1, 300), TABLES), **campus_tables(campus)}
    assert set(tables) == set(TABLES)
    assert [name for name, table in tables.items() if table.schema != arrow_schema(TABLES[name])] == []
    assert [name for name, table in tables.items() if not in_order(table, TABLES[name].key)] == []
    assert check_cohort(tables) == []


def test_activity_is_what_a_plain_loop_finds(cell, frames):
    left, starts = cell.traces.leaves_day, cell.scenario.term.first_day(cell.scenario.term.numbers)
    expected = {}
    for name, (i, slot) in enrolled(cell).items():
        for week in range(1, cell.scenario.term.weeks + 1):
            if starts[week - 1] > left[i]:
                continue
            for k, source in enumerate(ACTIVITY_SOURCES):
                count, days = (
                    part[i, slot, week - 1, k] for part in (cell.traces.activity.counts, cell.traces.activity.days)
                )
                if count:
                    expected[name, week, source] = (count, days, 90 * count)
            for k, source in enumerate(COMMUNITY_SOURCES):
                count = cell.traces.activity.community[i, week - 1, k]
                if count and slot == 0:
                    expected[name, week, source] = (count, min(count, 7), 90 * count)
    rows = frames["activity"].itertuples(index=False)
    assert {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows} == expected


def test_background_is_what_a_plain_loop_finds(cell, frames):
    who, people = cell.students, cell.scenario.people
    vault = frames["vault"].set_index(["enrolment_id", "attribute"])["value"]
    rows = frames["enrolments"].set_index("enrolment_id")
    assert set(rows.index) == set(enrolled(cell))
    for name, (i, slot) in enrolled(cell).items():
        assert vault[name, "gender"] == ("F" if who.groups["women"][i] else "M")
        assert vault[name, "ethnicity"] == list(people.ethnicity)[who.ethnicity[i]]
        assert vault[name, "religion"] == list(people.religion)[who.religion[i]]
        assert vault[name, "imd_band"] == f"fifth {who.imd[i]}"
        assert rows.loc[name, "module"] == cell.scenario.modules[who.module[i, slot]].code
        assert rows.loc[name, "presentation"] == f"{2025 + who.year[i]}A"
        assert rows.loc[name, "credits"] == (60 if who.second[i] else 30)
        end = rows.loc[name, "end"]
        assert np.isnan(end) if who.leaves_day[i] == STAYS else end == cell.traces.leaves_day[i]


def test_a_consent_taken_back_is_a_second_decision_on_research(cell, frames):
    rows = frames["consent"].groupby(["student_id", "flag"]).size().unstack()
    assert (rows[["model_use", "contact"]] == 1).all(axis=None)
    back = rows.index[rows["research"] == 2]
    again = frames["consent"][frames["consent"]["from_day"] > 1]
    assert len(back) > 10
    assert sorted(again["student_id"]) == list(back)
    assert not again["given"].any()


def test_the_eleventh_assessment_comes_after_the_first_by_its_name(frames):
    first = (
        frames["assessments"].groupby("enrolment_id")["assessment_id"].apply(list).map(lambda ids: [i[7:] for i in ids])
    )
    assert max(first, key=len) == sorted(map(str, range(1, 12)))


def test_only_the_tables_asked_for_are_made(cell, monkeypatch):
    from la_research.synthetic.tables import MAKERS

    monkeypatch.setitem(MAKERS, "activity", None)
    assert set(cell_tables(cell, ["students", "responses", "feeds"])) == {"students", "responses"}


def test_a_cohort_of_some_tables_holds_the_same_rows_and_has_a_digest_of_its_own():
    campus = load_scenario("default")
    whole, _ = generate_cohort(campus, n=80, seed=2)
    some, _ = generate_cohort(campus, n=80, seed=2, tables=["responses", "calendar"])
    for name in REQUIRED:
        held = some.arrow(name)
        assert held.equals(whole.arrow(name)) if name in ("responses", "calendar") else held.num_rows == 0
    assert some.digest != whole.digest
