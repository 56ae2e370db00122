"""Does an association depend on how it was analysed? Every registered choice side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import Hypothesis
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats
from la_research.statistics.multiplicity import benjamini_hochberg, holm, hypothesis_verdict
from la_research.statistics.specification import joint_test
from la_research.validation.chance import as_extreme
from la_research.validation.ground import Ground, slug
from la_research.validation.specifications import Curve, Fitted, Specification
from la_research.validation.validity import LEAST_STUDENTS, METHOD, NO_INSTRUMENT, UNIT

QUESTION = (
    "Would {claim} have come out otherwise, had {indicator} and {instrument} been analysed in other sensible ways?"
)
MOST_ROWS = 72
"""Specifications shown one by one; of more, as many at equal steps of the sorted curve."""
VERDICTS = ("supported", "contradicted", "negligible", "inconclusive")
NOT_REGISTERED = "the registered analysis gives no number, so there is nothing to compare others with: {reason}"
NOT_MANY = (
    "All specifications use the same students. They are not so many studies, and their shares are no probabilities."
)
LIMITATIONS = (
    NOT_MANY,
    "A curve can not say which choice is right; the registered one was made before any was seen.",
    "The same answer to every item may be quick, or true; leaving it out leaves out students who are at an end.",
    "Leaving out students who left, or who answered seldom, changes whom it is about.",
    "The specification in the middle, as every one that is named, has its own interval; it is none of the median.",
    "Only the registered analysis has its own n; that of all others is the least, so that no difference tells of few.",
)


@dataclass(frozen=True)
class _Point:
    """A specification, its slope of one kind with the n that is told of it, and its verdict."""

    specification: Specification
    found: Coefficient
    verdict: str


def choice_findings(ground: Ground) -> Iterator[Finding]:
    """The specification curve of every registered association; nothing where no choices are registered.

    Parameters
    ----------
    ground
        Reads validation.choices and hypotheses; answers, enrolments and indicators.

    Returns
    -------
    iterator of Finding
        ``validation.choices.h1`` … The headline is the specification in the middle with its own interval. Rows: the
        registered analysis; smallest, lower quarter, upper quarter and largest; shares of specifications with the
        registered sign, that exclude zero (plain, by Holm, by Benjamini and Hochberg) and by verdict against the
        smallest effect of interest; the whole curve against no association; the middle of every choice; every
        specification from the smallest on, up to 72.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), doi:10.1038/s41562-020-0912-z. Steegen et al. (2016),
    doi:10.1177/1745691616658637: the multiverse.
    """
    if ground.asked.choices is None:
        return
    curves: dict[tuple[str | None, str | None], list[Fitted]] = {}
    for claim in ground.associations:
        if not ground.cohort.arrow("responses").num_rows:
            yield not_analysed(*_named(ground, claim), NO_INSTRUMENT)
            continue
        pair = (claim.indicator, ground.protocol.outcome(claim.outcome).instrument)
        if pair not in curves:
            curves[pair] = list(Curve(ground, claim).fits())
        yield _described(ground, claim, curves[pair])


def _named(ground: Ground, claim: Hypothesis) -> tuple[str, str]:
    words = {
        "claim": f"hypothesis {claim.id}",
        "indicator": str(claim.indicator).replace("_", " "),
        "instrument": ground.protocol.outcome(claim.outcome).instrument,
    }
    return f"validation.choices.{slug(claim.id)}", QUESTION.format(**words)


def _described(ground: Ground, claim: Hypothesis, fits: Sequence[Fitted]) -> Finding:
    registered, kind, least = fits[0], claim.kind, max(LEAST_STUDENTS, ground.minimum)
    few = f"fewer than {least} students answered" if registered.students < least else ""
    reason = few or registered.both.reasons.get(kind, "")
    if reason:
        return not_analysed(*_named(ground, claim), NOT_REGISTERED.format(reason=reason))
    known = [fit for fit in fits if fit.students >= least and kind in fit.both.slopes]
    n, level = told_n([fit.both.of(kind).n for fit in known], ground.minimum), ground.asked.level
    points = sorted((_point(claim, fit, n) for fit in known), key=lambda point: point.found.value)
    found, added = [point.found for point in points], np.column_stack([fit.influence[kind] for fit in known])
    unsorted = [replace(fit.both.of(kind), n=n) for fit in known]
    rows = (
        _row("registered analysis", registered.both.of(kind), level),
        *ends(found, level),
        *_shares(claim, points, len(fits)),
        *as_a_whole(unsorted, added, ground.rng("choices", claim.id), level),
        *_choices(points, level),
        *_curve(points, registered.specification, level),
    )
    return Finding(*_named(ground, claim), "described", middle_of(found, level), rows, limitations=LIMITATIONS)


def told_n(students: Sequence[int], minimum: int) -> int:
    """How many students are told of each specification: the fewest of any, or fewer.

    Parameters
    ----------
    students
        Of each specification, the registered one first.

    Examples
    --------
    Beside 1,402 of the registered analysis, 1,397 would tell of five whose answers were all alike.

    >>> told_n([1402, 1397], 10), told_n([1402, 1397, 1365], 10), told_n([1402, 1402], 10)
    (1392, 1365, 1402)
    """
    fewest = min(students)
    return fewest if fewest == students[0] else min(fewest, students[0] - minimum)


def _point(claim: Hypothesis, fit: Fitted, n: int) -> _Point:
    found = fit.both.of(claim.kind)
    verdict, _ = hypothesis_verdict(
        found.value,
        *found.interval(1 - claim.alpha),
        *found.interval(1 - 2 * claim.alpha),
        claim.direction,
        claim.smallest_effect,
        claim.beyond,
    )
    return _Point(fit.specification, replace(found, n=n), verdict)


def _row(what: str, found: Coefficient, level: float) -> Row:
    return Row({"what": what}, found.estimate(UNIT, METHOD, level))


def _at(found: Sequence[Coefficient], share: float) -> Coefficient:
    """The slope at a share of the sorted ones, the lower of two."""
    return found[int(share * (len(found) - 1))]


def middle_of(found: Sequence[Coefficient], level: float = 0.95) -> Estimate:
    """The specification in the middle of sorted ones, with its own interval."""
    return _at(found, 0.5).estimate(UNIT, f"the-one-in-the-middle-of-{len(found)}", level)


def ends(found: Sequence[Coefficient], level: float = 0.95) -> Iterator[Row]:
    """Smallest, quarters and largest of sorted slopes."""
    places = {"smallest": 0.0, "lower quarter": 0.25, "upper quarter": 0.75, "largest": 1.0}
    yield from (_row(what, _at(found, share), level) for what, share in places.items())


def _shares(claim: Hypothesis, points: Sequence[_Point], tried: int) -> Iterator[Row]:
    """Shares of the specifications; they are counted, so they have no interval."""
    sign = 1 if claim.direction == "positive" else -1
    right = np.array([sign * point.found.value > 0 for point in points])
    p = [point.found.p for point in points]
    beyond = "with the registered sign, interval excludes zero"
    shares = {
        "with the registered sign": right,
        beyond: right & (np.array(p) < claim.alpha),
        f"{beyond} after Holm over all of them": right & (np.array(holm(p)) < claim.alpha),
        f"{beyond} after Benjamini and Hochberg over all of them": right
        & (np.array(benjamini_hochberg(p)) < claim.alpha),
    }
    shares |= {
        f"that would read “{v}” if each were the only one": np.array([point.verdict == v for point in points])
        for v in VERDICTS
    }
    n = points[0].found.n
    yield Row({"what": "specifications"}, Estimate(len(points), None, None, None, "specifications", n, "count"))
    if tried > len(points):
        without = Estimate(tried - len(points), None, None, None, "specifications", n, "count")
        yield Row({"what": "specifications without a number"}, without)
    for what, held in shares.items():
        share = Estimate(float(held.mean()), None, None, None, "share", n, f"of-{len(points)}-specifications")
        yield Row({"what": f"share of specifications {what}"}, share)


def as_a_whole(
    found: Sequence[Coefficient], added: Floats, rng: np.random.Generator, level: float = 0.95
) -> Iterator[Row]:
    """The curve against no association in any of it; ``added`` is what each student adds, (students, slopes)."""
    test, n = joint_test(found, added, rng), min(one.n for one in found)
    for far, what in ((test.median, "median as far from zero"), (test.excluding, "as many exclude zero on one side")):
        yield as_extreme(far, test.draws, n, f"draws without an association, {what}", level)


def _choices(points: Sequence[_Point], level: float) -> Iterator[Row]:
    """The middle specification of all that share a choice, for each choice that was varied."""
    for name in points[0].specification.keys:
        levels = dict.fromkeys(point.specification.keys[name] for point in points)
        if len(levels) > 1:
            for chosen in sorted(levels, key=str):
                same = [point.found for point in points if point.specification.keys[name] == chosen]
                yield Row({"what": name, "chosen": chosen}, middle_of(same, level))


def _curve(points: Sequence[_Point], registered: Specification, level: float) -> Iterator[Row]:
    shown = set(np.linspace(0, len(points) - 1, min(len(points), MOST_ROWS)).round().astype(int).tolist())
    for place, point in enumerate(points):
        ours = point.specification == registered
        if place in shown or ours:
            keys = {"specification": place + 1, **point.specification.keys, "registered": "yes" if ours else "no"}
            yield Row(keys, point.found.estimate(UNIT, METHOD, level))
