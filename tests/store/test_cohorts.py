import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.errors import CohortError, DiskError
from la_research.schema import TABLES
from la_research.store import load_cohort, save_cohort


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def code(folder) -> list[str]:
    with pytest.raises(CohortError) as caught:
        load_cohort(folder)
    return [fault.code.removeprefix("cohort.") for fault in caught.value.faults]


@pytest.fixture
def saved(cohort, tmp_path):
    return save_cohort(cohort, tmp_path / "cohort")


@pytest.fixture
def described(saved):
    """Changes the data package's description."""

    def change(**keys):
        file = saved / "datapackage.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **keys}))
        return saved

    return change


def test_a_cohort_comes_back_as_it_was_and_is_written_the_same(cohort, saved, tmp_path):
    loaded = load_cohort(saved)
    assert all(loaded.arrow(name).equals(cohort.arrow(name)) for name in TABLES)
    assert loaded.provenance == cohort.provenance
    again = save_cohort(loaded, tmp_path / "again")
    assert contents(again) == contents(saved)
    assert load_cohort(again).digest == loaded.digest


def test_rows_in_another_order_give_the_same_bytes(cohort, saved, tmp_path):
    turned = {name: cohort.arrow(name)[::-1] if cohort.arrow(name).num_rows else cohort.arrow(name) for name in TABLES}
    other = save_cohort(Cohort(turned, cohort.provenance, ""), tmp_path / "turned")
    assert contents(other) == contents(saved)


def test_the_description_names_format_tables_hashes_and_provenance(saved):
    described = json.loads((saved / "datapackage.json").read_text())
    assert next(iter(described)) == "format"
    assert described["format"] == "la_research.cohort/1"
    assert described["provenance"]["data"] == "synthetic"
    tables = {item["name"]: item for item in described["resources"]}
    assert set(tables) == {name for name, table in TABLES.items() if table.required}
    enrolments = tables["enrolments"]
    assert enrolments["schema"]["primaryKey"] == ["enrolment_id"]
    assert enrolments["schema"]["foreignKeys"][0]["reference"] == {"resource": "students", "fields": ["student_id"]}
    assert enrolments["rows"] == pq.read_metadata(saved / "enrolments.parquet").num_rows
    assert enrolments["hash"].startswith("sha256:")


def test_tables_hold_no_pandas_metadata_and_stand_in_key_order(saved):
    activity = pq.read_table(saved / "activity.parquet")
    assert activity.schema.metadata is None
    assert activity.equals(activity.sort_by([(name, "ascending") for name in TABLES["activity"].key]))


def test_another_folder_is_not_overwritten_by_a_cohort(cohort, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DiskError):
        save_cohort(cohort, tmp_path)


def test_an_unsound_cohort_is_not_written(cohort, tmp_path):
    tables = {name: cohort.arrow(name) for name in TABLES} | {"students": cohort.arrow("students").slice(1)}
    with pytest.raises(CohortError):
        save_cohort(Cohort(tables, cohort.provenance, ""), tmp_path / "cohort")
    assert list(tmp_path.iterdir()) == []


def test_a_newer_or_unknown_format_is_refused(described):
    assert code(described(format="la_research.cohort/2")) == ["newer_format"]
    assert code(described(format="somebody.elses/1")) == ["format"]


@pytest.mark.parametrize(
    "path", ["../outside.parquet", "/etc/passwd", "a/../../b.parquet", "https://example.org/x.parquet", "..\\x.parquet"]
)
def test_a_path_that_leads_out_of_the_folder_is_refused(described, path):
    assert code(described(resources=[{"name": "students", "path": path}])) == ["unsafe_path"]


def test_a_link_that_leads_out_of_the_folder_is_refused(described, saved, tmp_path):
    (tmp_path / "outside.parquet").write_bytes((saved / "students.parquet").read_bytes())
    (saved / "link.parquet").symlink_to(tmp_path / "outside.parquet")
    assert code(described(resources=[{"name": "students", "path": "link.parquet"}])) == ["unsafe_path"]


def test_a_changed_byte_shows(saved):
    file = saved / "students.parquet"
    pq.write_table(pq.read_table(file).slice(1), file)
    assert "altered" in code(saved)


def test_a_missing_and_a_broken_file_are_told_together(saved):
    (saved / "activity.parquet").unlink()
    (saved / "consent.parquet").write_bytes(b"PAR1 broken")
    assert set(code(saved)) == {"missing_file", "unreadable_table"}


def test_a_table_that_is_not_described_is_missing(described, saved):
    resources = json.loads((saved / "datapackage.json").read_text())["resources"]
    assert code(described(resources=[item for item in resources if item["name"] != "consent"])) == ["missing_table"]


def test_a_folder_without_a_cohort_and_a_broken_description_are_told(tmp_path):
    assert code(tmp_path) == ["not_found"]
    for text in (
        "{",
        "[]",
        '{"format": "la_research.cohort/1"}',
        '{"format": "la_research.cohort/1", "resources": [3]}',
    ):
        (tmp_path / "datapackage.json").write_text(text)
        assert code(tmp_path)[0] in ("not_json", "format")


def test_provenance_has_to_say_what_kind_of_data_it_is(described):
    assert code(described(provenance={"data": "secret"})) == ["provenance"]


@pytest.fixture
def handmade(saved):
    """The cohort as CSV files, as one would write it by hand: without hashes."""
    resources = []
    for name in TABLES:
        if (saved / f"{name}.parquet").exists():
            frame = pq.read_table(saved / f"{name}.parquet").to_pandas(types_mapper=None)
            integers = [column.name for column in TABLES[name].columns if column.type == "integer"]
            frame[integers] = frame[integers].astype("Int64")
            frame.to_csv(saved / f"{name}.csv", index=False)
            resources.append({"name": name, "path": f"{name}.csv"})
    file = saved / "datapackage.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "resources": resources}))
    return saved


def test_a_cohort_of_csv_files_holds_the_same_tables(cohort, handmade):
    loaded = load_cohort(handmade)
    assert all(loaded.arrow(name).equals(cohort.arrow(name)) for name in TABLES)


def test_a_text_among_the_numbers_of_a_csv_file_is_a_wrong_type_and_not_shown(handmade):
    file = handmade / "activity.csv"
    lines = file.read_text().splitlines()
    lines[1] = ",".join([*lines[1].split(",")[:3], "secret", *lines[1].split(",")[4:]])
    file.write_text("\n".join(lines))
    with pytest.raises(CohortError) as caught:
        load_cohort(handmade)
    assert [fault.code for fault in caught.value.faults] == ["cohort.wrong_type"]
    assert "secret" not in str(caught.value)


def test_a_byte_order_mark_and_markup_in_a_csv_file_are_read_as_they_are(handmade):
    file = handmade / "students.csv"
    header, first, *rest = file.read_text().splitlines()
    cells = first.split(",")
    cells[2] = "=HYPERLINK(<script>)"
    file.write_text("\n".join(["\ufeff" + header, ",".join(cells), *rest]), encoding="utf-8")
    assert load_cohort(handmade).frame("students")["subject"].eq("=HYPERLINK(<script>)").sum() == 1


def test_provenance_notes_come_back_in_order(cohort, tmp_path):
    notes = ("first <b>", "second")
    tables = {name: cohort.arrow(name) for name in TABLES}
    told = Cohort(tables, Provenance("open", "by hand", {"n": 60}, notes), "")
    assert load_cohort(save_cohort(told, tmp_path / "c")).provenance == told.provenance


def test_the_cohort_written_by_hand_is_sound():
    handmade = load_cohort(Path(__file__).parents[2] / "synthetic" / "handmade")
    assert handmade.provenance.data == "synthetic"
    assert 12 <= handmade.arrow("students").num_rows <= 60
