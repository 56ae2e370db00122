"""All questions of the explanation, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.explanation.abstaining import abstaining_findings
from la_research.explanation.by_group import proxy_findings, same_score_findings
from la_research.explanation.faithful import faithful_findings
from la_research.explanation.ground import Ground, named
from la_research.explanation.grouped import grouped_findings
from la_research.explanation.importance import LEANS, importance_findings
from la_research.explanation.interactions import interaction_findings
from la_research.explanation.met import met, met_findings
from la_research.explanation.perturbation import perturbation_findings
from la_research.explanation.reasons import reason_findings
from la_research.explanation.shapes import shape_findings
from la_research.explanation.simpler import card_findings, simpler_findings
from la_research.finding import Finding, Findings, not_analysed
from la_research.models import ALL, Predictions
from la_research.protocol import Protocol

QUESTIONS: tuple[Callable[[Ground], Iterable[Finding]], ...] = (
    importance_findings,
    grouped_findings,
    perturbation_findings,
    interaction_findings,
    shape_findings,
    reason_findings,
    faithful_findings,
    met_findings,
    simpler_findings,
    card_findings,
    same_score_findings,
    proxy_findings,
    abstaining_findings,
)
"""What is asked of each population that has scores."""


def explain_model(protocol: Protocol, cohort: Cohort, indicators: pa.Table, predictions: Predictions) -> Findings:
    """What the model leans on, over all students, with intervals over refits.

    The model is fitted to all rows with a label, and then again to students drawn with
    replacement, ``explanation.refits`` times; each time the same rows are explained beside
    the same background rows. Missing values stay missing.

    Parameters
    ----------
    cohort
        Read for registered groups alone.
    indicators
        As ``compute_indicators`` returned them.
    predictions
        As ``fit_model`` returned them.

    Returns
    -------
    Findings
        ``explanation.importance`` (rows by indicator: share of the summed mean |SHAP|, with
        the interval over refits and the level that it holds, widened to hold the share itself),
        ``explanation.ranks`` (rows by indicator: 1 is the most important) and
        ``explanation.additivity`` (largest gap between explanation and score, in log-odds);
        ``explanation.grouped`` and ``explanation.perturbation`` (by aspect of study), and of the
        main population ``explanation.interactions`` and ``explanation.shapes``,
        ``explanation.reasons`` (share of suggested contacts for whom a main reason is told),
        ``explanation.faithful`` (whether scores fall when what the explanation names first is
        taken out), reasons and proxies by registered attribute (``by_group``), and, where they
        are registered, simpler models (``simpler``) and when there is no suggestion (``abstaining``).
        n counts students everywhere, however many rows each of them has.
        A subset's findings carry its name: ``explanation.clicks.importance``. Where there
        are no scores, or the model can not be taken apart, importance is "not analysed".
        ``explanation.met.KIND``: the lines of each of the four invented students, with a
        score where the study has a model.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> indicators = lar.compute_indicators(protocol, cohort)
    >>> found = explain_model(protocol, cohort, indicators, lar.fit_model(protocol, cohort, indicators))
    >>> found["explanation.importance"].reason
    'the model gives every student the same score'
    """
    found: list[Finding] = []
    done = {population: (rows, features) for population, rows, features in predictions.parts()}
    for population in (ALL, *(subset.id for subset in protocol.population.subsets)):
        if population in done:
            ground = Ground(protocol, cohort, indicators, population, *done[population])
            found += [finding for question in QUESTIONS for finding in question(ground)]
        elif population == ALL or done:
            reason = predictions.reason or "no scores were made"
            found.append(not_analysed(named(population, "importance"), LEANS, reason))
            found += met(protocol) if population == ALL else ()
    return disclosed(Findings(found), protocol.disclosure.minimum_group_size)
