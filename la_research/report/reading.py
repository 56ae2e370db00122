"""How a report finds its way in the findings: by hypothesis, by audit, by verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from la_research.cohort.rehearsal import is_twin
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, number
from la_research.protocol import Hypothesis
from la_research.report.catalogue import METRICS, attribute_name, metric_name, readable

VIEWS = {
    "": "all modules pooled",
    "within": "within modules",
    "difference": "pooled less within",
    "heterogeneity": "whether modules differ",
}
OF_A_SCORE = ("discrimination", "decision", "calibration", "calibration_curve", "prevalence")
"""What is said of the score of every population."""
OF_AN_EXPLANATION = ("importance", "ranks", "additivity", "grouped", "perturbation")
"""What is said of the explanation of every population."""
TOPICS = (
    "across", "representation", "consent", "labels", "proxies", "mitigation", "thresholds", "abroca", "calibration",
    "time",
)  # fmt: skip
"""Parts of an audit's ids that name a question of its own, and no metric that groups are compared on."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit finding and what its id says: population, metric, attribute, view."""

    finding: Finding
    population: str
    metric: str
    attribute: str
    view: str

    @property
    def label(self) -> str:
        """Attribute and, where it is not the main one, population."""
        name = attribute_name(self.attribute)
        return f"{name} ({readable(self.population)})" if self.population != "all" else name

    @property
    def title(self) -> str:
        """Metric, attribute and view in words."""
        return f"{metric_name(self.metric)} by {self.label}, {VIEWS[self.view]}"


def audits(findings: Findings) -> list[Audited]:
    """Audit findings whose id follows ``audit[.population].metric.attribute[.view]``."""
    return [found for finding in findings.of_stage("audit") if (found := _audited(finding)) is not None]


def _audited(finding: Finding) -> Audited | None:
    parts = finding.id.split(".")[1:]
    view = parts.pop() if parts and parts[-1] in VIEWS else ""
    if any(part in TOPICS for part in parts):
        return None
    at = next((i for i, part in enumerate(parts) if part in METRICS), None)
    if at is None or at + 1 >= len(parts):
        return None
    return Audited(finding, ".".join(parts[:at]) or "all", parts[at], ".".join(parts[at + 1 :]), view)


def topic(findings: Findings, name: str) -> list[Finding]:
    """Audit findings about one topic, e.g. "labels", the main population first."""
    parts = ((finding, finding.id.split(".")) for finding in findings.of_stage("audit"))
    return [finding for finding, held in parts if next((part for part in held if part in TOPICS), None) == name]


def of(found: Iterable[Audited], metric: str, view: str = "", population: str = "all") -> list[Audited]:
    """Audits of one metric, view and population."""
    return [a for a in found if (a.metric, a.view, a.population) == (metric, view, population)]


def populations(found: Iterable[Audited]) -> list[str]:
    """Populations audited, the main one first."""
    names = list(dict.fromkeys(a.population for a in found))
    return sorted(names, key=lambda name: (name != "all", name))


def population_words(population: str) -> str:
    """A population as a heading names it.

    >>> population_words("all"), population_words("clicks")
    ('main population', 'population “clicks”')
    """
    return "main population" if population == "all" else f"population “{readable(population)}”"


def about(finding: Finding) -> tuple[str, str]:
    """Population of a finding about a topic, and its attribute and metric in a few words.

    >>> about(Finding("audit.clicks.labels.fnr.gender", "Is it?", "described"))
    ('clicks', 'Gender, missed')
    """
    parts = finding.id.split(".")[1:]
    at = next(i for i, part in enumerate(parts) if part in TOPICS)
    rest = parts[at + 1 :]
    metric = rest.pop(0) if rest and rest[0] in METRICS else ""
    name = metric_name(metric)
    words = [attribute_name(".".join(rest))] if rest else []
    words += [name[:1].lower() + name[1:]] if metric else []
    label = ", ".join(words) or "all"
    return ".".join(parts[:at]) or "all", label[:1].upper() + label[1:]


def answers(evidence: Evidence, *kinds: str) -> list[tuple[Hypothesis, Finding]]:
    """Registered hypotheses of these kinds and the finding that answers each."""
    return [
        (hypothesis, evidence.findings[hypothesis.id])
        for hypothesis in evidence.protocol.hypotheses
        if (not kinds or hypothesis.kind in kinds) and hypothesis.id in evidence.findings
    ]


def falls_short(hypothesis: Hypothesis, estimate: Estimate | None) -> bool:
    """Whether the end of the interval that is nearer to zero is smaller than the smallest effect of interest."""
    ends = (None, None) if estimate is None else (estimate.lower, estimate.upper)
    near = ends[0] if hypothesis.direction == "positive" else ends[1]
    return near is not None and abs(near) < hypothesis.smallest_effect


def told_apart(hypothesis: Hypothesis, estimate: Estimate | None) -> str:
    """Estimate and smallest effect with one more place, where the usual ones print them alike; else empty."""
    if estimate is None or estimate.value is None:
        return ""
    value, smallest, unit = estimate.value, hypothesis.smallest_effect, estimate.unit
    if abs(value) == smallest or number(abs(value), unit) != number(smallest, unit):
        return ""
    if unit == "share":
        return f"{100 * value:.2f} %; registered {100 * smallest:.2f} %"
    places = len(number(smallest, unit).partition(".")[2]) + 1
    return f"{value:.{places}f}; registered {smallest:.{places}f}"


def beats_chance(evidence: Evidence, population: str = "") -> bool | None:
    """Whether the score of a population is shown to rank better than a coin; None without an AUC."""
    found = get(evidence, f"validation.{population}.discrimination" if population else "validation.discrimination")
    if found is None or found.estimate is None or found.estimate.lower is None:
        return None
    return found.estimate.lower > 0.5


def get(evidence: Evidence, finding_id: str) -> Finding | None:
    """The finding of that id, if the study has it."""
    return next((finding for finding in evidence.findings if finding.id == finding_id), None)


def endings(evidence: Evidence, stage: str, topic: str) -> list[Finding]:
    """Findings ``stage.topic`` and ``stage.population.topic``, the main population first."""
    found = [f for f in evidence.findings.of_stage(stage) if f.id.split(".")[-1] == topic]
    return sorted(found, key=lambda finding: (finding.id.count("."), finding.id))


def asked_about(evidence: Evidence, *topics: str) -> list[Finding]:
    """Findings of the validation about some topics, in the order of these, whatever follows in their ids."""
    found = [(f, f.id.split(".")) for f in evidence.findings.of_stage("validation")]
    return [f for topic in topics for f, parts in found if parts[1] == topic]


def population_of(finding: Finding) -> str:
    """The registered subset that a validation or explanation is about; empty for the main population."""
    parts = finding.id.split(".")
    topics = {"explanation": OF_AN_EXPLANATION, "validation": OF_A_SCORE}.get(finding.stage, ())
    told = parts[-1] in topics
    return parts[1] if told and len(parts) > 2 else ""


def data_level(evidence: Evidence) -> str:
    """The level of the data that were used: "twin" for a fitted twin, else the cohort's, else the protocol's."""
    if is_twin(evidence.provenance.get("details") or {}):
        return "twin"
    return str(evidence.provenance.get("data") or evidence.protocol.data)


def tally(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict, in the order of their first appearance."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
    return counts


def proxies(evidence: Evidence) -> list[Finding]:
    """How well each attribute can be told from the features of the main population."""
    return [f for f in evidence.findings.of_stage("audit") if f.id.startswith("audit.proxies.")]


def mitigations(evidence: Evidence) -> dict[str, Finding]:
    """The registered rule and each way to narrow a gap, by method, in the order they were tried."""
    found = evidence.findings.of_stage("audit")
    return {f.id.rpartition(".")[2]: f for f in found if f.id.startswith("audit.mitigation.")}
