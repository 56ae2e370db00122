"""What a trial of whole groups registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Cluster(DesignSection):
    """Whole groups of students drawn."""

    kind: Literal["cluster"]
