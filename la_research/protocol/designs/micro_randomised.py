"""What a micro-randomised trial registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class MicroRandomised(DesignSection):
    """Every eligible week of every student drawn."""

    kind: Literal["micro_randomised"]
