"""What an interrupted time series registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Series(DesignSection):
    """One series before and after a week."""

    kind: Literal["its"]
