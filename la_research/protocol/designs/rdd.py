"""What a regression discontinuity registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Discontinuity(DesignSection):
    """A cut-off decides: students just below it are compared with students just above."""

    kind: Literal["rdd"]
