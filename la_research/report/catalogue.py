"""The words of the reports: what names and verdicts are called, for a committee and in plain English."""

from __future__ import annotations

from collections.abc import Iterable

from la_research.finding import COUNTS, Estimate, Finding, number
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Outcome, Protocol
from la_research.report.document import Tone

NOT_ANSWERED = "not answered"

VERDICT_WORDS: dict[str, tuple[str, Tone]] = {
    "supported": ("Supported", "yes"),
    "contradicted": ("Contradicted", "no"),
    "negligible": ("No effect of the size registered", "no"),
    "inconclusive": ("Can not tell", "open"),
    "disparity": ("Gap shown", "alert"),
    "equivalent": ("Equal within the margin", "yes"),
    "harm shown": ("Harm shown", "alert"),
    "harm excluded": ("Harm excluded", "yes"),
    "described": ("Described", "none"),
    "not analysed": ("Not analysed", "none"),
    "suppressed": ("Suppressed", "none"),
}

PLAIN_VERDICTS: dict[str, str] = {
    "supported": "Yes, as expected",
    "contradicted": "No, the other way round",
    "negligible": "No, or too small to matter",
    "inconclusive": "We can not tell",
    "disparity": "Yes, there is a gap",
    "equivalent": "No gap that matters",
    "harm shown": "Yes, there was harm",
    "harm excluded": "No harm of the size we feared",
    "described": "Here is what we saw",
    "not analysed": "Not tested",
    "suppressed": "Too few students to say",
}

SOURCES: dict[str, tuple[str, str]] = {
    "vle": ("Online learning platform", "What you open and do on the online course pages"),
    "library": ("Library", "Loans, visits and use of the online library"),
    "lecture_capture": ("Lecture recordings", "Which weeks you play lecture recordings"),
    "quizzes": ("Quizzes", "Quiz tries on the course pages"),
    "attendance": ("Attendance", "Which of your classes you were marked as being at"),
    "assessments": ("Coursework", "Due dates, and when work was handed in"),
}

METRICS: dict[str, tuple[str, str, str]] = {
    "selection": ("Selected", "share that the decision selects", "picked"),
    "tpr": ("Found", "share of students with the outcome that the decision selects", "found"),
    "fpr": ("Wrongly selected", "share of students without the outcome that the decision selects", "picked in error"),
    "fnr": ("Missed", "share of students with the outcome that the decision does not select", "missed"),
    "ppv": ("Right when selected", "share of students selected who have the outcome", "picked with good reason"),
    "fdr": ("Wrong when selected", "share of students selected who do not have the outcome", "picked for nothing"),
    "npv": ("Right when passed over", "share of students not selected who do not have the outcome", "rightly let be"),
    "false_contacts": (
        "Selected without need",
        "share of all students whom the decision selects without the outcome",
        "picked in error",
    ),
    "missed_need": (
        "Need left unselected",
        "share of all students who have the outcome and are not selected",
        "in need and missed",
    ),
    "balanced_accuracy": (
        "Right of both kinds",
        "mean of the shares found among students with the outcome and let be among those without",
        "decided rightly",
    ),
    "equalised_odds": (
        "Found and wrongly selected together",
        "the larger gap of the share found and the share wrongly selected",
        "treated alike",
    ),
    "auc": (
        "Ranked rightly (AUC)",
        "chance that a student with the outcome scores higher than one without",
        "ranked rightly",
    ),
    "average_precision": (
        "Ranked high (average precision)",
        "share with the outcome among those who score at least as high, averaged over students with the outcome",
        "ranked high",
    ),
    "brier": ("Distance of score and outcome", "mean squared distance of score and outcome", "scored closely"),
    "calibration_intercept": (
        "Score right on average",
        "log odds by which scores are too low on average",
        "scored rightly on average",
    ),
    "calibration_slope": (
        "Score rightly spread",
        "how far the outcome moves with a step of the score; below 1, scores are too extreme",
        "scored neither too high nor too low",
    ),
    "mean_score": ("Mean score", "mean of the score", "scored"),
    "contact_minutes": ("Minutes of contact", "mean minutes that contacts take of a student", "kept busy"),
    "escalations": (
        "Passed on to urgent help",
        "share of students with a contact passed on to urgent help",
        "passed on",
    ),
}
"""Metric: short name, what it is, plain verb."""

ATTRIBUTES: dict[str, str] = {
    "gender": "gender",
    "ethnicity": "ethnicity",
    "disability": "disability",
    "imd_band": "area deprivation (IMD band)",
    "age_band": "age",
    "religion": "religion",
    "orientation": "sexual orientation",
    "fee_status": "fee status",
    "region": "region",
    "engagement": "activity so far",
    "attainment": "average mark so far",
}

GROUPS: dict[str, dict[str, str]] = {
    "gender": {"F": "women", "M": "men"},
    "disability": {"Y": "disability declared", "N": "no disability declared"},
    "age_band": {"0-35": "under 35", "35-55": "35 to 55", "55<=": "over 55"},
}
"""Codes of the record that are not words."""

ROLES: dict[str, str] = {
    "accountable": "Accountable for the study",
    "collection": "Collection of data",
    "anonymisation": "Anonymisation",
    "analytics": "Analysis and its purposes",
    "interventions": "Support and contact",
    "stewardship": "Retention and stewardship",
}

STEPS: dict[str, str] = {
    "suggested": "a contact was suggested",
    "sent": "a message was sent",
    "opened": "the message was opened",
    "talked": "a talk took place",
    "agreed": "help was agreed",
    "declined": "help was declined",
    "escalated": "passed on to urgent help",
    "complaint": "a complaint was made",
    "opt_out": "opted out of contact",
    "supported": "a service was used after that",
}

HARMS: dict[str, str] = {
    "opt_out": "Asking not to be contacted again",
    "complaint": "Complaints",
    "chilling": "Doing less once told that activity is looked at",
    "distress": "Feeling reliably worse",
    "label": "Leaving, as if marked out",
    "peers": "Students around them feeling worse",
}
"""What could go wrong, in a few words."""

SAYS_LITTLE = "The score is not shown to be better than chance here, so this says little about students."

WHY_NOT_OBSERVED = (
    "a source that does not apply, or a feed that is absent, is not observed; it is never counted as zero"
)


def answered(value: object) -> str:
    """The protocol's answer, or "not answered".

    >>> answered(None), answered("two years"), answered(("a", "b"))
    ('not answered', 'two years', 'a, b')
    """
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or NOT_ANSWERED
    return NOT_ANSWERED if value in (None, "") else str(value)


def verdict_words(verdict: str) -> tuple[str, Tone]:
    """What a committee reads for a verdict, and its tone."""
    return VERDICT_WORDS[verdict]


def beside_chance(auc: Estimate) -> tuple[str, Tone]:
    """What an AUC is worth beside a coin, in words, and its tone; uncertain ones get no credit.

    >>> beside_chance(Estimate(0.52, 0.47, 0.57, 0.95, "AUC", 900, "delong"))
    ('Not shown to be better than chance', 'open')
    """
    if auc.lower is not None and auc.lower > 0.5:
        return "Better than chance", "yes"
    if auc.upper is not None and auc.upper < 0.5:
        return "Worse than chance", "alert"
    return "Not shown to be better than chance", "open"


def source_name(source: str) -> str:
    """A source as its readers call it."""
    return SOURCES.get(source, (readable(source), ""))[0]


def metric_name(metric: str) -> str:
    """A metric's short name."""
    return METRICS.get(metric, (capital(readable(metric)), "", ""))[0]


def attribute_name(attribute: str) -> str:
    """A sensitive attribute, or an intersection written ``a_x_b``, in words.

    >>> attribute_name("gender_x_ethnicity")
    'gender and ethnicity'
    """
    return " and ".join(ATTRIBUTES.get(part, readable(part)) for part in attribute.split("_x_"))


def group_name(attribute: str, value: str) -> str:
    """A group as its readers call it.

    >>> group_name("gender", "F"), group_name("age_band", "under 21")
    ('women', 'under 21')
    """
    return GROUPS.get(attribute, {}).get(value, value)


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is.

    >>> capital("area deprivation (IMD band)")
    'Area deprivation (IMD band)'
    """
    return text[:1].upper() + text[1:]


def readable(name: str) -> str:
    """An identifier as words."""
    return str(name).replace("_", " ").replace("-", " ").strip()


def indicator_name(indicator: str) -> str:
    """An indicator's label from its card; an unknown one by its id."""
    from la_research.indicators.registry import INDICATORS

    card = INDICATORS.get(indicator)
    return card.label if card else readable(indicator)


def indicator_plain(indicator: str) -> str:
    """The sentence on an indicator's card that a student understands."""
    from la_research.indicators.registry import INDICATORS

    card = INDICATORS.get(indicator)
    return card.plain if card else readable(indicator)


def outcome_name(outcome: Outcome) -> str:
    """An outcome in words: its label, else the instrument or event and the week."""
    if outcome.label:
        return outcome.label
    what = outcome.instrument or construct(outcome)
    limit = f" of {outcome.at_least:g} or more" if outcome.at_least is not None else ""
    return f"{what}{limit}" + (f" in week {outcome.week}" if outcome.week else "")


def construct(outcome: Outcome) -> str:
    """What an outcome is about, in two or three plain words."""
    if outcome.instrument:
        return QUESTIONNAIRES[outcome.instrument].construct
    if outcome.indicator:
        return readable(outcome.indicator)
    return " or ".join(readable(event) for event in outcome.event)


def better(hypothesis: Hypothesis, outcome: Outcome) -> bool | None:
    """Whether the registered direction is towards better wellbeing; None for an event."""
    if not outcome.instrument:
        return None
    return (hypothesis.direction == "positive") == QUESTIONNAIRES[outcome.instrument].positive


def claim(hypothesis: Hypothesis, protocol: Protocol) -> str:
    """The registered claim: its statement, else a sentence from its parts."""
    if hypothesis.statement:
        return hypothesis.statement
    outcome = outcome_name(protocol.outcome(hypothesis.outcome))
    sign = "higher" if hypothesis.direction == "positive" else "lower"
    if hypothesis.kind == "effect":
        return f"The support leads to a {sign} {outcome} than the usual service."
    indicator = indicator_name(hypothesis.indicator or "")
    if hypothesis.kind == "within":
        return f"In weeks with more {indicator} than is usual for a student, {outcome} is {sign}."
    return f"Students with more {indicator} than others have {sign} {outcome}."


def people(protocol: Protocol) -> str:
    """What one row of the study is, in the plural."""
    return "students" if protocol.population.unit == "student" else "module enrolments"


def frequency(estimate: Estimate, who: str = "students", base: int = 0) -> str:
    """A share as people counted, with its interval and n; ``base`` is 10 or 100, or 0 to choose.

    >>> frequency(Estimate(0.31, 0.22, 0.41, 0.95, "share", 120, "wilson"))
    'about 3 in 10 (likely between 2 and 4 in 10, from 120 students)'
    >>> frequency(Estimate(0.04, 0.031, 0.052, 0.95, "share", 1200, "wilson"))
    'about 4 in 100 (likely between 3 and 5 in 100, from 1,200 students)'
    """
    if estimate.unit != "share" or estimate.value is None or estimate.lower is None or estimate.upper is None:
        return str(estimate)
    base = base or common_base([estimate])
    low, middle, high = (round(base * end) for end in (estimate.lower, estimate.value, estimate.upper))
    between = f"between {low} and {high}" if low < high else f"close to {low}"
    about = f"about {middle} in {base}" if middle else f"fewer than 1 in {base}"
    return f"{about} (likely {between} in {base}, from {estimate.n:,} {who})"


def common_base(estimates: Iterable[Estimate]) -> int:
    """10 where tens tell value and interval of every share apart, else 100: one list, one base."""
    ends = [(e.lower or 0.0, e.value or 0.0, e.upper or 0.0) for e in estimates]
    return 10 if all(len({round(10 * end) for end in three}) == 3 for three in ends) else 100


def is_count(estimate: Estimate | None) -> bool:
    """Whether an estimate is a plain count of people or records."""
    return estimate is not None and estimate.unit in COUNTS


def printed(estimate: Estimate | None, word: str) -> str:
    """The estimate as the reports print it, or the word that stands for it."""
    if estimate is None:
        return word
    return number(estimate.value, estimate.unit) if is_count(estimate) else str(estimate)


def status(finding: Finding) -> str:
    """Whether a finding was registered or is exploratory."""
    return "registered" if finding.confirmatory else "exploratory"
