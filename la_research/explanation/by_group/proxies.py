"""How much of the explanation rides on indicators from which a student's group can be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from la_research.disclosure import stepped
from la_research.explanation.attribution import shares
from la_research.explanation.ground import Ground
from la_research.explanation.groups import LEFT_OUT, Codes, Compared, Groups, compared, groups_of
from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.prediction import auc_interval

LEVEL, TELLS = 0.95, 0.60
"""Of intervals; and the AUC from which on an indicator is said to tell a group."""
GAP, AUC = "gap in score", "best AUC"
LIMITATIONS = (
    "A gap is about the model and the records it reads, not about the group.",
    "Parts of the score add up to the gap between groups in the mean score; they do not say what the gap comes from.",
    f"An indicator tells a group where it alone picks the right one of two students {100 * TELLS:.0f} times in 100.",
    "Indicators may tell a group together that none tells alone: the audit tries them together.",
    LEFT_OUT,
)


@dataclass(frozen=True)
class _Told:
    """How well a group can be told by one indicator: the AUC, turned to be .5 or more, and what it may be."""

    value: float
    lower: float
    upper: float


def proxy_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.proxies.ATTRIBUTE`` for each attribute that the protocol registers for the audit.

    The headline is the share of all importance (mean |SHAP|) that lies on indicators by which some
    group can be told from all others with an AUC of .6 or more, one indicator at a time, high or low, a missing
    value lowest. AUCs are of the scored students of whom the attribute is recorded; their intervals hold for all
    indicators and groups together (Bonferroni). The ends of the headline are the shares on indicators that surely
    tell, and on those that may.

    Rows: ``indicator`` and the attribute: the mean part of the score in that group, less that in the largest, in
    log-odds; ``what`` and the attribute: the gap in mean score, which these add up to; ``what`` and
    ``indicator``: the best AUC over groups. Who is left out is told by ``groups.compared``. No two n lie so
    few apart that they tell of a small group (``disclosure.stepped``).

    References
    ----------
    Begley, Schwedes, Frye & Feige (2020), Explainability for fair machine learning, arXiv:2010.07389: a gap between
    groups as a sum over features, as here; DeLong et al. (1988), doi:10.2307/2531595.
    """
    if ground.main:
        for attribute in sorted(ground.protocol.fairness.sensitive):
            yield _finding(ground, attribute)


def _finding(ground: Ground, attribute: str) -> Finding:
    name = ground.name(f"proxies.{attribute}")
    question = f"How much does the model lean on indicators that tell students' {attribute.replace('_', ' ')}?"
    held = compared(ground, attribute)
    if isinstance(held, str):
        return not_analysed(name, question, held, limitations=LIMITATIONS)
    groups = groups_of(ground, attribute)
    told = _told(ground, groups)
    importance = shares(ground.whole["interventional"].values)
    value, lower, upper = (
        min(float(importance @ [getattr(one, end) >= TELLS for one in told]), 1.0)
        for end in ("value", "lower", "upper")
    )
    headline = Estimate(value, lower, upper, LEVEL, "share", len(held.code), "auc-delong-bonferroni")
    rows = (*_parts(ground, held), *_auc_rows(ground, told, groups.count(groups.recorded >= 0)))
    with_whom = f"Each group is compared with the largest: {held.names[held.largest]}."
    found = Finding(name, question, "described", headline, rows, (_adds_up(ground, held),), (*LIMITATIONS, with_whom))
    return stepped(found, int(ground.rows["student_id"].nunique()), ground.minimum)


def _parts(ground: Ground, held: Compared) -> Iterator[Row]:
    """Each group less the largest: the parts of the score by indicator, and their sum."""
    columns: list[tuple[dict[str, Key], Floats]] = [({"what": GAP}, held.values.sum(axis=1))]
    columns += [({"indicator": one}, held.values[:, place]) for place, one in enumerate(ground.columns)]
    for group, name in enumerate(held.names):
        if group != held.largest:
            for keys, column in columns:
                yield Row({**keys, held.attribute: name}, less(column, held.code, group, held.largest))


def less(values: Floats, code: Codes, one: int, other: int) -> Estimate:
    """Mean of one group less that of another, with Welch's interval; one value a student.

    >>> print(less(np.array([1.0, 3.0, 2.0, 2.0]), np.array([0, 0, 1, 1]), 0, 1))
    0.00 (95% CI -12.7 to 12.7) log-odds, n = 4
    """
    parts = [values[code == group] for group in (one, other)]
    gap, n = float(parts[0].mean() - parts[1].mean()), len(parts[0]) + len(parts[1])
    errors = [part.var(ddof=1) / len(part) for part in parts]
    if sum(errors) == 0:
        return Estimate(gap, gap, gap, LEVEL, "log-odds", n, "welch")
    free = sum(errors) ** 2 / sum(e**2 / (len(part) - 1) for e, part in zip(errors, parts, strict=True))
    half = float(stdtrit(free, (1 + LEVEL) / 2)) * math.sqrt(sum(errors))
    return Estimate(gap, gap - half, gap + half, LEVEL, "log-odds", n, "welch")


def _told(ground: Ground, groups: Groups) -> list[_Told]:
    """By indicator, how well it tells the group that it tells best; 0.5 where none can be told."""
    shown, recorded = groups.large(ground.minimum), groups.recorded >= 0
    code, students = groups.code[recorded], groups.student[recorded]
    asked = shown[:1] if len(shown) == 2 and set(code) == set(shown) else shown
    level = 1 - (1 - LEVEL) / max(len(asked) * len(ground.columns), 1)
    found = []
    for column in ground.columns:
        values = ground.features[column].to_numpy(dtype=np.float64)[recorded]
        place = np.where(np.isnan(values), -np.inf, values)
        place = np.unique(place, return_inverse=True)[1].astype(np.float64)
        each = [auc_interval(code == group, place, level, students) for group in asked]
        turned = [(max(v, 1 - v), max(low, 1 - up, 0.5), max(up, 1 - low)) for v, low, up in each if not math.isnan(v)]
        found.append(_Told(*(max(ends) for ends in zip(*turned, strict=True))) if turned else _Told(0.5, 0.5, 0.5))
    return found


def _auc_rows(ground: Ground, told: list[_Told], students: int) -> Iterator[Row]:
    for column, one in zip(ground.columns, told, strict=True):
        estimate = Estimate(one.value, one.lower, one.upper, LEVEL, "AUC", students, "delong-bonferroni")
        yield Row({"what": AUC, "indicator": column}, estimate)


def _adds_up(ground: Ground, held: Compared) -> Assumption:
    """Whether the gap between groups in the mean score is the sum of the parts, for the group where it fits worst."""
    left = np.asarray(ground.model.decision_function(ground.shown))[held.kept] - held.values.sum(axis=1)
    means = [float(left[held.code == group].mean()) for group in range(len(held.names))]
    worst = max(means) - min(means)
    return Assumption(
        "the parts add up to the gap in mean score",
        bool(worst <= 1e-6 * ground.scale),
        f"to within {worst:.1g} log-odds",
    )
