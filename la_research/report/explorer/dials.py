"""Contact rules as dials: what each one reads, and its cut-offs and readings in words that a student knows."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.indicators.rules import RULES
from la_research.report.catalogue import capital
from la_research.report.worth import rule_name

SCORE = "score"
LIGHTS = {0.0: "green", 1.0: "amber", 2.0: "red"}
LABELS = {"amber_or_red": "Amber or red light", "red": "Red light"}
"""Rules whose card calls them by a colour alone."""
PLAIN = {
    "peer_share_30": "It looks at how much you did beside the average of your module.",
    "amber_or_red": "It looks at a traffic light that is worked out from your activity.",
    "red": "It looks at a traffic light that is worked out from your activity.",
    "own_baseline": "It looks at how far a week is from your own usual weeks, up or down.",
    SCORE: "It looks at the score of the model, and takes the students with the highest ones.",
}
"""What a rule looks at."""
CUTS = {
    "peer_share_30": "under {percent} % of the average on the module",
    "own_baseline": "{cut:g} or more usual swings from a student's own weeks",
    SCORE: "the top {percent} in 100 students",
}
"""A cut-off, as the page names it; a light names its colours."""
COMPARED = {
    "peer_share_30": ("{said} is under {percent} %", "{said} is not under {percent} %"),
    "amber_or_red": ("{said} counts", "{said} does not count"),
    "red": ("{said} counts", "{said} does not count"),
    "own_baseline": ("{said} is {cut:g} or more", "{said} is less than {cut:g}"),
    SCORE: ("{said} is not under the line of {line}", "{said} is under the line of {line}"),
}
"""A reading beside the cut-off, where the rule writes and where not; the page fills in ``said`` and ``line``."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut-off and its words; ``yes`` and ``no`` hold the places ``{said}`` and, for a score, ``{line}``."""

    value: float
    words: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Dial:
    """A rule that can be turned: its cut-offs, rising, and whether it writes below or from the cut-off on."""

    rule: str
    label: str
    plain: str
    below: bool
    cuts: tuple[Cut, ...]

    def writes(self, value: float, cut: int, line: float | None = None) -> bool | None:
        """Whether it writes to who has this reading; None for a score whose line is not told.

        >>> dial("peer_share_30", (0.2, 0.3)).writes(0.225, 1), dial("score", (0.1,)).writes(0.4, 0)
        (True, None)
        """
        if self.rule == SCORE:
            return None if line is None else value >= line
        held = self.cuts[cut].value
        return value < held if self.below else value >= held


def dial(rule: str, cuts: tuple[float, ...]) -> Dial:
    """The dial of a rule at these cut-offs.

    >>> [cut.words for cut in dial("score", (0.2, 0.1)).cuts]
    ['the top 10 in 100 students', 'the top 20 in 100 students']
    """
    held = tuple(_cut(rule, cut) for cut in sorted(set(cuts)))
    return Dial(rule, LABELS.get(rule, capital(rule_name(rule))), PLAIN[rule], rule == "peer_share_30", held)


def own_cut(rule: str, top_share: float) -> float:
    """The cut-off of a rule's card; of a score, the share that the registered decision takes."""
    return top_share if rule == SCORE else RULES[rule].cut


def said(rule: str, value: float) -> str:
    """What a rule read of a student, in words.

    >>> said("peer_share_30", 0.225), said("red", 1.0), said("score", 0.31)
    ('22.5 % of the average', 'an amber light', 'a score of 0.31')
    """
    if rule in ("amber_or_red", "red"):
        light = LIGHTS.get(value, f"{value:g}")
        return f"a{'n' if light == 'amber' else ''} {light} light"
    if rule == SCORE:
        return f"a score of {value:.2f}"
    return (
        f"a swing of {value:.1f}"
        if rule == "own_baseline"
        else f"{round(100 * value, 1 if value < 1 else 0):g} % of the average"
    )


def _cut(rule: str, cut: float) -> Cut:
    yes, no = (_filled(text, cut) for text in COMPARED[rule])
    words = _filled(CUTS[rule], cut) if rule in CUTS else _lights(cut)
    return Cut(cut, words, yes, no)


def _filled(text: str, cut: float) -> str:
    return text.format(cut=cut, percent=f"{100 * cut:.3g}", said="{said}", line="{line}")


def _lights(cut: float) -> str:
    """The colours from a cut-off on.

    >>> _lights(1), _lights(2)
    ('amber or red', 'red')
    """
    return " or ".join(light for value, light in LIGHTS.items() if value >= cut) or f"{cut:g} or more"
