"""Who had a contact and what was known of them before, as a comparison without a draw reads a cohort."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.evaluation.ground import Ground
from la_research.evaluation.samples import SAMPLES

DESIGN = """support:
  trial: early
  covariates: [baseline, weekly_activity]
  background: [entry_tariff]
  design: {kind: observational, step: sent, by_week: 3, negative_outcomes: [subject]}"""


@pytest.fixture
def ground(campus, protocol):
    def made(steps, *changes):
        built = campus(
            ["usual"] * 3, before={"s00": [5] * 5, "s01": [0] * 5}, after={"s00": [3] * 5}, steps=steps,
            counts={"s00": [1, 4], "s01": [0, 9]},
        )  # fmt: skip
        study = protocol(("support: {trial: early, covariates: [baseline]}", DESIGN), *changes)
        return Ground(study, built.cohort())

    return made


def sample_of(ground: Ground):
    return SAMPLES["observational"](ground, ground.claims[0])


def test_support_is_a_contact_of_the_registered_step_and_known_things_come_from_before(ground):
    found = sample_of(ground([("s00", "sent"), ("s01", "suggested")]))
    rows = found.rows.set_index("unit")
    assert rows["treatment"].tolist() == [1, 0, 0]
    assert rows["baseline"].tolist()[:2] == [100, 0]
    assert np.isnan(rows["baseline"]["s02"])
    assert rows["weekly_activity"].round(6).tolist() == [round(np.log(n + 1), 6) for n in (4, 9, 0)]
    assert rows["outcome"].tolist()[:1] == [60]
    assert found.covariates == ("baseline", "weekly_activity", "entry_tariff")
    assert found.unit == "WHO-5 points"


def test_a_contact_after_the_registered_week_is_none(ground):
    late = ground([("s00", "sent")], ("by_week: 3", "by_week: 2"))  # the contact was on day 15, in week 3
    assert sample_of(late) == "the log of contacts holds no step 'sent' of a student of the study in time"


def test_a_wave_that_is_adjusted_for_is_no_negative_control(ground):
    other = "negative_outcomes: [WHO-5 in week 2]"
    said = sample_of(ground([("s00", "sent")], ("negative_outcomes: [subject]", other)))
    assert said == (
        "the negative control 'WHO-5 in week 2' is part of the baseline that is adjusted for, so it is no control"
    )
    alone = ground([("s00", "sent")], ("negative_outcomes: [subject]", other), ("[baseline, weekly", "[weekly"))
    assert sample_of(alone).rows.set_index("unit")["WHO-5 in week 2"].tolist()[:2] == [100, 0]
