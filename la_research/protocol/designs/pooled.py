"""What a joining of several sites' estimates registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Sites(DesignSection):
    """Estimates that several courses or institutions exported, joined to one; no student's row is read."""

    kind: Literal["pooled"]
