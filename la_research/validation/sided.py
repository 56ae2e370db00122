"""At the same number of contacts: is low mood reached better by looking both ways, down alone, or below the cohort?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES
from la_research.statistics.influence import Influence, clustered_error, mean
from la_research.statistics.intervals import effective_n, wilson
from la_research.statistics.places import places
from la_research.statistics.weeks import log_scale
from la_research.validation.ground import Ground

ID = "validation.sided"
QUESTION = "Does looking both ways reach more students with {need} than looking only for less activity?"
BOTH = "own earlier weeks, up or down"
DOWN = "own earlier weeks, down only"
COHORT = "below the cohort"
NEEDED = ("baseline_departure", "weekly_activity")
LIMITATIONS = (
    "Nobody was contacted by these rules; they are tried on weeks gone by.",
    "Need is known only of students who answered; who did not may differ.",
    "A rule that reaches more is not kinder: students who do more than usual may not want to be asked why.",
)


def sided_findings(ground: Ground) -> Iterator[Finding]:
    """``validation.sided``: the share of weeks of need in which each of three rules suggests a contact.

    Every week each rule suggests the same share of the students observed, the protocol's ``top_share``: those
    farthest from their own earlier weeks in either direction, those farthest below them, or those with the least
    activity beside their module. Need is a questionnaire at or above the cut-off of the model's label, in each week
    in which it was asked and all three rules could look. Nothing where ``validation.opposite`` is not asked.
    """
    if ground.asked.opposite:
        yield _sided(ground)


def chosen_by_rule(weekly: Mapping[str, pd.DataFrame], share: float) -> dict[str, pd.DataFrame]:
    """Chance of a contact by rule, units (index) by week (columns), that week's sum the same for each rule.

    Parameters
    ----------
    weekly
        ``baseline_departure`` and ``weekly_activity``, and ``peer_share`` where it is registered: units by week.
    share
        Of the students observed in the week, above 0 and up to 1.

    Returns
    -------
    dict of pandas.DataFrame
        Not a number where one of the rules has nothing to look at.

    Examples
    --------
    In week 4 one student falls silent and one does far more than before; there is a place for one of four.

    >>> units = pd.Index(["a", "b", "c", "d"], name="unit_id")
    >>> active = pd.DataFrame({1: [9, 9, 9, 5], 2: [9, 9, 9, 4], 3: [9, 9, 9, 5], 4: [0, 90, 9, 5.0]}, units)
    >>> away = pd.DataFrame({4: [9.2, 8.8, 0.0, 0.3]}, units)
    >>> found = chosen_by_rule({"baseline_departure": away, "weekly_activity": active}, 0.5)
    >>> {rule: table[4].tolist() for rule, table in found.items()}[BOTH]
    [1.0, 1.0, 0.0, 0.0]
    >>> {rule: table[4].tolist() for rule, table in found.items()}[COHORT]
    [1.0, 0.0, 0.0, 1.0]
    """
    away, active = weekly["baseline_departure"], weekly["weekly_activity"]
    active = active.reindex(index=away.index, columns=away.columns)
    low = -weekly.get("peer_share", active).reindex(index=away.index, columns=away.columns)
    logs = pd.DataFrame(log_scale(active.to_numpy(dtype=float)), away.index, away.columns)
    usual = logs.T.expanding().mean().shift().T
    ranked = {BOTH: away, DOWN: away * np.sign(usual - logs), COHORT: low}
    seen = away.notna() & low.notna()
    return {
        rule: pd.DataFrame(
            {week: places(values[week].where(seen[week]).to_numpy(dtype=float), share) for week in values},
            index=values.index,
        )
        for rule, values in ranked.items()
    }


def _sided(ground: Ground) -> Finding:
    label = ground.protocol.model.label
    outcome = None if label is None else ground.protocol.outcome(label)
    if outcome is None or outcome.instrument is None or outcome.at_least is None:
        question = QUESTION.format(need="need")
        return not_analysed(ID, question, "need is known week by week only from a questionnaire with a cut-off")
    instrument = outcome.instrument
    question = QUESTION.format(need=QUESTIONNAIRES[instrument].construct)
    without = [name for name in NEEDED if name not in ground.protocol.indicators]
    if without:
        return not_analysed(ID, question, f"the protocol registers no indicator {' and no '.join(without)}")
    if instrument not in ground.instruments:
        return not_analysed(ID, question, f"nobody answered {instrument}")
    share = ground.protocol.model.top_share
    names = [*NEEDED, *(name for name in ("peer_share",) if name in ground.protocol.indicators)]
    chosen = chosen_by_rule({name: ground.weekly(name) for name in names}, share)
    cells = _needing(chosen, ground.scores(instrument), outcome.at_least)
    students = ground.units["student_id"].reindex(cells.index.get_level_values("unit_id")).to_numpy()
    if len(set(students)) < ground.minimum:
        few = f"fewer than {ground.minimum} students had a week of need in which all rules could look"
        return not_analysed(ID, question, few)
    return _compared(question, cells, students, share, f"{instrument} of {outcome.at_least:g} or more")


def _needing(chosen: Mapping[str, pd.DataFrame], scores: pd.DataFrame, cut: float) -> pd.DataFrame:
    """One row per unit and week of need: the chance of a contact by rule (columns)."""
    weeks = [week for week in scores if week in chosen[BOTH]]
    need = scores[weeks].stack().ge(cut)
    rows = pd.DataFrame({rule: table[weeks].stack() for rule, table in chosen.items()}).dropna()
    return rows[rows.index.isin(need.index[need.to_numpy(dtype=bool)])].rename_axis(["unit_id", "week"])


def _compared(question: str, cells: pd.DataFrame, students: np.ndarray, share: float, need: str) -> Finding:
    reached = {rule: mean(cells[rule]) for rule in (BOTH, DOWN, COHORT)}
    rows = [Row({"rule": rule, "what": "reached"}, _share(reached[rule][0], cells[rule], students)) for rule in reached]
    chance = Estimate(share, None, None, None, "share", len(cells), "contact-budget")
    rows.append(Row({"rule": "as many at random", "what": "chance"}, chance))
    differences = {
        DOWN: _less(reached[BOTH], reached[DOWN], students),
        COHORT: _less(reached[BOTH], reached[COHORT], students),
    }
    rows += [Row({"rule": f"both ways, less {rule}", "what": "difference"}, told) for rule, told in differences.items()]
    weeks = ", ".join(str(week) for week in sorted(set(cells.index.get_level_values("week"))))
    return Finding(
        ID,
        question,
        "described",
        differences[DOWN],
        tuple(rows),
        assumptions=(
            Assumption(
                "Every rule contacts as many students",
                True,
                f"{100 * share:.3g} % of the students observed, each week; equal values share the places that are left",
            ),
        ),
        limitations=(f"Need is {need}, in week {weeks}; one student may count in several weeks.", *LIMITATIONS),
    )


def _share(rate: float, values: pd.Series, students: np.ndarray) -> Estimate:
    n = effective_n(values, students)
    return Estimate(rate, *wilson(rate * n, n), 0.95, "share", len(values), "wilson")


def _less(one: Influence, other: Influence, students: np.ndarray) -> Estimate:
    """Difference of two shares of the same weeks, with errors by student."""
    value, n = one[0] - other[0], len(set(students))
    half = float(stdtrit(n - 1, 0.975)) * clustered_error(one[1] - other[1], students)
    return Estimate(value, value - half, value + half, 0.95, "share", len(students), "paired-by-student")
