"""DeLong's interval and test against pROC on aneurysm data (Turck et al. 2010, doi:10.1007/s00134-009-1641-y)."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from la_research.statistics.prediction import auc_difference, auc_interval

DATA = Path(os.environ.get("LA_RESEARCH_DATA") or Path(__file__).parents[2] / "../shared/data")
FILE = DATA / "psychometrics/asah.csv"
S100B = (0.73136856, 0.63011821, 0.83261892)
NDKA = (0.61195799, 0.50124500, 0.72267099)
S100B_AGAINST_WFNS = (-2.208983591, 0.027175782)
"""Printed by R's pROC: ci.auc and roc.test(method = "delong")."""

if not FILE.exists():
    pytest.skip(f"not run: DeLong against pROC, {FILE.name} is not there", allow_module_level=True)


@pytest.fixture(scope="module")
def patients():
    with FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("y", "s100b", "ndka", "wfns")}


@pytest.mark.parametrize(("marker", "expected"), [("s100b", S100B), ("ndka", NDKA)])
def test_auc_and_interval_are_those_of_proc(patients, marker, expected):
    assert auc_interval(patients["y"], patients[marker]) == pytest.approx(expected, abs=1e-8)


def test_the_difference_of_two_markers_is_tested_as_proc_does(patients):
    difference, error = auc_difference(patients["y"], patients["s100b"], patients["wfns"])
    z = difference / error
    assert (z, 2 * ndtr(-abs(z))) == pytest.approx(S100B_AGAINST_WFNS, abs=1e-8)
