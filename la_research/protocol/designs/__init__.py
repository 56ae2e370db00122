"""The designs that an evaluation of support can register, one file each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from la_research.protocol.designs.cluster import Cluster
from la_research.protocol.designs.design import DesignSection
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.its import Series
from la_research.protocol.designs.micro_randomised import MicroRandomised
from la_research.protocol.designs.observational import Observational
from la_research.protocol.designs.pooled import Sites
from la_research.protocol.designs.randomised import Randomised
from la_research.protocol.designs.rdd import Discontinuity
from la_research.protocol.designs.stepped_wedge import SteppedWedge
from la_research.protocol.designs.survival import Survival
from la_research.protocol.designs.synthetic_control import SyntheticControl

Registered = Annotated[
    Randomised
    | Cluster
    | MicroRandomised
    | SteppedWedge
    | Discontinuity
    | Differences
    | SyntheticControl
    | Series
    | Observational
    | Survival
    | Sites,
    Field(discriminator="kind"),
]
KINDS: dict[str, type[DesignSection]] = {
    "randomised": Randomised,
    "cluster": Cluster,
    "micro_randomised": MicroRandomised,
    "stepped_wedge": SteppedWedge,
    "rdd": Discontinuity,
    "did": Differences,
    "synthetic_control": SyntheticControl,
    "its": Series,
    "observational": Observational,
    "survival": Survival,
    "pooled": Sites,
}
"""Every kind of design and what it registers."""

__all__ = ["KINDS", "DesignSection", "Registered"]
