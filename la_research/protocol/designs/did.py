"""What a difference in differences registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Differences(DesignSection):
    """Groups that start in different weeks, or never, compared over time."""

    kind: Literal["did"]
