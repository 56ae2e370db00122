"""Every design that is there, by its kind."""

from __future__ import annotations

from la_research.evaluation.design import Design
from la_research.evaluation.designs.micro_randomised import MICRO_RANDOMISED
from la_research.evaluation.designs.randomised import RANDOMISED
from la_research.evaluation.designs.stepped_wedge import STEPPED_WEDGE

DESIGNS: dict[str, Design] = {design.kind: design for design in (RANDOMISED, MICRO_RANDOMISED, STEPPED_WEDGE)}
