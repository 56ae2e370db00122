"""How much the score knows week by week, and whether some early weeks are enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from la_research.finding import Finding, Row, Verdict, not_analysed
from la_research.indicators.registry import summarised
from la_research.protocol.validation import Early
from la_research.statistics.intervals import Floats
from la_research.statistics.jointly import joint_reach
from la_research.validation.ground import Ground
from la_research.validation.worth.compare import COIN, Gain, auc_of, gain_of
from la_research.validation.worth.refits import Refits

ASKED = "From which week on does the score know as much as it ever will?"
NAME = "validation.early"
BEFORE, OVERLAPS = "before the weeks asked about", "overlaps the weeks asked about"
LIMITATIONS = (
    "The students are those who were still there in the index week, whatever the week that is tried.",
    "A week that overlaps those that the questionnaire asks about is not a look ahead.",
    "The intervals hold for the models that were fitted. Those against the last week before hold all at once.",
)


def early_finding(refits: Refits) -> Finding:
    """``validation.early``: AUC by week, the loss against the last week before the recall period, and the claim.

    Rows: ``week``, ``what`` (AUC; loss against week R, all intervals at once; loss against week L, the last one
    tried, at 1 - 2 alpha, for the weeks of the claim) and ``window``. The claim is "supported" where in each of its
    weeks the interval of the loss against L lies below the margin, "contradicted" where in one of them it lies
    beyond it at a level shared among them, else "inconclusive"; so also where the score is not shown to be
    better than a coin in L.
    """
    ground = refits.ground
    asked = ground.asked.early
    assert asked is not None
    weeks = [week for week in sorted(set(asked.weeks)) if week <= ground.protocol.calendar.weeks]
    if len(weeks) < 2:
        return not_analysed(NAME, ASKED, "fewer than two weeks of the calendar are tried")
    scores = {week: _score(refits, week) for week in weeks}
    begins = recall_begins(ground)
    rows = [*_aucs(refits, scores, begins), *_losses(refits, scores, begins)]
    headline, verdict, reason = _claim(refits, scores, asked)
    rows += [Row({**row.keys, "window": _window(int(row.keys["week"]), begins)}, row.estimate) for row in headline]
    worst = max((row.estimate for row in headline if row.estimate), key=lambda e: e.upper or 0.0, default=None)
    return Finding(NAME, ASKED, verdict, worst, rows=tuple(rows), limitations=_limits(asked), reason=reason)


def recall_begins(ground: Ground) -> int | None:
    """First of the weeks that the label's questionnaire asks about; None where the label is an event or has no week."""
    outcome = ground.protocol.outcome(str(ground.protocol.model.label))
    if outcome.instrument is None or outcome.week is None:
        return None
    return outcome.week - ground.asked.window_weeks + 1


def _limits(asked: Early) -> tuple[str, ...]:
    if asked.claim is None:
        return LIMITATIONS
    first, last = asked.claim
    return (
        f"The claim is that weeks {first} to {last} are enough: a loss under {asked.margin:g} of AUC.",
        *LIMITATIONS,
    )


def _window(week: int, begins: int | None) -> str:
    return "not known" if begins is None else OVERLAPS if week >= begins else BEFORE


def _score(refits: Refits, week: int) -> Floats:
    """Scores of the registered columns through the end of a week."""
    protocol = refits.ground.protocol
    if week == protocol.population.index_week:
        return refits.rows["score"].to_numpy()
    then = protocol.model_copy(update={"population": protocol.population.model_copy(update={"index_week": week})})
    return refits.scores("week", week, features=summarised(then, refits.ground.indicators, protocol.columns))


def _aucs(refits: Refits, scores: Mapping[int, Floats], begins: int | None) -> Iterator[Row]:
    for week, score in scores.items():
        keys: dict[str, str | int | float] = {"week": week, "what": "AUC", "window": _window(week, begins)}
        found = auc_of(refits.rows, score, refits.ground.asked.level)
        yield Row(keys, found) if found else Row(keys, None, "not analysed", "no fold holds pairs of students")


def _losses(refits: Refits, scores: Mapping[int, Floats], begins: int | None) -> Iterator[Row]:
    """Against the last week before the recall period, where there is one; all at once."""
    before = [week for week in scores if begins is None or week < begins]
    if not before:
        return
    last, level = max(before), refits.ground.asked.level
    lost = {week: gain_of(refits.rows, scores[last], score) for week, score in scores.items() if week != last}
    known = [gain for gain in lost.values() if isinstance(gain, Gain)]
    reach = 0.0
    if known:
        influences, students = np.stack([gain.influence for gain in known], axis=1), refits.rows["student_id"]
        reach = joint_reach(influences, students, level, refits.ground.rng("early"))
    for week, found in lost.items():
        keys: dict[str, str | int | float] = {"week": week, "what": f"loss against week {last}"}
        keys["window"] = _window(week, begins)
        if isinstance(found, str):
            yield Row(keys, None, "not analysed", found)
        else:
            yield Row(keys, found.estimate(level, reach))


def _claim(refits: Refits, scores: Mapping[int, Floats], asked: Early) -> tuple[list[Row], Verdict, str | None]:
    """The loss of each week of the claim against the last week tried, and what it says of the claim."""
    if asked.claim is None:
        return [], "described", None
    last = max(scores)
    weeks = [week for week in scores if asked.claim[0] <= week <= asked.claim[1] and week != last]
    gains = [gain_of(refits.rows, scores[last], scores[week]) for week in weeks]
    told = [gain for gain in gains if isinstance(gain, Gain)]
    if not weeks or len(told) < len(gains):
        return [], "not analysed", next((g for g in gains if isinstance(g, str)), "no week of the claim was tried")
    alpha = 1 - refits.ground.asked.level
    shown = [gain.estimate(1 - 2 * alpha) for gain in told]
    shared = [gain.estimate(1 - alpha / len(told)) for gain in told]
    what = f"loss against week {last}, the last tried"
    rows = [Row({"week": week, "what": what}, estimate) for week, estimate in zip(weeks, shown, strict=True)]
    if not _known(refits, scores[last]):
        return (
            rows,
            "inconclusive",
            f"made at the end of week {last}, the last tried, the score is no better than a coin as far as shown",
        )
    if all((estimate.upper or 0.0) < asked.margin for estimate in shown):
        return rows, "supported", "in every week of the claim the loss lies inside the margin"
    if any((estimate.lower or 0.0) > asked.margin for estimate in shared):
        return rows, "contradicted", "in a week of the claim the whole interval of the loss lies beyond the margin"
    return rows, "inconclusive", "in a week of the claim the loss may lie inside the margin or beyond it"


def _known(refits: Refits, score: Floats) -> bool:
    """Whether the score tells anybody apart: where nothing is known, no week is enough."""
    found = auc_of(refits.rows, score, refits.ground.asked.level)
    return found is not None and (found.lower or 0.0) > COIN
