import signal
import subprocess
import sys
import textwrap

import pytest

from la_research.errors import DiskError, UsageError
from la_research.store import write_folder, write_text


def test_a_folder_appears_whole_with_its_parents(tmp_path):
    with write_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "b" / "x").read_text() == "1"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_block_that_fails_leaves_what_stood_there(tmp_path):
    with write_folder(tmp_path / "b") as folder:
        (folder / "x").write_text("old")
    with pytest.raises(ZeroDivisionError), write_folder(tmp_path / "b") as folder:
        (folder / "x").write_text("new")
        raise ZeroDivisionError
    assert (tmp_path / "b" / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_folder_is_replaced_not_mixed(tmp_path):
    for name in ("x", "y"):
        with write_folder(tmp_path / "b") as folder:
            (folder / name).write_text("1")
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["y"]


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(DiskError) as caught, write_folder(tmp_path, mark="datapackage.json"):
        raise AssertionError("not reached")
    assert caught.value.faults[0].code == "disk.not_ours"
    assert (tmp_path / "letters").read_text() == "dear"


def test_an_empty_folder_is_anybodys(tmp_path):
    (tmp_path / "b").mkdir()
    with write_folder(tmp_path / "b", mark="datapackage.json") as folder:
        (folder / "datapackage.json").write_text("{}")
    assert (tmp_path / "b" / "datapackage.json").exists()


def test_a_disk_that_is_full_is_a_disk_error_and_leaves_nothing(tmp_path):
    with pytest.raises(DiskError) as caught, write_folder(tmp_path / "b"):
        raise OSError(28, "No space left on device")
    assert (caught.value.exit_code, caught.value.faults[0].code) == (21, "disk.cannot_write")
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_is_a_file_is_a_disk_error(tmp_path):
    (tmp_path / "file").write_text("1")
    with pytest.raises(DiskError), write_folder(tmp_path / "file" / "b"):
        raise AssertionError("not reached")
    with pytest.raises(DiskError):
        write_text(tmp_path / "file" / "b.txt", "1")


def test_an_error_of_ours_passes_as_it_is(tmp_path):
    with pytest.raises(UsageError), write_folder(tmp_path / "b"):
        raise UsageError


def test_a_process_that_is_killed_leaves_nothing_that_looks_finished(tmp_path):
    script = f"""
        import time
        from la_research.store.folder import write_folder
        with write_folder({str(tmp_path / "b")!r}) as folder:
            (folder / "x").write_text("half")
            print("writing", flush=True)
            time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["b.partial"]
    with write_folder(tmp_path / "b") as folder:
        (folder / "y").write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["y"]


def test_a_folder_killed_between_its_two_renames_comes_back(tmp_path):
    (tmp_path / "b.old").mkdir()
    (tmp_path / "b.old" / "x").write_text("old")
    with pytest.raises(ZeroDivisionError), write_folder(tmp_path / "b"):
        raise ZeroDivisionError
    assert (tmp_path / "b" / "x").read_text() == "old"


def test_a_text_is_written_with_line_feeds_in_utf_8(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "é\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "é\n".encode()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
