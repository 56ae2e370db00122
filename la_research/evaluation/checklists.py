"""Reporting checklists: which one a design asks for, and which findings and registered choices answer each item."""

from __future__ import annotations

import re
from dataclasses import dataclass

from la_research.finding import STAGES, Findings

CHECKLISTS = {
    "randomised": "CONSORT 2025",
    "cluster": "CONSORT 2025",
    "micro_randomised": "CONSORT 2025",
    "stepped_wedge": "CONSORT 2025",
    "rdd": "TREND",
    "did": "TREND",
    "synthetic_control": "TREND",
    "its": "TREND",
    "observational": "STROBE",
    "survival": "STROBE",
}
"""The checklist of each kind of design; estimates of several sites have that of comparisons nobody drew lots for.

CONSORT: Hopewell et al. (2025), doi:10.1136/bmj-2024-081123. TREND: Des Jarlais et al. (2004),
doi:10.2105/AJPH.94.3.361. STROBE: von Elm et al. (2007), doi:10.1136/bmj.39335.541782.AD.
"""


@dataclass(frozen=True)
class Item:
    """One item of a checklist, in words of our own.

    Parameters
    ----------
    checklist, item, section, topic
        Its name, number, part of the paper, and what has to be told.
    answered_by
        Ids of findings, in which HID stands for any hypothesis and WHAT for any harm, and keys of the protocol, or
        ``deviations``, which a study tells beside it. Empty: the authors have to write it.

    Examples
    --------
    >>> Item("CONSORT 2025", "27", "Results", "Every harm", ("evaluation.harm.WHAT", "support.harms")).keys
    ('support.harms',)
    """

    checklist: str
    item: str
    section: str
    topic: str
    answered_by: tuple[str, ...]

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of ``answered_by`` that are findings."""
        return tuple(name for name in self.answered_by if name.partition(".")[0] in STAGES and "." in name)

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of ``answered_by`` that are keys of the protocol."""
        return tuple(name for name in self.answered_by if name not in self.patterns)

    def found(self, findings: Findings) -> tuple[str, ...]:
        """Ids of the study's findings that answer it, in their order.

        >>> from la_research.finding import Finding
        >>> study = Findings([Finding("evaluation.harm.label", "Do more leave?", "harm excluded")])
        >>> Item("TREND", "19", "Results", "Harms", ("evaluation.harm.WHAT",)).found(study)
        ('evaluation.harm.label',)
        """
        wanted = [re.sub("HID|WHAT", r"[a-z0-9_]+", re.escape(name)) for name in self.patterns]
        return tuple(finding.id for finding in findings if any(re.fullmatch(one, finding.id) for one in wanted))
