"""What a stepped-wedge trial registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class SteppedWedge(DesignSection):
    """Groups drawn for the week in which the support starts for them."""

    kind: Literal["stepped_wedge"]
