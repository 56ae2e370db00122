"""Who is missed by construction: students whom a contact rule leaves out, whatever they do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.cohort.feeds import fed, index_days
from la_research.disclosure import tells_few, why_hidden
from la_research.finding import Estimate, Finding, Row
from la_research.statistics.intervals import wilson
from la_research.validation.ground import Ground

ID = "validation.missed_by_construction"
QUESTION = "Whom would a contact rule leave out, whatever they do?"
ANY = "any of these"
EVERYONE, NEEDING = "all in the study", "those in need"
NO_CONTACT = "did not say yes to being contacted"
NOT_THEIRS = "has no {source} record"
NO_FEED = "not observed in {source} in weeks 1 to {week}"
NO_VALUE = "not observed in {indicator} in weeks 1 to {week}"
LIMITATIONS = (
    "It says whom a rule can not see or may not contact, not how they are.",
    "What holds of one source or indicator matters to rules that read it; one that reads another may see the student.",
    "Who is left out for several reasons stands with the first of them, in the order of the rows.",
    "Students who are not in the study are not counted here; the flow of students says how many they are and why.",
    "Need is known only of students who answered.",
)


def unreached_findings(ground: Ground) -> Iterator[Finding]:
    """``validation.missed_by_construction``, where ``validation.opposite`` asks who is left out.

    Counted to the end of the index week, each student once, for the first reason that holds: no consent to be
    contacted where the contact asks for it; a source that does not apply to them, or whose feed has a gap; an
    indicator that has no value in any week. Each as a share of all in the study and of those with the model's
    outcome, and all of them together as the headline. A student on several modules is counted for a source where it
    holds on all of them.
    """
    if ground.asked.opposite:
        yield _missed(ground)


def _missed(ground: Ground) -> Finding:
    reasons = _reasons(ground)
    table = np.array([out.reindex(ground.units.index).to_numpy(dtype=bool) for _, out in reasons])
    first = np.where(table.any(axis=0), table.argmax(axis=0), -1)
    kinds = [i for i in range(len(reasons)) if (first == i).any()]
    everyone, known = np.ones(len(first), dtype=bool), np.ones(len(kinds) + 1, dtype=bool)
    rows: list[Row] = []
    shown = _shown([everyone], first, kinds, known, ground.minimum)
    columns = [(EVERYONE, everyone, shown)]
    if (needing := _needing(ground)).any():
        columns.append((NEEDING, needing, _shown([needing, ~needing], first, kinds, shown, ground.minimum)))
    for place, i in enumerate(kinds):
        for among, inside, told in columns:
            rows.append(_row({**reasons[i][0], "among": among}, first[inside] == i, bool(told[place]), ground.minimum))
    for among, inside, told in columns:
        keys = {"what": "total", "reason": ANY, "among": among}
        rows.append(_row(keys, first[inside] >= 0, bool(told[-1]), ground.minimum))
    total = next(row.estimate for row in rows if row.keys["reason"] == ANY)
    return Finding(
        ID,
        QUESTION,
        "described" if total else "suppressed",
        total,
        tuple(rows),
        limitations=(*LIMITATIONS, *_early(ground)),
        reason=None if total else why_hidden(ground.minimum),
    )


def _shown(
    parts: list[NDArray[np.bool_]], first: NDArray[np.int64], kinds: list[int], known: NDArray[np.bool_], minimum: int
) -> NDArray[np.bool_]:
    """Which reasons, and at the end their total, give away no few students of any of these parts.

    Of reasons that are hidden, the next smallest are too, until together they are not few in any part.

    Parameters
    ----------
    parts
        Who is counted; those in need and the others together, as the one follows from the other and the whole.
    known
        Reasons, and the total, that are shown of all in the study.
    """
    cells = np.array([[np.sum(first[part] == i) for part in parts] for i in kinds]).reshape(len(kinds), len(parts))
    sums, whole = cells.sum(axis=0), [part.sum() for part in parts]
    if (
        not known[-1]
        or whole[0] < minimum
        or any(tells_few(part, of, minimum) for part, of in zip(sums, whole, strict=True))
    ):
        return np.zeros(len(kinds) + 1, dtype=bool)

    def few(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(((counts > 0) & (counts < minimum)).any(axis=-1))

    shown = known[:-1] & ~few(cells)
    while shown.any() and few(cells[~shown].sum(axis=0)):
        shown[np.argmin(np.where(shown, cells.sum(axis=1), np.inf))] = False
    return np.append(shown, True)


def _row(keys: dict[str, str], out: NDArray[np.bool_], shown: bool, minimum: int) -> Row:
    if not shown:
        return Row(keys, None, "suppressed", why_hidden(minimum))
    part, whole = int(out.sum()), len(out)
    return Row(keys, Estimate(part / whole, *wilson(part, whole), 0.95, "share", whole, "wilson"))


def _early(ground: Ground) -> tuple[str, ...]:
    """That a personal baseline is silent for everyone at first."""
    if "baseline_departure" not in ground.protocol.indicators:
        return ()
    values = ground.weekly("baseline_departure")
    first = next((week for week in values if values[week].notna().any()), None)
    return () if first is None else (f"A student's own baseline says nothing of anybody before week {first}.",)


def _needing(ground: Ground) -> NDArray[np.bool_]:
    """Those known to have the model's outcome; nobody where there is none."""
    label = ground.protocol.model.label
    return np.zeros(len(ground.units), dtype=bool) if label is None else ground.outcome(label).eq(1).to_numpy()


def _reasons(ground: Ground) -> list[tuple[dict[str, str], pd.Series]]:
    """What a student can be left out for, the first to be counted first, and for whom it holds, by unit."""
    week = ground.protocol.population.index_week
    rules = ground.cohort.frame("applicability")
    free = rules[~rules["applies"].astype(bool)]
    rows, sources, found = ground.enrolments, ground.protocol.sources, []
    if ground.protocol.consent.contact == "required":
        found.append(({"reason": NO_CONTACT}, ~_agreed(ground)))
    exempt = {name: rows["enrolment_id"].isin(free.loc[free["source"] == name, "enrolment_id"]) for name in sources}
    for name, out in exempt.items():
        found.append(({"source": name, "reason": NOT_THEIRS.format(source=_words(name))}, _everywhere(out, rows)))
    for name, out in exempt.items():
        unfed = ~out & ~fed(ground.protocol, ground.cohort, rows, name)
        reason = NO_FEED.format(source=_words(name), week=week)
        found.append(({"source": name, "reason": reason}, _everywhere(unfed, rows)))
    for indicator in ground.protocol.indicators:
        silent = ground.weekly(indicator).reindex(columns=range(1, week + 1)).isna().all(axis=1)
        reason = NO_VALUE.format(indicator=_words(indicator), week=week)
        found.append(({"indicator": indicator, "reason": reason}, silent))
    return found


def _words(name: str) -> str:
    """A source or an indicator as it stands in a sentence.

    >>> _words("lecture_capture")
    'lecture capture'
    """
    return name.replace("_", " ")


def _everywhere(holds: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return holds.groupby(rows["unit_id"]).all()


def _agreed(ground: Ground) -> pd.Series:
    """Whether the last decision by the end of the index week says yes to being contacted."""
    decisions = ground.cohort.frame("consent")
    days = decisions["presentation"].map(index_days(ground.protocol, ground.cohort))
    asked = decisions[(decisions["flag"] == "contact") & (decisions["from_day"] <= days)].sort_values("from_day")
    last = asked.drop_duplicates(["student_id", "presentation"], keep="last")
    yes = pd.MultiIndex.from_frame(last.loc[last["given"].astype(bool), ["student_id", "presentation"]])
    return pd.Series(
        pd.MultiIndex.from_frame(ground.units[["student_id", "presentation"]]).isin(yes), index=ground.units.index
    )
