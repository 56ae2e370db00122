"""Twins of an extract, and the two gates that look at the flat table: fidelity and privacy."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from la_research.finding import Estimate
from la_research.seeds import stream
from la_research.statistics.intervals import z_value
from la_research.synthetic.privacy import MOST, Attack, attribute_inference, closest_share, comparable, singling_out
from la_research.synthetic.twins.extract import Extract
from la_research.synthetic.twins.fit import Fit, ask_sdv
from la_research.synthetic.twins.gates import Check, Gate, checked

LIKENESS = 0.80
"""Least share of likeness by SDMetrics, in all and by part."""
CLOSEST = 0.55
"""At most this share of the twin may have a fitted student as its closest record; half without a leak."""
RISK = 0.10
"""Most that an attack may gain on fitted students, of what it could gain."""
PROTECTED_AS_WELL = 0.90
"""Protection of fitted students as a share of that of others, at least."""
KNOWN = ("course", "level", "gender", "age_band")
"""What others may know of a student by seeing them."""
SECRETS = ("disability", "ethnicity", "religion", "orientation")
"""Attributes that an attacker would like to know, beside the last score of each questionnaire."""
QUALITY_ROWS = 20_000
"""Rows whose likeness SDMetrics works out at most; more change no digit that is read."""


@dataclass(frozen=True)
class Halves:
    """Students in random halves: a twin of the first is attacked, the second never entered it."""

    fitted: pd.DataFrame
    control: pd.DataFrame

    @classmethod
    def of(cls, extract: Extract, seed: int) -> Halves:
        """Two halves of the same size."""
        order = stream(seed, "synthetic", "twin", "halves").permutation(len(extract.frame))
        half = len(order) // 2
        parts = (order[:half], order[half : 2 * half])
        return cls(*(extract.frame.iloc[np.sort(part)].reset_index(drop=True) for part in parts))


@dataclass(frozen=True)
class Sampled:
    """Twins of the whole extract, the twin of one half, and what SDMetrics measured of them."""

    twins: tuple[pd.DataFrame, ...]
    half: pd.DataFrame
    measured: Mapping[str, Any]


def sample_twins(extract: Extract, halves: Halves, *, twins: int, seed: int) -> Sampled:
    """Fit a Gaussian copula to the extract and to one half of it, and draw; in one child process.

    Parameters
    ----------
    twins
        Twins of the whole extract, each with as many students as it has.
    seed
        The same seed gives the same twins, byte by byte.
    """
    seeds = {f"twin {i}": _seed(seed, i) for i in range(twins)}
    fits = [
        Fit("all", len(extract.frame), seeds),
        Fit("fitted", len(halves.fitted), {"half": _seed(seed, twins)}),
    ]
    tables = {"all": extract.frame, "fitted": halves.fitted, "control": halves.control}
    found = ask_sdv(extract.columns, tables, fits, measures(extract))
    return Sampled(tuple(found.draws[name] for name in seeds), found.draws["half"], found.measured)


def measure_twins(extract: Extract, halves: Halves, twin: pd.DataFrame, half: pd.DataFrame) -> Sampled:
    """The same measures of twins that come from elsewhere."""
    tables = {"all": extract.frame, "fitted": halves.fitted, "control": halves.control, "twin 0": twin, "half": half}
    found = ask_sdv(extract.columns, tables, (), measures(extract))
    return Sampled((twin,), half, found.measured)


def secrets(extract: Extract) -> tuple[str, ...]:
    """Columns that an attacker would like to know, and that more than one class or value of is held."""
    wanted = (*extract.scores(), *SECRETS)
    return tuple(name for name in wanted if name in extract.frame and extract.frame[name].nunique() > 1)


def measures(extract: Extract) -> dict[str, dict[str, Any]]:
    """What SDMetrics is asked: likeness of the first twin, and protection of either half."""
    known = [name for name in KNOWN if name in extract.frame]
    asked = {"sensitive": list(secrets(extract)), "known": known, "kind": "protection", "rows": MOST}
    return {
        "quality": {"kind": "quality", "real": "all", "twin": "twin 0", "rows": QUALITY_ROWS},
        "fitted": {**asked, "real": "fitted", "twin": "half"},
        "control": {**asked, "real": "control", "twin": "half"},
    }


def fidelity(sampled: Sampled, n: int) -> Gate:
    """Whether the twin looks like the extract: column by column, and pair by pair.

    References
    ----------
    SDMetrics 0.32 (MIT), QualityReport: column shapes are 1 − the Kolmogorov–Smirnov or total
    variation distance, pair trends compare correlations and contingency tables.
    """
    likeness = {"quality": "likeness in all", "shapes": "likeness of columns", "pairs": "likeness of pairs of columns"}
    found = sampled.measured["quality"]
    return Gate(
        "fidelity", tuple(checked(name, _share(found[key], n), LIKENESS, "at least") for key, name in likeness.items())
    )


def privacy(extract: Extract, halves: Halves, sampled: Sampled, *, seed: int) -> Gate:
    """Whether students whom a twin was fitted to are better known by it than students whom it never saw.

    A twin of one half is attacked: closest records and singling out, by all columns and by the
    actions by week alone, inference of each secret (see ``la_research.synthetic.privacy``), and
    SDMetrics' disclosure protection. Alone, because a copy of the weeks of every student would
    otherwise drown among the columns that were not copied.
    """
    twin, fitted, control = (table.iloc[:MOST] for table in (sampled.half, halves.fitted, halves.control))
    blocks = {"": list(extract.frame.columns)}
    if weeks := list(extract.weekly()):
        blocks[" by weekly actions"] = weeks
    closest, attacks = [], []
    for by, names in blocks.items():
        seen = twin[names], fitted[names], control[names], extract.numbers
        closest.append(_closest(f"closest record{by} is a fitted student", *seen))
        generator = stream(seed, "synthetic", "twin", f"singling out{by}")
        attacks.append(singling_out(*seen, generator, name=f"singling_out{by}"))
    for name in secrets(extract):
        generator = stream(seed, "synthetic", "twin", "inference", name)
        attacks.append(attribute_inference(twin, fitted, control, extract.numbers, name, generator))
    return Gate("privacy", (*closest, *(_attacked(attack) for attack in attacks), *_disclosure(sampled)))


def _closest(
    name: str, twin: pd.DataFrame, fitted: pd.DataFrame, control: pd.DataFrame, numbers: Collection[str]
) -> Check:
    share, lower, upper, n = closest_share(*comparable([twin, fitted, control], numbers))
    estimate = Estimate(share, lower, upper, 0.95, "share", len(twin), "wilson-kish")
    return checked(name, estimate, CLOSEST, "at most", reason=f"effective n {n:.0f}")


def _attacked(attack: Attack) -> Check:
    value, lower, upper = attack.risk()
    estimate = Estimate(value, lower, upper, 0.95, "share", attack.n, "wilson-newcombe")
    rates = ", ".join(
        f"{100 * wins / attack.n:.1f} % of {who}"
        for wins, who in ((attack.fitted, "fitted"), (attack.control, "control"), (attack.naive, "naive guesses"))
    )
    weak = "" if attack.is_strong else "; the attack is no better than a naive guess"
    return checked(f"gain of {attack.name}", estimate, RISK, "at most", reason=rates + weak)


def _disclosure(sampled: Sampled) -> list[Check]:
    """Protection of fitted students as a share of that of others, with an interval on the logarithmic scale."""
    found = []
    for name, (fitted, n) in sampled.measured["fitted"].items():
        other, n_other = sampled.measured["control"][name]
        if not fitted or not other:
            continue
        error = math.sqrt((1 - fitted) / (fitted * n) + (1 - other) / (other * n_other))
        lower, upper = (fitted / other * math.exp(sign * z_value(0.95) * error) for sign in (-1, 1))
        ratio = Estimate(fitted / other, lower, upper, 0.95, "share", min(n, n_other), "sdmetrics-cap")
        rates = f"{fitted:.2f} for fitted students, {other:.2f} for others"
        found.append(checked(f"protection of {name}", ratio, PROTECTED_AS_WELL, "at least", reason=rates))
    return found


def _share(value: float, n: int) -> Estimate:
    return Estimate(value, None, None, None, "share", n, "sdmetrics")


def _seed(seed: int, number: int) -> int:
    return int(stream(seed, "synthetic", "twin", number).integers(2**31))
