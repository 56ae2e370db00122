"""What is registered of the sensitivity of an effect and was not read: it is told, not passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evaluation.design import Asked
from la_research.finding import Finding, not_analysed

READ = {
    "beside": ("robustness_value", "How much of what is left to explain would something hidden have to explain?"),
    "shifts": ("tipping", "How different would those who did not answer have to be to change the answer?"),
    "placebo_outcomes": ("placebo_outcomes", "Does the support seem to move what it can not have moved?"),
}
"""The finding that reads each key of ``support.sensitivity``, and what it asks."""
LOCKED = "the effect was not worked out"


def unread_findings(asked: Asked, found: Sequence[Finding]) -> Iterator[Finding]:
    """A finding "not analysed" for each key that is registered and that none of ``found``, the effect first, reads.

    Examples
    --------
    >>> from la_research.protocol.support import Sensitivity
    >>> effect = Finding("evaluation.effect", "Did it help?", "described")
    >>> [finding.id for finding in unread_findings(Asked(None, sensitivity=Sensitivity(shifts=(-5.0,))), [effect])]
    ['evaluation.effect.tipping']
    """
    held = {finding.id for finding in found}
    for key, (part, question) in READ.items():
        if not getattr(asked.sensitivity, key) or asked.id(part) in held:
            continue
        unread = f"'sensitivity.{key}' is registered, and the analysis of this design and these data does not read it"
        locked = found[0].verdict == "not analysed"
        yield not_analysed(asked.id(part), question, LOCKED if locked else unread)
