"""What an analysis of the time to withdrawal registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Survival(DesignSection):
    """Time until students leave, in two groups."""

    kind: Literal["survival"]
