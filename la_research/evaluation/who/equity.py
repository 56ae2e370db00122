"""Who is considered, drawn and reached, and what a mean student of each group gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from la_research.disclosure import tells_few
from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import few, share_row
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.simultaneous import gap_inference

LEVEL = 0.95
NO_LOG = "no student was drawn, and the log holds no contact"
SYSTEM = "A gap is about how the support is offered, not about the group."
TALKED = "Reached is who talked with somebody, as the log says; a step that is not in the log may still have happened."
JOINT = "Intervals of shares, and that of the largest gap in who was reached, hold for all groups at once."
NEED = "Equal shares are not the same as fair ones: groups may differ in how much support they need."
GAINED = (
    "Gained is the effect of being drawn in that group times its share drawn: what contacts changed for its mean "
    "student, drawn or not; the share drawn is taken as it is."
)


def equity_finding(ground: Ground, name: str, group: pd.Series, effects: Mapping[str, Coefficient]) -> Finding:
    """``evaluation.who.equity.NAME``: rows ``{NAME: group, "what": considered, drawn, reached, gained}``.

    Shares are of the students of the study whose group is known. Considered is who had a chance to be drawn, or where
    nobody was drawn who is in the log of contacts. The headline is the largest gap in who was reached.

    Parameters
    ----------
    group
        The group of each student of the study; missing where it is not known.
    effects
        The effect by group, where it may be shown; without, nothing is told of gains.
    """
    title = f"evaluation.who.equity.{name}"
    question = f"Is the support offered, and of use, alike by {name.replace('_', ' ')}?"
    steps = _steps(ground)
    if not steps["considered"]:
        return not_analysed(title, question, NO_LOG)
    known = group.dropna()
    names = sorted(known.unique())
    if len(names) < 2:
        return not_analysed(title, question, "students of the study are all of one group, or their group is not known")
    members = {str(one): set(known.index[known == one]) for one in names}
    rows = [
        row
        for word, inside in members.items()
        for row in _shares(name, word, inside, steps, ground.minimum, len(members))
    ]
    gains = list(_gains(ground, name, members, effects, rows))
    hidden = any(row.estimate is None for row in rows)
    headline = None if hidden else _gap(members, steps.get("reached", set()), ground)
    said = (SYSTEM, TALKED, JOINT, NEED, *([GAINED] if gains else []))
    return Finding(title, question, "described", headline, (*rows, *gains), limitations=said)


def _steps(ground: Ground) -> dict[str, set[str]]:
    """Students who came that far; who was reached only where there is a log of contacts."""
    log, students = ground.contacts, ground.trial.students
    reached = {"reached": set(log.loc[log["step"] == "talked", "student_id"])} if len(log) else {}
    if students.empty:
        return {"considered": set(log["student_id"]), **reached}
    drawn = set(students.index[students["arm"] != ground.support.control])
    return {"considered": set(students.index), "drawn": drawn, **reached}


def _shares(
    name: str, word: str, inside: set[str], steps: Mapping[str, set[str]], minimum: int, groups: int
) -> Iterator[Row]:
    """Each step's share of a group; hidden where it would tell of a few, or of a few who did not come further."""
    level = LEVEL ** (1 / groups)
    counts = [len(inside), *(len(inside & reached) for reached in steps.values())]
    for what, (before, part) in zip(steps, pairwise(counts), strict=True):
        keys = {name: word, "what": what}
        row = share_row(keys, part, len(inside), minimum, level)
        lost = row.estimate is not None and tells_few(part, before, minimum)
        yield Row(keys, None, "suppressed", few(minimum)) if lost else row


def _gains(
    ground: Ground,
    name: str,
    members: Mapping[str, set[str]],
    effects: Mapping[str, Coefficient],
    shown: list[Row],
) -> Iterator[Row]:
    """The effect of being drawn times the share drawn, of groups whose share drawn is shown."""
    drawn = set(ground.trial.students.index[ground.trial.treated])
    unit, level = ground.unit(ground.claims[0]) if ground.claims else "", LEVEL ** (1 / max(len(effects), 1))
    told = {str(row.keys[name]) for row in shown if row.keys["what"] == "drawn" and row.estimate}
    for word, effect in effects.items():
        if word in told:
            share = len(members[word] & drawn) / len(members[word])
            gain = Coefficient(share * effect.value, share * effect.se, effect.df, effect.n)
            yield Row({name: word, "what": "gained"}, gain.estimate(unit, "share-drawn-times-effect", level))


def _gap(members: Mapping[str, set[str]], reached: set[str], ground: Ground) -> Estimate | None:
    """The largest gap between two groups in who was reached; none where nobody was."""
    sizes = np.array([len(inside) for inside in members.values()], dtype=float)
    rates = np.array([len(inside & reached) for inside in members.values()]) / sizes
    if not rates.any():
        return None
    found = gap_inference(rates, sizes, seed=ground.protocol.seed)
    gap = found.gap(1 - LEVEL)
    return Estimate(gap.value, gap.lower, gap.upper, LEVEL, "share", int(sizes.sum()), found.method)
