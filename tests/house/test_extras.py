"""The extras install and import; the core does without them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=110, check=False)


def test_sdv_imports_in_the_version_that_the_twins_will_use():
    done = python("import sdv; from sdv.metadata import Metadata; print(sdv.__version__.split('.')[0])")
    assert done.stdout == "2\n", done.stderr


def test_jupyterlab_imports():
    done = python("import jupyterlab; print(jupyterlab.__version__.split('.')[0])")
    assert done.stdout == "4\n", done.stderr


def test_dask_is_imported_by_the_workers_of_a_diagnosis_alone(root):
    sources = [path for path in (root / "la_research").rglob("*.py") if "distributed import" in path.read_text()]
    assert [path.name for path in sources] == ["workers.py"]


def test_interpret_imports_in_the_version_that_was_tried():
    done = python("from interpret.glassbox import ExplainableBoostingClassifier; print('there')")
    assert done.stdout == "there\n", done.stderr
    assert version("interpret-core").startswith("0.7.")


def test_interpret_is_imported_for_the_boosting_machine_alone(root):
    sources = [path for path in (root / "la_research").rglob("*.py") if "from interpret" in path.read_text()]
    assert [path.name for path in sources] == ["boosting_machine.py"]


@pytest.mark.parametrize("module", ["sdv", "sdmetrics", "torch", "jupyterlab"])
def test_the_package_imports_no_extra_but_sdv_in_its_one_room(root, module):
    sources = {path.name: path.read_text() for path in (root / "la_research").rglob("*.py")}
    found = {name for name, text in sources.items() if f"import {module}" in text or f"from {module}" in text}
    assert found == ({"child.py"} if module in ("sdv", "sdmetrics") else set())


def test_help_stays_fast_as_heavy_libraries_wait_for_their_function():
    heavy = ("fairlearn", "interpret", "matplotlib", "nbclient", "papermill", "shap", "sklearn", "statsmodels")
    done = python(f"import sys, la_research.cli; print(sorted(set({heavy!r}) & set(sys.modules)))")
    assert done.stdout == "[]\n", done.stderr
