"""Estimates that sites exported, joined to one; the same as ``pooled``, from a plain table."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.pooled import (
    TOO_FEW,
    SiteEstimate,
    assumptions_of,
    joined,
    limitations_of,
    method_of,
    site_rows,
)
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.pooled import Sites

OVER = "It is the mean of the effects over sites like these."
THESE = "It is the mean of the effects over these sites, each by how precise it is."


def _sites(sample: Sample) -> list[SiteEstimate]:
    names = sample.rows["unit"] if "unit" in sample else np.arange(1, len(sample.rows) + 1)
    rows = zip(names, sample["outcome"], sample["error"], strict=True)
    return [one for one in (SiteEstimate(str(name), value, error) for name, value, error in rows) if one.usable]


def _reason(sample: Sample, asked: Asked) -> str:
    if sample.units < len(sample.rows):
        return "a site stands in more than one row"
    return TOO_FEW if len(_sites(sample)) < 2 else ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    return []


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    sites = _sites(sample)
    found = joined(sites)
    return Estimated(
        found.mean,
        method_of(found),
        OVER if found.random else THESE,
        site_rows(sites, found, sample.unit, asked.level),
        assumptions=assumptions_of(found),
        limitations=limitations_of(found, len(sample.rows) - len(sites)),
    )


POOLED = Design(
    "pooled", Sites, ("outcome", "error"), ("unit",), _reason, _checks, _estimated, aggregates=True, people=False
)
