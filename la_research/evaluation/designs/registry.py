"""Every design that is there, by its kind."""

from __future__ import annotations

from la_research.evaluation.design import Design
from la_research.evaluation.designs.cluster import CLUSTER
from la_research.evaluation.designs.did import DID
from la_research.evaluation.designs.its import ITS
from la_research.evaluation.designs.micro_randomised import MICRO_RANDOMISED
from la_research.evaluation.designs.observational import OBSERVATIONAL
from la_research.evaluation.designs.pooled import POOLED
from la_research.evaluation.designs.randomised import RANDOMISED
from la_research.evaluation.designs.rdd import RDD
from la_research.evaluation.designs.stepped_wedge import STEPPED_WEDGE
from la_research.evaluation.designs.survival import SURVIVAL
from la_research.evaluation.designs.synthetic_control import SYNTHETIC_CONTROL

DESIGNS: dict[str, Design] = {
    design.kind: design
    for design in (
        RANDOMISED,
        CLUSTER,
        MICRO_RANDOMISED,
        STEPPED_WEDGE,
        RDD,
        DID,
        SYNTHETIC_CONTROL,
        ITS,
        OBSERVATIONAL,
        SURVIVAL,
        POOLED,
    )
}
