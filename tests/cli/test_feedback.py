"""``la-research feedback`` and ``report --for explorer``, as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from la_research.cli import main
from la_research.errors import ProtocolError
from la_research.pipeline.finish import readers, write_reports
from la_research.report.explorer.comments import FORMAT, checksum
from la_research.store import load_protocol
from tests.reports.conftest import bare, protocol
from tests.reports.explored import explored

MINIMAL = Path(__file__).parents[1] / "protocol" / "minimal.yaml"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(MINIMAL, folder / "protocol.yaml")
    return folder


@pytest.fixture
def file(study: Path, tmp_path: Path) -> Path:
    held = load_protocol(study)
    comment = {"topic": "The rule", "about": "week 4", "text": "Too many letters."}
    told = {"format": FORMAT, "study": held.id, "protocol": held.digest, "language": "en-GB", "comments": [comment]}
    path = tmp_path / "comments.json"
    path.write_text(json.dumps({**told, "checksum": checksum(told)}), encoding="utf-8")
    return path


def test_comments_are_logged_and_no_comment_is_printed(study, file, capsys):
    assert main(["feedback", str(file), "--protocol", str(study), "--as-of", "2026-03-02"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"1 comment appended to {study / 'consultation.yaml'}")
    assert "letters" not in printed
    assert main(["feedback", str(file), "--protocol", str(study), "--as-of", "2026-03-02", "--json"]) == 13
    assert json.loads(capsys.readouterr().err)[0]["code"] == "feedback.twice"


def test_without_a_date_nothing_is_logged(study, file, capsys):
    assert main(["feedback", str(file), "--protocol", str(study)]) == 2
    assert "--as-of" in capsys.readouterr().err
    assert not (study / "consultation.yaml").exists()


def test_the_explorer_is_written_where_it_is_registered_with_its_tables(tmp_path):
    evidence = explored(protocol("fuller"))
    assert readers(evidence) == ("ethics", "advisory", "explorer")
    (page,) = write_reports(tmp_path, evidence, None, ("explorer",))
    assert page == tmp_path / "reports" / "explorer.html"
    assert (tmp_path / "tables" / "explorer-nearest.csv").is_file()


def test_the_explorer_of_a_study_without_one_is_refused(tmp_path):
    assert readers(bare()) == ("ethics", "advisory")
    with pytest.raises(ProtocolError, match=r"explorer\.not_registered"):
        write_reports(tmp_path, bare(), None, ("explorer",))
    assert not (tmp_path / "reports").exists()
