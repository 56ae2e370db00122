"""The effect over several sites, from what each of them exported: no student's row is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from la_research.errors import CohortError, Fault
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import z_value
from la_research.statistics.pooling import FEW, LARGE, Pooled, pooled_effect, tau2_interval

QUESTION = "How large is the effect over all sites, and how different is it between them?"
TOO_FEW = "fewer than 2 sites have an estimate with an error above 0"
ALIKE = "Sites are alike"
LEFT = "{left:,} of {all:,} sites have no estimate, or no error above 0, and were left out."
UNTOLD = (
    f"With fewer than {FEW} sites it can not be told how different sites are: the interval is about these sites only."
)
CHOSEN = "Sites that did not export, or stopped early, are not in it."


@dataclass(frozen=True)
class SiteEstimate:
    """What one site exported: its name, its estimate and standard error, and what they were made by."""

    site: str
    value: float
    error: float

    @property
    def usable(self) -> bool:
        """Whether it can be joined to others."""
        return math.isfinite(self.value) and math.isfinite(self.error) and self.error > 0


def site_estimates(
    documents: Mapping[str, Mapping[str, Any]], finding: str = "evaluation.effect"
) -> list[SiteEstimate]:
    """The estimate of one finding in each site's exported findings; sites without one are left out.

    Parameters
    ----------
    documents
        Contents of a ``la_research.findings/1`` document, by site.
    finding
        Its id in all of them.

    Returns
    -------
    list of SiteEstimate
        The error is the interval's width over twice the normal critical value: slightly large where a site used t.

    Raises
    ------
    CohortError
        ``pooled.units``: the sites' estimates have different units.

    Examples
    --------
    >>> held = {"value": 1.0, "lower": 0.02, "upper": 1.98, "level": 0.95, "unit": "points", "n": 80, "method": "welch"}
    >>> document = {"findings": [{"id": "evaluation.effect", "estimate": held}]}
    >>> [(one.site, round(one.error, 2)) for one in site_estimates({"north": document})]
    [('north', 0.5)]
    """
    found, units = [], set()
    for site, document in documents.items():
        held = next((one["estimate"] for one in document["findings"] if one["id"] == finding), None)
        if held and None not in (held["value"], held["lower"], held["upper"], held["level"]):
            units.add(held["unit"])
            width = held["upper"] - held["lower"]
            found.append(SiteEstimate(site, held["value"], width / (2 * z_value(held["level"]))))
    if len(units) > 1:
        problem = f"'{finding}' has {len(units)} different units: {', '.join(sorted(units))}"
        remedy = "join estimates of one outcome in one unit"
        raise CohortError(Fault("pooled.units", problem, "exported findings", remedy))
    return found


def pooled(estimates: Sequence[SiteEstimate], unit: str, level: float = 0.95) -> Finding:
    """``evaluation.pooled``: the mean over sites; a row for each of them, and how different they are.

    Parameters
    ----------
    estimates
        One a site. Those without a finite estimate and an error above 0 are left out.
    unit
        Of the estimates.
    level
        Of every interval.

    Examples
    --------
    >>> found = pooled([SiteEstimate("north", 0.1, 0.1), SiteEstimate("south", 0.3, 0.1)], "SD")
    >>> print(found.estimate)
    0.20 (95% CI 0.06 to 0.34) SD, n = 2
    """
    usable = [one for one in estimates if one.usable]
    if len(usable) < 2:
        return not_analysed("evaluation.pooled", QUESTION, TOO_FEW)
    found, left = joined(usable), len(estimates) - len(usable)
    return Finding(
        "evaluation.pooled",
        QUESTION,
        "described",
        found.mean.estimate(unit, method_of(found), level),
        site_rows(usable, found, unit, level),
        assumptions=assumptions_of(found),
        limitations=limitations_of(found, left),
    )


def joined(estimates: Sequence[SiteEstimate]) -> Pooled:
    """The mean over sites that can be used, and how different they are."""
    return pooled_effect([one.value for one in estimates], [one.error for one in estimates])


def method_of(found: Pooled) -> str:
    """Stable short name of how sites were joined."""
    return "reml-hartung-knapp" if found.random else "inverse-variance"


def site_rows(estimates: Sequence[SiteEstimate], found: Pooled, unit: str, level: float) -> tuple[Row, ...]:
    """Each site; what a further site may see; SD between sites, and the share of the spread that is between them."""
    rows = [
        Row({"site": one.site}, Coefficient(one.value, one.error, LARGE, found.sites).estimate(unit, "exported", level))
        for one in estimates
    ]
    ends = tau2_interval([one.value for one in estimates], [one.error for one in estimates], level)
    if found.random:
        further = Estimate(found.mean.value, *found.further(level), level, unit, found.sites, "higgins-prediction")
        least, most = (math.sqrt(end) for end in ends)
        between = Estimate(math.sqrt(found.tau2), least, most, level, unit, found.sites, "reml-q-profile")
        rows += [Row({"what": "effect at a further site"}, further), Row({"what": "SD between sites"}, between)]
    low, high = (end / (end + found.typical) for end in ends)
    share = Estimate(found.i2, min(low, found.i2), max(high, found.i2), level, "share", found.sites, "q-profile")
    return (*rows, Row({"what": "share of the spread that is between sites"}, share))


def assumptions_of(found: Pooled) -> tuple[Assumption, ...]:
    """What joining takes for granted."""
    seen = f"Cochran's Q {found.q:.3g} with {found.sites - 1} degrees of freedom, p = {found.p_alike:.2g}"
    if found.random:
        return (
            Assumption("Sites are a sample of sites like them", None, "how they were chosen is not in the numbers"),
        )
    return (Assumption(ALIKE, False if found.p_alike < 0.1 else None, seen),)


def limitations_of(found: Pooled, left: int) -> tuple[str, ...]:
    """What a reader must not conclude, and how many sites were left out."""
    out = (LEFT.format(left=left, all=found.sites + left),) if left else ()
    return (*out, *((CHOSEN,) if found.random else (UNTOLD, CHOSEN)))
