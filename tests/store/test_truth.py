import json

import pytest

from la_research.errors import TruthError
from la_research.store import save_cohort
from la_research.store.truth import load_truth, save_truth, truth_beside


def code(folder) -> str:
    with pytest.raises(TruthError) as caught:
        load_truth(folder)
    return caught.value.faults[0].code


@pytest.fixture
def saved(truth, tmp_path):
    return save_truth(truth, truth_beside(tmp_path / "cohort"))


def test_the_truth_comes_back_as_it_was(truth, saved):
    loaded = load_truth(saved)
    assert dict(loaded.estimands) == dict(truth.estimands)
    assert (loaded.scenario, loaded.scenario_digest, loaded.seed, loaded.n) == ("null", truth.scenario_digest, 3, 60)
    assert all(loaded.tables[name].equals(table) for name, table in truth.tables.items())


def test_the_truth_stands_beside_its_cohort_never_in_it(cohort, saved, tmp_path):
    save_cohort(cohort, tmp_path / "cohort")
    assert saved == tmp_path / "cohort.truth"
    assert not [path for path in (tmp_path / "cohort").iterdir() if "truth" in path.name]


def test_a_truth_that_is_absent_or_incomplete_is_missing(saved, tmp_path):
    assert code(tmp_path / "nowhere.truth") == "truth.missing"
    (saved / "students.parquet").unlink()
    assert code(saved) == "truth.missing"


def test_a_table_with_a_changed_byte_is_altered(saved):
    content = bytearray((saved / "weeks.parquet").read_bytes())
    content[100] ^= 1
    (saved / "weeks.parquet").write_bytes(content)
    assert code(saved) == "truth.altered"


def test_an_envelope_without_its_keys_is_altered_and_a_newer_one_refused(saved):
    file = saved / "truth.json"
    whole = json.loads(file.read_text())
    file.write_text(json.dumps({key: value for key, value in whole.items() if key != "seed"}))
    assert code(saved) == "truth.altered"
    file.write_text(json.dumps({**whole, "format": "la_research.truth/2"}))
    assert code(saved) == "truth.newer_format"
    file.write_text("{")
    assert code(saved) == "truth.not_json"
