"""Associations, AUC and shares on open data against what lme4, pROC and the authors of the data printed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from la_research.ingest.association_table import AssociationColumns
from la_research.ingest.plain_table import open_table
from la_research.pipeline.associate import associate_table
from la_research.statistics.association import Answers, Panel, associations, jackknife_error
from la_research.statistics.instrument_error import corrected_share

pytestmark = pytest.mark.real_data

INTERCEPT, INTERCEPT_ERROR, DAYS, DAYS_ERROR = 251.405104848, 6.824596695, 10.467285960, 1.545789644
SPREADS = (24.740657995, 5.922137659, 0.065551238, 25.591795722)
"""Printed by lme4, lmer(Reaction ~ Days + (Days | Subject)): SD of intercepts and slopes, correlation, residual SD."""
S100B = (0.73136856, 0.63011821, 0.83261892)
NDKA = (0.61195799, 0.50124500, 0.72267099)
"""Printed by R's pROC, ci.auc: AUC, lower, upper."""


def there(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.exists():
        pytest.skip(f"not run: {path.name} is not there")
    return path


@pytest.fixture(scope="module")
def sleep(real_data: Path) -> pd.DataFrame:
    return pd.read_csv(there(real_data, "psychometrics/sleepstudy.csv"))


@pytest.fixture(scope="module")
def wellbeing(real_data: Path) -> Path:
    return there(real_data, "wellbeing/nguyen2019_clean268.csv")


def panel(rows: pd.DataFrame) -> Panel:
    """Days are the indicator, so they can not be the week as well."""
    who, none = rows["Subject"].to_numpy(), np.zeros(len(rows))
    return Panel(who, who, none, none, rows["Days"].to_numpy(float), rows["Reaction"].to_numpy(float))


def test_the_slope_within_is_that_of_lme4(sleep):
    within = associations(panel(sleep)).of("within")
    departure = sleep["Days"] - sleep.groupby("Subject")["Days"].transform("mean")
    assert within.value * sleep["Reaction"].std() / departure.std() == pytest.approx(DAYS, rel=1e-9)
    assert within.n == 18


def test_its_error_in_the_units_of_the_data_is_that_of_lme4(sleep):
    who = np.unique(sleep["Subject"], return_inverse=True)[1]
    departure = (sleep["Days"] - sleep.groupby("Subject")["Days"].transform("mean")).to_numpy()
    score = (sleep["Reaction"] - sleep["Reaction"].mean()).to_numpy()
    answers = Answers(score, departure[:, None], np.zeros(len(who), dtype=int), who, np.zeros(len(who), dtype=int))
    slope, added = answers.fit(answers.columns, 18)
    assert (slope[0], jackknife_error(added[:, 0], 18)) == pytest.approx((DAYS, DAYS_ERROR), rel=1e-6)


def test_the_mixed_model_of_statsmodels_is_that_of_lme4(sleep):
    fit = smf.mixedlm("Reaction ~ Days", sleep, groups=sleep["Subject"], re_formula="~Days").fit(reml=True)
    fixed = (fit.params["Intercept"], fit.bse["Intercept"], fit.params["Days"], fit.bse["Days"])
    assert fixed == pytest.approx((INTERCEPT, INTERCEPT_ERROR, DAYS, DAYS_ERROR), rel=5e-5)
    (a, c), (_, b) = fit.cov_re.to_numpy()
    spreads = (math.sqrt(a), math.sqrt(b), c / math.sqrt(a * b), math.sqrt(fit.scale))
    assert spreads == pytest.approx(SPREADS, rel=5e-4)


@pytest.mark.parametrize(("marker", "expected"), [("s100b", S100B), ("ndka", NDKA)])
def test_a_table_of_yes_and_no_gives_the_auc_of_proc(real_data, marker, expected):
    path = there(real_data, "psychometrics/asah.csv")
    found = associate_table(path, AssociationColumns(marker, "y")).findings["validation.associate.discrimination"]
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == pytest.approx(expected, abs=1e-8)
    assert found.estimate.n == 113


def test_the_published_numbers_of_students_and_shares_with_depression_are_met(wellbeing):
    table = open_table(wellbeing).text(("inter_dom", "Dep"))
    counts = {group: rows["Dep"].eq("Yes") for group, rows in table.groupby("inter_dom")}
    inter, domestic = counts["Inter"], counts["Dom"]
    assert (len(table), len(inter), len(domestic)) == (268, 201, 67)
    for held, published in ((inter, 37.81), (domestic, 29.85)):
        share = corrected_share(held.sum(), len(held), (1, 1), (1, 1))
        assert 100 * share.least == pytest.approx(published, abs=0.005)
        assert share.lower < share.least < share.upper


def test_the_table_of_students_gives_a_correlation_and_an_auc(wellbeing):
    rows = pd.read_csv(wellbeing).iloc[:268]
    one = associate_table(wellbeing, AssociationColumns("ToSC", "ToDep")).findings["validation.associate.correlation"]
    assert (one.estimate.value, one.estimate.n) == (pytest.approx(np.corrcoef(rows["ToSC"], rows["ToDep"])[0, 1]), 268)
    two = associate_table(wellbeing, AssociationColumns("ToSC", "Dep", cluster="inter_dom"))
    assert two.findings["validation.associate.discrimination"].estimate.upper < 0.5
