"""The log of looks: beside the cohort, only added to, by one writer at a time; and the key behind pseudonyms."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from la_research.cohort.pseudonym import pseudonym
from la_research.errors import DiskError, GovernanceError
from la_research.governance import Access, Accesses
from la_research.store.access import access_log, log_access, read_accesses
from la_research.store.key import read_key

LOOK = Access("2025-11-01", "stewardship", 'own request\n\u2028"', "statement", "given", 1)


def test_the_log_lies_beside_the_cohort_and_holds_one_line_a_look(tmp_path: Path):
    (tmp_path / "c").mkdir()
    log_access(tmp_path / "c", LOOK)
    log_access(tmp_path / "c", LOOK)
    assert list((tmp_path / "c").iterdir()) == []
    assert access_log(tmp_path / "c").name == "c.access.jsonl"
    lines = access_log(tmp_path / "c").read_text().splitlines()
    assert [sorted(json.loads(line)) for line in lines] == 2 * [
        ["format", "outcome", "verb", "when", "who", "why", "withheld"]
    ]
    assert read_accesses(tmp_path / "c") == Accesses((LOOK, LOOK))
    assert stat.S_IMODE(access_log(tmp_path / "c").stat().st_mode) == 0o600


def test_a_log_that_is_not_there_is_empty(tmp_path: Path):
    assert read_accesses(tmp_path / "c") == read_accesses(None) == Accesses()


def test_a_line_that_was_cut_or_changed_is_counted_and_swallows_no_other(tmp_path: Path):
    log_access(tmp_path / "c", LOOK)
    with access_log(tmp_path / "c").open("a") as log:
        log.write('{"format": "la_research.access/1", "outcome": "seen"}\n[1]\n{"cut')
    log_access(tmp_path / "c", LOOK)
    assert read_accesses(tmp_path / "c") == Accesses((LOOK, LOOK), 3)


def test_many_writers_lose_no_line(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log_access(tmp_path / "c", LOOK), range(40)))
    assert read_accesses(tmp_path / "c") == Accesses((LOOK,) * 40)


def test_who_can_not_be_written_down_is_not_let_in(tmp_path: Path):
    access_log(tmp_path / "c").mkdir()
    with pytest.raises(DiskError) as error:
        log_access(tmp_path / "c", LOOK)
    assert error.value.faults[0].code == "access.not_logged"


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    (folder / "key").write_bytes(content)
    (folder / "key").chmod(mode)
    return folder / "key"


def test_a_key_is_read_as_it_is(tmp_path: Path):
    assert read_key(key_file(tmp_path, bytes(32) + b"\n")) == bytes(32) + b"\n"


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (b"s" * 31, 0o600, "key.too_short"),
        (b"s" * 64, 0o640, "key.readable_by_others"),
        (b"s" * 64, 0o604, "key.readable_by_others"),
        (None, 0o600, "key.not_found"),
    ],
)
def test_an_unfit_key_is_refused_and_never_shown(tmp_path: Path, content: bytes | None, mode: int, code: str):
    path = tmp_path / "no-such-file" if content is None else key_file(tmp_path, content, mode)
    with pytest.raises(GovernanceError) as error:
        read_key(path)
    assert error.value.faults[0].code == code
    assert "sss" not in str(error.value)


def test_a_pseudonym_is_the_keyed_hash_of_the_rfc_cut_to_half():
    import hashlib

    key, number = bytes(range(32)), b"U12345"
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key.ljust(64, b"\0")) + number).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in key.ljust(64, b"\0")) + inner).hexdigest()
    assert pseudonym(" u123 45 ", key) == outer[:32]
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonym("U12345", key[:31])
