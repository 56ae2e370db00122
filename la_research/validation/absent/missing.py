"""All questions about answers that are not there, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.finding import Finding
from la_research.validation.absent.filled import fill
from la_research.validation.absent.imputed import imputed_findings
from la_research.validation.absent.pattern import pattern_finding
from la_research.validation.absent.selection import selection_findings
from la_research.validation.absent.tipping import tipping_findings
from la_research.validation.ground import Ground


def missing_findings(ground: Ground) -> Iterator[Finding]:
    """``validation.missing.pattern``, and by association ``validation.imputed.…``, ``.tipping.…`` and ``.selection.…``.

    The pattern is always there where somebody answered a questionnaire. The others are asked by
    ``validation.missing``, tipping where it registers shifts; ``validation.selection.label`` stands beside the
    selections where a model has a label.
    """
    if not ground.instruments:
        return
    yield pattern_finding(ground)
    asked = ground.asked.missing
    if asked is None:
        return
    held = fill(ground, asked.imputations)
    yield from imputed_findings(ground, held)
    if asked.shifts:
        yield from tipping_findings(ground, held, asked.shifts)
    yield from selection_findings(ground, held)
