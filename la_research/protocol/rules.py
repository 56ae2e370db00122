"""Rules that join several sections; each yields faults for the keys that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from la_research.protocol.document import Path
from la_research.protocol.measures import QUESTIONNAIRES

Broken = tuple[str, str, Path, str]
"""code word, problem, path of keys, remedy"""


def two_outcomes(outcomes: Any) -> Iterator[Broken]:
    """At least two outcomes, one of them chosen by the advisory group."""
    if len(outcomes) < 2:
        yield "two_outcomes", "fewer than two outcomes are registered", ("outcomes",), "add a second outcome"
    if not any(outcome.chosen_by == "advisory group" for outcome in outcomes):
        yield (
            "advisory_outcome",
            "no outcome was chosen by the advisory group",
            ("outcomes",),
            "ask the group and write 'chosen_by: advisory group' on its outcome",
        )


def one_kind_of_outcome(outcomes: Any) -> Iterator[Broken]:
    """An outcome is a questionnaire in a week, an event of the record or an indicator: one of them, not several."""
    for i, outcome in enumerate(outcomes):
        named = sum(map(bool, (outcome.instrument, outcome.event, outcome.indicator)))
        if named != 1:
            yield (
                "outcome_kind",
                f"outcome '{outcome.id}' names {'several' if named else 'none'} of instrument, event and indicator",
                ("outcomes", i),
                "name an instrument with its week, the events of the record, or an indicator",
            )
        if outcome.instrument and outcome.week is None:
            yield (
                "outcome_week",
                f"outcome '{outcome.id}' has no week",
                ("outcomes", i),
                "write the week in which the questionnaire is asked",
            )


def indicators_as_outcomes(outcomes: Any, hypotheses: Any, indicators: Any, support: Any) -> Iterator[Broken]:
    """An indicator is an outcome only of effects, by a design that compares that indicator; it has no threshold."""
    compared = getattr(support.design, "indicator", None) or getattr(support.design, "proximal", None)
    named = {outcome.id: outcome.indicator for outcome in outcomes if outcome.indicator}
    for i, outcome in enumerate(outcomes):
        if outcome.indicator and outcome.indicator not in indicators:
            yield (
                "unknown_column",
                f"outcome '{outcome.id}' names '{outcome.indicator}', which is no indicator of the protocol",
                ("outcomes", i, "indicator"),
                f"name one of: {', '.join(sorted(indicators))}",
            )
        if outcome.indicator and outcome.at_least is not None:
            problem = f"outcome '{outcome.id}' is an indicator with a threshold"
            yield "indicator_threshold", problem, ("outcomes", i, "at_least"), "remove 'at_least'"
    for i, hypothesis in enumerate(hypotheses):
        asked = named.get(hypothesis.outcome)
        if asked and (hypothesis.kind != "effect" or asked != compared):
            yield (
                "indicator_outcome",
                f"hypothesis '{hypothesis.id}' names the indicator '{asked}', which its design does not compare",
                ("hypotheses", i, "outcome"),
                "ask for an effect by did, its, micro_randomised or synthetic_control with that indicator",
            )


def ids_once(outcomes: Any, hypotheses: Any) -> Iterator[Broken]:
    """Ids of outcomes and of hypotheses are unique."""
    for name, items in (("outcomes", outcomes), ("hypotheses", hypotheses)):
        seen: set[str] = set()
        for i, item in enumerate(items):
            if item.id in seen:
                yield "duplicate_id", f"id '{item.id}' is given twice", (name, i, "id"), "give each its own id"
            seen.add(item.id)


def hypotheses_name_things(hypotheses: Any, outcomes: Any, indicators: Any, support: Any) -> Iterator[Broken]:
    """A hypothesis names an outcome, an indicator or the trial that the protocol has."""
    known = {outcome.id: outcome for outcome in outcomes}
    for i, hypothesis in enumerate(hypotheses):
        if hypothesis.outcome not in known:
            yield (
                "unknown_outcome",
                f"hypothesis '{hypothesis.id}' names outcome '{hypothesis.outcome}', which is not registered",
                ("hypotheses", i, "outcome"),
                f"name one of: {', '.join(sorted(known))}",
            )
        if hypothesis.kind == "effect" and support.trial is None:
            yield (
                "no_trial",
                f"hypothesis '{hypothesis.id}' asks for an effect, and support.trial names no trial",
                ("hypotheses", i, "kind"),
                "name the trial under support.trial",
            )
        if hypothesis.kind != "effect" and hypothesis.indicator not in indicators:
            yield (
                "hypothesis_indicator",
                f"hypothesis '{hypothesis.id}' needs an indicator of the protocol",
                ("hypotheses", i, "indicator"),
                f"name one of: {', '.join(sorted(indicators))}",
            )


def harms_name_things(support: Any, outcomes: Any) -> Iterator[Broken]:
    """A harm is registered once, and the outcome that shows it is registered too."""
    known, seen = [outcome.id for outcome in outcomes], set()
    for i, harm in enumerate(support.harms):
        where = ("support", "harms", i)
        if harm.what in seen:
            yield "duplicate_harm", f"harm '{harm.what}' is given twice", (*where, "what"), "register each harm once"
        seen.add(harm.what)
        if harm.outcome is not None and harm.outcome not in known:
            yield (
                "unknown_outcome",
                f"harm '{harm.what}' names outcome '{harm.outcome}', which is not registered",
                (*where, "outcome"),
                f"name one of: {', '.join(sorted(known))}",
            )


def model_names_things(model: Any, outcomes: Any, indicators: Any, population: Any) -> Iterator[Broken]:
    """The model's label is an outcome that says yes or no; its columns are indicators."""
    known = {outcome.id: outcome for outcome in outcomes}
    if model.label is not None and model.label not in known:
        yield (
            "unknown_outcome",
            f"the model's label '{model.label}' is not registered",
            ("model", "label"),
            f"name one of: {', '.join(sorted(known))}",
        )
    elif model.label is not None and not known[model.label].event and known[model.label].at_least is None:
        yield (
            "label_threshold",
            f"the model's label '{model.label}' is a score without a threshold",
            ("model", "label"),
            "write 'at_least' on the outcome",
        )
    for where, columns in [
        (("model", "columns"), model.columns),
        *((("population", "subsets", i, "columns"), s.columns) for i, s in enumerate(population.subsets)),
    ]:
        for column in columns:
            if column not in indicators:
                yield (
                    "unknown_column",
                    f"column '{column}' is no indicator of the protocol",
                    where,
                    f"name some of: {', '.join(sorted(indicators))}; protected attributes are never features",
                )


def risk_item_has_a_route(instruments: Any, outcomes: Any, governance: Any) -> Iterator[Broken]:
    """An instrument with a risk item needs someone who reads the answer."""
    used = {*instruments, *(outcome.instrument for outcome in outcomes if outcome.instrument)}
    for name in sorted(used):
        item = QUESTIONNAIRES[name].risk_item
        if item is not None and governance.escalation is None:
            yield (
                "risk_item_without_route",
                f"{name} asks about self-harm in item {item}, and no escalation route is named",
                ("instruments", name),
                "use PHQ-8, or write governance.escalation with role, hours and longest_response_hours",
            )


def health_score(model: Any, outcomes: Any) -> Iterator[Broken]:
    """A score aimed at a wellbeing instrument is health data, whatever the protocol says."""
    label = next((outcome for outcome in outcomes if outcome.id == model.label), None)
    if label is not None and label.instrument and model.score.health_data is False:
        yield (
            "score_is_health_data",
            "a score that aims at wellbeing counts as health data",
            ("model", "score", "health_data"),
            "remove the key, or write 'health_data: true' and name an Article 9 condition",
        )


def article_9(sources: Any, model: Any, outcomes: Any, data: Any) -> Iterator[Broken]:
    """What holds or infers a special category needs an Article 9 condition, above synthetic data."""
    if data == "synthetic":
        return
    label = next((outcome for outcome in outcomes if outcome.id == model.label), None)
    health = bool(label is not None and label.instrument) or bool(model.score.health_data)
    held = [(("sources", name), source, bool(source.holds)) for name, source in sources.items()]
    held.append((("model", "score"), model.score, health or bool(model.score.holds)))
    for path, processing, special in held:
        if special and processing.article9 is None:
            yield (
                "article9",
                f"{'.'.join(path)} holds or infers a special category and names no Article 9 condition",
                path,
                "write 'article9', e.g. 'explicit consent'",
            )


def restricted_approval(data: Any, approval: Any) -> Iterator[Broken]:
    """Restricted data need an impact assessment, or the reason why none is needed."""
    if data == "restricted" and approval.dpia_date is None and approval.dpia_not_needed is None:
        yield (
            "dpia",
            "neither the date of a data protection impact assessment nor a reason for none is given",
            ("approval",),
            "write approval.dpia_date, or approval.dpia_not_needed with the reason",
        )


def weeks_inside(population: Any, calendar: Any, outcomes: Any, instruments: Any) -> Iterator[Broken]:
    """The index week, outcomes and questionnaires lie inside the calendar."""
    weeks: list[tuple[Path, int]] = [(("population", "index_week"), population.index_week)]
    weeks += [(("outcomes", i, "week"), outcome.week) for i, outcome in enumerate(outcomes) if outcome.week]
    weeks += [(("instruments", name, "weeks"), week) for name, item in instruments.items() for week in item.weeks]
    for path, week in weeks:
        if week > calendar.weeks:
            yield (
                "outside_calendar",
                f"week {week} lies after the last of {calendar.weeks} teaching weeks",
                path,
                "choose an earlier week or raise calendar.weeks",
            )


def validation_names_things(validation: Any, outcomes: Any, indicators: Any, calendar: Any) -> Iterator[Broken]:
    """What the validation names is there: outcomes, indicators and weeks."""
    known = {outcome.id: outcome for outcome in outcomes}
    exposures = validation.controls.exposures if validation.controls else ()
    for i, name in enumerate(exposures):
        if name not in indicators:
            yield (
                "unknown_column",
                f"the control '{name}' is no indicator of the protocol",
                ("validation", "controls", "exposures", i),
                f"name some of: {', '.join(sorted(indicators))}",
            )
    triggers = validation.triggers
    need = None if triggers is None else known.get(triggers.need)
    if triggers is not None and (need is None or not (need.event or need.at_least is not None)):
        yield (
            "trigger_need",
            f"'{triggers.need}' is no registered outcome that says yes or no",
            ("validation", "triggers", "need"),
            "name an outcome with 'event' or 'at_least'",
        )
    yield from _impossible(validation)
    looked = (*(triggers.weeks if triggers else ()), *(validation.early.weeks if validation.early else ()))
    late = sorted({week for week in looked if week > calendar.weeks})
    if late:
        yield (
            "outside_calendar",
            f"week {late[0]} lies after the last of {calendar.weeks} teaching weeks",
            ("validation",),
            "choose earlier weeks or raise calendar.weeks",
        )


def _impossible(validation: Any) -> Iterator[Broken]:
    """Numbers of the validation that no study could use."""
    error, early = validation.instrument_error, validation.early
    score = validation.triggers.rules.get("score") if validation.triggers else None
    if 0 < validation.splits < 5:
        problem = "fewer than 5 splits say nothing of how much the procedure varies"
        yield "splits", problem, ("validation", "splits"), "write 5 or more, or leave it out"
    if error is not None and error.sensitivity[1] + error.specificity[1] <= 1:
        problem = "an instrument with such sensitivity and specificity is no better than chance"
        yield "instrument_error", problem, ("validation", "instrument_error"), "give shares that add up to more than 1"
    if early is not None and early.claim and not any(early.claim[0] <= week <= early.claim[1] for week in early.weeks):
        problem = "none of the weeks of the claim is tried"
        yield "early_claim", problem, ("validation", "early", "claim"), "add its weeks to early.weeks"
    if score is not None and any(cut >= 1 for cut in score.cuts):
        problem = "a cut-off of the score is a share of students, below 1"
        yield (
            "score_cut",
            problem,
            ("validation", "triggers", "rules", "score", "cuts"),
            "write e.g. 0.1 for one in ten",
        )


RULES: tuple[Callable[..., Iterator[Broken]], ...] = (
    two_outcomes,
    one_kind_of_outcome,
    indicators_as_outcomes,
    ids_once,
    hypotheses_name_things,
    harms_name_things,
    model_names_things,
    risk_item_has_a_route,
    health_score,
    article_9,
    restricted_approval,
    weeks_inside,
    validation_names_things,
)
"""A rule names in its arguments the sections it reads, and runs when all of them are sound."""
