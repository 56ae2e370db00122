"""The truth beside a synthetic cohort, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Truth:
    """The truth beside a synthetic cohort; no stage can open it.

    Parameters
    ----------
    scenario, scenario_digest, seed, n
        What made the cohort.
    estimands
        Planted size by estimand, in the campus and not in one cohort: ``between.…`` and
        ``within.…`` (SD per SD), ``effect.…`` (WHO-5 points or shares), ``need.…``,
        ``label.…`` and further shares; ``docs/truth.md`` lists them. Worked out when first
        asked for.
    tables
        ``students``: one row a student (coping style, potential scores, need, consents).
        ``weeks``: one row a student and week (latent wellbeing as lived, need). Drawn again
        when first asked for.
    """

    scenario: str
    scenario_digest: str
    seed: int
    n: int
    estimands: Mapping[str, float]
    tables: Mapping[str, pa.Table]
