import json
from pathlib import Path

import pytest

from la_research.errors import TruthError
from la_research.seeds import CELL
from la_research.store import load_scenario, save_cohort
from la_research.store.truth import load_truth, migrate, save_truth, truth_beside
from la_research.synthetic import generate_cohort


def code(folder) -> str:
    with pytest.raises(TruthError) as caught:
        load_truth(folder)
    return caught.value.faults[0].code


@pytest.fixture
def saved(truth, tmp_path):
    return save_truth(truth, truth_beside(tmp_path / "cohort"))


def test_the_truth_comes_back_as_it_was(truth, saved):
    loaded = load_truth(saved)
    assert dict(loaded.estimands) == pytest.approx(dict(truth.estimands), abs=1e-9)
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
    file.write_text(json.dumps({**whole, "format": "la_research.truth/3"}))
    assert code(saved) == "truth.newer_format"
    file.write_text("{")
    assert code(saved) == "truth.not_json"


def leaves(tree, path=()):
    """Every field of an envelope that holds a value, by its path."""
    if isinstance(tree, dict):
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, tree


def test_a_change_of_any_field_of_the_envelope_is_seen(saved):
    file = saved / "truth.json"
    whole = json.loads(file.read_text())
    for path, value in leaves(whole):
        if path == ("format",):  # another format is told apart before its digest
            continue
        other = json.loads(json.dumps(whole))
        place = other
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value + 0.001 if isinstance(value, (int, float)) else f"{value}0"
        file.write_text(json.dumps(other))
        assert code(saved) == "truth.altered", path
    for field in whole:
        file.write_text(json.dumps({key: value for key, value in whole.items() if key != field}))
        assert code(saved) in ("truth.altered", "truth.format"), field
    file.write_text(json.dumps({**whole, "estimands": {**whole["estimands"], "effect.more": 9.0}}))
    assert code(saved) == "truth.altered"


def test_an_envelope_is_not_taken_for_an_older_one_to_get_round_its_digest(saved):
    file = saved / "truth.json"
    file.write_text(file.read_text().replace("la_research.truth/2", "la_research.truth/1"))
    assert code(saved) == "truth.altered"


GOLDEN = Path(__file__).parents[1] / "formats" / "truth-1"


def test_a_truth_of_the_format_before_is_read(tmp_path):
    loaded = load_truth(GOLDEN)
    assert (loaded.scenario, loaded.seed, loaded.n) == ("default", 3, 12)
    assert loaded.estimands["effect.contact_week_4.WHO-5.week_10"] == 4.8333004829
    envelope = json.loads((GOLDEN / "truth.json").read_text())
    assert migrate(envelope)["format"] == "la_research.truth/2"
    assert envelope["format"] == "la_research.truth/1"  # what it was given stays as it was


def test_a_large_truth_is_written_block_by_block_as_the_whole_one(tmp_path):
    _, truth = generate_cohort(load_scenario("null"), n=CELL + 30, seed=2)
    loaded = load_truth(save_truth(truth, tmp_path / "large.truth"))
    assert all(loaded.tables[name].equals(truth.tables[name]) for name in ("students", "weeks"))
