"""What would have changed the number: the line of each contact rule beside the student's week, as arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from la_research.explanation.trace.relative import CLASSES, COLOURS, MEAN, OWN, RECENT
from la_research.explanation.trace.steps import Step, Trace, beside
from la_research.indicators.registry import INDICATORS
from la_research.indicators.relative import ATTENDANCE, ONLINE
from la_research.indicators.rules import RULES, Rule
from la_research.protocol import Light, Protocol

PEERS = RULES["peer_share_30"]
"""The rule that the meter of a support can name: it chooses below a share of the module's mean."""


def margins_of(protocol: Protocol, trace: Trace, week: int | None = None) -> tuple[str, ...]:
    """Where the line of the trial's rule lay, and where the student's week did. Nobody is told to do more.

    Parameters
    ----------
    trace
        As ``trace_student`` returned it.
    week
        One of the weeks of the trace; by default the index week.

    Returns
    -------
    tuple of str
        A few sentences for the rule that chose students, as far as the protocol says it in numbers, and for the score.

    Examples
    --------
    >>> import la_research as lar
    >>> from la_research.explanation.trace import trace_student
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> trace = trace_student(protocol, cohort, "fades_a")
    >>> print(margins_of(protocol, trace)[0].replace(". ", ".\\n"))
    Week 4: the mean of your module was 19.79 actions.
    The line was 45 % of it, 8.9 actions.
    Your week had 12.
    """
    when = protocol.population.index_week if week is None else week
    said = _said(protocol, trace, when, (rule for rule in [_used(protocol)] if rule is not None))
    if trace.score is not None:
        said.append(
            f"Your score is {100 * trace.score:.1f} %. "
            f"The rule takes the {100 * protocol.model.top_share:g} % with the highest scores. "
            "So the line hangs on the scores of others."
        )
    return tuple(said)


def tried_of(protocol: Protocol, trace: Trace, week: int | None = None) -> tuple[str, ...]:
    """The same of the other rules that the study tries on weeks gone by; they chose nobody.

    Examples
    --------
    >>> import la_research as lar
    >>> from la_research.explanation.trace import trace_student
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> print(tried_of(protocol, trace_student(protocol, cohort, "fades_a"))[0].partition(". ")[2])
    The line was 30 % of it, 5.94 actions. Your week had 12.
    """
    used = _used(protocol)
    same = (used.indicator, used.cut) if used is not None else ()
    others = (rule for rule in _tried(protocol) if (rule.indicator, rule.cut) != same)
    return tuple(_said(protocol, trace, protocol.population.index_week if week is None else week, others))


def _said(protocol: Protocol, trace: Trace, when: int, rules: Iterable[Rule]) -> list[str]:
    said: list[str] = []
    told: set[str] = set()
    for rule in rules:
        last = trace.last("indicator", rule.indicator, when)
        if last is None:
            continue
        if last.value is None:
            if rule.indicator not in told:
                said.append(f"Week {when}: {INDICATORS[rule.indicator].label} has no value. {last.reason}")
        else:
            parts = [step for step in trace.of("indicator", rule.indicator) if step.week == when]
            first = rule.indicator not in told
            said.append(" ".join((f"Week {when}:", *_SAID[rule.indicator](protocol, rule, parts, first))))
        told.add(rule.indicator)
    return said


def _used(protocol: Protocol) -> Rule | None:
    """The rule by which the support chose students; None where the protocol names none beside the module's mean."""
    meter = protocol.support.meter
    if meter is None or meter.indicator != PEERS.indicator:
        return None
    return PEERS.at(meter.below)


def _tried(protocol: Protocol) -> Iterator[Rule]:
    """The rules that the study tries, each at its own cut-off, or at the first of those registered without it."""
    triggers = protocol.validation.triggers
    tried = {str(name): one.cuts for name, one in triggers.rules.items()} if triggers else {}
    for name, rule in RULES.items():
        if rule.indicator in protocol.indicators and name in tried:
            cuts = tried[name]
            yield rule if not cuts or rule.cut in cuts else rule.at(cuts[0])


def _peers(protocol: Protocol, rule: Rule, parts: list[Step], first: bool) -> Iterator[str]:
    by = {step.what: step.value for step in parts}
    own, mean = by.get(OWN), by.get(MEAN)
    if own is None or mean is None:  # several modules: each has a mean of its own
        share, line = beside(100 * float(parts[-1].value or 0), 100 * rule.cut)
        yield f"your activity was {share} % of the mean of your modules."
        yield f"The line was {line} %."
        return
    held, line = beside(own, rule.cut * mean)
    yield f"the mean of your module was {beside(mean, own)[0]} actions."
    yield f"The line was {100 * rule.cut:g} % of it, {line} actions."
    yield f"Your week had {held}."


def _light(protocol: Protocol, rule: Rule, parts: list[Step], first: bool) -> Iterator[str]:
    light = float(parts[-1].value or 0)
    yield f"your light was {COLOURS[round(light)]}."
    yield "The line was red." if rule.cut > 1 else "The line was amber or red."
    if not first:
        return
    settings = protocol.indicators["rag"]
    for step in parts:
        if step.what == RECENT and step.value is not None:
            cuts = settings.online or ONLINE
            yield f"You had {_number(step.value, cuts)} actions a week in the last 14 days."
            yield f"Amber begins under {cuts.amber:g}, red under {cuts.red:g}."
        if step.what == CLASSES and step.value is not None:
            cuts = settings.attendance or ATTENDANCE
            share = Light(red=100 * cuts.red, amber=100 * cuts.amber)
            yield f"You came to {_number(100 * step.value, share)} % of your classes."
            yield f"Amber begins under {share.amber:g} %, red under {share.red:g} %."


def _number(value: float, cuts: Light) -> str:
    """The value, written so that it stays on its side of both cut-offs."""
    return max((beside(value, cut)[0] for cut in (cuts.red, cuts.amber)), key=len)


def _swings(protocol: Protocol, rule: Rule, parts: list[Step], first: bool) -> Iterator[str]:
    away, line = beside(float(parts[-1].value or 0), rule.cut)
    yield f"your week was {away} of your own usual swings away from your usual weeks."
    yield f"The line was {line}, up or down."


_SAID = {"peer_share": _peers, "rag": _light, "baseline_departure": _swings}
