"""Every design that is there, by its kind."""

from __future__ import annotations

from la_research.evaluation.design import Design
from la_research.evaluation.designs.randomised import RANDOMISED
from la_research.evaluation.designs.rdd import RDD

DESIGNS: dict[str, Design] = {design.kind: design for design in (RANDOMISED, RDD)}
