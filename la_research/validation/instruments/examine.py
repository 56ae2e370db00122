"""Every question that is asked of the questionnaires of a study, one by one and together."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.finding import Finding
from la_research.validation.ground import Ground
from la_research.validation.instruments.asked import Asked
from la_research.validation.instruments.attributes import group_findings
from la_research.validation.instruments.retest import retest_finding
from la_research.validation.instruments.together import distinct_finding, known_groups_finding
from la_research.validation.instruments.waves import waves_finding
from la_research.validation.instruments.worth import dimension_finding, reliability_finding, structure_finding


def instrument_findings(ground: Ground) -> Iterator[Finding]:
    """What every questionnaire that students of the study answered is worth; nothing where none was.

    Yields
    ------
    Finding
        For each, as ``validation.instrument.who_5``: ``.dimensions``, ``.reliability``, ``.structure``; with two waves
        or more ``.retest`` and ``.waves``; for every registered attribute ``.groups.gender`` and ``.items.gender``.
        For all together: ``validation.instruments.distinct`` (two questionnaires or more) and ``.known_groups``.
    """
    every = [asked for asked in (Asked.of(ground, name) for name in ground.instruments) if asked.weeks]
    for asked in every:
        yield dimension_finding(asked)
        yield reliability_finding(asked)
        yield structure_finding(asked)
        if len(asked.weeks) > 1:
            yield retest_finding(asked)
            yield waves_finding(asked)
        yield from group_findings(asked)
    if len(every) > 1:
        yield distinct_finding(ground, every)
    if every:
        yield known_groups_finding(ground, every)
