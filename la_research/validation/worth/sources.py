"""What each source of data adds to the score: a source that adds nothing is a reason not to collect it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from la_research.finding import Assumption, Finding, Row, Verdict, not_analysed
from la_research.indicators.registry import INDICATORS, compute_indicators, summarised
from la_research.validation.ground import Ground
from la_research.validation.worth.compare import COIN, Gain, auc_of, gain_of
from la_research.validation.worth.refits import Refits

ASKED = "Which sources does the score need, and which could be left uncollected?"
NAME = "validation.sources.value"
UNREAD = "no column of the score reads it, so nothing would be lost"
LESS = "it adds less than would be worth collecting it"
UNSURE = "what it adds may be more or less than would be worth collecting it"
LIMITATIONS = (
    "Loss of AUC when the indicators are worked out without the source and the model is fitted again.",
    "A source that tells the same as another adds little beside it, and could add much alone.",
    "A source may be needed for something else, as a rule for a contact. Here only the score is asked.",
    "Each interval is on its own and holds for the models that were fitted.",
    "Where the score itself tells nobody apart, a source adds nothing to it, and could add something to a better one.",
)


def sources_finding(refits: Refits) -> Finding:
    """``validation.sources.value``: loss of AUC by ``source``, with a verdict against the registered ``collect``.

    "supported" where the interval lies beyond the margin, "negligible" where the 1 - 2 alpha interval lies wholly
    below it, else "inconclusive"; "not analysed" where no column reads it.
    """
    ground = refits.ground
    rows = tuple(row for source in ground.protocol.sources for row in _row(refits, source))
    if all(row.estimate is None for row in rows):
        return not_analysed(NAME, ASKED, str(rows[0].reason), rows=rows)
    margin = f"A source would be worth collecting from a loss of AUC of {ground.asked.collect:g} on."
    return Finding(
        NAME, ASKED, "described", rows=rows, assumptions=(tells_apart(refits),), limitations=(margin, *LIMITATIONS)
    )


def tells_apart(refits: Refits) -> Assumption:
    """Whether there is anything to lose: the interval of the registered score's AUC lies above a coin's."""
    found = auc_of(refits.rows, refits.rows["score"], refits.ground.asked.level)
    above = found is not None and (found.lower or 0.0) > COIN
    return Assumption(
        "The score tells students with and without the outcome apart, so that something can be lost", above, str(found)
    )


def without(ground: Ground, source: str) -> pd.DataFrame:
    """The score's columns, those that read the source worked out without it.

    A column that reads nothing else is not observed for anybody, so that no model can lean on it.
    """
    protocol = ground.protocol
    fed = [name for name in protocol.columns if source in INDICATORS[name].sources]
    kept = protocol.model_copy(
        update={
            "sources": {name: held for name, held in protocol.sources.items() if name != source},
            "indicators": {name: protocol.indicators[name] for name in fed},
        }
    )
    changed = summarised(kept, compute_indicators(kept, ground.cohort), fed)
    return ground.features.assign(**{name: changed[name].reindex(ground.features.index) for name in fed})


def _row(refits: Refits, source: str) -> Iterator[Row]:
    ground, keys = refits.ground, {"source": source}
    if not any(source in INDICATORS[name].sources for name in ground.protocol.columns):
        yield Row(keys, None, "not analysed", UNREAD)
        return
    score = refits.scores("without", source, features=without(ground, source))
    lost = gain_of(refits.rows, refits.rows["score"], score)
    if isinstance(lost, str):
        yield Row(keys, None, "not analysed", lost)
    else:
        yield Row(keys, lost.estimate(ground.asked.level), *_verdict(lost, float(ground.asked.collect or 0), ground))


def _verdict(lost: Gain, margin: float, ground: Ground) -> tuple[Verdict, str | None]:
    level = ground.asked.level
    whole, wide = lost.estimate(level), lost.estimate(2 * level - 1)
    if whole.lower is not None and whole.lower > margin:
        return "supported", "the interval lies beyond what would be worth collecting it"
    if wide.upper is not None and wide.upper < margin:
        return "negligible", LESS
    return "inconclusive", UNSURE
