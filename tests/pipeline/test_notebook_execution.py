from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from la_research.errors import StageError, UsageError
from la_research.pipeline import run as run_module
from la_research.pipeline.notebooks import Failure, checked_parameters, default_parameters, execute, notebook_path
from la_research.pipeline.run import run_notebook

PARAMETERS = 'run = ""\njobs = 1'


def notebook(*cells: str) -> str:
    tagged = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    return nbformat.writes(
        nbformat.v4.new_notebook(cells=[tagged, *(nbformat.v4.new_code_cell(cell) for cell in cells)])
    )


def printed(text: str) -> list[str]:
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return [
        "".join(output["text"]) for cell in cells for output in cell["outputs"] if output["output_type"] == "stream"
    ]


def test_an_unknown_and_a_wrongly_typed_parameter_are_told_together_before_a_kernel_starts():
    with pytest.raises(UsageError) as refused:
        checked_parameters("99_any", notebook(), {"runs": "x", "jobs": "2"})
    assert [fault.code for fault in refused.value.faults] == ["notebook.unknown_parameter", "notebook.parameter_type"]
    assert refused.value.faults[0].remedy == "did you mean 'run'?"
    assert refused.value.exit_code == 2


def test_true_is_not_taken_for_a_number_of_jobs():
    with pytest.raises(UsageError, match=r"notebook\.parameter_type"):
        checked_parameters("99_any", notebook(), {"jobs": True})


def test_parameters_are_read_without_running_the_cell():
    assert default_parameters(notebook("raise SystemExit")) == {"run": "", "jobs": 1}


def test_a_notebook_that_does_not_exist_is_named_with_the_nearest_that_does():
    with pytest.raises(UsageError, match="did you mean '05_audit'"):
        notebook_path("05_audits")


def test_the_kernel_is_this_environment_on_one_thread_and_nothing_of_the_person(tmp_path):
    asked = "import os, sys\nprint(repr((sys.prefix == {!r}, *map(os.environ.get, {!r}))))"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "TZ", "LC_ALL")
    done = execute("99_any", notebook(asked.format(sys.prefix, names)), {"jobs": 3}, folder=tmp_path)
    assert done.failure is None
    assert printed(done.text) == ["(True, '1', '1', '0', 'UTC', 'C.UTF-8')\n"]


def test_two_executions_give_the_same_bytes_whatever_differs_between_them(tmp_path):
    text = notebook(
        "import os, sys, tempfile, time\nprint(object(), os.getcwd(), tempfile.gettempdir(), sys.version.split()[0])",
        "print('a', flush=True); time.sleep(0.2); print('b')\nprint(time.time(), file=sys.stderr)",
        "object()",
    )
    done = [execute("99_any", text, {"run": f"/srv/{name}"}, folder=tmp_path) for name in ("first", "second")]
    assert done[0] == done[1]
    assert printed(done[0].text) == [
        f"<object object at 0x…> …/{tmp_path.name} {tempfile.gettempdir()} 3.x\n",
        "a\nb\n",
    ]
    assert 'run = \\"RUN\\"' in done[0].text


def test_a_failing_notebook_keeps_what_ran_and_names_cell_and_cause(tmp_path):
    done = execute("99_any", notebook("print('before')", "1 / 0", "print('after')"), {"jobs": 1}, folder=tmp_path)
    assert done.failure == Failure(cell=4, cause="ZeroDivisionError: division by zero")  # parameters twice, then two
    assert printed(done.text) == ["before\n"]
    assert json.loads(done.text)["cells"][3]["outputs"][0]["ename"] == "ZeroDivisionError"


def test_a_kernel_that_dies_is_a_failure_and_not_a_crash(tmp_path):
    done = execute("99_any", notebook("import os; os._exit(1)"), {"jobs": 1}, folder=tmp_path)
    assert done.failure is not None
    assert "died" in done.failure.cause


def test_a_stage_whose_notebook_fails_is_kept_and_not_marked_done(own_run, tmp_path, monkeypatch):
    broken = tmp_path / "05_audit.ipynb"
    source = json.loads(notebook_path("audit").read_text())
    source["cells"][-1]["source"] = ["1 / 0"]
    broken.write_text(json.dumps(source))
    monkeypatch.setattr(run_module, "notebook_path", lambda name: broken)
    with pytest.raises(StageError) as failed:
        run_notebook("05_audit", own_run.parent / "protocols" / "early-engagement", out=own_run)
    fault = failed.value.faults[0]
    assert (failed.value.exit_code, fault.code) == (18, "stage.failed")
    assert "05_audit" in fault.problem
    assert "ZeroDivisionError: division by zero" in fault.problem
    assert Path(fault.where) == own_run / "notebooks" / "05_audit.failed.ipynb"
    assert Path(fault.where).is_file()
    assert not (own_run / "notebooks" / "05_audit.ipynb").exists()
    assert not (own_run / "stages" / "05_audit" / "key.json").exists()
