"""What is diagnosed: a study, a campus and a number of students; and what its draws say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from la_research.canonical import digest
from la_research.finding import Estimate, Finding, Row
from la_research.pipeline.diagnosis.book import Rows
from la_research.pipeline.diagnosis.detectable import detectable_effect
from la_research.pipeline.diagnosis.measured import measured
from la_research.pipeline.draws import one_draw
from la_research.pipeline.keys import source_digest
from la_research.pipeline.stages import versions
from la_research.protocol import Protocol
from la_research.seeds import stream
from la_research.synthetic import Scenario, Truth


@dataclass(frozen=True)
class Design:
    """A study on a campus, with so many students.

    ``claims`` are the hypotheses that are tried, in the order of the protocol; ``seed`` is
    what the seeds of all draws come from.
    """

    protocol: Protocol
    scenario: Scenario
    n: int
    seed: int
    claims: tuple[str, ...]

    @property
    def key(self) -> str:
        """Digest of everything that could change a draw, its first digits."""
        made_of = (self.protocol.digest, self.scenario.digest, self.n, self.seed, self.claims)
        return digest([*made_of, source_digest(), versions()]).removeprefix("sha256:")[:16]

    def seed_of(self, draw: int | str) -> int:
        """The seed of a draw by its number, whatever else is drawn."""
        return int(stream(self.seed, "diagnosis", "cohort", draw).integers(2**32))

    def draw(self, number: int) -> tuple[int, Rows]:
        """The number of a draw and its rows; a worker calls it."""
        seed = self.seed_of(number)
        return number, one_draw(self.protocol, self.scenario, n=self.n, seed=seed, claims=self.claims)


def judged(design: Design, made: Mapping[int, Rows], truth: Truth) -> list[Finding]:
    """The findings of each hypothesis over all draws, and the smallest effect that each could find."""
    claims = tuple(claim for claim in design.protocol.hypotheses if claim.id in design.claims)
    found: list[Finding] = []
    heads: dict[str, Finding] = {}
    for place, claim in enumerate(claims):
        rows = [made[number][place] for number in sorted(made)]
        both = measured(claim, rows, truth.estimands)
        found, heads[claim.id] = [*found, *both], both[0]
    return [*found, detectable_effect(design.protocol.model_copy(update={"hypotheses": claims}), heads)]


def about(design: Design, draws: int) -> Finding:
    """``design.forecast``: on what the design was tried, in the words that the reports print."""
    scenario = design.scenario
    counts = {"draws": (draws, "draws"), "students of a draw": (design.n, "students")}
    return Finding(
        "design.forecast",
        "On what was the design tried before any data?",
        "described",
        rows=tuple(
            Row({"what": what}, Estimate(k, None, None, None, unit, draws, "count"))
            for what, (k, unit) in counts.items()
        ),
        limitations=(
            f"A forecast on synthetic students, made before any data: {draws:,} studies of {design.n:,} students each.",
            f"They are of the scenario '{scenario.id}': {scenario.title}.",
            "It is as good as the scenario. On a real campus a study can find more, or less.",
        ),
    )
